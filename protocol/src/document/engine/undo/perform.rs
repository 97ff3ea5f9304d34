//! Carrying out an undo or redo: own text that came goes again, text that went comes back beside its old place. Knows one group at a time.

use super::{Group, RemovedText, push_bounded};
use crate::{
    document::{
        UndoneEdit,
        engine::{Engine, TEXT_BYTES_MAX, changes::Changes, run::Unit, sequence::NewText, sums::index},
        update::{IdRange, MAX_CLOCK},
    },
    text::TextDelta,
};

/// Which way a group is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Undo,
    Redo,
}

impl Engine {
    /// Takes back the last group that still changes anything.
    pub(in crate::document) fn undo(&mut self) -> Option<UndoneEdit> {
        self.perform(Way::Undo)
    }

    /// Does again what was taken back last.
    pub(in crate::document) fn redo(&mut self) -> Option<UndoneEdit> {
        self.perform(Way::Redo)
    }

    /// Deletes what is left of some text, and of what stands for it; none where nothing of it is left.
    pub(in crate::document) fn retract(&mut self, ids: &[IdRange]) -> Option<UndoneEdit> {
        self.undo.stop_group();
        self.sequence.changes.watch(self.sequence.tree.total().bytes == 0);
        let mut deletions = Vec::new();
        for range in ids {
            let writers = &self.sequence.writers;
            let Some(writer) = writers.find(range.client) else { continue };
            let len = range.end.min(writers.clock(writer)).saturating_sub(range.start);
            let first = Unit { writer, clock: range.start };
            self.undo.forget(first, len);
            for (unit, len) in self.undo.follow(first, len) {
                self.undo.forget(unit, len);
                self.delete_again(unit, len, &mut Group::default(), &mut deletions);
            }
        }
        let update = self.update_since(self.me, self.sequence.writers.clock(self.me), &mut deletions);
        let delta = Changes::finish(&mut self.sequence);
        self.sequence.writers.settle();
        (!deletions.is_empty()).then_some(UndoneEdit { update, delta })
    }

    fn perform(&mut self, way: Way) -> Option<UndoneEdit> {
        self.undo.stop_group();
        loop {
            let groups = if way == Way::Undo { &mut self.undo.done } else { &mut self.undo.undone };
            let group = groups.pop_back()?;
            let (inverse, update, delta) = self.carry_out(group);
            if inverse.is_empty() {
                continue;
            }
            let others = if way == Way::Undo { &mut self.undo.undone } else { &mut self.undo.done };
            push_bounded(others, inverse, self.undo.groups_max);
            return Some(UndoneEdit { update, delta });
        }
    }

    /// Reverses a group, and gives the group that reverses that, with the update and what changed.
    fn carry_out(&mut self, group: Group) -> (Group, Vec<u8>, TextDelta) {
        self.sequence.changes.watch(self.sequence.tree.total().bytes == 0);
        let clock = self.sequence.writers.clock(self.me);
        let mut inverse = Group::default();
        let mut deletions = Vec::new();
        for clocks in group.inserted {
            let first = Unit { writer: self.me, clock: clocks.start };
            for (unit, len) in self.undo.follow(first, clocks.end - clocks.start) {
                self.delete_again(unit, len, &mut inverse, &mut deletions);
            }
        }
        self.bring_back(group.removed);
        inverse.insert(clock..self.sequence.writers.clock(self.me));
        let update = self.update_since(self.me, clock, &mut deletions);
        let delta = Changes::finish(&mut self.sequence);
        self.sequence.writers.settle();
        (inverse, update, delta)
    }

    fn delete_again(&mut self, unit: Unit, len: u32, inverse: &mut Group, deletions: &mut Vec<IdRange>) {
        let Self { sequence, kept, .. } = self;
        let client = sequence.writers.client(unit.writer);
        sequence.delete(unit.writer, unit.clock..unit.clock + len, |run, text| {
            kept.keep(run, text);
            deletions.push(IdRange { client, start: run.first.clock, end: run.end() });
            inverse.remove_older(RemovedText { first: run.first, text: text.to_owned() });
        });
    }

    /// Inserts deleted texts again, each directly before what is left of it. Those side by side come back as one.
    fn bring_back(&mut self, removed: Vec<RemovedText>) {
        let mut pieces: Vec<RemovedText> = removed.into_iter().flat_map(|piece| self.by_runs(piece)).collect();
        let sequence = &self.sequence;
        pieces.sort_by(|one, other| match (sequence.locate(one.first), sequence.locate(other.first)) {
            (Some(left), Some(right)) if left != right => sequence.tree.compare(left, right),
            _ => one.first.clock.cmp(&other.first.clock),
        });
        // The piece before and the last unit that stands for it.
        let mut before: Option<(Unit, Unit)> = None;
        for piece in pieces {
            let last = Unit { clock: piece.end() - 1, ..piece.first };
            before = self.bring_back_one(&piece, before).map(|new| (last, new));
        }
    }

    /// A deleted text, divided where its units are no longer in one run.
    fn by_runs(&self, piece: RemovedText) -> Vec<RemovedText> {
        let mut pieces = Vec::new();
        let mut rest = piece;
        while let Some(place) = self.sequence.locate(rest.first) {
            let run = self.sequence.tree.run(place);
            if rest.end() <= run.end() {
                pieces.push(rest);
                return pieces;
            }
            let (left, right) = rest.split(run.end());
            pieces.push(left);
            rest = right;
        }
        pieces
    }

    /// Brings one text back, and gives the last unit that stands for it now.
    fn bring_back_one(&mut self, piece: &RemovedText, before: Option<(Unit, Unit)>) -> Option<Unit> {
        let units = piece.len();
        let clock = self.sequence.writers.clock(self.me);
        let bytes = index(self.sequence.tree.total().bytes) + piece.text.len();
        if units == 0 || units > MAX_CLOCK - clock || bytes > TEXT_BYTES_MAX {
            return None;
        }
        let sequence = &mut self.sequence;
        let old = sequence.starting_with(piece.first)?;
        let mut left = sequence.tree.left_of(old);
        let mut right = Some(piece.first);
        if let (Some((old_last, new_last)), Some(place)) = (before, left)
            && sequence.tree.run(place).last() == old_last
        {
            // Its old neighbour came back just now: go on behind that.
            left = sequence.ending_with(new_last);
            right = sequence.tree.right_of(left).map(|place| sequence.tree.run(place).first);
        }
        let origin = left.map(|place| sequence.tree.run(place).last());
        sequence.insert(left, self.me, (origin, right), NewText::Visible(&piece.text));
        let first = Unit { writer: self.me, clock };
        self.undo.returned.insert(piece.first, (units, first));
        Some(Unit { clock: clock + units - 1, ..first })
    }
}
