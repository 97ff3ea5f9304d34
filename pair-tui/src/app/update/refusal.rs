//! When the room does not take this participant's text: what can be known is refused before it is made, and where the room refused
//! an edit, its text is loaded anew, because from then on both would hold different texts.

use crate::{
    app::{App, Severity, effect::Effect, receipts::Receipts},
    editor::{Editor, EditorCommand, commands::Clip, selection::Selection},
};
use protocol::{ByteOffset, ClientId};

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
        // Beside the line break, as much as the lines are indented now: a level more is let through, the room has the last word.
        EditorCommand::Newline => (selections().map(|one| 1 + indentation(editor, one.head)).sum(), selected()),
        EditorCommand::DuplicateLines => (selections().map(|one| lines_of(editor, &one)).sum(), 0),
        _ => (0, 0),
    };
    let after = (editor.text().len().0 + added).saturating_sub(removed);
    let is_too_long = added > 0 && after > limit;
    if is_too_long {
        say_too_long(app, after, limit);
    }
    is_too_long
}

/// Bytes of the indentation of the line that a place is in.
fn indentation(editor: &Editor, at: ByteOffset) -> usize {
    let line = editor.text().line(editor.text().line_of(at));
    line.len() - line.trim_start().len()
}

/// Bytes of the lines that a selection touches.
fn lines_of(editor: &Editor, selection: &Selection) -> usize {
    let (text, range) = (editor.text(), selection.range());
    let (first, last) = (text.line_of(range.start), text.line_of(range.end));
    1 + text.line_end(last).0 - text.line_start(first).0
}

/// Says that a text would have more bytes than the room takes.
pub(super) fn say_too_long(app: &mut App, after: usize, limit: usize) {
    app.notify(Severity::Error, format!("Not inserted: the text would have {after} bytes, this room takes {limit}"));
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
    app.suggestions.claims.clear();
    app.room.receipts = Receipts::default();
    app.keeping.forget();
    app.pending.starts_over = false;
    app.pending.presence_sent = None;
    app.notify(Severity::Error, format!("{reason}; the room's text is loaded anew, Ctrl-V pastes what you had"));
}
