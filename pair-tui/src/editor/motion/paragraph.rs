//! Moves by paragraphs: runs of lines that are not empty.

use super::Direction;
use crate::editor::{lines::Lines, position::LineIndex};
use protocol::ByteOffset;

/// Where `{` or `}` goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParagraphEnd {
    /// The place.
    pub at: ByteOffset,
    /// Whether an operator takes the character there, too: the last one of the text.
    pub is_inclusive: bool,
}

/// The line below or above; none where the text ends.
pub(in crate::editor) fn neighbour(lines: &Lines<'_>, line: LineIndex, direction: Direction) -> Option<LineIndex> {
    match direction {
        Direction::Forward => Some(line.down(1)).filter(|line| *line <= lines.last()),
        Direction::Backward => line.0.checked_sub(1).map(LineIndex),
    }
}

/// To the `count`th empty line behind (or before) a paragraph, the end (or start) of the text at most; none where it is fewer.
pub fn paragraph(lines: &Lines<'_>, at: ByteOffset, count: usize, direction: Direction) -> Option<ParagraphEnd> {
    let mut line = lines.of(at);
    for left in (0..count).rev() {
        let mut was_inside = false;
        let mut is_first = true;
        loop {
            was_inside |= !lines.is_empty(line);
            if !is_first && was_inside && lines.is_empty(line) {
                break;
            }
            is_first = false;
            match neighbour(lines, line, direction) {
                Some(next) => line = next,
                None if left > 0 => return None,
                None => break,
            }
        }
    }
    let is_end = line == lines.last() && direction == Direction::Forward;
    if is_end && !lines.is_empty(line) {
        return Some(ParagraphEnd { at: lines.last_character(line), is_inclusive: true });
    }
    Some(ParagraphEnd { at: lines.start(line), is_inclusive: false })
}
