//! Writing documents to files: what is asked for, how it went, and what is decided where the file is not as expected.

use super::{commands, textarea_input, vim};
use crate::{
    app::{
        App, Overlay, Severity,
        effect::Effect,
        files::{FileConflict, SaveAs, WriteOrder, WriteReport},
    },
    editor::{Editor, EditorCommand, commands::Change},
    input::{Command, Key, KeyCode, command::WriteRequest},
    local_file::{
        self,
        format::DiskText,
        write::{Expected, Written},
    },
};
use protocol::{DocumentPath, text::difference};
use std::path::PathBuf;

/// Rows that a page key scrolls a difference.
const PAGE: usize = 8;

/// What decides where a file is not as expected.
const WRITE_MINE: KeyCode = KeyCode::F(2);
const TAKE_THE_FILES: KeyCode = KeyCode::F(3);
const SAVE_ELSEWHERE: KeyCode = KeyCode::F(4);

/// The room's first document is there: it is what the opened file began.
pub(super) fn link_opened(app: &mut App) {
    if let Some((opened, editor)) = app.files.opened.take_if(|_| !app.editors.is_empty()).zip(app.editors.first()) {
        app.files.link(editor.path(), &opened.path, opened.disk);
    }
}

/// Documents whose files lack something that is in the room.
pub(super) fn unwritten(app: &App) -> impl Iterator<Item = &Editor> {
    app.editors().iter().filter(|editor| app.files.is_written(editor.path(), editor.text()) == Some(false))
}

/// Carries out a request to write.
pub(super) fn write(app: &mut App, request: &WriteRequest, effects: &mut Vec<Effect>) {
    if request.everything {
        let documents: Vec<_> = unwritten(app).map(|editor| editor.path().clone()).collect();
        for document in documents {
            write_document(app, &document, request, effects);
        }
    } else if let Some(document) = app.editor().map(|editor| editor.path().clone()) {
        write_document(app, &document, request, effects);
    }
}

fn write_document(app: &mut App, document: &DocumentPath, request: &WriteRequest, effects: &mut Vec<Effect>) {
    let linked = app.files.of(document).cloned();
    let path: PathBuf = match (&request.path, &linked) {
        (Some(path), _) => match local_file::typed(path, app.files.home.as_deref()) {
            Ok(path) => path,
            Err(problem) => {
                app.files.quits = false;
                return app.notify(Severity::Error, format!("Not written: {problem}"));
            }
        },
        (None, Some(linked)) => linked.path.clone(),
        (None, None) => return commands::say_what_is_stored(app),
    };
    let is_its_file = linked.as_ref().is_some_and(|linked| local_file::is_same(&linked.path, &path));
    if request.only_if_changed
        && is_its_file
        && app.editor_of(document).is_some_and(|editor| !is_changed(editor, linked.as_ref()))
    {
        return;
    }
    if request.lines.is_some() && is_its_file && !request.forces {
        let text = "That are some of the lines only; :w! writes them in place of the whole file";
        return app.notify(Severity::Error, text);
    }
    let Some(editor) = app.editor_of(document) else { return };
    let text = match request.lines {
        Some((first, last)) => {
            let (start, end) = (editor.text().line_start(first), editor.text().next_line_start(last));
            editor.text().slice(start..end)
        }
        None => editor.text().to_string(),
    };
    let known = linked.as_ref().filter(|_| is_its_file).map(|linked| linked.disk.clone()).unwrap_or_default();
    let order = WriteOrder {
        document: document.clone(),
        path,
        text,
        format: linked.as_ref().map(|linked| linked.disk.format).unwrap_or_default(),
        expected: if request.forces { Expected::Anything } else { Expected::Text(known) },
        links: request.lines.is_none() && (is_its_file || linked.is_none() || request.links),
    };
    begin(app, order, effects);
}

fn is_changed(editor: &Editor, linked: Option<&crate::app::files::LinkedFile>) -> bool {
    linked.and_then(|linked| linked.disk.text.as_deref()).is_none_or(|disk| !editor.text().is(disk))
}

