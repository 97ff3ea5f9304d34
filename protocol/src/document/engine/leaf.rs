//! A leaf of the tree: some runs in document order, and their visible text in one piece. Knows no other leaf, and nobody's clocks.

use super::{
    run::{Run, Unit},
    sums::{Sums, count, index},
    tree::{LeafId, NodeId},
};
use crate::document::units::{Landing, byte_of_utf16, count_lines};
use std::ops::Range;

/// Most runs in one leaf.
pub(super) const RUNS_MAX: usize = 32;
/// Above this many bytes of text a leaf is divided, where it has more than one run.
pub(super) const TEXT_MAX: usize = 2048;
/// Most bytes of text in one run; longer text becomes several runs. It bounds what converting a place within a run costs.
pub(super) const RUN_TEXT_MAX: usize = 1024;

/// How much room for more runs, and for more bytes of text beside a quarter, is made at a time. Documents are mostly leaves, so
/// room that is never used is what they would be mostly made of.
const RUNS_STEP: usize = 6;
/// See [`RUNS_STEP`].
const TEXT_STEP: usize = 24;
/// Room that a leaf may keep after its text was deleted, in bytes.
const TEXT_SLACK: usize = 128;

/// What stands for each half of a surrogate pair that was cut.
const HALF: &str = "\u{FFFD}";

/// Some runs in document order.
#[derive(Debug, Default)]
pub(super) struct Leaf {
    /// The node above.
    pub(super) parent: Option<NodeId>,
    /// The leaf before.
    pub(super) prev: Option<LeafId>,
    /// The leaf behind.
    pub(super) next: Option<LeafId>,
    runs: Vec<Run>,
    /// The text of all visible runs.
    text: String,
}

/// A place in a run's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// The run's place in the leaf.
    pub(super) slot: usize,
    /// Bytes from the start of the run.
    pub(super) offset: usize,
}

impl Leaf {
    /// The runs.
    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Bytes that the leaf holds beside itself.
    pub(super) fn held_bytes(&self) -> usize {
        self.runs.capacity() * size_of::<Run>() + self.text.capacity()
    }

    /// The visible text of all runs.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The lengths of the visible text.
    pub(super) fn sums(&self) -> Sums {
        let units = self.runs.iter().filter(|run| !run.is_deleted()).map(|run| run.len).sum();
        Sums { bytes: count(self.text.len()), units, lines: count(count_lines(&self.text)) }
    }

    /// Where the run of a unit is.
    pub(super) fn find(&self, unit: Unit) -> Option<usize> {
        self.runs.iter().position(|run| run.contains(unit))
    }

    /// Where in the leaf's text the run at `slot` starts, in bytes.
    pub(super) fn text_start(&self, slot: usize) -> usize {
        index(self.runs.iter().take(slot).map(|run| run.bytes).sum())
    }

    /// The text of the run at `slot`; empty where it is deleted.
    pub(super) fn text_of(&self, slot: usize) -> &str {
        self.text.get(self.text_range(slot)).unwrap_or_default()
    }

    /// The run in which the byte before `at`, which is in the leaf's text and not 0, lies.
    pub(super) fn spot_before(&self, at: usize) -> Option<Spot> {
        let mut start = 0;
        for (slot, run) in self.runs.iter().enumerate() {
            let bytes = index(run.bytes);
            if start + bytes >= at && bytes > 0 {
                return Some(Spot { slot, offset: at - start });
            }
            start += bytes;
        }
        None
    }

    /// Puts a run with its text, empty for a deleted one, before the one at `slot`. Gives what is visible more.
    pub(super) fn insert(&mut self, slot: usize, run: Run, text: &str) -> Sums {
        let start = self.text_start(slot);
        if self.runs.len() == self.runs.capacity() {
            self.runs.reserve_exact(RUNS_STEP);
        }
        self.runs.insert(slot, run);
        self.insert_text(start, text);
        if text.is_empty() { Sums::default() } else { Sums { bytes: run.bytes, units: run.len, lines: lines(text) } }
    }

    /// Makes the run at `slot` longer by `len` units with `text`, empty for a deleted one. Gives what is visible more.
    pub(super) fn extend(&mut self, slot: usize, len: u32, text: &str) -> Sums {
        let end = self.text_range(slot).end;
        let Some(run) = self.runs.get_mut(slot) else { return Sums::default() };
        run.len += len;
        run.bytes += count(text.len());
        self.insert_text(end, text);
        if text.is_empty() {
            Sums::default()
        } else {
            Sums { bytes: count(text.len()), units: len, lines: lines(text) }
        }
    }

    /// Splits the run at `slot` after `units` of its units, more than none and less than all. A surrogate pair that is cut becomes
    /// U+FFFD on both sides, as in Yjs (`ContentString.splice`), so that the lengths in code units stay; it is returned.
    pub(super) fn split_run(&mut self, slot: usize, units: u32) -> Option<char> {
        let run = *self.runs.get(slot)?;
        let range = self.text_range(slot);
        let (bytes, cut) = if run.is_deleted() || run.is_ascii() {
            (if run.is_deleted() { 0 } else { units }, None)
        } else {
            match byte_of_utf16(self.text_of(slot), index(units)) {
                Landing::Boundary(byte) => (count(byte), None),
                Landing::InsidePair(byte) => (count(byte), self.cut_pair(range.start + byte)),
                Landing::Beyond => return None,
            }
        };
        let half = if cut.is_some() { count(HALF.len()) } else { 0 };
        let grown = if cut.is_some() { 2 * half - 4 } else { 0 };
        let left = Run { len: units, bytes: bytes + half, ..run };
        let first = Unit { clock: run.first.clock + units, ..run.first };
        let right = Run {
            first,
            len: run.len - units,
            bytes: run.bytes + grown - left.bytes,
            origin: Some(left.last()),
            right_origin: run.right_origin,
        };
        self.runs[slot] = left;
        self.runs.insert(slot + 1, right);
        cut
    }

