//! When the room does not take this participant's text: what can be known is refused before it is made, and where the room refused
//! an edit, its text is loaded anew, because from then on both would hold different texts.

use crate::{
    app::{App, Severity, effect::Effect, receipts::Receipts},
    editor::{EditorCommand, commands::Clip},
};
use protocol::ClientId;

/// Whether a command would make the text longer than the room takes; says so.
pub(super) fn is_too_long(app: &mut App, command: &EditorCommand) -> bool {
    let limit = app.room.limits.document_bytes;
    let Some(editor) = app.editor() else { return false };
    let selections = || editor.selections();
    let selected = || selections().map(|one| one.range().end.0 - one.range().start.0).sum::<usize>();
    let (added, removed) = match command {
        EditorCommand::Insert(text) | EditorCommand::Paste(text) => (text.len() * selections().count(), selected()),
        EditorCommand::PasteClip(clip) => (clip.text.len() * selections().count(), selected()),
        EditorCommand::Replace(changes) => changes
            .iter()
            .fold((0, 0), |(added, removed), change| (added + change.inserted.len(), removed + change.removed)),
        _ => (0, 0),
    };
    let after = (editor.text().len().0 + added).saturating_sub(removed);
    let is_too_long = added > 0 && after > limit;
    if is_too_long {
        let text = format!("Not inserted: the text would have {after} bytes, this room takes {limit}");
        app.notify(Severity::Error, text);
    }
    is_too_long
}

/// The room refused an edit of this participant: asks for a new beginning.
pub(super) fn refused(app: &mut App, effects: &mut Vec<Effect>) {
    begin_anew(app, "The room refused your last edit", effects);
}

/// Asks for a new beginning, once.
pub(super) fn begin_anew(app: &mut App, reason: &'static str, effects: &mut Vec<Effect>) {
    if !app.pending.starts_over {
        app.pending.starts_over = true;
        effects.push(Effect::StartOver { reason });
    }
}

/// Begins anew as another writer, with nothing: the next Welcome brings the room's text. What was on the screen can be pasted.
pub(super) fn start_over(app: &mut App, client: ClientId, reason: &str) {
    if let Some(text) = app.editor().map(|editor| editor.text().to_string()).filter(|text| !text.is_empty()) {
        app.clip = Some(Clip { text, is_line: false });
    }
    app.identity.client = client;
    app.editors.clear();
    app.shown = 0;
    app.suggestions.clear();
    app.room.receipts = Receipts::default();
    app.keeping.forget();
    app.pending.starts_over = false;
    app.pending.presence_sent = None;
    app.notify(Severity::Error, format!("{reason}; the room's text is loaded anew, Ctrl-V pastes what you had"));
}
