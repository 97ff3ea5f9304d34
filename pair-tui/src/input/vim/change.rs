//! Changes that are neither operators nor typing: `r`, `~`, `J`, Ctrl-A.

use super::{
    insert::insert_newline_at,
    operator::other_case,
    parse::character_of,
    state::{Mode, Vim},
    work::Work,
};
use crate::{
    editor::{lines::is_blank, position::LineIndex},
    input::{Key, KeyCode},
};
use protocol::ByteOffset;

impl Vim {
    /// `r`: the same number of characters as the count says become this one; a line break replaces them all once.
    pub(super) fn replace_characters(&mut self, key: Key, times: usize, work: &mut Work<'_>) {
        let Some(c) = character_of(key) else { return work.fail() };
        let lines = work.lines();
        let mut end = work.cursor;
        for _ in 0..times {
            let next = lines.right(end);
            if next == end {
                return work.fail();
            }
            end = next;
        }
        let at = work.cursor;
        if key.code == KeyCode::Enter {
            work.replace(at..end, "");
            work.go(at);
            insert_newline_at(&self.options, work);
            return;
        }
        let inserted = c.to_string().repeat(times);
        let is_one_for_one = work.text().characters(at..end) == times;
        if is_one_for_one {
            work.replace_each(at..end, |_| Some(c.to_string()));
        } else {
            work.replace(at..end, &inserted);
        }
        work.go(ByteOffset(at.0 + inserted.len() - c.len_utf8()));
        work.mark('[', at);
        work.mark(']', work.cursor);
    }

    /// `r` on a selection: each character of it, line breaks aside.
    pub(super) fn overwrite_selection(&mut self, key: Key, work: &mut Work<'_>) {
        let Some(c) = character_of(key) else { return work.fail() };
        let region = self.leave_selection(false, work);
        work.go(region.origin);
        work.replace_each(region.range.clone(), |old| (!matches!(old, '\n' | '\r')).then(|| c.to_string()));
        work.go(region.range.start);
    }

    /// `J`, `gJ`: joins as many lines as the count says, two at least, or those that are selected.
    pub(super) fn join_lines(&mut self, spaced: bool, times: usize, work: &mut Work<'_>) {
        let (first, count) = if self.is_visual() {
            let region = self.leave_selection(false, work).into_lines(work);
            work.go(region.origin);
            (region.lines.0, (region.lines.1.0 - region.lines.0.0 + 1).max(2))
        } else {
            (work.line(), times.max(2))
        };
        let last = work.lines().last();
        if first >= last {
            return work.fail();
        }
        let count = count.min(last.0 - first.0 + 1);
        let start = work.lines().start(first);
        work.cursor = if self.mode == Mode::Normal && work.line() == first { work.cursor } else { start };
        let mut joint = start;
        for _ in 1..count {
            joint = join_next(first, spaced, work);
        }
        work.go(joint);
        work.mark('[', start);
        work.mark(']', work.cursor);
    }
}

/// Joins a line with the next one; gives where.
fn join_next(line: LineIndex, spaced: bool, work: &mut Work<'_>) -> ByteOffset {
    let lines = work.lines();
    let end = lines.end(line);
    let next = line.down(1);
    let from = if spaced { lines.first_nonblank(next) } else { lines.start(next) };
    let before = lines.text().character_before(end).filter(|_| end > lines.start(line));
    let after = lines.character(from);
    let has_space = spaced && after.is_some_and(|c| c != ')') && before.is_some_and(|c| !is_blank(c));
    work.replace(end..from, if has_space { " " } else { "" });
    end
}

/// `~`: the other case of as many characters as the count says, within the line.
pub(super) fn toggle_case(times: usize, work: &mut Work<'_>) {
    let lines = work.lines();
    let end = (0..times).fold(work.cursor, |at, _| lines.right(at));
    if end == work.cursor {
        return work.fail();
    }
    let before = work.text().len();
    work.replace_each(work.cursor..end, |c| Some(other_case(c)));
    work.go(ByteOffset(end.0 + work.text().len().0 - before.0));
}

/// Ctrl-A, Ctrl-X: adds to the number at or behind the cursor.
pub(super) fn add(times: usize, negative: bool, work: &mut Work<'_>) {
    let lines = work.lines();
    let line = work.line();
    let content = lines.content(line).into_owned();
    let (start, column) = (lines.start(line), work.cursor.0 - lines.start(line).0);
    let Some((range, is_hex)) = number(content.as_bytes(), column) else { return work.fail() };
    let Some(written) = content.get(range.clone()) else { return work.fail() };
    let by = i128::try_from(times).unwrap_or(0) * if negative { -1 } else { 1 };
    let inserted = if is_hex {
        let digits = written.get(2..).unwrap_or_default();
        let value = u64::from_str_radix(digits, 16).unwrap_or(0);
        let sum = value.wrapping_add_signed(i64::try_from(by).unwrap_or(0));
        let is_upper = digits.bytes().rev().find(u8::is_ascii_alphabetic).is_some_and(|byte| byte.is_ascii_uppercase());
        let prefix = written.get(..2).unwrap_or_default();
        if is_upper {
            format!("{prefix}{sum:0width$X}", width = digits.len())
        } else {
            format!("{prefix}{sum:0width$x}", width = digits.len())
        }
    } else {
        let value: i128 = written.parse().unwrap_or(0);
        let digits = written.trim_start_matches('-');
        let sum = value + by;
        let width = if digits.starts_with('0') && digits.len() > 1 { digits.len() } else { 0 };
        let sign = if sum < 0 { "-" } else { "" };
        format!("{sign}{:0width$}", sum.abs())
    };
    let at = ByteOffset(start.0 + range.start);
    work.replace(at..ByteOffset(start.0 + range.end), &inserted);
    work.go(ByteOffset(at.0 + inserted.len() - 1));
}

/// The number that a column is in, or the first one behind it, and whether it is hexadecimal.
fn number(bytes: &[u8], column: usize) -> Option<(std::ops::Range<usize>, bool)> {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_hex_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut from = column;
    while from > 0 && is_hex_digit(from) && is_hex_digit(from - 1) {
        from -= 1;
    }
    let prefixed = |at: usize| {
        bytes.get(at) == Some(&b'0') && matches!(bytes.get(at + 1), Some(b'x' | b'X')) && is_hex_digit(at + 2)
    };
    let hex = [from.checked_sub(2), Some(column.saturating_sub(1)), Some(column)]
        .into_iter()
        .flatten()
        .find(|at| prefixed(*at));
    let hex = hex.or_else(|| {
        let first_digit = (column..bytes.len()).find(|at| is_digit(*at))?;
        (prefixed(first_digit) && !is_digit(column)).then_some(first_digit)
    });
    if let Some(start) = hex {
        let end = (start + 2..bytes.len()).find(|at| !is_hex_digit(*at)).unwrap_or(bytes.len());
        return Some((start..end, true));
    }
    let mut start = (column..bytes.len()).find(|at| is_digit(*at))?;
    while start > 0 && is_digit(start - 1) {
        start -= 1;
    }
    let end = (start..bytes.len()).find(|at| !is_digit(*at)).unwrap_or(bytes.len());
    if start > 0 && bytes[start - 1] == b'-' {
        start -= 1;
    }
    Some((start..end, false))
}
