//! This participant's further cursors. The terminal has one cursor only, so the others are cells in reverse.

use super::editor_view::{Shown, on_screen};
use crate::app::App;
use ratatui::{buffer::Buffer, layout::Rect};

/// Draws the cursors beside the terminal's own.
pub fn draw_cursors(buffer: &mut Buffer, app: &App, editor: &Shown<'_>, area: Rect) {
    for selection in editor.further_selections() {
        if let Some(cell) = on_screen(editor, area, selection.head).and_then(|at| buffer.cell_mut(at)) {
            cell.set_style(app.theme.further_cursor());
        }
    }
}
