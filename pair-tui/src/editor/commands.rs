//! The editor's commands by name, and what carrying one out gives. What each does is in the modules below, one per kind. Knows
//! no keys.

use super::{
    Editor, EditorError,
    buffer::LocalEdit,
    cursors::{ColumnStep, Side},
    selection::Selection,
};
use protocol::{ByteOffset, document::update::merge_updates, text::TextDelta};
use std::ops::Range;

mod clipboard;
mod comments;
mod history;
mod lines;
mod movement;
mod rewrite;
mod several;
mod typing;

pub use clipboard::Clip;
pub use rewrite::{Change, Rewrite};

/// Where a move goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motion {
    /// One grapheme cluster to the left, over line ends.
    Left,
    /// One grapheme cluster to the right, over line ends.
    Right,
    /// To the start of the word.
    WordLeft,
    /// To the end of the word.
    WordRight,
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// To the first character of the line that is no space; from there to its very start.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// To the start of the text.
    DocumentStart,
    /// To the end of the text.
    DocumentEnd,
    /// To the other bracket of the pair at the cursor; from elsewhere to the bracket that is open there.
    Bracket,
}

/// How much a deletion takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// One grapheme cluster.
    Grapheme,
    /// Up to the end of a word, within the line.
    Word,
}

/// What the editor can be told to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EditorCommand {
    /// Moves the cursor; `extend` selects on the way.
    Move {
        /// Where to.
        motion: Motion,
        /// Whether the selection is extended.
        extend: bool,
    },
    /// Selects everything.
    SelectAll,
    /// Selects these ranges, as many of them as may be; the cursor goes to the first one.
    SelectRanges(Vec<Range<ByteOffset>>),
    /// Adds a cursor in the line above the first or below the last one.
    AddCursor(Side),
    /// Selects the word at the cursor; adds the next place with the selected text.
    AddNextMatch,
    /// Selects every place with the text that is selected, or of the word at the cursor.
    AddAllMatches,
    /// Selects columns: the same part of several lines.
    SelectColumns(ColumnStep),
    /// Keeps only the main cursor.
    OneCursor,
    /// Types a text in place of the selection.
    Insert(String),
    /// Puts a text from a terminal's paste in place of the selection, as one edit, in the text's own line breaks.
    Paste(String),
    /// Puts a copied text in place of the selection, as one edit.
    PasteClip(Clip),
    /// Breaks the line and indents the new one.
    Newline,
    /// Indents selected lines, or inserts one tab stop.
    Tab,
    /// Takes one level of indentation from the selected lines.
    Outdent,
    /// Deletes the selection, or what is before the cursor.
    DeleteBackward(Unit),
    /// Deletes the selection, or what is after the cursor.
    DeleteForward(Unit),
    /// Copies the selection, or the line.
    Copy,
    /// Copies and deletes the selection, or the line.
    Cut,
    /// Moves the selected lines one up.
    MoveLinesUp,
    /// Moves the selected lines one down.
    MoveLinesDown,
    /// Repeats the selected lines below.
    DuplicateLines,
    /// Makes one line of the selected lines, or of this one and the next.
    JoinLines,
    /// Makes changes that were worked out elsewhere: one undo step. Cursors and viewport stay on their text.
    Replace(Vec<Change>),
    /// Makes changes and selects, both worked out elsewhere; one undo step, or part of the open one.
    Rewrite(Rewrite),
    /// Opens an undo step: what follows is undone together.
    BeginUndoStep,
    /// Ends the open undo step.
    EndUndoStep,
    /// Comments the selected lines, or takes them out of comments.
    ToggleComment,
    /// Takes back this participant's last edits.
    Undo,
    /// Does again what was taken back.
    Redo,
}

impl EditorCommand {
    /// Whether the command changes the text.
    pub fn edits(&self) -> bool {
        match self {
            Self::Move { .. }
            | Self::SelectAll
            | Self::OneCursor
            | Self::Copy
            | Self::BeginUndoStep
            | Self::EndUndoStep => false,
            Self::Rewrite(rewrite) => !rewrite.changes.is_empty(),
            _ => !self.adds_cursors(),
        }
    }
}

impl EditorCommand {
    /// Whether the command makes several cursors of one.
    pub fn adds_cursors(&self) -> bool {
        matches!(
            self,
            Self::SelectRanges(_)
                | Self::AddCursor(_)
                | Self::AddNextMatch
                | Self::AddAllMatches
                | Self::SelectColumns(_)
        )
    }
}

/// What carrying out a command gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Yjs v1 updates for the others, in order.
    pub updates: Vec<Vec<u8>>,
    /// What changed in the text, for whoever else holds places in it.
    pub delta: TextDelta,
    /// What was copied.
    pub clip: Option<Clip>,
    /// Whether there was another place to select.
    pub found: bool,
}

impl Outcome {
    fn add(&mut self, edit: LocalEdit) {
        self.updates.push(edit.update);
        self.delta.splices.extend(edit.delta.splices);
    }

    /// Makes one update of all: what one command did travels, and is stored, as one edit.
    fn join_updates(&mut self) {
        if self.updates.len() > 1 {
            let updates: Vec<&[u8]> = self.updates.iter().map(Vec::as_slice).collect();
            // Updates that were made here are well-formed; if not, each still says what it did.
            if let Ok(merged) = merge_updates(&updates) {
                self.updates = vec![merged];
            }
        }
    }
}

