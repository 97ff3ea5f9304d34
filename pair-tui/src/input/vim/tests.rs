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
