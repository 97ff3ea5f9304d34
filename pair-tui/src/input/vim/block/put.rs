//! Puts a block into the text: each of its lines into a line of its own, in the same column.

use crate::{
    editor::{
        layout,
        position::{Cells, LineIndex},
    },
    input::vim::{Register, work::Work},
};
use protocol::ByteOffset;

/// Puts a block behind the cursor, or before it; `width` is that of the block.
pub(in crate::input::vim) fn put_block(
    content: &Register,
    width: usize,
    times: usize,
    (before, cursor_behind): (bool, bool),
    work: &mut Work<'_>,
) {
    let lines = work.lines();
    let (first, columns) = (work.line(), lines.columns(work.cursor, work.tab));
    let is_behind = !before && lines.character(work.cursor).is_some();
    let column = if is_behind { columns.end.0 + 1 } else { columns.start.0 };
    let rows: Vec<&str> = content.text.split('\n').collect();
    let missing = (first.0 + rows.len()).saturating_sub(work.lines().count());
    if missing > 0 {
        let end = work.lines().text_end();
        let line_break = work.text().line_break();
        work.insert(end, &line_break.repeat(missing));
    }
    let mut corner = work.cursor;
    let mut end = work.cursor;
    for (nth, row) in rows.iter().enumerate().rev() {
        let line = first.down(nth);
        let (at, is_last) = place_for(line, column, work);
        let blanks = " ".repeat(width.saturating_sub(layout::width_of(row, work.tab)));
        let inner = format!("{row}{blanks}");
        let mut inserted = inner.repeat(times - 1) + row;
        if !is_last {
            inserted.push_str(&blanks);
        }
        work.insert(at, &inserted);
        if nth == 0 {
            corner = at;
        }
        if nth + 1 == rows.len() {
            end = ByteOffset(at.0 + inserted.len());
        } else {
            end.0 += inserted.len();
        }
    }
    work.go(if cursor_behind { end.min(work.lines().text_end()) } else { corner });
    work.mark('[', corner);
}

/// Where a line has a column: a tab that covers it is cut into blanks, a line that ends before it is filled up. And whether nothing
/// comes behind that.
fn place_for(line: LineIndex, column: usize, work: &mut Work<'_>) -> (ByteOffset, bool) {
    let width = layout::width_of(&work.lines().content(line), work.tab);
    let end = work.lines().end(line);
    if width <= column {
        work.insert(end, &" ".repeat(column - width));
        return (ByteOffset(end.0 + column - width), true);
    }
    let at = work.lines().at_column(line, Cells(column), work.tab, true);
    let columns = work.lines().columns(at, work.tab);
    if columns.start.0 == column {
        return (at, false);
    }
    let behind = work.lines().right(at);
    if work.lines().character(at) != Some('\t') {
        // A wide character can't be cut, and moves behind the block.
        return (at, false);
    }
    work.replace(at..behind, &" ".repeat(columns.end.0 + 1 - columns.start.0));
    (ByteOffset(at.0 + column - columns.start.0), false)
}
