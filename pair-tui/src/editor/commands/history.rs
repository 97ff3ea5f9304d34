//! Undo and redo of this participant's own edits. The cursor goes to where the text changed.

use super::Outcome;
use crate::editor::{Editor, buffer::LocalEdit, selection::Selection};
use protocol::ByteOffset;

impl Editor {
    pub(super) fn undo(&mut self, out: &mut Outcome, now_ms: u64) {
        let undone = self.buffer.undo(now_ms);
        self.after(out, undone);
    }

    pub(super) fn redo(&mut self, out: &mut Outcome, now_ms: u64) {
        let redone = self.buffer.redo(now_ms);
        self.after(out, redone);
    }

    fn after(&mut self, out: &mut Outcome, edit: Option<LocalEdit>) {
        let Some(edit) = edit else { return };
        if self.has_several_cursors() {
            self.follow_undo(&edit.delta);
            return out.add(edit);
        }
        let mapped = self.selection.mapped(&edit.delta);
        // Of many places the one nearest to where the cursor is: nobody is thrown to the end of a text.
        let behind = edit.delta.splices.iter().map(|splice| splice.at.0 + splice.inserted.len());
        let nearest = behind.rev().min_by_key(|at| at.abs_diff(mapped.head.0)).map(ByteOffset);
        self.selection = nearest.map_or(mapped, |at| Selection::cursor(self.text().clamp(at)));
        out.add(edit);
    }
}
