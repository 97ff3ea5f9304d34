//! The column at the right of the text: where everybody is in the document, and which part of it is seen.

use super::{cursors::initial, paint};
use crate::{
    app::App,
    editor::{Editor, position::LineIndex},
};
use ratatui::{buffer::Buffer, layout::Rect};

/// Where everybody is in the document: an initial per person, and a line beside the part that is seen.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Editor, area: Rect) {
    let lines = editor.text().last_line().number();
    let row_of = |line: LineIndex| {
        let row = if lines <= usize::from(area.height) {
            line.0.saturating_sub(editor.viewport().top.0)
        } else {
            line.0 * usize::from(area.height) / lines
        };
        u16::try_from(row).unwrap_or(u16::MAX)
    };
    if lines > usize::from(area.height) {
        let shown = editor.viewport().lines(editor.text());
        for row in row_of(shown.start)..=row_of(shown.end.up(1)) {
            paint::row(buffer, paint::line(area, row), &[("│".into(), app.theme.quiet())]);
        }
    }
    for person in app.room.others() {
        if let Some(at) = person.cursor_in(editor.path()) {
            let row = paint::line(area, row_of(editor.text().line_of(at)));
            paint::row(buffer, row, &[(initial(person).to_string(), app.theme.flag(person.color))]);
        }
    }
}
