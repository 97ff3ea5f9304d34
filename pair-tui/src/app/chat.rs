//! The chat as rows of the side pane: where it is, how messages are broken into rows, and how far back one has read. Knows no colours.

use super::App;
use crate::ui::paint::{cut, wrap};
use protocol::message::server::ChatMessage;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

/// Rows of the chat at least: heading, one line, composer.
const ROWS_MIN: u16 = 3;
/// Cells of a speaker's name at most.
const NAME_CELLS: usize = 12;
/// Cells of what is said at least, however narrow the pane is.
const TEXT_CELLS_MIN: usize = 8;

/// The parts of the side pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SideAreas {
    /// The suggestion: heading, its lines, keys.
    pub suggestion: Rect,
    /// The line between both; empty where there is no room for both.
    pub rule: Rect,
    /// The chat: heading, what was said, composer.
    pub chat: Rect,
}

/// One row of what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRow<'a> {
    /// The message it is of.
    pub message: &'a ChatMessage,
    /// The speaker's name, or as much space below it.
    pub lead: String,
    /// Whether it is the message's first row.
    pub is_first: bool,
    /// What is said in it.
    pub text: String,
}

/// Divides the side pane.
pub fn side_areas(app: &App) -> SideAreas {
    let side = app.areas().side;
    // Text does not stick to the line beside it.
    let area = Rect { x: side.x.saturating_add(1).min(side.right()), width: side.width.saturating_sub(1), ..side };
    let lines = app.suggestions.shown().map_or(1, |shown| shown.text.lines().count().max(1));
    let wanted = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
    let rows = wanted.min(area.height.saturating_sub(ROWS_MIN + 1));
    let rule = u16::from(rows > 0 && rows < area.height);
    let top = rows + rule;
    SideAreas {
        suggestion: Rect { height: rows, ..area },
        rule: Rect { y: area.y + rows, height: rule, ..area },
        chat: Rect { y: area.y + top, height: area.height - top, ..area },
    }
}

/// How many rows of what was said are shown.
pub fn shown_rows(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(2))
}

/// A message in rows of so many cells.
pub fn rows(message: &ChatMessage, cells: usize) -> Vec<ChatRow<'_>> {
    let name = format!("{}  ", cut(&message.name, NAME_CELLS));
    let indent = name.width();
    let lines = wrap(&message.text, cells.saturating_sub(indent).max(TEXT_CELLS_MIN));
    let lead = |is_first: bool| if is_first { name.clone() } else { " ".repeat(indent) };
    let row = |(at, text)| ChatRow { message, lead: lead(at == 0), is_first: at == 0, text };
    lines.into_iter().enumerate().map(row).collect()
}

/// What is shown of the chat in an area: as many rows as there is room for, so far back as it is read.
pub fn shown(app: &App, area: Rect) -> Vec<ChatRow<'_>> {
    let (room, cells) = (shown_rows(area), usize::from(area.width));
    // Every message is a row at least: more messages than this are not needed.
    let wanted = room + app.together.chat_back;
    let from = app.room.chat.len().saturating_sub(wanted);
    let all: Vec<_> = app.room.chat.iter().skip(from).flat_map(|message| rows(message, cells)).collect();
    let end = all.len().saturating_sub(app.together.chat_back).max(room.min(all.len()));
    let start = end.saturating_sub(room);
    all.into_iter().skip(start).take(end - start).collect()
}

/// Reads this many rows further back (forward, if negative), no further than the chat goes.
pub fn read_back(app: &mut App, by: isize) {
    let area = side_areas(app).chat;
    let all: usize = app.room.chat.iter().map(|message| rows(message, usize::from(area.width)).len()).sum();
    let most = all.saturating_sub(shown_rows(area));
    app.together.chat_back = app.together.chat_back.saturating_add_signed(by).min(most);
}

/// A message came: whoever reads further back goes on reading there.
pub fn came(app: &mut App, message: &ChatMessage) {
    if app.together.chat_back > 0 {
        let cells = usize::from(side_areas(app).chat.width);
        app.together.chat_back += rows(message, cells).len();
    }
}
