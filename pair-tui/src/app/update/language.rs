//! Which language each document is in, and the change of the room's. The room has one language, that of its first document, whatever
//! that is called: the server took it from the name when the room was made, if nobody chose. The names of the others tell theirs.

use super::may_edit;
use crate::{
    app::{App, Severity, effect::Effect},
    editor::syntax::{Language, Parsed, Recolor, language},
};
use protocol::message::client::SetLanguage;

/// Gives each document its language: to be called whenever the room's language or the documents change.
pub(super) fn assign(app: &mut App) {
    let App { room, editors, .. } = app;
    let of_room = language::named(&room.language);
    // Before the first welcome nothing is known of the room.
    let is_known = !room.language.is_empty();
    for (at, editor) in editors.iter_mut().enumerate() {
        let of_name = language::of_file(editor.path().as_str());
        let is_rooms = at == 0 && is_known;
        editor.set_language(if is_rooms { of_room } else { of_name.or(of_room) });
    }
}

/// Changes the room's language for everybody.
pub(super) fn choose(app: &mut App, chosen: &Language, effects: &mut Vec<Effect>) {
    if !may_edit(app) {
        return;
    }
    if !app.room.is_connected() {
        app.notify(Severity::Info, "The language belongs to the room, and it is not connected now");
        return;
    }
    effects.push(Effect::Send(SetLanguage { language: chosen.name.to_owned() }.into()));
    let other = app.editor().filter(|_| app.shown > 0);
    if let Some(known) = other.and_then(|editor| language::of_file(editor.path().as_str())) {
        let text = format!("The room is in {} now; the name of this document keeps it in {}", chosen.name, known.name);
        app.notify(Severity::Info, text);
    }
}

/// Somebody, or this participant, changed the room's language.
pub(super) fn changed(app: &mut App, language: String) {
    app.room.language = language;
    assign(app);
}

/// A worker has read a document.
pub(super) fn parsed(app: &mut App, parsed: Parsed, recolor: Recolor) {
    let document = parsed.document().clone();
    if app.editor_of(&document).is_some_and(|editor| editor.take_parsed(parsed, recolor)) {
        app.notify(Severity::Info, format!("{document} takes too long to read, and is shown without colours"));
    }
}
