//! Others in the text: a bar at each cursor, their names, which fade, where these hide nothing, and a mark beside the line that each
//! edited last. Knows where they are from the room; lays nothing out itself.

use super::{
    editor_view::{Shown, on_screen},
    paint,
};
use crate::{
    app::{
        App,
        room::{
            Person,
            person::{EDIT_MARKED_MS, NameStage},
        },
    },
    editor::{Editor, position::LineIndex},
};
use protocol::ByteOffset;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Color, Style},
};
use unicode_width::UnicodeWidthStr;

/// Somebody this many lines from this participant's cursor or nearer is named all the time, quietly.
const NEARBY_LINES: usize = 1;

/// Draws the cursors of everybody else in the document, then their names, which keep off `my_cursor`.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Shown<'_>, area: Rect, my_cursor: Option<Position>) {
    for person in app.room.others() {
        // The main one last, so that it is the one that is seen where two are in one place.
        for selection in person.selections_in(editor.path()).iter().rev() {
            bar(buffer, app, editor, area, person, selection.head);
        }
    }
    for person in app.room.others() {
        if let Some(at) = person.cursor_in(editor.path()) {
            name(buffer, app, editor, area, (person, at), my_cursor);
        }
    }
}

/// The lines that others edited just now, each with its mark.
pub fn edited_lines(app: &App, editor: &Editor) -> Vec<(LineIndex, char, Style)> {
    let mark = |person: &Person| if app.theme.has_colors() { '▌' } else { sign(app, person) };
    let edited = |person: &Person| {
        let edit = person.last_edit.as_ref().filter(|edit| edit.document == *editor.path())?;
        let is_fresh = app.now_ms.saturating_sub(edit.at_ms) < EDIT_MARKED_MS;
        is_fresh.then(|| (editor.text().line_of(edit.at), mark(person), app.theme.person(person.color)))
    };
    app.room.others().filter_map(edited).collect()
}

/// Somebody's cursor: a bar where there is no character, otherwise their colour behind it. Without colours, their initial.
fn bar(buffer: &mut Buffer, app: &App, editor: &Shown<'_>, area: Rect, person: &Person, at: ByteOffset) {
    let Some(position) = on_screen(editor, area, at) else { return };
    let Some(cell) = buffer.cell_mut(position) else { return };
    let is_blank = cell.symbol() == " ";
    if !is_blank {
        cell.set_style(app.theme.flag(person.color));
    } else if !app.theme.has_colors() {
        cell.set_char(sign(app, person)).set_style(app.theme.flag(person.color));
    } else {
        cell.set_char('▏').set_style(app.theme.person(person.color));
    }
}

/// The character that stands for somebody where there is room for one only: their initial, or the number that Alt goes to them with
/// where somebody else has the same one.
pub(super) fn sign(app: &App, person: &Person) -> char {
    let own = initial(person);
    let is_shared = app.room.people.iter().any(|other| other.id != person.id && initial(other) == own);
    let number = app.number_of(person).and_then(|number| u32::try_from(number).ok());
    number.filter(|_| is_shared).and_then(|number| char::from_digit(number, 10)).unwrap_or(own)
}

fn initial(person: &Person) -> char {
    person
        .name
        .chars()
        .find(|c| c.is_alphanumeric() && UnicodeWidthStr::width(c.to_string().as_str()) == 1)
        .unwrap_or('?')
}

/// The name of somebody who moved not long ago, or is near, where it hides no text: below the cursor, above it, or behind the line.
/// At first it stands on their colour; then it is only written, in the same place.
fn name(
    buffer: &mut Buffer,
    app: &App,
    editor: &Shown<'_>,
    area: Rect,
    (person, at): (&Person, ByteOffset),
    my_cursor: Option<Position>,
) {
    let Some(position) = on_screen(editor, area, at) else { return };
    let distance = editor.text().line_of(at).0.abs_diff(editor.cursor_line().0);
    let nearby = if distance <= NEARBY_LINES { NameStage::Quiet } else { NameStage::Gone };
    let style = match person.name_stage(app.now_ms).max(nearby) {
        NameStage::Full => app.theme.flag(person.color),
        NameStage::Quiet => app.theme.person(person.color),
        NameStage::Gone => return,
    };
    let flag = format!(" {} ", paint::cut(&person.name, 16));
    let width = u16::try_from(flag.width()).unwrap_or(u16::MAX);
    let line_end = (area.x..area.right()).rev().find(|x| !is_blank(buffer, app, Rect::new(*x, position.y, 1, 1)));
    let behind = line_end.map_or(position.x, |x| x.max(position.x)).saturating_add(2);
    let spots = [(position.x, position.y + 1), (position.x, position.y.wrapping_sub(1)), (behind, position.y)];
    let spot = spots.into_iter().map(|(x, y)| Rect::new(x, y, width, 1)).find(|spot| {
        area.contains(spot.as_position())
            && spot.right() <= area.right()
            && is_blank(buffer, app, *spot)
            && my_cursor.is_none_or(|cursor| !spot.contains(cursor))
    });
    if let Some(spot) = spot {
        buffer.set_string(spot.x, spot.y, flag, style);
    }
}

fn is_blank(buffer: &Buffer, app: &App, area: Rect) -> bool {
    let ground = app.theme.ground().bg.unwrap_or(Color::Reset);
    !paint::is_second_half(buffer, area.as_position())
        && area
            .positions()
            .all(|position| buffer.cell(position).is_some_and(|cell| cell.symbol() == " " && cell.bg == ground))
}
