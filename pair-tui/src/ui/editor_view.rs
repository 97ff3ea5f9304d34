//! The text: line numbers, the rows that are on the screen, and selections. Others' cursors are in `cursors`, the column at the
//! right in `marks`, suggestions in `ghost`. Lays out only the rows that are seen.

use super::{cursors, ghost, marks, paint, search, selections, theme::Theme, white_space};
use crate::{
    app::{App, layout::Areas},
    editor::{
        Editor, layout,
        layout::{Glyph, Shape},
        lines::Lines,
        position::LineIndex,
        selection::Selection,
        syntax::{Highlight, Highlights},
        wrap::{Row, Rows},
    },
};
use protocol::ByteOffset;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use std::ops::{Deref, Range};

/// Draws the text and what belongs to it; gives where this participant's cursor is, if it is seen.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Editor, areas: &Areas) -> Option<Position> {
    let (shown, looks) = (Shown::of(editor), Looks::of(app, editor));
    let edited = cursors::edited_lines(app, editor);
    for y in 0..areas.text.height {
        draw_line(buffer, app, &shown, areas, y, &looks, &edited);
    }
    selections::draw_cursors(buffer, app, &shown, areas.text);
    marks::draw(buffer, app, &shown, areas.marks);
    // Who only looks along has no cursor here.
    let cursor = on_screen(&shown, areas.text, editor.selection().head).filter(|_| app.is_home());
    cursors::draw(buffer, app, &shown, areas.text, cursor);
    search::preview(buffer, app, &shown, areas.text);
    ghost::draw(buffer, app, &shown, areas);
    cursor
}

/// Draws nothing but the row of this participant's cursor, with its number; gives where it is, if it is seen. What may lie over it, others'
/// cursors and suggestions, is not drawn.
pub(super) fn draw_cursor_row(
    buffer: &mut Buffer,
    app: &App,
    editor: &Editor,
    areas: &Areas,
    row: u16,
) -> Option<Position> {
    let (shown, looks) = (Shown::of(editor), Looks::of(app, editor));
    draw_line(buffer, app, &shown, areas, row, &looks, &cursors::edited_lines(app, editor));
    on_screen(&shown, areas.text, editor.selection().head)
}

/// Draws a row of the screen and the number beside it.
fn draw_line(
    buffer: &mut Buffer,
    app: &App,
    shown: &Shown<'_>,
    areas: &Areas,
    y: u16,
    looks: &Looks,
    edited: &[(LineIndex, char, Style)],
) {
    let row = shown.rows.get(usize::from(y));
    let numbers = paint::line(areas.numbers, y);
    number(buffer, app, shown.cursor_line(), numbers, row);
    if let Some(row) = row {
        if let Some((_, mark, style)) = edited.iter().find(|(edited, ..)| *edited == row.line) {
            paint::row(buffer, numbers, &[(mark.to_string(), *style)]);
        }
        draw_row(buffer, app, shown, paint::line(areas.text, y), row, looks);
    }
}

/// An editor with the rows of it that are seen, laid out once for everything that is drawn.
pub struct Shown<'a> {
    editor: &'a Editor,
    all: Rows<'a>,
    /// From the top of the screen.
    pub rows: Vec<Row>,
}

impl<'a> Shown<'a> {
    fn of(editor: &'a Editor) -> Self {
        Self { editor, all: editor.rows(), rows: editor.viewport().shown(editor.text()).collect() }
    }
}

impl Deref for Shown<'_> {
    type Target = Editor;

    fn deref(&self) -> &Editor {
        self.editor
    }
}

/// How characters look: by what they are, and by who has selected them.
struct Looks {
    theme: Theme,
    highlights: Highlights,
    /// By kind, in the order of [`Highlight::ALL`].
    codes: [Style; Highlight::ALL.len()],
    /// The bracket at the cursor, and its partner.
    brackets: Option<[ByteOffset; 2]>,
    tints: Vec<(Range<ByteOffset>, Style)>,
}

impl Looks {
    fn of(app: &App, editor: &Editor) -> Self {
        Self {
            theme: app.theme,
            highlights: editor.highlights(),
            codes: Highlight::ALL.map(|kind| app.theme.highlight(kind)),
            brackets: editor.brackets(),
            tints: tints(app, editor),
        }
    }

    /// The style of a character; selections lie over what it is.
    fn at(&self, at: ByteOffset, plain: Style, app: &App) -> Style {
        let code = self.highlights.at(at).map_or(plain, |kind| plain.patch(self.code(kind)));
        let is_bracket = self.brackets.is_some_and(|brackets| brackets.contains(&at));
        self.tint(at, if is_bracket { code.patch(app.theme.bracket()) } else { code })
    }

    fn code(&self, kind: Highlight) -> Style {
        self.codes.get(kind as usize).copied().unwrap_or_default()
    }

    fn tint(&self, at: ByteOffset, style: Style) -> Style {
        let here = self.tints.iter().filter(|(range, _)| range.contains(&at));
        here.fold(style, |style, (_, tint)| self.theme.over(style, *tint))
    }
}

