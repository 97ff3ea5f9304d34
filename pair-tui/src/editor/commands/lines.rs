//! Commands on whole lines: indent, outdent, move, duplicate.

use super::Outcome;
use crate::editor::{Editor, EditorError, position::LineIndex, selection::Selection};
use protocol::ByteOffset;
use std::ops::Range;

impl Editor {
    /// The lines that the selection touches; not the last one where it only ends at that line's start.
    pub(super) fn selected_lines(&self) -> Range<LineIndex> {
        let range = self.selection.range();
        let (first, last) = (self.text().line_of(range.start), self.text().line_of(range.end));
        let ends_at_start = last > first && range.end == self.text().line_start(last);
        first..if ends_at_start { last } else { last.down(1) }
    }

    pub(super) fn indent(
        &mut self,
        out: &mut Outcome,
        lines: Range<LineIndex>,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        let unit = self.indent_style().unit();
        self.buffer.stop_undo_group();
        for line in lines.start.0..lines.end.0 {
            let (start, end) = (self.text().line_start(LineIndex(line)), self.text().line_end(LineIndex(line)));
            if start < end {
                self.change_keeping_starts(out, start..start, &unit, now_ms)?;
            }
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    pub(super) fn outdent(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let width = self.indent_style().width(self.tab());
        let lines = self.selected_lines();
        self.buffer.stop_undo_group();
        for line in lines.start.0..lines.end.0 {
            let start = self.text().line_start(LineIndex(line));
            let indentation = self.indentation_of(LineIndex(line));
            let spaces = indentation.bytes().take(width).take_while(|byte| *byte == b' ').count();
            let taken = if indentation.starts_with('\t') { 1 } else { spaces };
            self.change(out, start..ByteOffset(start.0 + taken), "", now_ms)?;
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    /// Changes a range such that a selection that starts exactly there keeps its start: an indented line stays selected whole.
    fn change_keeping_starts(
        &mut self,
        out: &mut Outcome,
        range: Range<ByteOffset>,
        text: &str,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        let before = self.selection;
        let at = range.start;
        self.change(out, range, text, now_ms)?;
        if !before.is_cursor() {
            let start = before.range().start;
            let kept = |was, now| if was == at && was == start { was } else { now };
            self.selection =
                Selection::new(kept(before.anchor, self.selection.anchor), kept(before.head, self.selection.head));
        }
        Ok(())
    }

    /// Moves the selected lines up. It is the line above that is rewritten below them, so that cursors and edits of others in
    /// the moved lines stay whole.
    pub(super) fn move_lines_up(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let lines = self.selected_lines();
        if lines.start == LineIndex::FIRST {
            return Ok(());
        }
        let above = lines.start.up(1);
        let neighbour = self.text().line(above).into_owned();
        let line_break = self.text().line_break();
        self.buffer.stop_undo_group();
        let end = self.text().line_end(lines.end.up(1));
        // A selection that ends at the start of the next line ends at the start of the line that comes down.
        let below = ByteOffset(end.0 + line_break.len());
        let within = |at: ByteOffset| if at > end { below } else { at };
        let Selection { anchor, head, goal } = self.selection;
        self.change(out, end..end, &format!("{line_break}{neighbour}"), now_ms)?;
        self.selection = Selection { anchor: within(anchor), head: within(head), goal };
        let range = self.text().line_start(above)..self.text().line_start(lines.start);
        self.change(out, range, "", now_ms)?;
        self.buffer.stop_undo_group();
        Ok(())
    }

    /// Moves the selected lines down: see [`Editor::move_lines_up`].
    pub(super) fn move_lines_down(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let lines = self.selected_lines();
        if lines.end > self.text().last_line() {
            return Ok(());
        }
        let neighbour = self.text().line(lines.end).into_owned();
        let line_break = self.text().line_break();
        let (end, below_end) = (self.text().line_end(lines.end.up(1)), self.text().line_end(lines.end));
        let start = self.text().line_start(lines.start);
        self.buffer.stop_undo_group();
        let reaches_below = self.selection.range().end > end;
        self.change(out, end..below_end, "", now_ms)?;
        let inserted = format!("{neighbour}{line_break}");
        let shift = |at: ByteOffset| ByteOffset(at.0 + inserted.len());
        let moved = Selection {
            anchor: shift(self.selection.anchor),
            head: shift(self.selection.head),
            goal: self.selection.goal,
        };
        self.change(out, start..start, &inserted, now_ms)?;
        self.selection = moved;
        if reaches_below {
            // The selection ended at the start of the line that went up: it ends behind the moved lines again.
            let behind = self.text().next_line_start(self.text().line_of(moved.range().end));
            self.selection =
                if moved.head > moved.anchor { moved.moved(behind, true) } else { Selection::new(behind, moved.head) };
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    /// Repeats the selected lines below; the selection goes to the copy.
    pub(super) fn duplicate_lines(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let lines = self.selected_lines();
        let (start, end) = (self.text().line_start(lines.start), self.text().line_end(lines.end.up(1)));
        let copy = format!("{}{}", self.text().line_break(), self.text().slice(start..end));
        let shift = |at: ByteOffset| ByteOffset(at.0 + copy.len());
        let selection =
            Selection { anchor: shift(self.selection.anchor), head: shift(self.selection.head), goal: None };
        self.buffer.stop_undo_group();
        self.change(out, end..end, &copy, now_ms)?;
        self.buffer.stop_undo_group();
        self.selection = Selection::new(self.text().clamp(selection.anchor), self.text().clamp(selection.head));
        Ok(())
    }
}
