//! The runs in document order together with the index of where each unit lies: the only place that changes either, so that both
//! always agree, and what changed is written down. Knows no rules of merging; `integrate` decides what goes where.

use super::{
    changes::Changes,
    leaf::{RUN_TEXT_MAX, RUNS_MAX, Spot, TEXT_MAX},
    run::{Run, Unit, Writer},
    sums::{Sums, count, index},
    tree::{Place, Tree},
    writers::Writers,
};
use crate::document::units::{Landing, byte_of_utf16, utf16_len};
use std::ops::Range;

/// All that a document holds, and an account of what the change that is being made did to it.
#[derive(Debug)]
pub(super) struct Sequence {
    pub(super) tree: Tree,
    pub(super) writers: Writers,
    pub(super) changes: Changes,
}

/// What a new run holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum NewText<'a> {
    /// Text, not empty.
    Visible(&'a str),
    /// So many units that are deleted already.
    Deleted(u32),
}

impl Sequence {
    /// Nothing.
    pub(super) fn new() -> Self {
        Self { tree: Tree::new(), writers: Writers::default(), changes: Changes::default() }
    }

    /// The place of the run that a unit belongs to; none for an unknown or collected unit. Takes O(log n).
    pub(super) fn locate(&self, unit: Unit) -> Option<Place> {
        let leaf = self.writers.leaf_of(unit)?.0?;
        let slot = self.tree.leaf(leaf).find(unit)?;
        Some(Place { leaf, slot })
    }

    /// The run that a unit belongs to, split so that it ends with that unit.
    pub(super) fn ending_with(&mut self, unit: Unit) -> Option<Place> {
        self.locate(unit).map(|place| self.end_at(place, unit))
    }

    /// The run at a place, split so that it ends with one of its units.
    pub(super) fn end_at(&mut self, place: Place, unit: Unit) -> Place {
        let run = self.tree.run(place);
        let units = unit.clock + 1 - run.first.clock;
        if units < run.len { self.split(place, units).0 } else { place }
    }

    /// The run that a unit belongs to, split so that it starts with that unit.
    pub(super) fn starting_with(&mut self, unit: Unit) -> Option<Place> {
        let place = self.locate(unit)?;
        let units = unit.clock - self.tree.run(place).first.clock;
        Some(if units > 0 { self.split(place, units).1 } else { place })
    }

    /// Splits the run at a place after some of its units, more than none and less than all, and gives both parts.
    pub(super) fn split(&mut self, place: Place, units: u32) -> (Place, Place) {
        let place = self.make_room(place, 1, 0);
        let first = self.tree.run(place).first;
        if let Some(pair) = self.tree.leaf_mut(place.leaf).split_run(place.slot, units) {
            // Two replacement characters take six bytes, the pair took four.
            self.tree.grow(place.leaf, Sums { bytes: 2, ..Sums::default() });
            self.changes.pair_cut(Unit { clock: first.clock + units - 1, ..first }, pair, &self.writers);
        }
        (place, Place { slot: place.slot + 1, ..place })
    }

    /// Splits the run that a byte of the text lies in so that a run ends before it, and gives that run; none at the start of the text.
    /// The place must be a character boundary.
    pub(super) fn run_before_byte(&mut self, at: usize) -> Option<Place> {
        if at == 0 {
            return None;
        }
        let (leaf, before) = self.tree.seek_byte(at);
        let Spot { slot, offset } = self.tree.leaf(leaf).spot_before(at - index(before.bytes))?;
        let place = Place { leaf, slot };
        let run = self.tree.run(place);
        if offset == index(run.bytes) {
            return Some(place);
        }
        let units = if run.is_ascii() {
            count(offset)
        } else {
            count(utf16_len(self.tree.leaf(leaf).text_of(slot).get(..offset).unwrap_or_default()))
        };
        Some(self.split(place, units).0)
    }

    /// The run that holds a byte of the text.
    pub(super) fn run_at_byte(&self, at: usize) -> Option<Place> {
        let (leaf, before) = self.tree.seek_byte(at + 1);
        let Spot { slot, .. } = self.tree.leaf(leaf).spot_before(at + 1 - index(before.bytes))?;
        Some(Place { leaf, slot })
    }

    /// Puts a writer's next units behind a run (`None`: at the start), and gives the place of the last run that holds them.
    pub(super) fn insert(
        &mut self,
        left: Option<Place>,
        writer: Writer,
        neighbours: (Option<Unit>, Option<Unit>),
        text: NewText<'_>,
    ) -> Option<Place> {
        let (mut left, (mut origin, right_origin)) = (left, neighbours);
        let (mut rest, deleted) = match text {
            NewText::Visible(text) => (text, 0),
            NewText::Deleted(len) => ("", len),
        };
        loop {
            let (piece, others) = rest.split_at_checked(rest.floor_char_boundary(RUN_TEXT_MAX)).unwrap_or((rest, ""));
            let len = if piece.is_empty() { deleted } else { count(utf16_len(piece)) };
            let first = Unit { writer, clock: self.writers.clock(writer) };
            let run = Run { first, len, bytes: count(piece.len()), origin, right_origin };
            left = Some(self.insert_run(left, run, piece));
            (origin, rest) = (Some(run.last()), others);
            if rest.is_empty() {
                return left;
            }
        }
    }

