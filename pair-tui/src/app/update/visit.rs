//! Going to where somebody is, with the cursor, and back again.

use super::{follow, search, vim};
use crate::{
    app::{App, Severity, room::Person, together::CameFrom},
    input::{Command, Key, KeyCode},
};
use protocol::{ByteOffset, DocumentPath, ParticipantId, position::Association};

/// Goes to one of the others by their number, with the cursor.
pub(super) fn go_to_number(app: &mut App, number: usize) {
    let person = number.checked_sub(1).and_then(|at| app.room.others().nth(at)).map(|person| person.id);
    match person {
        Some(id) => go_to(app, id),
        None => app.notify(Severity::Info, format!("There is no participant {number}; F2 shows who is here")),
    }
}

/// Goes to where somebody is, with the cursor; of a program that does not say where its person is, to where they edited last.
pub(super) fn go_to(app: &mut App, id: ParticipantId) {
    let Some(person) = app.room.person(id) else { return };
    if app.room.me == Some(id) {
        return app.notify(Severity::Info, "That is you, and you are here");
    }
    let name = person.name.clone();
    let Some((document, at)) = place_of(person) else {
        return app.notify(Severity::Info, format!("{name} has not said where they are"));
    };
    remember(app);
    app.together.follow = None;
    if !jump(app, &document, at) {
        return app.notify(Severity::Info, format!("{name} is in {document}, which has not come yet"));
    }
    let key = app.keymap.shown(&Command::Return);
    app.notify(Severity::Quiet, format!("You are with {name}; {key} goes back"));
}

fn jump(app: &mut App, document: &DocumentPath, at: ByteOffset) -> bool {
    search::leave(app);
    app.go_to = None;
    let is_there = follow::show(app, document);
    if let Some(editor) = app.editor_mut().filter(|_| is_there) {
        editor.jump(at);
        vim::pointed(app);
    }
    is_there
}

/// Remembers where this participant's own cursor is, to go back there; while they go from one of the others to the next, that stays
/// where they set out from.
pub(super) fn remember(app: &mut App) {
    let Some(editor) = app.home() else { return };
    let (head, document) = (editor.selection().head, editor.path().clone());
    let is_with_somebody = app.room.others().any(|person| person.cursor_in(editor.path()) == Some(head));
    if app.together.came_from.is_none() || !is_with_somebody {
        let at = editor.buffer().anchor(head, Association::Before);
        app.together.came_from = Some(CameFrom { document: document.clone(), at });
    }
    if let Some(vim) = &mut app.vim {
        vim.jumped(&document, head);
    }
}

/// Goes back to where this participant was before they went to somebody.
pub(super) fn go_back(app: &mut App) {
    let from = app.together.came_from.take();
    app.notice.take_if(|notice| notice.severity == Severity::Quiet);
    let editor = from.as_ref().and_then(|from| app.editors.iter().find(|editor| *editor.path() == from.document));
    let at = editor.zip(from.as_ref()).and_then(|(editor, from)| editor.buffer().resolve(&from.at));
    app.together.follow = None;
    if !from.zip(at).is_some_and(|(from, at)| jump(app, &from.document, at)) {
        app.notify(Severity::Info, "You went to nobody; Alt-1 … 9 goes to one of the others");
    }
}

fn place_of(person: &Person) -> Option<(DocumentPath, ByteOffset)> {
    let seen = || person.seen().map(|seen| seen.first);
    let here = person.selection().map(|selection| selection.head).or_else(seen);
    let edited = || person.last_edit.as_ref().map(|edit| (edit.document.clone(), edit.at));
    person.document().cloned().zip(here).or_else(edited)
}

/// The number that a key goes to: Alt with a digit from 1.
pub(super) fn number_of(key: Key) -> Option<usize> {
    let KeyCode::Char(digit) = key.code else { return None };
    let number = digit.to_digit(10).filter(|number| *number > 0 && key.alt && !key.ctrl)?;
    usize::try_from(number).ok()
}
