//! The mouse: click, double click, drag and wheel in the text; a click into the chat.

use crate::{
    app::{App, Focus},
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
        MouseKind::Down(_) if app.overlay.is_some() => app.overlay = None,
        MouseKind::Down(MouseButton::Left) if areas.side.contains(at) => app.focus = Focus::Chat,
        MouseKind::Down(MouseButton::Left) if areas.text.contains(at) || areas.numbers.contains(at) => down(app, event),
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
    let now = app.now_ms;
    let before = app.pending.click.replace((now, event.column, event.row));
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
    let area = app.areas().text;
    let (row, column) = (event.row.saturating_sub(area.y), event.column.saturating_sub(area.x));
    if let Some(editor) = app.editor_mut() {
        let head = editor.place_on_screen(usize::from(row), usize::from(column));
        editor.select(editor.selection().moved(head, extend));
    }
    super::vim::pointed(app);
}

fn wheel(app: &mut App, lines: isize) {
    super::follow::before_pointing(app);
    if let Some(editor) = app.editor_mut() {
        editor.scroll(lines);
    }
}
