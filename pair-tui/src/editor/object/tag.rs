//! `it`, `at`: an element of HTML or XML, found by its tags alone; comments and scripts are not understood.

use super::{Object, Wanted};
use crate::editor::lines::Lines;
use protocol::ByteOffset;
use std::ops::Range;

/// A pair of tags by the byte ranges of both.
struct Element {
    open: Range<usize>,
    close: Range<usize>,
}

pub(super) fn at(lines: &Lines<'_>, at: ByteOffset, wanted: Wanted) -> Option<Object> {
    let first = lines.first_nonblank(lines.of(at));
    let at = at.max(first);
    let text = lines.text().slice(ByteOffset(0)..lines.text_end());
    let mut around: Vec<Element> =
        elements(&text).into_iter().filter(|element| element.open.start <= at.0 && at.0 < element.close.end).collect();
    around.sort_by_key(|element| element.close.end - element.open.start);
    let element = around.into_iter().nth(wanted.count.saturating_sub(1))?;
    let (start, end) = element.span(wanted.around);
    Some(Object { start: ByteOffset(start), end: ByteOffset(end), is_inclusive: false, is_linewise: false })
}

/// The selection grown to the element around it.
pub(super) fn grow(
    lines: &Lines<'_>,
    (anchor, head): (ByteOffset, ByteOffset),
    wanted: Wanted,
) -> Option<(ByteOffset, ByteOffset)> {
    let (low, high) = (anchor.min(head), anchor.max(head));
    for count in 1..64 {
        // What is between two tags, and then the tags with it.
        for around in [wanted.around, true] {
            let object = at(lines, low, Wanted { around, count })?;
            let last = object.last(lines);
            if object.start <= low && last >= high && (object.start, last) != (low, high) {
                return Some((object.start, last));
            }
        }
    }
    None
}

impl Element {
    fn span(&self, around: bool) -> (usize, usize) {
        if around { (self.open.start, self.close.end) } else { (self.open.end, self.close.start) }
    }
}

/// All elements of a text; a closing tag ends the nearest opening one of its name.
fn elements(text: &str) -> Vec<Element> {
    let mut open: Vec<(&str, Range<usize>)> = Vec::new();
    let mut elements = Vec::new();
    let mut rest = 0;
    while let Some(start) = text.get(rest..).and_then(|text| text.find('<')).map(|at| at + rest) {
        let Some((name, closes, end, is_empty)) = tag(text, start) else {
            rest = start + 1;
            continue;
        };
        if closes {
            if let Some(matching) = open.iter().rposition(|(opened, _)| *opened == name) {
                let (_, range) = open.swap_remove(matching);
                open.truncate(matching);
                elements.push(Element { open: range, close: start..end });
            }
        } else if !is_empty {
            open.push((name, start..end));
        }
        rest = end;
    }
    elements
}

/// The tag that starts at a place: its name, whether it closes, its end, and whether it is complete in itself.
fn tag(text: &str, start: usize) -> Option<(&str, bool, usize, bool)> {
    let inner = text.get(start + 1..)?;
    let (closes, inner_start) = if inner.starts_with('/') { (true, start + 2) } else { (false, start + 1) };
    let named = text.get(inner_start..)?;
    let length = named.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<')).unwrap_or(named.len());
    let name =
        named.get(..length).filter(|name| !name.is_empty() && name.chars().next().is_some_and(char::is_alphabetic))?;
    let end = inner_start + named.find('>')? + 1;
    let content = text.get(inner_start..end)?;
    if content.contains('<') {
        return None;
    }
    Some((name, closes, end, content.ends_with("/>")))
}
