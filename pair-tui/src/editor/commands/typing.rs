//! What typing does beyond plain characters: line breaks with indentation, deletions, tabs.

use super::{Outcome, Unit};
use crate::editor::{Editor, EditorError, indent::IndentStyle, layout, position::LineIndex, words};
use protocol::ByteOffset;
use std::ops::Range;

impl Editor {
    /// Breaks the line. The new line is indented as this one, one level more after an opening bracket; a closing bracket right
    /// behind the cursor goes to a line of its own.
    pub(super) fn newline(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let range = self.selection.range();
        let text = self.text();
        let (line, line_break) = (text.line_of(range.start), text.line_break());
        let column = range.start.0 - text.line_start(line).0;
        let mut indentation = self.indentation_of(line);
        if indentation.len() > column {
            indentation = text.slice(text.line_start(line)..range.start);
        }
        let opens = text.character_before(range.start).filter(|c| matches!(c, '{' | '(' | '['));
        let closes = opens.is_some_and(|open| text.character_at(range.end) == Some(closing(open)));
        let deeper = if opens.is_some() { IndentStyle::of(text).unit() } else { String::new() };
        let before = format!("{line_break}{indentation}{deeper}");
        let after = if closes { format!("{line_break}{indentation}") } else { String::new() };
        let cursor = ByteOffset(range.start.0 + before.len());
        self.replace_range(out, range, &format!("{before}{after}"), now_ms)?;
        self.selection = self.selection.moved(cursor, false);
        self.buffer.stop_undo_group();
        Ok(())
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

    /// Indents the lines of a selection that holds a line break; otherwise inserts a tab, or spaces up to the next stop.
    pub(super) fn tab_or_indent(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let lines = self.selected_lines();
        if lines.start.down(1) < lines.end {
            return self.indent(out, lines, now_ms);
        }
        let inserted = match IndentStyle::of(self.text()) {
            IndentStyle::Tab => "\t".to_owned(),
            IndentStyle::Spaces(width) => {
                let column = layout::column_of(self.text(), self.selection.range().start, self.tab);
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
        let start = self.text().line_start(line);
        self.text().characters_from(start).take_while(|c| matches!(c, ' ' | '\t')).collect()
    }

    /// Whether there are only spaces, at least two, between the start of the line and a place.
    fn is_in_space_indentation(&self, at: ByteOffset) -> bool {
        let start = self.text().line_start(self.text().line_of(at));
        let before = self.text().slice(start..at);
        before.len() > 1 && before.bytes().all(|byte| byte == b' ')
    }

    /// Where one level of indentation less ends, seen from a place in the spaces a line starts with.
    fn previous_indent_stop(&self, at: ByteOffset) -> ByteOffset {
        let IndentStyle::Spaces(width) = IndentStyle::of(self.text()) else {
            return self.text().previous_grapheme(at);
        };
        let column = at.0 - self.text().line_start(self.text().line_of(at)).0;
        let surplus = column % width.max(1);
        ByteOffset(at.0 - if surplus == 0 { width.min(column) } else { surplus })
    }
}

fn closing(open: char) -> char {
    match open {
        '{' => '}',
        '(' => ')',
        _ => ']',
    }
}
