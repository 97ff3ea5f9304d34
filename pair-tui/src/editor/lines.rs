//! The lines of a text as vi counts them: the line break at the very end ends the last line and starts none. With a walker that
//! goes character by character over line ends. Knows no cursor and no keys.

use super::{
    layout::{self, TabWidth},
    position::{Cells, LineIndex},
    text::Text,
};
use protocol::ByteOffset;
use std::{borrow::Cow, ops::Range};

/// The lines of a text; a place in one goes from its start to its end, where its line break is.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    text: &'a Text,
    end: ByteOffset,
    last: LineIndex,
}

impl<'a> Lines<'a> {
    /// The lines of `text`.
    pub fn new(text: &'a Text) -> Self {
        let last = text.last_line();
        let is_phantom = last > LineIndex::FIRST && text.line_start(last) == text.len();
        let last = if is_phantom { last.up(1) } else { last };
        Self { text, end: text.line_end(last), last }
    }

    /// The text.
    pub fn text(&self) -> &'a Text {
        self.text
    }

    /// The last line.
    pub fn last(&self) -> LineIndex {
        self.last
    }

    /// How many lines there are; at least one.
    pub fn count(&self) -> usize {
        self.last.number()
    }

    /// Where the last line ends: a line break behind it is not among the places.
    pub fn text_end(&self) -> ByteOffset {
        self.end
    }

    /// The line of a place.
    pub fn of(&self, at: ByteOffset) -> LineIndex {
        self.text.line_of(at).min(self.last)
    }

    /// Where a line starts.
    pub fn start(&self, line: LineIndex) -> ByteOffset {
        self.text.line_start(line.min(self.last))
    }

    /// Where a line ends, before its line break.
    pub fn end(&self, line: LineIndex) -> ByteOffset {
        self.text.line_end(line.min(self.last))
    }

    /// The place behind a line's line break; the end of the text for the last line.
    pub fn next_start(&self, line: LineIndex) -> ByteOffset {
        if line >= self.last { self.end } else { self.text.line_start(line.down(1)) }
    }

    /// Whether a line has no character.
    pub fn is_empty(&self, line: LineIndex) -> bool {
        self.start(line) == self.end(line)
    }

    /// Whether a line has nothing but spaces and tabs.
    pub fn is_blank(&self, line: LineIndex) -> bool {
        self.first_nonblank(line) == self.end(line)
    }

    /// A line's text.
    pub fn content(&self, line: LineIndex) -> Cow<'a, str> {
        self.text.line(line.min(self.last))
    }

    /// Visits the lines of a range, each with where it starts. They are read in one piece: much quicker than one after the other.
    pub fn visit(&self, range: Range<LineIndex>, mut visit: impl FnMut(ByteOffset, &str)) {
        let behind = range.end.min(self.last.down(1));
        if range.start >= behind {
            return;
        }
        let start = self.start(range.start);
        let text = self.text.slice(start..self.end(behind.up(1)));
        let breaks = text.bytes().map(|byte| usize::from(byte == b'\n')).sum::<usize>();
        if breaks + 1 != behind.0 - range.start.0 {
            // Not only `\n` and `\r\n` break lines here.
            for line in (range.start.0..behind.0).map(LineIndex) {
                visit(self.start(line), &self.content(line));
            }
            return;
        }
        let mut at = start;
        for line in text.split('\n') {
            visit(at, line.strip_suffix('\r').unwrap_or(line));
            at = ByteOffset(at.0 + line.len() + 1);
        }
    }

    /// The first character of a line that is no space or tab; its end where there is none.
    pub fn first_nonblank(&self, line: LineIndex) -> ByteOffset {
        let start = self.start(line);
        ByteOffset(start.0 + self.text.characters_from(start).take_while(|c| is_blank(*c)).count())
    }

    /// The spaces and tabs that a line starts with.
    pub fn indentation(&self, line: LineIndex) -> String {
        self.text.slice(self.start(line)..self.first_nonblank(line))
    }

    /// The last character of a line; its start where it is empty.
    pub fn last_character(&self, line: LineIndex) -> ByteOffset {
        let (start, end) = (self.start(line), self.end(line));
        if start == end { start } else { self.text.previous_grapheme(end).max(start) }
    }

    /// The next character of the line; its end at most.
    pub fn right(&self, at: ByteOffset) -> ByteOffset {
        if at >= self.end(self.of(at)) { at } else { self.text.next_grapheme(at) }
    }

    /// The character before in the line; its start at least.
    pub fn left(&self, at: ByteOffset) -> ByteOffset {
        if at <= self.start(self.of(at)) { at } else { self.text.previous_grapheme(at) }
    }

    /// The character at a place; none at the end of a line.
    pub fn character(&self, at: ByteOffset) -> Option<char> {
        if at >= self.end(self.of(at)) { None } else { self.text.character_at(at) }
    }

    /// The nearest place where a cursor may stand on a character: the last one of the line, at a line's end.
    pub fn on_character(&self, at: ByteOffset) -> ByteOffset {
        let at = self.text.clamp(at.min(self.end));
        at.min(self.last_character(self.of(at)))
    }

    /// The place in a line whose cells a column is in; past the end, the line's end where `past_end`, else its last character.
    pub fn at_column(&self, line: LineIndex, column: Cells, tab: TabWidth, past_end: bool) -> ByteOffset {
        let start = self.start(line);
        let content = self.content(line);
        let found = layout::glyphs(&content, tab).find(|glyph| column.0 < glyph.column.0 + glyph.width);
        match found {
            Some(glyph) => ByteOffset(start.0 + glyph.at.0),
            None if past_end => self.end(line),
            None => self.last_character(line),
        }
    }

    /// The first column of the character at a place, and its last.
    pub fn columns(&self, at: ByteOffset, tab: TabWidth) -> Range<Cells> {
        let first = layout::column_of(self.text, at, tab);
        let behind = layout::column_of(self.text, self.right(at), tab);
        first..behind.left(1).max(first)
    }

    /// A walker that starts at a place.
    pub fn walk(&self, at: ByteOffset) -> Walker<'a> {
        let line = self.of(at);
        Walker { lines: *self, line, start: self.start(line), end: self.end(line), at }
    }
}

