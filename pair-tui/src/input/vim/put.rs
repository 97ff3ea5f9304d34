//! `p` and `P`: puts a register's text into the text.

use super::{
    Register,
    block::put_block,
    operator::delete_lines,
    register::Taken,
    state::{Mode, Vim},
    work::Work,
};
use crate::editor::position::LineIndex;
use protocol::ByteOffset;

/// The largest text that a count may make of a register, in bytes.
const PUT_MAX: usize = 8 << 20;

impl Vim {
    pub(super) fn put(
        &mut self,
        register: Option<char>,
        times: usize,
        before: bool,
        cursor_behind: bool,
        work: &mut Work<'_>,
    ) {
        let Some(content) = self.content(register, work) else { return work.fail() };
        Self::put_content(&content, times, before, cursor_behind, work);
    }

    /// Puts a register's content behind the cursor, or before it.
    pub(super) fn put_content(
        content: &Register,
        times: usize,
        before: bool,
        cursor_behind: bool,
        work: &mut Work<'_>,
    ) {
        if content.text.len().saturating_mul(times) > PUT_MAX {
            return work.fail_with("that is more than 8 MB; put it in smaller parts");
        }
        if let Some(width) = content.block {
            put_block(content, width, times, (before, cursor_behind), work);
        } else if content.is_linewise {
            put_lines(content, times, before, cursor_behind, work);
        } else {
            put_characters(&content.text.repeat(times), before, cursor_behind, work);
        }
    }

    /// A register's content; `+` and `*` are the clipboard.
    pub(super) fn content(&self, register: Option<char>, work: &Work<'_>) -> Option<Register> {
        let text = |text: String| Some(Register { text, is_linewise: false, block: None });
        match register.unwrap_or('"') {
            '+' | '*' => work.clip.map(Register::from).or_else(|| self.registers.get('+')),
            '%' => text(work.document.to_string()),
            '/' => text(self.searches.last_pattern()?.to_owned()),
            ':' => text(self.ex.last_line()?.to_owned()),
            '_' => None,
            name => self.registers.get(name),
        }
    }

    /// Puts a register in place of the selection, which comes into the unnamed register.
    /// With `P` the registers stay as they are.
    pub(super) fn put_over_selection(
        &mut self,
        register: Option<char>,
        times: usize,
        keeps_registers: bool,
        work: &mut Work<'_>,
    ) {
        if self.mode == Mode::VisualBlock {
            return self.put_over_block(register, times, keeps_registers, work);
        }
        let content = self.content(register, work);
        let region = self.leave_selection(false, work);
        let within_line = region.is_within_line(work);
        work.go(region.origin);
        let is_nothing = !region.is_linewise && region.range.is_empty();
        if !keeps_registers && !is_nothing {
            self.take(&region, None, Taken::Deleted { within_line, fills_one: false }, work);
        }
        let Some(content) = content else {
            // The selection goes even where there is nothing to put, as in vim.
            if region.is_linewise {
                delete_lines(region.lines, work);
                let at = work.lines().first_nonblank(region.lines.0.min(work.lines().last()));
                work.go(at);
            } else {
                work.replace(region.range.clone(), "");
                work.go(region.range.start);
            }
            return work.fail();
        };
        if region.is_linewise {
            let (first, last) = region.lines;
            let is_all = first == LineIndex::FIRST && last >= work.lines().last();
            let is_end = last >= work.lines().last();
            delete_lines((first, last), work);
            let line = if is_end && !is_all { first.up(1) } else { first };
            let at = work.lines().start(line);
            work.go(at);
            if content.is_linewise {
                put_lines(&content, times, !is_end || is_all, false, work);
                if is_all {
                    let line = work.lines().last();
                    delete_lines((line, line), work);
                }
            } else {
                put_as_line(&content.text.repeat(times), is_end && !is_all, is_all, work);
            }
        } else {
            let at = region.range.start;
            work.replace(region.range.clone(), "");
            work.go(at);
            if let Some(width) = content.block {
                put_block(&content, width, times, (true, false), work);
            } else if content.is_linewise {
                put_lines_inside(&content, times, work);
            } else {
                put_characters(&content.text.repeat(times), true, false, work);
            }
        }
        self.mode = Mode::Normal;
    }
}

/// Lines above or below the cursor's line.
fn put_lines(content: &Register, times: usize, before: bool, cursor_behind: bool, work: &mut Work<'_>) {
    let text = content.text.repeat(times);
    let line = work.line();
    let lines = work.lines();
    let first = if before {
        let at = lines.start(line);
        let text = work_text(&text, work);
        work.replace(at..at, &text);
        line
    } else if line < lines.last() {
        let at = lines.next_start(line);
        let text = work_text(&text, work);
        work.replace(at..at, &text);
        line.down(1)
    } else {
        let at = lines.end(line);
        let text = format!("\n{}", text.strip_suffix('\n').unwrap_or(&text));
        let text = work_text(&text, work);
        work.replace(at..at, &text);
        line.down(1)
    };
    let count = text.matches('\n').count();
    let lines = work.lines();
    let at = if cursor_behind { lines.start(first.down(count).min(lines.last())) } else { lines.first_nonblank(first) };
    let (start, last) = (lines.start(first), lines.start(first.down(count.saturating_sub(1))));
    work.go(at);
    work.mark('[', start);
    work.mark(']', last);
}

/// Characters behind the cursor, or before it.
fn put_characters(text: &str, before: bool, cursor_behind: bool, work: &mut Work<'_>) {
    if text.is_empty() {
        return;
    }
    let lines = work.lines();
    let at = if before { work.cursor } else { lines.right(work.cursor) };
    let inserted = work_text(text, work);
    work.replace(at..at, &inserted);
    let end = ByteOffset(at.0 + inserted.len());
    let is_one_line = !text.contains('\n');
    let last = work.text().previous_grapheme(end).max(at);
    work.go(if cursor_behind {
        end
    } else if is_one_line {
        last
    } else {
        at
    });
    work.mark('[', at);
    work.mark(']', last);
}

/// Characters as a line of their own, in place of lines that are gone.
fn put_as_line(text: &str, at_end: bool, is_all: bool, work: &mut Work<'_>) {
    let lines = work.lines();
    let line = work.line();
    let (at, written, first) = if is_all {
        (lines.start(line), text.to_owned(), lines.start(line))
    } else if at_end {
        let at = lines.end(line);
        (at, format!("\n{text}"), ByteOffset(at.0 + 1))
    } else {
        let at = lines.start(line);
        (at, format!("{text}\n"), at)
    };
    work.replace(at..at, &written);
    let at = work.lines().first_nonblank(work.lines().of(first));
    work.go(at);
}

/// Lines in the middle of a line, which is broken for them.
fn put_lines_inside(content: &Register, times: usize, work: &mut Work<'_>) {
    let at = work.cursor;
    let text = format!("\n{}", content.text.repeat(times));
    let inserted = work_text(&text, work);
    work.replace(at..at, &inserted);
    let line = work.lines().of(at).down(1);
    let first = work.lines().first_nonblank(line);
    work.go(first);
}

/// A text in the line breaks of the document.
fn work_text(text: &str, work: &Work<'_>) -> String {
    if work.text().line_break() == "\r\n" { text.replace('\n', "\r\n") } else { text.to_owned() }
}
