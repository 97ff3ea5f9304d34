//! Puts the built web pages (`web/dist`) into the binary. Where they were not built, the binary has none and says so; building them is
//! `scripts/setup pages`, never this script's business, so that the server builds without Node.js.

#[path = "build/pages.rs"]
mod pages;

use anyhow::Result;
use std::path::PathBuf;

fn main() -> Result<()> {
    let dist = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("web/dist");
    // Cargo can watch only what is there; without the folder it would build this crate anew each time.
    drop(std::fs::create_dir_all(&dist));
    println!("cargo:rerun-if-changed={}", dist.display());
    for script in ["build.rs", "build/pages.rs"] {
        println!("cargo:rerun-if-changed={script}");
    }
    for file in pages::embed(&dist, &PathBuf::from(std::env::var("OUT_DIR")?))? {
        println!("cargo:rerun-if-changed={}", file.display());
    }
    Ok(())
}
