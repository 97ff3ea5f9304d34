//! The part of a text that is on the screen: its first row and first column, and how many of each there are. It follows the
//! cursor with a margin, and stands on the text it shows while others edit elsewhere. Knows no drawing.

use super::{
    layout::TabWidth,
    position::{Cells, LineByte, LineIndex},
    text::Text,
    wrap::{Row, Rows},
};
use protocol::{ByteOffset, text::TextDelta};
use std::ops::Range;

/// Rows kept between the cursor and the upper and lower edge, where there is room.
const MARGIN_ROWS: usize = 3;
/// Cells kept between the cursor and the left and right edge, where there is room.
const MARGIN_CELLS: usize = 6;

/// The part of a text that is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewport {
    /// The line of the first row shown.
    pub top: LineIndex,
    /// A place of that line which the first row shows; its start unless lines are wrapped. It needs not be the start of the row:
    /// where the line is laid out anew, it is still this place that stays at the top.
    pub within: LineByte,
    /// The first cell shown of each row.
    pub left: Cells,
    /// How many rows fit.
    pub height: usize,
    /// How many cells of a row fit.
    pub width: usize,
    /// Whether lines that do not fit go on in the next row.
    pub wraps: bool,
    /// The distance of tab stops.
    pub tab: TabWidth,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            top: LineIndex::FIRST,
            within: LineByte(0),
            left: Cells::LEFT,
            height: 24,
            width: 80,
            wraps: false,
            tab: TabWidth::default(),
        }
    }
}

