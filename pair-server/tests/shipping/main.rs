//! What is shipped beside the binary: the image, the compose file, the unit, the dashboard, the alerts, the completions and the man pages. Each
//! is held against the binary that it is for, and read by the program that will read it, where this machine has that.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "../support/mod.rs"]
mod support;

mod containers;
mod machine;
mod manuals;
mod observation;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What a file of the repository says.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Runs a program; none where this machine does not have it.
pub fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{program}: {error}"),
    }
}

/// Panics with what a program said, if it was not content.
pub fn content(output: &Output) {
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}{}", output.status, said(&output.stdout), said(&output.stderr));
}

/// The environment variables that the server reads, as its help names them, and those that belong to others.
pub fn known_variables() -> BTreeSet<String> {
    let help = Command::new(env!("CARGO_BIN_EXE_pair-server")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let named = help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next());
    let known: BTreeSet<String> = named.map(str::to_owned).collect();
    assert!(known.len() > 10, "{help}");
    known
}

/// The words of a text that are variables of ours.
pub fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    words.filter(|word| word.starts_with("PAIR_") && word.len() > 5).map(str::to_owned).collect()
}

/// Panics where a text names a variable that the server does not read.
pub fn names_only_known_variables(path: &str, others: &[&str]) {
    let known = known_variables();
    let unknown: Vec<_> = variables(&read(path))
        .into_iter()
        .filter(|name| !known.contains(name) && !others.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{path} names {unknown:?}, which pair-server --help does not know");
}
