//! Places that stay with a character: Yjs's relative positions (`src/utils/RelativePosition.js` of github.com/yjs/yjs). Knows ids
//! and places in bytes.

use super::{
    Engine,
    run::Unit,
    sums::{count, index},
};
use crate::{
    document::units::utf16_len,
    position::{Association, ItemId},
};

impl Engine {
    /// The unit that a place in the text belongs to; none at the end or start of the text, as the association says.
    pub(in crate::document) fn anchor(&self, at: usize, assoc: Association) -> Option<ItemId> {
        let tree = &self.sequence.tree;
        let unit = match assoc {
            Association::Before => {
                let (leaf, before) = tree.seek_byte(at);
                let spot = tree.leaf(leaf).spot_before(at.checked_sub(index(before.bytes)).filter(|_| at > 0)?)?;
                let text = tree.leaf(leaf).text_of(spot.slot).get(..spot.offset).unwrap_or_default();
                let first = tree.leaf(leaf).runs().get(spot.slot)?.first;
                Unit { clock: first.clock + count(utf16_len(text)) - 1, ..first }
            }
            Association::After => {
                let (leaf, before) = tree.seek_byte(at + 1);
                let spot = tree.leaf(leaf).spot_before((at + 1).checked_sub(index(before.bytes))?)?;
                let text = tree.leaf(leaf).text_of(spot.slot).get(..spot.offset - 1).unwrap_or_default();
                let first = tree.leaf(leaf).runs().get(spot.slot)?.first;
                Unit { clock: first.clock + count(utf16_len(text)), ..first }
            }
        };
        Some(self.sequence.writers.id(unit))
    }

    /// Where the place of an anchor is now, in bytes; none where the unit is unknown. The place of a deleted unit is where it was, or
    /// where an undo brought it back to.
    pub(in crate::document) fn resolve(&self, item: ItemId, assoc: Association) -> Option<usize> {
        let unit = self.undo.follow_unit(self.sequence.writers.unit(item)?);
        let place = self.sequence.locate(unit)?;
        let run = self.sequence.tree.run(place);
        if run.is_deleted() || assoc == Association::After {
            return self.sequence.byte_of(unit);
        }
        if unit.clock + 1 < run.end() {
            return self.sequence.byte_of(Unit { clock: unit.clock + 1, ..unit });
        }
        Some(self.sequence.byte_of(run.first)? + index(run.bytes))
    }
}
