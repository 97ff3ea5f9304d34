//! The text: line numbers, the lines that are on the screen, and selections. Others' cursors are in `cursors`, the column at the
//! right in `marks`. Lays out only the lines that are seen.

use super::{cursors, marks, paint, selections, white_space};
use crate::{
    app::{App, layout::Areas, room::Person},
    editor::{
        Editor, layout,
        layout::{Glyph, Shape},
        lines::Lines,
        position::LineIndex,
        selection::Selection,
        syntax::Highlights,
    },
};
use protocol::ByteOffset;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use std::ops::Range;

/// Draws the text and what belongs to it; gives where this participant's cursor is, if it is seen.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Editor, areas: &Areas) -> Option<Position> {
    let looks = Looks { highlights: editor.highlights(), brackets: editor.brackets(), tints: tints(app, editor) };
    for (row, line) in (editor.viewport().top.0..).take(usize::from(areas.text.height)).enumerate() {
        let row = u16::try_from(row).unwrap_or(u16::MAX);
        number(buffer, app, editor, paint::line(areas.numbers, row), LineIndex(line));
        if LineIndex(line) <= editor.text().last_line() {
            draw_line(buffer, app, editor, paint::line(areas.text, row), LineIndex(line), &looks);
        }
    }
    selections::draw_cursors(buffer, app, editor, areas.text);
    marks::draw(buffer, app, editor, areas.marks);
    let cursor = on_screen(editor, areas.text, editor.selection().head);
    cursors::draw(buffer, app, editor, areas.text, cursor);
    cursor
}

/// How characters look: by what they are, and by who has selected them.
struct Looks {
    highlights: Highlights,
    /// The bracket at the cursor, and its partner.
    brackets: Option<[ByteOffset; 2]>,
    tints: Vec<(Range<ByteOffset>, Style)>,
}

impl Looks {
    /// The style of a character; selections lie over what it is.
    fn at(&self, at: ByteOffset, plain: Style, app: &App) -> Style {
        let code = self.highlights.at(at).map_or(plain, |kind| plain.patch(app.theme.highlight(kind)));
        let is_bracket = self.brackets.is_some_and(|brackets| brackets.contains(&at));
        self.tint(at, if is_bracket { code.patch(app.theme.bracket()) } else { code })
    }

    fn tint(&self, at: ByteOffset, style: Style) -> Style {
        self.tints.iter().filter(|(range, _)| range.contains(&at)).fold(style, |style, (_, tint)| style.patch(*tint))
    }
}

/// Selections, each with how it looks; this participant's own comes last and wins.
fn tints(app: &App, editor: &Editor) -> Vec<(Range<ByteOffset>, Style)> {
    let here = |person: &&Person| person.document() == Some(editor.path());
    let others =
        app.room.others().filter(here).filter_map(|person| Some((person.selection?, app.theme.tint(person.color))));
    let further = editor.further_selections().iter().map(Selection::range);
    let mine = std::iter::once(editor.selected()).chain(further).map(|range| (range, app.theme.selected()));
    let range = |(selection, style): (Selection, Style)| (selection.range(), style);
    let found = app.vim.as_ref().and_then(|vim| vim.highlighted()).map(|pattern| {
        let lines = Lines::new(editor.text());
        pattern.matches(&lines, editor.viewport().lines(editor.text()))
    });
    let found = found.unwrap_or_default().into_iter().map(|range| (range, app.theme.found()));
    found.chain(others.map(range)).chain(mine).filter(|(range, _)| !range.is_empty()).collect()
}

fn number(buffer: &mut Buffer, app: &App, editor: &Editor, area: Rect, line: LineIndex) {
    let is_line = line <= editor.text().last_line();
    let is_current = line == editor.cursor_line();
    let style = if is_current { app.theme.strong() } else { app.theme.quiet() };
    let digits = usize::from(area.width.saturating_sub(1));
    let text = if is_line { line.number().to_string() } else { "~".to_owned() };
    paint::row(buffer, area, &[(format!("{text:>digits$} "), style)]);
}

fn draw_line(buffer: &mut Buffer, app: &App, editor: &Editor, area: Rect, line: LineIndex, looks: &Looks) {
    let start = editor.text().line_start(line);
    let content = editor.text().line(line);
    let (left, right) = (editor.viewport().left.0, editor.viewport().left.0 + usize::from(area.width));
    let mut end = 0;
    for glyph in layout::glyphs(&content, editor.tab()) {
        if glyph.column.0 >= right {
            end = glyph.column.0;
            break;
        }
        end = glyph.column.0 + glyph.width;
        if end > left {
            let at = ByteOffset(start.0 + glyph.at.0);
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
        white_space::guides(buffer, app.theme, editor, area, line);
    }
    // A selected line break is one selected cell.
    let line_end = editor.text().line_end(line);
    if line < editor.text().last_line() && (left..right).contains(&end) {
        let x = area.x + u16::try_from(end - left).unwrap_or(0);
        buffer.set_style(Rect { x, width: 1, ..area }, looks.tint(line_end, Style::new()));
    }
}

/// Draws one glyph; of one that is cut by the left or right edge only blank cells.
fn draw_glyph(buffer: &mut Buffer, area: Rect, glyph: &Glyph<'_>, left: usize, style: Style) {
    let width = usize::from(area.width);
    let from = glyph.column.0.saturating_sub(left);
    let to = (glyph.column.0 + glyph.width - left).min(width);
    let is_whole = glyph.column.0 >= left && to - from == glyph.width;
    let x = area.x + u16::try_from(from).unwrap_or(u16::MAX);
    let text = match &glyph.shape {
        Shape::Plain(cluster) if is_whole => (*cluster).to_owned(),
        Shape::Stand(stand) if is_whole => stand.to_string(),
        _ => " ".repeat(to - from),
    };
    buffer.set_stringn(x, area.y, text, to - from, style);
}

/// The cell of a place, if it is seen; the place behind the last character of a line has one too.
pub(super) fn on_screen(editor: &Editor, area: Rect, at: ByteOffset) -> Option<Position> {
    let line = editor.text().line_of(at);
    let row = line.0.checked_sub(editor.viewport().top.0).filter(|row| *row < usize::from(area.height))?;
    let column = layout::column_of(editor.text(), at, editor.tab());
    let column = column.0.checked_sub(editor.viewport().left.0).filter(|column| *column < usize::from(area.width))?;
    Some(Position::new(area.x + u16::try_from(column).ok()?, area.y + u16::try_from(row).ok()?))
}
