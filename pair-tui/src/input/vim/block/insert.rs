//! `I`, `A` and `c` on a block: what is typed in its first line comes into the others when insert mode ends.

use super::Block;
use crate::{
    editor::{
        layout,
        position::{Cells, LineIndex},
    },
    input::vim::{
        command::InsertAt,
        insert::Insert,
        marks::map,
        state::{Mode, Vim},
        work::Work,
    },
};
use protocol::ByteOffset;

/// Where the other lines of a block get what is typed in the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::input::vim) struct BlockInsert {
    /// The start of each line but the first, which stays with its line while others edit.
    lines: Vec<ByteOffset>,
    /// The column; none: the end of each line.
    column: Option<usize>,
    /// Whether lines that end before it are filled up, and not left out.
    fills: bool,
    /// Where the block began, if the cursor goes back to there.
    corner: Option<ByteOffset>,
}

impl BlockInsert {
    pub fn map(&mut self, at: ByteOffset, removed: usize, inserted: usize) {
        self.map_lines(at, removed, inserted);
        self.corner = self.corner.map(|corner| map(corner, at, removed, inserted));
    }

    /// After a change of this participant, which is behind the block's corner.
    pub fn map_lines(&mut self, at: ByteOffset, removed: usize, inserted: usize) {
        self.lines.iter_mut().for_each(|line| *line = map(*line, at, removed, inserted));
    }
}

impl Vim {
    /// `I` and `A`.
    pub(in crate::input::vim) fn insert_at_block(&mut self, at: InsertAt, times: usize, work: &mut Work<'_>) {
        let block = self.leave_block(work);
        self.begin_insert_step(work);
        let corner = work.cursor;
        let (column, fills) = match at {
            InsertAt::Cursor => (Some(block.left), false),
            _ if block.to_line_end => (None, false),
            _ => (Some(block.right + 1), true),
        };
        let place = match column {
            Some(_) if !fills => corner,
            Some(column) => fill_up(block.first_line, column, fills, work),
            None => work.lines().end(block.first_line),
        };
        let others = BlockInsert { lines: other_lines(&block, work), column, fills, corner: Some(corner) };
        self.begin_in_block(others, place, times, work);
    }

    /// `c`: the block goes, and what is typed comes in its place.
    pub(in crate::input::vim) fn change_block(&mut self, block: &Block, register: Option<char>, work: &mut Work<'_>) {
        self.begin_insert_step(work);
        self.delete_block(block, register, work);
        let place = work.lines().at_column(block.first_line, Cells(block.left), work.tab, true);
        let lines = other_lines(block, work);
        let others = BlockInsert { lines, column: Some(block.left), fills: false, corner: None };
        self.begin_in_block(others, place, 1, work);
    }

    fn begin_in_block(&mut self, others: BlockInsert, place: ByteOffset, times: usize, work: &mut Work<'_>) {
        work.go(place);
        let mut insert = Insert::new(place);
        (insert.times, insert.block) = (times, Some(others));
        self.insert = Some(insert);
        self.mode = Mode::Insert;
    }
}

/// The starts of a block's lines but the first.
fn other_lines(block: &Block, work: &Work<'_>) -> Vec<ByteOffset> {
    (block.first_line.0 + 1..=block.last_line.0).map(|line| work.lines().start(LineIndex(line))).collect()
}

/// Puts what was typed behind `start` into the other lines, if it is within a line. Gives where the cursor goes, if that is decided.
pub(in crate::input::vim) fn repeat_in_block(
    others: &BlockInsert,
    start: ByteOffset,
    work: &mut Work<'_>,
) -> Option<ByteOffset> {
    let lines = work.lines();
    let is_within_line = start <= work.cursor && lines.of(start) == lines.of(work.cursor);
    let typed = work.text().slice(start..work.cursor.max(start));
    if !is_within_line || typed.is_empty() {
        return None;
    }
    let cursor = work.cursor;
    for line in others.lines.iter().rev() {
        let line = work.lines().of(*line);
        let place = match others.column {
            Some(column) => {
                let width = layout::width_of(&work.lines().content(line), work.tab);
                if width < column && !others.fills {
                    continue;
                }
                fill_up(line, column, others.fills, work)
            }
            None => work.lines().end(line),
        };
        work.insert(place, &typed);
    }
    work.go(cursor);
    others.corner
}

/// The place of a line that is in a column; a tab that covers it is cut into blanks, and a line that ends before it gets some.
fn fill_up(line: LineIndex, column: usize, fills: bool, work: &mut Work<'_>) -> ByteOffset {
    let lines = work.lines();
    let (start, end, content) = (lines.start(line), lines.end(line), lines.content(line).into_owned());
    let mut width = 0;
    for glyph in layout::glyphs(&content, work.tab) {
        let at = ByteOffset(start.0 + glyph.at.0);
        if glyph.column.0 >= column {
            return at;
        }
        width = glyph.column.0 + glyph.width;
        if width > column {
            let before = column - glyph.column.0;
            let behind = work.text().next_grapheme(at);
            if content.get(glyph.at.0..).is_some_and(|rest| rest.starts_with('\t')) {
                work.replace(at..behind, &" ".repeat(glyph.width));
                return ByteOffset(at.0 + before);
            }
            return at;
        }
    }
    if fills && width < column {
        let blanks = column - width;
        work.replace(end..end, &" ".repeat(blanks));
        return ByteOffset(end.0 + blanks);
    }
    end
}
