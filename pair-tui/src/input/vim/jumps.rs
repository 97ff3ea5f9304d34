//! The jump list (<https://vimhelp.org/motion.txt.html#jump-motions>): the places that jumps began at, which Ctrl-O and Ctrl-I go
//! through. They stay on their text while anybody edits.

use super::{marks, state::Vim, work::Work};
use crate::editor::{lines::Lines, motion::Direction};
use protocol::{ByteOffset, DocumentPath};

/// Places that are kept; then the oldest one goes.
const JUMPS_MAX: usize = 100;

/// The places that jumps in one document began at, the oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Jumps {
    places: Vec<ByteOffset>,
    /// Which one Ctrl-O and Ctrl-I have come to; behind the last one where they were not used since the last jump.
    at: usize,
}

impl Jumps {
    pub fn push(&mut self, from: ByteOffset) {
        if self.places.len() >= JUMPS_MAX {
            self.places.remove(0);
        }
        self.places.push(from);
        self.at = self.places.len();
    }

    pub fn map(&mut self, at: ByteOffset, removed: usize, inserted: usize) {
        self.places.iter_mut().for_each(|place| *place = marks::map(*place, at, removed, inserted));
    }

    /// Of several places in one line only the newest stays.
    fn keep_one_of_each_line(&mut self, lines: &Lines<'_>) {
        let of: Vec<_> = self.places.iter().map(|place| lines.of(*place)).collect();
        let is_newest = |nth: usize| !of.iter().skip(nth + 1).any(|line| Some(line) == of.get(nth));
        self.at = (0..self.at.min(of.len())).filter(|nth| is_newest(*nth)).count();
        let mut nth = 0;
        self.places.retain(|_| {
            nth += 1;
            is_newest(nth - 1)
        });
    }

    /// The place so many jumps back or forth; none where the list ends before.
    fn go(&mut self, direction: Direction, count: usize, from: ByteOffset, lines: &Lines<'_>) -> Option<ByteOffset> {
        self.keep_one_of_each_line(lines);
        let step = |at: usize| match direction {
            Direction::Backward => at.checked_sub(count),
            Direction::Forward => at.checked_add(count),
        };
        let wanted = step(self.at).filter(|wanted| *wanted < self.places.len())?;
        let mut wanted = Some(wanted);
        if self.at == self.places.len() {
            // The way back begins here.
            self.push(from);
            self.at -= 1;
            wanted = step(self.at);
        }
        self.at = wanted?;
        self.places.get(self.at).copied()
    }
}

impl Vim {
    /// Remembers where a jump begins: for `''`, and for Ctrl-O.
    pub(super) fn remember_jump(&mut self, from: ByteOffset, work: &Work<'_>) {
        self.jumped(work.document, from);
    }

    /// The cursor jumped from here by other means than this key map's.
    pub fn jumped(&mut self, document: &DocumentPath, from: ByteOffset) {
        let marks = self.marks_of(document);
        marks.set('\'', from);
        marks.jumps.push(from);
    }

    /// Ctrl-O and Ctrl-I.
    pub(super) fn jump(&mut self, direction: Direction, count: usize, work: &mut Work<'_>) {
        if self.is_visual() {
            return work.fail();
        }
        let from = work.cursor;
        let jumps = &mut self.marks_of(work.document).jumps;
        let was_at_end = jumps.at == jumps.places.len();
        let at = jumps.go(direction, count, from, &work.lines());
        if was_at_end && at.is_some() {
            self.marks_of(work.document).set('\'', from);
        }
        match at {
            Some(at) => {
                let lines = work.lines();
                let at = work.text().clamp(at).min(lines.text_end());
                work.go(lines.on_character(at));
            }
            None => work.fail(),
        }
    }
}
