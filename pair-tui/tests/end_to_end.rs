//! Stories of real programs in pseudo terminals, with a real server: what one types the other sees, and what is left of it.

mod support;

use pair_tui::{
    input::MouseButton,
    terminal::{Screen, Wanted},
};
use std::time::{Duration, Instant};
use support::{ServerProcess, Tui, TuiBuilder, eventually};

support::server_entry!();

/// So many numbered lines.
fn lines(word: &str, count: usize) -> String {
    (1..=count).fold(String::new(), |text, line| text + &format!("{word} {line}\n"))
}

#[test]
fn two_terminals_share_a_room_and_see_each_other() {
    let server = ServerProcess::start();
    let link = server.create_room("src/main.rs", "fn main() {\n}\n");
    let mut ada = Tui::join(&link, "Ada");
    let mut grace = Tui::join(&link, "Grace");
    ada.wait_for("● Grace");
    assert!(ada.row(0).starts_with(" src/main.rs"), "{}", ada.row(0));
    ada.keys("<end><cr>let ada = 1;");
    grace.wait_for("let ada = 1;");
    grace.keys("<c-end>// grace");
    ada.wait_for("// grace");
    server.wait_for_text(&link, "fn main() {\n    let ada = 1;\n}\n// grace");
    for tui in [&ada, &grace] {
        tui.wait_for("durable ✓");
    }
    grace.keys("<c-q>");
    assert_eq!(grace.wait_for_exit().exit_code(), 0);
    grace.assert_restored();
    assert!(grace.contents().contains("To come back: pair-tui join"));
    ada.wait_until("Grace gone", |screen| !screen.rows(0, 80).next().unwrap_or_default().contains("Grace"));
}

#[test]
fn a_keystroke_is_on_the_screen_at_once() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "");
    let mut ada = Tui::join(&link, "Ada");
    let mut times = (1..=40_u16)
        .map(|typed| {
            let began = Instant::now();
            ada.keys("q");
            ada.wait_until("the cursor behind what was typed", |screen| screen.cursor_position() == (1, 5 + typed));
            began.elapsed()
        })
        .collect::<Vec<_>>();
    times.sort();
    // The fastest quarter: the others tell how busy the machine is. A key that only the clock's next event brings to the screen
    // takes up to `TICK_EVERY`, 50 ms.
    assert!(times[10] < Duration::from_millis(25), "{times:?}");
}

#[test]
fn what_is_typed_while_the_server_is_dead_arrives_when_it_is_back() {
    let mut server = ServerProcess::start();
    let link = server.create_room("a.txt", "one\ntwo\n");
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    ada.keys("A");
    server.wait_for_text(&link, "Aone\ntwo\n");
    ada.wait_for("durable");
    server.kill();
    for tui in [&ada, &grace] {
        tui.wait_for("offline");
    }
    ada.keys("da was offline ");
    ada.wait_for("15 kept here");
    grace.keys("<c-end>Grace too");
    server.restart();
    for tui in [&ada, &grace] {
        tui.wait_for("durable");
        tui.wait_for("Ada was offline one");
        tui.wait_for("Grace too");
    }
    server.wait_for_text(&link, "Ada was offline one\ntwo\nGrace too");
}

#[test]
fn the_screen_follows_the_terminals_size_and_keeps_its_order() {
    let server = ServerProcess::start();
    let long = lines("line", 300);
    let link = server.create_room("long.txt", &long);
    let mut ada = TuiBuilder::new(&["join", &link, "--name", "Ada"]).size(120, 35).start();
    ada.wait_for("durable");
    ada.wait_for("Ctrl-Space");
    ada.keys("<c-end>");
    ada.wait_for("line 300");
    for (columns, rows) in [(80, 24), (40, 10), (20, 5), (40, 10)] {
        ada.resize(columns, rows);
        ada.wait_until("a status line at the bottom", |screen| {
            let last = screen.rows(0, columns).nth(usize::from(rows) - 1).unwrap_or_default();
            last.contains("301:1")
        });
    }
    ada.keys("x<c-home>");
    ada.wait_until("the first line at the top, with the cursor", |screen| {
        let first = screen.rows(0, 40).nth(1).unwrap_or_default();
        first.starts_with("   1 line 1") && screen.cursor_position() == (1, 5)
    });
}

