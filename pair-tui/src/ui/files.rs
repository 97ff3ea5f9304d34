//! What is asked about files: a file that is not as it was expected, a file's name, files that were not written.

use super::{
    overlays::panel,
    paint::{self, Piece},
    side::field,
};
use crate::{
    app::{
        App,
        files::{FileConflict, SaveAs},
    },
    local_file::difference::DiffLine,
};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

/// Columns of a difference at most.
const DIFFERENCE_WIDTH: u16 = 110;

/// Where a document's file stands, for the title line; none where it has no file.
pub fn state(app: &App) -> Option<Piece> {
    let editor = app.editor()?;
    let is_written = app.files.is_written(editor.path(), editor.text())?;
    Some(if is_written { ("  written".into(), app.theme.quiet()) } else { ("  unwritten".into(), app.theme.warning()) })
}

/// The file that is not as expected, what differs, and what can be done.
pub fn conflict(buffer: &mut Buffer, app: &App, conflict: &FileConflict, body: Rect) {
    let name = conflict.order.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let title = match &conflict.disk.text {
        None => format!("{name} is gone from the disk"),
        Some(_)
            if app
                .files
                .of(&conflict.order.document)
                .is_some_and(|linked| crate::local_file::is_same(&linked.path, &conflict.order.path)) =>
        {
            format!("{name} was changed on the disk")
        }
        Some(_) => format!("{name} is there already"),
    };
    let width = body.width.min(DIFFERENCE_WIDTH).saturating_sub(3);
    let rows = conflict.lines.len().max(gone(conflict, width).len()) + 2;
    let title = paint::cut(&title, usize::from(body.width).saturating_sub(6));
    let area = panel(buffer, app, body, (DIFFERENCE_WIDTH, rows), &title);
    let last = area.height.saturating_sub(1);
    let shown = last.saturating_sub(1);
    let top = conflict.top.min(conflict.lines.len().saturating_sub(usize::from(shown)));
    if conflict.disk.text.is_some() {
        paint::row(buffer, paint::line(area, 0), &legend(app, usize::from(area.width)));
    }
    for (row, line) in (0..).zip(gone(conflict, area.width)) {
        paint::row(buffer, paint::line(area, row), &[(line, app.theme.text())]);
    }
    for (row, line) in (1..last).zip(conflict.lines.iter().skip(top)) {
        let (sign, text, style) = match line {
            DiffLine::Place(text) => ("", text, app.theme.quiet()),
            DiffLine::Same(text) => (" ", text, app.theme.text()),
            DiffLine::Removed(text) => ("-", text, app.theme.removed()),
            DiffLine::Added(text) => ("+", text, app.theme.added()),
        };
        let line = paint::cut(&format!("{sign}{text}"), usize::from(area.width));
        paint::row(buffer, paint::line(area, row), &[(line, style)]);
    }
    let keys: &[(&str, &str, &str)] = if conflict.disk.text.is_some() {
        &[("F2", "write mine", "mine"), ("F3", "take the file's", "file"), ("F4", "save elsewhere", "other")]
    } else {
        &[("F2", "write it anew", "anew"), ("F4", "save elsewhere", "other")]
    };
    paint::row(buffer, paint::line(area, last), &hints(app, keys, usize::from(area.width)));
}

/// What is said of a file that is not there any more.
fn gone(conflict: &FileConflict, width: u16) -> Vec<String> {
    let said = "Somebody moved or deleted it; the room has its text.";
    if conflict.disk.text.is_some() { Vec::new() } else { paint::wrap(said, usize::from(width).max(8)) }
}

/// What the signs mean.
fn legend(app: &App, width: usize) -> Vec<Piece> {
    let pieces = |file: &str, room: &str| {
        vec![
            (format!("- {file}"), app.theme.removed()),
            (format!("  + {room}"), app.theme.added()),
            ("  ↑↓ scroll".to_owned(), app.theme.quiet()),
        ]
    };
    let long = pieces("in the file", "in the room");
    if paint::width(&long) <= width { long } else { pieces("file", "room") }
}

/// Keys with what they do, in short words where the long ones don't fit.
fn hints(app: &App, keys: &[(&str, &str, &str)], width: usize) -> Vec<Piece> {
    let pieces = |is_long: bool| -> Vec<Piece> {
        let word = |(key, long, short): &(&str, &str, &str)| {
            [
                ((*key).to_owned(), app.theme.key()),
                (format!(" {}  ", if is_long { long } else { short }), app.theme.quiet()),
            ]
        };
        let back = [("Esc".to_owned(), app.theme.key()), (" back".to_owned(), app.theme.quiet())];
        keys.iter().flat_map(word).chain(back).collect()
    };
    let long = pieces(true);
    if paint::width(&long) <= width { long } else { pieces(false) }
}

/// The field for a file's name; gives where the cursor is.
pub fn save_as(buffer: &mut Buffer, app: &App, asked: &SaveAs, body: Rect) -> Option<Position> {
    let area = panel(buffer, app, body, (70, 2), "Save as");
    let keys = [("Enter".to_owned(), app.theme.key()), (" writes   ".into(), app.theme.quiet())];
    let back = [("Esc".to_owned(), app.theme.key()), (" back".into(), app.theme.quiet())];
    paint::row(buffer, paint::line(area, 1), &[keys, back].concat());
    field(buffer, app, area, &asked.field, "> ")
}

/// Asks whether to leave though files lack what is in the room.
pub fn unwritten(buffer: &mut Buffer, app: &App, body: Rect) {
    let names: Vec<String> = app
        .editors()
        .iter()
        .filter(|editor| app.files.is_written(editor.path(), editor.text()) == Some(false))
        .filter_map(|editor| app.files.of(editor.path()))
        .map(|linked| linked.path.file_name().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    let width = usize::from(body.width.min(62).saturating_sub(3)).max(8);
    let said = format!("Not written: {}. The room keeps its text.", names.join(", "));
    let lines = paint::wrap(&said, width);
    let area = panel(buffer, app, body, (62, lines.len() + 2), "Quit without writing?");
    let last = area.height.saturating_sub(1);
    for (row, line) in (0..last).zip(lines) {
        paint::row(buffer, paint::line(area, row), &[(line, app.theme.text())]);
    }
    let keys = [("w", "write and quit", "write"), ("y", "quit anyway", "quit")];
    paint::row(buffer, paint::line(area, last), &hints(app, &keys, usize::from(area.width)));
}
