//! Key tables: what is typed, and the text, selection and cursor that come of it. `[` and `]` stand around a selection with `|` for
//! the cursor's side; a lone `|` is a cursor. With several cursors all are shown.

use super::*;
use crate::input::{Command, Keymap, When, key::parse_keys};

/// Plays keys in an editor on a text with one `|` for the cursor; what is copied is what is pasted.
pub(super) fn play(start: &str, keys: &str) -> Editor {
    let mut editor = Editor::new(DocumentPath::main(), ClientId::from_random_32(7));
    editor.resize(10, 40);
    let cursor = start.find('|').unwrap_or(0);
    editor.replace(ByteOffset(0)..ByteOffset(0), &start.replace('|', ""), 0).unwrap();
    editor.stop_undo_group();
    editor.select(Selection::cursor(ByteOffset(cursor)));
    press(&mut editor, keys);
    editor
}

pub(super) fn press(editor: &mut Editor, keys: &str) {
    let keymap = Keymap::default();
    let mut clip = None;
    for (step, key) in parse_keys(keys).unwrap().into_iter().enumerate() {
        let now = 10_000 + step as u64;
        let command = match keymap.command(key, When::Text) {
            Some(Command::Editor(command)) => command,
            Some(Command::Paste) => EditorCommand::PasteClip(clip.clone().unwrap()),
            other => panic!("{key} means {other:?}"),
        };
        clip = editor.execute(&command, now).unwrap().clip.or(clip);
        assert!(editor.buffer().is_consistent());
    }
}

pub(super) fn shown(editor: &Editor) -> String {
    let mut text = editor.text().to_string();
    let mut selections: Vec<Selection> = editor.selections().collect();
    selections.sort_by_key(|selection| std::cmp::Reverse(selection.range().start));
    for selection in selections {
        let range = selection.range();
        if selection.is_cursor() {
            text.insert(range.start.0, '|');
        } else {
            let (left, right) = if selection.head == range.end { ("[", "|]") } else { ("[|", "]") };
            text.insert_str(range.end.0, right);
            text.insert_str(range.start.0, left);
        }
    }
    text
}

#[track_caller]
pub(super) fn check(table: &[(&str, &str, &str)]) {
    for (start, keys, end) in table {
        assert_eq!(&shown(&play(start, keys)), end, "{start:?} {keys}");
    }
}

#[test]
fn typing() {
    check(&[
        ("", "hello<cr>world<up>", "hello|\nworld"),
        ("a|b", "<bs>", "|b"),
        ("a|b", "<del>", "a|"),
        ("|a", "<bs>", "|a"),
        ("a|", "<del>", "a|"),
        ("x👩‍👩‍👧e\u{301}|", "<bs><bs>", "x|"),
        ("one\r\n|two", "<bs>", "one|two"),
        ("one\r\n|two", "<cr>", "one\r\n\r\n|two"),
        ("fn a(b: &str) |", "<c-w>", "fn a(b: &str|"),
        ("fn née|", "<c-w>", "fn |"),
        ("  a\n  |b", "<c-w>", "  a\n|b"),
        ("  a\n  |b", "<c-w><c-w>", "  a|b"),
        ("|foo bar", "<a-d>", "| bar"),
        ("foo|\n  bar", "<c-del>", "foo|  bar"),
        ("日本|語", "<bs><left>x", "x|日語"),
    ]);
}

#[test]
fn indentation() {
    check(&[
        ("    a|", "<cr>b", "    a\n    b|"),
        ("  |  a", "<cr>", "  \n  |  a"),
        ("fn a() {|}", "<cr>x", "fn a() {\n    x|\n}"),
        ("\tif a {|", "<cr>x", "\tif a {\n\t\tx|"),
        ("a:\n  b:\n    |c", "<bs>", "a:\n  b:\n  |c"),
        ("a:\n  b\nc|", "<tab>x", "a:\n  b\nc x|"),
        ("\ta\nb|", "<tab>", "\ta\nb\t|"),
        ("|a\nb\nc", "<s-down><s-down><tab>", "[    a\n    b\n|]c"),
        ("    a\n|    b\n  c", "<s-tab>", "    a\n|b\n  c"),
        ("|    a\n\tb", "<c-a><s-tab>", "[a\nb|]"),
    ]);
}

