//! `iw`, `aw`, `iW`, `aW`: a word, or the spaces between two; with `a` the spaces behind it too, else those before it.

use super::{Object, Wanted};
use crate::editor::{
    lines::{Lines, Step},
    motion::word::{self, Class, WordKind, class},
};
use protocol::ByteOffset;

pub(super) fn at(lines: &Lines<'_>, at: ByteOffset, kind: WordKind, wanted: Wanted) -> Option<Object> {
    let mut start = word::run_start(lines, at, kind);
    let mut takes_blanks = false;
    let mut end;
    if (class_at(lines, start, kind) == Class::Blank) == wanted.around {
        let reached = word::next_end(lines, start, 1, kind, true, true);
        if reached.is_short {
            return None;
        }
        end = reached.at;
    } else {
        end = word::next_start(lines, start, 1, kind, true).at;
        let line = lines.of(end);
        end = if end == lines.start(line) { back_over(lines, end) } else { lines.left(end) };
        takes_blanks = wanted.around;
    }
    let mut inclusive = true;
    for left in (0..wanted.count.saturating_sub(1)).rev() {
        (end, inclusive) = one_more(lines, end, kind, wanted.around, left > 0)?;
    }
    let is_line_start = end == lines.start(lines.of(end));
    if takes_blanks && (class_at(lines, end, kind) != Class::Blank || (is_line_start && !inclusive)) {
        let before = lines.left(start);
        if before < start {
            let blanks = word::run_start(lines, before, kind);
            if class_at(lines, blanks, kind) == Class::Blank && blanks > lines.start(lines.of(blanks)) {
                start = blanks;
            }
        }
    }
    Some(Object { start, end, is_inclusive: inclusive, is_linewise: false })
}

/// Where a selection ends that takes in one word more on the side of its cursor.
pub(super) fn extend(
    lines: &Lines<'_>,
    (anchor, head): (ByteOffset, ByteOffset),
    kind: WordKind,
    wanted: Wanted,
) -> Option<ByteOffset> {
    let mut head = head;
    for left in (0..wanted.count).rev() {
        head = if head < anchor {
            one_more_back(lines, head, kind, wanted.around)?
        } else {
            one_more(lines, head, kind, wanted.around, left > 0)?.0
        };
    }
    Some(head)
}

fn one_more(
    lines: &Lines<'_>,
    end: ByteOffset,
    kind: WordKind,
    around: bool,
    must_reach: bool,
) -> Option<(ByteOffset, bool)> {
    let mut walker = lines.walk(end);
    if walker.forward_over() == Step::Stuck {
        return None;
    }
    let from = walker.at();
    if around == (class_at(lines, from, kind) == Class::Blank) {
        let reached = word::next_end(lines, from, 1, kind, true, true);
        return (!reached.is_short).then_some((reached.at, true));
    }
    let reached = word::next_start(lines, from, 1, kind, true);
    if reached.is_short && must_reach {
        return None;
    }
    let before = lines.left(reached.at);
    Some((before, before < reached.at))
}

fn one_more_back(lines: &Lines<'_>, head: ByteOffset, kind: WordKind, around: bool) -> Option<ByteOffset> {
    let mut walker = lines.walk(head);
    if walker.back_over() == Step::Stuck {
        return None;
    }
    let from = walker.at();
    if around == (class_at(lines, from, kind) == Class::Blank) {
        let reached = word::previous_start(lines, from, 1, kind, true);
        return (!reached.is_short).then_some(reached.at);
    }
    let reached = word::previous_end(lines, from, 1, kind, true);
    if reached.is_short {
        return None;
    }
    let mut walker = lines.walk(reached.at);
    walker.forward_over();
    Some(walker.at())
}

fn class_at(lines: &Lines<'_>, at: ByteOffset, kind: WordKind) -> Class {
    class(lines.character(at), kind)
}

fn back_over(lines: &Lines<'_>, at: ByteOffset) -> ByteOffset {
    let mut walker = lines.walk(at);
    walker.back_over();
    walker.at()
}
