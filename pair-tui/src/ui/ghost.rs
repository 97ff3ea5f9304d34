//! Suggestions where they would stand: pale text at the place. This participant's own makes room for itself; another's shows its first line
//! where nothing stands behind it. Drawn last, over what is there.

use super::{
    editor_view::{Shown, on_screen},
    paint,
};
use crate::app::{App, layout::Areas, suggestion::Suggestion};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Position, Rect},
};
use unicode_width::UnicodeWidthStr;

/// Draws the shown suggestion into the text, if its place is seen.
pub fn draw(buffer: &mut Buffer, app: &App, shown: &Shown<'_>, areas: &Areas) {
    let suggestion = app.suggestions.shown().filter(|one| !one.text.is_empty() && one.document == *shown.path());
    let Some(suggestion) = suggestion else { return };
    let Some(position) = suggestion.at.and_then(|at| on_screen(shown, areas.text, at)) else { return };
    if app.room.me == Some(suggestion.participant) {
        own(buffer, app, suggestion, areas, position);
    } else if rest_is_blank(buffer, areas.text, position) {
        let line = suggestion.text.lines().next().unwrap_or_default();
        let area = Rect { x: position.x, y: position.y, width: areas.text.right() - position.x, height: 1 };
        paint::row(buffer, area, &[(paint::cut(line, usize::from(area.width)), app.theme.suggestion())]);
    }
}

/// The whole text: what stands behind the place moves to the end of the last line, the rows below move down, as far as the screen reaches.
fn own(buffer: &mut Buffer, app: &App, suggestion: &Suggestion, areas: &Areas, position: Position) {
    let text = areas.text;
    let behind: Vec<Cell> = (position.x..text.right()).filter_map(|x| buffer.cell((x, position.y)).cloned()).collect();
    let lines: Vec<&str> = suggestion.text.split('\n').collect();
    let more = u16::try_from(lines.len() - 1).unwrap_or(u16::MAX).min(text.bottom() - position.y - 1);
    move_down(buffer, areas, position.y + 1, more);
    for (line, down) in lines.iter().zip(0..=more) {
        let x = if down == 0 { position.x } else { text.x };
        let area = Rect { x, y: position.y + down, width: text.right() - x, height: 1 };
        blank(buffer, app, area);
        let shown = paint::cut(line, usize::from(area.width));
        let width = u16::try_from(shown.width()).unwrap_or(u16::MAX);
        paint::row(buffer, area, &[(shown, app.theme.suggestion())]);
        if usize::from(down) + 1 == lines.len() {
            put(buffer, area, width, &behind);
        }
    }
}

fn rest_is_blank(buffer: &Buffer, text: Rect, position: Position) -> bool {
    (position.x..text.right())
        .all(|x| buffer.cell((x, position.y)).is_none_or(|cell| matches!(cell.symbol(), " " | "▏")))
}

/// Moves the rows from `top` on down, their numbers too; what was there becomes blank.
fn move_down(buffer: &mut Buffer, areas: &Areas, top: u16, by: u16) {
    if by == 0 {
        return;
    }
    let bottom = areas.text.bottom();
    let columns = areas.numbers.x..areas.text.right();
    for y in (top..bottom).rev() {
        for x in columns.clone() {
            let cell = if y >= top + by { buffer.cell((x, y - by)).cloned() } else { None };
            let blank = Cell::default();
            if let Some(place) = buffer.cell_mut((x, y)) {
                let style = place.style();
                *place = cell.unwrap_or(blank);
                if y < top + by {
                    place.set_style(style);
                }
            }
        }
    }
}

/// Puts cells into a row, from a column of it on, cut at its end.
fn put(buffer: &mut Buffer, row: Rect, from: u16, cells: &[Cell]) {
    for (x, cell) in (row.x.saturating_add(from)..row.right()).zip(cells) {
        // Of a character that is two cells wide, half is none.
        let fits = cell.symbol().width() <= usize::from(row.right() - x);
        if let Some(place) = buffer.cell_mut((x, row.y)).filter(|_| fits) {
            *place = cell.clone();
        }
    }
}

fn blank(buffer: &mut Buffer, app: &App, area: Rect) {
    for x in area.x..area.right() {
        if let Some(cell) = buffer.cell_mut((x, area.y)) {
            cell.reset();
            cell.set_style(app.theme.ground());
        }
    }
}
