//! Runs: text that one writer inserted in one go, or went on inserting at the end of it. Knows neither where a run lies nor its
//! text; `leaf` keeps both together.

use std::num::NonZeroU32;

/// A writer by their number in this document's list of writers (see `writers`): four bytes instead of eight, and a place in the
/// list at the same time. It means nothing outside of this document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Writer(NonZeroU32);

impl Writer {
    /// The writer at a place in the list.
    pub(super) fn at(index: usize) -> Self {
        let number = u32::try_from(index).ok().and_then(|index| NonZeroU32::new(index.wrapping_add(1)));
        Self(number.unwrap_or(NonZeroU32::MAX))
    }

    /// The writer's place in the list.
    pub(super) fn index(self) -> usize {
        super::sums::index(self.0.get() - 1)
    }
}

/// One UTF-16 code unit of the document's history: who wrote it, and the how-manieth of that writer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Unit {
    /// The writer.
    pub(super) writer: Writer,
    /// Which of the writer's units, from 0.
    pub(super) clock: u32,
}

/// Units of one writer with rising clocks that lie side by side, each inserted behind the one before it. Either all of them are
/// visible or all are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The first unit.
    pub(super) first: Unit,
    /// How many units, not zero.
    pub(super) len: u32,
    /// The length of its text in UTF-8 bytes; 0 where it is deleted.
    pub(super) bytes: u32,
    /// The unit that was left of the first one when it was inserted; `None` is the start of the text.
    pub(super) origin: Option<Unit>,
    /// The unit that was right of all of them when they were inserted; `None` is the end of the text.
    pub(super) right_origin: Option<Unit>,
}

// A document is mostly runs, so their size is the document's.
const _: () = assert!(size_of::<Run>() == 32);

impl Run {
    /// The clock after the last unit.
    pub(super) fn end(&self) -> u32 {
        self.first.clock + self.len
    }

    /// The last unit.
    pub(super) fn last(&self) -> Unit {
        Unit { writer: self.first.writer, clock: self.end() - 1 }
    }

    /// Whether the text is gone.
    pub(super) fn is_deleted(&self) -> bool {
        self.bytes == 0
    }

    /// Whether every unit takes one byte, so that places in units are places in bytes.
    pub(super) fn is_ascii(&self) -> bool {
        self.bytes == self.len
    }

    /// Whether `unit` is one of its units.
    pub(super) fn contains(&self, unit: Unit) -> bool {
        self.first.writer == unit.writer && unit.clock.wrapping_sub(self.first.clock) < self.len
    }

    /// Whether `next`, lying right of it, says the same as more units at the end of this run would (`Item.mergeWith` in Yjs).
    pub(super) fn is_continued_by(&self, next: &Self) -> bool {
        next.first.writer == self.first.writer
            && next.first.clock == self.end()
            && next.origin == Some(self.last())
            && next.right_origin == self.right_origin
            && next.is_deleted() == self.is_deleted()
    }
}
