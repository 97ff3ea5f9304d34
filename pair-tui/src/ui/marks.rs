//! The column at the right of the text: where everybody is in the document, this participant too, and which part of it is seen.

use super::{cursors::sign, editor_view::Shown, paint};
use crate::app::App;
use protocol::ByteOffset;
use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Position, Rect},
    style::Style,
};
use std::collections::BTreeMap;

/// A character that stands for somebody, and how it looks.
type Mark = (char, Style);

/// The part that is seen: heavier than the line between panes that may stand right beside it.
const SEEN: &str = "┃";
/// Where this participant is.
const ME: char = '•';
/// More people in one row than there is room for.
const MORE: char = '+';

/// Draws the column: an initial per person, and a line beside the part that is seen.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Shown<'_>, area: Rect) {
    let seen = editor.rows.first().zip(editor.rows.last()).filter(|_| !fits(editor, area));
    if let Some((first, last)) = seen {
        let lowest = if last.is_last { last.end } else { ByteOffset(last.end.0 - 1) };
        for row in row_of(editor, area, first.start)..=row_of(editor, area, lowest) {
            paint::row(buffer, paint::line(area, row), &[(SEEN.into(), app.theme.quiet())]);
        }
    }
    for (row, marks) in marks(app, editor, area) {
        for (x, (mark, style)) in (area.x..).zip(fitted(&marks, usize::from(area.width), app.theme.strong())) {
            if let Some(cell) = cell(buffer, paint::line(area, row), x) {
                cell.set_char(mark).set_style(style);
            }
        }
    }
}

fn cell(buffer: &mut Buffer, area: Rect, x: u16) -> Option<&mut Cell> {
    let position = Position::new(x, area.y);
    if area.contains(position) { buffer.cell_mut(position) } else { None }
}

/// Who is in each row: the others in their order, this participant last, and only in a text that does not fit the screen, where it
/// is not seen anyway.
fn marks(app: &App, editor: &Shown<'_>, area: Rect) -> BTreeMap<u16, Vec<Mark>> {
    let mut rows: BTreeMap<u16, Vec<Mark>> = BTreeMap::new();
    for person in app.room.others() {
        if let Some(at) = person.cursor_in(editor.path()) {
            let mark = (sign(app, person), app.theme.flag(person.color));
            rows.entry(row_of(editor, area, at)).or_default().push(mark);
        }
    }
    if !fits(editor, area) && app.is_home() {
        let row = row_of(editor, area, editor.selection().head);
        rows.entry(row).or_default().push((ME, app.theme.strong()));
    }
    rows
}

/// The marks of a row as far as there is room; the last cell says that there are more of the others.
fn fitted(marks: &[Mark], room: usize, style: Style) -> Vec<Mark> {
    let others = marks.iter().filter(|(mark, _)| *mark != ME).count();
    let mut fitted: Vec<Mark> = marks.iter().take(room).copied().collect();
    if others > room
        && let Some(last) = fitted.last_mut()
    {
        *last = (MORE, style);
    }
    fitted
}

/// Whether the whole text has room on the screen.
fn fits(editor: &Shown<'_>, area: Rect) -> bool {
    let lines = editor.text().last_line().number();
    let is_all_seen = || editor.rows.last().is_some_and(|row| row.end == editor.text().len());
    lines <= usize::from(area.height) && (!editor.viewport().wraps || is_all_seen())
}

/// The row of the column that stands for a place. Of a text with room on the screen it is beside the place; of others the column is
/// the whole text. Wrapped lines are paragraphs of any length: there it is bytes that are counted, and not lines.
fn row_of(editor: &Shown<'_>, area: Rect, at: ByteOffset) -> u16 {
    let (text, height) = (editor.text(), usize::from(area.height));
    let row = if fits(editor, area) {
        let beside = editor.rows.iter().rposition(|row| row.start <= at);
        beside.unwrap_or_default()
    } else if editor.viewport().wraps {
        at.0.saturating_mul(height) / text.len().0.saturating_add(1)
    } else {
        text.line_of(at).0 * height / text.last_line().number()
    };
    u16::try_from(row).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_in_one_row_are_told_apart_or_counted() {
        let style = Style::new();
        let signs = |marks: &str, room| {
            let marks: Vec<Mark> = marks.chars().map(|mark| (mark, style)).collect();
            fitted(&marks, room, style).into_iter().map(|(mark, _)| mark).collect::<String>()
        };
        assert_eq!(signs("•", 1), "•");
        assert_eq!(signs("G•", 1), "G");
        assert_eq!(signs("G•", 2), "G•");
        assert_eq!(signs("GL•", 2), "GL");
        assert_eq!(signs("GLA", 2), "G+");
        assert_eq!(signs("GL", 1), "+");
    }
}
