//! The column at the right of the text: where everybody is in the document, and which part of it is seen.

use super::{cursors::initial, editor_view::Shown, paint};
use crate::app::App;
use protocol::ByteOffset;
use ratatui::{buffer::Buffer, layout::Rect};

/// Where everybody is in the document: an initial per person, and a line beside the part that is seen.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Shown<'_>, area: Rect) {
    let row_of = |at| row_of(editor, area, at);
    let seen = editor.rows.first().zip(editor.rows.last()).filter(|_| !fits(editor, area));
    if let Some((first, last)) = seen {
        let lowest = if last.is_last { last.end } else { ByteOffset(last.end.0 - 1) };
        for row in row_of(first.start)..=row_of(lowest) {
            paint::row(buffer, paint::line(area, row), &[("│".into(), app.theme.quiet())]);
        }
    }
    for person in app.room.others() {
        if let Some(at) = person.cursor_in(editor.path()) {
            let row = paint::line(area, row_of(at));
            paint::row(buffer, row, &[(initial(person).to_string(), app.theme.flag(person.color))]);
        }
    }
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