#[test]
fn a_signal_ends_it_in_good_order() {
    use rustix::process::Signal;
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "word\n");
    let mut watcher = Tui::join(&link, "Watcher");
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut ada = Tui::join(&link, "Ada");
        watcher.wait_for("● Ada");
        ada.keys("x");
        ada.wait_for("1:2");
        ada.signal(signal);
        assert_eq!(ada.wait_for_exit().exit_code(), code);
        ada.assert_restored();
        watcher.wait_until("Ada gone", |screen| !screen.rows(0, 80).next().unwrap_or_default().contains("Ada"));
    }
    server.wait_for_text(&link, "xxxword\n");
    watcher.keys("<c-q>");
    watcher.wait_for_exit();
}

#[test]
fn a_lost_terminal_ends_it_and_the_room_sees_it_leave() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "word\n");
    let watcher = Tui::join(&link, "Watcher");
    let status = TuiBuilder::new(&["join", &link, "--name", "Ada"]).start_and_hang_up("durable");
    // By SIGHUP; or by what could not be drawn any more, if that was noticed first.
    assert!(matches!(status.exit_code(), 129 | 1), "{status:?}");
    watcher.wait_for("Ada left");
}

/// The program of the next test: takes the terminal over, and panics when a key comes.
#[test]
fn panics_when_told() {
    if std::env::var_os("PAIR_TEST_PANIC").is_none() {
        return;
    }
    let mut screen = Screen::open(Wanted { mouse: true, ground: false }).unwrap();
    screen.terminal.draw(|frame| frame.buffer_mut().set_string(0, 0, "ready", ratatui::style::Style::new())).unwrap();
    // A panic elsewhere (a room of a hosted server) must leave the screen alone.
    let elsewhere = std::thread::spawn(|| panic!("elsewhere"));
    assert!(elsewhere.join().is_err());
    let mut key = [0];
    std::io::Read::read_exact(&mut std::io::stdin(), &mut key).unwrap();
    panic!("the screen must survive this");
}

#[test]
fn a_panic_puts_the_terminal_back_and_says_what_happened() {
    let mut tui = TuiBuilder::this_test("panics_when_told", "PAIR_TEST_PANIC").start();
    tui.wait_for("ready");
    assert!(tui.look(vt100::Screen::alternate_screen));
    assert!(!tui.contents().contains("elsewhere"));
    tui.keys("x");
    tui.wait_for("the screen must survive this");
    assert_ne!(tui.wait_for_exit().exit_code(), 0);
    tui.assert_restored();
    assert!(!tui.contents().contains("elsewhere"));
}

#[test]
fn a_paste_is_one_edit_and_one_undo() {
    let server = ServerProcess::start();
    let link = server.create_room("a.rs", "fn a() {}\n");
    let mut ada = Tui::join(&link, "Ada");
    ada.paste("one\n    two\nthree\n");
    server.wait_for_text(&link, "one\n    two\nthree\nfn a() {}\n");
    ada.keys("<c-z>");
    server.wait_for_text(&link, "fn a() {}\n");
    ada.keys("<c-y>");
    server.wait_for_text(&link, "one\n    two\nthree\nfn a() {}\n");
}

#[test]
fn undo_takes_back_only_what_is_ones_own() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "");
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    ada.keys("ada");
    grace.wait_for("ada");
    grace.keys("<end> grace");
    ada.wait_for("ada grace");
    ada.keys("<c-z>");
    server.wait_for_text(&link, " grace");
}

