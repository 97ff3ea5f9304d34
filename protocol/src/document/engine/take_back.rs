//! Taking back an update that was refused half-way. Knows what came with the update from the writers' list and the account of
//! changes; runs that were only split stay split, which nobody can see.

use super::{run::Unit, sequence::Sequence, sums::Sums};

impl Sequence {
    /// Removes all units that came since the change began, and the writers after the first `writers`.
    pub(super) fn take_back(&mut self, writers: usize) {
        let fresh: Vec<_> = self.writers.fresh().collect();
        for (writer, range) in fresh {
            let mut clock = range.start;
            while clock < range.end {
                let unit = Unit { writer, clock };
                clock = match self.starting_with(unit) {
                    Some(place) => {
                        let end = self.tree.run(place).end();
                        let gone = self.tree.leaf_mut(place.leaf).remove(place.slot);
                        self.tree.shrink(place.leaf, gone);
                        self.tree.remove_empty(place.leaf);
                        end
                    }
                    None => self.writers.leaf_of(unit).map_or(range.end, |(_, end)| end),
                };
            }
        }
        self.writers.forget_fresh();
        self.writers.truncate(writers);
        for (unit, pair) in self.changes.take_cut().into_iter().rev() {
            self.restore_pair(unit, pair);
        }
        self.changes = super::changes::Changes::default();
    }

    /// Joins the halves of a surrogate pair that was cut, `unit` and the one behind it, which are side by side again.
    fn restore_pair(&mut self, unit: Unit, pair: char) {
        let second = Unit { clock: unit.clock + 1, ..unit };
        let (Some(left), Some(right)) = (self.locate(unit), self.locate(second)) else { return };
        let split_there = self.tree.run(left).last() == unit && self.tree.run(right).first == second;
        if !split_there || self.tree.right_of(Some(left)) != Some(right) {
            return;
        }
        let gone = self.tree.leaf_mut(right.leaf).drop_half(right.slot);
        self.tree.shrink(right.leaf, gone);
        self.tree.remove_empty(right.leaf);
        self.tree.leaf_mut(left.leaf).restore_pair(left.slot, pair);
        self.tree.grow(left.leaf, Sums { bytes: 1, units: 1, lines: 0 });
        self.writers.moved(second, 1, left.leaf);
    }
}
