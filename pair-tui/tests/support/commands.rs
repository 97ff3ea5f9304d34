//! `pair-tui` without a terminal: `get`, `put`, and what goes wrong before a screen is shown.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// What became of a command.
#[derive(Debug)]
pub struct Done {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it said on standard error.
    pub error: String,
}

/// Runs `pair-tui` with these arguments and this standard input to its end.
pub fn pair_tui(arguments: &[&str], input: &[u8]) -> Done {
    let home = tempfile::tempdir().expect("a folder");
    pair_tui_at_home(home.path(), arguments, input)
}

/// As [`pair_tui`], with this home folder.
pub fn pair_tui_at_home(home: &Path, arguments: &[&str], input: &[u8]) -> Done {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pair-tui"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("pair-tui starts");
    // Whoever does not read its input to the end says so in its own way.
    drop(child.stdin.take().expect("standard input").write_all(input));
    let output = child.wait_with_output().expect("pair-tui ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Done { code: output.status.code(), out: text(output.stdout), error: text(output.stderr) }
}
