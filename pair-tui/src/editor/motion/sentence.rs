//! Moves by sentences: they end at `.`, `!` or `?` with any of `)]"'` behind it, before a space or a line's end; an empty line ends
//! one, too (<https://vimhelp.org/motion.txt.html#sentence>).

use super::Direction;
use crate::editor::lines::{Lines, Step, Walker};
use protocol::ByteOffset;

fn ends(c: Option<char>) -> bool {
    matches!(c, Some('.' | '!' | '?'))
}

fn closes(c: Option<char>) -> bool {
    matches!(c, Some(')' | ']' | '"' | '\''))
}

fn is_paragraph_start(walker: &Walker<'_>) -> bool {
    walker.is_line_start() && walker.is_empty_line()
}

/// To the start of a sentence, `count` times; none where the text has fewer.
pub fn sentence(lines: &Lines<'_>, at: ByteOffset, count: usize, direction: Direction) -> Option<ByteOffset> {
    let mut walker = lines.walk(at);
    for left in (0..count).rev() {
        match once(lines, &mut walker, direction) {
            Way::Found => skip_blanks(&mut walker),
            Way::TextEnds if left > 0 => return None,
            Way::TextEnds => {}
        }
    }
    Some(walker.at())
}

enum Way {
    Found,
    /// The text ended on the way; that is where it goes.
    TextEnds,
}

fn once<'a>(lines: &Lines<'a>, walker: &mut Walker<'a>, direction: Direction) -> Way {
    let step = |walker: &mut Walker<'a>| match direction {
        Direction::Forward => walker.forward_over(),
        Direction::Backward => walker.back_over(),
    };
    if walker.character().is_none() {
        loop {
            if step(walker) == Step::Stuck {
                return Way::TextEnds;
            }
            if walker.character().is_some() {
                break;
            }
        }
        if direction == Direction::Forward {
            return Way::Found;
        }
    } else if direction == Direction::Backward {
        walker.back_over();
    }
    back_over_end(walker, direction);
    let start_line = walker.line();
    loop {
        if walker.character().is_none() || is_paragraph_start(walker) {
            if direction == Direction::Backward && walker.line() != start_line {
                *walker = lines.walk(lines.start(walker.line().down(1)));
            }
            return Way::Found;
        }
        if ends(walker.character())
            && let Some(behind) = behind_end(walker)
        {
            *walker = behind;
            if walker.character().is_none() {
                walker.forward();
            }
            return Way::Found;
        }
        if step(walker) == Step::Stuck {
            return Way::TextEnds;
        }
    }
}

/// From within the signs and spaces between two sentences to before them, so that the search does not find the end it is at.
fn back_over_end(walker: &mut Walker<'_>, direction: Direction) {
    let mut found_end = false;
    loop {
        let c = walker.character();
        if !(walker.is_blank() || ends(c) || closes(c)) {
            return;
        }
        let mut before = *walker;
        let is_stuck = before.back_over() == Step::Stuck;
        if is_stuck || (before.is_empty_line() && direction == Direction::Forward) || found_end {
            return;
        }
        found_end |= ends(c);
        if closes(c) && !ends(before.character()) && !closes(before.character()) {
            return;
        }
        *walker = before;
    }
}

/// The place behind the end of a sentence, if this is one.
fn behind_end<'a>(walker: &Walker<'a>) -> Option<Walker<'a>> {
    let mut behind = *walker;
    loop {
        if behind.forward() == Step::Stuck {
            return Some(behind);
        }
        if !closes(behind.character()) {
            break;
        }
    }
    (behind.is_blank() || behind.character().is_none()).then_some(behind)
}

fn skip_blanks(walker: &mut Walker<'_>) {
    while walker.is_blank() && walker.forward_over() != Step::Stuck {}
}

/// Back to the first of the blanks before a place.
pub(in crate::editor) fn first_blank(lines: &Lines<'_>, at: ByteOffset) -> ByteOffset {
    let mut walker = lines.walk(at);
    while walker.back_over() != Step::Stuck {
        if !walker.is_blank() {
            walker.forward_over();
            break;
        }
    }
    walker.at()
}
