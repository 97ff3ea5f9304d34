//! The shared document: one text that many write at once. Hides the engine completely, and knows nothing of rooms, sockets or
//! time: whoever edits says when.

use crate::{
    ids::ClientId,
    position::{Anchor, Association, ByteOffset, LineColumn, Utf16Offset},
    text::TextDelta,
};
use std::ops::Range;

mod engine;
pub mod units;
pub mod update;

pub use engine::{PENDING_BYTES_MAX, Refusal, TEXT_BYTES_MAX};

use engine::Engine;
use update::{IdRange, StateVector, UpdateError, UpdateSummary, decode::Update, ranges};

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
    /// The edit or update is well-formed, but can't become part of this document.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// What a document does beside holding a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentOptions {
    /// Whether the text of what is deleted stays in the document and its snapshots. Without it, only its place stays.
    pub keep_deleted: bool,
    /// How many groups of edits can be undone; 0 saves the memory where nobody will.
    pub undo_groups: usize,
}

impl Default for DocumentOptions {
    fn default() -> Self {
        Self { keep_deleted: false, undo_groups: 1_000 }
    }
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
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document {{ client: {}, bytes: {} }}", self.client, self.len().0)
    }
}

impl Document {
    /// An empty document that writes as `client`.
    pub fn new(client: ClientId) -> Self {
        Self::with_options(client, DocumentOptions::default())
    }

    /// An empty document that writes as `client`, with options.
    pub fn with_options(client: ClientId, options: DocumentOptions) -> Self {
        Self { client, engine: Engine::new(client, options) }
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
        let mut text = String::with_capacity(self.len().0);
        self.chunks().for_each(|chunk| text.push_str(chunk));
        text
    }

    /// The text in pieces, without copying it.
    pub fn chunks(&self) -> impl Iterator<Item = &str> {
        self.engine.chunks()
    }

    /// The end of the text in bytes.
    pub fn len(&self) -> ByteOffset {
        ByteOffset(self.engine.len())
    }

    /// The end of the text in UTF-16 code units.
    pub fn len_utf16(&self) -> Utf16Offset {
        Utf16Offset(self.engine.len_utf16())
    }

    /// About how many bytes of memory the document takes, as far as they grow with it. Takes time in proportion to its history.
    pub fn memory_bytes(&self) -> usize {
        self.engine.memory_bytes()
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
        self.check_within(at)?;
        Ok(Utf16Offset(self.engine.place_of_byte(at.0).0))
    }

    /// A place in bytes. A place inside a character counts as its start.
    ///
    /// # Errors
    /// [`DocumentError::BehindEnd`].
    pub fn byte_of_utf16(&self, at: Utf16Offset) -> Result<ByteOffset, DocumentError> {
        if at > self.len_utf16() {
            return Err(DocumentError::BehindEnd { wanted: at.to_string(), end: self.len_utf16().to_string() });
        }
        Ok(ByteOffset(self.engine.byte_of_utf16(at.0)))
    }

    /// A place as line and column. A line ends with a line feed; a carriage return is a character like any other.
    ///
    /// # Errors
    /// [`DocumentError::BehindEnd`].
    pub fn line_column(&self, at: ByteOffset) -> Result<LineColumn, DocumentError> {
        self.check_within(at)?;
        let (units, line) = self.engine.place_of_byte(at.0);
        let start = self.engine.line_start(line).map_or(0, |start| self.engine.place_of_byte(start).0);
        Ok(LineColumn { line, column: units - start })
    }

    /// Where a line, counted from 0, starts; none where the text has fewer lines.
    pub fn line_start(&self, line: usize) -> Option<ByteOffset> {
        self.engine.line_start(line).map(ByteOffset)
    }

    /// How many lines the text has: one more than it has line feeds.
    pub fn line_count(&self) -> usize {
        self.engine.line_feeds() + 1
    }