impl Viewport {
    /// The rows that a text takes here. One cell of each is kept for a cursor behind the last character, or a blank.
    pub fn rows<'a>(&self, text: &'a Text) -> Rows<'a> {
        Rows::new(text, self.tab, self.wraps.then(|| self.width.saturating_sub(1)))
    }

    /// The first row shown.
    pub fn top_row(&self, text: &Text) -> Row {
        self.rows(text).of(self.hold(text))
    }

    /// The rows shown, as far as the text has them.
    pub fn shown<'a>(&self, text: &'a Text) -> impl Iterator<Item = Row> + use<'a> {
        self.rows(text).from(self.top_row(text)).take(self.height)
    }

    /// The lines shown, in part at least, as far as the text has them.
    pub fn lines(&self, text: &Text) -> Range<LineIndex> {
        let behind = self.shown(text).last().map_or(self.top, |row| row.line.down(1));
        self.top..behind
    }

    /// Scrolls as little as possible so that a place is shown with a margin around it.
    pub fn reveal(&mut self, at: ByteOffset, text: &Text) {
        let rows = self.rows(text);
        let row = rows.of(at);
        let column = rows.column_of(&row, at);
        let margin = MARGIN_ROWS.min(self.height.saturating_sub(1) / 2);
        let top = self.top_row(text);
        let lowest = rows.up(row, self.height.saturating_sub(margin + 1));
        let highest = rows.up(row, margin);
        let lower = if top.start < lowest.start { lowest } else { top };
        let wanted = if lower.start > highest.start { highest } else { lower };
        if wanted != top || top.line != self.top {
            self.show_at_top(wanted.start, text);
        }
        self.reveal_column(column);
    }

    fn reveal_column(&mut self, column: Cells) {
        let fits = column.right(1) <= Cells(self.width) && self.left == Cells::LEFT;
        if self.wraps {
            self.left = Cells::LEFT;
        } else if !fits {
            let margin = MARGIN_CELLS.min(self.width.saturating_sub(1) / 2);
            let (least, most) = (column.right(margin + 1).left(self.width), column.left(margin));
            // By a quarter at once: each letter at the end of a long line would else move all that is shown, and paint it anew.
            let step = (self.width / 4).max(1);
            if self.left < least {
                self.left = Cells(least.0.next_multiple_of(step)).min(most);
            } else if self.left > most {
                self.left = Cells(most.0 / step * step).max(least);
            }
        }
    }

    /// Scrolls so that a place is in the middle, if it is not shown already.
    pub fn centre(&mut self, at: ByteOffset, text: &Text) {
        let rows = self.rows(text);
        let row = rows.of(at);
        if !self.shown(text).any(|shown| shown == row) {
            self.show_at_top(rows.up(row, self.height / 2).start, text);
        }
    }

    /// Scrolls down this many rows (up, if negative), at most until the last row is the only one left.
    pub fn scroll(&mut self, by: isize, text: &Text) {
        let (rows, top) = (self.rows(text), self.top_row(text));
        let count = by.unsigned_abs();
        let row = if by < 0 { rows.up(top, count) } else { rows.down(top, count) };
        self.show_at_top(row.start, text);
    }

    /// Shows the row of a place first.
    pub fn show_at_top(&mut self, at: ByteOffset, text: &Text) {
        self.top = text.line_of(at);
        let within = if self.wraps { at.0.saturating_sub(text.line_start(self.top).0) } else { 0 };
        self.within = LineByte(within);
    }

    /// The place that the first row shows: what [`Viewport::follow`] holds on to.
    pub fn hold(&self, text: &Text) -> ByteOffset {
        let start = text.line_start(self.top);
        ByteOffset(start.0.saturating_add(self.within.0)).min(text.line_end(self.top))
    }

    /// Stands on the same text again after a change of it; `held` is from [`Viewport::hold`] before the change, `text` the text
    /// after it.
    pub fn follow(&mut self, held: ByteOffset, delta: &TextDelta, text: &Text) {
        self.show_at_top(text.clamp(delta.map(held, false)), text);
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests {
    use super::*;

    /// The start of a line of a text whose lines are all empty.
    fn line(number: usize) -> ByteOffset {
        ByteOffset(number)
    }

    #[test]
    fn it_follows_the_cursor_with_a_margin() {
        let text = Text::new(&"\n".repeat(100));
        let mut viewport = Viewport { height: 10, width: 20, ..Viewport::default() };
        let top = |viewport: &mut Viewport, number: usize| {
            viewport.reveal(line(number), &text);
            viewport.top.0
        };
        assert_eq!([6, 7, 50, 46, 99].map(|number| top(&mut viewport, number)), [0, 1, 44, 43, 93]);
        viewport.height = 1;
        assert_eq!(top(&mut viewport, 5), 5);
        let text = Text::new(&"x".repeat(40));
        let left = |at| {
            let mut viewport = Viewport { width: 20, ..Viewport::default() };
            viewport.reveal(ByteOffset(at), &text);
            viewport.left.0
        };
        assert_eq!([19, 20].map(left), [0, 10]);
    }

    #[test]
    fn a_long_line_moves_by_a_quarter_at_once_and_its_cursor_is_always_seen() {
        let text = Text::new(&"x".repeat(400));
        let mut viewport = Viewport { width: 80, ..Viewport::default() };
        let mut moves = 0;
        for at in (0..=400).chain((0..=400).rev()) {
            let before = viewport.left;
            viewport.reveal(ByteOffset(at), &text);
            moves += usize::from(viewport.left != before);
            assert!((viewport.left.0..viewport.left.0 + 80).contains(&at), "{at}: {:?}", viewport.left);
        }
        assert!(moves <= 2 * (400 / 20), "{moves}");
        assert_eq!(viewport.left, Cells::LEFT);
    }

    #[test]
    fn it_scrolls_no_further_than_the_last_line() {
        let text = Text::new("a\nb\nc");
        let mut viewport = Viewport::default();
        viewport.scroll(100, &text);
        assert_eq!(viewport.top, LineIndex(2));
        viewport.scroll(-100, &text);
        assert_eq!(viewport.top, LineIndex(0));
    }

    #[test]
    fn of_a_wrapped_line_it_shows_some_rows() {
        let text = Text::new(&"word ".repeat(100));
        let mut viewport = Viewport { height: 4, width: 11, wraps: true, ..Viewport::default() };
        viewport.reveal(ByteOffset(100), &text);
        let starts: Vec<_> = viewport.shown(&text).map(|row| row.start.0).collect();
        assert_eq!(starts, [80, 90, 100, 110]);
        viewport.scroll(-2, &text);
        assert_eq!(viewport.top_row(&text).start, ByteOffset(60));
        viewport.centre(ByteOffset(300), &text);
        assert_eq!(viewport.top_row(&text).start, ByteOffset(280));
        viewport.scroll(1000, &text);
        assert_eq!(viewport.shown(&text).count(), 1);
        assert_eq!(viewport.lines(&text), LineIndex(0)..LineIndex(1));
    }
}