impl Editor {
    /// Carries out a command at the time `now_ms` (milliseconds). What is shown stays on its text, and is scrolled only as far as the
    /// cursor wants to be seen.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the document refuses an edit, which it does not for the editor's own places.
    pub fn execute(&mut self, command: &EditorCommand, now_ms: u64) -> Result<Outcome, EditorError> {
        let mut outcome = Outcome::default();
        let held = self.viewport.hold(self.text());
        if !matches!(command, EditorCommand::SelectColumns(_) | EditorCommand::AddNextMatch | EditorCommand::Copy) {
            self.forget_corners();
        }
        if self.has_several_cursors() {
            self.at_all_cursors(&mut outcome, command, now_ms)?;
        } else {
            self.at_cursor(&mut outcome, command, now_ms)?;
        }
        outcome.join_updates();
        if !outcome.delta.is_empty() {
            self.viewport.follow(held, &outcome.delta, self.buffer.text());
        }
        if matches!(command, EditorCommand::Undo | EditorCommand::Redo) {
            self.viewport.centre(self.selection.head, self.buffer.text());
        }
        let stays = matches!(command, EditorCommand::Copy | EditorCommand::SelectAll | EditorCommand::Replace(_));
        if !stays {
            self.reveal();
        }
        Ok(outcome)
    }

    /// Carries out a command at the only cursor, or one that knows all of them itself.
    fn at_cursor(&mut self, out: &mut Outcome, command: &EditorCommand, now_ms: u64) -> Result<(), EditorError> {
        match command {
            EditorCommand::Move { motion, extend } => self.move_cursor(*motion, *extend),
            EditorCommand::SelectAll => self.select_all(),
            EditorCommand::SelectRanges(ranges) => {
                self.buffer.stop_undo_group();
                self.select_all_of(ranges.iter().map(|range| Selection::new(range.start, range.end)));
            }
            EditorCommand::AddCursor(side) => self.add_cursor(*side),
            EditorCommand::AddNextMatch => out.found = self.add_next_match(),
            EditorCommand::AddAllMatches => out.found = self.add_all_matches(),
            EditorCommand::SelectColumns(step) => self.grow_columns(*step),
            EditorCommand::OneCursor => self.use_one_cursor(),
            EditorCommand::Insert(text) => self.insert(out, text, now_ms)?,
            EditorCommand::Paste(text) => self.paste(out, text, now_ms)?,
            EditorCommand::PasteClip(clip) => self.paste_clip(out, clip, now_ms)?,
            EditorCommand::Newline => self.newline(out, now_ms)?,
            EditorCommand::Tab => self.tab_or_indent(out, now_ms)?,
            EditorCommand::Outdent => self.outdent(out, now_ms)?,
            EditorCommand::DeleteBackward(unit) => self.delete_backward(out, *unit, now_ms)?,
            EditorCommand::DeleteForward(unit) => self.delete_forward(out, *unit, now_ms)?,
            EditorCommand::Copy => out.clip = Some(self.copy()),
            EditorCommand::Cut => self.cut(out, now_ms)?,
            EditorCommand::MoveLinesUp => self.move_lines_up(out, now_ms)?,
            EditorCommand::MoveLinesDown => self.move_lines_down(out, now_ms)?,
            EditorCommand::DuplicateLines => self.duplicate_lines(out, now_ms)?,
            EditorCommand::JoinLines => self.join_lines(out, now_ms)?,
            EditorCommand::Replace(changes) => self.make_changes(out, changes, now_ms)?,
            EditorCommand::Rewrite(rewrite) => self.rewrite(out, rewrite, now_ms)?,
            EditorCommand::BeginUndoStep => self.buffer.begin_undo_step(now_ms),
            EditorCommand::EndUndoStep => self.buffer.end_undo_step(),
            EditorCommand::ToggleComment => self.toggle_comment(out, now_ms)?,
            EditorCommand::Undo => self.undo(out, now_ms),
            EditorCommand::Redo => self.redo(out, now_ms),
        }
        Ok(())
    }

    /// Replaces a range; the selections stay on their text.
    fn change(
        &mut self,
        out: &mut Outcome,
        range: Range<ByteOffset>,
        text: &str,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        if range.is_empty() && text.is_empty() {
            return Ok(());
        }
        let with_line = self.is_line_start(range.start);
        let edit = self.buffer.edit(range, text, now_ms)?;
        self.follow_local(&edit.delta, with_line);
        out.add(edit);
        Ok(())
    }

    /// Replaces the selection; the cursor goes behind the new text.
    fn replace_selection(&mut self, out: &mut Outcome, text: &str, now_ms: u64) -> Result<(), EditorError> {
        let range = self.selection.range();
        self.replace_range(out, range, text, now_ms)
    }

    /// Replaces a range; the cursor goes behind the new text.
    fn replace_range(
        &mut self,
        out: &mut Outcome,
        range: Range<ByteOffset>,
        text: &str,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        let behind = ByteOffset(range.start.0 + text.len());
        self.change(out, range, text, now_ms)?;
        self.selection = Selection::cursor(behind);
        Ok(())
    }
}
