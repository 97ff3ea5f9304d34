//! Rust to measure on: our own sources, as often as it takes. Knows no program.

use std::{fs, path::Path};

/// So many lines of it, each with its end.
pub fn sources(lines: usize) -> String {
    fn collect(folder: &Path, text: &mut String) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                collect(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                *text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    let mut text = String::new();
    for krate in ["protocol", "pair-server", "pair-tui"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(krate).join("src"), &mut text);
    }
    let all: Vec<_> = text.lines().collect();
    all.iter().cycle().take(lines).flat_map(|line| [*line, "\n"]).collect()
}
