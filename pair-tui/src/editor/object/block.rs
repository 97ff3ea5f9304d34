//! `i(`, `a{` and the like: what is between two brackets, around a place or behind it. Quotes do not hide the opening bracket, as
//! in vim.

use super::{Object, Wanted};
use crate::editor::{
    lines::{Lines, Step, Walker},
    motion::bracket,
};
use protocol::ByteOffset;

pub(super) fn at(lines: &Lines<'_>, at: ByteOffset, pair: (char, char), wanted: Wanted) -> Option<Object> {
    let found = bounds(lines, from_inside(lines, at, pair.0), pair, wanted.count)?;
    Some(between(lines, found, pair, wanted.around))
}

/// The selection grown to the block around it, where it is a block already.
pub(super) fn grow(
    lines: &Lines<'_>,
    (anchor, head): (ByteOffset, ByteOffset),
    pair: (char, char),
    wanted: Wanted,
) -> Option<(ByteOffset, ByteOffset)> {
    let (low, high) = (anchor.min(head), anchor.max(head));
    let bytes = (u8::try_from(pair.0).ok()?, u8::try_from(pair.1).ok()?);
    let mut found = bounds(lines, low, pair, wanted.count)?;
    loop {
        let object = between(lines, found, pair, wanted.around);
        let last = object.last(lines);
        let is_bigger = object.start < low || last > high;
        if is_bigger || wanted.around || object.start >= object.end {
            return Some((object.start, last));
        }
        // The block around the one that was no bigger.
        let open = bracket::unclosed_before(lines, found.0, bytes, false)?;
        found = (open, bracket::unopened_after(lines, open, bytes, true)?);
    }
}

/// Where the search for the opening bracket begins: a bracket under the cursor is the block's own.
fn from_inside(lines: &Lines<'_>, at: ByteOffset, open: char) -> ByteOffset {
    let mut walker = lines.walk(at);
    if open == '{' {
        while walker.is_blank() && is_in_indent(lines, &walker) && walker.forward() == Step::Character {}
    }
    if walker.character() == Some(open) { ByteOffset(walker.at().0 + 1) } else { walker.at() }
}

fn bounds(lines: &Lines<'_>, from: ByteOffset, pair: (char, char), count: usize) -> Option<(ByteOffset, ByteOffset)> {
    let bytes = (u8::try_from(pair.0).ok()?, u8::try_from(pair.1).ok()?);
    let is_inside = bracket::unclosed_before(lines, from, bytes, false).is_some();
    let mut open = from;
    for _ in 0..count.max(1) {
        open = if is_inside {
            bracket::unclosed_before(lines, open, bytes, false)?
        } else {
            bracket::unopened_after(lines, open, (bytes.1, bytes.0), false)?
        };
    }
    let close = bracket::unopened_after(lines, open, bytes, true)?;
    Some((open, close))
}

fn is_in_indent(lines: &Lines<'_>, walker: &Walker<'_>) -> bool {
    walker.at() < lines.first_nonblank(walker.line())
}

fn between(lines: &Lines<'_>, (open, close): (ByteOffset, ByteOffset), pair: (char, char), around: bool) -> Object {
    if around {
        return Object { start: open, end: close, is_inclusive: true, is_linewise: false };
    }
    let mut start = lines.walk(open);
    start.forward_over();
    let mut end = lines.walk(close);
    let mut at_line_start = end.is_line_start();
    end.back_over();
    if pair.0 == '{' {
        while is_in_indent(lines, &end) {
            at_line_start = true;
            if end.back_over() != Step::Character {
                break;
            }
        }
    }
    let start = start.at();
    if at_line_start {
        end.forward_over();
        return Object { start, end: end.at().max(start), is_inclusive: false, is_linewise: false };
    }
    let is_inclusive = start <= end.at();
    Object { start, end: end.at().max(start), is_inclusive, is_linewise: false }
}
