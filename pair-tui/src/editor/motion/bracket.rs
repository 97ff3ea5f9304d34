//! Matching brackets. Those in strings and character literals are passed over, as vim's `%` does
//! (<https://vimhelp.org/motion.txt.html#%25>): quotes count in lines where they come in pairs.

use super::Direction;
use crate::editor::{lines::Lines, position::LineIndex};
use protocol::ByteOffset;
use std::borrow::Cow;

const PAIRS: [(u8, u8); 3] = [(b'(', b')'), (b'[', b']'), (b'{', b'}')];

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Search {
    /// Opens one level more.
    same: u8,
    /// Closes a level.
    other: u8,
    direction: Direction,
    /// Whether brackets in quotes are passed over.
    heeds_quotes: bool,
    /// Whether the bracket has a backslash before it, as its match must have then.
    is_escaped: bool,
}

/// The bracket that matches the first one at or behind a place in its line.
pub fn matching(lines: &Lines<'_>, at: ByteOffset) -> Option<ByteOffset> {
    let line = lines.of(at);
    let content = lines.content(line);
    let column = at.0 - lines.start(line).0;
    let bytes = content.as_bytes();
    let found = (column..bytes.len()).find_map(|place| pair(bytes[place]).map(|pair| (place, pair)));
    let (place, (same, other, direction)) = found?;
    let search =
        Search { same, other, direction, heeds_quotes: true, is_escaped: backslashes_before(bytes, place) % 2 == 1 };
    search.run(lines, line, place)
}

fn pair(byte: u8) -> Option<(u8, u8, Direction)> {
    PAIRS.into_iter().find_map(|(open, close)| match byte {
        byte if byte == open => Some((open, close, Direction::Forward)),
        byte if byte == close => Some((close, open, Direction::Backward)),
        _ => None,
    })
}

/// The bracket `open` before a place that is not closed before it. `heeds_quotes`: those in quotes do not count.
pub fn unclosed_before(
    lines: &Lines<'_>,
    at: ByteOffset,
    (open, close): (u8, u8),
    heeds_quotes: bool,
) -> Option<ByteOffset> {
    let search = Search { same: close, other: open, direction: Direction::Backward, heeds_quotes, is_escaped: false };
    let line = lines.of(at);
    search.run(lines, line, at.0 - lines.start(line).0)
}

/// The bracket `close` behind a place that was not opened behind it.
pub fn unopened_after(
    lines: &Lines<'_>,
    at: ByteOffset,
    (open, close): (u8, u8),
    heeds_quotes: bool,
) -> Option<ByteOffset> {
    let search = Search { same: open, other: close, direction: Direction::Forward, heeds_quotes, is_escaped: false };
    let line = lines.of(at);
    search.run(lines, line, at.0 - lines.start(line).0)
}

/// What is known about quotes while the search goes on.
#[derive(Debug, Clone, Copy)]
struct Quotes {
    /// Whether they count in this line; not known yet at its start.
    counts: Option<bool>,
    inside: bool,
    /// Whether the search began inside; not known yet at its start.
    began_inside: Option<bool>,
}

