//! What the screen shows, drawn from the program's state. Changes nothing, and knows neither the connection nor the terminal.

use crate::app::{App, Focus};
use ratatui::{Frame, layout::Rect, style::Style};

pub mod bars;
#[cfg(test)]
mod code_tests;
pub mod cursors;
pub mod echo;
pub mod editor_view;
pub mod files;
pub mod ghost;
#[cfg(test)]
mod ghost_tests;
#[cfg(test)]
mod look_tests;
pub mod marks;
pub mod overlays;
pub mod paint;
pub mod past_suggestions;
pub mod search;
#[cfg(test)]
mod search_tests;
pub mod selections;
pub mod side;
pub mod start;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod tests;
pub mod theme;
#[cfg(test)]
mod together_tests;
pub mod waiting;
pub mod white_space;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let screen = frame.area();
    let ground = app.theme.ground();
    if ground != Style::new() {
        frame.buffer_mut().set_style(screen, ground);
    }
    if let Some(start) = &app.start {
        let cursor = start::draw(frame.buffer_mut(), app, start, screen);
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
        return;
    }
    let areas = app.areas();
    let buffer = frame.buffer_mut();
    bars::title(buffer, app, areas.title);
    let text_cursor = app.editor().and_then(|editor| editor_view::draw(buffer, app, editor, &areas));
    if app.editor().is_none() {
        waiting::draw(buffer, app, areas.text);
    }
    let chat_cursor = if areas.side.is_empty() { None } else { side::draw(buffer, app, areas.divider) };
    let prompt_cursor = search::prompt(buffer, app, areas.notice).unwrap_or_else(|| {
        bars::notice(buffer, app, areas.notice);
        bars::prompt_cursor(app, areas.notice)
    });
    bars::status(buffer, app, areas.status);
    let body = Rect { y: areas.text.y, height: areas.text.height, ..screen };
    let cursor = match &app.overlay {
        Some(overlay) => overlays::draw(buffer, app, overlay, body),
        None if app.focus == Focus::Chat => chat_cursor,
        None if prompt_cursor.is_some() => prompt_cursor,
        None => text_cursor,
    };
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}
