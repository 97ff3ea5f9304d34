//! One document of the room as it is edited here: the shared document, and beside it the text that the editor reads and its syntax. The
//! only place that changes any of them, so that all always belong to the same text. Knows no cursor and no screen.

use super::{
    EditorError,
    position::LineIndex,
    syntax::{ParseJob, Parsed, Recolor, Syntax},
    text::Text,
};
use protocol::{
    Anchor, ByteOffset, ClientId, Document, DocumentPath,
    document::{
        DocumentError,
        update::{IdRange, StateVector},
    },
    position::Association,
    text::{Splice, TextDelta},
};
use std::ops::Range;

/// A change that was made here: what the others must get, and what it did to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalEdit {
    /// A Yjs v1 update for the others.
    pub update: Vec<u8>,
    /// What changed in the text.
    pub delta: TextDelta,
}

/// Which lines were edited since they were drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Touched {
    /// None.
    #[default]
    Nothing,
    /// This one, within it.
    Line(LineIndex),
    /// Several, or where lines begin and end.
    More,
}

impl Touched {
    fn and(self, line: LineIndex) -> Self {
        match self {
            Self::Nothing => Self::Line(line),
            Self::Line(known) if known == line => self,
            Self::Line(_) | Self::More => Self::More,
        }
    }
}

/// The shared document, and the text and its syntax beside it.
#[derive(Debug)]
pub struct Buffer {
    document: Document,
    text: Text,
    /// The time that all edits of the open undo step carry; none where edits are grouped by their own times.
    undo_step: Option<u64>,
    /// While a command is at work at several cursors.
    held: Option<HeldGroup>,
    syntax: Syntax,
    touched: Touched,
}

/// What a command at several cursors has done so far, as far as undo goes.
#[derive(Debug, Clone, Copy, Default)]
struct HeldGroup {
    has_edits: bool,
    /// Whether the group ends when the command is through with all of them.
    ends: bool,
}

impl Buffer {
    /// An empty document that this participant writes to as `client`.
    pub fn new(client: ClientId) -> Self {
        Self {
            document: Document::new(client),
            text: Text::default(),
            undo_step: None,
            held: None,
            syntax: Syntax::default(),
            touched: Touched::Nothing,
        }
    }

    /// The text.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// What the text's language tells.
    pub fn syntax(&self) -> &Syntax {
        &self.syntax
    }

    /// The same, to be changed.
    pub(super) fn syntax_mut(&mut self) -> &mut Syntax {
        &mut self.syntax
    }

    /// What a worker should read now, if anything; `visible` is the part of the text that is shown.
    pub(super) fn parse_job(&mut self, document: &DocumentPath, visible: Range<ByteOffset>) -> Option<ParseJob> {
        self.syntax.job(document, &self.text, visible)
    }

    /// Takes what a worker has read; gives whether the parser has just given up on this text.
    pub(super) fn take_parsed(&mut self, parsed: Parsed, visible: Range<ByteOffset>, recolor: Recolor) -> bool {
        self.syntax.take(parsed, &self.text, visible, recolor)
    }

    /// Asks the syntax trees for all of what is shown.
    pub(super) fn recolor(&mut self, visible: Range<ByteOffset>) {
        self.syntax.recolor(&self.text, visible);
    }

    /// Which lines were edited since they were drawn.
    pub(super) fn touched(&self) -> Touched {
        self.touched
    }

    /// All lines are drawn as they are now.
    pub(super) fn drawn(&mut self) {
        self.touched = Touched::Nothing;
    }

    /// What this replica has, as a Yjs v1 state vector.
    pub fn state_vector(&self) -> Vec<u8> {
        self.document.state_vector()
    }

    /// What somebody with this state vector is missing, as a Yjs v1 update.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the bytes are no state vector.
    pub fn difference(&self, state_vector: &[u8]) -> Result<Vec<u8>, EditorError> {
        Ok(self.document.difference(state_vector)?)
    }

    /// Everything, as one Yjs v1 update.
    pub fn snapshot(&self) -> Vec<u8> {
        self.document.snapshot()
    }

    /// Whether anything was ever written here.
    pub fn has_history(&self) -> bool {
        self.document.state() != StateVector::default()
    }

    /// Whether this replica has anything that somebody with this state vector, who made this difference, is missing: text, or
    /// deletions, which no state vector counts.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the bytes are no state vector or no update.
    pub fn has_more_than(&self, state_vector: &[u8], difference: &[u8]) -> Result<bool, EditorError> {
        let theirs = StateVector::read(state_vector).map_err(DocumentError::from)?;
        Ok(theirs != self.document.state() || self.document.has_deletions_beyond(difference)?)
    }

