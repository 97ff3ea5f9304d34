//! The engine of the document: a text CRDT that merges as Yjs does (YATA). Knows runs, ids and places in bytes; the bytes of updates
//! are `update`'s, checks of a caller's places are `document`'s.
//!
//! What an engineer should know before reading on: the document's history is a list of runs (`run`), visible and deleted ones, in an
//! order that all replicas agree on. `tree` keeps them in that order and sums up the visible text; `writers` knows in which leaf
//! each unit of each writer lies; `sequence` changes both together. `deliver` takes an update apart, `integrate` finds each run's
//! place, `local` edits, `undo` takes back. See `docs/decisions/010-document-engine.md`.

use super::{
    DocumentOptions,
    update::{IdRange, StateVector},
};
use crate::ids::ClientId;

mod anchors;
mod arena;
mod changes;
mod clock_map;
mod deliver;
mod encode;
mod integrate;
mod kept;
mod leaf;
mod local;
mod pending;
mod run;
mod sequence;
mod sums;
mod take_back;
mod tree;
mod undo;
mod writers;

pub use pending::PENDING_BYTES_MAX;

use kept::Kept;
use pending::Pending;
use run::Writer;
use sequence::Sequence;
use sums::index;
use undo::Undo;

/// Most bytes of visible text in one document.
pub const TEXT_BYTES_MAX: usize = 1 << 31;

/// Why the engine did not take an edit or an update that is well-formed. The document is unchanged then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The neighbours that a struct names were never side by side.
    #[error("text of client {client} at clock {clock} names two neighbours that were never side by side")]
    Neighbours {
        /// Whose text.
        client: ClientId,
        /// The clock of its first code unit.
        clock: u32,
    },
    /// Finding the places of all structs would take too long.
    #[error("too many insertions at one place for one update; send it in parts")]
    TooManyConcurrent,
    /// What waits for earlier updates would take too much memory.
    #[error("more than {PENDING_BYTES_MAX} bytes of updates would wait for earlier ones; send the earlier ones first")]
    TooMuchPending,
    /// The update stands on text that is not here, and nothing may wait.
    #[error("the update stands on text that the document does not have; send that first, or all of it as a difference")]
    Incomplete,
    /// The text or a writer's clock would pass its bound.
    #[error("the text would be longer than {TEXT_BYTES_MAX} bytes, or its writer's clock is used up")]
    TooLarge,
}

/// One text and its history.
#[derive(Debug)]
pub(super) struct Engine {
    /// Who edits here.
    me: Writer,
    sequence: Sequence,
    pending: Pending,
    undo: Undo,
    kept: Kept,
    /// How many updates found or left something that waits.
    waits: u64,
}

impl Engine {
    pub(super) fn new(client: ClientId, options: DocumentOptions) -> Self {
        let mut sequence = Sequence::new();
        let me = sequence.writers.intern(client);
        let (undo, kept) = (Undo::new(options.undo_groups), Kept::new(options.keep_deleted));
        Self { me, sequence, pending: Pending::default(), undo, kept, waits: 0 }
    }

    /// The length of the text in bytes.
    pub(super) fn len(&self) -> usize {
        index(self.sequence.tree.total().bytes)
    }

    /// About how many bytes of memory the history takes: its runs and their text, which are almost all of it.
    pub(super) fn memory_bytes(&self) -> usize {
        self.sequence.tree.leaves().map(|leaf| size_of::<leaf::Leaf>() + leaf.held_bytes()).sum()
    }

    /// The length of the text in UTF-16 code units.
    pub(super) fn len_utf16(&self) -> usize {
        index(self.sequence.tree.total().units)
    }

    /// How many line feeds there are.
    pub(super) fn line_feeds(&self) -> usize {
        index(self.sequence.tree.total().lines)
    }

    /// The text in pieces, none of them empty.
    pub(super) fn chunks(&self) -> impl Iterator<Item = &str> {
        self.sequence.tree.leaves().map(leaf::Leaf::text).filter(|text| !text.is_empty())
    }

    /// A place in bytes as UTF-16 code units and line.
    pub(super) fn place_of_byte(&self, at: usize) -> (usize, usize) {
        self.sequence.tree.place_of_byte(at)
    }

    /// A place in UTF-16 code units in bytes.
    pub(super) fn byte_of_utf16(&self, at: usize) -> usize {
        self.sequence.tree.byte_of_utf16(at)
    }

    /// Where a line starts, in bytes.
    pub(super) fn line_start(&self, line: usize) -> Option<usize> {
        self.sequence.tree.line_start(line)
    }

    /// Whether a place in bytes, within the text, is between two characters.
    pub(super) fn is_char_boundary(&self, at: usize) -> bool {
        self.sequence.tree.is_char_boundary(at)
    }

    /// How many units of a client are here.
    pub(super) fn clock(&self, client: ClientId) -> u32 {
        let writers = &self.sequence.writers;
        writers.find(client).map_or(0, |writer| writers.clock(writer))
    }

    /// How many units of everybody are here.
    pub(super) fn state(&self) -> StateVector {
        let writers = &self.sequence.writers;
        let mut state = StateVector::default();
        writers.highest_first().for_each(|writer| state.set(writers.client(writer), writers.clock(writer)));
        state
    }

    /// Grows with each change of what is inserted or deleted, and whenever something waits.
    pub(super) fn revision(&self) -> u64 {
        self.sequence.writers.changes() + self.waits
    }

    /// Everything that is deleted.
    pub(super) fn deletions(&self) -> Vec<IdRange> {
        self.sequence.writers.deletions()
    }

    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    pub(super) fn stop_undo_group(&mut self) {
        self.undo.stop_group();
    }

    pub(super) fn can_undo(&self) -> bool {
        self.undo.can_undo()
    }

    pub(super) fn can_redo(&self) -> bool {
        self.undo.can_redo()
    }
}