#[test]
fn movement() {
    check(&[
        ("a|b\ncd", "<right><right>", "ab\n|cd"),
        ("ab\n|cd", "<left>", "ab|\ncd"),
        ("long line|\nx\nlong line", "<down><down>", "long line\nx\nlong line|"),
        ("ab\nc|d", "<down>", "ab\ncd|"),
        ("a|b\ncd", "<up>", "|ab\ncd"),
        ("  ab|c", "<home>", "  |abc"),
        ("  |abc", "<home>", "|  abc"),
        ("|  abc", "<home><end>", "  abc|"),
        ("one |two", "<c-right><c-left><a-left>", "|one two"),
        ("\ta|b\n     xy", "<down>", "\tab\n     |xy"),
        ("日本|\nabcdef", "<down>", "日本\nabcd|ef"),
        ("a\nb\n|c", "<c-home>", "|a\nb\nc"),
        ("a\n|b\nc", "<c-end>", "a\nb\nc|"),
        ("f|(a[1])", "<c-]>", "f(a[1]|)"),
        ("f(a[1])|", "<c-]>", "f|(a[1])"),
        ("f(a[1|])", "<c-]><c-]>", "f(a[1|])"),
        ("f({x|y})", "<c-]>", "f(|{xy})"),
        ("a|b", "<c-]>", "a|b"),
    ]);
}

#[test]
fn selection() {
    check(&[
        ("o|ne two", "<c-s-right>", "o[ne|] two"),
        ("one tw|o", "<c-s-left>x", "one x|o"),
        ("a|b\ncd", "<s-down><left>", "a|b\ncd"),
        ("a|b\ncd", "<s-down><right>", "ab\nc|d"),
        ("a|b\ncd", "<s-down><bs>", "a|d"),
        ("ab|cd", "<s-home>", "[|ab]cd"),
        ("a|b", "<c-a>x", "x|"),
    ]);
}

#[test]
fn clipboard() {
    check(&[
        ("|ab", "<s-right><c-c><end><c-v><c-v>", "abaa|"),
        ("a|b", "<s-right><c-x><home><c-v>", "b|a"),
        ("one\nt|wo\nthree", "<c-x><up><c-v>", "two\n|one\nthree"),
        ("a|b", "<c-c><c-v>", "ab\na|b"),
    ]);
    let mut editor = play("a|\r\nb", "");
    let outcome = editor.execute(&EditorCommand::Paste("1\r2\n3".into()), 1).unwrap();
    assert_eq!(outcome.updates.len(), 1);
    assert_eq!(shown(&editor), "a1\r\n2\r\n3|\r\nb");
}

#[test]
fn lines() {
    check(&[
        ("a\nb|\nc", "<a-up>", "b|\na\nc"),
        ("a\nb|", "<a-up>", "b|\na"),
        ("a\n|b\nc", "<s-down><a-up>", "[b\n|]a\nc"),
        ("é\n|b\r\nc", "<s-down><a-up>", "[b\n|]é\r\nc"),
        ("a|\nb", "<a-up>", "a|\nb"),
        ("a|\nb", "<a-down>", "b\na|"),
        ("a|\nb\nc", "<a-down>", "b\na|\nc"),
        ("|a\nb\nc", "<s-down><a-down>", "b\n[a\n|]c"),
        ("a\nb|", "<a-down>", "a\nb|"),
        ("a\nb|c\nd", "<a-r>", "a\nbc\nb|c\nd"),
        ("a|\n  b", "<a-j>", "a| b"),
        ("a  |\n\nb", "<a-j><a-j>", "a| b"),
        ("|a\n\tb\nc\nd", "<s-down><s-down><a-j>", "[a b\n|]c\nd"),
        ("  |\nb", "<a-j>", "  |b"),
        ("a|", "<a-j>", "a|"),
    ]);
}