impl Search {
    fn run(self, lines: &Lines<'_>, line: LineIndex, column: usize) -> Option<ByteOffset> {
        let (mut line, mut content, mut column) = (line, lines.content(line), column);
        let mut quotes = Quotes { counts: None, inside: false, began_inside: None };
        let mut depth = 0_usize;
        loop {
            (line, content, column) = self.step(lines, line, content, column, &mut quotes)?;
            let bytes = content.as_bytes();
            if self.heeds_quotes && quotes.counts.is_none() {
                quotes.judge(lines, line, bytes, column, self.direction);
            }
            quotes.began_inside.get_or_insert(false);
            match bytes.get(column) {
                None => {
                    if column == 0 || bytes[column - 1] != b'\\' {
                        (quotes.inside, quotes.began_inside) = (false, Some(false));
                    }
                }
                Some(b'"') => {
                    if quotes.counts == Some(true) && backslashes_before(bytes, column).is_multiple_of(2) {
                        (quotes.inside, quotes.began_inside) = (!quotes.inside, Some(false));
                    }
                }
                Some(b'\'') if self.heeds_quotes => column = self.over_literal(bytes, column),
                Some(byte) if *byte == self.same || *byte == self.other => {
                    let counts = !quotes.inside || quotes.began_inside == Some(true);
                    if counts && (backslashes_before(bytes, column) % 2 == 1) == self.is_escaped {
                        if *byte == self.same {
                            depth += 1;
                        } else if depth == 0 {
                            return Some(ByteOffset(lines.start(line).0 + column));
                        } else {
                            depth -= 1;
                        }
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// The next place to look at; brackets and quotes are single bytes, so that other bytes of a character do no harm.
    fn step<'a>(
        self,
        lines: &Lines<'a>,
        line: LineIndex,
        content: Cow<'a, str>,
        column: usize,
        quotes: &mut Quotes,
    ) -> Option<(LineIndex, Cow<'a, str>, usize)> {
        match self.direction {
            Direction::Backward if column > 0 => Some((line, content, column - 1)),
            Direction::Forward if column < content.len() => Some((line, content, column + 1)),
            direction => {
                let next = super::paragraph::neighbour(lines, line, direction)?;
                quotes.counts = None;
                let content = lines.content(next);
                let column = if direction == Direction::Forward { 0 } else { content.len() };
                Some((next, content, column))
            }
        }
    }

    /// Passes a character literal such as `'('` or `'\''`; gives the place of its other quote.
    fn over_literal(self, bytes: &[u8], column: usize) -> usize {
        let is = |place: Option<usize>, byte| place.and_then(|place| bytes.get(place)) == Some(&byte);
        let before = |distance| column.checked_sub(distance);
        match self.direction {
            Direction::Backward if column > 1 && is(before(2), b'\'') => column - 2,
            Direction::Backward if column > 2 && is(before(2), b'\\') && is(before(3), b'\'') => column - 3,
            Direction::Forward if is(Some(column + 1), b'\\') && is(Some(column + 3), b'\'') => column + 3,
            Direction::Forward if column + 1 < bytes.len() && is(Some(column + 2), b'\'') => column + 2,
            _ => column,
        }
    }
}

impl Quotes {
    /// Decides whether quotes count in a line: where they come in pairs, or a backslash carries a string over its end.
    fn judge(&mut self, lines: &Lines<'_>, line: LineIndex, bytes: &[u8], column: usize, direction: Direction) {
        let from = column + usize::from(direction == Direction::Backward);
        let (mut count, mut began_inside, mut place) = (0_usize, true, 0);
        while place < bytes.len() {
            if place == from {
                // What the line before carries over is open until the next quote.
                began_inside = count.is_multiple_of(2);
            }
            let is_literal = place > 0 && bytes[place - 1] == b'\'' && bytes.get(place + 1) == Some(&b'\'');
            if bytes[place] == b'"' && !is_literal {
                count += 1;
            }
            place += if bytes[place] == b'\\' && place + 1 < bytes.len() { 2 } else { 1 };
        }
        if count.is_multiple_of(2) {
            self.counts = Some(true);
            return;
        }
        self.counts = Some(false);
        self.inside = false;
        if bytes.last() == Some(&b'\\') {
            self.counts = Some(true);
            if self.began_inside.is_none() {
                (self.inside, self.began_inside) = (true, Some(true));
            } else if direction == Direction::Backward {
                self.inside = true;
            }
        }
        let previous = line.0.checked_sub(1).map(|line| lines.content(LineIndex(line)));
        if previous.is_some_and(|previous| previous.ends_with('\\')) {
            self.counts = Some(true);
            if self.began_inside.is_none() {
                self.inside = began_inside;
                if began_inside {
                    self.began_inside = Some(true);
                }
            } else if direction == Direction::Forward {
                self.inside = true;
            }
        }
    }
}

fn backslashes_before(bytes: &[u8], column: usize) -> usize {
    bytes[..column].iter().rev().take_while(|byte| **byte == b'\\').count()
}
