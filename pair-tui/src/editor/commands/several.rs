//! What commands do where there are several cursors: most are carried out at each of them; copies and pastes are shared out among
//! them; those on lines know all selected lines themselves.

use super::{Clip, EditorCommand, Motion, Outcome};
use crate::editor::{Editor, EditorError, position::LineIndex, selection::Selection};
use protocol::text::TextDelta;
use std::ops::Range;

impl Editor {
    /// Carries a command out at all cursors. One that fails leaves what it did at the cursors before.
    pub(super) fn at_all_cursors(
        &mut self,
        out: &mut Outcome,
        command: &EditorCommand,
        now_ms: u64,
    ) -> Result<(), EditorError> {
        match command {
            EditorCommand::Move { motion, extend } => self.move_cursors(*motion, *extend),
            EditorCommand::Tab if self.spans_lines() => self.at_cursor(out, command, now_ms),
            EditorCommand::Insert(_)
            | EditorCommand::Newline
            | EditorCommand::Tab
            | EditorCommand::DeleteBackward(_)
            | EditorCommand::DeleteForward(_) => self.each_cursor(|editor, _| editor.at_cursor(out, command, now_ms)),
            EditorCommand::Paste(text) => {
                let pieces = self.shared_out(text);
                self.each_cursor(|editor, nth| editor.paste(out, pieces.get(nth).unwrap_or(text), now_ms))
            }
            EditorCommand::PasteClip(clip) => {
                let line_break = self.text().line_break();
                let piece = |text: String| Clip { text: text + if clip.is_line { line_break } else { "" }, ..*clip };
                let pieces: Vec<_> = self.shared_out(&clip.text).into_iter().map(piece).collect();
                self.each_cursor(|editor, nth| editor.paste_clip(out, pieces.get(nth).unwrap_or(clip), now_ms))
            }
            EditorCommand::Copy => {
                out.clip = Some(self.copy_of_all());
                Ok(())
            }
            EditorCommand::Cut => self.cut_all(out, now_ms),
            _ => self.at_cursor(out, command, now_ms),
        }
    }

    fn move_cursors(&mut self, motion: Motion, extend: bool) -> Result<(), EditorError> {
        let (before, main) = (self.viewport, self.selection);
        let mut scrolled = before;
        self.each_cursor(|editor, _| {
            // A page is scrolled once, however many cursors there are.
            let is_main = editor.selection == main;
            editor.viewport = before;
            editor.move_cursor(motion, extend);
            if is_main {
                scrolled = editor.viewport;
            }
            Ok(())
        })?;
        self.viewport = scrolled;
        Ok(())
    }

    /// A text in lines, one for each cursor, if there are as many; none otherwise: each gets all of it.
    fn shared_out(&self, text: &str) -> Vec<String> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<String> = text.strip_suffix('\n').unwrap_or(&text).split('\n').map(str::to_owned).collect();
        if lines.len() == self.selections().count() { lines } else { Vec::new() }
    }

    /// Each selection's text in a line of its own; without any selection the lines of all cursors.
    fn copy_of_all(&self) -> Clip {
        let line_break = self.text().line_break();
        let mut selected: Vec<Selection> = self.selections().filter(|selection| !selection.is_cursor()).collect();
        if selected.is_empty() {
            let line = |line: LineIndex| self.text().line(line).into_owned() + line_break;
            return Clip { text: self.touched_lines().into_iter().map(line).collect(), is_line: true };
        }
        selected.sort_by_key(|selection| selection.range().start);
        let texts: Vec<_> = selected.iter().map(|selection| self.text().slice(selection.range())).collect();
        Clip { text: texts.join(line_break), is_line: false }
    }

    fn cut_all(&mut self, out: &mut Outcome, now_ms: u64) -> Result<(), EditorError> {
        let clip = self.copy_of_all();
        self.buffer.stop_undo_group();
        if clip.is_line {
            for line in self.touched_lines().into_iter().rev() {
                let range = self.text().line_start(line)..self.text().next_line_start(line);
                self.change(out, range, "", now_ms)?;
            }
            self.merge_cursors();
        } else {
            self.each_cursor(|editor, _| editor.replace_selection(out, "", now_ms))?;
        }
        self.buffer.stop_undo_group();
        out.clip = Some(clip);
        Ok(())
    }

    /// Whether any selection reaches over the end of a line.
    pub(super) fn spans_lines(&self) -> bool {
        self.selections().any(|selection| {
            let lines = self.lines_of(selection);
            lines.start.down(1) < lines.end
        })
    }

    /// The lines that any selection touches, each once, in order.
    pub(super) fn touched_lines(&self) -> Vec<LineIndex> {
        let lines = |block: Range<LineIndex>| (block.start.0..block.end.0).map(LineIndex);
        self.blocks().into_iter().flat_map(lines).collect()
    }

    /// The lines that any selection touches, those side by side in one block, in order.
    pub(super) fn blocks(&self) -> Vec<Range<LineIndex>> {
        let mut touched: Vec<_> = self.selections().map(|selection| self.lines_of(selection)).collect();
        touched.sort_by_key(|lines| lines.start);
        let mut blocks: Vec<Range<LineIndex>> = Vec::new();
        for lines in touched {
            match blocks.last_mut() {
                Some(last) if lines.start <= last.end => last.end = last.end.max(lines.end),
                _ => blocks.push(lines),
            }
        }
        blocks
    }

    /// Keeps all cursors with what an undo brought back or took: those where text came go behind it.
    pub(super) fn follow_undo(&mut self, delta: &TextDelta) {
        self.each_selection(|_, selection| {
            *selection = if selection.is_cursor() {
                Selection::cursor(delta.map(selection.head, false))
            } else {
                selection.mapped(delta)
            };
        });
        self.merge_cursors();
    }
}
