//! The text as the editor reads it: lines, characters and grapheme clusters over a rope, by typed positions. Every position
//! that is given is first brought into the text, so nothing here can fail. Knows no document, cursor or screen.

use super::position::LineIndex;
use protocol::{ByteOffset, text::Splice};
use ropey::Rope;
use std::{borrow::Cow, ops::Range};
use unicode_segmentation::{GraphemeCursor, GraphemeIncomplete};

/// A text in lines. A cheap clone shares what is equal.
#[derive(Debug, Clone, Default)]
pub struct Text {
    rope: Rope,
}

impl Text {
    /// A text of these characters.
    pub fn new(text: &str) -> Self {
        Self { rope: Rope::from_str(text) }
    }

    /// A text of these pieces, one after the other.
    pub fn from_chunks<'a>(chunks: impl Iterator<Item = &'a str>) -> Self {
        let mut builder = ropey::RopeBuilder::new();
        chunks.for_each(|chunk| builder.append(chunk));
        Self { rope: builder.finish() }
    }

    /// The end of the text.
    pub fn len(&self) -> ByteOffset {
        ByteOffset(self.rope.len_bytes())
    }

    /// Whether it is exactly this text.
    pub fn is(&self, text: &str) -> bool {
        self.rope == *text
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.rope.len_bytes() == 0
    }

    /// The last line; a text that ends with a line break has an empty one there.
    pub fn last_line(&self) -> LineIndex {
        LineIndex(self.rope.len_lines().saturating_sub(1))
    }

    /// The nearest place at or before the given one that is in the text and at the start of a character.
    pub fn clamp(&self, at: ByteOffset) -> ByteOffset {
        ByteOffset(self.rope.char_to_byte(self.char_index(at)))
    }

    /// The line that a place is in.
    pub fn line_of(&self, at: ByteOffset) -> LineIndex {
        LineIndex(self.rope.byte_to_line(at.0.min(self.rope.len_bytes())))
    }

    /// Where a line starts; the last line's start for a line behind it.
    pub fn line_start(&self, line: LineIndex) -> ByteOffset {
        ByteOffset(self.rope.line_to_byte(line.min(self.last_line()).0))
    }

    /// Where a line ends, before its line break.
    pub fn line_end(&self, line: LineIndex) -> ByteOffset {
        let next = self.next_line_start(line);
        let byte = |back: usize| next.0.checked_sub(back).and_then(|at| self.rope.get_byte(at));
        // Asked for every row of every repaint: the usual break is worth a short way.
        match (line >= self.last_line(), byte(1)) {
            (true, _) => next,
            (false, Some(b'\n')) => ByteOffset(next.0 - if byte(2) == Some(b'\r') { 2 } else { 1 }),
            (false, _) => self.previous_grapheme(next),
        }
    }

    /// Where the next line starts: behind this one's line break; the end of the text after the last line.
    pub fn next_line_start(&self, line: LineIndex) -> ByteOffset {
        if line >= self.last_line() { self.len() } else { ByteOffset(self.rope.line_to_byte(line.0 + 1)) }
    }

    /// A line's text without its line break; copied only where the rope has it in pieces.
    pub fn line(&self, line: LineIndex) -> Cow<'_, str> {
        self.part(self.line_start(line)..self.line_end(line))
    }

    /// A range; copied only where the rope has it in pieces.
    pub fn part(&self, range: Range<ByteOffset>) -> Cow<'_, str> {
        let (start, end) = (self.char_index(range.start), self.char_index(range.end));
        Cow::from(self.rope.slice(start.min(end)..end))
    }

    /// A copy of a range.
    pub fn slice(&self, range: Range<ByteOffset>) -> String {
        self.part(range).into_owned()
    }

    /// How many characters (not bytes) a range has.
    pub fn characters(&self, range: Range<ByteOffset>) -> usize {
        self.char_index(range.end).saturating_sub(self.char_index(range.start))
    }

    /// The character that starts at a place.
    pub fn character_at(&self, at: ByteOffset) -> Option<char> {
        self.rope.get_char(self.char_index(at))
    }

    /// The character that ends at a place.
    pub fn character_before(&self, at: ByteOffset) -> Option<char> {
        self.rope.get_char(self.char_index(at).checked_sub(1)?)
    }

    /// The characters from a place on.
    pub fn characters_from(&self, at: ByteOffset) -> impl Iterator<Item = char> {
        self.rope.chars_at(self.char_index(at))
    }

    /// The characters before a place, the nearest first.
    pub fn characters_back_from(&self, at: ByteOffset) -> impl Iterator<Item = char> {
        self.rope.chars_at(self.char_index(at)).reversed()
    }

    /// Where the grapheme cluster at a place ends: what one press of the right arrow passes.
    pub fn next_grapheme(&self, at: ByteOffset) -> ByteOffset {
        let (at, end) = (self.clamp(at), self.len());
        let mut cursor = GraphemeCursor::new(at.0, end.0, true);
        let (mut chunk, mut start) = self.chunk(at.0);
        loop {
            match cursor.next_boundary(chunk, start) {
                Ok(boundary) => return boundary.map_or(end, ByteOffset),
                Err(GraphemeIncomplete::NextChunk) => (chunk, start) = self.chunk(start + chunk.len()),
                Err(GraphemeIncomplete::PreContext(before)) => {
                    let (context, context_start) = self.chunk(before.saturating_sub(1));
                    cursor.provide_context(context, context_start);
                }
                Err(_) => return self.clamp(ByteOffset(at.0 + self.character_at(at).map_or(0, char::len_utf8))),
            }
        }
    }

    /// Where the grapheme cluster before a place starts: what one press of the left arrow passes.
    pub fn previous_grapheme(&self, at: ByteOffset) -> ByteOffset {
        let at = self.clamp(at);
        let mut cursor = GraphemeCursor::new(at.0, self.len().0, true);
        let (mut chunk, mut start) = self.chunk(at.0);
        loop {
            match cursor.prev_boundary(chunk, start) {
                Ok(boundary) => return boundary.map_or(ByteOffset::START, ByteOffset),
                Err(GraphemeIncomplete::PrevChunk) => (chunk, start) = self.chunk(start.saturating_sub(1)),
                Err(GraphemeIncomplete::PreContext(before)) => {
                    let (context, context_start) = self.chunk(before.saturating_sub(1));
                    cursor.provide_context(context, context_start);
                }
                Err(_) => return ByteOffset(at.0 - self.character_before(at).map_or(0, char::len_utf8)),
            }
        }
    }

    /// The bytes from a place on, as far as the rope has them in one piece; empty only at the end.
    pub(super) fn bytes_from(&self, at: usize) -> &[u8] {
        let (chunk, start) = self.chunk(at);
        chunk.as_bytes().get(at - start..).unwrap_or_default()
    }

    /// The bytes of a range, in pieces.
    pub(super) fn bytes(&self, range: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let mut at = range.start;
        std::iter::from_fn(move || {
            let piece = self.bytes_from(at);
            let piece = piece.get(..range.end.saturating_sub(at).min(piece.len()))?;
            at += piece.len();
            (!piece.is_empty()).then_some(piece)
        })
    }

    /// A place as tree-sitter counts: how many `\n` stand before it, and how many bytes behind the last of them. Reads everything
    /// before the place.
    pub(super) fn newlines_before(&self, at: ByteOffset) -> tree_sitter::Point {
        let mut point = tree_sitter::Point::default();
        for piece in self.bytes(0..at.0) {
            point.row += piece.iter().map(|byte| usize::from(*byte == b'\n')).sum::<usize>();
            let behind = piece.iter().rev().position(|byte| *byte == b'\n');
            point.column = behind.unwrap_or(point.column + piece.len());
        }
        point
    }

    /// The line break that the text uses: that of its first line, `\n` where it has only one line.
    pub fn line_break(&self) -> &'static str {
        let first_end = self.line_end(LineIndex::FIRST);
        if self.characters_from(first_end).take(2).eq(['\r', '\n']) { "\r\n" } else { "\n" }
    }

    /// Changes the text. A splice that does not fit is brought to the nearest characters.
    pub fn splice(&mut self, splice: &Splice) {
        let range = splice.range();
        let (start, end) = (self.char_index(range.start), self.char_index(range.end));
        self.rope.remove(start..end);
        self.rope.insert(start, &splice.inserted);
    }

    /// The piece that a byte is in, and where that piece starts.
    fn chunk(&self, at: usize) -> (&str, usize) {
        let (chunk, start, _, _) = self.rope.chunk_at_byte(at.min(self.rope.len_bytes()));
        (chunk, start)
    }

    fn char_index(&self, at: ByteOffset) -> usize {
        self.rope.byte_to_char(at.0.min(self.rope.len_bytes()))
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rope.chunks().try_for_each(|chunk| f.write_str(chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_before_their_breaks() {
        let text = Text::new("one\r\ntwo\n");
        assert_eq!(text.last_line(), LineIndex(2));
        assert_eq!(text.line(LineIndex(0)), "one");
        assert_eq!(text.line(LineIndex(1)), "two");
        assert_eq!(text.line(LineIndex(2)), "");
        assert_eq!(text.line_start(LineIndex(9)), ByteOffset(9));
        assert_eq!(text.line_break(), "\r\n");
    }

    #[test]
    fn graphemes_are_passed_whole_across_the_pieces_of_a_long_text() {
        let family = "👩‍👩‍👧e\u{301}\r\n";
        let text = Text::new(&family.repeat(500));
        let mut at = ByteOffset::START;
        let mut stops = vec![at];
        while at < text.len() {
            at = text.next_grapheme(at);
            stops.push(at);
        }
        assert_eq!(stops.len(), 1501);
        for stop in stops.into_iter().rev().skip(1) {
            at = text.previous_grapheme(at);
            assert_eq!(at, stop);
        }
    }

    #[test]
    fn places_outside_and_inside_characters_are_brought_to_one() {
        let text = Text::new("aé");
        assert_eq!(text.clamp(ByteOffset(2)), ByteOffset(1));
        assert_eq!(text.clamp(ByteOffset(99)), ByteOffset(3));
        assert_eq!(text.slice(ByteOffset(1)..ByteOffset(50)), "é");
    }
}
