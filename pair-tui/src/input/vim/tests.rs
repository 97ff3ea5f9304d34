//! What the real vim can't be asked: other people's edits, modes and pending keys, the clipboard, options.

use super::{Mode, differential::Played};
use crate::editor::{buffer::Buffer, commands::Clip};
use protocol::{ByteOffset, ClientId};

fn played(text: &str, cursor: usize, keys: &str) -> Played {
    let mut played = Played::new(text, ByteOffset(cursor));
    played.press(keys);
    played
}

/// Somebody else replaces a range.
fn other_edits(played: &mut Played, range: std::ops::Range<usize>, text: &str) {
    let mut other = Buffer::new(ClientId::from_random_32(99));
    other.apply(&played.editor.buffer().difference(&[]).unwrap()).unwrap();
    let edit = other.edit(ByteOffset(range.start)..ByteOffset(range.end), text, 0).unwrap();
    let delta = played.editor.apply_remote(&edit.update).unwrap();
    let document = played.editor.path().clone();
    played.vim.map(&document, &delta);
}

fn text(played: &Played) -> String {
    played.editor.text().to_string()
}

#[test]
fn a_cursor_stays_on_its_character_when_others_type_before_it() {
    let mut played = played("one two\n", 4, "");
    other_edits(&mut played, 4..4, "xx");
    played.press("x");
    assert_eq!(text(&played), "one xxwo\n");
}

#[test]
fn a_selection_and_marks_stay_on_their_text() {
    let mut played = played("one two three\n", 4, "mave");
    other_edits(&mut played, 0..0, "zero ");
    other_edits(&mut played, 12..12, "!");
    assert_eq!(played.editor.text().slice(played.editor.selected()), "two");
    played.press("<esc>$`ax");
    assert_eq!(text(&played), "zero one wo! three\n");
    played.press("gvd");
    assert_eq!(text(&played), "zero one ! three\n");
}

#[test]
fn insert_mode_is_one_step_and_undo_leaves_others_edits_alone() {
    let mut played = played("one\n", 0, "ia");
    other_edits(&mut played, 4..4, "!");
    played.press("b c<esc>");
    assert_eq!(text(&played), "ab cone!\n");
    played.press("u");
    assert_eq!(text(&played), "one!\n");
    played.press("<c-r>");
    assert_eq!(text(&played), "ab cone!\n");
}

#[test]
fn an_insertion_is_repeated_where_others_typed_meanwhile() {
    let mut played = played("a\nb\n", 0, "Ax");
    other_edits(&mut played, 0..0, "0");
    played.press("y<esc>j.");
    assert_eq!(text(&played), "0axy\nbxy\n");
}

#[test]
fn the_mode_and_the_pending_keys_can_be_shown() {
    let mut played = played("a b\n", 0, "2\"ad");
    assert_eq!((played.vim.mode(), played.vim.pending().as_str()), (Mode::Normal, "2\"ad"));
    played.press("<esc>V");
    assert_eq!((played.vim.mode(), played.vim.pending().as_str()), (Mode::VisualLine, ""));
    played.press("<esc>qaR");
    assert_eq!((played.vim.mode(), played.vim.recording()), (Mode::Replace, Some('a')));
    played.press("<esc>q/b");
    assert_eq!(played.vim.prompt().map(|prompt| (prompt.sign(), prompt.text.clone())), Some(('/', "b".to_owned())));
    assert!(played.vim.highlighted().is_some());
}

#[test]
fn the_register_plus_is_the_clipboard() {
    let mut played = played("a b\nc\n", 0, "\"+yy");
    assert_eq!(played.clip, Some(Clip { text: "a b\n".into(), is_line: true }));
    played.clip = Some(Clip { text: "new".into(), is_line: false });
    played.press("\"+P");
    assert_eq!(text(&played), "newa b\nc\n");
}

#[test]
fn a_macro_that_never_fails_ends_all_the_same() {
    let mut played = played("a\n", 0, "qa<esc>q");
    played.press(":let<cr>");
    played.press("qbA.<esc>q3@b");
    assert_eq!(text(&played), "a....\n");
}

#[test]
fn an_empty_last_line_needs_a_break() {
    assert_eq!(text(&played("a\nb", 2, "x")), "a\n\n");
    assert_eq!(text(&played("a\nb", 2, "dd")), "a");
    assert_eq!(text(&played("a", 0, "dd")), "");
    assert_eq!(text(&played("a\n", 0, "ddix<esc>")), "x\n");
    assert_eq!(text(&played("a\r\nb\r\n", 0, "ob<esc>yyp")), "a\r\nb\r\nb\r\nb\r\n");
}

#[test]
fn options_are_set_and_wrong_ones_named() {
    let mut played = played("aA\n", 1, ":set ic sw=2<cr>");
    assert!(played.vim.options.ignore_case);
    assert_eq!(played.vim.options.shift_width, Some(2));
    played.press(":set noic nosuch<cr>");
    assert!(!played.vim.options.ignore_case);
}

#[test]
fn what_others_type_inside_a_range_survives_a_change_of_its_case() {
    let mut played = played("one two THREE\n", 0, "");
    let mut other = Buffer::new(ClientId::from_random_32(99));
    other.apply(&played.editor.buffer().difference(&[]).unwrap()).unwrap();
    let theirs = other.edit(ByteOffset(8)..ByteOffset(9), "+T", 0).unwrap();
    // Both at once: the other one has not seen the change yet.
    played.press("gU$");
    played.editor.apply_remote(&theirs.update).unwrap();
    assert_eq!(text(&played), "ONE TWO +THREE\n");
    let mut played = self::played("aXbX\n", 0, "vllrX");
    assert_eq!(text(&played), "XXXX\n");
    played.press("u");
    assert_eq!(text(&played), "aXbX\n");
}