#[test]
fn copies_go_to_the_systems_clipboard() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "größe zwei\nnext\n");
    let mut ada = Tui::join(&link, "Ada");
    ada.keys("<c-s-right><c-c>");
    ada.wait_for_clipboard("größe");
    ada.keys("<c-end><c-v>");
    server.wait_for_text(&link, "größe zwei\nnext\ngröße");
    ada.keys("<f7>");
    ada.wait_for_clipboard(&format!("pair-tui join {link}"));
    ada.keys("<c-home><c-x>");
    ada.wait_for_clipboard("größe zwei\n");
    server.wait_for_text(&link, "next\ngröße");
}

#[test]
fn the_mouse_puts_the_cursor_selects_and_scrolls() {
    let server = ServerProcess::start();
    let text = lines("row", 100);
    let link = server.create_room("a.txt", &text);
    let mut ada = Tui::join(&link, "Ada");
    ada.click(MouseButton::Left, 5 + 4, 3);
    ada.wait_for("3:5");
    ada.press(MouseButton::Left, 5, 2);
    ada.drag_to(5 + 3, 2);
    ada.release(MouseButton::Left, 5 + 3, 2);
    ada.wait_for("3 selected");
    ada.keys("ROW");
    server.wait_for_text(&link, &text.replace("row 2\n", "ROW 2\n"));
    ada.wheel(5, 10, 10);
    ada.wait_until("a scrolled text", |screen| screen.rows(0, 80).nth(1).unwrap_or_default().contains("row 16"));
    ada.wheel(-5, 10, 10);
    ada.wait_until("the top", |screen| screen.rows(0, 80).nth(1).unwrap_or_default().contains("row 1"));
    ada.click(MouseButton::Left, 6, 4);
    ada.click(MouseButton::Left, 6, 4);
    ada.wait_for("3 selected");
}

#[test]
fn the_start_screen_creates_and_joins() {
    let server = ServerProcess::start();
    let url = server.url().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.py"), "print('hello')\n").unwrap();
    let mut ada = TuiBuilder::new(&["--server", &url, "--name", "Ada"]).folder(folder.path()).start();
    ada.wait_for("Create a room");
    ada.keys("missing/hello.py<cr>");
    ada.wait_for("durable");
    ada.keys("<c-q>");
    ada.wait_for_exit();

    let mut ada = TuiBuilder::new(&["--server", &url, "--name", "Ada"]).folder(folder.path()).start();
    ada.wait_for("Create a room");
    ada.keys("hello.py<cr>");
    ada.wait_for("print('hello')");
    ada.wait_for("python");
    ada.keys("<f7>");
    let link = eventually("an invitation", || ada.clipboard().first().map(|text| text.replace("pair-tui join ", "")));

    let mut grace = Tui::start(&["--server", &url, "--name", "Grace"]);
    grace.wait_for("Join a room");
    grace.keys("<down>not a room!<cr>");
    grace.wait_for("must be 1 to 64");
    grace.keys("<home><c-k>");
    grace.paste(&link);
    grace.keys("<cr>");
    grace.wait_for("print('hello')");
    ada.wait_for("● Grace");
}

#[test]
fn a_room_that_was_left_is_offered_again() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "kept\n");
    let state = tempfile::tempdir().unwrap();
    let start =
        |arguments: &[&str]| TuiBuilder::new(arguments).env("XDG_STATE_HOME", state.path().to_str().unwrap()).start();
    std::fs::create_dir_all(state.path().join("pair")).unwrap();
    std::fs::write(state.path().join("pair/recent.json"), "{ not json").unwrap();
    let mut ada = start(&["join", &link]);
    ada.wait_for("kept");
    ada.keys("<c-q>");
    ada.wait_for_exit();
    assert!(state.path().join("pair/recent.json.broken").exists());
    let mut ada = start(&[]);
    ada.wait_for("just now");
    ada.keys("<down><down><cr>");
    ada.wait_for("kept");
    ada.keys("<c-q>");
    assert_eq!(ada.wait_for_exit().exit_code(), 0);
}
