//! Stories of a room: suggestions, chat, people, leaving with something unsaved, hosting.

mod support;

use support::{ServerProcess, Tui, TuiBuilder, eventually, pair_tui};

support::server_entry!();

#[test]
fn a_suggestion_is_seen_by_everybody_and_taken_or_put_away_by_a_key() {
    let server = ServerProcess::start();
    let before = "let remarkable_name = 1;\nlet two = ";
    let link = server.create_room("a.rs", before);
    let (mut ada, grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    ada.keys("<c-end>remark");
    grace.wait_for("two = remark");
    ada.keys("<c-space>");
    ada.wait_for("Tab takes it");
    grace.wait_for("able_name");
    grace.wait_for("Alt-Enter takes it");
    ada.keys("<tab>");
    server.wait_for_text(&link, &format!("{before}remarkable_name"));
    grace.wait_for("Ada took the suggestion");
    ada.keys(" + remark<c-space>");
    ada.wait_for("Tab takes it");
    ada.keys("<esc>");
    ada.wait_gone("Tab takes it");
    grace.wait_gone("Alt-Enter takes it");
    ada.keys("!");
    server.wait_for_text(&link, &format!("{before}remarkable_name + remark!"));
}

#[test]
fn people_talk_and_find_each_other() {
    let server = ServerProcess::start();
    let text = (1..=200).fold(String::new(), |text, line| text + &format!("row {line}\n"));
    let link = server.create_room("a.txt", &text);
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    ada.wait_for("● Grace");
    ada.keys("<f3>hello Grace<cr><esc>");
    grace.wait_for("Ada: hello Grace (F3 answers)");
    grace.wait_for("1 new in chat");
    grace.keys("<f3>");
    grace.wait_for("Ada  hello Grace");
    grace.wait_gone("new in chat");
    grace.keys("<esc><f4><c-end>");
    grace.wait_for("row 200");
    ada.keys("<f4><f2>");
    ada.wait_for("a.txt:201");
    ada.wait_for("› 1 ● Grace");
    ada.keys("<cr>");
    ada.wait_for("row 200");
}

#[test]
fn leaving_with_something_unsaved_asks_and_waits() {
    let mut server = ServerProcess::start();
    let link = server.create_room("a.txt", "text\n");
    let mut ada = Tui::join(&link, "Ada");
    server.kill();
    ada.wait_for("offline");
    ada.keys("ab<c-q>");
    ada.wait_for("2 of your edits are not stored by the server");
    // By itself: a terminal sends Esc and a character at once for Alt and the character.
    ada.keys("<esc>");
    ada.wait_gone("Quit?");
    ada.keys("c");
    ada.wait_for("abctext");
    ada.keys("<c-q>");
    ada.wait_for("3 of your edits");
    ada.keys("y");
    assert_eq!(ada.wait_for_exit().exit_code(), 0);
    ada.assert_restored();
}

#[test]
fn hosting_serves_the_room_until_the_host_leaves() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shared.py"), "print('shared')\n").unwrap();
    let mut host = TuiBuilder::new(&["host", "shared.py", "--listen", "127.0.0.1:0", "--name", "Host"])
        .size(100, 24)
        .folder(folder.path())
        .start();
    host.wait_for("print('shared')");
    host.keys("<f7>");
    let link = eventually("an invitation", || host.clipboard().first().map(|text| text.replace("pair-tui join ", "")));
    let mut guest = Tui::join(&link, "Guest");
    guest.keys("# guest<cr>");
    host.wait_for("# guest");
    host.wait_for("● Guest");
    assert_eq!(pair_tui(&["get", &link], b"").out, "# guest\nprint('shared')\n");
    host.keys("<c-q>");
    host.wait_for("Quit without writing?");
    host.keys("w");
    assert_eq!(host.wait_for_exit().exit_code(), 0);
    host.wait_for("The server has stopped");
    assert_eq!(std::fs::read_to_string(folder.path().join("shared.py")).unwrap(), "# guest\nprint('shared')\n");
    guest.wait_for("offline");
    let database = host.home().join("data/pair/pair.db");
    assert!(database.exists(), "the room is kept in {}", database.display());

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut failing = Tui::start(&["host", "--listen", &address]);
    assert_eq!(failing.wait_for_exit().exit_code(), 1);
    failing.wait_for(&format!("can't listen on {address}"));
}

#[test]
fn without_colours_not_one_is_sent() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "some text\n");
    let mut grace = Tui::join(&link, "Grace");
    let ada = TuiBuilder::new(&["join", &link, "--name", "Ada"]).env("NO_COLOR", "1").start();
    ada.wait_for("durable");
    grace.keys("<c-s-right>");
    grace.wait_for("4 selected");
    ada.wait_until("Grace's selection, underlined", |screen| screen.cell(1, 5).is_some_and(vt100::Cell::underline));
    ada.look(|screen| {
        for (row, column) in (0..24).flat_map(|row| (0..80).map(move |column| (row, column))) {
            let cell = screen.cell(row, column).unwrap();
            assert_eq!((cell.fgcolor(), cell.bgcolor()), (vt100::Color::Default, vt100::Color::Default));
        }
    });
}
