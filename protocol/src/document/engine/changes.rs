//! An account of what one change (an update, an undo) does to the visible text, from which the delta for views is made at its end.
//! Knows ids and lengths; looks places up only at the end, when they are final.

use super::{
    run::{Run, Unit},
    sequence::Sequence,
    sums::{count, index},
    writers::Writers,
};
use crate::{
    position::ByteOffset,
    text::{Splice, TextDelta},
};
use std::collections::BTreeMap;

/// The bytes of U+FFFD, which half of a cut surrogate pair becomes.
const HALF_BYTES: u32 = 3;
/// The bytes of a character outside of the basic plane.
const PAIR_BYTES: u32 = 4;

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Whether anybody wants a delta; local edits don't.
    watched: bool,
    /// Whether there was no text before.
    was_empty: bool,
    /// The first unit of what was visible before and is gone, and how many bytes.
    removed: Vec<(Unit, u32)>,
    /// The first halves of surrogate pairs that were cut, and the pairs.
    cut: BTreeMap<Unit, char>,
}

/// A change of the text in its final places: so many bytes went at `at`, and so many after it are new.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: usize,
    removed: u32,
    inserted: u32,
}

impl Changes {
    /// Starts an account.
    pub(super) fn watch(&mut self, is_empty: bool) {
        *self = Self { watched: true, was_empty: is_empty, ..Self::default() };
    }

    /// The pairs that were cut since the account began.
    pub(super) fn take_cut(&mut self) -> BTreeMap<Unit, char> {
        std::mem::take(&mut self.cut)
    }

    /// A visible run is about to be deleted.
    pub(super) fn deleted(&mut self, run: &Run, writers: &Writers) {
        // What came in the same change was never seen.
        if !self.watched || writers.is_fresh(run.first) {
            return;
        }
        // The halves of a pair are new, the pair has been counted.
        let seen = run.bytes - HALF_BYTES * self.halves_in(run);
        if seen > 0 {
            self.removed.push((run.first, seen));
        }
    }

    /// A surrogate pair, whose first half is `unit`, was cut.
    pub(super) fn pair_cut(&mut self, unit: Unit, pair: char, writers: &Writers) {
        if self.watched && !writers.is_fresh(unit) {
            self.removed.push((unit, PAIR_BYTES));
            self.cut.insert(unit, pair);
        }
    }

    /// How many halves of cut pairs a run has. Pairs were cut by ending runs, so they are at its ends.
    fn halves_in(&self, run: &Run) -> u32 {
        if self.cut.is_empty() {
            return 0;
        }
        let starts =
            run.first.clock.checked_sub(1).is_some_and(|clock| self.cut.contains_key(&Unit { clock, ..run.first }));
        u32::from(starts) + u32::from(self.cut.contains_key(&run.last()))
    }

    /// Ends the account: what changed since it began.
    pub(super) fn finish(sequence: &mut Sequence) -> TextDelta {
        let changes = std::mem::take(&mut sequence.changes);
        if changes.was_empty {
            let splice = Splice { at: ByteOffset::START, removed: 0, inserted: sequence.tree.text_in(0..usize::MAX) };
            return TextDelta { splices: if splice.inserted.is_empty() { Vec::new() } else { vec![splice] } };
        }
        let mut all = changes.in_place(sequence);
        all.sort_unstable_by_key(|change| change.at);
        to_delta(&all, sequence)
    }

    fn in_place(&self, sequence: &Sequence) -> Vec<Change> {
        let at = |unit| sequence.byte_of(unit).unwrap_or(0);
        let mut all: Vec<Change> = self
            .removed
            .iter()
            .map(|(unit, removed)| Change { at: at(*unit), removed: *removed, inserted: 0 })
            .collect();
        for unit in self.cut.keys() {
            for half in [*unit, Unit { clock: unit.clock + 1, ..*unit }] {
                if sequence.locate(half).is_some_and(|place| !sequence.tree.run(place).is_deleted()) {
                    all.push(Change { at: at(half), removed: 0, inserted: HALF_BYTES });
                }
            }
        }
        for (writer, range) in sequence.writers.fresh() {
            for living in sequence.writers.living(writer, range) {
                let mut clock = living.start;
                while let Some(place) = sequence.locate(Unit { writer, clock }).filter(|_| clock < living.end) {
                    let run = *sequence.tree.run(place);
                    let start = Unit { writer, clock };
                    let from = at(start);
                    // The run may have begun before this change and only been extended by it.
                    let end = at(run.first) + index(run.bytes);
                    all.push(Change { at: from, removed: 0, inserted: count(end - from) });
                    clock = run.end();
                }
            }
        }
        all
    }
}

/// Joins changes that touch, and fetches their text. `all` is sorted.
fn to_delta(all: &[Change], sequence: &Sequence) -> TextDelta {
    let mut joined: Vec<Change> = Vec::new();
    for change in all {
        match joined.last_mut() {
            Some(last) if change.at <= last.at + index(last.inserted) => {
                last.removed += change.removed;
                last.inserted += change.inserted;
            }
            _ => joined.push(*change),
        }
    }
    let splice = |change: &Change| Splice {
        at: ByteOffset(change.at),
        removed: index(change.removed),
        inserted: sequence.tree.text_in(change.at..change.at + index(change.inserted)),
    };
    TextDelta { splices: joined.iter().map(splice).collect() }
}
