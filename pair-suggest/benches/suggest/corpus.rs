//! The files whose writing is replayed: sources that are on this machine anyway, chosen by a seed. Half of them (by the hash of their
//! path) is for tuning, the other half for reporting. Knows no engine.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    process::Command,
};

/// Bytes of a file that is chosen.
const SIZES: std::ops::RangeInclusive<usize> = 2_000..=16_000;

/// Characters of a line at most: beyond, nobody wrote it.
const LINE_MAX: usize = 300;

/// Files of one crate, package or folder at most.
const PER_PACKAGE: usize = 12;

/// Folders whose files are left out: copies, what tools made, and other people's packages in a standard library.
const LEFT_OUT: [&str; 9] =
    ["site-packages", "__pycache__", "test", "tests", "dist", "umd", "build", "windows-sys", "linux-raw-sys"];

/// Which half of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Tuning,
    Reporting,
}

/// One file.
pub struct Source {
    /// Where it is, without what differs between machines.
    pub path: String,
    pub text: String,
}

/// The files of one language.
pub struct Corpus {
    pub language: &'static str,
    pub sources: Vec<Source>,
    /// How many there were to choose from.
    pub of: usize,
}

impl Corpus {
    /// A number for the list of files and their texts: the same number, the same list.
    pub fn fingerprint(&self) -> u64 {
        self.sources.iter().fold(0, |so_far, source| hash(&source.path, hash(&source.text, so_far)))
    }
}

/// So many files of each language, chosen by a seed.
pub fn corpora(half: Half, seed: u64, files: usize) -> Vec<Corpus> {
    let cargo = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let python = said(Command::new("python3").args(["-c", "import sysconfig; print(sysconfig.get_paths()['stdlib'])"]));
    let npm = said(Command::new("npm").args(["root", "--global"]));
    [
        ("rust", "rs", cargo.map(|cargo| cargo.join("registry/src"))),
        ("python", "py", python),
        ("javascript", "js", npm.map(|root| root.join("npm"))),
    ]
    .into_iter()
    .map(|(language, ending, root)| {
        let root = root.unwrap_or_else(|| panic!("no sources in {language} are found on this machine"));
        corpus(language, ending, &root, half, seed, files)
    })
    .collect()
}

fn said(command: &mut Command) -> Option<PathBuf> {
    let output = command.output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn corpus(language: &'static str, ending: &str, root: &Path, half: Half, seed: u64, files: usize) -> Corpus {
    let mut paths = Vec::new();
    walk(root, ending, &mut paths);
    let inside = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    paths.retain(|path| hash(&inside(path), 0).is_multiple_of(2) == (half == Half::Tuning));
    paths.sort_by_key(|path| (hash(&inside(path), seed), path.clone()));
    let (mut packages, mut known, mut sources, mut of) = (HashMap::new(), HashSet::new(), Vec::new(), 0);
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if !SIZES.contains(&text.len())
            || text.lines().any(|line| line.chars().count() > LINE_MAX)
            || !known.insert(hash(&text, 0))
        {
            continue;
        }
        of += 1;
        let package = packages.entry(package(&inside(&path))).or_insert(0);
        *package += 1;
        if *package <= PER_PACKAGE && sources.len() < files {
            sources.push(Source { path: inside(&path), text });
        }
    }
    assert!(
        sources.len() >= files,
        "only {} of {files} files in {language} are found below {}",
        sources.len(),
        root.display()
    );
    Corpus { language, sources, of }
}

fn walk(folder: &Path, ending: &str, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !LEFT_OUT.iter().any(|left_out| name.starts_with(left_out)) => {
                walk(&path, ending, paths);
            }
            Ok(kind)
                if kind.is_file() && !name.contains(".min.") && path.extension().is_some_and(|end| end == ending) =>
            {
                paths.push(path);
            }
            _ => {}
        }
    }
}

/// The crate, package or folder that a file belongs to, whatever its version.
fn package(inside: &str) -> String {
    let parts = inside.split('/').collect::<Vec<_>>();
    let after = parts.iter().rposition(|part| *part == "node_modules").map_or(0, |at| at + 1);
    let registry = parts.first().is_some_and(|first| first.starts_with("index."));
    let name = parts.get(if registry { 1 } else { after }).copied().unwrap_or_default();
    let version = name.rfind('-').filter(|_| registry);
    name[..version.unwrap_or(name.len())].to_owned()
}

/// FNV-1a, then mixed: the same on every machine.
fn hash(text: &str, seed: u64) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 31)
}
