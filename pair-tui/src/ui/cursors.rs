//! Others in the text: a bar at each cursor, and their names where these hide nothing. Knows where they are from the room; lays
//! nothing out itself.

use super::{editor_view::on_screen, paint, theme::Depth};
use crate::{
    app::{App, room::Person},
    editor::Editor,
};
use protocol::ByteOffset;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use unicode_width::UnicodeWidthStr;

/// Somebody this many lines from this participant's cursor or nearer is named all the time.
const NEARBY_LINES: usize = 1;

/// Draws the cursors of everybody else in the document, then their names, which keep off `my_cursor`.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Editor, area: Rect, my_cursor: Option<Position>) {
    let people: Vec<_> =
        app.room.others().filter_map(|person| Some((person, person.cursor_in(editor.path())?))).collect();
    for (person, at) in &people {
        bar(buffer, app, editor, area, person, *at);
    }
    for (person, at) in &people {
        name(buffer, app, editor, area, (person, *at), my_cursor);
    }
}

/// Somebody's cursor: a bar where there is no character, otherwise their colour behind it. Without colours, their initial.
fn bar(buffer: &mut Buffer, app: &App, editor: &Editor, area: Rect, person: &Person, at: ByteOffset) {
    let Some(position) = on_screen(editor, area, at) else { return };
    let Some(cell) = buffer.cell_mut(position) else { return };
    let is_blank = cell.symbol() == " ";
    if !is_blank {
        cell.set_style(app.theme.flag(person.color));
    } else if app.theme.depth == Depth::None {
        cell.set_char(initial(person)).set_style(app.theme.flag(person.color));
    } else {
        cell.set_char('▏').set_style(app.theme.person(person.color));
    }
}

pub(super) fn initial(person: &Person) -> char {
    person
        .name
        .chars()
        .find(|c| c.is_alphanumeric() && UnicodeWidthStr::width(c.to_string().as_str()) == 1)
        .unwrap_or('?')
}

/// The name of somebody who has just moved, or is near, where it hides no text: below the cursor, above it, or behind the line.
fn name(
    buffer: &mut Buffer,
    app: &App,
    editor: &Editor,
    area: Rect,
    (person, at): (&Person, ByteOffset),
    my_cursor: Option<Position>,
) {
    let Some(position) = on_screen(editor, area, at) else { return };
    let distance = editor.text().line_of(at).0.abs_diff(editor.cursor_line().0);
    if distance > NEARBY_LINES && !person.has_just_moved(app.now_ms) {
        return;
    }
    let flag = format!(" {} ", paint::cut(&person.name, 16));
    let width = u16::try_from(flag.width()).unwrap_or(u16::MAX);
    let line_end = (area.x..area.right()).rev().find(|x| !is_blank(buffer, Rect::new(*x, position.y, 1, 1)));
    let behind = line_end.map_or(position.x, |x| x.max(position.x)).saturating_add(2);
    let spots = [(position.x, position.y + 1), (position.x, position.y.wrapping_sub(1)), (behind, position.y)];
    let spot = spots.into_iter().map(|(x, y)| Rect::new(x, y, width, 1)).find(|spot| {
        area.contains(spot.as_position())
            && spot.right() <= area.right()
            && is_blank(buffer, *spot)
            && my_cursor.is_none_or(|cursor| !spot.contains(cursor))
    });
    if let Some(spot) = spot {
        buffer.set_string(spot.x, spot.y, flag, app.theme.flag(person.color));
    }
}

fn is_blank(buffer: &Buffer, area: Rect) -> bool {
    area.positions().all(|position| {
        buffer
            .cell(position)
            .is_some_and(|cell| cell.symbol() == " " && cell.style().bg == Some(ratatui::style::Color::Reset))
    })
}
