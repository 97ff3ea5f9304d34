//! Which language each document is in, and the change of the room's. The room has one language, that of its first document; the names
//! of the others tell theirs.

use super::may_edit;
use crate::{
    app::{App, Severity, effect::Effect},
    editor::syntax::{Language, Parsed, Recolor, language},
};
use protocol::message::client::SetLanguage;

/// What a room is in that was created without a word about it (the room contract, part 1): there a file's name knows better.
const NEW_ROOM_LANGUAGE: &str = "python";

/// Gives each document its language: to be called whenever the room's language or the documents change.
pub(super) fn assign(app: &mut App) {
    let App { room, editors, .. } = app;
    let of_room = language::named(&room.language);
    let is_chosen = room.language != NEW_ROOM_LANGUAGE && !room.language.is_empty();
    for (at, editor) in editors.iter_mut().enumerate() {
        let of_name = language::of_file(editor.path().as_str());
        let is_rooms = at == 0 && is_chosen;
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
