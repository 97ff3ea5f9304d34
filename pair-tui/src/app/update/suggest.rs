//! Suggestions from this participant's side: ask, type along, take, put away. Everybody sees what becomes of one.

use super::after_edit as after_text_edit;
use crate::{
    app::{
        App, Severity,
        effect::Effect,
        suggestion::{Suggestion, first_word},
    },
    editor::{EditorCommand, Outcome},
    input::When,
};
use protocol::{
    RequestId,
    message::client::{EndSuggestion, RequestSuggestion, SuggestionEnd},
    position::Association,
};

/// What an edit means for this participant's own suggestion at the cursor.
pub(super) enum Typed {
    /// Nothing.
    Elsewhere,
    /// The edit types what was suggested.
    Along(String),
    /// The edit makes the suggestion stale.
    Against,
}

/// What the keys apply to, as far as suggestions go.
pub(super) fn when(app: &App) -> When {
    match app.suggestions.shown() {
        Some(shown) if is_here(app, shown) && !shown.text.is_empty() => When::SuggestionHere,
        Some(_) => When::SuggestionShown,
        None => When::Text,
    }
}

/// Whether a suggestion is this participant's own and right at the cursor.
fn is_here(app: &App, suggestion: &Suggestion) -> bool {
    app.room.me == Some(suggestion.participant)
        && app.editor().is_some_and(|editor| {
            let selection = editor.selection();
            *editor.path() == suggestion.document && selection.is_cursor() && suggestion.at == Some(selection.head)
        })
}

pub(super) fn before_edit(app: &App, command: &EditorCommand) -> Typed {
    let Some(shown) = app.suggestions.shown().filter(|shown| command.edits() && is_here(app, shown)) else {
        return Typed::Elsewhere;
    };
    match command {
        EditorCommand::Insert(text) if shown.text.starts_with(text.as_str()) => Typed::Along(text.clone()),
        _ => Typed::Against,
    }
}

pub(super) fn after_edit(app: &mut App, typed: Typed, effects: &mut Vec<Effect>) {
    match typed {
        Typed::Elsewhere => {}
        Typed::Against => dismiss(app, effects),
        Typed::Along(text) => consume(app, &text, effects),
    }
}

/// Takes the front off the shown suggestion, because it is in the text now; nothing left of a complete one: it was accepted.
fn consume(app: &mut App, taken: &str, effects: &mut Vec<Effect>) {
    let head = app.editor().map(|editor| editor.selection().head);
    let Some((participant, request)) = app.suggestions.shown().map(|shown| (shown.participant, shown.request)) else {
        return;
    };
    let Some(shown) = app.suggestions.get_mut(participant, request) else { return };
    shown.text = shown.text.strip_prefix(taken).unwrap_or_default().to_owned();
    shown.at = head;
    if shown.text.is_empty() && shown.milliseconds.is_some() {
        end(app, SuggestionEnd::Accepted, effects);
    }
}

pub(super) fn request(app: &mut App, effects: &mut Vec<Effect>) {
    if !app.room.is_connected() {
        app.notify(Severity::Info, "Suggestions come from the room, and it is not connected now");
        return;
    }
    if !super::may_edit(app) {
        return;
    }
    let Some(editor) = app.editor() else { return };
    let (document, at) = (editor.path().clone(), editor.buffer().anchor(editor.selection().head, Association::Before));
    // What was said before stands where the suggestion will.
    app.notice = None;
    app.pending.requests += 1;
    let Ok(request) = RequestId::new(app.pending.requests) else { return };
    effects.push(Effect::Send(RequestSuggestion { request, document, at }.into()));
}

/// Takes the whole shown suggestion, where it belongs.
pub(super) fn accept(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(shown) = app.suggestions.shown().filter(|shown| !shown.text.is_empty()).cloned() else {
        app.notify(Severity::Info, "There is no suggestion; Ctrl-Space asks for one");
        return;
    };
    if insert(app, &shown, &shown.text, effects) {
        end(app, SuggestionEnd::Accepted, effects);
    }
}

/// Takes the first word of the shown suggestion.
pub(super) fn accept_word(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(shown) = app.suggestions.shown().filter(|shown| is_here(app, shown)).cloned() else { return };
    let word = first_word(&shown.text).to_owned();
    if insert(app, &shown, &word, effects) {
        consume(app, &word, effects);
    }
}

fn insert(app: &mut App, suggestion: &Suggestion, text: &str, effects: &mut Vec<Effect>) -> bool {
    if !super::may_edit(app) {
        return false;
    }
    let now = app.now_ms;
    let at = suggestion.at;
    let Some((editor, at)) = app.editor_of(&suggestion.document).zip(at) else {
        app.notify(Severity::Info, "The place that the suggestion was for is gone");
        return false;
    };
    if text.is_empty() {
        return false;
    }
    editor.stop_undo_group();
    let edit = editor.replace(at..at, text, now);
    editor.stop_undo_group();
    match edit {
        Ok(edit) => {
            let outcome = Outcome { updates: vec![edit.update], delta: edit.delta, ..Outcome::default() };
            super::vim::typed_elsewhere(app, text);
            after_text_edit(app, &suggestion.document, outcome, effects);
            true
        }
        Err(error) => {
            app.notify(Severity::Error, format!("The suggestion was not taken: {error}"));
            false
        }
    }
}

/// Shows the next suggestion; asks for another one where there is none.
pub(super) fn next(app: &mut App, effects: &mut Vec<Effect>) {
    if !app.suggestions.show_next() {
        if app.suggestions.shown().is_some() {
            dismiss(app, effects);
        }
        request(app, effects);
    }
}

/// Puts the shown suggestion away: for the room if it is this participant's own, otherwise only here.
pub(super) fn dismiss(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(shown) = app.suggestions.shown() else { return };
    if app.room.me == Some(shown.participant) {
        let is_complete = shown.milliseconds.is_some();
        end(app, if is_complete { SuggestionEnd::Dismissed } else { SuggestionEnd::Cancelled }, effects);
    } else {
        let (participant, request) = (shown.participant, shown.request);
        app.suggestions.end(participant, request);
    }
}

fn end(app: &mut App, end: SuggestionEnd, effects: &mut Vec<Effect>) {
    let Some((participant, request)) = app.suggestions.shown().map(|shown| (shown.participant, shown.request)) else {
        return;
    };
    app.suggestions.end(participant, request);
    if app.room.is_connected() {
        let participant = Some(participant).filter(|who| Some(*who) != app.room.me);
        effects.push(Effect::Send(EndSuggestion { participant, request, end }.into()));
    }
}
