//! What the connection reports: the Welcome, others' edits and moves, receipts, suggestions, chat, errors.

use super::{after_edit, edited_by, follow, journal, map_places, proposals, refusal};
use crate::{
    app::{
        App, Focus, Seed, Severity, chat,
        effect::Effect,
        room::{Connection, Person},
    },
    editor::{Editor, Outcome},
};
use protocol::{
    Anchor, ByteOffset, DocumentPath, ErrorCode, ParticipantId, ServerMessage,
    message::{
        Blob,
        client::{AddDocument, Difference},
        server::{ChatMessage, ClosingReason, DocumentWelcome, Error, PresenceChanged, Welcome},
    },
    presence::Participant,
};

pub(super) fn connecting(app: &mut App) {
    app.room.connection = Connection::Connecting;
}

pub(super) fn disconnected(app: &mut App, reason: &str, retry_in_ms: Option<u64>) {
    app.room.connection = Connection::Offline { retry_at_ms: retry_in_ms.map(|delay| app.now_ms + delay) };
    app.room.receipts.disconnect();
    app.room.round_trip_ms = None;
    app.room.transport = None;
    app.pending.ping = None;
    if app.start.is_some() {
        let next = if retry_in_ms.is_some() { "; trying again" } else { "" };
        return super::failed(app, format!("{reason}{next}"));
    }
    let (severity, next) = match retry_in_ms {
        Some(_) => (Severity::Info, "keep typing, it is sent when the room is back"),
        None => (Severity::Error, "your text is kept here, copy what you need before you quit"),
    };
    app.notify(severity, format!("Offline: {reason}; {next}"));
}

/// The room as it is: documents are brought together, and what the room lacks of this client's edits is sent.
pub(super) fn connected(app: &mut App, welcome: Welcome, effects: &mut Vec<Effect>) {
    let came_back = app.room.id.is_some();
    // After a new beginning the reason for it stays to be read.
    let starts_over = came_back && app.editors.is_empty();
    app.start = None;
    let kept = app.room.receipts.connect();
    app.room.connection = Connection::Connected;
    app.room.id = Some(welcome.room);
    app.room.me = Some(welcome.participant);
    app.room.role = Some(welcome.role);
    app.room.limits = welcome.limits;
    app.room.language = welcome.language;
    take_history(app, welcome.chat, came_back);
    app.room.storage_problem = welcome.storage.problem;
    if welcome.resumed {
        // The room goes on with those that ran, and tells what they have by now.
        let here = &welcome.participants;
        app.suggestions.keep_complete(|asker| here.iter().any(|participant| participant.id == asker));
    } else {
        app.suggestions.clear();
    }
    // What an older server does not tell anew does not hold any more.
    app.suggestions.settings = None;
    app.suggestions.past.clear();
    app.pending.ping = None;
    app.pending.presence_sent = None;
    app.pending.pinged_at_ms = None;
    let known: Vec<DocumentPath> = welcome.documents.iter().map(|one| one.document.clone()).collect();
    for document in welcome.documents {
        take_document(app, &document, kept > 0, effects);
    }
    for document in app.editors.iter().map(|editor| editor.path().clone()).collect::<Vec<_>>() {
        if !known.contains(&document) {
            effects.push(Effect::Send(AddDocument { document: document.clone() }.into()));
            send_difference(app, &document, &[], effects);
        }
    }
    super::files::link_opened(app);
    super::language::assign(app);
    expect_back(app, &welcome.participants);
    let now = app.now_ms;
    let before = std::mem::take(&mut app.room.people);
    app.room.people = welcome.participants.into_iter().map(|participant| Person::new(participant, now)).collect();
    for person in &mut app.room.people {
        if let Some(before) = before.iter().find(|before| before.id == person.id) {
            person.remember(before);
        }
    }
    resolve_people(app);
    super::suggest::claim_again(app, effects);
    follow::entered(app);
    if let Some(seed) = app.seed.take() {
        plant(app, seed, effects);
    }
    if !came_back && app.room.people.len() == 1 && !app.invitation.is_empty() {
        let way = app.invitation.join(" or ");
        app.notify(Severity::Quiet, format!("F7 copies what a friend needs: {way}"));
    }
    if let Some(days) = app.room.limits.room_expiry_days.filter(|_| !came_back) {
        app.notify(Severity::Info, format!("The server deletes rooms that nobody opens or changes for {days} days"));
    }
    if came_back && !starts_over {
        app.notify(
            Severity::Info,
            if kept > 0 {
                format!("Back in the room; sending {kept} edits made meanwhile")
            } else {
                "Back in the room".into()
            },
        );
    }
}

