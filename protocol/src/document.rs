//! The shared document: one text that many write at once. Hides the engine completely, and knows nothing of rooms, sockets or
//! time: whoever edits says when.

use crate::{
    ids::ClientId,
    position::{Anchor, Association, ByteOffset, LineColumn, Utf16Offset},
    text::{Splice, TextDelta},
};
use ropey::Rope;
use std::ops::Range;

pub mod units;
pub mod update;
mod yrs_engine;

use update::{StateVector, UpdateError, UpdateSummary};
use yrs_engine::{Engine, UnitSplice};

/// Edits within this many milliseconds of each other are undone together.
pub const UNDO_GROUP_MS: u64 = 500;

/// Most UTF-16 code units that an update may lie beyond what the document has from its writer; it is kept until they come.
pub const CLOCK_GAP_MAX: u32 = 1 << 22;

/// Why a document did not take an edit or an update. It is unchanged then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The place lies behind the end of the text.
    #[error("{wanted} is behind the end of the text at {end}")]
    BehindEnd {
        /// The place that was asked for, with its unit.
        wanted: String,
        /// The end of the text, with its unit.
        end: String,
    },
    /// The range ends before it starts.
    #[error("the range from {start} to {end} is backwards")]
    Backwards {
        /// Where it starts.
        start: ByteOffset,
        /// Where it ends.
        end: ByteOffset,
    },
    /// The place lies inside a character.
    #[error("{0} is inside a character")]
    InsideCharacter(ByteOffset),
    /// The bytes are no update of a text.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The update lies too far beyond what the document has.
    #[error(
        "the update continues client {client} at clock {start}, the document has {known}: more than {CLOCK_GAP_MAX} are missing"
    )]
    Gap {
        /// Whose text.
        client: ClientId,
        /// Where the update starts.
        start: u32,
        /// Where the document ends.
        known: u32,
    },
    /// The engine refused the update.
    #[error("the update does not fit the document: {0}")]
    Refused(String),
}

/// What an undo or redo did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneEdit {
    /// The update for the others.
    pub update: Vec<u8>,
    /// What changed in the text.
    pub delta: TextDelta,
}

/// One text that many write at once: a CRDT that speaks Yjs v1 bytes.
///
/// All replicas that have the same updates hold the same text, in whatever order the updates came.
pub struct Document {
    client: ClientId,
    engine: Engine,
    /// The text again, for the conversions between bytes, UTF-16 code units and lines that the engine can't do quickly.
    text: Rope,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document {{ client: {}, bytes: {} }}", self.client, self.text.len_bytes())
    }
}

impl Document {
    /// An empty document that writes as `client`.
    pub fn new(client: ClientId) -> Self {
        Self { client, engine: Engine::new(client), text: Rope::new() }
    }

    /// A document with everything that a snapshot or any other complete update holds.
    ///
    /// # Errors
    /// [`DocumentError`] where the bytes are no update of a text.
    pub fn from_snapshot(client: ClientId, snapshot: &[u8]) -> Result<Self, DocumentError> {
        let mut document = Self::new(client);
        document.apply(snapshot)?;
        Ok(document)
    }

    /// The CRDT client id that local edits are written under.
    pub fn client(&self) -> ClientId {
        self.client
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.text.to_string()
    }

    /// The text in pieces, without copying it.
    pub fn chunks(&self) -> impl Iterator<Item = &str> {
        self.text.chunks()
    }

    /// The end of the text in bytes.
    pub fn len(&self) -> ByteOffset {
        ByteOffset(self.text.len_bytes())
    }

    /// The end of the text in UTF-16 code units.
    pub fn len_utf16(&self) -> Utf16Offset {
        Utf16Offset(self.text.len_utf16_cu())
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == ByteOffset::START
    }

    /// A place in UTF-16 code units. A place inside a character counts as its start.
    ///
    /// # Errors
    /// [`DocumentError::BehindEnd`].
    pub fn utf16_of_byte(&self, at: ByteOffset) -> Result<Utf16Offset, DocumentError> {
        let character = self.text.try_byte_to_char(at.0).map_err(|_| self.behind_end(at))?;
        Ok(Utf16Offset(self.text.char_to_utf16_cu(character)))
    }

    /// A place in bytes. A place inside a character counts as its start.
    ///
    /// # Errors
    /// [`DocumentError::BehindEnd`].
    pub fn byte_of_utf16(&self, at: Utf16Offset) -> Result<ByteOffset, DocumentError> {
        let character = self
            .text
            .try_utf16_cu_to_char(at.0)
            .map_err(|_| DocumentError::BehindEnd { wanted: at.to_string(), end: self.len_utf16().to_string() })?;
        Ok(ByteOffset(self.text.char_to_byte(character)))
    }

    /// A place as line and column.
    ///
    /// # Errors
    /// [`DocumentError::BehindEnd`].
    pub fn line_column(&self, at: ByteOffset) -> Result<LineColumn, DocumentError> {
        let line = self.text.try_byte_to_line(at.0).map_err(|_| self.behind_end(at))?;
        let start = self.utf16_of_byte(ByteOffset(self.text.line_to_byte(line)))?;
        Ok(LineColumn { line, column: self.utf16_of_byte(at)?.0 - start.0 })
    }

    /// Replaces a range by a text, and gives the update for the others. `at_ms` is the time in milliseconds on any steady
    /// clock: edits close together are undone together.
    ///
    /// # Errors
    /// [`DocumentError`] where the range is no range of whole characters in the text.
    pub fn edit(&mut self, range: Range<ByteOffset>, text: &str, at_ms: u64) -> Result<Vec<u8>, DocumentError> {
        if range.end < range.start {
            return Err(DocumentError::Backwards { start: range.start, end: range.end });
        }
        let start = self.character_boundary(range.start)?;
        let end = self.character_boundary(range.end)?;
        let units = |character| self.text.char_to_utf16_cu(character);
        let update = self.engine.edit(units(start)..units(end), text, at_ms);
        self.text.remove(start..end);
        self.text.insert(start, text);
        Ok(update)
    }

