//! Blockwise visual mode (Ctrl-V): the columns that are selected, what each line has in them, and the operators on that. Cells of a
//! character that is cut by an edge of the block (a tab, a wide character) become blanks, as in vim.

use super::{
    change::replacement_of,
    command::Operator,
    motion::FAR_RIGHT,
    register::Taken,
    state::{Mode, Vim},
    work::Work,
};
use crate::{
    editor::{
        layout::{self, Glyph},
        lines::Lines,
        position::{Cells, LineIndex},
    },
    input::Key,
};
use protocol::ByteOffset;
use std::ops::Range;

mod insert;
mod put;
mod shift;

pub(super) use insert::{BlockInsert, repeat_in_block};
pub(super) use put::put_block;

/// A selection of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub first_line: LineIndex,
    pub last_line: LineIndex,
    /// The first and the last column of it.
    pub left: usize,
    pub right: usize,
    /// Whether it goes on to the end of each line (`$`).
    pub to_line_end: bool,
}

/// What one line has in the columns of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// The characters that are in it, those in part, too.
    pub range: Range<ByteOffset>,
    /// Their text; blanks for those that are in it only in part.
    pub text: String,
    /// How many cells of the characters at its edges are outside.
    pub outside: (usize, usize),
    /// Whether the line ends before the block begins.
    pub is_short: bool,
    /// How many cells the line has.
    pub width: usize,
}

impl Block {
    /// What is selected.
    pub fn selected(work: &Work<'_>, width: Option<usize>) -> Self {
        let lines = work.lines();
        let (one, other) = (work.anchor, work.cursor);
        let (first_line, last_line) = (lines.of(one.min(other)), lines.of(one.max(other)));
        let (one, other) = (lines.columns(one, work.tab), lines.columns(other, work.tab));
        let to_line_end = work.goal == Some(FAR_RIGHT);
        let left = one.start.min(other.start).0;
        let mut right = width.map_or(one.end.max(other.end).0, |width| left + width.saturating_sub(1));
        if to_line_end {
            let width = |line| layout::width_of(&lines.content(LineIndex(line)), work.tab);
            right = (first_line.0..=last_line.0).map(width).max().unwrap_or_default().max(left);
        }
        Self { first_line, last_line, left, right, to_line_end }
    }

    /// Its lines, the last one first: what is changed in one moves nothing in those that follow.
    pub fn lines_up(&self) -> impl Iterator<Item = LineIndex> + use<> {
        (self.first_line.0..=self.last_line.0).rev().map(LineIndex)
    }

    /// Its upper left corner, as far as there are characters.
    pub fn corner(&self, work: &Work<'_>) -> ByteOffset {
        work.lines().at_column(self.first_line, Cells(self.left), work.tab, false)
    }

    /// Whether there is nothing to delete: then the registers keep what they have.
    fn is_empty_line(&self, work: &Work<'_>) -> bool {
        self.first_line == self.last_line && work.lines().content(self.first_line).is_empty()
    }

    /// What a line has in it.
    pub fn part(&self, line: LineIndex, work: &Work<'_>) -> Part {
        part_of(&work.lines(), line, (self.left, self.right), work)
    }

    /// Its text as a register holds it.
    pub fn register(&self, work: &Work<'_>) -> super::Register {
        let cells = self.right - self.left + 1;
        let row = |line: usize| {
            let part = self.part(LineIndex(line), work);
            if part.is_short { " ".repeat(cells) } else { part.text }
        };
        let rows: Vec<String> = (self.first_line.0..=self.last_line.0).map(row).collect();
        let width = if self.to_line_end && cells > 1 { cells - 1 } else { cells };
        super::Register { text: rows.join("\n"), is_linewise: false, block: Some(width) }
    }
}

fn part_of(lines: &Lines<'_>, line: LineIndex, (left, right): (usize, usize), work: &Work<'_>) -> Part {
    let (start, content) = (lines.start(line), lines.content(line));
    let end_of = |glyph: &Glyph<'_>| glyph.column.0 + glyph.width;
    let mut part = Part { range: lines.end(line)..lines.end(line), is_short: true, ..Part::default() };
    for glyph in layout::glyphs(&content, work.tab) {
        part.width = end_of(&glyph);
        if end_of(&glyph) <= left || glyph.column.0 > right {
            continue;
        }
        let from = ByteOffset(start.0 + glyph.at.0);
        let to = work.text().next_grapheme(from);
        let cut = (left.saturating_sub(glyph.column.0), end_of(&glyph).saturating_sub(right + 1));
        if part.text.is_empty() {
            part.range = from..to;
            part.outside.0 = cut.0;
        }
        part.range.end = to;
        part.outside.1 = cut.1;
        if cut == (0, 0) {
            part.text.push_str(&work.text().slice(from..to));
        } else {
            part.text.push_str(&" ".repeat(glyph.width - cut.0 - cut.1));
        }
    }
    part.is_short = part.width < left;
    part
}

