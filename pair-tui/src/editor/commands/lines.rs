//! Commands on whole lines: indent, outdent, move, duplicate, join. They go by all selections: a line that two of them touch is changed
//! once, and lines side by side stay together.

use super::Outcome;
use crate::editor::{Editor, EditorError, position::LineIndex, selection::Selection};
use protocol::ByteOffset;
use std::ops::Range;

impl Editor {
    /// The lines that a selection touches; not the last one where it only ends at that line's start.
    pub(super) fn lines_of(&self, selection: Selection) -> Range<LineIndex> {
        let range = selection.range();
        let (first, last) = (self.text().line_of(range.start), self.text().line_of(range.end));
        let ends_at_start = last > first && range.end == self.text().line_start(last);
        first..if ends_at_start { last } else { last.down(1) }
    }

    pub(super) fn indent(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let unit = self.indent_style().unit();
        self.buffer.stop_undo_group();
        for line in self.touched_lines() {
            let (start, end) = (self.text().line_start(line), self.text().line_end(line));
            if start < end {
                self.change_keeping_starts(out, start, &unit, now_ms)?;
            }
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    pub(super) fn outdent(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let width = self.indent_style().width(self.tab());
        self.buffer.stop_undo_group();
        for line in self.touched_lines() {
            let start = self.text().line_start(line);
            let indentation = self.indentation_of(line);
            let spaces = indentation.bytes().take(width).take_while(|byte| *byte == b' ').count();
            let taken = if indentation.starts_with('\t') { 1 } else { spaces };
            self.change(out, start..ByteOffset(start.0 + taken), "", now_ms)?;
        }
        self.merge_cursors();
        self.buffer.stop_undo_group();
        Ok(())
    }

    /// Inserts at a place such that selections that start exactly there keep their start: an indented line stays selected whole.
    fn change_keeping_starts(
        &mut self,
        out: &mut Outcome,
        at: ByteOffset,
        text: &str,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        self.change(out, at..at, text, now_ms)?;
        let behind = ByteOffset(at.0 + text.len());
        self.each_selection(|_, selection| {
            if !selection.is_cursor() {
                let start = if selection.head < selection.anchor { &mut selection.head } else { &mut selection.anchor };
                *start = if *start == behind { at } else { *start };
            }
        });
        Ok(())
    }

    /// Moves the selected lines up. It is the line above that is rewritten below them, so that cursors and edits of others in
    /// the moved lines stay whole.
    pub(super) fn move_lines_up(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        self.buffer.stop_undo_group();
        for lines in self.blocks() {
            if lines.start > LineIndex::FIRST {
                self.move_block_up(out, &lines, now_ms)?;
            }
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    fn move_block_up(&mut self, out: &mut Outcome, lines: &Range<LineIndex>, now_ms: u64) -> Result<(), EditorError> {
        let above = lines.start.up(1);
        let neighbour = self.text().line(above).into_owned();
        let line_break = self.text().line_break();
        let end = self.text().line_end(lines.end.up(1));
        self.change(out, end..end, &format!("{line_break}{neighbour}"), now_ms)?;
        // A selection that ended at the start of the next line ends at the start of the line that comes down.
        let below = ByteOffset(end.0 + line_break.len());
        self.each_selection(|_, selection| {
            if selection.range().start <= end && selection.range().end > end {
                *end_of(selection) = below;
            }
        });
        let range = self.text().line_start(above)..self.text().line_start(lines.start);
        self.change(out, range, "", now_ms)
    }

    /// Moves the selected lines down: see [`Editor::move_lines_up`].
    pub(super) fn move_lines_down(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        self.buffer.stop_undo_group();
        for lines in self.blocks().into_iter().rev() {
            if lines.end <= self.text().last_line() {
                self.move_block_down(out, &lines, now_ms)?;
            }
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    fn move_block_down(&mut self, out: &mut Outcome, lines: &Range<LineIndex>, now_ms: u64) -> Result<(), EditorError> {
        let neighbour = self.text().line(lines.end).into_owned();
        let line_break = self.text().line_break();
        let (end, below_end) = (self.text().line_end(lines.end.up(1)), self.text().line_end(lines.end));
        let start = self.text().line_start(lines.start);
        let reaches_below = |selection: Selection| selection.range().start <= end && selection.range().end > end;
        let reaching: Vec<bool> =
            self.selections().map(|one| one.range().start >= start && reaches_below(one)).collect();
        self.change(out, end..below_end, "", now_ms)?;
        self.change(out, start..start, &format!("{neighbour}{line_break}"), now_ms)?;
        // Those ended at the start of the line that went up: they end behind the moved lines again.
        let behind = self.text().next_line_start(lines.end);
        self.each_selection(|nth, selection| {
            if reaching.get(nth) == Some(&true) {
                *end_of(selection) = behind;
            }
        });
        Ok(())
    }

    /// Repeats the selected lines below; the selections go to the copy.
    pub(super) fn duplicate_lines(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        self.buffer.stop_undo_group();
        for lines in self.blocks().into_iter().rev() {
            let (start, end) = (self.text().line_start(lines.start), self.text().line_end(lines.end.up(1)));
            let copy = format!("{}{}", self.text().line_break(), self.text().slice(start..end));
            let before: Vec<Selection> = self.selections().collect();
            self.change(out, end..end, &copy, now_ms)?;
            let text_end = self.text().len();
            let shift = |at: ByteOffset| ByteOffset(at.0 + copy.len()).min(text_end);
            self.each_selection(|nth, selection| {
                let was_within = |was: &&Selection| (start..=end).contains(&was.range().start);
                if let Some(was) = before.get(nth).filter(was_within) {
                    *selection = Selection::new(shift(was.anchor), shift(was.head));
                }
            });
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    /// Makes one line of the selected lines, of a single one and the next; a space comes between what was in two lines.
    pub(super) fn join_lines(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        self.buffer.stop_undo_group();
        for lines in self.blocks().into_iter().rev() {
            let joins = (lines.end.0 - lines.start.0).saturating_sub(1).max(1);
            for _ in 0..joins {
                self.join_with_next(out, lines.start, now_ms)?;
            }
        }
        self.merge_cursors();
        self.buffer.stop_undo_group();
        Ok(())
    }

    fn join_with_next(&mut self, out: &mut Outcome, line: LineIndex, now_ms: u64) -> Result<(), EditorError> {
        if line >= self.text().last_line() {
            return Ok(());
        }
        let content = self.text().line(line).into_owned();
        let next = line.down(1);
        let kept = content.trim_end_matches([' ', '\t']);
        // Of a line of nothing but spaces the spaces stay: they are where the next line's text goes.
        let kept = if kept.is_empty() { content.as_str() } else { kept };
        let indentation = self.indentation_of(next).len();
        let is_empty = |line: &str, indentation: usize| line.len() == indentation;
        let between =
            if kept.trim_end().is_empty() || is_empty(&self.text().line(next), indentation) { "" } else { " " };
        let range = ByteOffset(self.text().line_start(line).0 + kept.len())
            ..ByteOffset(self.text().line_start(next).0 + indentation);
        self.change(out, range, between, now_ms)
    }
}

/// The end of a selection that comes last in the text.
fn end_of(selection: &mut Selection) -> &mut ByteOffset {
    if selection.head >= selection.anchor { &mut selection.head } else { &mut selection.anchor }
}
