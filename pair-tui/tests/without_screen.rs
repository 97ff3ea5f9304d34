//! Commands that need no terminal, and what is said when something is wrong.

mod support;

use support::{ServerProcess, Tui, pair_tui};

support::server_entry!();

#[test]
fn a_text_goes_in_and_comes_out_unchanged_and_only_what_differs_is_edited() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "one\ntwo\nthree\n");
    let watcher = Tui::join(&link, "Watcher");
    let wanted = "one\r\nzwei 😀\nthree\n";
    let done = pair_tui(&["put", &link, "--name", "Putter"], wanted.as_bytes());
    assert_eq!((done.code, done.out.as_str()), (Some(0), ""), "{}", done.error);
    assert!(done.error.contains("has stored it"), "{}", done.error);
    let done = pair_tui(&["get", &link], b"");
    assert_eq!((done.code, done.out.as_str(), done.error.as_str()), (Some(0), wanted, ""));
    watcher.wait_for("zwei");
    let done = pair_tui(&["put", &link], wanted.as_bytes());
    assert!(done.code == Some(0) && done.error.contains("holds this text already"), "{done:?}");
}

#[test]
fn what_is_stored_survives_the_servers_death() {
    let mut server = ServerProcess::start();
    let link = server.create_room("a.txt", "before\n");
    assert_eq!(pair_tui(&["put", &link], b"after\n").code, Some(0));
    server.kill();
    server.restart();
    assert_eq!(pair_tui(&["get", &link], b"").out, "after\n");
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let server = ServerProcess::start();
    let url = server.url().to_string();
    let link = server.create_room("a.txt", "kept\n");
    let nowhere = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for (arguments, input, code, words) in [
        (&["get", "no-such-room", "--server", &url][..], &b""[..], 1, &["no room no-such-room", "pair-tui new"][..]),
        (&["get", "http://h/"], b"", 1, &["names no room"]),
        (&["get", "a b"], b"", 1, &["a b", "1 to 64 of the characters"]),
        (&["get", "x", "--server", &nowhere], b"", 1, &["no pair server at", &nowhere, "pair-tui host"]),
        (&["put", "x", "--server", &nowhere], b"y", 1, &["no pair server at", &nowhere]),
        (&["put", &link], b"caf\xe9", 1, &["not UTF-8", "byte 3"]),
        (&["put", &link], &vec![b'x'; (4 << 20) + 1], 1, &["4194304 bytes"]),
        (&["join", &link], b"", 1, &["terminal", "pair-tui get"]),
        (&["get"], b"", 2, &["ROOM_OR_URL"]),
        (&["--server", "ftp://x", "get", "x"], b"", 2, &["PAIR_SERVER", "http://host:8000"]),
    ] {
        let done = pair_tui(arguments, input);
        assert_eq!((done.code, done.out.as_str()), (Some(code), ""), "{arguments:?}: {}", done.error);
        for word in words {
            assert!(done.error.contains(word), "{arguments:?} should say {word:?}: {}", done.error);
        }
    }
    assert_eq!(server.text(&link), "kept\n");
}

#[test]
fn a_file_that_is_no_text_is_named_before_a_room_is_made() {
    let server = ServerProcess::start();
    let url = server.url().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.txt"), b"\xff").unwrap();
    let mut tui = support::TuiBuilder::new(&["new", "bad.txt", "--server", &url]).folder(folder.path()).start();
    assert_eq!(tui.wait_for_exit().exit_code(), 1);
    tui.wait_for("bad.txt is not UTF-8 text");
}

#[test]
fn man_pages_and_completions_name_every_command_and_option() {
    let folder = tempfile::tempdir().unwrap();
    let done = pair_tui(&["man", folder.path().to_str().unwrap()], b"");
    assert_eq!(done.code, Some(0), "{}", done.error);
    let page = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(page("pair-tui.1").contains(".TH"));
    for (command, option) in [("join", "transport"), ("new", "keys"), ("put", "name"), ("get", "server")] {
        assert!(page(&format!("pair-tui-{command}.1")).contains(option), "{option} is not on the page of {command}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let done = pair_tui(&["completions", shell], b"");
        assert_eq!(done.code, Some(0), "{}", done.error);
        for word in ["join", "journal", "transport", "theme"] {
            assert!(done.out.contains(word), "{word} is not completed in {shell}");
        }
    }
}
