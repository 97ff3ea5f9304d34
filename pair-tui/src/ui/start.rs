//! The start screen: create, join, recent rooms.

use super::{
    paint::{self, Piece},
    side::field,
};
use crate::app::{
    App,
    start::{Progress, Row, StartScreen},
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

/// Draws the start screen; gives where the cursor is.
pub fn draw(buffer: &mut Buffer, app: &App, start: &StartScreen, screen: Rect) -> Option<Position> {
    let theme = app.theme;
    let width = screen.width.min(72);
    let area = Rect { x: screen.x + (screen.width - width) / 2, width, ..screen };
    let area = paint::indented(area);
    let top = u16::from(screen.height > 16) * 2;
    paint::row(
        buffer,
        paint::line(area, top),
        &[("pair".into(), theme.strong()), ("  edit together".into(), theme.quiet())],
    );
    let head = |row: Row, title: &str| -> [Piece; 1] {
        let is_chosen = start.row() == row;
        let mark = if is_chosen { "› " } else { "  " };
        [(format!("{mark}{title}"), if is_chosen { theme.strong() } else { theme.text() })]
    };
    paint::row(buffer, paint::line(area, top + 2), &head(Row::Create, "Create a room"));
    let file = field(buffer, app, paint::line(area, top + 3), &start.file, "    file: ");
    paint::row(buffer, paint::line(area, top + 4), &head(Row::Join, "Join a room"));
    let link = field(buffer, app, paint::line(area, top + 5), &start.link, "    room: ");
    let below = top + 6;
    let said = match &start.progress {
        Some(Progress::Busy(word)) => Some((word, theme.quiet())),
        Some(Progress::Problem(problem)) => Some((problem, theme.error())),
        None => None,
    };
    if let Some((text, style)) = said {
        let text = paint::cut(text, usize::from(area.width).saturating_sub(4));
        paint::row(buffer, paint::line(area, below), &[(format!("    {text}"), style)]);
    }
    for (at, recent) in start.recent.iter().enumerate() {
        let row = below.saturating_add(u16::try_from(at + 1).unwrap_or(u16::MAX));
        if row + 1 >= area.height {
            break;
        }
        let mut pieces = head(Row::Recent(at), recent.room.as_str()).to_vec();
        pieces.push((format!("  {}  {}", recent.people.join(", "), recent.when), theme.quiet()));
        paint::row(buffer, paint::line(area, row), &pieces);
    }
    let keys = [("↑↓", "choose"), ("Enter", "go"), ("Esc", "quit")];
    let keys: Vec<Piece> = keys
        .iter()
        .flat_map(|(key, word)| [((*key).to_owned(), theme.key()), (format!(" {word}   "), theme.quiet())])
        .collect();
    paint::row(buffer, paint::line(area, area.height.saturating_sub(1)), &keys);
    match start.row() {
        Row::Create => file,
        Row::Join => link,
        Row::Recent(_) => None,
    }
}
