//! The golden files: where they are, how they are compared and, with `PAIR_UPDATE_GOLDENS=1`, written anew. Knows no message.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folder of the goldens of one direction, such as `client`.
pub fn folder(direction: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(direction)
}

/// Whether this run writes the goldens instead of comparing.
pub fn updating() -> bool {
    std::env::var_os("PAIR_UPDATE_GOLDENS").is_some_and(|value| value == "1")
}

/// The bytes of a golden file; when updating, after `bytes` were written to it.
pub fn golden(path: &Path, bytes: &[u8]) -> Vec<u8> {
    if updating() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::read(path).unwrap_or_else(|error| {
        panic!("{}: {error}; PAIR_UPDATE_GOLDENS=1 writes it, then read the difference", path.display())
    })
}

/// Fails if the folder holds a file that no sample has written.
pub fn refuse_leftovers(folder: &Path, expected: &BTreeSet<String>) {
    let found: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(&found, expected, "{} holds exactly the goldens of the samples", folder.display());
}
