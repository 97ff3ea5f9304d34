//! Puts the selected lines into comments, in the way of the text's language, or takes them out.

use super::Outcome;
use crate::editor::{Editor, EditorError, position::LineIndex, syntax::language::Around};
use protocol::ByteOffset;

impl Editor {
    /// Comments the selected lines, or brings them back where all of them are comments. Empty lines stay as they are. Does nothing
    /// where the language has no comments, or none is known.
    pub(super) fn toggle_comment(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let Some(language) = self.language() else { return Ok(()) };
        let mut lines = self.touched_lines();
        if lines.len() > 1 {
            lines.retain(|line| !self.text().line(*line).trim().is_empty());
        }
        self.buffer.stop_undo_group();
        match (language.line_comment, language.block_comment) {
            (Some(sign), _) => self.toggle_line_comments(out, &lines, sign, now_ms)?,
            (None, Some(around)) => self.toggle_block_comments(out, &lines, around, now_ms)?,
            (None, None) => {}
        }
        self.buffer.stop_undo_group();
        Ok(())
    }

    fn toggle_line_comments(
        &mut self,
        out: &mut Outcome,
        lines: &[LineIndex],
        sign: &str,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        let all = lines.iter().all(|line| self.text().line(*line).trim_start().starts_with(sign));
        let depth = lines.iter().map(|line| self.indentation_of(*line).len()).min().unwrap_or(0);
        for line in lines {
            let start = self.text().line_start(*line);
            if all {
                let at = ByteOffset(start.0 + self.indentation_of(*line).len());
                let has_space = self.text().character_at(ByteOffset(at.0 + sign.len())) == Some(' ');
                let end = ByteOffset(at.0 + sign.len() + usize::from(has_space));
                self.change(out, at..end, "", now_ms)?;
            } else {
                let at = ByteOffset(start.0 + depth);
                self.change(out, at..at, &format!("{sign} "), now_ms)?;
            }
        }
        Ok(())
    }

    fn toggle_block_comments(
        &mut self,
        out: &mut Outcome,
        lines: &[LineIndex],
        (open, close): Around,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        let is_comment = |text: &str| {
            let text = text.trim();
            text.len() >= open.len() + close.len() && text.starts_with(open) && text.ends_with(close)
        };
        let all = lines.iter().all(|line| is_comment(&self.text().line(*line)));
        for line in lines {
            let content = self.text().line(*line).into_owned();
            let (line_start, depth) = (self.text().line_start(*line).0, self.indentation_of(*line).len());
            let (start, end) = (line_start + depth, line_start + content.trim_end().len().max(depth));
            if all {
                let inner = content.trim().strip_prefix(open).and_then(|inner| inner.strip_suffix(close));
                let inner = inner.unwrap_or_default();
                let before = usize::from(inner.starts_with(' '));
                let after = usize::from(inner.len() > before && inner.ends_with(' '));
                self.change(out, ByteOffset(end - close.len() - after)..ByteOffset(end), "", now_ms)?;
                self.change(out, ByteOffset(start)..ByteOffset(start + open.len() + before), "", now_ms)?;
            } else {
                self.change(out, ByteOffset(end)..ByteOffset(end), &format!(" {close}"), now_ms)?;
                self.change(out, ByteOffset(start)..ByteOffset(start), &format!("{open} "), now_ms)?;
            }
        }
        Ok(())
    }
}