    /// Replaces a range by a text. Edits less than half a second apart are undone together; `now_ms` is the time in
    /// milliseconds.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the range does not fit the text; nothing is changed.
    pub fn edit(&mut self, range: Range<ByteOffset>, text: &str, now_ms: u64) -> Result<LocalEdit, EditorError> {
        let splice =
            Splice { at: range.start, removed: range.end.0.saturating_sub(range.start.0), inserted: text.into() };
        let update = self.document.edit(range, text, self.undo_step.unwrap_or(now_ms))?;
        if let Some(held) = &mut self.held {
            held.has_edits = true;
        }
        self.splice(&splice);
        Ok(LocalEdit { update, delta: TextDelta { splices: vec![splice] } })
    }

    /// Applies an update of somebody else, which the server has checked, and says what changed.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the bytes are no update of a text; nothing is changed.
    pub fn apply(&mut self, update: &[u8]) -> Result<TextDelta, EditorError> {
        let delta = self.document.apply_trusted(update)?;
        self.replay(&delta);
        Ok(delta)
    }

    /// As [`Buffer::edit`], to be undone by itself, even where a step is open; gives the ids of the new text, too.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the range does not fit the text; nothing is changed.
    pub fn edit_alone(
        &mut self,
        range: Range<ByteOffset>,
        text: &str,
        now_ms: u64,
    ) -> Result<(LocalEdit, IdRange), EditorError> {
        let was_in_step = self.undo_step.is_some();
        self.end_undo_step();
        let client = self.document.client();
        let start = self.document.clock(client);
        let edit = self.edit(range, text, now_ms);
        self.document.stop_undo_group();
        self.undo_step = was_in_step.then_some(now_ms);
        Ok((edit?, IdRange { client, start, end: self.document.clock(client) }))
    }

    /// Deletes what is left of a text by its ids; none where nothing is. Undo does not bring it back.
    pub fn retract(&mut self, ids: &[IdRange]) -> Option<LocalEdit> {
        let retracted = self.document.retract(ids)?;
        self.replay(&retracted.delta);
        Some(LocalEdit { update: retracted.update, delta: retracted.delta })
    }

    /// Takes back this participant's last group of edits; none where there is nothing.
    pub fn undo(&mut self, now_ms: u64) -> Option<LocalEdit> {
        self.end_undo_step();
        let undone = self.document.undo(now_ms)?;
        self.replay(&undone.delta);
        Some(LocalEdit { update: undone.update, delta: undone.delta })
    }

    /// Does again what the last undo took back; none where there is nothing.
    pub fn redo(&mut self, now_ms: u64) -> Option<LocalEdit> {
        self.end_undo_step();
        let redone = self.document.redo(now_ms)?;
        self.replay(&redone.delta);
        Some(LocalEdit { update: redone.update, delta: redone.delta })
    }

    /// Ends the group of edits that the next undo takes back, unless a step is open.
    pub fn stop_undo_group(&mut self) {
        match &mut self.held {
            Some(held) if held.has_edits => held.ends = true,
            _ if self.undo_step.is_none() => self.document.stop_undo_group(),
            _ => {}
        }
    }

    /// From now on all edits belong to one group, however often it is said to end: what a command does at several cursors is taken
    /// back as what it does at one.
    pub(super) fn hold_undo_group(&mut self) {
        self.held = Some(HeldGroup::default());
    }

    /// Ends what [`Buffer::hold_undo_group`] began; the group ends too, where one of the cursors ended it.
    pub(super) fn release_undo_group(&mut self) {
        if self.held.take().is_some_and(|held| held.ends) {
            self.stop_undo_group();
        }
    }

    /// Opens a step: the edits until its end are undone together, however long that takes.
    pub fn begin_undo_step(&mut self, now_ms: u64) {
        if self.undo_step.is_none() {
            self.document.stop_undo_group();
            self.undo_step = Some(now_ms);
        }
    }

    /// Whether a step is open.
    pub fn is_in_undo_step(&self) -> bool {
        self.undo_step.is_some()
    }

    /// Ends the open step, if there is one.
    pub fn end_undo_step(&mut self) {
        self.undo_step = None;
        self.document.stop_undo_group();
    }

    /// An anchor at a place, for others.
    pub fn anchor(&self, at: ByteOffset, assoc: Association) -> Anchor {
        self.document.anchor(at, assoc)
    }

    /// Where somebody's anchor is in this text; none while the character it belongs to has not come yet.
    pub fn resolve(&self, anchor: &Anchor) -> Option<ByteOffset> {
        self.document.resolve(anchor)
    }

    /// Whether document and text hold the same; costs a walk through both.
    pub fn is_consistent(&self) -> bool {
        self.document.text() == self.text.to_string()
    }

    fn replay(&mut self, delta: &TextDelta) {
        delta.splices.iter().for_each(|splice| self.splice(splice));
    }

    fn splice(&mut self, splice: &Splice) {
        let edit = self.syntax.begin_edit(&self.text, splice);
        let lines = self.text.last_line();
        self.text.splice(splice);
        self.syntax.end_edit(edit, &self.text);
        let is_within = self.text.last_line() == lines && !splice.inserted.contains(['\n', '\r']);
        self.touched = if is_within { self.touched.and(self.text.line_of(splice.at)) } else { Touched::More };
    }
}
