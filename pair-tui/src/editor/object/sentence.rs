//! `is`, `as`: a sentence, or the spaces between two; with `a` the spaces behind it too, else those before it.

use super::{Object, Wanted};
use crate::editor::{
    lines::{Lines, Step},
    motion::{
        Direction,
        sentence::{first_blank, sentence},
    },
};
use protocol::ByteOffset;

pub(super) fn at(lines: &Lines<'_>, at: ByteOffset, wanted: Wanted) -> Object {
    let next = go(lines, at, Direction::Forward);
    let mut blanks = lines.walk(at);
    while blanks.is_blank() && blanks.forward_over() != Step::Stuck {}
    let on_blank = blanks.at() == next;
    let (mut start, mut end) =
        if on_blank { (first_blank(lines, at), next) } else { twice(go(lines, next, Direction::Backward)) };
    let count = if wanted.around { wanted.count * 2 } else { wanted.count - usize::from(on_blank) };
    end = if count > 0 { forward(lines, end, count) } else { back(lines, end) };
    if wanted.around {
        if on_blank {
            end = first_blank(lines, end);
            if lines.character(end).is_some_and(crate::editor::lines::is_blank) {
                end = back(lines, end);
            }
        } else if !lines.character(end).is_some_and(crate::editor::lines::is_blank) {
            start = first_blank(lines, start);
        }
    }
    let mut walker = lines.walk(end);
    let is_inclusive = walker.forward_over() == Step::Stuck;
    Object { start, end: walker.at(), is_inclusive, is_linewise: false }
}

/// Where a selection's cursor goes when it takes in one sentence, or the spaces between two, more.
pub(super) fn extend(
    lines: &Lines<'_>,
    (anchor, head): (ByteOffset, ByteOffset),
    wanted: Wanted,
) -> Option<ByteOffset> {
    if head < anchor {
        return sentence(lines, head, wanted.count, Direction::Backward);
    }
    let mut walker = lines.walk(head);
    if walker.forward_over() == Step::Stuck {
        return None;
    }
    let count = if wanted.around { wanted.count * 2 } else { wanted.count };
    let starts_sentence = !walker.is_blank();
    let mut end = walker.at();
    for turn in 0..count {
        if (turn % 2 == 0) == starts_sentence {
            end = first_blank(lines, go(lines, end, Direction::Forward));
        } else {
            let mut blanks = lines.walk(end);
            while blanks.is_blank() && blanks.forward_over() != Step::Stuck {}
            end = blanks.at();
        }
    }
    Some(back(lines, end))
}

fn forward(lines: &Lines<'_>, from: ByteOffset, count: usize) -> ByteOffset {
    let (mut at, mut at_start) = (from, true);
    for left in (0..count).rev() {
        at = go(lines, at, Direction::Forward);
        if at_start {
            at = first_blank(lines, at);
        }
        if left == 0 || at_start {
            at = back(lines, at);
        }
        at_start = !at_start;
    }
    at
}

fn go(lines: &Lines<'_>, at: ByteOffset, direction: Direction) -> ByteOffset {
    sentence(lines, at, 1, direction).unwrap_or(at)
}

fn back(lines: &Lines<'_>, at: ByteOffset) -> ByteOffset {
    let mut walker = lines.walk(at);
    walker.back_over();
    walker.at()
}

fn twice(at: ByteOffset) -> (ByteOffset, ByteOffset) {
    (at, at)
}
