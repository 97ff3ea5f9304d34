//! `ip`, `ap`: lines between blank ones, or the blank lines between; with `a` the blank lines behind, else those before.

use super::{Object, Wanted};
use crate::editor::{
    lines::Lines,
    motion::{Direction, paragraph::neighbour},
    position::LineIndex,
};
use protocol::ByteOffset;

pub(super) fn at(lines: &Lines<'_>, at: ByteOffset, wanted: Wanted) -> Option<Object> {
    let mut first = lines.of(at);
    let on_blank = lines.is_blank(first);
    while first > LineIndex::FIRST && lines.is_blank(first.up(1)) == on_blank && !splits(lines, first, on_blank) {
        first = first.up(1);
    }
    // How many lines the object has so far; what is next is the line behind them.
    let mut behind = first;
    while behind <= lines.last() && lines.is_blank(behind) {
        behind = behind.down(1);
    }
    let count = wanted.count - usize::from(!wanted.around && on_blank).min(wanted.count);
    for left in (0..count).rev() {
        if behind > lines.last() {
            return None;
        }
        let is_blank_next = lines.is_blank(behind);
        if wanted.around || !is_blank_next {
            behind = run_end(lines, behind, false);
        }
        if left == 0 && on_blank && wanted.around {
            break;
        }
        if wanted.around || is_blank_next {
            behind = run_end(lines, behind, true);
        }
    }
    let last = behind.up(1);
    if wanted.around && !on_blank && !lines.is_blank(last) {
        while first > LineIndex::FIRST && lines.is_blank(first.up(1)) {
            first = first.up(1);
        }
    }
    Some(Object { start: lines.start(first), end: lines.start(last), is_inclusive: true, is_linewise: true })
}

/// Whether a paragraph starts at a line with no blank one before it: vim lets an empty line in a blank run do so.
fn splits(lines: &Lines<'_>, line: LineIndex, on_blank: bool) -> bool {
    !on_blank && lines.is_empty(line)
}

/// The line behind a run of blank lines, or of others, from a line on; of others at least one.
fn run_end(lines: &Lines<'_>, from: LineIndex, blank: bool) -> LineIndex {
    let mut line = if blank { from } else { from.down(1) };
    while line <= lines.last() && lines.is_blank(line) == blank {
        line = line.down(1);
    }
    line
}

/// Where a selection's cursor goes when it takes in one paragraph more on its side; none at the end of the text.
pub(super) fn extend(
    lines: &Lines<'_>,
    (anchor, head): (ByteOffset, ByteOffset),
    wanted: Wanted,
) -> Option<ByteOffset> {
    let mut line = lines.of(head);
    let direction = if line < lines.of(anchor) { Direction::Backward } else { Direction::Forward };
    for _ in 0..wanted.count {
        neighbour(lines, line, direction)?;
        let mut run_before = None;
        for _ in 0..if wanted.around { 2 } else { 1 } {
            let Some(next) = neighbour(lines, line, direction) else { break };
            let is_blank = lines.is_blank(next);
            if run_before == Some(is_blank) {
                break;
            }
            line = next;
            while let Some(further) = neighbour(lines, line, direction).filter(|at| lines.is_blank(*at) == is_blank) {
                line = further;
            }
            run_before = Some(is_blank);
        }
    }
    Some(lines.start(line))
}
