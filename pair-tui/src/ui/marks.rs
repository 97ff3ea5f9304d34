//! The column at the right of the text: where everybody is in the document, this participant too, and which part of it is seen.

use super::{cursors::sign, paint};
use crate::{
    app::App,
    editor::{Editor, position::LineIndex},
};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Position, Rect},
    style::Style,
};
use std::collections::BTreeMap;

/// A character that stands for somebody, and how it looks.
type Mark = (char, Style);

/// Where this participant is.
const ME: char = '•';
/// More people in one row than there is room for.
const MORE: char = '+';

/// Draws the column: an initial per person, and a line beside the part that is seen.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Editor, area: Rect) {
    let scale = Scale { lines: editor.text().last_line().number(), top: editor.viewport().top, height: area.height };
    if scale.is_scaled() {
        let shown = editor.viewport().lines(editor.text());
        for row in scale.row_of(shown.start)..=scale.row_of(shown.end.up(1)) {
            paint::row(buffer, paint::line(area, row), &[("│".into(), app.theme.quiet())]);
        }
    }
    for (row, marks) in marks(app, editor, &scale) {
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

/// From lines to rows: one to one where the whole text fits.
struct Scale {
    lines: usize,
    top: LineIndex,
    height: u16,
}

impl Scale {
    fn is_scaled(&self) -> bool {
        self.lines > usize::from(self.height)
    }

    fn row_of(&self, line: LineIndex) -> u16 {
        let row = if self.is_scaled() {
            line.0 * usize::from(self.height) / self.lines
        } else {
            line.0.saturating_sub(self.top.0)
        };
        u16::try_from(row).unwrap_or(u16::MAX)
    }
}

/// Who is in each row: the others in their order, this participant last, and only in a text that does not fit the screen, where it
/// is not seen anyway.
fn marks(app: &App, editor: &Editor, scale: &Scale) -> BTreeMap<u16, Vec<Mark>> {
    let mut rows: BTreeMap<u16, Vec<Mark>> = BTreeMap::new();
    for person in app.room.others() {
        if let Some(at) = person.cursor_in(editor.path()) {
            let mark = (sign(app, person), app.theme.flag(person.color));
            rows.entry(scale.row_of(editor.text().line_of(at))).or_default().push(mark);
        }
    }
    if scale.is_scaled() && app.is_home() {
        rows.entry(scale.row_of(editor.cursor_line())).or_default().push((ME, app.theme.strong()));
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
