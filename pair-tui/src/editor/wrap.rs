//! The rows of the screen that lines take: one for each line, or, where lines are wrapped, as many as they need. Where a row ends is
//! decided by `breaks`. Knows no viewport and no colours.
//!
//! A line is laid out in pieces of a few kilobytes, and a row never goes over the end of one. So the rows around a place are known
//! from its piece alone, and a line of a megabyte costs no more than a short one.

use super::{
    layout::{self, TabWidth},
    position::{Cells, LineIndex},
    text::Text,
};
use protocol::ByteOffset;
use std::{borrow::Cow, ops::Range};

mod breaks;

/// A wrapped line is laid out in pieces of this many bytes; the last row of each may be short.
const PIECE: usize = 4 * 1024;

/// One row: a line, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The line that it belongs to.
    pub line: LineIndex,
    /// Where it starts.
    pub start: ByteOffset,
    /// Where the next row of the line starts; of the line's last row, where the line ends.
    pub end: ByteOffset,
    /// The column of its first character: rows that go on with a line stand below its text.
    pub indent: Cells,
    /// Whether the line starts here.
    pub is_first: bool,
    /// Whether the line ends here.
    pub is_last: bool,
}

/// The rows of a text.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    text: &'a Text,
    tab: TabWidth,
    /// Lines go on in the next row behind so many cells; none: they do not.
    width: Option<usize>,
}

impl<'a> Rows<'a> {
    /// The rows of a text on a screen where each has `width` cells for it; none: lines are not wrapped.
    pub fn new(text: &'a Text, tab: TabWidth, width: Option<usize>) -> Self {
        Self { text, tab, width: width.map(|width| width.max(1)) }
    }

    /// The row that a place is in. Where one row ends and the next one of the line starts, it is in the next one.
    pub fn of(&self, at: ByteOffset) -> Row {
        let at = at.min(self.text.len());
        let line = self.text.line_of(at);
        let Some(width) = self.width else { return self.whole(line) };
        let piece = self.piece(line, at);
        let rows = self.rows_of(&piece, width);
        let last_before = rows.iter().rposition(|row| row.start <= at).unwrap_or_default();
        rows.get(last_before).copied().unwrap_or_else(|| self.whole(line))
    }

    /// The first row of a line.
    pub fn first_of(&self, line: LineIndex) -> Row {
        self.of(self.text.line_start(line))
    }

    /// The row this many further down; the text's last one at most.
    pub fn down(&self, row: Row, count: usize) -> Row {
        if self.width.is_none() {
            return self.whole(row.line.down(count).min(self.text.last_line()));
        }
        self.from(row).take(count.saturating_add(1)).last().unwrap_or(row)
    }

    /// The row this many further up; the text's first one at most.
    pub fn up(&self, row: Row, mut count: usize) -> Row {
        let Some(width) = self.width else { return self.whole(row.line.up(count)) };
        let mut at = row.start;
        loop {
            let line = self.text.line_of(at);
            let piece = self.piece(line, at);
            let rows = self.rows_of(&piece, width);
            let place = rows.iter().rposition(|row| row.start <= at).unwrap_or_default();
            let first = rows.first().copied().unwrap_or(row);
            if count <= place || first.start == ByteOffset::START {
                return rows.get(place.saturating_sub(count)).copied().unwrap_or(first);
            }
            count -= place + 1;
            let before = if first.is_first { self.text.line_end(line.up(1)) } else { ByteOffset(first.start.0 - 1) };
            at = self.text.clamp(before);
        }
    }

