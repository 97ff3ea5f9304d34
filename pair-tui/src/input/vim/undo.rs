//! Where the cursor goes after undo and redo: where it was before the change, if the change is there, as in vim; where others have
//! edited since, to the change itself.

use super::{
    state::{View, Vim},
    work::UndoPlace,
};
use crate::editor::{lines::Lines, position::LineIndex};
use protocol::{ByteOffset, text::TextDelta};

/// The cursors before each undo step.
#[derive(Debug, Default)]
pub(super) struct UndoPlaces {
    undo: Vec<Option<UndoPlace>>,
    redo: Vec<Option<UndoPlace>>,
}

impl UndoPlaces {
    pub fn push(&mut self, place: UndoPlace) {
        self.undo.push(Some(place));
        self.redo.clear();
    }

    /// Lines and columns from before somebody else's edit say nothing after it.
    pub fn others_edited(&mut self) {
        self.undo.iter_mut().chain(&mut self.redo).for_each(|place| *place = None);
    }

    fn pop(&mut self, is_redo: bool) -> Option<UndoPlace> {
        let (from, to) = if is_redo { (&mut self.redo, &mut self.undo) } else { (&mut self.undo, &mut self.redo) };
        let place = from.pop()?;
        to.push(place);
        place
    }
}

impl Vim {
    /// Where the cursor goes after an undo, or a redo, which did this to the text; `view` is the editor after it.
    pub fn undone(&mut self, delta: &TextDelta, view: &View<'_>, is_redo: bool) -> ByteOffset {
        let saved = self.undo.entry(view.document.clone()).or_default().pop(is_redo);
        if let Some(marks) = self.marks.get_mut(view.document) {
            for splice in &delta.splices {
                marks.map(splice.at, splice.removed, splice.inserted.len());
            }
        }
        let lines = Lines::new(view.text);
        let (first, last) = changed_lines(&lines, delta);
        let at = match saved {
            Some(place) if place.line.down(1) >= first && place.line <= last.down(1) => {
                let start = lines.start(place.line);
                if place.line > lines.last() {
                    lines.start(lines.last())
                } else {
                    ByteOffset(start.0 + place.byte).min(lines.end(place.line))
                }
            }
            _ => lines.first_nonblank(first),
        };
        lines.on_character(at)
    }
}

/// The first and last line that are not what they were.
fn changed_lines(lines: &Lines<'_>, delta: &TextDelta) -> (LineIndex, LineIndex) {
    let mut range: Option<(LineIndex, LineIndex)> = None;
    for splice in &delta.splices {
        let end = ByteOffset(splice.at.0 + splice.inserted.len());
        let starts_behind = splice.inserted.starts_with('\n') && !lines.is_empty(lines.of(splice.at));
        let first = lines.of(splice.at).down(usize::from(starts_behind)).min(lines.last());
        let last = lines.of(if splice.inserted.ends_with('\n') { ByteOffset(end.0 - 1) } else { end });
        range = Some(range.map_or((first, last), |(low, high)| (low.min(first), high.max(last))));
    }
    range.unwrap_or_default()
}