/// Whoever was here before the connection was lost is expected back: the server may have been lost for all of us.
fn expect_back(app: &mut App, here: &[Participant]) {
    let before = app.room.people.iter().map(|person| person.id);
    app.pending.expected = before.filter(|id| !here.iter().any(|participant| participant.id == *id)).collect();
}

/// Brings one document together with what the room has of it.
fn take_document(app: &mut App, welcome: &DocumentWelcome, must_send: bool, effects: &mut Vec<Effect>) {
    open(app, &welcome.document);
    let is_first_text = app.editor_of(&welcome.document).is_some_and(|editor| editor.text().is_empty());
    let has_history = app.editor_of(&welcome.document).is_some_and(|editor| editor.buffer().has_history());
    remote_edit(app, &welcome.document, &welcome.difference, None, effects);
    if is_first_text && let Some(editor) = app.editor_of(&welcome.document) {
        // The view holds on to the text it shows; of an empty one that is its end.
        editor.jump(ByteOffset::START);
    }
    // A server that was killed may have lost what others wrote and deleted, who don't come back: whoever saw it brings it.
    let has_more = has_history
        && app.editor_of(&welcome.document).is_some_and(|editor| {
            matches!(editor.buffer().has_more_than(&welcome.state_vector, &welcome.difference), Ok(true))
        });
    if must_send || (has_more && app.room.may_edit()) {
        send_difference(app, &welcome.document, &welcome.state_vector, effects);
    } else if has_more {
        // A viewer may not bring it, and would go on with another text than the room's.
        super::refusal::begin_anew(app, "The server lost edits that you had seen", effects);
    }
}

fn send_difference(app: &mut App, document: &DocumentPath, state_vector: &[u8], effects: &mut Vec<Effect>) {
    let Some(difference) = app.editor_of(document).map(|editor| editor.buffer().difference(state_vector)) else {
        return;
    };
    match difference {
        Ok(update) => {
            let now = app.now_ms;
            let seq = app.room.receipts.number_kept(now);
            effects
                .push(Effect::Send(Difference { document: document.clone(), seq, update: Blob::from(update) }.into()));
        }
        Err(error) => app.notify(Severity::Error, format!("What you typed could not be sent: {error}")),
    }
}

pub(super) fn open(app: &mut App, document: &DocumentPath) {
    if app.editor_of(document).is_none() {
        let mut editor = Editor::new(document.clone(), app.identity.client);
        editor.set_tab(app.preferences.tab);
        app.editors.push(editor);
        super::vim::sync(app);
        super::language::assign(app);
        app.fit();
    }
}

/// Puts the given text into the room's empty document.
fn plant(app: &mut App, seed: Seed, effects: &mut Vec<Effect>) {
    let first = app.editors.first().map(|editor| editor.path().clone());
    let Some(document) = seed.document.or(first) else { return };
    if app.editor_of(&document).is_none() {
        effects.push(Effect::Send(AddDocument { document: document.clone() }.into()));
        open(app, &document);
    }
    let now = app.now_ms;
    let Some(editor) = app.editor_of(&document).filter(|editor| editor.text().is_empty() && !seed.text.is_empty())
    else {
        return;
    };
    let edit = editor.replace(ByteOffset::START..ByteOffset::START, &seed.text, now);
    editor.stop_undo_group();
    editor.jump(ByteOffset::START);
    match edit {
        Ok(edit) => {
            let outcome = Outcome { updates: vec![edit.update], delta: edit.delta, ..Outcome::default() };
            after_edit(app, &document, outcome, effects);
        }
        Err(error) => app.notify(Severity::Error, format!("The file was not put into the room: {error}")),
    }
}

