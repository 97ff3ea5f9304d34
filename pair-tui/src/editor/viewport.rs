//! The part of a text that is on the screen: its first line and first column, and how many of each there are. It follows the
//! cursor with a margin, and stands on the text it shows while others edit elsewhere. Knows no drawing.

use super::{
    position::{Cells, LineIndex},
    text::Text,
};
use protocol::{ByteOffset, text::TextDelta};
use std::ops::Range;

/// Lines kept between the cursor and the upper and lower edge, where there is room.
const MARGIN_LINES: usize = 3;
/// Cells kept between the cursor and the left and right edge, where there is room.
const MARGIN_CELLS: usize = 6;

/// The part of a text that is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewport {
    /// The first line shown.
    pub top: LineIndex,
    /// The first cell shown of each line.
    pub left: Cells,
    /// How many lines fit.
    pub height: usize,
    /// How many cells of a line fit.
    pub width: usize,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { top: LineIndex::FIRST, left: Cells::LEFT, height: 24, width: 80 }
    }
}

impl Viewport {
    /// The lines shown, as far as the text has them.
    pub fn lines(&self, text: &Text) -> Range<LineIndex> {
        self.top..self.top.down(self.height).min(text.last_line().down(1))
    }

    /// Scrolls as little as possible so that a place is shown with a margin around it.
    pub fn reveal(&mut self, line: LineIndex, column: Cells) {
        let margin = MARGIN_LINES.min(self.height.saturating_sub(1) / 2);
        let lowest_top = line.down(margin + 1).up(self.height);
        self.top = self.top.max(lowest_top).min(line.up(margin));
        let margin = MARGIN_CELLS.min(self.width.saturating_sub(1) / 2);
        if column.right(1) <= Cells(self.width) && self.left == Cells::LEFT {
            return;
        }
        self.left = self.left.max(column.right(margin + 1).left(self.width)).min(column.left(margin));
    }

    /// Scrolls so that a line is in the middle, if it is not shown already.
    pub fn centre(&mut self, line: LineIndex) {
        if line < self.top || line >= self.top.down(self.height) {
            self.top = line.up(self.height / 2);
        }
    }

    /// Scrolls down this many lines (up, if negative), at most until the last line is the only one left.
    pub fn scroll(&mut self, lines: isize, text: &Text) {
        let target = self.top.0.saturating_add_signed(lines);
        self.top = LineIndex(target).min(text.last_line());
    }

    /// Where the first line shown starts: the place that [`Viewport::follow`] holds on to.
    pub fn hold(&self, text: &Text) -> ByteOffset {
        text.line_start(self.top)
    }

    /// Stands on the same text again after a change of it; `held` is from [`Viewport::hold`] before the change, `text` the text
    /// after it.
    pub fn follow(&mut self, held: ByteOffset, delta: &TextDelta, text: &Text) {
        self.top = text.line_of(delta.map(held, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_the_cursor_with_a_margin() {
        let mut viewport = Viewport { height: 10, width: 20, ..Viewport::default() };
        viewport.reveal(LineIndex(6), Cells(19));
        assert_eq!((viewport.top, viewport.left), (LineIndex(0), Cells(0)));
        viewport.reveal(LineIndex(7), Cells(20));
        assert_eq!((viewport.top, viewport.left), (LineIndex(1), Cells(7)));
        viewport.reveal(LineIndex(50), Cells(0));
        assert_eq!((viewport.top, viewport.left), (LineIndex(44), Cells(0)));
        viewport.reveal(LineIndex(46), Cells(0));
        assert_eq!(viewport.top, LineIndex(43));
        viewport.height = 1;
        viewport.reveal(LineIndex(5), Cells(0));
        assert_eq!(viewport.top, LineIndex(5));
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
}
