//! What an operator applies to: from a motion, an object, a count of lines or a selection to a range, by vim's rules for exclusive
//! motions that end at the start of a line (<https://vimhelp.org/motion.txt.html#exclusive>).

use super::{
    command::{Force, Operator},
    macros::Source,
    motion::Span,
    work::Work,
};
use crate::editor::{lines::Lines, position::LineIndex};
use protocol::ByteOffset;
use std::ops::Range;

/// A range to operate on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    /// Characters; of whole lines without the last line break.
    pub range: Range<ByteOffset>,
    /// The first and last line.
    pub lines: (LineIndex, LineIndex),
    pub is_linewise: bool,
    /// Where the cursor stands while the operator works: the nearer end, with its column.
    pub origin: ByteOffset,
    pub fills_one: bool,
    /// Whether an exclusive motion went nowhere: there is nothing to take.
    pub is_nothing: bool,
}

/// Two ends and how they are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    pub start: ByteOffset,
    pub end: ByteOffset,
    pub span: Span,
    pub keeps_end: bool,
    pub fills_one: bool,
}

impl Region {
    /// The range between two ends in any order, for an operator.
    pub fn between(work: &Work<'_>, ends: Ends, force: Option<Force>, operator: Operator) -> Self {
        let lines = work.lines();
        let (start, mut end) = (ends.start.min(ends.end), ends.start.max(ends.end));
        let mut span = match (force, ends.span) {
            (None, span) => span,
            (Some(Force::Lines), _) => Span::Lines,
            (Some(Force::Characters), Span::Inclusive | Span::Lines) => Span::Exclusive,
            (Some(Force::Characters), Span::Exclusive) => Span::Inclusive,
        };
        let in_indent = start <= lines.first_nonblank(lines.of(start));
        let ends_at_line_start = end == lines.start(lines.of(end)) && lines.of(end) > lines.of(start);
        if span == Span::Exclusive && ends_at_line_start && !ends.keeps_end {
            let above = lines.of(end).up(1);
            end = lines.last_character(above);
            span = if in_indent {
                Span::Lines
            } else if lines.is_empty(above) {
                Span::Exclusive
            } else {
                Span::Inclusive
            };
        }
        if span == Span::Inclusive {
            end = lines.right(end);
        }
        let spans_lines = lines.of(end) > lines.of(start);
        let leaves_nothing = lines.text().slice(end..lines.end(lines.of(end))).trim_matches([' ', '\t']).is_empty();
        let is_strange = operator == Operator::Delete && force.is_none() && spans_lines && leaves_nothing && in_indent;
        if span != Span::Lines && is_strange {
            span = Span::Lines;
        }
        let region = Self {
            range: start..end,
            lines: (lines.of(start), lines.of(end)),
            is_linewise: span == Span::Lines,
            origin: start,
            fills_one: ends.fills_one,
            is_nothing: span == Span::Exclusive && start == end,
        };
        if region.is_linewise { region.whole_lines(&lines) } else { region }
    }

    /// Lines from one to another.
    pub fn of_lines(work: &Work<'_>, first: LineIndex, last: LineIndex) -> Self {
        let lines = work.lines();
        let region = Self {
            range: lines.start(first)..lines.end(last),
            lines: (first, last.min(lines.last())),
            is_linewise: true,
            origin: work.cursor,
            fills_one: false,
            is_nothing: false,
        };
        region.whole_lines(&lines)
    }

    /// What is selected.
    pub fn selected(work: &Work<'_>, as_lines: bool, operator_takes_break: bool) -> Self {
        let lines = work.lines();
        let (start, last) = (work.anchor.min(work.cursor), work.anchor.max(work.cursor));
        // Of lines, the end where the selection was begun counts as the start of its line.
        let origin = match (as_lines, work.source) {
            (true, Source::Typed | Source::Macro) => lines.start(lines.of(work.anchor)).min(work.cursor),
            _ => start,
        };
        let at_line_end = lines.character(last).is_none();
        let end = if !at_line_end {
            lines.right(last)
        } else if operator_takes_break && lines.of(last) < lines.last() {
            lines.next_start(lines.of(last))
        } else {
            last
        };
        let region = Self {
            range: start..end,
            lines: (lines.of(start), lines.of(last)),
            is_linewise: as_lines,
            origin,
            fills_one: false,
            is_nothing: false,
        };
        if as_lines { region.whole_lines(&lines) } else { region }
    }

    /// The same as whole lines.
    pub fn into_lines(self, work: &Work<'_>) -> Self {
        Self { is_linewise: true, ..self }.whole_lines(&work.lines())
    }

    fn whole_lines(self, lines: &Lines<'_>) -> Self {
        Self { range: lines.start(self.lines.0)..lines.end(self.lines.1), ..self }
    }

    /// Its text as a register holds it.
    pub fn text(&self, work: &Work<'_>) -> super::Register {
        let text = work.text().slice(self.range.clone());
        let text = if self.is_linewise { text + "\n" } else { text };
        super::Register { text: text.replace("\r\n", "\n"), is_linewise: self.is_linewise, block: None }
    }

    /// Whether it is within one line.
    pub fn is_within_line(&self, work: &Work<'_>) -> bool {
        !self.is_linewise && work.lines().of(self.range.start) == work.lines().of(self.range.end)
    }
}
