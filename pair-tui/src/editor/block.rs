//! The columns that a selection of a block takes in, line by line. Knows no keys.

use super::{
    layout::{self, TabWidth},
    lines::Lines,
    position::{Cells, LineIndex},
    selection::Selection,
    text::Text,
};
use protocol::ByteOffset;
use std::ops::Range;

/// A piece for each line: the characters with a cell between the columns of both ends.
pub(super) fn pieces(text: &Text, selection: Selection, tab: TabWidth) -> Vec<Range<ByteOffset>> {
    let lines = Lines::new(text);
    let (one, other) = (lines.columns(selection.anchor, tab), lines.columns(selection.head, tab));
    let left = one.start.min(other.start);
    let right = if selection.goal == Some(Cells(usize::MAX)) { Cells(usize::MAX) } else { one.end.max(other.end) };
    let range = selection.range();
    (lines.of(range.start).0..=lines.of(range.end).0)
        .map(|line| {
            let (start, content) = (lines.start(LineIndex(line)), lines.content(LineIndex(line)));
            let mut piece: Option<Range<ByteOffset>> = None;
            for glyph in layout::glyphs(&content, tab).filter(|glyph| glyph.column.0 + glyph.width > left.0) {
                if glyph.column > right {
                    break;
                }
                let from = ByteOffset(start.0 + glyph.at.0);
                piece = Some(piece.map_or(from, |piece| piece.start)..text.next_grapheme(from));
            }
            piece.unwrap_or(lines.end(LineIndex(line))..lines.end(LineIndex(line)))
        })
        .collect()
}