/// Applies somebody else's update and keeps all places on their text; `who` made it, if that is known.
fn remote_edit(
    app: &mut App,
    document: &DocumentPath,
    update: &[u8],
    who: Option<ParticipantId>,
    effects: &mut Vec<Effect>,
) {
    if update.is_empty() {
        return;
    }
    let Some(editor) = app.editor_of(document) else { return };
    match editor.apply_remote(update) {
        Ok(delta) => {
            map_places(app, document, &delta);
            if let Some(who) = who {
                edited_by(app, who, document, &delta);
            }
            resolve_people(app);
            journal::of_others(app, document, update, effects);
        }
        Err(error) => app.notify(Severity::Error, format!("An edit from the room could not be read: {error}")),
    }
}

/// Finds the places of everybody whose place is not known yet.
fn resolve_people(app: &mut App) {
    let App { room, editors, .. } = app;
    for person in room.people.iter_mut().filter(|person| person.is_unresolved()) {
        person.resolve(|document, anchor| resolve(editors, document, anchor));
    }
}

fn resolve(editors: &[Editor], document: &DocumentPath, anchor: &Anchor) -> Option<ByteOffset> {
    editors.iter().find(|editor| editor.path() == document).and_then(|editor| editor.buffer().resolve(anchor))
}

pub(super) fn message(app: &mut App, message: ServerMessage, effects: &mut Vec<Effect>) {
    match message {
        ServerMessage::Welcome(welcome) => connected(app, welcome, effects),
        ServerMessage::Edited(edited) => {
            remote_edit(app, &edited.document, &edited.update, Some(edited.participant), effects);
        }
        ServerMessage::Missing(missing) => remote_edit(app, &missing.document, &missing.update, None, effects),
        ServerMessage::Receipt(receipt) => {
            app.room.receipts.take(receipt);
            journal::receipt_came(app, effects);
        }
        ServerMessage::PresenceChanged(change) => moved(app, change),
        ServerMessage::ParticipantJoined(joined) => came(app, joined.participant),
        ServerMessage::ParticipantLeft(left) => went(app, left.participant),
        ServerMessage::ParticipantChanged(changed) => changed_person(app, changed.participant),
        ServerMessage::DocumentAdded(added) => {
            open(app, &added.document);
            if app.room.me != Some(added.participant) {
                let text = format!("{} added {}; F6 goes there", app.room.name(added.participant), added.document);
                app.notify(Severity::Info, text);
            }
        }
        ServerMessage::LanguageChanged(changed) => super::language::changed(app, changed.language),
        ServerMessage::SuggestionStarted(_)
        | ServerMessage::SuggestionDelta(_)
        | ServerMessage::SuggestionDone(_)
        | ServerMessage::SuggestionEnded(_)
        | ServerMessage::SuggestionHistory(_)
        | ServerMessage::SuggestionSettings(_) => proposals::message(app, message, effects),
        ServerMessage::Summoned(summoned) => follow::summoned(app, &summoned),
        ServerMessage::ChatMessage(said) => heard(app, said),
        ServerMessage::Error(error) => failed(app, error, effects),
        ServerMessage::Pong(pong) => {
            if let Some((_, sent_at)) = app.pending.ping.take_if(|(nonce, _)| *nonce == pong.nonce) {
                app.room.round_trip_ms = Some(app.now_ms.saturating_sub(sent_at));
            }
        }
        ServerMessage::StorageState(state) => storage(app, state.problem),
        ServerMessage::Closing(closing) => closing_notice(app, closing.reason),
    }
}