    /// Replaces a range in UTF-16 code units: see [`Document::edit`].
    ///
    /// # Errors
    /// [`DocumentError`] where the range is no range in the text.
    pub fn edit_utf16(&mut self, range: Range<Utf16Offset>, text: &str, at_ms: u64) -> Result<Vec<u8>, DocumentError> {
        let range = self.byte_of_utf16(range.start)?..self.byte_of_utf16(range.end)?;
        self.edit(range, text, at_ms)
    }

    /// Applies another replica's update, and says what changed in the text. What can't be placed yet, because an earlier update
    /// is missing, is kept until that comes.
    ///
    /// # Errors
    /// [`DocumentError`] where the bytes are no update of a text; the document is unchanged.
    pub fn apply(&mut self, update: &[u8]) -> Result<TextDelta, DocumentError> {
        self.refuse_wide_gaps(&UpdateSummary::read(update)?)?;
        let splices = self.engine.apply(update).map_err(DocumentError::Refused)?;
        Ok(self.replay(splices))
    }

    /// What the document has, as a Yjs v1 state vector.
    pub fn state_vector(&self) -> Vec<u8> {
        self.engine.state_vector()
    }

    /// What the document has.
    pub fn state(&self) -> StateVector {
        StateVector::read(&self.engine.state_vector()).unwrap_or_default()
    }

    /// What somebody with the given state vector (empty bytes: nothing) is missing, as one update.
    ///
    /// # Errors
    /// [`DocumentError::Update`] where the bytes are no state vector.
    pub fn difference(&self, state_vector: &[u8]) -> Result<Vec<u8>, DocumentError> {
        if state_vector.is_empty() {
            return Ok(self.snapshot());
        }
        StateVector::read(state_vector)?;
        self.engine.difference(state_vector).map_err(DocumentError::Refused)
    }

    /// Everything, as one update.
    pub fn snapshot(&self) -> Vec<u8> {
        self.engine.snapshot()
    }

    /// Whether updates wait for earlier ones that have not come yet.
    pub fn has_pending(&self) -> bool {
        self.engine.has_pending()
    }

    /// An anchor that stays at this place while the text changes. A place behind the end counts as the end.
    pub fn anchor(&self, at: ByteOffset, assoc: Association) -> Anchor {
        let units = self.utf16_of_byte(at).unwrap_or_else(|_| self.len_utf16());
        Anchor { item: self.engine.anchor(units.0, assoc), assoc }
    }

    /// Where an anchor is now; none where the document does not have its character yet.
    pub fn resolve(&self, anchor: &Anchor) -> Option<ByteOffset> {
        let Some(item) = anchor.item else {
            return Some(if anchor.assoc == Association::After { self.len() } else { ByteOffset::START });
        };
        let units = self.engine.resolve(item, anchor.assoc)?;
        self.byte_of_utf16(Utf16Offset(units)).ok()
    }

    /// Ends the group of edits that the next undo takes back.
    pub fn stop_undo_group(&mut self) {
        self.engine.stop_undo_group();
    }

    /// Takes back the last group of this replica's own edits; none where there is nothing to take back.
    pub fn undo(&mut self, at_ms: u64) -> Option<UndoneEdit> {
        let (update, splices) = self.engine.undo(at_ms)?;
        Some(UndoneEdit { update, delta: self.replay(splices) })
    }

    /// Does again what the last undo took back.
    pub fn redo(&mut self, at_ms: u64) -> Option<UndoneEdit> {
        let (update, splices) = self.engine.redo(at_ms)?;
        Some(UndoneEdit { update, delta: self.replay(splices) })
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.engine.can_undo()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        self.engine.can_redo()
    }

    /// Brings the engine's changes into the rope, and turns them from UTF-16 code units to bytes.
    fn replay(&mut self, splices: Vec<UnitSplice>) -> TextDelta {
        let text = &mut self.text;
        let splices = splices.into_iter().map(|splice| {
            let length = text.len_utf16_cu();
            let start = text.utf16_cu_to_char(splice.at.min(length));
            let end = text.utf16_cu_to_char(splice.at.saturating_add(splice.removed).min(length));
            let (at, end_byte) = (text.char_to_byte(start), text.char_to_byte(end));
            text.remove(start..end);
            text.insert(start, &splice.inserted);
            Splice { at: ByteOffset(at), removed: end_byte - at, inserted: splice.inserted }
        });
        TextDelta { splices: splices.collect() }
    }

    fn refuse_wide_gaps(&self, summary: &UpdateSummary) -> Result<(), DocumentError> {
        let state = self.state();
        for range in &summary.inserted {
            let known = state.clock(range.client);
            if range.start.saturating_sub(known) > CLOCK_GAP_MAX {
                return Err(DocumentError::Gap { client: range.client, start: range.start, known });
            }
        }
        Ok(())
    }

    fn character_boundary(&self, at: ByteOffset) -> Result<usize, DocumentError> {
        let character = self.text.try_byte_to_char(at.0).map_err(|_| self.behind_end(at))?;
        if self.text.char_to_byte(character) == at.0 { Ok(character) } else { Err(DocumentError::InsideCharacter(at)) }
    }

    fn behind_end(&self, at: ByteOffset) -> DocumentError {
        DocumentError::BehindEnd { wanted: at.to_string(), end: self.len().to_string() }
    }
}