/// Selections, each with how it looks; this participant's own comes last and wins.
fn tints(app: &App, editor: &Editor) -> Vec<(Range<ByteOffset>, Style)> {
    let others = app.room.others().flat_map(|person| {
        person.selections_in(editor.path()).iter().map(|selection| (*selection, app.theme.tint(person.color)))
    });
    let further = editor.further_selections().iter().map(Selection::range);
    let mine = editor.selected_pieces().into_iter().chain(further).map(|range| (range, app.theme.selected()));
    let range = |(selection, style): (Selection, Style)| (selection.range(), style);
    let searched = app.search.marked().or_else(|| app.vim.as_ref().and_then(|vim| vim.highlighted()));
    let found = searched.map(|pattern| {
        let lines = Lines::new(editor.text());
        pattern.matches(&lines, editor.viewport().lines(editor.text()))
    });
    let found = found.unwrap_or_default().into_iter().map(|range| (range, search::match_style(app)));
    found.chain(others.map(range)).chain(mine).filter(|(range, _)| !range.is_empty()).collect()
}

/// The number of the line that a row begins; a quiet dot where it goes on with one.
fn number(buffer: &mut Buffer, app: &App, current: LineIndex, area: Rect, row: Option<&Row>) {
    let is_current = row.is_some_and(|row| row.is_first && row.line == current);
    let style = if is_current { app.theme.strong() } else { app.theme.quiet() };
    let digits = usize::from(area.width.saturating_sub(1));
    let text = match row {
        Some(row) if row.is_first => row.line.number().to_string(),
        Some(_) => "·".to_owned(),
        None => "~".to_owned(),
    };
    paint::row(buffer, area, &[(format!("{text:>digits$} "), style)]);
}

fn draw_row(buffer: &mut Buffer, app: &App, shown: &Shown<'_>, area: Rect, row: &Row, looks: &Looks) {
    let editor = shown.editor;
    let content = shown.all.content(row);
    let (left, right) = (editor.viewport().left.0, editor.viewport().left.0 + usize::from(area.width));
    let mut end = row.indent.0;
    for glyph in layout::glyphs_from(&content, row.indent, editor.tab()) {
        if glyph.column.0 >= right {
            end = glyph.column.0;
            break;
        }
        end = glyph.column.0 + glyph.width;
        if end > left {
            let at = ByteOffset(row.start.0 + glyph.at.0);
            let sign = white_space::sign(&glyph, app.view);
            let style = match glyph.shape {
                Shape::Stand(_) => looks.tint(at, app.theme.stand_in()),
                _ if sign.is_some() => looks.tint(at, app.theme.quiet()),
                _ => looks.at(at, app.theme.text(), app),
            };
            draw_glyph(buffer, area, &glyph, left, style);
            if let (Some(sign), true) = (sign, glyph.column.0 >= left) {
                let x = area.x + u16::try_from(glyph.column.0 - left).unwrap_or(u16::MAX);
                buffer.set_stringn(x, area.y, sign.to_string(), 1, style);
            }
        }
    }
    if app.view.indent_guides {
        white_space::guides(buffer, app.theme, editor, area, row);
    }
    // A selected line break is one selected cell.
    if row.is_last && row.line < editor.text().last_line() && (left..right).contains(&end) {
        let x = area.x + u16::try_from(end - left).unwrap_or(0);
        buffer.set_style(Rect { x, width: 1, ..area }, looks.tint(row.end, Style::new()));
    }
}

/// Draws one glyph; of one that is cut by the left or right edge only blank cells.
fn draw_glyph(buffer: &mut Buffer, area: Rect, glyph: &Glyph<'_>, left: usize, style: Style) {
    let width = usize::from(area.width);
    let from = glyph.column.0.saturating_sub(left);
    let to = (glyph.column.0 + glyph.width - left).min(width);
    let is_whole = glyph.column.0 >= left && to - from == glyph.width;
    let x = area.x + u16::try_from(from).unwrap_or(u16::MAX);
    if let (Shape::Plain(cluster), true, 1) = (&glyph.shape, is_whole, glyph.width) {
        if let Some(cell) = buffer.cell_mut((x, area.y)) {
            cell.set_symbol(cluster).set_style(style);
        }
        return;
    }
    let text = match &glyph.shape {
        Shape::Plain(cluster) if is_whole => (*cluster).to_owned(),
        Shape::Stand(stand) if is_whole => stand.to_string(),
        _ => " ".repeat(to - from),
    };
    buffer.set_stringn(x, area.y, text, to - from, style);
}

/// The cell of a place, if it is seen; the place behind the last character of a line has one too.
pub(super) fn on_screen(shown: &Shown<'_>, area: Rect, at: ByteOffset) -> Option<Position> {
    let y = shown.rows.iter().rposition(|row| row.start <= at)?;
    // Behind the last row that is seen there is more.
    let row = shown.rows.get(y).filter(|row| at < row.end || (row.is_last && at == row.end))?;
    let column = shown.all.column_of(row, at);
    let column = column.0.checked_sub(shown.viewport().left.0).filter(|column| *column < usize::from(area.width))?;
    let y = u16::try_from(y).ok().filter(|y| *y < area.height)?;
    Some(Position::new(area.x + u16::try_from(column).ok()?, area.y + y))
}
