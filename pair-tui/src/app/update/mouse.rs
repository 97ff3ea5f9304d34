//! The mouse: click, double click, drag and wheel in the text, with Alt for several cursors; a click into the chat.

use crate::{
    app::{App, Focus, Overlay},
    editor::{selection::Selection, words},
    input::{MouseButton, MouseEvent, MouseKind},
};
use ratatui::layout::Position;

/// Lines that one turn of the wheel scrolls.
const WHEEL_LINES: isize = 3;
/// Two clicks within this many milliseconds are a double click.
const DOUBLE_CLICK_MS: u64 = 400;

pub(super) fn mouse(app: &mut App, event: MouseEvent) {
    if app.start.is_some() {
        return;
    }
    let areas = app.areas();
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseKind::Down(_) if app.overlay.is_some() => {
            if let Some(Overlay::FileConflict(_)) = app.overlay.take() {
                super::files::leave_conflict(app);
            }
        }
        MouseKind::Down(MouseButton::Left) if areas.side.contains(at) => app.focus = Focus::Chat,
        MouseKind::Down(MouseButton::Left) if areas.text.contains(at) || areas.numbers.contains(at) => down(app, event),
        MouseKind::Drag(MouseButton::Left) if event.alt && app.vim.is_none() && app.overlay.is_none() => {
            columns(app, event);
        }
        MouseKind::Drag(MouseButton::Left) if app.overlay.is_none() && app.focus == Focus::Text => {
            point(app, event, true);
        }
        MouseKind::WheelUp => wheel(app, -WHEEL_LINES),
        MouseKind::WheelDown => wheel(app, WHEEL_LINES),
        _ => {}
    }
}

fn down(app: &mut App, event: MouseEvent) {
    super::follow::before_pointing(app);
    app.focus = Focus::Text;
    super::search::leave(app);
    app.go_to = None;
    let now = app.now_ms;
    let before = app.pending.click.replace((now, event.column, event.row));
    if event.alt && app.vim.is_none() {
        return add_cursor(app, event);
    }
    point(app, event, event.shift);
    let is_double = before.is_some_and(|(at, column, row)| {
        now.saturating_sub(at) <= DOUBLE_CLICK_MS && (column, row) == (event.column, event.row)
    });
    if let Some(editor) = app.editor_mut().filter(|_| is_double) {
        let word = words::around(editor.text(), editor.selection().head);
        editor.select(Selection::new(word.start, word.end));
    }
    super::vim::pointed(app);
}

/// Puts the cursor where the mouse is; `extend` keeps where the selection was begun.
fn point(app: &mut App, event: MouseEvent, extend: bool) {
    let (row, column) = in_text(app, event);
    if let Some(editor) = app.editor_mut() {
        let head = editor.place_on_screen(row, column);
        editor.select(editor.selection().moved(head, extend));
    }
    super::vim::pointed(app);
}

/// Adds a cursor where the mouse is, or takes the one that is there away.
fn add_cursor(app: &mut App, event: MouseEvent) {
    let (row, column) = in_text(app, event);
    if let Some(editor) = app.editor_mut() {
        let at = editor.place_on_screen(row, column);
        editor.toggle_cursor(at);
    }
}

/// Selects the columns from where the button went down to where the mouse is.
fn columns(app: &mut App, event: MouseEvent) {
    let Some((_, column, row)) = app.pending.click else { return };
    let (from, to) = (in_text(app, MouseEvent { column, row, ..event }), in_text(app, event));
    if let Some(editor) = app.editor_mut() {
        let corner = |(row, column)| (editor.place_on_screen(row, column), editor.column_on_screen(row, column));
        let (anchor, head) = (corner(from), corner(to));
        editor.select_columns(anchor, head);
    }
}

/// The row and column of the text where the mouse is.
fn in_text(app: &App, event: MouseEvent) -> (usize, usize) {
    let area = app.areas().text;
    (usize::from(event.row.saturating_sub(area.y)), usize::from(event.column.saturating_sub(area.x)))
}

fn wheel(app: &mut App, lines: isize) {
    super::follow::before_pointing(app);
    if let Some(editor) = app.editor_mut() {
        editor.scroll(lines);
    }
}
