//! Key tables of several cursors: each `|` is one.

use super::SELECTIONS_MAX;
use crate::editor::{
    Editor, EditorCommand,
    buffer::Buffer,
    commands::Clip,
    selection::Selection,
    syntax::language,
    tests::{check, play, press, shown},
};
use protocol::{ByteOffset, ClientId};

#[test]
fn the_next_match_is_added_and_typed_over() {
    check(&[
        ("f|oo bar foo", "<c-d>", "[foo|] bar foo"),
        ("f|oo foobar foo", "<c-d><c-d>x", "x| foobar x|"),
        ("|ab abc ab", "<s-right><s-right><c-d><c-d>x", "x| x|c x|"),
        ("foo foo |foo", "<c-d><c-d><c-d><c-d>x", "x| x| x|"),
        ("Foo |foo", "<c-d><c-d>x", "Foo x|"),
        ("foo f|oo foobar", "<a-a>x", "x| x| foobar"),
        ("|  a", "<c-d>", "|  a"),
        ("a|b ab", "<c-d><c-d><left>x", "x|ab x|ab"),
    ]);
}

#[test]
fn cursors_are_added_above_and_below_in_their_column() {
    check(&[
        ("a|b\nc\ndef", "<c-a-down><c-a-down>x", "ax|b\ncx|\ndx|ef"),
        ("abc|\nx\nabc", "<c-s-down><c-s-down>", "abc|\nx|\nabc|"),
        ("abc\nx\nabc|", "<c-a-up><c-a-up>", "abc|\nx|\nabc|"),
        ("a|b\ncd", "<s-right><c-a-down>", "a[b|]\nc[d|]"),
        ("a|", "<c-a-down><c-a-up>", "a|"),
        ("a|\nb", "<c-a-down><end>x<home>y", "y|ax\ny|bx"),
    ]);
}

#[test]
fn columns_are_selected_where_lines_reach_them() {
    check(&[
        ("a|bcd\nefgh", "<s-a-down><s-a-right><s-a-right>", "a[bc|]d\ne[fg|]h"),
        ("abc|d\nx\nabcd", "<s-a-down><s-a-down><s-a-right>!", "abc!|\nx\nabc!|"),
        ("ab|c\nabc", "<s-a-left><s-a-down><s-a-up>", "a[|b]c\nabc"),
        ("ab|\nabcd", "<s-a-down><s-a-right><s-a-right><s-a-right>", "ab|\nab[cd|]"),
        ("日|本\nabcd", "<s-a-down><s-a-right><s-a-right>", "日[本|]\nab[cd|]"),
    ]);
}

#[test]
fn everything_that_edits_does_so_at_each_cursor() {
    check(&[
        ("a|b\ncd", "<c-a-down><bs>", "|b\n|d"),
        ("a|b\ncd", "<c-a-down><del>", "a|\nc|"),
        ("one |two\nsix |", "<c-a-down><c-w>", "|two\n|"),
        ("  a|\n  b", "<c-a-down><cr>x", "  a\n  x|\n  b\n  x|"),
        ("|a\nb", "<c-a-down><tab>", "    |a\n    |b"),
        ("    |a\n    b", "<c-a-down><s-tab>", "|a\n|b"),
        ("|ab", "<right><c-d>x<bs><bs>", "|"),
        ("a|\nb\nc\nd", "<c-a-down><a-down>", "c\na|\nb|\nd"),
        ("z\na|\nb\nc\nd", "<c-a-down><a-up>", "a|\nb|\nz\nc\nd"),
        ("a|\nb", "<c-a-down><a-r>", "a\nb\na|\nb|"),
        ("|a b\n\na b", "<c-d><c-d><a-r>", "a b\n[a|] b\n\na b\n[a|] b"),
        ("a|\nb\nc", "<c-a-down><a-j>", "a| b|\nc"),
        ("a|b\nab", "<c-d><c-d><c-c><end>-<c-v>", "ab-ab|\nab-ab|"),
        ("x|1\ny2\nz", "<c-a-down><c-c><down><c-v>", "x1\nx1\ny|2\ny2\nz|"),
        ("x|1\ny2\nz3", "<c-a-down><c-x><c-v>", "x1\ny2\n|z3"),
    ]);
    let mut editor = play("a|\nb\n", "<c-a-down><c-/>");
    assert_eq!(shown(&editor), "a|\nb|\n", "a text without a language has no comments");
    editor.set_language(language::named("rust"));
    press(&mut editor, "<c-/>x");
    assert_eq!(shown(&editor), "// ax|\n// bx|\n");
}

