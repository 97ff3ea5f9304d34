//! The editor: one document with a selection and a viewport. Everything that changes them goes through [`Editor::execute`] (this
//! participant's commands) and [`Editor::apply_remote`] (everybody else's edits). Knows no terminal, no network and no clock.

use protocol::{
    ByteOffset, ClientId, DocumentPath,
    document::{DocumentError, update::IdRange},
    text::TextDelta,
};
use std::ops::Range;

mod block;
pub mod buffer;
pub mod commands;
pub mod cursors;
pub mod indent;
pub mod layout;
pub mod lines;
mod look_along;
pub mod motion;
pub mod object;
pub mod position;
mod presence;
pub mod search;
pub mod selection;
pub mod syntax;
pub mod text;
pub mod viewport;
pub mod words;
pub mod wrap;

pub use commands::{EditorCommand, Motion, Outcome, Unit};
pub use cursors::{ColumnStep, Side};

use buffer::{Buffer, LocalEdit, Touched};
use cursors::Further;
use layout::TabWidth;
use position::{Cells, LineIndex};
use selection::{Selection, SelectionKind};
use syntax::{Highlights, Language, ParseJob, Parsed, Recolor, brackets};
use text::Text;
use viewport::Viewport;
use wrap::Rows;

/// Why the editor did not do something. Nothing is changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditorError {
    /// The shared document refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// A place as people say it: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One document, as this participant edits and sees it.
#[derive(Debug)]
pub struct Editor {
    path: DocumentPath,
    buffer: Buffer,
    selection: Selection,
    /// The selections beside the main one.
    further: Further,
    kind: SelectionKind,
    viewport: Viewport,
}

impl Editor {
    /// An editor on an empty document, which this participant writes to as `client`.
    pub fn new(path: DocumentPath, client: ClientId) -> Self {
        Self {
            path,
            buffer: Buffer::new(client),
            selection: Selection::default(),
            further: Further::default(),
            kind: SelectionKind::default(),
            viewport: Viewport::default(),
        }
    }

    /// Which document it is.
    pub fn path(&self) -> &DocumentPath {
        &self.path
    }

    /// The document and its text.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The text.
    pub fn text(&self) -> &Text {
        self.buffer.text()
    }

    /// The selection; the main one of several.
    pub fn selection(&self) -> Selection {
        self.selection
    }

    /// What the selection takes in.
    pub fn selection_kind(&self) -> SelectionKind {
        self.kind
    }

    /// Says what the selection takes in from now on.
    pub fn set_selection_kind(&mut self, kind: SelectionKind) {
        self.kind = kind;
        if kind != SelectionKind::Between {
            self.use_one_cursor();
        }
    }

    /// What is selected, in pieces: one for each line of a block.
    pub fn selected_pieces(&self) -> Vec<Range<ByteOffset>> {
        match self.kind {
            SelectionKind::Block => block::pieces(self.text(), self.selection, self.tab()),
            _ => vec![self.selected()],
        }
    }

    /// The range that is selected; empty for a plain cursor.
    pub fn selected(&self) -> Range<ByteOffset> {
        let (range, text) = (self.selection.range(), self.text());
        match self.kind {
            SelectionKind::Between => range,
            SelectionKind::On => self.selection.head..self.selection.head,
            SelectionKind::Characters | SelectionKind::Block => range.start..text.next_grapheme(range.end),
            SelectionKind::Lines => {
                text.line_start(text.line_of(range.start))..text.next_line_start(text.line_of(range.end))
            }
        }
    }

    /// What is on the screen.
    pub fn viewport(&self) -> &Viewport {
        &self.viewport
    }

