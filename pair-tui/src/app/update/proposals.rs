//! What the room tells about suggestions, everybody's: begun, going on, complete, ended, and how they are made.

use crate::app::{App, Severity, effect::Effect, suggestion::Suggestion};
use protocol::{
    ServerMessage,
    message::{
        client::{EndSuggestion, SuggestionEnd, SuggestionOutcome},
        server::{SuggestionDone, SuggestionEnded, SuggestionSettings, SuggestionStarted},
    },
};

pub(super) fn message(app: &mut App, message: ServerMessage, effects: &mut Vec<Effect>) {
    match message {
        ServerMessage::SuggestionStarted(started) => begun(app, started),
        ServerMessage::SuggestionDelta(delta) => {
            if let Some(one) = app.suggestions.get_mut(delta.participant, delta.request) {
                one.append(&delta.text);
            }
        }
        ServerMessage::SuggestionDone(done) => complete(app, done, effects),
        ServerMessage::SuggestionEnded(ended) => gone(app, &ended, effects),
        ServerMessage::SuggestionHistory(history) => app.suggestions.remember(history.past),
        ServerMessage::SuggestionSettings(settings) => settle(app, settings),
        _ => {}
    }
}

fn begun(app: &mut App, started: SuggestionStarted) {
    let editor = app.editors.iter().find(|editor| *editor.path() == started.document);
    let at = editor.and_then(|editor| editor.buffer().resolve(&started.at));
    let is_mine = app.room.me == Some(started.participant);
    app.suggestions.start(Suggestion::new(started, at), is_mine);
}

/// A suggestion is complete. One that holds nothing is put away by whoever asked for it, and shown by nobody.
fn complete(app: &mut App, done: SuggestionDone, effects: &mut Vec<Effect>) {
    let (participant, request, problem) = (done.participant, done.request, done.problem.clone());
    let Some(one) = app.suggestions.get_mut(participant, request) else { return };
    let by_pause = one.by_pause;
    one.complete(done);
    // All of it may have been taken while it came.
    let (is_empty, is_begun, how) = (one.text.is_empty(), one.is_begun(), one.outcome(SuggestionOutcome::Dismissed));
    let is_mine = app.room.me == Some(participant);
    if is_empty {
        app.suggestions.end(participant, request);
    }
    if is_empty && (is_mine || is_begun) {
        let how = if is_begun && how == SuggestionOutcome::Dismissed { SuggestionOutcome::Typed } else { how };
        let asker = Some(participant).filter(|_| !is_mine);
        let end = EndSuggestion { participant: asker, request, end: how.end(), outcome: Some(how), part: false };
        app.suggestions.claims.end(participant, request, how);
        effects.push(Effect::Send(end.into()));
    }
    if is_mine && !by_pause && !(is_empty && is_begun) {
        match problem {
            Some(problem) if is_empty => app.notify(Severity::Info, format!("Nothing to suggest: {problem}")),
            Some(problem) => app.notify(Severity::Quiet, problem),
            None if is_empty => {
                app.notify(Severity::Info, "Nothing to suggest here; type the start of a word first");
            }
            None => {}
        }
    }
}

/// One has ended, or somebody has claimed what is left of it.
fn gone(app: &mut App, ended: &SuggestionEnded, effects: &mut Vec<Effect>) {
    let (participant, request) = (ended.participant, ended.request);
    let (is_mine, is_taken) = (app.room.me == Some(ended.by), ended.end == SuggestionEnd::Accepted);
    if is_mine && is_taken && ended.part {
        return app.suggestions.claims.confirm(participant, request);
    }
    let was_here = app.suggestions.get_mut(participant, request).is_some();
    app.suggestions.end(participant, request);
    let claim = app.suggestions.claims.settle(participant, request);
    if is_taken && !is_mine {
        match claim {
            // A new connection may have made somebody else of this participant.
            Some(claim) if claim.is_by(ended.by) => {}
            Some(claim) => super::suggest::lose(app, &claim, ended.by, effects),
            // Who types on tells nothing that the text does not.
            None if was_here && ended.outcome != Some(SuggestionOutcome::Typed) => {
                let text = format!("{} took the suggestion", app.room.name(ended.by));
                app.notify(Severity::Info, text);
            }
            None => {}
        }
    } else if ended.outcome == Some(SuggestionOutcome::Expired) && was_here && app.room.me == Some(participant) {
        app.notify(Severity::Quiet, "The suggestion went away with its place in the text");
    }
}

fn settle(app: &mut App, settings: SuggestionSettings) {
    if let Some(by) = settings.by {
        let name = if app.room.me == Some(by) { "You" } else { app.room.name(by) };
        let word = if settings.models {
            format!(
                "{name} let suggestions be made by {} {}: text around the cursor is sent there",
                settings.provider, settings.model
            )
        } else {
            format!("{name} turned models off: no text of this room leaves its server for suggestions")
        };
        app.notify(Severity::Info, word);
    }
    app.suggestions.settings = Some(settings);
}