#[test]
fn a_paste_of_as_many_lines_as_cursors_is_shared_out() {
    let pasted = |text: &str| {
        let mut editor = play("a|\nb\nc", "<c-a-down><c-a-down>");
        editor.execute(&EditorCommand::Paste(text.into()), 50_000).unwrap();
        shown(&editor)
    };
    assert_eq!(pasted("1\r2\r3\r"), "a1|\nb2|\nc3|");
    assert_eq!(pasted("12"), "a12|\nb12|\nc12|");
    let mut editor = play("a|\nb", "<c-a-down>");
    let clip = Clip { text: "1\n2\n".into(), is_line: true };
    editor.execute(&EditorCommand::PasteClip(clip), 50_000).unwrap();
    assert_eq!(shown(&editor), "1\na|\n2\nb|");
}

#[test]
fn one_undo_takes_back_what_was_done_at_all_cursors_and_nothing_of_others() {
    let mut editor = play("a|\nb\nc\n", "<c-a-down><c-a-down>");
    let mut other = Buffer::new(ClientId::from_random_32(8));
    other.apply(&editor.buffer().difference(&[]).unwrap()).unwrap();
    for (now, typed) in [(90_000, "x"), (90_100, "y"), (90_200, "z")] {
        let outcome = editor.execute(&EditorCommand::Insert(typed.into()), now).unwrap();
        assert_eq!(outcome.updates.len(), 1, "what one key does is one edit");
        other.apply(&outcome.updates[0]).unwrap();
    }
    assert_eq!(other.text().to_string(), "axyz\nbxyz\ncxyz\n");
    let theirs = other.edit(ByteOffset(5)..ByteOffset(5), "(theirs)", 0).unwrap();
    editor.apply_remote(&theirs.update).unwrap();
    press(&mut editor, "<c-z>");
    assert_eq!(shown(&editor), "a|\n(theirs)b|\nc|\n");
    press(&mut editor, "<c-y>");
    assert_eq!(shown(&editor), "axyz|\n(theirs)bxyz|\ncxyz|\n");
    press(&mut editor, "<c-z><cr>");
    press(&mut editor, "<c-z>");
    assert_eq!(shown(&editor), "a|\n(theirs)b|\nc|\n");
}

#[test]
fn cursors_that_meet_are_one_and_a_click_puts_one_back() {
    check(&[("a|b\nab", "<c-a-down><c-home>", "|ab\nab"), ("|aa", "<s-right><c-d><right><left>", "|a|a")]);
    let mut editor = play("a|b", "");
    editor.toggle_cursor(ByteOffset(2));
    assert_eq!(shown(&editor), "a|b|");
    editor.toggle_cursor(ByteOffset(1));
    assert_eq!(shown(&editor), "ab|");
    editor.toggle_cursor(ByteOffset(2));
    editor.toggle_cursor(ByteOffset(0));
    editor.select(Selection::cursor(ByteOffset(1)));
    assert_eq!(shown(&editor), "a|b");
}

#[test]
fn others_deletions_make_cursors_meet() {
    let mut editor = play("one two three", "");
    let mut other = Buffer::new(ClientId::from_random_32(8));
    other.apply(&editor.buffer().difference(&[]).unwrap()).unwrap();
    let ranges = [0..3, 4..7, 8..13].map(|range| ByteOffset(range.start)..ByteOffset(range.end));
    editor.execute(&EditorCommand::SelectRanges(ranges.to_vec()), 0).unwrap();
    let edit = other.edit(ByteOffset(2)..ByteOffset(9), "", 0).unwrap();
    editor.apply_remote(&edit.update).unwrap();
    assert_eq!(shown(&editor), "[on|][hree|]");
}

#[test]
fn there_are_not_more_cursors_than_may_be() {
    let mut editor = play(&"a\n".repeat(SELECTIONS_MAX + 9), "<a-a>");
    assert_eq!(editor.selections().count(), SELECTIONS_MAX);
    press(&mut editor, "<c-d><c-a-down>");
    assert_eq!(editor.selections().count(), SELECTIONS_MAX);
    let text = |editor: &Editor| editor.text().to_string();
    press(&mut editor, "b");
    assert_eq!(text(&editor).matches('b').count(), SELECTIONS_MAX);
}
