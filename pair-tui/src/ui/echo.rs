//! What a key changes as a rule, drawn alone: the row that is typed in, and the title and the last line, which tell of it. Says whether that is
//! all, by what else the last whole frame stood on. Changes nothing, and knows neither the connection nor the terminal.

use super::{bars, editor_view, theme::Theme};
use crate::{
    app::{App, Focus, ViewOptions, layout::Areas},
    editor::{Editor, position::LineIndex, viewport::Viewport},
};
use protocol::DocumentPath;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

/// Names stand above or below the cursors that they belong to: others so many lines away have nothing in the row that is typed in.
const LINES_APART: usize = 2;

/// What a frame stands on besides the row of the cursor and the lines that tell of it. Where two are equal, and no other line was edited
/// between, the frames differ in nothing else that a key changes at once; a bracket's partner may look otherwise a moment later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    size: (u16, u16),
    areas: Areas,
    document: DocumentPath,
    viewport: Viewport,
    line: LineIndex,
    last_line: LineIndex,
    theme: Theme,
    view: ViewOptions,
}

impl Around {
    /// What a frame of this state stands on; none where keys change more of it than a row: something lies over the text, text is selected,
    /// somebody is near.
    pub fn of(app: &App) -> Option<Self> {
        let editor = app.editor().filter(|_| is_bare(app))?;
        let line = editor.cursor_line();
        let others = app.room.others().flat_map(|person| person.selections_in(editor.path()));
        let is_near = |at| editor.text().line_of(at).0.abs_diff(line.0) < LINES_APART;
        if others.into_iter().any(|selection| is_near(selection.head)) {
            return None;
        }
        Some(Self {
            size: app.size(),
            areas: app.areas(),
            document: editor.path().clone(),
            viewport: *editor.viewport(),
            line,
            last_line: editor.text().last_line(),
            theme: app.theme,
            view: app.view,
        })
    }

    /// The row of the screen, from 0, that has the cursor's line.
    fn row(&self) -> Option<u16> {
        u16::try_from(self.line.0.checked_sub(self.viewport.top.0)?).ok().filter(|row| *row < self.areas.text.height)
    }
}

/// Whether nothing lies over the text, and the keys go there, to one cursor, in lines that are not wrapped.
fn is_bare(app: &App) -> bool {
    let is_asked = app.overlay.is_some() || app.search.prompt.is_some() || app.go_to.is_some();
    let vim_asks = app.vim.as_ref().is_some_and(|vim| vim.prompt().is_some() || vim.question().is_some());
    let is_told = app.notice().is_some() || app.together.summons.is_some() || app.suggestions.shown().is_some();
    let is_at_home =
        app.start.is_none() && app.focus == Focus::Text && app.is_home() && app.together.following().is_none();
    let has_one_cursor = |editor: &Editor| {
        let selects = editor.selected_pieces().iter().any(|piece| !piece.is_empty());
        !editor.has_several_cursors() && !selects && !editor.viewport().wraps
    };
    is_at_home && !(is_asked || vim_asks || is_told) && app.editor().is_some_and(has_one_cursor)
}

/// Rows of a frame.
#[derive(Debug)]
pub struct Echo {
    /// Each with its place.
    pub rows: [Buffer; 3],
    /// Where the cursor is.
    pub cursor: Position,
}

/// What differs between the frame that stood on `around` and the one of this state, where that is a row and what tells of it; none
/// otherwise.
pub fn draw(app: &App, around: &Around) -> Option<Echo> {
    let editor = app.editor().filter(|editor| editor.is_edited_in_its_line())?;
    if Around::of(app).as_ref() != Some(around) {
        return None;
    }
    let (areas, row) = (&around.areas, around.row()?);
    let width = areas.numbers.width + areas.text.width;
    let blank = |area: Rect| {
        let mut buffer = Buffer::empty(area);
        if app.theme.ground() != Style::new() {
            buffer.set_style(area, app.theme.ground());
        }
        buffer
    };
    let mut text = blank(Rect { x: areas.numbers.x, y: areas.text.y + row, width, height: 1 });
    let (mut title, mut status) = (blank(areas.title), blank(areas.status));
    let cursor = editor_view::draw_cursor_row(&mut text, app, editor, areas, row)?;
    bars::title(&mut title, app, areas.title);
    bars::status(&mut status, app, areas.status);
    Some(Echo { rows: [title, text, status], cursor })
}

#[cfg(test)]
mod tests;