    /// A row and those below it.
    pub fn from(&self, row: Row) -> impl Iterator<Item = Row> + use<'a> {
        let rows = *self;
        let mut laid_out: std::vec::IntoIter<Row> = Vec::new().into_iter();
        let mut next = Some(row.start);
        let (mut line, last) = (row.line, self.text.last_line());
        std::iter::from_fn(move || {
            if rows.width.is_none() {
                let row = (line <= last).then(|| rows.whole(line));
                line = line.down(1);
                return row;
            }
            if let Some(row) = laid_out.next() {
                next = rows.start_behind(&row);
                return Some(row);
            }
            let at = next?;
            let line = rows.text.line_of(at);
            let piece = rows.piece(line, at);
            let mut of_piece = rows.rows_of(&piece, rows.width?);
            let first = of_piece.iter().rposition(|row| row.start <= at).unwrap_or_default();
            laid_out = of_piece.split_off(first.min(of_piece.len())).into_iter();
            let row = laid_out.next()?;
            next = rows.start_behind(&row);
            Some(row)
        })
    }

    /// The column that a place of a row is drawn in.
    pub fn column_of(&self, row: &Row, at: ByteOffset) -> Cells {
        let before = self.slice(row.start..at.min(row.end));
        if layout::plain(&before) {
            return row.indent.right(before.len());
        }
        let last = layout::glyphs_from(&before, row.indent, self.tab).last();
        last.map_or(row.indent, |glyph| glyph.column.right(glyph.width))
    }

    /// The place of a row that is nearest to a column. Past its end: the line's end, or the last character where the line goes on.
    pub fn place_at(&self, row: &Row, column: Cells) -> ByteOffset {
        let content = self.slice(row.start..row.end);
        let found = layout::glyphs_from(&content, row.indent, self.tab)
            .find(|glyph| column.0 < glyph.column.0 + glyph.width.div_ceil(2));
        found.map_or_else(|| self.last_place(row), |glyph| ByteOffset(row.start.0 + glyph.at.0))
    }

    /// Where a cursor stands at the end of a row: the line's end, or the last character where the line goes on.
    pub fn last_place(&self, row: &Row) -> ByteOffset {
        if row.is_last { row.end } else { self.text.previous_grapheme(row.end).max(row.start) }
    }

    /// A row's text; copied only where the rope has it in pieces.
    pub fn content(&self, row: &Row) -> Cow<'a, str> {
        self.slice(row.start..row.end)
    }

    fn slice(&self, range: Range<ByteOffset>) -> Cow<'a, str> {
        self.text.part(range)
    }

    fn whole(&self, line: LineIndex) -> Row {
        let (start, end) = (self.text.line_start(line), self.text.line_end(line));
        Row { line, start, end, indent: Cells::LEFT, is_first: true, is_last: true }
    }

    /// Where the row below starts, if there is one.
    fn start_behind(&self, row: &Row) -> Option<ByteOffset> {
        if !row.is_last {
            Some(row.end)
        } else if row.line < self.text.last_line() {
            Some(self.text.next_line_start(row.line))
        } else {
            None
        }
    }

    /// The piece of a line that a place is in.
    fn piece(&self, line: LineIndex, at: ByteOffset) -> Piece {
        let (start, end) = (self.text.line_start(line), self.text.line_end(line));
        let edge = |number: usize| {
            let raw = ByteOffset(start.0.saturating_add(number.saturating_mul(PIECE)));
            // The nearest start of a character at or behind it.
            if number == 0 || raw >= end {
                raw.min(end)
            } else {
                self.text.next_grapheme(self.text.previous_grapheme(raw)).min(end)
            }
        };
        // The edge of a piece may be a little beside a multiple of the size; the end of a line belongs to the piece before it.
        let mut number = at.0.min(end.0).saturating_sub(start.0) / PIECE;
        if number > 0 && (edge(number) > at || edge(number) >= end) {
            number -= 1;
        } else if edge(number + 1) <= at && edge(number + 1) < end {
            number += 1;
        }
        Piece { line, range: edge(number)..edge(number + 1), line_start: start, line_end: end }
    }

    fn rows_of(&self, piece: &Piece, width: usize) -> Vec<Row> {
        let content = self.slice(piece.range.clone());
        let is_start = piece.range.start == piece.line_start;
        let is_end = piece.range.end == piece.line_end;
        if is_start && is_end && content.len() <= width && layout::plain(&content) {
            return vec![self.whole(piece.line)];
        }
        let head = self.slice(piece.line_start..piece.line_end.min(ByteOffset(piece.line_start.0 + breaks::HEAD)));
        let hanging = Cells(breaks::hanging_indent(&head, width, self.tab));
        let mut rows = Vec::new();
        let mut from = 0;
        while let Some(rest) = content.get(from..).filter(|rest| !rest.is_empty() || rows.is_empty()) {
            let is_first = is_start && from == 0;
            let indent = if is_first { Cells::LEFT } else { hanging };
            let to = from + breaks::row_length(rest, indent, width, self.tab);
            rows.push(Row {
                line: piece.line,
                start: ByteOffset(piece.range.start.0 + from),
                end: ByteOffset(piece.range.start.0 + to),
                indent,
                is_first,
                is_last: is_end && to >= content.len(),
            });
            if to <= from {
                break;
            }
            from = to;
        }
        rows
    }
}

/// A part of a line that is laid out by itself.
#[derive(Debug, Clone)]
struct Piece {
    line: LineIndex,
    range: Range<ByteOffset>,
    line_start: ByteOffset,
    line_end: ByteOffset,
}

#[cfg(test)]
mod tests;
