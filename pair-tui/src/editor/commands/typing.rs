//! What typing does beyond plain characters: line breaks with indentation, deletions, tabs.

use super::{Outcome, Unit};
use crate::editor::{
    Editor, EditorError,
    indent::{IndentStyle, levels::Levels},
    layout,
    position::LineIndex,
    syntax::brackets,
    words,
};
use protocol::ByteOffset;
use std::ops::Range;

impl Editor {
    /// Types a text in place of the selection. A closing bracket that is the first of its line goes below where its partner's line
    /// begins.
    pub(super) fn insert(&mut self, out: &mut Outcome, typed: &str, now_ms: u64) -> Result<(), EditorError> {
        let head = self.selection.head;
        let mut characters = typed.chars();
        let close = characters.next().filter(|_| self.selection.is_cursor() && characters.next().is_none());
        match close.and_then(|close| self.levels().where_closes(head, close)) {
            Some((indentation, wanted)) => self.replace_range(out, indentation, &(wanted + typed), now_ms),
            None => self.replace_selection(out, typed, now_ms),
        }
    }

    /// Breaks the line. The new line is indented as this one, one level more where the language says so: after an opening bracket, or a
    /// colon in Python. A closing bracket right behind the cursor goes to a line of its own.
    pub(super) fn newline(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let range = self.selection.range();
        let text = self.text();
        let (line, line_break) = (text.line_of(range.start), text.line_break());
        let column = range.start.0 - text.line_start(line).0;
        let mut indentation = self.indentation_of(line);
        if indentation.len() > column {
            indentation = text.slice(text.line_start(line)..range.start);
        }
        let closing = text.character_before(range.start).and_then(brackets::closing);
        let closes = closing.is_some() && text.character_at(range.end) == closing;
        let is_deeper = self.levels().is_deeper_after(range.start);
        let unit = self.indent_style().unit();
        if !is_deeper && self.levels().is_last_of_level(range.start) {
            indentation = indentation.strip_suffix(&unit).unwrap_or_default().to_owned();
        }
        let deeper = if is_deeper { unit } else { String::new() };
        let before = format!("{line_break}{indentation}{deeper}");
        let after = if closes { format!("{line_break}{indentation}") } else { String::new() };
        let cursor = ByteOffset(range.start.0 + before.len());
        self.replace_range(out, range, &format!("{before}{after}"), now_ms)?;
        self.selection = self.selection.moved(cursor, false);
        self.buffer.stop_undo_group();
        Ok(())
    }

    fn levels(&self) -> Levels<'_> {
        Levels { text: self.text(), language: self.language() }
    }

    /// What one level of indentation is here: as the text has it, else as the language is written.
    pub(in crate::editor) fn indent_style(&self) -> IndentStyle {
        self.levels().style()
    }

    pub(super) fn delete_backward(&mut self, out: &mut Outcome, unit: Unit, now_ms: u64) -> Result<(), EditorError> {
        let head = self.selection.head;
        let text = self.text();
        let line_start = text.line_start(text.line_of(head));
        let start = match unit {
            Unit::Word if head > line_start => words::previous_start(text, head).max(line_start),
            Unit::Grapheme if self.is_in_space_indentation(head) => self.previous_indent_stop(head),
            _ => text.previous_grapheme(head),
        };
        self.delete_selection_or(out, start..head, now_ms)
    }

    pub(super) fn delete_forward(&mut self, out: &mut Outcome, unit: Unit, now_ms: u64) -> Result<(), EditorError> {
        let head = self.selection.head;
        let text = self.text();
        let line_end = text.line_end(text.line_of(head));
        let end = match unit {
            Unit::Word if head < line_end => words::next_end(text, head).min(line_end),
            _ => text.next_grapheme(head),
        };
        self.delete_selection_or(out, head..end, now_ms)
    }

    /// Indents the selected lines where a selection holds a line break; otherwise inserts a tab, or spaces up to the next stop.
    pub(super) fn tab_or_indent(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        if self.spans_lines() {
            return self.indent(out, now_ms);
        }
        let inserted = match self.indent_style() {
            IndentStyle::Tab => "\t".to_owned(),
            IndentStyle::Spaces(width) => {
                let column = layout::column_of(self.text(), self.selection.range().start, self.tab());
                " ".repeat(layout::TabWidth(width).to_next_stop(column))
            }
        };
        self.replace_selection(out, &inserted, now_ms)
    }

    fn delete_selection_or(
        &mut self,
        out: &mut Outcome,
        otherwise: Range<ByteOffset>,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        let range = if self.selection.is_cursor() { otherwise } else { self.selection.range() };
        self.replace_range(out, range, "", now_ms)
    }

    /// The spaces and tabs that a line starts with.
    pub(super) fn indentation_of(&self, line: LineIndex) -> String {
        self.levels().indentation_of(line)
    }

    /// Whether there are only spaces, at least two, between the start of the line and a place.
    fn is_in_space_indentation(&self, at: ByteOffset) -> bool {
        let start = self.text().line_start(self.text().line_of(at));
        let before = self.text().slice(start..at);
        before.len() > 1 && before.bytes().all(|byte| byte == b' ')
    }

    /// Where one level of indentation less ends, seen from a place in the spaces a line starts with.
    fn previous_indent_stop(&self, at: ByteOffset) -> ByteOffset {
        let IndentStyle::Spaces(width) = self.indent_style() else {
            return self.text().previous_grapheme(at);
        };
        let column = at.0 - self.text().line_start(self.text().line_of(at)).0;
        let surplus = column % width.max(1);
        ByteOffset(at.0 - if surplus == 0 { width.min(column) } else { surplus })
    }
}