    /// Undoes what [`Leaf::split_run`] did to a pair, as far as this leaf goes: the run at `slot` ends in its first half, and gets
    /// the whole pair. Gives the change in bytes.
    pub(super) fn restore_pair(&mut self, slot: usize, pair: char) {
        let end = self.text_range(slot).end;
        self.text.replace_range(end - HALF.len()..end, pair.encode_utf8(&mut [0; 4]));
        self.runs[slot].len += 1;
        self.runs[slot].bytes += 1;
    }

    /// Takes the first unit, half of a cut pair, from the run at `slot`; a run that has no other is removed. Gives what is visible less.
    pub(super) fn drop_half(&mut self, slot: usize) -> Sums {
        let start = self.text_start(slot);
        self.text.replace_range(start..start + HALF.len(), "");
        let run = &mut self.runs[slot];
        if run.len == 1 {
            self.runs.remove(slot);
        } else {
            run.origin = Some(run.first);
            run.first.clock += 1;
            run.len -= 1;
            run.bytes -= count(HALF.len());
        }
        Sums { bytes: count(HALF.len()), units: 1, lines: 0 }
    }

    /// Deletes the text of the run at `slot`, and gives what is visible less. The run is joined with deleted neighbours.
    pub(super) fn delete(&mut self, slot: usize) -> Sums {
        let range = self.text_range(slot);
        let Some(run) = self.runs.get_mut(slot) else { return Sums::default() };
        let removed =
            Sums { bytes: run.bytes, units: run.len, lines: lines(self.text.get(range.clone()).unwrap_or_default()) };
        run.bytes = 0;
        self.text.replace_range(range, "");
        if self.text.capacity() > 2 * self.text.len() + TEXT_SLACK {
            self.text.shrink_to(self.text.len());
        }
        self.join_deleted(slot);
        if let Some(before) = slot.checked_sub(1) {
            self.join_deleted(before);
        }
        removed
    }

    /// Removes the run at `slot` as if it had never been there, and gives what is visible less.
    pub(super) fn remove(&mut self, slot: usize) -> Sums {
        let range = self.text_range(slot);
        let run = self.runs.remove(slot);
        if run.is_deleted() {
            return Sums::default();
        }
        let removed =
            Sums { bytes: run.bytes, units: run.len, lines: lines(self.text.get(range.clone()).unwrap_or_default()) };
        self.text.replace_range(range, "");
        removed
    }

    /// Takes the runs from `slot` on, with their text, into a new leaf.
    pub(super) fn split_off(&mut self, slot: usize) -> Self {
        let start = self.text_start(slot);
        let (text, runs) = (self.text.split_off(start), self.runs.split_off(slot));
        self.text.shrink_to_fit();
        self.runs.shrink_to(slot + RUNS_STEP);
        Self { runs, text, ..Self::default() }
    }

    /// Where to divide the leaf so that both sides have about the same text, or else the same number of runs.
    pub(super) fn middle(&self) -> usize {
        let last = self.runs.len() - 1;
        if self.text.len() < TEXT_MAX / 2 {
            return (self.runs.len() / 2).clamp(1, last);
        }
        let mut passed = 0;
        let half = self.runs.iter().position(|run| {
            passed += index(run.bytes);
            passed > self.text.len() / 2
        });
        half.unwrap_or(last).clamp(1, last)
    }

    fn insert_text(&mut self, at: usize, text: &str) {
        if self.text.capacity() - self.text.len() < text.len() {
            self.text.reserve_exact(text.len() + self.text.len() / 4 + TEXT_STEP);
        }
        self.text.insert_str(at, text);
    }

    fn text_range(&self, slot: usize) -> Range<usize> {
        let start = self.text_start(slot);
        start..start + self.runs.get(slot).map_or(0, |run| index(run.bytes))
    }

    /// Replaces the four bytes of the pair at `at` by its two halves, and gives the pair.
    fn cut_pair(&mut self, at: usize) -> Option<char> {
        let pair = self.text.get(at..).and_then(|text| text.chars().next())?;
        self.text.replace_range(at..at + pair.len_utf8(), "\u{FFFD}\u{FFFD}");
        Some(pair)
    }

    /// Joins the run at `slot` with the next one where both are deleted and one says the same as both.
    fn join_deleted(&mut self, slot: usize) {
        if let [run, next, ..] = self.runs.get_mut(slot..).unwrap_or_default()
            && run.is_deleted()
            && run.is_continued_by(next)
        {
            run.len += next.len;
            self.runs.remove(slot + 1);
        }
    }
}

fn lines(text: &str) -> u32 {
    count(count_lines(text))
}
