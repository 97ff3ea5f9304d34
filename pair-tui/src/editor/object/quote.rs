//! `i"`, `a"` and the like: a string within its line. A backslash before a quote makes it part of the string.

use super::{Object, Wanted};
use crate::editor::lines::{Lines, is_blank};
use protocol::ByteOffset;

pub(super) fn at(lines: &Lines<'_>, at: ByteOffset, quote: char, wanted: Wanted) -> Option<Object> {
    let line = lines.of(at);
    let start_of_line = lines.start(line).0;
    let content = lines.content(line);
    let bytes = content.as_bytes();
    let quote = u8::try_from(quote).ok()?;
    let column = at.0 - start_of_line;
    let (mut start, mut end) =
        if bytes.get(column) == Some(&quote) { on_quote(bytes, column, quote)? } else { around(bytes, column, quote)? };
    let is_blank_at = |place: usize| bytes.get(place).is_some_and(|byte| is_blank(char::from(*byte)));
    if wanted.around {
        if is_blank_at(end + 1) {
            while is_blank_at(end + 1) {
                end += 1;
            }
        } else {
            while start > 0 && is_blank_at(start - 1) {
                start -= 1;
            }
        }
    }
    let with_quotes = wanted.around || wanted.count > 1;
    let start = if with_quotes { start } else { start + 1 };
    // At the end of the line the last character itself is the end: there is none behind it.
    let is_inclusive = with_quotes && end + 1 == bytes.len();
    let end = if with_quotes && !is_inclusive { end + 1 } else { end };
    Some(Object {
        start: ByteOffset(start_of_line + start),
        end: ByteOffset(start_of_line + end),
        is_inclusive,
        is_linewise: false,
    })
}

/// The string whose quote is at `column`: strings are counted from the start of the line.
fn on_quote(bytes: &[u8], column: usize, quote: u8) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let start = next(bytes, from, quote, false).filter(|start| *start <= column)?;
        let end = next(bytes, start + 1, quote, true)?;
        if column <= end {
            return Some((start, end));
        }
        from = end + 1;
    }
}

/// The string from the quote before `column`, or the first one behind it.
fn around(bytes: &[u8], column: usize, quote: u8) -> Option<(usize, usize)> {
    let start = previous(bytes, column, quote).or_else(|| next(bytes, column, quote, false))?;
    Some((start, next(bytes, start + 1, quote, true)?))
}

fn next(bytes: &[u8], from: usize, quote: u8, heeds_backslash: bool) -> Option<usize> {
    let mut place = from;
    while place < bytes.len() {
        if heeds_backslash && bytes[place] == b'\\' {
            place += 1;
        } else if bytes[place] == quote {
            return Some(place);
        }
        place += 1;
    }
    None
}

fn previous(bytes: &[u8], column: usize, quote: u8) -> Option<usize> {
    let mut place = column;
    while place > 0 {
        place -= 1;
        let backslashes = bytes[..place].iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 1 {
            place -= backslashes;
        } else if bytes[place] == quote {
            return Some(place);
        }
    }
    None
}
