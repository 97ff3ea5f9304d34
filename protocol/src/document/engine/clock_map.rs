//! A map from one writer's clocks to values that are equal over long stretches: where the units lie, which are deleted. Knows
//! neither the tree nor the text.
//!
//! Stretches are kept sorted in chunks, as a B-tree of two levels would: a change costs a move within one chunk, and now and
//! then one within the list of chunks.

use std::ops::Range;

/// Most stretches in one chunk.
const CHUNK_MAX: usize = 128;

/// Where a stretch starts, and its value; it ends where the next one starts.
#[derive(Debug, Clone, Copy)]
struct Stretch<V> {
    start: u32,
    value: V,
}

/// A stretch of clocks with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span<V> {
    /// The first clock.
    pub(super) start: u32,
    /// The clock after the last one.
    pub(super) end: u32,
    /// The value of all of them.
    pub(super) value: V,
}

/// Values of the clocks from 0 to its end; neighbours with equal values are one stretch.
#[derive(Debug)]
pub(super) struct ClockMap<V> {
    /// The first clock of each chunk, apart from the chunks so that a search touches little memory.
    firsts: Vec<u32>,
    /// None of them is empty.
    chunks: Vec<Vec<Stretch<V>>>,
    end: u32,
}

impl<V: Copy + PartialEq> ClockMap<V> {
    /// A map of no clocks.
    pub(super) fn new() -> Self {
        Self { firsts: Vec::new(), chunks: Vec::new(), end: 0 }
    }

    /// The clock after the last one.
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// The whole stretch that a clock lies in; none for a clock behind the end.
    pub(super) fn get(&self, clock: u32) -> Option<Span<V>> {
        if clock >= self.end {
            return None;
        }
        let number = self.chunk_of(clock)?;
        let chunk = self.chunks.get(number)?;
        let at = chunk.partition_point(|stretch| stretch.start <= clock).checked_sub(1)?;
        let stretch = chunk.get(at)?;
        let next = chunk.get(at + 1).map(|next| next.start).or_else(|| self.firsts.get(number + 1).copied());
        Some(Span { start: stretch.start, end: next.unwrap_or(self.end), value: stretch.value })
    }

    /// The stretches that lie in a range of clocks, cut to it.
    pub(super) fn spans(&self, range: Range<u32>) -> impl Iterator<Item = Span<V>> {
        let mut clock = range.start;
        std::iter::from_fn(move || {
            let span = self.get(clock).filter(|_| clock < range.end)?;
            let cut = Span { start: clock, end: span.end.min(range.end), ..span };
            clock = cut.end;
            Some(cut)
        })
    }

    /// Adds `len` clocks at the end.
    pub(super) fn push(&mut self, len: u32, value: V) {
        let start = self.end;
        self.end += len;
        match self.chunks.last_mut() {
            Some(chunk) if chunk.last().is_some_and(|last| last.value == value) => {}
            Some(chunk) if chunk.len() < CHUNK_MAX => chunk.push(Stretch { start, value }),
            _ => {
                self.firsts.push(start);
                self.chunks.push(vec![Stretch { start, value }]);
            }
        }
    }

    /// Gives all clocks of a range, which must lie before the end, one value.
    pub(super) fn assign(&mut self, range: Range<u32>, value: V) {
        if range.is_empty() || self.assign_within(&range, value) {
            return;
        }
        let after = self.get(range.end).map(|span| span.value);
        let before = range.start.checked_sub(1).and_then(|clock| self.get(clock)).map(|span| span.value);
        self.remove_starts(range.start, range.end);
        if before != Some(value) {
            self.insert(Stretch { start: range.start, value });
        }
        if let Some(after) = after.filter(|after| *after != value) {
            self.insert(Stretch { start: range.end, value: after });
        }
    }

