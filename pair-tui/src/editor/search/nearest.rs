//! Going from match to match, and what replacing them would change: for searches that select what they find. Vim's own way is
//! [`Pattern::next`]: its cursor stands on characters.

use super::{Found, Pattern, Replacement};
use crate::editor::{lines::Lines, motion::Direction, position::LineIndex};
use protocol::ByteOffset;
use std::ops::Range;

impl Pattern {
    /// The first match that starts at or behind a place; backward the last one that starts before it. Behind the end (before the
    /// start) it goes on at the other end. Looks at no more than `lines_max` lines, if it looks line by line.
    pub fn nearest(&self, lines: &Lines<'_>, at: ByteOffset, direction: Direction, lines_max: usize) -> Option<Found> {
        if self.crosses_lines || self.is_literal {
            return self.nearest_of_all(lines, at, direction);
        }
        let (here, last) = (lines.of(at).0, lines.last().0);
        let is_ahead = |range: &Range<ByteOffset>| match direction {
            Direction::Forward => range.start >= at,
            Direction::Backward => range.start < at,
        };
        let pick = |line: usize, is_wrapped: bool| {
            let mut found = self.matches(lines, LineIndex(line)..LineIndex(line + 1));
            found.retain(|range| is_ahead(range) != is_wrapped);
            let range = if direction == Direction::Forward { found.into_iter().next() } else { found.pop() };
            range.map(|range| Found { range, is_wrapped })
        };
        match direction {
            Direction::Forward => {
                let ahead = (here..=last).map(|line| (line, false)).chain((0..=here).map(|line| (line, true)));
                ahead.take(lines_max).find_map(|(line, is_wrapped)| pick(line, is_wrapped))
            }
            Direction::Backward => {
                let behind = (0..=here).rev().map(|line| (line, false));
                let ahead = behind.chain((here..=last).rev().map(|line| (line, true)));
                ahead.take(lines_max).find_map(|(line, is_wrapped)| pick(line, is_wrapped))
            }
        }
    }

    fn nearest_of_all(&self, lines: &Lines<'_>, at: ByteOffset, direction: Direction) -> Option<Found> {
        let from = lines.of(at);
        let mut ahead = self.block(lines, from..lines.last().down(1));
        let mut behind = self.block(lines, LineIndex::FIRST..from.down(1));
        ahead.retain(|range| range.start >= at);
        behind.retain(|range| range.start < at);
        let (first, second) = match direction {
            Direction::Forward => (ahead.into_iter().next(), behind.into_iter().next()),
            Direction::Backward => (behind.pop(), ahead.pop()),
        };
        first
            .map(|range| (range, false))
            .or(second.map(|range| (range, true)))
            .map(|(range, is_wrapped)| Found { range, is_wrapped })
    }

    /// The matches that start in a range of lines, as [`Pattern::matches`] has them, but for a pattern of just characters many lines
    /// at once: that is about ten times as quick.
    pub fn block(&self, lines: &Lines<'_>, range: Range<LineIndex>) -> Vec<Range<ByteOffset>> {
        if self.crosses_lines || !self.is_literal || range.end <= range.start {
            return self.matches(lines, range);
        }
        let (start, end) = (lines.start(range.start), lines.end(range.end.up(1)));
        let mut found = Vec::new();
        self.each(&lines.text().slice(start..end), start, &mut |range| {
            found.push(range);
            true
        });
        found
    }

    /// The match that starts at a place.
    pub fn match_at(&self, lines: &Lines<'_>, start: ByteOffset) -> Option<Range<ByteOffset>> {
        let line = lines.of(start);
        self.matches(lines, line..line.down(1)).into_iter().find(|range| range.start == start)
    }

    /// What replacing the matches that start in a range of lines would change, in order: each match and what comes in its place.
    pub fn replacements_in(
        &self,
        lines: &Lines<'_>,
        range: Range<LineIndex>,
        replacement: &Replacement,
    ) -> Vec<(Range<ByteOffset>, String)> {
        let last = range.end.min(lines.last().down(1));
        let within = |text: &str, start: ByteOffset| {
            let found = self.replacements(text, replacement, true);
            let place = move |at: usize| ByteOffset(start.0 + at);
            found.into_iter().map(move |(range, new)| (place(range.start)..place(range.end), new))
        };
        if self.crosses_lines {
            let start = lines.start(range.start);
            let behind = if last > lines.last() { ByteOffset(usize::MAX) } else { lines.start(last) };
            let all = within(&lines.text().slice(start..lines.text_end()), start);
            return all.take_while(|(range, _)| range.start < behind).collect();
        }
        let lines_of = (range.start.0..last.0).map(LineIndex);
        lines_of.flat_map(|line| within(&lines.content(line), lines.start(line)).collect::<Vec<_>>()).collect()
    }
}
