//! The config file of the real program: printed, read, and what is said to a wrong one.

mod support;

use std::fs;
use support::{ServerProcess, TuiBuilder, pair_tui_at_home};

support::server_entry!();

#[test]
fn the_printed_file_is_taken_and_a_wrong_one_is_told_with_line_and_key() {
    let home = tempfile::tempdir().unwrap();
    let path = pair_tui_at_home(home.path(), &["config", "--path"], b"").out;
    let path = std::path::Path::new(path.trim_end());
    assert_eq!(path, home.path().join(".config/pair/config.toml"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let printed = pair_tui_at_home(home.path(), &["config"], b"").out;
    fs::write(path, &printed).unwrap();
    let get = pair_tui_at_home(home.path(), &["get", "127.0.0.1:9/rooms/none"], b"");
    assert!(get.error.contains("127.0.0.1:9") && !get.error.contains("config.toml"), "{}", get.error);
    fs::write(path, format!("{printed}\n[room]\n")).unwrap();
    fs::write(path, printed.replace("theme = \"auto\"", "theme = \"drak\"")).unwrap();
    let get = pair_tui_at_home(home.path(), &["get", "127.0.0.1:9/rooms/none"], b"");
    let line = printed.lines().position(|line| line.starts_with("theme")).unwrap() + 1;
    assert_eq!(get.code, Some(1));
    let told = format!("pair-tui: {}:{line}: theme: no theme is called \"drak\"; there are ", path.display());
    assert!(get.error.starts_with(&told), "{}", get.error);
    // Whoever repairs it can still look at how it should be.
    assert_eq!(pair_tui_at_home(home.path(), &["config"], b"").out, printed);
}

#[test]
fn the_file_decides_where_neither_flag_nor_variable_does() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "\tone\n");
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("pair/config.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "name = \"Filine\"\nkeys = \"vim\"\ntab_width = 2\nnumbers = false\n").unwrap();
    let config_home = home.path().to_str().unwrap();
    let tui = TuiBuilder::new(&["join", &link, "--keys", "default"]).env("XDG_CONFIG_HOME", config_home).start();
    tui.wait_for("● Filine");
    tui.wait_until("two columns for a tab and no number", |screen| {
        screen.rows(0, 80).nth(1).is_some_and(|row| row.starts_with("  one"))
    });
    assert!(!tui.contents().contains("NORMAL"));
}

/// The colours of the first character of the text.
fn first_cell(screen: &vt100::Screen) -> Option<(vt100::Color, vt100::Color)> {
    screen.cell(1, 5).map(|cell| (cell.fgcolor(), cell.bgcolor()))
}

#[test]
fn the_terminals_answer_decides_the_colours_and_is_never_typed() {
    use vt100::Color::{Default, Idx};
    let server = ServerProcess::start();
    let link = server.create_room("src/main.rs", "fn main() {}\n");
    let mut tui = TuiBuilder::new(&["join", &link, "--name", "Ada"]).env("COLORFGBG", "").start();
    // A keyword on the theme's own dark ground, where nothing is known.
    tui.wait_until("a painted dark theme", |screen| {
        first_cell(screen).is_some_and(|(front, back)| front != Default && back == Idx(234))
    });
    tui.send(b"\x1b]11;rgb:ffff/ffff/eeee\x1b\\");
    tui.wait_until("a light theme on the terminal's own ground", |screen| {
        first_cell(screen) == Some((Idx(90), Default))
    });
    tui.keys("//");
    server.wait_for_text(&link, "//fn main() {}\n");
    tui.keys("<c-p>themedark<cr>");
    tui.wait_until("the dark theme on its own ground again", |screen| {
        first_cell(screen).is_some_and(|(_, back)| back == Idx(234))
    });
}