    /// Does the work of [`ClockMap::assign`] where the range lies within one stretch whose neighbours are in the same chunk, as nearly
    /// always, with one search. Says whether it did.
    fn assign_within(&mut self, range: &Range<u32>, value: V) -> bool {
        let Some(number) = self.chunk_of(range.start) else { return false };
        let Some(chunk) = self.chunks.get_mut(number) else { return false };
        let at = chunk.partition_point(|stretch| stretch.start <= range.start) - 1;
        let Some(&next) = chunk.get(at + 1).filter(|next| at > 0 && range.end <= next.start) else { return false };
        let (before, old) = (chunk[at - 1], chunk[at]);
        if old.value == value {
            return true;
        }
        let (first, last) = (old.start == range.start, next.start == range.end);
        match (first, last, before.value == value, next.value == value) {
            (true, true, true, true) => drop(chunk.drain(at..at + 2)),
            (true, true, true, false) => drop(chunk.remove(at)),
            (true, true, false, true) => {
                chunk[at + 1].start = range.start;
                chunk.remove(at);
            }
            (true, true, false, false) => chunk[at].value = value,
            (true, false, true, _) => chunk[at].start = range.end,
            (true, false, false, _) => {
                chunk[at].start = range.end;
                chunk.insert(at, Stretch { start: range.start, value });
            }
            (false, true, _, true) => chunk[at + 1].start = range.start,
            (false, true, _, false) => chunk.insert(at + 1, Stretch { start: range.start, value }),
            (false, false, ..) => {
                let rest = Stretch { start: range.end, ..old };
                let behind = at + 1;
                chunk.splice(behind..behind, [Stretch { start: range.start, value }, rest]);
            }
        }
        self.divide(number);
        true
    }

    /// Divides a chunk that has become too long.
    fn divide(&mut self, number: usize) {
        if let Some(chunk) = self.chunks.get_mut(number).filter(|chunk| chunk.len() > CHUNK_MAX) {
            let right = chunk.split_off(CHUNK_MAX / 2);
            self.firsts.insert(number + 1, right[0].start);
            self.chunks.insert(number + 1, right);
        }
    }

    /// Forgets the clocks from `end` on.
    pub(super) fn truncate(&mut self, end: u32) {
        if end < self.end {
            self.remove_starts(end, self.end);
            self.end = end;
        }
    }

    /// Which chunk holds the stretch of a clock.
    fn chunk_of(&self, clock: u32) -> Option<usize> {
        self.firsts.partition_point(|first| *first <= clock).checked_sub(1)
    }

    /// Removes the stretches that start in `from..=to`; what lies there falls to the stretch before, until it is assigned.
    fn remove_starts(&mut self, from: u32, to: u32) {
        let mut number = self.chunk_of(from).unwrap_or(0);
        while let Some(chunk) = self.chunks.get_mut(number).filter(|_| self.firsts[number] <= to) {
            let first = chunk.partition_point(|stretch| stretch.start < from);
            let end = chunk.partition_point(|stretch| stretch.start <= to);
            chunk.drain(first..end);
            if let Some(first) = chunk.first() {
                self.firsts[number] = first.start;
                number += 1;
            } else {
                self.chunks.remove(number);
                self.firsts.remove(number);
            }
        }
    }

    /// Adds a stretch that starts where none does.
    fn insert(&mut self, stretch: Stretch<V>) {
        let number = self.chunk_of(stretch.start).unwrap_or(0);
        let Some(chunk) = self.chunks.get_mut(number) else {
            self.firsts.push(stretch.start);
            self.chunks.push(vec![stretch]);
            return;
        };
        let at = chunk.partition_point(|other| other.start < stretch.start);
        chunk.insert(at, stretch);
        self.firsts[number] = self.firsts[number].min(stretch.start);
        self.divide(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(map: &ClockMap<u8>) -> Vec<u8> {
        let mut spans: Vec<Span<u8>> = map.spans(0..u32::MAX).collect();
        let values = spans.iter().flat_map(|span| vec![span.value; (span.end - span.start) as usize]).collect();
        let count = spans.len();
        spans.dedup_by_key(|span| span.value);
        assert_eq!(spans.len(), count, "neighbours with equal values are one stretch");
        values
    }

    proptest! {
        #[test]
        fn it_says_what_a_plain_vector_says(steps in proptest::collection::vec((0_u8..5, 0_u32..900, 1_u32..40, 0_u8..3), 1..700)) {
            let (mut map, mut model) = (ClockMap::new(), Vec::<u8>::new());
            for (kind, at, len, value) in steps {
                let end = map.end();
                if kind < 2 || end == 0 {
                    map.push(len, value);
                    model.extend(std::iter::repeat_n(value, len as usize));
                } else if kind == 4 && at % 40 == 0 {
                    map.truncate(end - end / 5);
                    model.truncate((end - end / 5) as usize);
                } else {
                    let start = at % end;
                    let range = start..(start + len).min(end);
                    map.assign(range.clone(), value);
                    model[range.start as usize..range.end as usize].fill(value);
                }
                prop_assert_eq!(map.end() as usize, model.len());
            }
            prop_assert_eq!(all(&map), model);
        }
    }
}