    /// Replaces a range by a text, and gives the update for the others. `at_ms` is the time in milliseconds on any steady
    /// clock: edits close together are undone together.
    ///
    /// # Errors
    /// [`DocumentError`] where the range is no range of whole characters in the text, or the text would become too long.
    pub fn edit(&mut self, range: Range<ByteOffset>, text: &str, at_ms: u64) -> Result<Vec<u8>, DocumentError> {
        if range.end < range.start {
            return Err(DocumentError::Backwards { start: range.start, end: range.end });
        }
        self.check_boundary(range.start)?;
        if range.end != range.start {
            self.check_boundary(range.end)?;
        }
        Ok(self.engine.edit(range.start.0..range.end.0, text, at_ms)?)
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
    /// is missing, is kept until that comes, up to [`PENDING_BYTES_MAX`] bytes of it.
    ///
    /// # Errors
    /// [`DocumentError`] where the bytes are no update of a text, or one that can't become part of this document; the document is
    /// unchanged.
    pub fn apply(&mut self, update: &[u8]) -> Result<TextDelta, DocumentError> {
        let update = Update::read(update)?;
        self.refuse_wide_gaps(&update)?;
        Ok(self.engine.apply(&update, true)?)
    }

    /// Applies an update as [`Document::apply`] does, but only if nothing of it has to wait: for documents that nobody may leave
    /// something in which never comes to rest, such as a server's.
    ///
    /// # Errors
    /// [`DocumentError`], [`Refusal::Incomplete`] among them; the document is unchanged.
    pub fn apply_complete(&mut self, update: &[u8]) -> Result<TextDelta, DocumentError> {
        let update = Update::read(update)?;
        Ok(self.engine.apply(&update, false)?)
    }

    /// Applies an update of somebody who checked it as [`Document::apply`] does: the own storage, or a server that this client has chosen to trust with the text.
    /// Everything in it was applied there before, one piece after the other, each with bounded work; together they may be more work than one update is
    /// allowed. Here its length is the only bound.
    ///
    /// # Errors
    /// [`DocumentError`]; the document is unchanged.
    pub fn apply_trusted(&mut self, update: &[u8]) -> Result<TextDelta, DocumentError> {
        let update = Update::read(update)?;
        self.refuse_wide_gaps(&update)?;
        Ok(self.engine.apply_within(&update, true, u64::MAX)?)
    }

    /// A number that grows when something is inserted or deleted, and whenever something waits for earlier updates: while it stays,
    /// every snapshot holds the same. What changes nothing, such as an update that is known or one that is refused, does not let it grow.
    pub fn revision(&self) -> u64 {
        self.engine.revision()
    }

    /// What the document has, as a Yjs v1 state vector.
    pub fn state_vector(&self) -> Vec<u8> {
        self.state().write()
    }

    /// What the document has.
    pub fn state(&self) -> StateVector {
        self.engine.state()
    }

    /// How many UTF-16 code units the document has from one client: the clock that is expected next.
    pub fn clock(&self, client: ClientId) -> u32 {
        self.engine.clock(client)
    }

    /// What somebody with the given state vector (empty bytes: nothing) is missing, as one update. Text that waits for
    /// earlier text is in it for those who have nothing only.
    ///
    /// # Errors
    /// [`DocumentError::Update`] where the bytes are no state vector.
    pub fn difference(&self, state_vector: &[u8]) -> Result<Vec<u8>, DocumentError> {
        if state_vector.is_empty() {
            return Ok(self.snapshot());
        }
        Ok(self.engine.difference(&StateVector::read(state_vector)?))
    }

    /// Whether the document has deletions that an update (empty bytes: nothing) does not carry. State vectors do not count deletions,
    /// but differences carry all that their writer has: what this says of one is whether its writer lacks any.
    ///
    /// # Errors
    /// [`DocumentError::Update`] where the bytes are no update.
    pub fn has_deletions_beyond(&self, update: &[u8]) -> Result<bool, DocumentError> {
        let mut own = self.engine.deletions();
        if own.is_empty() {
            return Ok(false);
        }
        let theirs = if update.is_empty() { Vec::new() } else { UpdateSummary::read(update)?.deleted };
        ranges::normalize(&mut own);
        Ok(!ranges::covers(&theirs, &own))
    }

    /// Everything, as one update, with the updates that wait for earlier ones.
    pub fn snapshot(&self) -> Vec<u8> {
        self.engine.snapshot()
    }

    /// Whether updates wait for earlier ones that have not come yet.
    pub fn has_pending(&self) -> bool {
        self.engine.has_pending()
    }

    /// An anchor that stays at this place while the text changes. A place behind the end counts as the end.
    pub fn anchor(&self, at: ByteOffset, assoc: Association) -> Anchor {
        Anchor { item: self.engine.anchor(at.0.min(self.len().0), assoc), assoc }
    }

    /// Where an anchor is now; none where the document does not have its character yet.
    pub fn resolve(&self, anchor: &Anchor) -> Option<ByteOffset> {
        let Some(item) = anchor.item else {
            return Some(if anchor.assoc == Association::After { self.len() } else { ByteOffset::START });
        };
        self.engine.resolve(item, anchor.assoc).map(ByteOffset)
    }

    /// Ends the group of edits that the next undo takes back.
    pub fn stop_undo_group(&mut self) {
        self.engine.stop_undo_group();
    }

    /// Takes back the last group of this replica's own edits; none where there is nothing to take back.
    pub fn undo(&mut self, _at_ms: u64) -> Option<UndoneEdit> {
        self.engine.undo()
    }

    /// Does again what the last undo took back.
    pub fn redo(&mut self, _at_ms: u64) -> Option<UndoneEdit> {
        self.engine.redo()
    }

    /// Deletes what is left of the text with these ids, wherever it stands now, and of what stands for it since an undo or redo; none where
    /// nothing of it is left. It is no group of its own, and no undo or redo brings any of it back.
    pub fn retract(&mut self, ids: &[IdRange]) -> Option<UndoneEdit> {
        self.engine.retract(ids)
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.engine.can_undo()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        self.engine.can_redo()
    }

    fn refuse_wide_gaps(&self, update: &Update<'_>) -> Result<(), DocumentError> {
        for section in &update.sections {
            let known = self.clock(section.client);
            let mut end = known;
            for one in update.of(section) {
                if one.clock > end && one.clock - known > CLOCK_GAP_MAX {
                    return Err(DocumentError::Gap { client: section.client, start: one.clock, known });
                }
                end = end.max(one.end());
            }
        }
        Ok(())
    }

    fn check_boundary(&self, at: ByteOffset) -> Result<(), DocumentError> {
        self.check_within(at)?;
        if self.engine.is_char_boundary(at.0) { Ok(()) } else { Err(DocumentError::InsideCharacter(at)) }
    }

    fn check_within(&self, at: ByteOffset) -> Result<(), DocumentError> {
        if at <= self.len() {
            return Ok(());
        }
        Err(DocumentError::BehindEnd { wanted: at.to_string(), end: self.len().to_string() })
    }
}
