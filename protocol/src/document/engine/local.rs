//! Edits by whoever sits at this document: where in the text becomes between which runs. Knows places in bytes, and no other replica.

use super::{
    Engine, Refusal, TEXT_BYTES_MAX,
    encode::write_edit,
    run::Unit,
    sequence::NewText,
    sums::{count, index},
    undo::RemovedText,
};
use crate::{
    document::{
        units::utf16_len,
        update::{IdRange, MAX_CLOCK},
    },
    position::ItemId,
};
use std::ops::Range;

impl Engine {
    /// Replaces a range, in bytes on character boundaries within the text, and gives the update for the others.
    ///
    /// # Errors
    /// [`Refusal`] where the document or the writer's clock would become too large; the document is unchanged.
    pub(in crate::document) fn edit(
        &mut self,
        range: Range<usize>,
        text: &str,
        at_ms: u64,
    ) -> Result<Vec<u8>, Refusal> {
        let units = count(utf16_len(text));
        let clock = self.sequence.writers.clock(self.me);
        if index(self.sequence.tree.total().bytes) + text.len() > TEXT_BYTES_MAX || units > MAX_CLOCK - clock {
            return Err(Refusal::TooLarge);
        }
        let (mut removed, mut deletions) = (Vec::new(), Vec::new());
        self.delete_local(range.clone(), &mut removed, &mut deletions);
        let inserted = if text.is_empty() { None } else { Some(self.insert_local(range.start, text)) };
        self.undo.record(at_ms, self.me, clock..clock + units, removed);
        self.sequence.writers.settle();
        let inserted = inserted.map(|(id, neighbours)| (id, neighbours, text));
        Ok(write_edit(inserted, &mut deletions))
    }

    /// Deletes a range of bytes.
    fn delete_local(&mut self, range: Range<usize>, removed: &mut Vec<RemovedText>, deletions: &mut Vec<IdRange>) {
        let Self { sequence, kept, undo, .. } = self;
        let mut left = range.len();
        if left == 0 {
            return;
        }
        sequence.run_before_byte(range.start);
        while left > 0 {
            // What was at the start is gone, so the next is there now.
            let Some(mut place) = sequence.run_at_byte(range.start) else { return };
            if index(sequence.tree.run(place).bytes) > left {
                let Some(first_part) = sequence.run_before_byte(range.start + left) else { return };
                place = first_part;
            }
            let run = *sequence.tree.run(place);
            let text = sequence.tree.leaf(place.leaf).text_of(place.slot);
            kept.keep(&run, text);
            if undo.is_wanted() {
                removed.push(RemovedText { first: run.first, text: text.to_owned() });
            }
            deletions.push(IdRange {
                client: sequence.writers.client(run.first.writer),
                start: run.first.clock,
                end: run.end(),
            });
            sequence.delete_run(place);
            sequence.writers.deleted(run.first, run.len);
            left = left.saturating_sub(index(run.bytes));
        }
    }

    /// Inserts a text at a byte, directly behind the character before it, and gives its id and its neighbours.
    fn insert_local(&mut self, at: usize, text: &str) -> (ItemId, [Option<ItemId>; 2]) {
        let Self { sequence, me, .. } = self;
        let left = sequence.run_before_byte(at);
        let origin = left.map(|place| sequence.tree.run(place).last());
        let right_origin = sequence.tree.right_of(left).map(|place| sequence.tree.run(place).first);
        let id = |unit: Unit| sequence.writers.id(unit);
        let ids = [origin.map(id), right_origin.map(id)];
        let first = id(Unit { writer: *me, clock: sequence.writers.clock(*me) });
        sequence.insert(left, *me, (origin, right_origin), NewText::Visible(text));
        (first, ids)
    }
}
