//! The prompts for searching, replacing and going to a line, in the rows above the last one; and in the text what would come in place
//! of each match.

use super::{
    editor_view::{Shown, on_screen},
    paint::{self, Piece},
    side,
};
use crate::{
    app::{
        App, Severity,
        search::{Field, SearchPrompt},
        update::search_rules,
    },
    editor::lines::Lines,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use unicode_width::UnicodeWidthStr;

/// Cells that what is typed keeps for itself.
const FIELD_CELLS: usize = 20;
/// Cells that what would come in place of a match takes at most.
const PREVIEW_CELLS: usize = 60;

/// Draws the open prompt, if one is open: whether there is one, and where its cursor is.
pub fn prompt(buffer: &mut Buffer, app: &App, area: Rect) -> Option<Option<Position>> {
    if let Some(prompt) = &app.search.prompt {
        return Some(search(buffer, app, prompt, area));
    }
    app.go_to.as_ref().map(|_| go_to(buffer, app, area))
}

fn search(buffer: &mut Buffer, app: &App, prompt: &SearchPrompt, area: Rect) -> Option<Position> {
    let rows = [paint::line(area, 0), paint::line(area, 1)];
    let Some(replacement) = &prompt.replacement else {
        return line(buffer, app, rows[0], (" Search: ", &prompt.pattern), &search_hints(app));
    };
    // Where there is only one row, it is the one that has the keyboard.
    let (first, second) = match (area.height, prompt.field, prompt.asking) {
        (0..2, Field::Pattern, None) => (Some(rows[0]), None),
        (0..2, ..) => (None, Some(rows[0])),
        _ => (Some(rows[0]), Some(rows[1])),
    };
    let of_pattern = first.and_then(|row| line(buffer, app, row, (" Search: ", &prompt.pattern), &search_hints(app)));
    if prompt.asking.is_some() {
        if let Some(row) = second {
            paint::row(buffer, row, &question(app, usize::from(row.width)));
        }
        return None;
    }
    let hints = replace_hints(app, prompt.field);
    let of_replacement = second.and_then(|row| line(buffer, app, row, ("   With: ", replacement), &hints));
    if prompt.field == Field::Pattern { of_pattern } else { of_replacement }
}

fn go_to(buffer: &mut Buffer, app: &App, area: Rect) -> Option<Position> {
    let (prompt, editor) = app.go_to.as_ref().zip(app.editor())?;
    let lines = Lines::new(editor.text()).count();
    let hint = match prompt.place(editor) {
        Err(problem) if !problem.is_empty() => vec![(format!("  {problem}"), app.theme.error())],
        _ => vec![(format!("  of {lines}   12:5 with column   +3 -3 from here"), app.theme.quiet())],
    };
    line(buffer, app, paint::line(area, 0), (" Line: ", &prompt.field), &[hint])
}

/// A field with its label, and behind it as many of the hints as there is room for, the more important first. Gives where its cursor is.
fn line(
    buffer: &mut Buffer,
    app: &App,
    area: Rect,
    (label, field): (&str, &ratatui_textarea::TextArea<'_>),
    hints: &[Vec<Piece>],
) -> Option<Position> {
    let room = usize::from(area.width).saturating_sub(label.len() + FIELD_CELLS);
    let mut shown: Vec<Piece> = Vec::new();
    for hint in hints {
        if paint::width(&shown) + paint::width(hint) < room {
            shown.extend(hint.iter().cloned());
        }
    }
    let width = u16::try_from(paint::width(&shown) + usize::from(!shown.is_empty())).unwrap_or(area.width);
    let left = Rect { width: area.width.saturating_sub(width), ..area };
    paint::row(buffer, Rect { x: left.right(), width: area.width - left.width, ..area }, &shown);
    side::field(buffer, app, left, field, label)
}

/// What is said beside the pattern: what is wrong with it or how many matches there are, what happened, and how it is meant.
fn search_hints(app: &App) -> Vec<Vec<Piece>> {
    let theme = app.theme;
    let count = app.editor().and_then(|editor| app.search.count(editor));
    let first = match (app.search.problem(), count) {
        (Some(problem), _) => vec![(format!("  {problem}"), theme.error())],
        (None, Some(count)) => vec![(format!("  {count}"), theme.strong())],
        (None, None) => Vec::new(),
    };
    let rules = search_rules(app).map(|(key, name, is_on)| {
        let (mark, style) = if is_on { ("✓", theme.strong()) } else { ("", theme.quiet()) };
        (is_on, vec![(format!("  {key}"), theme.key()), (format!(" {mark}{name}"), style)])
    });
    let mut hints = vec![first];
    if let Some(notice) = app.notice() {
        let style = if notice.severity == Severity::Error { theme.error() } else { theme.strong() };
        hints.push(vec![(format!("  {}", notice.text), style)]);
    }
    // What is in force is shown before what could be.
    let (on, off): (Vec<_>, Vec<_>) = rules.into_iter().partition(|(is_on, _)| *is_on);
    hints.extend(on.into_iter().chain(off).map(|(_, pieces)| pieces));
    if let Some(prompt) = app.search.prompt.as_ref().filter(|prompt| prompt.replacement.is_none()) {
        let (enter, esc) = if prompt.is_taken { ("next", "done") } else { ("goes there", "back") };
        let keys = [("Enter", enter), ("Esc", esc), ("Alt-Enter", "before"), ("Alt-A", "select all")];
        hints.extend(keys.map(|(key, word)| hint(app, key, word)));
    }
    hints
}

fn replace_hints(app: &App, field: Field) -> Vec<Vec<Piece>> {
    let enter = if field == Field::Pattern { "goes on" } else { "one by one" };
    let keys = [("Enter", enter), ("Alt-A", "all"), ("Tab", "other line"), ("Esc", "back")];
    let mut hints: Vec<_> = keys.map(|(key, word)| hint(app, key, word)).into();
    if app.search.rules.is_regex {
        hints.push(hint(app, "$1", "first group"));
    }
    hints
}

/// The question about a match and its answers; the answers alone where there is no room for both.
fn question(app: &App, width: usize) -> Vec<Piece> {
    let keys = [("y", "yes"), ("n", "no"), ("a", "all the rest"), ("q", "enough")];
    let answers: Vec<Piece> = keys.map(|(key, word)| hint(app, key, word)).into_iter().flatten().collect();
    let question = vec![(" Replace this one?".to_owned(), app.theme.strong())];
    let both = [question, answers.clone()].concat();
    if paint::width(&both) <= width { both } else { answers }
}

fn hint(app: &App, key: &str, word: &str) -> Vec<Piece> {
    vec![(format!("  {key}"), app.theme.key()), (format!(" {word}"), app.theme.quiet())]
}

/// How matches look: while something is to come in their place, as what goes.
pub fn match_style(app: &App) -> Style {
    let replaces = app.search.prompt.as_ref().is_some_and(|prompt| prompt.replacement.is_some());
    if replaces { app.theme.replaced() } else { app.theme.found() }
}

/// Shows behind each match what would come in its place; what is behind it in its row makes room.
pub fn preview(buffer: &mut Buffer, app: &App, editor: &Shown<'_>, area: Rect) {
    let Some((pattern, replacement)) = app.search.marked().zip(app.search.replacement()) else { return };
    let lines = Lines::new(editor.text());
    let found = pattern.replacements_in(&lines, editor.viewport().lines(editor.text()), &replacement);
    // From the last one on, so that those before it still are where they were drawn.
    for (range, new) in found.iter().rev() {
        if let Some(at) = on_screen(editor, area, range.end) {
            let new = (paint::cut(new, PREVIEW_CELLS), app.theme.replacement());
            make_room(buffer, app, area, at, &[("→".to_owned(), app.theme.quiet()), new]);
        }
    }
}

/// Moves what is in a row from a cell on to the right and writes pieces there.
fn make_room(buffer: &mut Buffer, app: &App, area: Rect, at: Position, pieces: &[Piece]) {
    let width = u16::try_from(paint::width(pieces)).unwrap_or(u16::MAX).min(area.right() - at.x);
    for x in (at.x + width..area.right()).rev() {
        let moved = buffer.cell((x - width, at.y)).cloned();
        if let (Some(cell), Some(moved)) = (buffer.cell_mut((x, at.y)), moved) {
            *cell = moved;
        }
    }
    // Half of a wide character is none.
    let last = buffer.cell_mut((area.right() - 1, at.y));
    if let Some(cell) = last.filter(|cell| cell.symbol().width() > 1) {
        cell.set_char(' ');
    }
    let gap = Rect { x: at.x, y: at.y, width, height: 1 };
    paint::cut_wide(buffer, gap);
    paint::row(buffer, gap, &[(" ".repeat(usize::from(width)), Style::reset().patch(app.theme.ground()))]);
    paint::row(buffer, gap, pieces);
}
