//! Long lines in real terminals: a paste in whose middle the terminal is resized while the other types, wrapped lines under the mouse and
//! the keys, and the cursor's shape by mode.

mod support;

use pair_tui::input::MouseButton;
use std::sync::atomic::{AtomicBool, Ordering};
use support::{ServerProcess, Tui, Typed, eventually};

support::server_entry!();

/// Paragraphs of the paste.
const PARAGRAPHS: usize = 120;

fn paragraphs() -> String {
    let words = "of a text that is longer than any of the terminals is wide, with wide ones (日本語) among them, and so on and on";
    (0..PARAGRAPHS).fold(String::new(), |text, number| text + &format!("- paragraph {number:03} {words}\n"))
}

/// The paragraphs on the screen; beside them names fade and marks go.
fn rows(tui: &Tui) -> Vec<String> {
    let height = tui.look(|screen| screen.size().0);
    (1..height - 2).map(|row| tui.row(row)).filter(|row| row.contains("paragraph")).collect()
}

#[test]
fn a_paste_is_whole_though_the_terminal_is_resized_in_its_middle_while_the_other_types() {
    let server = ServerProcess::start();
    let link = server.create_room("story.md", "grace:\n\nada:\n");
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    grace.keys("<down>");
    ada.keys("<c-end>");
    let (of_grace, stop) = (Typed::new("g"), AtomicBool::new(false));
    let pasted = paragraphs();
    std::thread::scope(|scope| {
        let typing = scope.spawn(|| of_grace.type_until(&mut grace, &stop));
        eventually("words of Grace", || (of_grace.count() >= 3).then_some(()));
        ada.send(b"\x1b[200~");
        let bytes = pasted.replace('\n', "\r").into_bytes();
        let sizes = [(100, 30), (41, 12), (120, 40), (60, 20), (80, 24)];
        for (part, (columns, rows)) in bytes.chunks(bytes.len().div_ceil(sizes.len())).zip(sizes) {
            ada.send(part);
            ada.resize(columns, rows);
        }
        ada.send(b"\x1b[201~");
        ada.wait_for("paragraph 119");
        let so_far = of_grace.count();
        eventually("more words of Grace", || (of_grace.count() >= so_far + 3).then_some(()));
        stop.store(true, Ordering::SeqCst);
        typing.join().unwrap();
    });
    let text = eventually("one text everywhere", || {
        let texts = [server.text(&link), ada.text(), grace.text()];
        texts.iter().all(|text| *text == texts[0]).then(|| texts[0].clone())
    });
    assert_eq!(text.matches(&pasted).count(), 1, "the paste must be there once, in one piece:\n{text}");
    of_grace.assert_each_once(&text);
    // What is on the screen is what a fresh picture of it shows.
    ada.keys("<c-end><left><c-end>");
    let end = format!("\n {}:1 ", text.matches('\n').count() + 1);
    ada.wait_until("the end of the text", |screen| screen.contents().contains(&end));
    let before = rows(&ada);
    assert!(before.iter().any(|row| row.contains("paragraph 119")), "{before:?}");
    ada.keys("<c-l><f1>");
    ada.wait_for("Help ·");
    ada.keys("<esc>");
    eventually("the same picture", || (rows(&ada) == before).then_some(()));
}

#[test]
fn a_wrapped_line_is_walked_clicked_and_switched_off() {
    let server = ServerProcess::start();
    let words = (0..40).fold(String::new(), |text, number| text + &format!("word{number:02} "));
    let link = server.create_room("long.md", &format!("{words}\nend\n"));
    let mut ada = Tui::join(&link, "Ada");
    ada.wait_until("a second row", |screen| screen.contents().contains("· word10"));
    // The text begins in column 5 of the screen; a row has ten words of seven cells.
    ada.keys("<down>");
    ada.wait_until("the cursor one row further", |screen| screen.cursor_position() == (2, 5));
    ada.wait_for("1:71");
    ada.keys("<end>");
    ada.wait_for("1:140");
    ada.keys("<end>");
    ada.wait_for("1:281");
    ada.keys("<home>");
    ada.wait_for("1:211");
    ada.click(MouseButton::Left, 5 + 7, 3);
    ada.wait_for("1:148");
    ada.keys("x");
    ada.wait_for("xword21");
    ada.keys("<bs><a-z>");
    ada.wait_until("one row", |screen| !screen.contents().contains("· word"));
    ada.keys("<a-z>");
    ada.wait_for("· word10");
}

#[test]
fn the_cursor_shows_the_mode_and_is_given_back() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", "one two\n");
    let mut ada = Tui::start(&["join", &link, "--name", "Ada", "--keys", "vim"]);
    ada.wait_for("durable");
    ada.wait_for_cursor_shape(2);
    ada.keys("i");
    ada.wait_for_cursor_shape(6);
    // An Esc that comes together with the next key is Alt.
    ada.keys("<esc>");
    ada.wait_for_cursor_shape(2);
    ada.keys("R");
    ada.wait_for_cursor_shape(4);
    ada.keys("<esc>");
    ada.wait_for("NORMAL");
    ada.wait_for_cursor_shape(2);
    ada.keys("2\"a");
    ada.wait_for("NORMAL 2\"a");
    ada.keys("<esc>");
    ada.wait_until("no keys that wait", |screen| !screen.contents().contains("2\"a"));
    ada.keys(":q!<cr>");
    assert!(ada.wait_for_exit().success());
    ada.assert_restored();
    ada.wait_for_cursor_shape(0);
}
