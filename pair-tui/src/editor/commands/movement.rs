//! Moves of the cursor. Change no text.

use super::Motion;
use crate::editor::{Editor, selection::Selection, words};
use protocol::ByteOffset;

impl Editor {
    pub(super) fn move_cursor(&mut self, motion: Motion, extend: bool) {
        self.buffer.stop_undo_group();
        let page = self.viewport.height.saturating_sub(2).max(1).cast_signed();
        match motion {
            Motion::Up => self.move_rows(extend, -1),
            Motion::Down => self.move_rows(extend, 1),
            Motion::PageUp => {
                self.scroll_page(-page);
                self.move_rows(extend, -page);
            }
            Motion::PageDown => {
                self.scroll_page(page);
                self.move_rows(extend, page);
            }
            _ => {
                let head = self.target(motion, extend);
                self.selection = self.selection.moved(head, extend);
            }
        }
    }

    pub(super) fn select_all(&mut self) {
        self.buffer.stop_undo_group();
        self.use_one_cursor();
        self.selection = Selection::new(ByteOffset::START, self.text().len());
    }

    fn target(&self, motion: Motion, extend: bool) -> ByteOffset {
        let (text, head, range) = (self.text(), self.selection.head, self.selection.range());
        let collapses = !extend && !self.selection.is_cursor();
        match motion {
            Motion::Left if collapses => range.start,
            Motion::Right if collapses => range.end,
            Motion::Left => text.previous_grapheme(head),
            Motion::Right => text.next_grapheme(head),
            Motion::WordLeft => words::previous_start(text, head),
            Motion::WordRight => words::next_end(text, head),
            Motion::LineStart => self.row_start(head).unwrap_or_else(|| self.smart_line_start(head)),
            Motion::LineEnd => self.row_end(head).unwrap_or_else(|| text.line_end(text.line_of(head))),
            Motion::DocumentStart => ByteOffset::START,
            Motion::DocumentEnd => text.len(),
            Motion::Bracket => self.other_bracket(head).unwrap_or(head),
            Motion::Up | Motion::Down | Motion::PageUp | Motion::PageDown => head,
        }
    }

    fn smart_line_start(&self, head: ByteOffset) -> ByteOffset {
        let start = self.text().line_start(self.text().line_of(head));
        let first = ByteOffset(start.0 + self.indentation_of(self.text().line_of(head)).len());
        if head == first { start } else { first }
    }

    /// Where the row of a place starts, unless its line starts there too or that is the place.
    fn row_start(&self, head: ByteOffset) -> Option<ByteOffset> {
        let row = self.rows().of(head);
        Some(row.start).filter(|start| !row.is_first && *start != head)
    }

    /// The last place of the row of a place, unless its line ends there too or that is the place.
    fn row_end(&self, head: ByteOffset) -> Option<ByteOffset> {
        let row = self.rows().of(head);
        Some(self.rows().last_place(&row)).filter(|last| !row.is_last && *last != head)
    }

    /// Moves down by rows (up, if negative), aiming at the column the first of several such moves started from. Up from the first
    /// row goes to the start of the text, down from the last one to its end.
    fn move_rows(&mut self, extend: bool, by: isize) {
        let rows = self.rows();
        let row = rows.of(self.selection.head);
        let goal = self.selection.goal.unwrap_or_else(|| rows.column_of(&row, self.selection.head));
        let count = by.unsigned_abs();
        let wanted = if by < 0 { rows.up(row, count) } else { rows.down(row, count) };
        let head = match wanted == row {
            true if by < 0 => ByteOffset::START,
            true => self.text().len(),
            false => rows.place_at(&wanted, goal),
        };
        self.selection = Selection { goal: Some(goal), ..self.selection.moved(head, extend) };
    }

    /// Scrolls down a page (up, if negative), so that the cursor keeps its row on the screen; at most until the last row is the
    /// lowest one.
    fn scroll_page(&mut self, by: isize) {
        let (rows, top) = (self.rows(), self.viewport.top_row(self.text()));
        let lowest = rows.up(rows.of(self.text().len()), self.viewport.height.saturating_sub(1));
        let wanted = if by < 0 { rows.up(top, by.unsigned_abs()) } else { rows.down(top, by.unsigned_abs()) };
        let start = wanted.start.min(lowest.start.max(top.start));
        self.viewport.show_at_top(start, self.buffer.text());
    }
}