fn begin(app: &mut App, order: WriteOrder, effects: &mut Vec<Effect>) {
    app.files.under_way += 1;
    effects.push(Effect::WriteFile(Box::new(order)));
}

/// An order was carried out, or not.
pub(super) fn reported(app: &mut App, report: WriteReport, effects: &mut Vec<Effect>) {
    app.files.under_way = app.files.under_way.saturating_sub(1);
    let WriteReport { order, result } = report;
    let name = order.path.display().to_string();
    match result {
        Ok(Written::Differs { .. }) if matches!(app.overlay, Some(Overlay::FileConflict(_))) => {
            return app
                .notify(Severity::Error, format!("Not written: {name} was changed on the disk too; save it again"));
        }
        Ok(Written::Differs { disk, lines }) => {
            app.overlay = Some(Overlay::FileConflict(Box::new(FileConflict { order, disk, lines, top: 0 })));
            return;
        }
        Ok(written) => {
            let lines = order.text.lines().count();
            app.notify(
                Severity::Info,
                match written {
                    Written::Done { bytes } => format!("{name} is written: {lines} lines, {bytes} bytes"),
                    _ => format!("{name} has this text already"),
                },
            );
            if order.links {
                let disk = DiskText { text: Some(order.text), format: order.format };
                app.files.link(&order.document, &order.path, disk);
            }
        }
        Err(problem) => {
            app.files.quits = false;
            app.notify(Severity::Error, format!("Not written: {problem}"));
        }
    }
    if app.files.quits && app.files.under_way == 0 {
        app.files.quits = false;
        commands::quit(app, effects);
    }
}

/// Whether leaving must wait: for files that are being written, or for a word about those that are not.
pub(super) fn holds_back(app: &mut App) -> bool {
    if app.files.under_way > 0 {
        app.files.quits = true;
        return true;
    }
    let is_asked = matches!(app.overlay, Some(Overlay::Unwritten));
    let asks = !is_asked && unwritten(app).next().is_some();
    if asks {
        app.overlay = Some(Overlay::Unwritten);
    }
    asks
}

/// A key while it is asked whether to leave with files unwritten.
pub(super) fn unwritten_key(app: &mut App, key: Key, command: Option<&Command>, effects: &mut Vec<Effect>) {
    match (key.typed(), command) {
        (Some('w' | 'W'), _) => {
            write(app, &WriteRequest { everything: true, ..WriteRequest::default() }, effects);
            commands::quit(app, effects);
        }
        (Some('y' | 'Y'), _) | (_, Some(Command::Quit)) => {
            app.overlay = Some(Overlay::Unwritten);
            commands::quit(app, effects);
            app.overlay.take_if(|overlay| matches!(overlay, Overlay::Unwritten));
        }
        (Some('n' | 'N'), _) | (_, Some(Command::Back)) => {}
        _ => app.overlay = Some(Overlay::Unwritten),
    }
}

/// Asks for a file's name.
pub(super) fn ask_where(app: &mut App) {
    let Some(editor) = app.editor() else { return };
    let path = app.files.of(editor.path()).map(|linked| linked.path.display().to_string());
    let proposed = path.unwrap_or_else(|| editor.path().as_str().rsplit('/').next().unwrap_or_default().to_owned());
    app.overlay = Some(Overlay::SaveAs(Box::new(SaveAs::new(&proposed))));
}

pub(super) fn save_as_key(app: &mut App, mut asked: Box<SaveAs>, key: Key, effects: &mut Vec<Effect>) {
    let path = asked.field.lines().concat().trim().to_owned();
    if key.code == KeyCode::Enter && !path.is_empty() {
        let request = WriteRequest { path: Some(path), links: true, ..WriteRequest::default() };
        return write(app, &request, effects);
    }
    asked.field.input(textarea_input(key));
    app.overlay = Some(Overlay::SaveAs(asked));
}

