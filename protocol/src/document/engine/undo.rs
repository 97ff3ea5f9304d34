//! Taking back what this replica did, and doing it again: groups of its own edits, and what became of text that was brought back.
//! Knows ids and deleted texts; the work on the document is in `undo/perform`.
//!
//! As in Yjs (`UndoManager`), text that was deleted comes back as new text beside the old, with new ids. The document remembers which
//! new text stands for which old one, so that undoing further back still finds it.

use super::run::{Unit, Writer};
use crate::document::{
    UNDO_GROUP_MS,
    units::{split_utf16, utf16_len},
};
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
};

mod perform;

/// Text that this replica deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemovedText {
    /// The first unit.
    pub(super) first: Unit,
    /// The text of it and those behind it.
    pub(super) text: String,
}

/// Edits that are taken back together.
#[derive(Debug, Default)]
struct Group {
    /// The clocks of this replica's units that came, in rising order.
    inserted: Vec<Range<u32>>,
    /// What went, without what also came in this group.
    removed: Vec<RemovedText>,
}

/// The groups that can be taken back, and those that can be done again.
#[derive(Debug)]
pub(super) struct Undo {
    /// Most groups to remember.
    groups_max: usize,
    done: VecDeque<Group>,
    undone: VecDeque<Group>,
    /// When the last edit was, while its group is open.
    last_ms: Option<u64>,
    /// For the first unit of text that was brought back: how many units, and the first clock of what stands for it.
    returned: BTreeMap<Unit, (u32, Unit)>,
}

impl RemovedText {
    pub(super) fn len(&self) -> u32 {
        super::sums::count(utf16_len(&self.text))
    }

    fn end(&self) -> u32 {
        self.first.clock + self.len()
    }
}

impl Group {
    fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.removed.is_empty()
    }

    fn insert(&mut self, clocks: Range<u32>) {
        match self.inserted.last_mut() {
            _ if clocks.is_empty() => {}
            Some(last) if last.end == clocks.start => last.end = clocks.end,
            _ => self.inserted.push(clocks),
        }
    }

    /// Notes a text that went, but for what `me` wrote in this group.
    fn remove(&mut self, me: Writer, piece: RemovedText) {
        if piece.first.writer != me {
            return self.remove_older(piece);
        }
        let end = piece.end();
        let from = self.inserted.partition_point(|clocks| clocks.end <= piece.first.clock);
        let own: Vec<Range<u32>> =
            self.inserted.iter().skip(from).take_while(|clocks| clocks.start < end).cloned().collect();
        let mut rest = piece;
        for clocks in own {
            if clocks.start > rest.first.clock {
                let (older, others) = rest.split(clocks.start);
                self.remove_older(older);
                rest = others;
            }
            if clocks.end >= end {
                return;
            }
            rest = rest.split(clocks.end).1;
        }
        self.remove_older(rest);
    }

    fn remove_older(&mut self, piece: RemovedText) {
        /// Longer pieces are not made longer, so that deleting backwards moves little text.
        const JOINED_MAX: usize = 256;
        if let Some(last) = self.removed.last_mut().filter(|last| last.text.len() < JOINED_MAX) {
            if last.first.writer == piece.first.writer && last.end() == piece.first.clock {
                last.text.push_str(&piece.text);
                return;
            }
            if last.first.writer == piece.first.writer && piece.end() == last.first.clock {
                last.text.insert_str(0, &piece.text);
                last.first = piece.first;
                return;
            }
        }
        self.removed.push(piece);
    }
}

impl RemovedText {
    /// The parts before and from a clock, which is within or at an end.
    fn split(self, clock: u32) -> (Self, Self) {
        let (left, right) = split_utf16(&self.text, super::sums::index(clock - self.first.clock));
        (Self { text: left, ..self }, Self { first: Unit { clock, ..self.first }, text: right })
    }
}