    /// The language; none: plain text.
    pub fn language(&self) -> Option<&'static Language> {
        self.buffer.syntax().language()
    }

    /// Takes the text for one in this language.
    pub fn set_language(&mut self, language: Option<&'static Language>) {
        self.buffer.syntax_mut().set_language(language);
    }

    /// What a worker should read now to keep the highlights right, if anything. Its result goes to [`Editor::take_parsed`].
    pub fn parse_job(&mut self) -> Option<ParseJob> {
        let visible = self.visible();
        self.buffer.parse_job(&self.path, visible)
    }

    /// Takes what a worker has read. Gives whether reading this text takes too long, so that it is shown plain from now on.
    pub fn take_parsed(&mut self, parsed: Parsed, recolor: Recolor) -> bool {
        self.buffer.take_parsed(parsed, self.visible(), recolor)
    }

    /// Whether what is shown may look otherwise than what was read says, because only edited lines were looked at.
    pub fn is_unsettled(&self) -> bool {
        self.buffer.syntax().is_unsettled()
    }

    /// Whether no more than a line, or two, was edited since it was read.
    pub fn is_typed_in(&self) -> bool {
        let lines =
            |touched: Range<ByteOffset>| self.text().line_of(touched.end).0 - self.text().line_of(touched.start).0;
        self.buffer.syntax().touched().is_some_and(|touched| lines(touched) <= 1)
    }

    /// Whether no line but the cursor's was edited since all were drawn.
    pub fn is_edited_in_its_line(&self) -> bool {
        match self.buffer.touched() {
            Touched::Nothing => true,
            Touched::Line(line) => line == self.cursor_line(),
            Touched::More => false,
        }
    }

    /// All of it is drawn as it is now.
    pub fn drawn(&mut self) {
        self.buffer.drawn();
    }

    /// Gives all of what is shown the look that was read last.
    pub fn recolor(&mut self) {
        self.buffer.recolor(self.visible());
    }

    /// The kinds of text of the lines that are shown.
    pub fn highlights(&self) -> Highlights {
        self.buffer.syntax().highlights(self.text(), self.visible())
    }

    /// How many cells one level of indentation takes.
    pub fn indent_width(&self) -> usize {
        self.indent_style().width(self.tab())
    }

    /// The bracket at the cursor, or right before it, and its partner.
    pub fn brackets(&self) -> Option<[ByteOffset; 2]> {
        self.brackets_at(Some(self.selection.head).filter(|_| self.selection.is_cursor())?)
    }

    /// The bracket at a place, or right before it, and its partner.
    fn brackets_at(&self, head: ByteOffset) -> Option<[ByteOffset; 2]> {
        let partner = |at| Some([at, brackets::partner(self.text(), self.buffer.syntax(), at)?]);
        partner(head).or_else(|| partner(self.text().previous_grapheme(head)).filter(|_| head > ByteOffset::START))
    }

    /// The partner of the bracket at a place; away from brackets the one that is open there.
    fn other_bracket(&self, head: ByteOffset) -> Option<ByteOffset> {
        let open = || {
            let pairs = [('(', ')'), ('[', ']'), ('{', '}')];
            pairs.into_iter().filter_map(|(open, close)| brackets::before(self.text(), head, open, close)).max()
        };
        self.brackets_at(head).map(|[_, partner]| partner).or_else(open)
    }

    /// The part of the text that is shown: whole rows.
    fn visible(&self) -> Range<ByteOffset> {
        let top = self.viewport.top_row(self.text());
        top.start..self.rows().down(top, self.viewport.height.saturating_sub(1)).end
    }

    /// The rows of the screen that the text takes.
    pub fn rows(&self) -> Rows<'_> {
        self.viewport.rows(self.text())
    }

    /// The distance of tab stops.
    pub fn tab(&self) -> TabWidth {
        self.viewport.tab
    }

    /// Says how many rows, and cells of each, are shown, and keeps the cursor among them if it was.
    pub fn resize(&mut self, height: usize, width: usize) {
        self.refit(Viewport { height, width, ..self.viewport });
    }

    /// Says whether lines that do not fit go on in the next row; keeps the cursor on the screen if it was.
    pub fn set_wrap(&mut self, wraps: bool) {
        self.refit(Viewport { wraps, ..self.viewport });
    }

    fn refit(&mut self, viewport: Viewport) {
        if viewport == self.viewport {
            return;
        }
        let cursor = self.rows().of(self.selection.head);
        let was_shown = self.viewport.shown(self.text()).any(|row| row == cursor);
        let top = self.viewport.hold(self.text());
        self.viewport = viewport;
        self.viewport.show_at_top(top, self.buffer.text());
        if was_shown {
            self.reveal();
        }
    }

    /// The line that the cursor is in.
    pub fn cursor_line(&self) -> LineIndex {
        self.text().line_of(self.selection.head)
    }

    /// The column that the cursor is drawn in.
    pub fn cursor_column(&self) -> Cells {
        layout::column_of(self.text(), self.selection.head, self.tab())
    }

    /// A place as people say it.
    pub fn place(&self, at: ByteOffset) -> Place {
        let line = self.text().line_of(at);
        let column = self.text().characters(self.text().line_start(line)..at);
        Place { line: line.number(), column: column + 1 }
    }

    /// The place in the text that is shown at a row and column of the viewport; the nearest one where there is no text.
    pub fn place_on_screen(&self, row: usize, column: usize) -> ByteOffset {
        let (rows, top) = (self.rows(), self.viewport.top_row(self.text()));
        rows.place_at(&rows.down(top, row), self.viewport.left.right(column))
    }

    /// The column of its line that is shown at a row and column of the viewport; it may lie behind the line's end.
    pub fn column_on_screen(&self, row: usize, column: usize) -> Cells {
        let (rows, at) = (self.rows(), self.place_on_screen(row, column));
        let behind = self.viewport.left.right(column).left(rows.column_of(&rows.of(at), at).0);
        layout::column_of(self.text(), at, self.tab()).right(behind.0)
    }

    /// Selects this alone, and scrolls to the cursor. Ends the undo group: what is typed elsewhere is undone by itself.
    pub fn select(&mut self, selection: Selection) {
        let (anchor, head) = (self.text().clamp(selection.anchor), self.text().clamp(selection.head));
        self.use_one_cursor();
        self.selection = Selection { anchor, head, goal: selection.goal };
        self.buffer.stop_undo_group();
        self.reveal();
    }

    /// Puts the cursor at a place and shows its surroundings: a jump.
    pub fn jump(&mut self, at: ByteOffset) {
        self.jump_to(Selection::cursor(at));
    }

    /// Selects and shows the surroundings of its cursor.
    pub fn jump_to(&mut self, selection: Selection) {
        self.viewport.centre(selection.head, self.buffer.text());
        self.select(selection);
    }

    /// Scrolls down this many rows (up, if negative); the cursor stays where it is.
    pub fn scroll(&mut self, rows: isize) {
        self.viewport.scroll(rows, self.buffer.text());
    }

    /// Shows a line at the top, the last one at most.
    pub fn scroll_to(&mut self, top: LineIndex) {
        self.scroll_to_place(self.text().line_start(top));
    }

    /// Shows the row of a place at the top.
    pub fn scroll_to_place(&mut self, at: ByteOffset) {
        let row = self.rows().of(at);
        self.viewport.show_at_top(row.start, self.buffer.text());
    }

    /// Changes the distance of tab stops.
    pub fn set_tab(&mut self, tab: TabWidth) {
        self.viewport.tab = tab;
    }

    /// Scrolls as little as possible so that the cursor is shown.
    pub fn reveal(&mut self) {
        self.viewport.reveal(self.selection.head, self.buffer.text());
    }

    /// Applies somebody else's update. Selection and viewport stay on the text they were on.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the bytes are no update of a text; nothing is changed.
    pub fn apply_remote(&mut self, update: &[u8]) -> Result<TextDelta, EditorError> {
        self.applied(|buffer| buffer.apply(update))
    }

    /// Keeps all places on their text while others change it.
    fn applied(
        &mut self,
        apply: impl FnOnce(&mut Buffer) -> Result<TextDelta, EditorError>,
    ) -> Result<TextDelta, EditorError> {
        let held = self.viewport.hold(self.text());
        let at_line_starts: Vec<bool> = self.selections().map(|selection| self.is_line_start(selection.head)).collect();
        let delta = apply(&mut self.buffer)?;
        self.viewport.follow(held, &delta, self.buffer.text());
        self.follow_remote(&delta, &at_line_starts);
        Ok(delta)
    }

    /// Replaces a range of this participant's text from outside the keyboard (a suggestion that was taken, a file that is put in).
    /// A cursor at the end of the range goes behind the new text; other places stay on their text.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the range does not fit the text; nothing is changed.
    pub fn replace(&mut self, range: Range<ByteOffset>, text: &str, now_ms: u64) -> Result<LocalEdit, EditorError> {
        self.replaced(range, text.len(), |buffer, range| {
            let edit = buffer.edit(range, text, now_ms)?;
            Ok((edit.delta.clone(), edit))
        })
    }

    /// As [`Editor::replace`], to be undone by itself; gives the ids of the new text, too.
    ///
    /// # Errors
    /// [`EditorError::Document`] where the range does not fit the text; nothing is changed.
    pub fn replace_alone(
        &mut self,
        range: Range<ByteOffset>,
        text: &str,
        now_ms: u64,
    ) -> Result<(LocalEdit, IdRange), EditorError> {
        self.replaced(range, text.len(), |buffer, range| {
            let (edit, ids) = buffer.edit_alone(range, text, now_ms)?;
            Ok((edit.delta.clone(), (edit, ids)))
        })
    }

    /// Keeps all places on their text while a range is replaced by so many bytes.
    fn replaced<T>(
        &mut self,
        range: Range<ByteOffset>,
        bytes: usize,
        replace: impl FnOnce(&mut Buffer, Range<ByteOffset>) -> Result<(TextDelta, T), EditorError>,
    ) -> Result<T, EditorError> {
        let held = self.viewport.hold(self.text());
        let follows = self.selection.is_cursor() && self.selection.head == range.end;
        let behind = ByteOffset(range.start.0 + bytes);
        let (delta, done) = replace(&mut self.buffer, range)?;
        self.viewport.follow(held, &delta, self.buffer.text());
        self.follow_local(&delta, false);
        if follows {
            self.selection = Selection::cursor(behind);
            self.reveal();
        }
        Ok(done)
    }

    /// Deletes what is left of a text of this participant by its ids, as if somebody else did; none where nothing is left.
    pub fn retract(&mut self, ids: &[IdRange]) -> Option<LocalEdit> {
        let mut edit = None;
        let retracted = self.applied(|buffer| {
            edit = buffer.retract(ids);
            Ok(edit.as_ref().map(|edit| edit.delta.clone()).unwrap_or_default())
        });
        retracted.ok().and(edit)
    }

    /// Ends the group of edits that the next undo takes back.
    pub fn stop_undo_group(&mut self) {
        self.buffer.stop_undo_group();
    }

    /// Ends an undo step that a key map has opened.
    pub fn end_undo_step(&mut self) {
        self.buffer.end_undo_step();
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