/// A key while a file is shown that is not as expected. The difference may come up while somebody types on: what is typed goes on into the
/// text (it is given back as false), and only keys that nobody types by the way decide.
pub(super) fn conflict_key(
    app: &mut App,
    mut conflict: Box<FileConflict>,
    key: Key,
    command: Option<&Command>,
    effects: &mut Vec<Effect>,
) -> bool {
    match key.code {
        WRITE_MINE => {
            write_anyway(app, *conflict, effects);
            return true;
        }
        TAKE_THE_FILES if conflict.disk.text.is_some() => {
            take_the_files(app, *conflict, effects);
            return true;
        }
        SAVE_ELSEWHERE => {
            app.files.quits = false;
            ask_where(app);
            return true;
        }
        KeyCode::Up => conflict.top = conflict.top.saturating_sub(1),
        KeyCode::Down => conflict.top += 1,
        KeyCode::PageUp => conflict.top = conflict.top.saturating_sub(PAGE),
        KeyCode::PageDown => conflict.top += PAGE,
        _ if command == Some(&Command::Quit) => {
            commands::quit(app, effects);
            return true;
        }
        _ if command == Some(&Command::Back) => {
            leave_conflict(app);
            return true;
        }
        // Whatever else could lie over the text would take the question's place.
        code => {
            app.overlay = Some(Overlay::FileConflict(conflict));
            let writes = matches!(code, KeyCode::Enter | KeyCode::Backspace | KeyCode::Delete | KeyCode::Tab);
            return key.typed().is_none() && !writes;
        }
    }
    conflict.top = conflict.top.min(conflict.lines.len().saturating_sub(1));
    app.overlay = Some(Overlay::FileConflict(conflict));
    true
}

/// Leaves file and room as they are.
pub(super) fn leave_conflict(app: &mut App) {
    app.files.quits = false;
    app.notify(Severity::Info, "Neither was changed: the file is as it is, the room as it is");
}

/// Writes the room's text as it is now; what the file has is known, and is asked about again where that has changed too.
fn write_anyway(app: &mut App, conflict: FileConflict, effects: &mut Vec<Effect>) {
    let FileConflict { mut order, disk, .. } = conflict;
    if order.links
        && let Some(editor) = app.editor_of(&order.document)
    {
        order.text = editor.text().to_string();
    }
    // Of a file that was known, the line ends are this participant's too; one that is only found now keeps its own.
    let was_known = matches!(&order.expected, Expected::Text(DiskText { text: Some(_), .. }));
    if disk.text.is_some() && !was_known {
        order.format = disk.format;
    }
    order.expected = Expected::Text(disk);
    begin(app, order, effects);
}

/// Makes the file's text the document's: what differs only, in one step that can be undone.
fn take_the_files(app: &mut App, conflict: FileConflict, effects: &mut Vec<Effect>) {
    let FileConflict { order, disk, .. } = conflict;
    let (document, path) = (order.document, order.path);
    app.files.quits = false;
    let is_shown = app.editor().is_some_and(|editor| *editor.path() == document);
    let Some((editor, wanted)) = app.editor().filter(|_| is_shown).zip(disk.text.as_deref()) else {
        return app.notify(Severity::Error, format!("Go to {document} first; F6 does"));
    };
    let splices = difference(&editor.text().to_string(), wanted, None).splices;
    let has_text_already = splices.is_empty();
    let change =
        |splice: protocol::text::Splice| Change { at: splice.at, removed: splice.removed, inserted: splice.inserted };
    let changes: Vec<_> = splices.into_iter().map(change).collect();
    if !super::may_edit(app) {
        return;
    }
    vim::reset(app);
    if !changes.is_empty() {
        commands::edit(app, &EditorCommand::Replace(changes), effects);
    }
    let name = path.display().to_string();
    let is_taken = app.editor().zip(disk.text.as_deref()).is_some_and(|(editor, wanted)| editor.text().is(wanted));
    if !is_taken {
        // What kept it out was said, such as the room's limit.
        return;
    }
    app.files.link(&document, &path, disk);
    if has_text_already {
        return app.notify(Severity::Info, format!("The text is the same; {} keeps its line ends", path.display()));
    }
    let undo = app.keymap.shown(&Command::Editor(EditorCommand::Undo));
    app.notify(Severity::Info, format!("The text of {name} is in the room now; {undo} takes that back"));
}

#[cfg(test)]
mod tests;
