//! Suggestions from this participant's side: ask, by a key or after a pause; type along, take, put away. Everybody sees what becomes of one.

use super::after_edit as after_text_edit;
use crate::{
    app::{
        App, Focus, Severity,
        effect::Effect,
        preferences::SuggestWhen,
        suggestion::{Suggestion, claims::Claim, first_line, first_word},
    },
    editor::{EditorCommand, Outcome},
    input::{When, vim::Mode},
};
use protocol::{
    Anchor, ByteOffset, DocumentPath, ParticipantId, RequestId,
    document::update::IdRange,
    message::client::{EndSuggestion, RequestSuggestion, SetModels, SuggestionEnd, SuggestionOutcome},
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

/// Somebody typed, and a suggestion is asked for if they pause here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pause {
    since_ms: u64,
    document: DocumentPath,
    /// Others may write before it meanwhile.
    at: Anchor,
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

pub(super) fn after_edit(app: &mut App, typed: Typed, command: &EditorCommand, effects: &mut Vec<Effect>) {
    let goes_along = matches!(typed, Typed::Along(_));
    match typed {
        Typed::Elsewhere => {}
        Typed::Against => dismiss(app, effects),
        Typed::Along(text) => {
            if let Some(head) = app.editor().map(|editor| editor.selection().head) {
                consume(app, &text, head, (SuggestionOutcome::Typed, None), effects);
            }
        }
    }
    if command.edits() {
        let writes = matches!(command, EditorCommand::Insert(_) | EditorCommand::Newline) && !goes_along;
        app.pending.pause = writes.then(|| place(app)).flatten();
    }
}

fn place(app: &App) -> Option<Pause> {
    let editor = app.editor()?;
    let at = editor.buffer().anchor(editor.selection().head, Association::Before);
    Some(Pause { since_ms: app.now_ms, document: editor.path().clone(), at })
}

/// Whether the cursor is still where somebody paused.
fn is_at(app: &App, pause: &Pause) -> bool {
    app.editor().is_some_and(|editor| {
        *editor.path() == pause.document && editor.buffer().resolve(&pause.at) == Some(editor.selection().head)
    })
}

/// Asks where somebody typed and has paused for as long as the server wants it.
pub(super) fn tick(app: &mut App, effects: &mut Vec<Effect>) {
    put_away_stale(app, effects);
    let wanted = app.suggestions.settings.as_ref().map_or(0, |settings| u64::from(settings.pause_ms));
    let Some(pause) = &app.pending.pause else { return };
    if wanted == 0 || app.preferences.suggest == SuggestWhen::Key {
        app.pending.pause = None;
    } else if app.now_ms.saturating_sub(pause.since_ms) >= wanted {
        let is_fit = is_writing(app) && is_at(app, pause);
        app.pending.pause = None;
        let has_one = app.suggestions.iter().any(|one| Some(one.participant) == app.room.me);
        if is_fit && app.room.is_connected() && app.room.may_edit() && !has_one {
            ask(app, true, effects);
        }
    }
}

/// One that came of a pause goes by itself when the cursor is elsewhere: nobody asked for it, and nobody should have to put it away.
fn put_away_stale(app: &mut App, effects: &mut Vec<Effect>) {
    let is_stale =
        |shown: &Suggestion| shown.by_pause && Some(shown.participant) == app.room.me && !is_here(app, shown);
    if app.suggestions.shown().is_some_and(is_stale) {
        dismiss(app, effects);
    }
}

/// Whether text that is typed goes to one cursor in the text.
fn is_writing(app: &App) -> bool {
    app.start.is_none()
        && app.overlay.is_none()
        && app.focus == Focus::Text
        && app.search.prompt.is_none()
        && app.vim.as_ref().is_none_or(|vim| vim.mode() == Mode::Insert)
        && app.editor().is_some_and(|editor| editor.selection().is_cursor() && !editor.has_several_cursors())
}

/// Takes the front off the shown suggestion, because it is in the text now; the rest belongs behind it, at `behind`, and is this participant's
/// alone from here on. The anchor could not tell that place: where the text around it was deleted, what was taken may stand on either side of
/// it. Nothing left of a complete one: it was accepted.
fn consume(
    app: &mut App,
    taken: &str,
    behind: ByteOffset,
    (how, ids): (SuggestionOutcome, Option<IdRange>),
    effects: &mut Vec<Effect>,
) {
    let App { suggestions, editors, room, .. } = &mut *app;
    let Some(shown) = suggestions.shown_mut() else { return };
    shown.consume(taken, how);
    if let Some(editor) = editors.iter().find(|editor| *editor.path() == shown.document) {
        shown.anchor = editor.buffer().anchor(behind, Association::Before);
        shown.at = Some(behind);
    }
    let (is_over, shown) = (shown.text.is_empty() && shown.milliseconds.is_some(), shown.clone());
    let claim = suggestions.claims.take(&shown, how, ids, room.me);
    if is_over {
        end(app, how, effects);
    } else if let Some(claim) = claim.filter(|_| room.is_connected()) {
        effects.push(Effect::Send(claim.said(room.me).into()));
    }
}

pub(super) fn request(app: &mut App, effects: &mut Vec<Effect>) {
    if !app.room.is_connected() {
        app.notify(Severity::Info, "Suggestions come from the room, and it is not connected now");
        return;
    }
    if super::may_edit(app) {
        // What was said before stands where the suggestion will.
        app.notice = None;
        ask(app, false, effects);
    }
}

fn ask(app: &mut App, by_pause: bool, effects: &mut Vec<Effect>) {
    let Some(editor) = app.editor() else { return };
    let (document, at) = (editor.path().clone(), editor.buffer().anchor(editor.selection().head, Association::Before));
    app.pending.pause = None;
    app.pending.requests += 1;
    let Ok(request) = RequestId::new(app.pending.requests) else { return };
    effects.push(Effect::Send(RequestSuggestion { request, document, at, by_pause }.into()));
}

/// Takes the whole shown suggestion, where it belongs.
pub(super) fn accept(app: &mut App, effects: &mut Vec<Effect>) {
    accept_front(app, |text| text, SuggestionOutcome::Whole, effects);
}

/// Takes the first word of the shown suggestion.
pub(super) fn accept_word(app: &mut App, effects: &mut Vec<Effect>) {
    accept_front(app, first_word, SuggestionOutcome::Words, effects);
}

/// Takes the first line of the shown suggestion.
pub(super) fn accept_line(app: &mut App, effects: &mut Vec<Effect>) {
    accept_front(app, first_line, SuggestionOutcome::Lines, effects);
}

fn accept_front(app: &mut App, front: fn(&str) -> &str, how: SuggestionOutcome, effects: &mut Vec<Effect>) {
    let Some(shown) = app.suggestions.shown().filter(|shown| !shown.text.is_empty()).cloned() else {
        app.notify(Severity::Info, "There is no suggestion; Ctrl-Space asks for one");
        return;
    };
    let taken = front(&shown.text).to_owned();
    let is_whole = how == SuggestionOutcome::Whole;
    // Of one that was begun otherwise, that is how it was taken.
    let how = if is_whole { shown.outcome(how) } else { how };
    let Some((at, ids)) = insert(app, &shown, &taken, effects) else { return };
    consume(app, &taken, ByteOffset(at.0 + taken.len()), (how, Some(ids)), effects);
    // Whoever takes all of what has come so far does not wait for more.
    if is_whole && app.suggestions.shown().is_some_and(|now| now.is_same(&shown)) {
        end(app, how, effects);
    }
}

/// Puts a part of a suggestion into the text, to be taken back by one undo; gives where it stands, and its ids.
fn insert(
    app: &mut App,
    suggestion: &Suggestion,
    text: &str,
    effects: &mut Vec<Effect>,
) -> Option<(ByteOffset, IdRange)> {
    if !super::may_edit(app) {
        return None;
    }
    let now = app.now_ms;
    let limit = app.room.limits.document_bytes;
    let Some((editor, at)) = app.editor_of(&suggestion.document).zip(suggestion.at) else {
        app.notify(Severity::Info, "The place that the suggestion was for is gone");
        return None;
    };
    let after = editor.text().len().0 + text.len();
    if after > limit {
        super::refusal::say_too_long(app, after, limit);
        return None;
    }
    match editor.replace_alone(at..at, text, now) {
        Ok((edit, ids)) => {
            let outcome = Outcome { updates: vec![edit.update], delta: edit.delta, ..Outcome::default() };
            super::vim::typed_elsewhere(app, text);
            after_text_edit(app, &suggestion.document, outcome, effects);
            Some((at, ids))
        }
        Err(error) => {
            app.notify(Severity::Error, format!("The suggestion was not taken: {error}"));
            None
        }
    }
}

/// Somebody was first to take what this participant took, too: what was put in is taken out again, whoever wrote into it meanwhile.
pub(super) fn lose(app: &mut App, claim: &Claim, to: ParticipantId, effects: &mut Vec<Effect>) {
    let name = app.room.name(to).to_owned();
    if claim.taken.is_empty() || !app.room.may_edit() {
        return app.notify(Severity::Info, format!("{name} took the suggestion first"));
    }
    if let Some(edit) = app.editor_of(&claim.document).and_then(|editor| editor.retract(&claim.taken)) {
        let outcome = Outcome { updates: vec![edit.update], delta: edit.delta, ..Outcome::default() };
        after_text_edit(app, &claim.document, outcome, effects);
    }
    app.notify(Severity::Info, format!("{name} took the suggestion first; yours was taken out again"));
}

/// The connection is new: what was taken meanwhile, or not answered, is said again.
pub(super) fn claim_again(app: &mut App, effects: &mut Vec<Effect>) {
    let App { suggestions, room, .. } = &mut *app;
    let open: Vec<_> = suggestions.iter().map(|one| (one.participant, one.request)).collect();
    let is_here = |id| room.person(id).is_some();
    let claims = suggestions.claims.again(is_here, |who, request| open.contains(&(who, request)), room.me);
    effects.extend(claims.map(|claim| Effect::Send(claim.said(room.me).into())));
}

/// Shows the next text or suggestion; asks for another one where there is none.
pub(super) fn next(app: &mut App, effects: &mut Vec<Effect>) {
    if !app.suggestions.show_next() {
        if app.suggestions.shown().is_some() {
            dismiss(app, effects);
        }
        request(app, effects);
    }
}

/// Shows the text or suggestion before.
pub(super) fn previous(app: &mut App) {
    if !app.suggestions.show_previous() {
        app.notify(Severity::Info, "There is no suggestion before this one");
    }
}

/// Puts the shown suggestion away: for the room if it is this participant's own, otherwise only here.
pub(super) fn dismiss(app: &mut App, effects: &mut Vec<Effect>) {
    let Some(shown) = app.suggestions.shown() else { return };
    if app.room.me == Some(shown.participant) {
        let is_complete = shown.milliseconds.is_some();
        let outcome = if is_complete { SuggestionOutcome::Dismissed } else { SuggestionOutcome::Cancelled };
        end(app, outcome, effects);
    } else {
        let (participant, request) = (shown.participant, shown.request);
        app.suggestions.end(participant, request);
    }
}

fn end(app: &mut App, outcome: SuggestionOutcome, effects: &mut Vec<Effect>) {
    let Some(shown) = app.suggestions.shown() else { return };
    let (participant, request, outcome) = (shown.participant, shown.request, shown.outcome(outcome));
    app.suggestions.end(participant, request);
    if outcome.end() == SuggestionEnd::Accepted {
        app.suggestions.claims.end(participant, request, outcome);
    } else {
        drop(app.suggestions.claims.settle(participant, request));
    }
    if app.room.is_connected() {
        let participant = Some(participant).filter(|who| Some(*who) != app.room.me);
        let ending = EndSuggestion { participant, request, end: outcome.end(), outcome: Some(outcome), part: false };
        effects.push(Effect::Send(ending.into()));
    }
}

/// Lets the room's text be sent to models, or forbids it.
pub(super) fn toggle_models(app: &mut App, effects: &mut Vec<Effect>) {
    match &app.suggestions.settings {
        Some(settings) if settings.changeable => {
            effects.push(Effect::Send(SetModels { models: !settings.models }.into()));
        }
        Some(_) => app.notify(
            Severity::Info,
            "No text of this room goes to a model: its server has none, or its operator forbids it",
        ),
        None => app.notify(Severity::Info, "The server is older than this program and does not know that yet"),
    }
}