#[test]
fn a_block_gets_what_is_typed_where_its_lines_went_meanwhile() {
    let mut played = played("one\ntwo\nsix\n", 0, "<c-v>jjI-");
    other_edits(&mut played, 5..5, "new\n");
    other_edits(&mut played, 0..0, "top\n");
    played.press(" <esc>");
    assert_eq!(text(&played), "top\n- one\nnew\n- two\n- six\n");
    played.press("u");
    assert_eq!(text(&played), "top\none\nnew\ntwo\nsix\n");
}

#[test]
fn a_block_is_selected_by_columns() {
    let played = played("one two\na\nlonger line\n", 1, "<c-v>jjll");
    let pieces = played.editor.selected_pieces().into_iter().map(|piece| played.editor.text().slice(piece));
    assert_eq!(pieces.collect::<Vec<_>>(), ["ne ", "", "ong"]);
    assert_eq!(played.vim.mode(), Mode::VisualBlock);
}

#[test]
fn motions_by_row_go_through_a_wrapped_line() {
    // Rows: "one two " "three " "four five".
    let mut played = played("one two three four five\nsix\n", 2, "");
    played.editor.resize(10, 10);
    played.editor.set_wrap(true);
    let at = |played: &mut Played, keys: &str| {
        played.press(keys);
        played.editor.selection().head.0
    };
    assert_eq!(at(&mut played, "gj"), 10);
    assert_eq!(at(&mut played, "gj"), 16);
    assert_eq!(at(&mut played, "gj"), 26);
    assert_eq!(at(&mut played, "3gk"), 2);
    assert_eq!(at(&mut played, "gjg$"), 13);
    assert_eq!(at(&mut played, "gj"), 22);
    assert_eq!(at(&mut played, "g0"), 14);
    assert_eq!(at(&mut played, "0j"), 24);
    assert_eq!(at(&mut played, "kgjdgj"), 8);
    assert_eq!(text(&played), "one two four five\nsix\n");
}

#[test]
fn a_search_tells_which_match_it_came_to() {
    let mut played = played("a b a\na\n", 0, "/a<cr>");
    let count = |played: &Played| played.vim.match_count().map(|count| (count.current, count.total));
    assert_eq!(count(&played), Some((2, 3)));
    played.press("n");
    assert_eq!(count(&played), Some((3, 3)));
    played.press("l");
    assert_eq!(count(&played), None);
}

/// The key map with the options of the program, on a text in a language; the cursor is where `|` is, before and after.
fn indents(language: &str, text: &str, keys: &str) -> String {
    let at = text.find('|').unwrap();
    let mut played = Played::new(&text.replace('|', ""), ByteOffset(at));
    played.vim.options = super::Options::default();
    played.editor.set_language(crate::editor::syntax::language::named(language));
    played.press(keys);
    let mut after = self::text(&played);
    after.insert(played.editor.selection().head.0, '|');
    after
}

#[test]
fn new_lines_are_indented_as_the_language_has_it() {
    for (language, before, keys, after) in [
        ("python", "def f():|\n", "ox", "def f():\n    x|\n"),
        ("python", "def f():  # why|\n", "ox", "def f():  # why\n    x|\n"),
        ("python", "if a:|\n\tb\n", "A<cr>x", "if a:\n\tx|\n\tb\n"),
        ("python", "    return 1|\n", "ox", "    return 1\nx|\n"),
        ("python", "    if a:\n        return 1|\n", "A<cr>x", "    if a:\n        return 1\n    x|\n"),
        ("python", "a = {|\n", "o1,<cr>2,<cr>}", "a = {\n    1,\n    2,\n}|\n"),
        ("rust", "fn a() {|\n}\n", "ob;<cr>c", "fn a() {\n    b;\n    c|\n}\n"),
        ("rust", "fn a() {\n  b;\n|}\n", "Oc", "fn a() {\n  b;\n  c|\n}\n"),
        ("rust", "fn a() {\n    |b;\n}\n", "Oc", "fn a() {\n    c|\n    b;\n}\n"),
        ("go", "func a() {|\n", "ob", "func a() {\n\tb|\n"),
        ("go", "|a\n", "i<tab>", "\t|a\n"),
        ("rust", "a\n  b\n|c\n", "i<tab>", "a\n  b\n  |c\n"),
        ("rust", "a\n  b\n|c\n", "i<tab><tab><bs>", "a\n  b\n  |c\n"),
        ("rust", "a {\n    b\n|\n", "cc    }", "a {\n    b\n}|\n"),
        ("rust", "fn a() {|\n", ":set nosmartindent<cr>ob", "fn a() {\nb|\n"),
    ] {
        assert_eq!(indents(language, before, keys), after, "{keys} on {before:?} in {language}");
    }
}

#[test]
fn indenting_anew_leaves_the_meaning_of_python_alone() {
    let python = "|def f():\n    if a:\n        b\n    c\n\nd\n";
    assert_eq!(indents("python", python, "=G"), python);
    let flat = "|fn a() {\nb {\nc\n}\n}\n";
    assert_eq!(indents("rust", flat, "=G"), "|fn a() {\n    b {\n        c\n    }\n}\n");
    assert_eq!(indents("markdown", "- a\n  |- b\n", "=="), "- a\n  |- b\n");
}
