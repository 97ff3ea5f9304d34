//! What stands in the place of the text until anything of the room is there. Knows how things stand with the server, and no text.

use super::paint;
use crate::{
    app::{App, room::Connection},
    input::Command,
};
use ratatui::{buffer::Buffer, layout::Rect};

/// Says what is waited for, and how to leave.
pub fn draw(buffer: &mut Buffer, app: &App, area: Rect) {
    let said = match app.room.connection {
        Connection::Connecting => "Connecting to the room…",
        Connection::Connected => "The room's text is on its way…",
        Connection::Offline { retry_at_ms: Some(_) } => {
            "No connection to the room yet; it is tried again, at once on a key."
        }
        Connection::Offline { retry_at_ms: None } => "No connection to the room.",
    };
    let area = paint::indented(area);
    let lines = paint::wrap(said, usize::from(area.width).max(1));
    // A third of the way down, where there is room for that.
    let top = area.height / 3;
    let mut row = top.min(area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2)));
    for line in lines {
        paint::row(buffer, paint::line(area, row), &[(line, app.theme.text())]);
        row = row.saturating_add(1);
    }
    let leave = [(app.keymap.shown(&Command::Quit), app.theme.key()), (" leaves".to_owned(), app.theme.quiet())];
    paint::row(buffer, paint::line(area, row.saturating_add(1)), &leave);
}
