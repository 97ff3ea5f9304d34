//! Which files the web client consists of, as Rust source for `http/pages.rs`, each as it is and compressed. Used by the build script and its
//! test. Knows no server and no Node.js.

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Writes `pages.rs` and the compressed files to `out`, and gives the files that are in it. A folder that is not there has none.
pub fn embed(dist: &Path, out: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(dist, &mut files)?;
    files.sort();
    let mut pages = String::from("&[\n");
    for (index, file) in files.iter().enumerate() {
        let plain = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
        let packed = out.join(format!("page-{index}.gz"));
        std::fs::write(&packed, gzip(&plain)?)?;
        let tag = Sha256::digest(&plain).iter().take(8).fold(String::new(), |mut tag, byte| {
            let _written = write!(tag, "{byte:02x}");
            tag
        });
        let path = file.strip_prefix(dist)?.to_string_lossy().replace('\\', "/");
        let (file, packed) = (file.to_string_lossy(), packed.to_string_lossy());
        writeln!(
            pages,
            "Page {{ path: {path:?}, tag: \"\\\"{tag}\\\"\", plain: include_bytes!({file:?}), gzip: include_bytes!({packed:?}) }},"
        )?;
    }
    pages.push(']');
    std::fs::write(out.join("pages.rs"), pages)?;
    Ok(files)
}

/// Every file below a folder; a folder that is not there has none.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?)
}
