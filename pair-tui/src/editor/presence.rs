//! Where this participant is in a document, as the others are told: selections and what is seen, by places that stay on their text.

use super::{Editor, selection::Selection};
use protocol::{
    ByteOffset,
    position::Association,
    presence::{AnchoredSelection, Presence, SELECTIONS_MAX},
};
use std::{iter::once, ops::Range};

impl Editor {
    /// Where this participant is: every selection, the main one first, as far as a presence holds them.
    pub fn presence(&self) -> Presence {
        let further = self.further_selections().iter().map(|selection| self.anchored(*selection, &selection.range()));
        let selections = once(self.anchored(self.selection, &self.selected())).chain(further);
        let Range { start: first, end: last } = self.visible();
        Presence {
            document: self.path.clone(),
            selections: selections.take(SELECTIONS_MAX).collect(),
            visible: Some(AnchoredSelection {
                anchor: self.buffer.anchor(first, Association::After),
                head: self.buffer.anchor(last, Association::Before),
            }),
            following: None,
        }
    }

    /// A selection that takes in this range: text that others write at its ends stays outside.
    fn anchored(&self, selection: Selection, range: &Range<ByteOffset>) -> AnchoredSelection {
        let is_backward = selection.head < selection.anchor;
        let (from, to) = if is_backward { (range.end, range.start) } else { (range.start, range.end) };
        let side = |place| {
            if place == range.start && range.start != range.end { Association::After } else { Association::Before }
        };
        let anchor = |place| self.buffer.anchor(place, side(place));
        AnchoredSelection { anchor: anchor(from), head: anchor(to) }
    }
}
