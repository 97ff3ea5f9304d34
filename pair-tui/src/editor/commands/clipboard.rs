//! Copy, cut and paste. Knows no system clipboard: what was copied is handed out, what is pasted is handed in.

use super::Outcome;
use crate::editor::{Editor, EditorError, selection::Selection};
use protocol::ByteOffset;

/// A text that was copied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clip {
    /// The text.
    pub text: String,
    /// Whether it was copied without a selection: the whole line, which is pasted above the line that the cursor is in.
    pub is_line: bool,
}

impl Editor {
    pub(super) fn copy(&self) -> Clip {
        if !self.selection.is_cursor() {
            return Clip { text: self.text().slice(self.selection.range()), is_line: false };
        }
        let line = self.text().line(self.cursor_line()).into_owned();
        Clip { text: line + self.text().line_break(), is_line: true }
    }

    pub(super) fn cut(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let clip = self.copy();
        let line = self.cursor_line();
        let range = if clip.is_line {
            self.text().line_start(line)..self.text().next_line_start(line)
        } else {
            self.selection.range()
        };
        self.buffer.stop_undo_group();
        self.replace_range(out, range, "", now_ms)?;
        self.buffer.stop_undo_group();
        out.clip = Some(clip);
        Ok(())
    }

    pub(super) fn paste(&mut self, out: &mut Outcome, text: &str, now_ms: u64) -> Result<(), EditorError> {
        // Terminals send line breaks of a paste as carriage returns.
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = if self.text().line_break() == "\n" { lines } else { lines.replace('\n', self.text().line_break()) };
        self.buffer.stop_undo_group();
        self.replace_selection(out, &text, now_ms)?;
        self.buffer.stop_undo_group();
        Ok(())
    }

    pub(super) fn paste_clip(&mut self, out: &mut Outcome, clip: &Clip, now_ms: u64) -> Result<(), EditorError> {
        if !(clip.is_line && self.selection.is_cursor()) {
            return self.paste(out, &clip.text, now_ms);
        }
        let start = self.text().line_start(self.cursor_line());
        let head = ByteOffset(self.selection.head.0 + clip.text.len());
        self.buffer.stop_undo_group();
        self.change(out, start..start, &clip.text, now_ms)?;
        self.selection = Selection::cursor(head);
        self.buffer.stop_undo_group();
        Ok(())
    }
}
