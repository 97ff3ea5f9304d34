//! An Ex line in its parts, and the commands on lines: delete, yank, join, move, copy, shift.

use super::Range;
use crate::{
    editor::position::LineIndex,
    input::vim::{command::Operator, operator::delete_lines, region::Region, register::Taken, state::Vim, work::Work},
};

/// A command's name and what stands behind it.
pub(super) fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let first = text.chars().next();
    let end = match first {
        Some('>' | '<') => text.find(|c| Some(c) != first).unwrap_or(text.len()),
        Some('&') => text.find(|c| c != '&').unwrap_or(text.len()),
        // `s` may stand right before its pattern, `k` before its mark.
        Some('s') if text.chars().nth(1).is_none_or(|c| !c.is_alphabetic()) => 1,
        Some('k') => 1,
        _ => text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()),
    };
    let end = if text.get(end..).is_some_and(|rest| rest.starts_with('!')) && end > 0 { end + 1 } else { end };
    (text.get(..end).unwrap_or(text), text.get(end..).unwrap_or(""))
}

/// A register's name and a count, both optional.
fn register_and_count(arguments: &str) -> (Option<char>, Option<usize>) {
    let mut register = None;
    let mut count = None;
    for word in arguments.split_whitespace() {
        match word.parse::<usize>() {
            Ok(number) => count = Some(number),
            Err(_) => register = word.chars().next(),
        }
    }
    (register, count)
}

impl Vim {
    /// The lines of a command with a count: that many from the last of the range.
    fn counted(range: Range, count: Option<usize>, work: &Work<'_>) -> (LineIndex, LineIndex) {
        match count {
            Some(count) => (range.last, range.last.down(count.max(1) - 1).min(work.lines().last())),
            None => (range.first, range.last),
        }
    }

    pub(super) fn delete_range(&mut self, range: Range, arguments: &str, work: &mut Work<'_>) {
        let (register, count) = register_and_count(arguments);
        let (first, last) = Self::counted(range, count, work);
        work.cursor = work.lines().first_nonblank(first);
        let region = Region::of_lines(work, first, last);
        self.operate(Operator::Delete, &region, register, 1, work);
    }

    pub(super) fn yank_range(&mut self, range: Range, arguments: &str, work: &mut Work<'_>) {
        let (register, count) = register_and_count(arguments);
        let (first, last) = Self::counted(range, count, work);
        let region = Region::of_lines(work, first, last);
        self.take(&region, register, Taken::Yanked, work);
    }

    pub(super) fn join_range(&mut self, range: Range, work: &mut Work<'_>) {
        if range.first == range.last && (range.given > 1 || range.last >= work.lines().last()) {
            return;
        }
        let at = work.lines().start(range.first);
        work.go(at);
        let count = range.last.0 - range.first.0 + 1;
        self.join_lines(true, count, work);
        let first = work.lines().first_nonblank(range.first);
        work.go(first);
    }

    pub(super) fn shift_range(&mut self, range: Range, name: &str, work: &mut Work<'_>) {
        let region = Region::of_lines(work, range.first, range.last);
        self.shift(&region, name.len(), name.starts_with('>'), work);
        let last = work.lines().first_nonblank(range.last);
        work.go(last);
    }

    pub(super) fn copy_range(&mut self, range: Range, arguments: &str, work: &mut Work<'_>) -> Result<(), String> {
        let behind = self.address(arguments, work)?;
        let text = Region::of_lines(work, range.first, range.last).text(work).text;
        insert_lines_behind(behind, &text, work);
        let count = range.last.0 - range.first.0 + 1;
        let at = work.lines().first_nonblank(LineIndex(behind.map_or(0, |line| line.0 + 1) + count - 1));
        work.go(at);
        Ok(())
    }

    pub(super) fn move_range(&mut self, range: Range, arguments: &str, work: &mut Work<'_>) -> Result<(), String> {
        let behind = self.address(arguments, work)?;
        let count = range.last.0 - range.first.0 + 1;
        if behind.is_some_and(|line| line >= range.first && line < range.last) {
            return Err("lines can't be moved into themselves".to_owned());
        }
        let text = Region::of_lines(work, range.first, range.last).text(work).text;
        let is_below = behind.is_some_and(|line| line >= range.last);
        if is_below {
            insert_lines_behind(behind, &text, work);
            delete_lines((range.first, range.last), work);
            let at = work.lines().first_nonblank(behind.unwrap_or_default());
            work.go(at);
        } else {
            delete_lines((range.first, range.last), work);
            insert_lines_behind(behind, &text, work);
            let at = work.lines().first_nonblank(LineIndex(behind.map_or(0, |line| line.0 + 1) + count - 1));
            work.go(at);
        }
        Ok(())
    }

    /// A line by its address; none: before the first.
    fn address(&mut self, arguments: &str, work: &Work<'_>) -> Result<Option<LineIndex>, String> {
        if arguments.trim() == "0" {
            return Ok(None);
        }
        let (range, rest) = self.read_range(arguments.trim(), work)?;
        if range.given == 0 || !rest.trim().is_empty() {
            return Err(format!("{arguments:?} is no line"));
        }
        Ok(Some(range.last))
    }
}

/// Puts whole lines behind a line, or before the first.
fn insert_lines_behind(line: Option<LineIndex>, text: &str, work: &mut Work<'_>) {
    let lines = work.lines();
    match line {
        None => work.insert(lines.start(LineIndex::FIRST), text),
        Some(line) if line < lines.last() => work.insert(lines.next_start(line), text),
        Some(_) => {
            let at = lines.text_end();
            work.insert(at, &format!("\n{}", text.strip_suffix('\n').unwrap_or(text)));
        }
    }
}
