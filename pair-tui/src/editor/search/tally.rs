//! Where all matches of a pattern start, kept while the text changes: for "3 of 17". Made in small steps, so that a long text holds up
//! nobody who types; an edit costs the lines that it touched. Knows no screen.

use super::Pattern;
use crate::editor::{lines::Lines, motion::Direction, position::LineIndex, text::Text};
use protocol::{ByteOffset, text::TextDelta};
use std::ops::Range;

/// Most matches that are counted.
pub const MATCHES_MAX: usize = 100_000;
/// Lines that one step looks at, where each must be looked at by itself.
const LINES_PER_STEP: usize = 3_000;
/// Lines that one step looks at, for a pattern of just characters.
const LITERAL_LINES_PER_STEP: usize = 6_000;
/// An edit of more places than this makes the count begin anew.
const SPLICES_MAX: usize = 64;

/// The starts of matches, as far as the text was looked through.
#[derive(Debug, Clone)]
pub struct Tally {
    /// In order.
    starts: Vec<ByteOffset>,
    /// Where the first line starts that was not looked at; none: all were.
    next: Option<ByteOffset>,
}

impl Default for Tally {
    fn default() -> Self {
        Self::new()
    }
}

impl Tally {
    /// Nothing was looked at yet.
    pub fn new() -> Self {
        Self { starts: Vec::new(), next: Some(ByteOffset::START) }
    }

    /// Whether all matches are counted, or as many as are ever counted.
    pub fn is_complete(&self) -> bool {
        self.next.is_none()
    }

    /// Whether there are more matches than are counted.
    pub fn is_full(&self) -> bool {
        self.starts.len() >= MATCHES_MAX
    }

    /// How many matches were found.
    pub fn total(&self) -> usize {
        self.starts.len()
    }

    /// Which of the matches starts at a place, from 1.
    pub fn number(&self, start: ByteOffset) -> Option<usize> {
        self.starts.binary_search(&start).ok().map(|at| at + 1)
    }

    /// Where the match starts that is the first at or behind a place, or the last one before it; behind the end (before the start) it
    /// goes on at the other end.
    pub fn nearest(&self, at: ByteOffset, direction: Direction) -> Option<ByteOffset> {
        let ahead = self.starts.partition_point(|start| *start < at);
        let found = match direction {
            Direction::Forward => self.starts.get(ahead).or(self.starts.first()),
            Direction::Backward => ahead.checked_sub(1).and_then(|at| self.starts.get(at)).or(self.starts.last()),
        };
        found.copied()
    }

    /// Looks at some more lines.
    pub fn advance(&mut self, pattern: &Pattern, text: &Text) {
        let Some(from) = self.next else { return };
        let lines = Lines::new(text);
        let first = lines.of(from);
        let step = if pattern.crosses_lines {
            lines.count()
        } else if pattern.is_literal {
            LITERAL_LINES_PER_STEP
        } else {
            LINES_PER_STEP
        };
        let found = pattern.block(&lines, first..first.down(step).min(lines.last().down(1)));
        self.starts.extend(found.into_iter().map(|range| range.start));
        self.starts.truncate(MATCHES_MAX);
        let next = first.down(step);
        self.next = (next <= lines.last() && !self.is_full()).then(|| lines.start(next));
    }

    /// Stays right after a change: `text` is the text after it. Matches that go over line ends, and edits of very many places, are
    /// counted anew.
    pub fn follow(&mut self, delta: &TextDelta, pattern: &Pattern, text: &Text) {
        if pattern.crosses_lines || delta.splices.len() > SPLICES_MAX || self.is_full() {
            *self = Self::new();
            return;
        }
        let mut touched: Vec<Range<ByteOffset>> = Vec::new();
        for splice in &delta.splices {
            let end = splice.range().end;
            let (from, to) = (self.before(splice.at), self.before(end));
            self.starts.drain(from..to);
            for start in self.starts.iter_mut().skip(from) {
                *start = ByteOffset(start.0 - splice.removed + splice.inserted.len());
            }
            self.next = self.next.map(|next| splice.map(next, true));
            for range in &mut touched {
                *range = splice.map(range.start, true)..splice.map(range.end, false);
            }
            touched.push(splice.at..ByteOffset(splice.at.0 + splice.inserted.len()));
        }
        let lines = Lines::new(text);
        let mut looked_at = LineIndex::FIRST;
        touched.sort_by_key(|range| range.start);
        for range in touched {
            let (first, behind) = (lines.of(range.start).max(looked_at), lines.of(range.end).down(1));
            looked_at = behind;
            if first < behind && !self.look_again(pattern, &lines, first..behind) {
                return;
            }
        }
    }

    /// Looks at lines anew that were looked at before. Gives whether what comes behind them is still known.
    fn look_again(&mut self, pattern: &Pattern, lines: &Lines<'_>, range: Range<LineIndex>) -> bool {
        let start = lines.start(range.start);
        let is_last = range.end > lines.last();
        let reaches_end = self.next.is_some_and(|next| is_last || next <= lines.start(range.end));
        if reaches_end || range.end.0 - range.start.0 > LINES_PER_STEP {
            // The next step begins there.
            self.starts.truncate(self.before(start));
            self.next = Some(self.next.map_or(start, |next| next.min(start)));
            return false;
        }
        let to = if is_last { self.starts.len() } else { self.before(lines.start(range.end)) };
        let found = pattern.block(lines, range).into_iter().map(|range| range.start);
        let from = self.before(start);
        self.starts.splice(from..to.max(from), found);
        true
    }

    /// How many matches start before a place.
    fn before(&self, at: ByteOffset) -> usize {
        self.starts.partition_point(|start| *start < at)
    }
}

#[cfg(test)]
mod tests;
