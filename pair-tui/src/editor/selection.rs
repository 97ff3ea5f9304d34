//! A selection: where it was begun, where its cursor is, and the column that vertical moves aim at. Knows no text.

use super::position::Cells;
use protocol::{
    ByteOffset,
    text::{Splice, TextDelta},
};
use std::ops::Range;

/// What a selection takes in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SelectionKind {
    /// What is between its two ends; the cursor is between two characters.
    #[default]
    Between,
    /// Nothing; the cursor is on a character.
    On,
    /// The characters under both ends and what is between.
    Characters,
    /// The lines of both ends and what is between.
    Lines,
    /// In each of these lines the columns between both ends; up to the line's end where vertical moves aim there.
    Block,
}

/// A selection in a text; a plain cursor where both ends are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// Where it was begun.
    pub anchor: ByteOffset,
    /// Where the cursor is.
    pub head: ByteOffset,
    /// The column that moves up and down aim at, while a shorter line is passed.
    pub goal: Option<Cells>,
}

impl Selection {
    /// A plain cursor.
    pub fn cursor(at: ByteOffset) -> Self {
        Self { anchor: at, head: at, goal: None }
    }

    /// A selection from `anchor` to the cursor at `head`.
    pub fn new(anchor: ByteOffset, head: ByteOffset) -> Self {
        Self { anchor, head, goal: None }
    }

    /// The selected range, its ends in order.
    pub fn range(&self) -> Range<ByteOffset> {
        self.anchor.min(self.head)..self.anchor.max(self.head)
    }

    /// Whether nothing is selected.
    pub fn is_cursor(&self) -> bool {
        self.anchor == self.head
    }

    /// The selection after its cursor moved; `extend` keeps where it was begun.
    #[must_use]
    pub fn moved(&self, head: ByteOffset, extend: bool) -> Self {
        Self { anchor: if extend { self.anchor } else { head }, head, goal: None }
    }

    /// The selection on the same text after somebody else changed it. Text that comes exactly at an end stays outside; a cursor
    /// stays before text that comes where it stands.
    #[must_use]
    pub fn mapped(&self, delta: &TextDelta) -> Self {
        delta.splices.iter().fold(*self, |selection, splice| selection.mapped_once(splice, true))
    }

    /// The selection on the same characters after somebody else changed the text: both ends stand on a character, and stay on it
    /// when text comes right before it.
    #[must_use]
    pub fn mapped_on_characters(&self, delta: &TextDelta) -> Self {
        Self { anchor: delta.map(self.anchor, false), head: delta.map(self.head, false), goal: self.goal }
    }

    /// As [`Selection::mapped`], for a cursor at the start of a line: it goes along with its line where whole lines come before
    /// it, as the viewport does.
    #[must_use]
    pub fn mapped_with_line(&self, delta: &TextDelta) -> Self {
        let stays = |splice: &Splice| splice.removed > 0 || !splice.inserted.ends_with('\n');
        delta.splices.iter().fold(*self, |selection, splice| selection.mapped_once(splice, stays(splice)))
    }

    fn mapped_once(&self, splice: &Splice, cursor_stays: bool) -> Self {
        let is_cursor = self.is_cursor() && cursor_stays;
        let map = |place, other| splice.map(place, is_cursor || place > other);
        let (anchor, head) = (map(self.anchor, self.head), map(self.head, self.anchor));
        Self { anchor, head, goal: self.goal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_at_the_ends_of_a_selection_stays_outside() {
        let at = |at, inserted: &str| TextDelta {
            splices: vec![Splice { at: ByteOffset(at), removed: 0, inserted: inserted.to_owned() }],
        };
        let selection = Selection::new(ByteOffset(2), ByteOffset(5));
        assert_eq!(selection.mapped(&at(2, "xx")).range(), ByteOffset(4)..ByteOffset(7));
        assert_eq!(selection.mapped(&at(5, "xx")).range(), ByteOffset(2)..ByteOffset(5));
        let backwards = Selection::new(ByteOffset(5), ByteOffset(2)).mapped(&at(2, "x"));
        assert_eq!((backwards.anchor, backwards.head), (ByteOffset(6), ByteOffset(3)));
        assert_eq!(Selection::cursor(ByteOffset(2)).mapped(&at(2, "x")), Selection::cursor(ByteOffset(2)));
    }

    #[test]
    fn a_cursor_at_the_start_of_a_line_stays_with_its_line() {
        let at_two = |inserted: &str| TextDelta {
            splices: vec![Splice { at: ByteOffset(2), removed: 0, inserted: inserted.to_owned() }],
        };
        let cursor = Selection::cursor(ByteOffset(2));
        assert_eq!(cursor.mapped_with_line(&at_two("a line\n")), Selection::cursor(ByteOffset(9)));
        assert_eq!(cursor.mapped_with_line(&at_two("a word")), cursor);
    }
}
