//! Marks: named places that stay on their text while anybody edits.

use super::jumps::Jumps;
use protocol::{ByteOffset, text::Splice};
use std::collections::BTreeMap;

/// The marks of one document. Besides `a` to `z`: `<` and `>` for the last selection, `[` and `]` for the last change, `'` for
/// where the last jump began, `.` for the last change, `^` for where insert mode ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    places: BTreeMap<char, ByteOffset>,
    /// Whether the last selection was of lines.
    pub selected_lines: bool,
    pub jumps: Jumps,
}

impl Marks {
    pub fn get(&self, name: char) -> Option<ByteOffset> {
        let name = if name == '`' { '\'' } else { name };
        self.places.get(&name).copied()
    }

    pub fn set(&mut self, name: char, at: ByteOffset) {
        let name = if name == '`' { '\'' } else { name };
        self.places.insert(name, at);
    }

    /// Keeps all marks on their text after a change.
    pub fn map(&mut self, at: ByteOffset, removed: usize, inserted: usize) {
        self.jumps.map(at, removed, inserted);
        self.places.values_mut().for_each(|place| *place = map(*place, at, removed, inserted));
    }
}

/// A place on the same character after a change: text that comes right before it moves it.
pub(super) fn map(place: ByteOffset, at: ByteOffset, removed: usize, inserted: usize) -> ByteOffset {
    let end = Splice { at, removed, inserted: String::new() }.range().end;
    if place < at || (place == at && removed > 0) {
        place
    } else if place >= end {
        ByteOffset(place.0 - removed + inserted)
    } else {
        at
    }
}
