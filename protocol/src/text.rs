//! Changes of a text as a view sees them: splices, and the difference between two texts. Knows no CRDT.

use crate::position::ByteOffset;
use std::ops::Range;

mod diff;

pub use diff::difference;

/// One change: at `at`, `removed` bytes go and `inserted` comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// Where, in the text as the splices before this one left it.
    pub at: ByteOffset,
    /// How much goes, in bytes.
    pub removed: usize,
    /// What comes.
    pub inserted: String,
}

impl Splice {
    /// The range that goes, in the text as the splices before this one left it.
    pub fn range(&self) -> Range<ByteOffset> {
        self.at.span(self.removed)
    }

    /// Where a place in the text is after this splice. A place inside the removed range goes to its start. At a pure insertion
    /// exactly at the place, `stays_before` says whether the place stays before the new text.
    #[must_use]
    pub fn map(&self, place: ByteOffset, stays_before: bool) -> ByteOffset {
        let (at, end) = (self.at.0, self.at.0.saturating_add(self.removed));
        if place.0 < at || (place.0 == at && (stays_before || self.removed > 0)) {
            place
        } else if place.0 >= end {
            ByteOffset(place.0 - self.removed + self.inserted.len())
        } else {
            self.at
        }
    }
}

/// What an edit did to a text: splices in ascending order, each placed in the text as the ones before it left it, so that
/// they are applied simply one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextDelta {
    /// The changes, first to last.
    pub splices: Vec<Splice>,
}

impl TextDelta {
    /// Whether the text stayed the same.
    pub fn is_empty(&self) -> bool {
        self.splices.is_empty()
    }

    /// Where a place is after all the splices: see [`Splice::map`].
    #[must_use]
    pub fn map(&self, place: ByteOffset, stays_before: bool) -> ByteOffset {
        self.splices.iter().fold(place, |place, splice| splice.map(place, stays_before))
    }

    /// Applies the splices to a text. A splice that does not fit the text (its own delta always does) is left out.
    pub fn apply_to(&self, text: &mut String) {
        for splice in &self.splices {
            let range = splice.at.0..splice.at.0.saturating_add(splice.removed);
            if text.get(range.clone()).is_some() {
                text.replace_range(range, &splice.inserted);
            }
        }
    }

    /// How much changes, in bytes removed and inserted.
    pub fn size(&self) -> usize {
        self.splices.iter().map(|splice| splice.removed + splice.inserted.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(at: usize, removed: usize, inserted: &str) -> Splice {
        Splice { at: ByteOffset(at), removed, inserted: inserted.to_owned() }
    }

    #[test]
    fn places_move_with_the_text_around_them() {
        let insertion = splice(3, 0, "xy");
        assert_eq!(insertion.map(ByteOffset(2), false), ByteOffset(2));
        assert_eq!(insertion.map(ByteOffset(3), false), ByteOffset(5));
        assert_eq!(insertion.map(ByteOffset(3), true), ByteOffset(3));
        let replacement = splice(3, 4, "xy");
        assert_eq!(replacement.map(ByteOffset(3), false), ByteOffset(3));
        assert_eq!(replacement.map(ByteOffset(5), false), ByteOffset(3));
        assert_eq!(replacement.map(ByteOffset(7), false), ByteOffset(5));
    }

    #[test]
    fn a_delta_is_applied_splice_by_splice() {
        let delta = TextDelta { splices: vec![splice(0, 1, "HH"), splice(4, 2, "")] };
        let mut text = "hello!".to_owned();
        delta.apply_to(&mut text);
        assert_eq!(text, "HHel!");
        assert_eq!(delta.size(), 5);
    }
}