#[test]
fn undo_takes_back_only_my_edits_and_goes_to_them() {
    let mut editor = play("one\n|two", "x");
    let mut other = Buffer::new(ClientId::from_random_32(8));
    other.apply(&editor.buffer().difference(&[]).unwrap()).unwrap();
    let theirs = other.edit(ByteOffset(0)..ByteOffset(0), "0\n", 0).unwrap();
    editor.apply_remote(&theirs.update).unwrap();
    assert_eq!(shown(&editor), "0\none\nx|two");
    press(&mut editor, "<c-home><c-z>");
    assert_eq!(shown(&editor), "0\none\n|two");
    press(&mut editor, "<c-home><c-y>");
    assert_eq!(shown(&editor), "0\none\nx|two");
}

#[test]
fn a_page_keeps_the_row_of_the_cursor() {
    let text: String = (1..100).fold(String::new(), |text, n| text + &n.to_string() + "\n");
    let mut editor = play(&text, "<down><down><down><pagedown><pagedown>");
    assert_eq!((editor.viewport().top, editor.cursor_line()), (LineIndex(16), LineIndex(19)));
    press(&mut editor, "<pageup><pageup>");
    assert_eq!((editor.viewport().top, editor.cursor_line()), (LineIndex(0), LineIndex(3)));
}

/// As [`check`], in a language.
#[track_caller]
fn check_in(language: &str, table: &[(&str, &str, &str)]) {
    for (start, keys, end) in table {
        let mut editor = play(start, "");
        editor.set_language(syntax::language::named(language));
        press(&mut editor, keys);
        assert_eq!(&shown(&editor), end, "{language}: {start:?} {keys}");
    }
}

#[test]
fn lines_are_commented_and_brought_back_in_the_way_of_the_language() {
    check_in(
        "rust",
        &[
            ("  le|t x;", "<c-/>", "  // le|t x;"),
            ("  // le|t x;", "<c-_>", "  le|t x;"),
            ("  //let| x;", "<c-7>", "  let| x;"),
            ("|if x {\n    y\n\n}\n", "<s-down><s-down><s-down><s-down><c-/><right>", "// if x {\n//     y\n\n// }\n|"),
            ("|// a\n// b\n", "<s-down><s-down><c-/><right>", "a\nb\n|"),
            ("|// a\nb\n", "<s-down><s-down><c-/><right>", "// // a\n// b\n|"),
            ("x|", "<c-/><c-z>", "|x"),
        ],
    );
    check_in("python", &[("x|", "<c-/>", "# x|")]);
    check_in(
        "html",
        &[
            ("  <p>|</p>", "<c-/>", "  <!-- <p>|</p> -->"),
            ("  <!-- <p>|</p> -->", "<c-/>", "  <p>|</p>"),
            ("<!---->|", "<c-/>", "|"),
            ("<!-- -->|", "<c-/>", "|"),
        ],
    );
    check_in("json", &[("|1", "<c-/>", "|// 1")]);
    check_in("text", &[("a|", "<c-/>", "a|")]);
}

#[test]
fn new_lines_are_indented_as_the_language_wants() {
    check_in(
        "python",
        &[
            ("if x:|", "<cr>y", "if x:\n    y|"),
            ("if x:  # note|", "<cr>y", "if x:  # note\n    y|"),
            ("x = {|}", "<cr>", "x = {\n    |\n}"),
            ("if x:\n    return 1|", "<cr>y", "if x:\n    return 1\ny|"),
            ("    return| 1", "<cr>", "    return\n    | 1"),
            ("x = 1|", "<cr>", "x = 1\n|"),
        ],
    );
    check_in("go", &[("func x() {|}", "<cr>", "func x() {\n\t|\n}")]);
    check_in("shell", &[("if x; then|", "<cr>", "if x; then\n    |"), ("git undo|", "<cr>", "git undo\n|")]);
    check_in("yaml", &[("a:|", "<cr>b: 1", "a:\n  b: 1|")]);
    check_in("rust", &[("x:|", "<cr>", "x:\n|")]);
}

#[test]
fn a_closing_bracket_goes_below_its_partners_line() {
    check_in(
        "rust",
        &[
            ("  if x {\n      y\n      |", "}", "  if x {\n      y\n  }|"),
            ("if x {\n    |", "}", "if x {\n}|"),
            ("  f(\n    {}\n    |", ")", "  f(\n    {}\n  )|"),
            ("  |", "}", "  }|"),
            ("  f(a|", ")", "  f(a)|"),
        ],
    );
}
