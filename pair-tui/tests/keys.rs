//! Every key of the editor as a terminal sends it, through the real program, to the text that the server has in the end.

mod support;

use support::{ServerProcess, Tui};

support::server_entry!();

/// The text before (the cursor at its start), the keys, the text after.
const TABLE: &[(&str, &str, &str)] = &[
    ("", "hello world", "hello world"),
    ("", "grüße 日本語 😀", "grüße 日本語 😀"),
    ("    if x {", "<end><cr>y", "    if x {\n        y"),
    ("ab", "<right><cr>", "a\nb"),
    ("abc", "<end><bs>", "ab"),
    ("abc", "<del>", "bc"),
    ("ae\u{301}x", "<right><right><bs>", "ax"),
    ("one two three", "<end><c-w>", "one two "),
    ("one two three", "<end><a-bs>", "one two "),
    ("one two three", "<a-d>", " two three"),
    ("one two three", "<c-del>", " two three"),
    ("one two", "<c-right>!", "one! two"),
    ("one two", "<end><c-left>!", "one !two"),
    ("one two", "<a-f>!<a-b>?", "one?! two"),
    ("one\ntwo", "<down>!<up>?", "o?ne\n!two"),
    ("one\ntwo", "<down><end>!<home>?", "one\n?two!"),
    ("one\ntwo", "<c-end>!<c-home>?", "?one\ntwo!"),
    ("a\nb\nc", "<pagedown>!", "a\nb\n!c"),
    ("a\nb\nc", "<c-end><pageup>!", "a!\nb\nc"),
    ("one two", "<s-right><s-right>X", "Xe two"),
    ("one two", "<c-s-right>X", "X two"),
    ("one\ntwo", "<s-down>X", "Xtwo"),
    ("one two", "<s-end>X", "X"),
    ("one\ntwo", "<c-s-end>X", "X"),
    ("one\ntwo", "<c-a>X", "X"),
    ("one two", "<c-s-right><c-x><end><c-v>", " twoone"),
    ("one\ntwo", "<c-x><end><cr><c-v>", "two\none\n"),
    ("one two", "<c-s-right><c-c><end><c-v>", "one twoone"),
    ("x", "<tab>", "    x"),
    ("    x", "<s-tab>", "x"),
    ("a\nb", "<c-a><tab>", "    a\n    b"),
    ("a\nb", "<a-down>", "b\na"),
    ("a\nb", "<down><a-up>", "b\na"),
    ("a\nb", "<a-r>", "a\na\nb"),
    ("", "one<left>x<c-z>", "one"),
    ("", "one<left>x<c-z><c-y>", "onxe"),
];

#[test]
fn each_key_does_to_the_servers_text_what_it_does_here() {
    let server = ServerProcess::start();
    for (before, keys, after) in TABLE {
        let link = server.create_room("keys.txt", before);
        let mut tui = Tui::join(&link, "Ada");
        tui.keys(keys);
        server.wait_for_text(&link, after);
        tui.wait_for("durable ✓");
    }
}

#[test]
fn wide_characters_tabs_and_long_lines_stand_where_the_cursor_is() {
    let server = ServerProcess::start();
    let long = "0123456789".repeat(30);
    let link = server.create_room("wide.txt", &format!("日本語x\n\tend\n{long}\n"));
    let mut tui = Tui::join(&link, "Ada");
    let cursor = |tui: &Tui| tui.look(vt100::Screen::cursor_position);
    let text = 5;
    tui.keys("<right><right><right>");
    tui.wait_until("the cursor behind three wide characters", |screen| screen.cursor_position() == (1, text + 6));
    tui.keys("<down><home><left><right><right>");
    tui.wait_until("the cursor in the second line", |screen| screen.cursor_position().0 == 2);
    tui.keys("<c-home><down><end>");
    tui.wait_until("the cursor behind the tab and a word", |screen| screen.cursor_position() == (2, text + 7));
    tui.keys("<down><end>");
    tui.wait_for("3:301");
    assert!(cursor(&tui).1 < 80);
    assert!(tui.row(3).ends_with("789") || tui.row(3).contains("456789"), "{}", tui.row(3));
    tui.keys("<home>");
    tui.wait_until("the start of the long line", |screen| screen.cursor_position() == (3, text));
}
