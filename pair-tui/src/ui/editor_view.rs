//! The text: line numbers, the rows that are on the screen, selections, others' cursors with their names, and the column at the
//! right that shows where everybody is. Lays out only the rows that are seen.

use super::{paint, theme::Depth, white_space};
use crate::{
    app::{App, layout::Areas, room::Person},
    editor::{
        Editor, layout,
        layout::{Glyph, Shape},
        lines::Lines,
        selection::Selection,
        syntax::Highlights,
        wrap::{Row, Rows},
    },
};
use protocol::ByteOffset;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// Somebody this many lines from this participant's cursor or nearer is named all the time.
const NEARBY_LINES: usize = 1;

/// Draws the text and what belongs to it; gives where this participant's cursor is, if it is seen.
pub fn draw(buffer: &mut Buffer, app: &App, editor: &Editor, areas: &Areas) -> Option<Position> {
    let looks = Looks { highlights: editor.highlights(), brackets: editor.brackets(), tints: tints(app, editor) };
    let view = Shown { editor, all: editor.rows(), rows: editor.viewport().shown(editor.text()).collect() };
    for y in 0..areas.text.height {
        let row = view.rows.get(usize::from(y));
        number(buffer, app, editor, paint::line(areas.numbers, y), row);
        if let Some(row) = row {
            draw_row(buffer, app, &view, paint::line(areas.text, y), row, &looks);
        }
    }
    marks(buffer, app, &view, areas.marks);
    let cursor = view.cell(areas.text, editor.selection().head);
    let people: Vec<_> =
        app.room.others().filter_map(|person| Some((person, person.cursor_in(editor.path())?))).collect();
    for (person, at) in &people {
        bar(buffer, app, &view, areas.text, person, *at);
    }
    for (person, at) in &people {
        name(buffer, app, &view, areas.text, (person, *at), cursor);
    }
    cursor
}

/// The rows that are seen.
struct Shown<'a> {
    editor: &'a Editor,
    all: Rows<'a>,
    rows: Vec<Row>,
}

impl Shown<'_> {
    /// The cell of a place, if it is seen; the place behind the last character of a line has one too.
    fn cell(&self, area: Rect, at: ByteOffset) -> Option<Position> {
        let y = self.rows.iter().rposition(|row| row.start <= at)?;
        // Behind the last row that is seen there is more.
        let row = self.rows.get(y).filter(|row| at < row.end || (row.is_last && at == row.end))?;
        let column = self.all.column_of(row, at);
        let left = self.editor.viewport().left.0;
        let column = column.0.checked_sub(left).filter(|column| *column < usize::from(area.width))?;
        let y = u16::try_from(y).ok().filter(|y| *y < area.height)?;
        Some(Position::new(area.x + u16::try_from(column).ok()?, area.y + y))
    }
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
    let mine = std::iter::once((editor.selected(), app.theme.selected()));
    let range = |(selection, style): (Selection, Style)| (selection.range(), style);
    let found = app.vim.as_ref().and_then(|vim| vim.highlighted()).map(|pattern| {
        let lines = Lines::new(editor.text());
        pattern.matches(&lines, editor.viewport().lines(editor.text()))
    });
    let found = found.unwrap_or_default().into_iter().map(|range| (range, app.theme.found()));
    found.chain(others.map(range)).chain(mine).filter(|(range, _)| !range.is_empty()).collect()
}

/// The number of the line that a row begins; a quiet dot where it goes on with one.
fn number(buffer: &mut Buffer, app: &App, editor: &Editor, area: Rect, row: Option<&Row>) {
    let is_current = row.is_some_and(|row| row.is_first && row.line == editor.cursor_line());
    let style = if is_current { app.theme.strong() } else { app.theme.quiet() };
    let digits = usize::from(area.width.saturating_sub(1));
    let text = match row {
        Some(row) if row.is_first => row.line.number().to_string(),
        Some(_) => "·".to_owned(),
        None => "~".to_owned(),
    };
    paint::row(buffer, area, &[(format!("{text:>digits$} "), style)]);
}

fn draw_row(buffer: &mut Buffer, app: &App, view: &Shown<'_>, area: Rect, row: &Row, looks: &Looks) {
    let editor = view.editor;
    let content = view.all.content(row);
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
    let text = match &glyph.shape {
        Shape::Plain(cluster) if is_whole => (*cluster).to_owned(),
        Shape::Stand(stand) if is_whole => stand.to_string(),
        _ => " ".repeat(to - from),
    };
    buffer.set_stringn(x, area.y, text, to - from, style);
}

/// Somebody's cursor: a bar where there is no character, otherwise their colour behind it. Without colours, their initial.
fn bar(buffer: &mut Buffer, app: &App, view: &Shown<'_>, area: Rect, person: &Person, at: ByteOffset) {
    let Some(position) = view.cell(area, at) else { return };
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

fn initial(person: &Person) -> char {
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
    view: &Shown<'_>,
    area: Rect,
    (person, at): (&Person, ByteOffset),
    my_cursor: Option<Position>,
) {
    let Some(position) = view.cell(area, at) else { return };
    let distance = view.editor.text().line_of(at).0.abs_diff(view.editor.cursor_line().0);
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

/// Where everybody is in the document: an initial per person, and a line beside the part that is seen.
fn marks(buffer: &mut Buffer, app: &App, view: &Shown<'_>, area: Rect) {
    let text = view.editor.text();
    let height = usize::from(area.height);
    let is_all_shown = view.rows.first().is_some_and(|row| row.start == ByteOffset::START)
        && view.rows.last().is_some_and(|row| row.end == text.len());
    let lines = text.last_line().number();
    let row_of = |at: ByteOffset| {
        let row = if is_all_shown {
            view.rows.iter().rposition(|row| row.start <= at).unwrap_or_default()
        } else if view.editor.viewport().wraps {
            // Lines are paragraphs, of any length.
            at.0.saturating_mul(height) / text.len().0.saturating_add(1)
        } else if lines <= height {
            text.line_of(at).0.saturating_sub(view.editor.viewport().top.0)
        } else {
            text.line_of(at).0 * height / lines
        };
        u16::try_from(row).unwrap_or(u16::MAX)
    };
    let seen = view
        .rows
        .first()
        .zip(view.rows.last())
        .filter(|_| !is_all_shown && (lines > height || view.editor.viewport().wraps));
    if let Some((first, last)) = seen {
        for row in row_of(first.start)..=row_of(last.end) {
            paint::row(buffer, paint::line(area, row), &[("│".into(), app.theme.quiet())]);
        }
    }
    for person in app.room.others() {
        if let Some(at) = person.cursor_in(view.editor.path()) {
            let row = paint::line(area, row_of(at));
            paint::row(buffer, row, &[(initial(person).to_string(), app.theme.flag(person.color))]);
        }
    }
}
