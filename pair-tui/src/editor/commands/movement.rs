//! Moves of the cursor. Change no text.

use super::Motion;
use crate::editor::{Editor, layout, position::LineIndex, selection::Selection, words};
use protocol::ByteOffset;

impl Editor {
    pub(super) fn move_cursor(&mut self, motion: Motion, extend: bool) {
        self.buffer.stop_undo_group();
        let page = self.viewport.height.saturating_sub(2).max(1);
        match motion {
            Motion::Up => self.move_lines(extend, |line| line.up(1)),
            Motion::Down => self.move_lines(extend, |line| line.down(1)),
            Motion::PageUp => {
                self.scroll_page(page, LineIndex::up);
                self.move_lines(extend, |line| line.up(page));
            }
            Motion::PageDown => {
                self.scroll_page(page, LineIndex::down);
                self.move_lines(extend, |line| line.down(page));
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
            Motion::LineStart => self.smart_line_start(head),
            Motion::LineEnd => text.line_end(text.line_of(head)),
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

    /// Moves by lines, aiming at the column the first of several such moves started from. Up from the first line goes to its
    /// start, down from the last one to its end.
    fn move_lines(&mut self, extend: bool, target: impl Fn(LineIndex) -> LineIndex) {
        let text = self.text();
        let line = self.cursor_line();
        let goal = self.selection.goal.unwrap_or_else(|| self.cursor_column());
        let wanted = target(line);
        let head = if wanted > text.last_line() && line == text.last_line() {
            text.len()
        } else if wanted == line {
            ByteOffset::START
        } else {
            layout::place_at(text, wanted.min(text.last_line()), goal, self.tab)
        };
        self.selection = Selection { goal: Some(goal), ..self.selection.moved(head, extend) };
    }

    /// Scrolls a page, so that the cursor keeps its row on the screen.
    fn scroll_page(&mut self, page: usize, direction: impl Fn(LineIndex, usize) -> LineIndex) {
        let lowest = self.text().last_line().up(self.viewport.height.saturating_sub(1));
        let top = self.viewport.top;
        self.viewport.top = direction(top, page).min(lowest.max(top));
    }
}
