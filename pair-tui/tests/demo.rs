//! What `scripts/demo` shows where there is no terminal: the same two clients in pseudo terminals, in a room with a real source file
//! of this repository. Prints both screens; fails unless both hold the same text.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this test is also a demonstration")]

mod support;

use support::{ServerProcess, Tui, TuiBuilder, eventually, pair_tui};

support::server_entry!();

fn show(name: &str, tui: &Tui) {
    println!("┌─ {name} {}", "─".repeat(110 - name.len()));
    for line in tui.contents().lines() {
        println!("│{line}");
    }
    println!("└{}", "─".repeat(113));
}

#[test]
fn two_clients_share_a_real_file() {
    let server = ServerProcess::start();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../pair-server/src/room/state.rs");
    let url = server.url().to_string();
    let created = pair_tui(&["new", "--print", "--server", &url, file], b"");
    assert_eq!(created.code, Some(0), "{}", created.error);
    let link = created.out.trim().to_owned();
    let join = |name: &str| TuiBuilder::new(&["join", &link, "--name", name]).size(112, 26).start();
    let (mut ada, mut grace) = (join("Ada"), join("Grace"));
    for tui in [&ada, &grace] {
        tui.wait_for("durable ✓");
        tui.wait_for("● Ada");
        tui.wait_for("● Grace");
    }
    ada.keys("<down><down><down><end><cr>// Ada was here");
    grace.wait_for("// Ada was here");
    grace.keys("<down><down><down><down><down><down><home><cr><up>use std::coll");
    ada.wait_for("use std::coll");
    // Grace asks for a suggestion; the whole room sees it, and she takes it.
    grace.keys("<c-space>");
    ada.wait_for("Grace asked");
    grace.wait_for("Tab take");
    grace.keys("<tab>");
    ada.wait_for("Grace took the suggestion");
    grace.keys("<f3>Does this read well?<cr>");
    ada.wait_for("Does this read well?");
    for tui in [&ada, &grace] {
        tui.wait_for("durable ✓");
    }
    show("Ada", &ada);
    show("Grace", &grace);
    let text = eventually("one text everywhere", || {
        grace.keys("<esc>");
        let texts = [server.text(&link), ada.text(), grace.text()];
        (texts[0] == texts[1] && texts[0] == texts[2]).then(|| texts[0].clone())
    });
    assert!(text.contains("\n// Ada was here\n"), "{text}");
    println!("Both clients and the server hold the same text: {} lines, {} bytes.", text.lines().count(), text.len());
}
