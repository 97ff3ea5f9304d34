//! The text of deleted runs, where a document keeps it for its history. Knows ids and texts, no order.

use super::run::{Run, Unit, Writer};
use crate::document::units::{split_utf16, utf16_len};
use std::{borrow::Cow, collections::BTreeMap, ops::Range};

/// Deleted texts by their first units; empty in a document that forgets.
#[derive(Debug)]
pub(super) struct Kept {
    wanted: bool,
    texts: BTreeMap<Unit, String>,
}

/// A stretch of deleted units, and their text where it was kept.
pub(super) type KeptPiece<'a> = (Range<u32>, Option<Cow<'a, str>>);

impl Kept {
    /// Keeps what is deleted from now on, if it is wanted.
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted, texts: BTreeMap::new() }
    }

    /// A run with this text is about to be deleted.
    pub(super) fn keep(&mut self, run: &Run, text: &str) {
        if self.wanted {
            self.texts.insert(run.first, text.to_owned());
        }
    }

    /// A range of a writer's deleted clocks in pieces, each either with its text or without.
    pub(super) fn pieces(&self, writer: Writer, range: Range<u32>) -> Vec<KeptPiece<'_>> {
        if self.texts.is_empty() {
            return vec![(range, None)];
        }
        let unit = |clock| Unit { writer, clock };
        let mut pieces: Vec<KeptPiece<'_>> = Vec::new();
        let mut clock = range.start;
        let before = self.texts.range(unit(0)..unit(range.start)).next_back();
        for (first, text) in before.into_iter().chain(self.texts.range(unit(range.start)..unit(range.end))) {
            let end = first.clock + super::sums::count(utf16_len(text));
            if end <= clock {
                continue;
            }
            if first.clock > clock {
                pieces.push((clock..first.clock, None));
            }
            let cut = clock.max(first.clock)..end.min(range.end);
            pieces.push((cut.clone(), Some(cut_to(text, first.clock, &cut))));
            clock = cut.end;
        }
        if clock < range.end {
            pieces.push((clock..range.end, None));
        }
        pieces
    }
}

/// The part of a text, which starts at the clock `start`, that a range of clocks covers.
fn cut_to<'a>(text: &'a str, start: u32, range: &Range<u32>) -> Cow<'a, str> {
    let units = |clock: u32| super::sums::index(clock - start);
    if range.start == start && units(range.end) == utf16_len(text) {
        return Cow::Borrowed(text);
    }
    let (left, _) = split_utf16(text, units(range.end));
    Cow::Owned(split_utf16(&left, units(range.start)).1)
}
