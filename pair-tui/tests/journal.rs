//! Stories of the journal, with real programs: client and server both die, and every key is there once when they are back; text is had by hand without a
//! server; what is in danger is told.

#![allow(clippy::unwrap_used, reason = "what does not unwrap is a failed test")]

mod support;

use rustix::process::Signal;
use std::path::Path;
use support::{ServerProcess, Tui, TuiBuilder, eventually, pair_tui_at_home};

support::server_entry!();

/// A program whose state is kept below a home of the test's.
fn start(home: &Path, arguments: &[&str]) -> Tui {
    let state = home.join(".local/state");
    TuiBuilder::new(arguments).size(100, 24).env("XDG_STATE_HOME", state.to_str().unwrap()).start()
}

fn journals(home: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(home.join(".local/state/pair/journal")).into_iter().flatten();
    folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|has| has == ending)).collect()
}

#[test]
fn what_was_typed_survives_the_death_of_client_and_server_and_arrives_once() {
    let mut server = ServerProcess::start();
    let link = server.create_room("notes.txt", "one\ntwo\n");
    let home = tempfile::tempdir().unwrap();
    let mut ada = start(home.path(), &["join", &link, "--name", "Ada"]);
    ada.wait_for("durable");
    ada.keys("before ");
    server.wait_for_text(&link, "before one\ntwo\n");
    ada.wait_for("durable");
    server.kill();
    ada.wait_for("offline");
    ada.keys("while it was dead ");
    ada.wait_for("18 kept here");
    ada.signal(Signal::KILL);
    drop(ada);
    assert_eq!(journals(home.path(), "journal").len(), 1);

    // By hand, without a server.
    let room = link.rsplit('/').next().unwrap();
    let listed = pair_tui_at_home(home.path(), &["journal", "list"], b"");
    assert!(listed.out.contains(room) && listed.out.contains("18 edits"), "{}", listed.out);
    let shown = pair_tui_at_home(home.path(), &["journal", "show", room], b"");
    assert_eq!(shown.out, "before while it was dead one\ntwo\n");
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let exported = pair_tui_at_home(home.path(), &["journal", "export", room, folder], b"");
    assert!(exported.out.contains("notes.txt"), "{} {}", exported.out, exported.error);
    assert_eq!(std::fs::read_to_string(out.path().join("notes.txt")).unwrap(), shown.out);
    let again = pair_tui_at_home(home.path(), &["journal", "export", room, folder], b"");
    assert!(again.error.contains("left alone"), "{}", again.error);

    // The next run shows it before there is a server, and can be typed in.
    let mut ada = start(home.path(), &["join", &link, "--name", "Ada"]);
    ada.wait_for("Brought back from the journal: 18 edits");
    ada.wait_for("before while it was dead one");
    ada.keys("<c-end>three<cr>");
    ada.wait_for("24 kept here");
    assert_eq!(journals(home.path(), "journal").len(), 1, "one file holds it all");
    server.restart();
    ada.wait_for("durable ✓");
    server.wait_for_text(&link, "before while it was dead one\ntwo\nthree\n");
    ada.keys("<c-q>");
    assert_eq!(ada.wait_for_exit().exit_code(), 0);
    assert!(journals(home.path(), "journal").is_empty(), "what is durable leaves nothing behind");
    assert!(pair_tui_at_home(home.path(), &["journal", "list"], b"").out.contains("No journals"));
}

#[test]
fn leaving_before_all_is_durable_says_where_it_is_and_the_next_visit_sends_it() {
    let mut server = ServerProcess::start();
    let link = server.create_room("a.txt", "text\n");
    let home = tempfile::tempdir().unwrap();
    let mut ada = start(home.path(), &["join", &link, "--name", "Ada"]);
    ada.wait_for("durable");
    server.kill();
    ada.wait_for("offline");
    ada.keys("abc");
    ada.wait_for("3 kept here");
    ada.keys("<c-q>");
    ada.wait_for("3 of your edits are not stored by the server");
    ada.keys("<c-q>");
    assert_eq!(ada.wait_for_exit().exit_code(), 0);
    ada.wait_for("3 edits are not known to be stored");
    server.restart();
    let mut ada = start(home.path(), &["join", &link, "--name", "Ada"]);
    server.wait_for_text(&link, "abctext\n");
    ada.wait_for("durable ✓");
    // Waiting is the other way to leave.
    server.kill();
    ada.wait_for("offline");
    ada.keys("d<c-q>");
    ada.wait_for("waiting");
    server.restart();
    assert_eq!(ada.wait_for_exit().exit_code(), 0);
    assert_eq!(server.text(&link).matches('d').count(), 1);
}

#[test]
fn a_broken_journal_is_set_aside_with_a_message_that_names_it() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "text\n");
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".local/state/pair/journal");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("stranger.journal"), "no journal, but somebody's notes").unwrap();
    let ada = start(home.path(), &["join", &link, "--name", "Ada"]);
    ada.wait_for("A journal was broken, it is set aside");
    let aside = eventually("the file aside", || journals(home.path(), "broken").pop());
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "no journal, but somebody's notes");
}

#[test]
fn a_disk_that_takes_no_journal_is_told_and_typing_goes_on() {
    let mut server = ServerProcess::start();
    let link = server.create_room("a.txt", "text\n");
    let home = tempfile::tempdir().unwrap();
    // A file where the folder should be: nobody can write below it, not even root.
    std::fs::create_dir_all(home.path().join(".local/state/pair")).unwrap();
    std::fs::write(home.path().join(".local/state/pair/journal"), "").unwrap();
    let mut ada = start(home.path(), &["join", &link, "--name", "Ada"]);
    ada.wait_for("durable");
    server.kill();
    ada.wait_for("offline");
    ada.keys("abc");
    ada.wait_for("3 in memory only");
    ada.keys("<c-q>");
    ada.wait_for("lost.");
    ada.keys("<esc>");
    ada.wait_gone("Quit?");
    server.restart();
    ada.wait_for("durable ✓");
    server.wait_for_text(&link, "abctext\n");
}
