//! What each operator does to its region.

use super::{
    change::replacement_of,
    command::Operator,
    insert::Insert,
    motion::nonblank_or_last,
    region::Region,
    register::{Register, Taken},
    state::{Effect, Mode, Vim},
    work::Work,
};
use crate::editor::{
    commands::Clip,
    indent::{IndentStyle, reindent::Reindent},
    layout,
    position::LineIndex,
};
use protocol::ByteOffset;

impl Vim {
    /// Applies an operator. `count`: how often a selection is indented.
    pub(super) fn operate(
        &mut self,
        operator: Operator,
        region: &Region,
        register: Option<char>,
        count: usize,
        work: &mut Work<'_>,
    ) {
        work.go(region.origin);
        match operator {
            Operator::Yank => {
                self.take(region, register, Taken::Yanked, work);
                work.mark('[', region.range.start);
                work.mark(']', work.lines().left(region.range.end));
            }
            Operator::Delete => self.delete(region, register, work),
            Operator::Change => self.change(region, register, work),
            Operator::Indent => self.shift(region, count, true, work),
            Operator::Outdent => self.shift(region, count, false, work),
            Operator::Reindent => self.reindent(region, work),
            Operator::Lower | Operator::Upper | Operator::Toggle => change_case(operator, region, work),
        }
    }

    /// Puts the text of a region into registers, and into the clipboard if that is the one.
    pub(super) fn take(&mut self, region: &Region, register: Option<char>, taken: Taken, work: &mut Work<'_>) {
        self.take_content(region.text(work), register, taken, work);
    }

    /// Puts a text into registers, and into the clipboard if that is the one.
    pub(super) fn take_content(
        &mut self,
        content: Register,
        register: Option<char>,
        taken: Taken,
        work: &mut Work<'_>,
    ) {
        if let Some('+' | '*') = register {
            let clip = Clip { text: content.text.clone(), is_line: content.is_linewise };
            work.effect(Effect::Copy(clip));
        }
        self.registers.take(register, content, taken);
    }

    fn take_deleted(&mut self, region: &Region, register: Option<char>, work: &mut Work<'_>) {
        let within_line = region.is_within_line(work);
        self.take(region, register, Taken::Deleted { within_line, fills_one: region.fills_one }, work);
    }

    fn delete(&mut self, region: &Region, register: Option<char>, work: &mut Work<'_>) {
        let line = region.lines.0;
        let is_empty_line = region.range.is_empty() && work.lines().is_empty(line);
        if region.is_nothing || (!region.is_linewise && is_empty_line) {
            return;
        }
        self.take_deleted(region, register, work);
        if region.is_linewise {
            delete_lines(region.lines, work);
            let at = nonblank_or_last(work, line.min(work.lines().last()));
            work.go(at);
        } else {
            work.replace(region.range.clone(), "");
            work.go(region.range.start);
        }
        work.mark('[', region.range.start);
        work.mark(']', region.range.start);
    }

    fn change(&mut self, region: &Region, register: Option<char>, work: &mut Work<'_>) {
        self.begin_insert_step(work);
        let mut insert = Insert::new(region.range.start);
        if region.is_linewise {
            self.take_deleted(region, register, work);
            if region.lines.0 < region.lines.1 {
                // The line that is typed into stays; the undo goes to those that went.
                work.set_undo_line(region.lines.0.down(1));
            }
            let indent = work.lines().indentation(region.lines.0);
            let keeps = self.options.auto_indent && !indent.is_empty();
            let from = if keeps { ByteOffset(region.range.start.0 + indent.len()) } else { region.range.start };
            work.replace(from..region.range.end, "");
            work.go(from);
            insert = Insert::new(from);
            insert.has_fresh_indent = self.options.auto_indent;
        } else {
            if !region.is_nothing {
                self.take_deleted(region, register, work);
            }
            work.replace(region.range.clone(), "");
            work.go(region.range.start);
        }
        self.insert = Some(insert);
        self.mode = Mode::Insert;
    }

    /// Indents or outdents the lines of a region.
    pub(super) fn shift(&self, region: &Region, times: usize, deeper: bool, work: &mut Work<'_>) {
        let style = work.indent_style(&self.options);
        let width = match (style, self.options.shift_width) {
            (IndentStyle::Spaces(width), _) | (IndentStyle::Tab, Some(width)) => width,
            (IndentStyle::Tab, None) => work.tab.0,
        };
        for line in region.lines.0.0..=region.lines.1.0 {
            let line = LineIndex(line);
            if work.lines().is_empty(line) {
                continue;
            }
            let indent = work.lines().indentation(line);
            let columns = layout::width_of(&indent, work.tab);
            let wanted = if deeper { columns + width * times } else { columns.saturating_sub(width * times) };
            set_indentation(line, wanted, style, work);
        }
        let first = work.lines().first_nonblank(region.lines.0);
        work.go(first);
        work.mark('[', work.lines().start(region.lines.0));
        work.mark(']', work.lines().start(region.lines.1));
    }

    /// Indents the lines as their brackets say, and their language.
    fn reindent(&self, region: &Region, work: &mut Work<'_>) {
        let style = work.indent_style(&self.options);
        let reindent = Reindent { lines: work.lines(), language: work.language, style, tab: work.tab };
        let columns = reindent.columns(region.lines.0, region.lines.1);
        for (line, columns) in (region.lines.0.0..).map(LineIndex).zip(columns) {
            set_indentation(line, columns, style, work);
        }
        let first = nonblank_or_last(work, region.lines.0);
        work.go(first);
    }
}

/// Deletes whole lines with one of their line breaks.
pub(super) fn delete_lines((first, last): (LineIndex, LineIndex), work: &mut Work<'_>) {
    let lines = work.lines();
    let range = if last < lines.last() {
        lines.start(first)..lines.next_start(last)
    } else if first > LineIndex::FIRST {
        lines.end(first.up(1))..lines.end(last)
    } else {
        lines.start(first)..lines.end(last)
    };
    work.replace(range, "");
}

/// Gives a line's indentation this many columns.
fn set_indentation(line: LineIndex, columns: usize, style: IndentStyle, work: &mut Work<'_>) {
    let indent = match style {
        IndentStyle::Spaces(_) => " ".repeat(columns),
        IndentStyle::Tab => "\t".repeat(columns / work.tab.0.max(1)) + &" ".repeat(columns % work.tab.0.max(1)),
    };
    let (start, end) = (work.lines().start(line), work.lines().first_nonblank(line));
    if work.text().slice(start..end) != indent {
        work.replace(start..end, &indent);
    }
}

pub(super) fn other_case(c: char) -> String {
    if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
}

fn change_case(operator: Operator, region: &Region, work: &mut Work<'_>) {
    let before = work.text().len();
    work.replace_each(region.range.clone(), |c| replacement_of(operator, c));
    let end = region.range.end.0 + work.text().len().0 - before.0;
    work.go(region.origin);
    work.mark('[', region.range.start);
    work.mark(']', ByteOffset(end.saturating_sub(1).max(region.range.start.0)));
}
