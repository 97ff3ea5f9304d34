//! Going from match to match, and what replacing them would change: for searches that select what they find. Vim's own way is
//! [`Pattern::next`]: its cursor stands on characters.

use super::{Found, Pattern, Replacement};
use crate::editor::{lines::Lines, motion::Direction, position::LineIndex};
use protocol::ByteOffset;
use std::ops::Range;

/// Lines that are looked through at once while the nearest match is searched for.
const LINES_AT_ONCE: usize = 256;

impl Pattern {
    /// The first match that starts at or behind a place; backward the last one that starts before it. Behind the end (before the
    /// start) it goes on at the other end. Looks at no more than about `lines_max` lines; all of them where matches go over line ends.
    pub fn nearest(&self, lines: &Lines<'_>, at: ByteOffset, direction: Direction, lines_max: usize) -> Option<Found> {
        let count = lines.count();
        let step = if self.crosses_lines { count } else { LINES_AT_ONCE };
        let pick = |(first, is_wrapped): (usize, bool)| {
            let mut found = self.block(lines, LineIndex(first)..LineIndex(first.saturating_add(step)));
            let is_ahead = |range: &Range<ByteOffset>| (range.start >= at) == (direction == Direction::Forward);
            found.retain(|range| is_ahead(range) != is_wrapped);
            let range = if direction == Direction::Forward { found.into_iter().next() } else { found.pop() };
            range.map(|range| Found { range, is_wrapped })
        };
        // The block of the place itself is looked at on both ways round.
        let block = lines.of(at).0 / step * step;
        let from_here = (block..count).step_by(step);
        let up_to_here = (0..count.min(block + 1)).step_by(step);
        let blocks_max = lines_max.div_ceil(step).saturating_add(1);
        match direction {
            Direction::Forward => from_here
                .map(|first| (first, false))
                .chain(up_to_here.map(|first| (first, true)))
                .take(blocks_max)
                .find_map(pick),
            Direction::Backward => {
                let before = up_to_here.rev().map(|first| (first, false));
                before.chain(from_here.rev().map(|first| (first, true))).take(blocks_max).find_map(pick)
            }
        }
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
        let mut all = Vec::new();
        lines.visit(range.start..last, |start, line| {
            // Most lines have no match; to find that out costs much less than to ask for groups.
            if self.regex.is_match(line) {
                all.extend(within(line, start));
            }
        });
        all
    }
}
