//! Changes that were worked out elsewhere, on a copy of the text: what a modal key map asks for.

use super::Outcome;
use crate::editor::{Editor, EditorError, selection::Selection};
use protocol::ByteOffset;

/// One change, in the text as the changes before it left it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// Where.
    pub at: ByteOffset,
    /// How much goes, in bytes.
    pub removed: usize,
    /// What comes.
    pub inserted: String,
}

/// Changes, and what is selected after them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rewrite {
    /// The changes, first to last.
    pub changes: Vec<Change>,
    /// The selection, in the text as all changes left it.
    pub selection: Selection,
}

impl Editor {
    /// Makes changes; selections stay on their text.
    pub(super) fn make_changes(
        &mut self,
        out: &mut Outcome,
        changes: &[Change],
        now_ms: u64,
    ) -> Result<(), EditorError> {
        self.buffer.begin_undo_step(now_ms);
        let made = changes
            .iter()
            .try_for_each(|change| self.change(out, change.at.span(change.removed), &change.inserted, now_ms));
        self.buffer.end_undo_step();
        self.merge_cursors();
        made
    }

    pub(super) fn rewrite(&mut self, out: &mut Outcome, rewrite: &Rewrite, now_ms: u64) -> Result<(), EditorError> {
        let is_own_step = !self.buffer.is_in_undo_step() && !rewrite.changes.is_empty();
        if is_own_step {
            self.buffer.begin_undo_step(now_ms);
        }
        for change in &rewrite.changes {
            let edit = self.buffer.edit(change.at.span(change.removed), &change.inserted, now_ms)?;
            out.add(edit);
        }
        self.use_one_cursor();
        let Selection { anchor, head, goal } = rewrite.selection;
        self.selection = Selection { anchor: self.text().clamp(anchor), head: self.text().clamp(head), goal };
        if is_own_step {
            self.buffer.end_undo_step();
        }
        Ok(())
    }
}