    fn insert_run(&mut self, left: Option<Place>, run: Run, text: &str) -> Place {
        if let Some(place) = left {
            let before = self.tree.run(place);
            if before.is_continued_by(&run) && index(before.bytes) + text.len() <= RUN_TEXT_MAX {
                let place = self.make_room(place, 0, text.len());
                let grown = self.tree.leaf_mut(place.leaf).extend(place.slot, run.len, text);
                return self.added(place, run, grown);
            }
        }
        let at = match left {
            Some(Place { leaf, slot }) => Place { leaf, slot: slot + 1 },
            None => Place { leaf: self.tree.first(), slot: 0 },
        };
        let place = self.make_room(at, 1, text.len());
        let grown = self.tree.leaf_mut(place.leaf).insert(place.slot, run, text);
        self.added(place, run, grown)
    }

    fn added(&mut self, place: Place, run: Run, grown: Sums) -> Place {
        self.tree.grow(place.leaf, grown);
        self.writers.push(run.first.writer, run.len, Some(place.leaf), run.is_deleted());
        place
    }

    /// Deletes the visible run at a place. Whoever calls this tells the writers, for many runs at once.
    pub(super) fn delete_run(&mut self, place: Place) {
        let run = *self.tree.run(place);
        self.changes.deleted(&run, &self.writers);
        let gone = self.tree.leaf_mut(place.leaf).delete(place.slot);
        self.tree.shrink(place.leaf, gone);
    }

    /// Deletes the units of a range of a writer's known clocks that are still visible; `see` is shown each run and its text before.
    pub(super) fn delete(&mut self, writer: Writer, range: Range<u32>, mut see: impl FnMut(&Run, &str)) {
        let settled = self.writers.settled(writer);
        for living in self.writers.living(writer, range) {
            let mut clock = living.start;
            while clock < living.end {
                let Some(mut place) = self.starting_with(Unit { writer, clock }) else { break };
                let run = self.tree.run(place);
                // What was seen before this change and what was not are deleted one by one, since only the first is gone from sight.
                let end = if clock < settled { living.end.min(settled) } else { living.end };
                if run.end() > end {
                    let units = end - run.first.clock;
                    place = self.split(place, units).0;
                }
                let run = *self.tree.run(place);
                see(&run, self.tree.leaf(place.leaf).text_of(place.slot));
                self.delete_run(place);
                clock = run.end();
            }
            self.writers.deleted(Unit { writer, clock: living.start }, living.end - living.start);
        }
    }

    /// Where a unit is in the visible text, in bytes from its start; a deleted one is where it was. Takes O(log n).
    pub(super) fn byte_of(&self, unit: Unit) -> Option<usize> {
        let place = self.locate(unit)?;
        let (leaf, run) = (self.tree.leaf(place.leaf), self.tree.run(place));
        let start = index(self.tree.before(place.leaf).bytes) + leaf.text_start(place.slot);
        let units = unit.clock - run.first.clock;
        let within = if run.is_deleted() || units == 0 {
            0
        } else if run.is_ascii() {
            index(units)
        } else {
            match byte_of_utf16(leaf.text_of(place.slot), index(units)) {
                Landing::Boundary(byte) | Landing::InsidePair(byte) => byte,
                Landing::Beyond => index(run.bytes),
            }
        };
        Some(start + within)
    }

    /// Divides the leaf of a place where it can't take so many runs and bytes more; gives the place of the same run, or of the same
    /// end of the leaf.
    fn make_room(&mut self, place: Place, runs: usize, bytes: usize) -> Place {
        let leaf = self.tree.leaf(place.leaf);
        let many = leaf.runs().len();
        let full = many + runs > RUNS_MAX || leaf.text().len() + bytes > TEXT_MAX;
        if !full || many < 2 {
            return place;
        }
        // Who writes on at the end leaves a full leaf behind; everywhere else both halves get room.
        let cut = if place.slot + 1 >= many && leaf.next.is_none() { many - 1 } else { leaf.middle() };
        let right = self.tree.split_leaf(place.leaf, cut);
        for at in 0..self.tree.leaf(right).runs().len() {
            let Run { first, len, .. } = self.tree.leaf(right).runs()[at];
            self.writers.moved(first, len, right);
        }
        if place.slot < cut { place } else { Place { leaf: right, slot: place.slot - cut } }
    }
}