impl Vim {
    /// Ends the selection and gives what it was.
    pub(super) fn leave_block(&mut self, work: &mut Work<'_>) -> Block {
        let block = Block::selected(work, self.block_width.take());
        self.remember_selection(work);
        self.mode = Mode::Normal;
        work.go(block.corner(work));
        block
    }

    /// An operator on the block; `to_line_end`: `D` and `C` take the rest of its lines.
    pub(super) fn operate_on_block(
        &mut self,
        operator: Operator,
        to_line_end: bool,
        register: Option<char>,
        times: usize,
        work: &mut Work<'_>,
    ) {
        if to_line_end {
            work.goal = Some(FAR_RIGHT);
        }
        let block = self.leave_block(work);
        let corner = work.cursor;
        match operator {
            Operator::Yank => self.take_block(&block, register, Taken::Yanked, work),
            Operator::Delete => self.delete_block(&block, register, work),
            Operator::Change => self.change_block(&block, register, work),
            Operator::Indent | Operator::Outdent => self.shift_block(&block, operator == Operator::Indent, times, work),
            Operator::Reindent => {
                let region = super::region::Region::of_lines(work, block.first_line, block.last_line);
                self.operate(operator, &region, register, times, work);
            }
            Operator::Lower | Operator::Upper | Operator::Toggle => {
                for line in block.lines_up() {
                    let part = block.part(line, work);
                    work.replace_each(part.range, |c| replacement_of(operator, c));
                }
                work.go(corner);
            }
        }
    }

    fn take_block(&mut self, block: &Block, register: Option<char>, taken: Taken, work: &mut Work<'_>) {
        let content = block.register(work);
        self.take_content(content, register, taken, work);
        work.mark('[', work.cursor);
    }

    fn delete_block(&mut self, block: &Block, register: Option<char>, work: &mut Work<'_>) {
        if block.is_empty_line(work) {
            return;
        }
        let within_line = block.first_line == block.last_line;
        self.take_block(block, register, Taken::Deleted { within_line, fills_one: false }, work);
        clear_block(block, work);
    }

    /// `p` and `P` over a block: a text within a line comes into each of its lines, others at its upper left corner.
    pub(super) fn put_over_block(
        &mut self,
        register: Option<char>,
        times: usize,
        keeps_registers: bool,
        work: &mut Work<'_>,
    ) {
        let content = self.content(register, work);
        let block = self.leave_block(work);
        if !keeps_registers && !block.is_empty_line(work) {
            let within_line = block.first_line == block.last_line;
            self.take_block(&block, None, Taken::Deleted { within_line, fills_one: false }, work);
        }
        clear_block(&block, work);
        let Some(content) = content else { return work.fail() };
        let is_within_line = !content.is_linewise && content.block.is_none() && !content.text.contains('\n');
        if !is_within_line {
            return Self::put_content(&content, times, true, false, work);
        }
        let text = content.text.repeat(times);
        let corner = work.cursor;
        for line in block.lines_up() {
            let width = layout::width_of(&work.lines().content(line), work.tab);
            if width >= block.left {
                let at = work.lines().at_column(line, Cells(block.left), work.tab, true);
                work.insert(at, &text);
            }
        }
        let last = work.text().previous_grapheme(ByteOffset(corner.0 + text.len())).max(corner);
        work.go(last);
    }
}

/// Takes what is in a block out of its lines; blanks stay for what its edges cut.
fn clear_block(block: &Block, work: &mut Work<'_>) {
    for line in block.lines_up() {
        let part = block.part(line, work);
        let blanks = " ".repeat(part.outside.0 + part.outside.1);
        work.replace(part.range, &blanks);
    }
    let corner = block.corner(work);
    work.go(corner);
}

impl Vim {
    /// `r`: each cell of the block becomes this character.
    pub(super) fn overwrite_block(&mut self, key: Key, work: &mut Work<'_>) {
        let Some(c) = super::parse::character_of(key) else { return work.fail() };
        let block = self.leave_block(work);
        let corner = work.cursor;
        let width = layout::width_of(&c.to_string(), work.tab).max(1);
        for line in block.lines_up() {
            let part = block.part(line, work);
            let cells = layout::width_of(&part.text, work.tab);
            if part.outside == (0, 0) && work.text().characters(part.range.clone()) * width == cells {
                work.replace_each(part.range, |_| Some(c.to_string()));
            } else if !part.range.is_empty() {
                let (before, behind) = (" ".repeat(part.outside.0), " ".repeat(part.outside.1 + cells % width));
                work.replace(part.range, &format!("{before}{}{behind}", c.to_string().repeat(cells / width)));
            }
        }
        work.go(corner);
    }
}