impl RemovedText {
    /// What is left of it without some of a writer's clocks.
    fn without(self, writer: Writer, clocks: &Range<u32>) -> impl Iterator<Item = Self> {
        let (start, end) = (self.first.clock, self.end());
        if writer != self.first.writer || clocks.end <= start || end <= clocks.start {
            return [Some(self), None].into_iter().flatten();
        }
        let before = (start < clocks.start).then(|| self.clone().split(clocks.start).0);
        let behind = (clocks.end < end).then(|| self.split(clocks.end).1);
        [before, behind].into_iter().flatten()
    }
}

impl Undo {
    /// Remembers up to `groups_max` groups.
    pub(super) fn new(groups_max: usize) -> Self {
        let (done, undone) = (VecDeque::new(), VecDeque::new());
        Self { groups_max, done, undone, last_ms: None, returned: BTreeMap::new() }
    }

    /// Whether anything is remembered at all.
    pub(super) fn is_wanted(&self) -> bool {
        self.groups_max > 0
    }

    /// Notes an edit by `me`: what came, and what went before it came.
    pub(super) fn record(&mut self, at_ms: u64, me: Writer, inserted: Range<u32>, removed: Vec<RemovedText>) {
        if !self.is_wanted() || (inserted.is_empty() && removed.is_empty()) {
            return;
        }
        self.undone.clear();
        let goes_on = self.last_ms.is_some_and(|last| at_ms.saturating_sub(last) < UNDO_GROUP_MS);
        if !goes_on || self.done.is_empty() {
            push_bounded(&mut self.done, Group::default(), self.groups_max);
        }
        self.last_ms = Some(at_ms);
        let Some(group) = self.done.back_mut() else { return };
        for piece in removed {
            group.remove(me, piece);
        }
        group.insert(inserted);
    }

    /// The next edit starts a group of its own.
    pub(super) fn stop_group(&mut self) {
        self.last_ms = None;
    }

    /// Lets no undo or redo bring back so many units from one on.
    fn forget(&mut self, unit: Unit, len: u32) {
        let cut = unit.clock..unit.clock + len;
        for group in self.done.iter_mut().chain(&mut self.undone) {
            let removed = std::mem::take(&mut group.removed).into_iter();
            group.removed = removed.flat_map(|piece| piece.without(unit.writer, &cut)).collect();
        }
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// The unit that stands for a unit now.
    pub(super) fn follow_unit(&self, mut unit: Unit) -> Unit {
        while let Some((&first, &(len, new))) = self.returned.range(..=unit).next_back() {
            if first.writer != unit.writer || unit.clock - first.clock >= len {
                break;
            }
            unit = Unit { clock: new.clock + (unit.clock - first.clock), ..new };
        }
        unit
    }

    /// The ranges of units that stand for a range of units now.
    fn follow(&self, unit: Unit, len: u32) -> Vec<(Unit, u32)> {
        let mut found = Vec::new();
        let mut open = vec![(unit, len)];
        while let Some((unit, len)) = open.pop() {
            let end = Unit { clock: unit.clock + len, ..unit };
            let before = self.returned.range(..=unit).next_back();
            let covering =
                before.filter(|(first, (len, _))| first.writer == unit.writer && unit.clock - first.clock < *len);
            if let Some((first, (returned, new))) = covering {
                let skipped = unit.clock - first.clock;
                let part = (returned - skipped).min(len);
                open.push((Unit { clock: new.clock + skipped, ..*new }, part));
                if part < len {
                    open.push((Unit { clock: unit.clock + part, ..unit }, len - part));
                }
            } else if let Some((next, _)) = self.returned.range(unit..end).next() {
                found.push((unit, next.clock - unit.clock));
                open.push((*next, end.clock - next.clock));
            } else {
                found.push((unit, len));
            }
        }
        found
    }
}

/// Adds a group and forgets the oldest where there are too many.
fn push_bounded(groups: &mut VecDeque<Group>, group: Group, most: usize) {
    if groups.len() >= most {
        groups.pop_front();
    }
    groups.push_back(group);
}
