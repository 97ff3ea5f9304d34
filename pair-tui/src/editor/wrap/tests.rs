//! Where rows begin and end, and that rows, columns and places fit each other in any text.

use super::*;
use proptest::prelude::*;

/// The rows of a text, one string for each, indented as they are drawn.
fn rows(text: &str, width: usize) -> Vec<String> {
    let text = Text::new(text);
    let rows = Rows::new(&text, TabWidth(4), Some(width));
    let first = rows.of(ByteOffset::START);
    rows.from(first).map(|row| " ".repeat(row.indent.0) + &rows.content(&row)).collect()
}

#[test]
fn lines_break_behind_words() {
    assert_eq!(rows("one two three\nfour", 8), ["one two ", "three", "four"]);
    assert_eq!(rows("one two", 7), ["one two"]);
    assert_eq!(rows("one two", 6), ["one ", "two"]);
    assert_eq!(rows("one two  four", 7), ["one two ", " four"]);
    assert_eq!(rows("", 5), [""]);
    assert_eq!(rows("a\n\n", 5), ["a", "", ""]);
}

#[test]
fn what_is_longer_than_half_a_row_breaks_anywhere() {
    assert_eq!(rows("abcdefghijklm", 5), ["abcde", "fghij", "klm"]);
    assert_eq!(rows("a abcdefghijklm", 10), ["a abcdefgh", "ijklm"]);
    assert_eq!(rows("    abcdefghijklm", 10), ["    abcdef", "ghijklm"]);
    assert_eq!(rows("first part well-known/path", 20), ["first part well-", "known/path"]);
    assert_eq!(rows("let a = b --long-flag;", 14), ["let a = b ", "--long-flag;"]);
}

#[test]
fn wide_characters_break_anywhere_but_before_a_full_stop() {
    assert_eq!(rows("日本語日本語", 6), ["日本語", "日本語"]);
    assert_eq!(rows("日本語日本語", 7), ["日本語", "日本語"]);
    assert_eq!(rows("日本語。日本", 6), ["日本", "語。日", "本"]);
    assert_eq!(rows("a\tb\tc", 6), ["a\tb\t", "c"]);
    assert_eq!(rows("👩‍👩‍👧👩‍👩‍👧e\u{301}\u{7}", 5), ["👩‍👩‍👧👩‍👩‍👧", "e\u{301}\u{7}"]);
}

#[test]
fn rows_that_go_on_stand_below_the_text_of_their_line() {
    assert_eq!(rows("- one two three four five", 20), ["- one two three four ", "  five"]);
    assert_eq!(rows("    // a comment of more words", 20), ["    // a comment of ", "       more words"]);
    assert_eq!(rows("12. > quoted words in a list", 20), ["12. > quoted words ", "      in a list"]);
    assert_eq!(rows("    let xyz = y.long_call();", 20), ["    let xyz = ", "    y.long_call();"]);
    // Deeper than half the width is too deep.
    assert_eq!(rows(&(" ".repeat(18) + "one two"), 20), [" ".repeat(18) + "on", " ".repeat(10) + "e two"]);
}

#[test]
fn rows_around_a_place_in_a_huge_line_are_known_from_there() {
    let text = Text::new(&"words and ünd wörds ".repeat(10_000));
    let rows = Rows::new(&text, TabWidth(4), Some(79));
    let middle = rows.of(ByteOffset(text.len().0 / 2));
    assert!(middle.start.0 > text.len().0 / 2 - 200);
    assert_eq!(rows.up(rows.down(middle, 500), 500), middle);
    let last = rows.of(text.len());
    assert!(last.is_last && last.end == text.len() && !last.is_first);
    assert_eq!(rows.down(rows.up(last, 300), 1_000), last);
    assert_eq!(rows.up(last, usize::MAX).start, ByteOffset::START);
}

fn text() -> impl Strategy<Value = String> {
    let pieces =
        vec!["a", "word ", "\n", "\r\n", "\t", "é", "e\u{301}", "日本", "。", "👩‍👩‍👧", "    ", "\u{301}", "- ", "-", "/"];
    let piece = (prop::sample::select(pieces), 1..4_usize).prop_map(|(piece, times)| piece.repeat(times));
    let some = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    // Sometimes over the edge of a piece.
    prop_oneof![4 => some.clone(), 1 => (some.clone(), some).prop_map(|(one, other)| one + &"long wörds ".repeat(500) + &other)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50, ..ProptestConfig::default() })]

    #[test]
    fn rows_hold_the_whole_text_and_each_place_once(text in text(), width in 1..50_usize, tab in 1..9_usize) {
        let text = Text::new(&text);
        let rows = Rows::new(&text, TabWidth(tab), Some(width));
        let all: Vec<Row> = rows.from(rows.of(ByteOffset::START)).collect();
        let mut expected = ByteOffset::START;
        // Of a long text some are enough: around the edge of a piece, and a few more.
        let is_looked_at = |row: &Row| text.len().0 < 1_000 || row.start.0.abs_diff(PIECE) < 60 || row.start.0 % 997 < 20;
        for (number, row) in all.iter().enumerate() {
            prop_assert_eq!(row.start, expected);
            prop_assert!(row.end > row.start || (row.is_first && row.is_last));
            expected = if row.is_last { text.next_line_start(row.line) } else { row.end };
            prop_assert_eq!(row.end == text.line_end(row.line), row.is_last);
            if is_looked_at(row) {
                let above = all[number.saturating_sub(60)];
                prop_assert_eq!(rows.up(*row, 60), above);
                prop_assert_eq!(rows.down(above, number.min(60)), *row);
                places_fit(&rows, row, width)?;
            }
        }
        prop_assert_eq!(all.last().unwrap().end, text.len());
    }
}

/// Each place of a row is in it, and in one column of its own.
fn places_fit(rows: &Rows<'_>, row: &Row, width: usize) -> Result<(), TestCaseError> {
    let mut at = row.start;
    while at < row.end || (row.is_last && at == row.end) {
        prop_assert_eq!(rows.of(at), *row);
        let column = rows.column_of(row, at);
        prop_assert_eq!(rows.place_at(row, column), at);
        let is_single = rows.text.next_grapheme(row.start) >= row.end;
        prop_assert!(column.0 <= width || is_single, "{:?} at {:?}", row, column);
        if at == row.end {
            break;
        }
        at = rows.text.next_grapheme(at);
    }
    Ok(())
}