fn moved(app: &mut App, change: PresenceChanged) {
    let now = app.now_ms;
    let App { room, editors, .. } = app;
    if let Some(person) = room.person_mut(change.participant) {
        person.moved(change.presence, now, |document, anchor| resolve(editors, document, anchor));
    }
}

fn came(app: &mut App, participant: Participant) {
    let (id, name) = (participant.id, participant.name.clone());
    app.room.people.retain(|person| person.id != id);
    app.room.people.push(Person::new(participant, app.now_ms));
    resolve_people(app);
    let was_expected = app.pending.expected.remove(&id);
    if app.room.me != Some(id) {
        follow::came(app, id, &name, was_expected);
    }
}

fn went(app: &mut App, id: ParticipantId) {
    let Some(name) = app.room.person(id).map(|person| person.name.clone()) else { return };
    app.room.people.retain(|person| person.id != id);
    app.suggestions.end_all_of(id);
    follow::went(app, id, &name);
}

fn changed_person(app: &mut App, participant: Participant) {
    if app.room.me == Some(participant.id) {
        app.room.role = Some(participant.role);
    }
    if let Some(person) = app.room.person_mut(participant.id) {
        (person.name, person.color, person.role) = (participant.name, participant.color, participant.role);
        person.is_away = participant.away;
    }
}

fn heard(app: &mut App, said: ChatMessage) {
    let now = app.now_ms;
    let is_read = app.room.is_mine(said.participant) || app.focus == Focus::Chat;
    if !is_read {
        app.room.unread += 1;
    }
    if !is_read && !app.side_is_open() {
        app.notify(Severity::Info, format!("{}: {} (F3 answers)", said.name, said.text));
    }
    if let Some(person) = said.participant.and_then(|id| app.room.person_mut(id)) {
        person.active_at_ms = now;
    }
    chat::came(app, &said);
    app.room.chat.push(said);
}

/// What was said meanwhile is new to whoever comes back.
fn take_history(app: &mut App, history: Vec<ChatMessage>, came_back: bool) {
    let last = app.room.chat.last().map_or(0, |said| said.at_ms);
    if came_back && app.focus != Focus::Chat {
        app.room.unread += history.iter().filter(|said| said.at_ms > last).count();
    }
    app.together.chat_back = 0;
    app.room.chat = history;
}

fn failed(app: &mut App, error: Error, effects: &mut Vec<Effect>) {
    match (error.request, app.room.me) {
        // Another's suggestion was to end, and they left: their requests have numbers of their own.
        (Some(_), _) if error.code == ErrorCode::ParticipantNotFound => return,
        (Some(request), Some(me)) => app.suggestions.end(me, request),
        _ => {}
    }
    match error.code {
        ErrorCode::RateLimited => app.notify(Severity::Info, error.message),
        ErrorCode::UnknownType => {
            app.notify(Severity::Info, "The server is older than this program and does not know that yet");
        }
        _ => app.notify(Severity::Error, error.message),
    }
    if error.seq.is_some() {
        refusal::refused(app, effects);
    }
}

fn storage(app: &mut App, problem: Option<String>) {
    match &problem {
        Some(problem) => {
            app.notify(
                Severity::Error,
                format!("The server can't store edits now: {problem}; it keeps them in memory"),
            );
        }
        None if app.room.storage_problem.is_some() => app.notify(Severity::Info, "The server stores edits again"),
        None => {}
    }
    app.room.storage_problem = problem;
}

fn closing_notice(app: &mut App, reason: ClosingReason) {
    let text = match reason {
        ClosingReason::Shutdown => "The server goes down for a moment; keep typing",
        ClosingReason::Replaced => "You opened this room from somewhere else; this one stops",
        ClosingReason::RoomRestarted => "The room starts anew; keep typing",
        ClosingReason::Error => return,
    };
    app.notify(Severity::Info, text);
}