/// Whether a character is a space or a tab.
pub fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// What one step of a [`Walker`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is on another character of the line.
    Character,
    /// It is at the end of the line, behind the last character.
    LineEnd,
    /// It is on another line: at its start going forward, at its end going backward.
    Line,
    /// There is nothing further; it did not move.
    Stuck,
}

/// Goes over the characters and line ends of a text one by one.
#[derive(Debug, Clone, Copy)]
pub struct Walker<'a> {
    lines: Lines<'a>,
    line: LineIndex,
    start: ByteOffset,
    end: ByteOffset,
    at: ByteOffset,
}

impl Walker<'_> {
    /// Where it is.
    pub fn at(&self) -> ByteOffset {
        self.at
    }

    /// The line it is in.
    pub fn line(&self) -> LineIndex {
        self.line
    }

    /// The character it is on; none at the end of a line.
    pub fn character(&self) -> Option<char> {
        if self.at >= self.end { None } else { self.lines.text.character_at(self.at) }
    }

    /// Whether it is on a space or tab.
    pub fn is_blank(&self) -> bool {
        self.character().is_some_and(is_blank)
    }

    /// Whether it is at the start of a line.
    pub fn is_line_start(&self) -> bool {
        self.at == self.start
    }

    /// Whether it is in an empty line.
    pub fn is_empty_line(&self) -> bool {
        self.start == self.end
    }

    /// Goes to the next character, or behind the last one of the line, or to the start of the next line.
    pub fn forward(&mut self) -> Step {
        if self.at < self.end {
            self.at = self.lines.text.next_grapheme(self.at);
            return if self.at >= self.end { Step::LineEnd } else { Step::Character };
        }
        if self.line >= self.lines.last {
            return Step::Stuck;
        }
        self.enter(self.line.down(1));
        self.at = self.start;
        Step::Line
    }

    /// Goes to the character before, or to the end of the line before.
    pub fn back(&mut self) -> Step {
        if self.at > self.start {
            self.at = self.lines.text.previous_grapheme(self.at);
            return Step::Character;
        }
        if self.line == LineIndex::FIRST {
            return Step::Stuck;
        }
        self.enter(self.line.up(1));
        self.at = self.end;
        Step::Line
    }

    /// Goes forward, past the end of a line that is not empty.
    pub fn forward_over(&mut self) -> Step {
        match self.forward() {
            Step::LineEnd => self.forward(),
            step => step,
        }
    }

    /// Goes back, past the end of a line that is not empty.
    pub fn back_over(&mut self) -> Step {
        match self.back() {
            Step::Line if self.at > self.start => self.back(),
            step => step,
        }
    }

    fn enter(&mut self, line: LineIndex) {
        self.line = line;
        (self.start, self.end) = (self.lines.start(line), self.lines.end(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_at_the_end_starts_no_line() {
        for (text, last, end) in [("", 0, 0), ("\n", 0, 0), ("a\nb", 1, 3), ("a\nb\n", 1, 3), ("a\n\n", 1, 2)] {
            let text = Text::new(text);
            let lines = Lines::new(&text);
            assert_eq!((lines.last(), lines.text_end()), (LineIndex(last), ByteOffset(end)), "{text}");
        }
    }

    #[test]
    fn a_walker_stops_at_line_ends_both_ways() {
        let text = Text::new("a\n\nb\n");
        let mut walker = Lines::new(&text).walk(ByteOffset(0));
        let forward = [Step::LineEnd, Step::Line, Step::Line, Step::LineEnd, Step::Stuck];
        assert_eq!(forward.map(|_| walker.forward()), forward);
        let back = [Step::Character, Step::Line, Step::Line, Step::Character, Step::Stuck];
        assert_eq!(back.map(|_| walker.back()), back);
    }

    #[test]
    fn columns_are_of_the_cell_they_cover() {
        let text = Text::new("a\tb日\n");
        let lines = Lines::new(&text);
        let at = |column, past| lines.at_column(LineIndex(0), Cells(column), TabWidth(4), past).0;
        assert_eq!([0, 1, 3, 4, 5, 6].map(|column| at(column, false)), [0, 1, 1, 2, 3, 3]);
        assert_eq!((at(99, false), at(99, true)), (3, 6));
        assert_eq!(lines.columns(ByteOffset(1), TabWidth(4)), Cells(1)..Cells(3));
    }
}
