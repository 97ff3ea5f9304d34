//! Undo and redo of this participant's own edits. The cursor goes to where the text changed.

use super::Outcome;
use crate::editor::{Editor, buffer::LocalEdit, selection::Selection};
use protocol::ByteOffset;

impl Editor {
    pub(super) fn undo(&mut self, out: &mut Outcome, now_ms: u64) {
        let held = self.viewport.hold(self.text());
        let undone = self.buffer.undo(now_ms);
        self.after(out, held, undone);
    }

    pub(super) fn redo(&mut self, out: &mut Outcome, now_ms: u64) {
        let held = self.viewport.hold(self.text());
        let redone = self.buffer.redo(now_ms);
        self.after(out, held, redone);
    }

    fn after(&mut self, out: &mut Outcome, held: ByteOffset, edit: Option<LocalEdit>) {
        let Some(edit) = edit else { return };
        self.viewport.follow(held, &edit.delta, self.buffer.text());
        if self.has_several_cursors() {
            self.follow_undo(&edit.delta);
            self.viewport.centre(self.text().line_of(self.selection.head));
            return out.add(edit);
        }
        let behind = edit.delta.splices.last().map(|splice| ByteOffset(splice.at.0 + splice.inserted.len()));
        let mapped = self.selection.mapped(&edit.delta);
        self.selection = behind.map_or(mapped, |at| Selection::cursor(self.text().clamp(at)));
        self.viewport.centre(self.text().line_of(self.selection.head));
        out.add(edit);
    }
}
