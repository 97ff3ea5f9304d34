//! The one way to change the program's state: an event and the time in, effects out. Pure: no terminal, no socket, no clock. What
//! an event does is in the modules below, one per source.

use super::{
    App, Severity,
    effect::Effect,
    event::{Event, RoomEvent},
    start::Progress,
};
use crate::{
    editor::Outcome,
    input::{Key, KeyCode, When},
};
use protocol::{
    ClientMessage, DocumentPath, ParticipantId,
    message::{
        Blob,
        client::{Edit, Ping, SetPresence},
    },
    presence::Presence,
    text::TextDelta,
};
use std::collections::HashSet;

mod commands;
mod files;
mod follow;
mod go_to;
mod journal;
#[cfg(test)]
mod journal_tests;
mod keys;
mod language;
#[cfg(test)]
mod lost_tests;
mod mouse;
mod proposals;
mod refusal;
mod replace;
mod room;
mod search;
#[cfg(test)]
mod search_tests;
mod suggest;
#[cfg(test)]
mod suggest_tests;
#[cfg(test)]
mod taking_tests;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod together_tests;
mod vim;
mod visit;

/// At most one presence is sent in this many milliseconds.
const PRESENCE_EVERY_MS: u64 = 50;
/// The round trip is measured this often, in milliseconds.
const PING_EVERY_MS: u64 = 5_000;

/// A terminal that has not told its background by then, in milliseconds from the start, is painted on; it may still tell it later.
const GROUND_WITHIN_MS: u64 = 200;

/// What waits for its time, and what tells one event from the next.
#[derive(Debug, Default)]
pub struct Pending {
    presence_sent: Option<Presence>,
    presence_at_ms: u64,
    ping: Option<(u32, u64)>,
    pings: u32,
    /// None: nothing was measured on this connection yet.
    pinged_at_ms: Option<u64>,
    requests: u64,
    starts_over: bool,
    /// Who was here before the connection was lost, and has not come back yet.
    expected: HashSet<ParticipantId>,
    click: Option<(u64, u16, u16)>,
    /// Where somebody typed last; none where they did something else since.
    pause: Option<suggest::Pause>,
}

/// How a search's pattern is meant, for the hints of its prompt: each rule's key, its name, and whether it is in force.
pub fn search_rules(app: &App) -> [(&'static str, &'static str, bool); 3] {
    search::rules(app.search.rules)
}

/// What the keys apply to, as far as suggestions go: which of them are to be shown.
pub fn suggestion_keys(app: &App) -> When {
    suggest::when(app)
}

/// Says goodbye to the room and ends, without asking whether something would be lost.
pub fn leave(app: &App, effects: &mut Vec<Effect>) {
    commands::leave(app, effects);
}

/// Changes the state by an event at the time `now_ms` (milliseconds on any steady clock), and says what to do outside.
pub fn update(app: &mut App, event: Event, now_ms: u64) -> Vec<Effect> {
    app.now_ms = now_ms;
    let mut effects = Vec::new();
    match event {
        Event::Key(key) => keys::key(app, key, &mut effects),
        Event::Paste(text) => keys::paste(app, &text, &mut effects),
        Event::Mouse(event) => mouse::mouse(app, event),
        Event::Resize { width, height } => app.size = (width, height),
        Event::Ground(color) => app.learn_ground(Some(color)),
        Event::Tick => tick(app, &mut effects),
        Event::Chosen { invitation } => chosen(app, invitation),
        Event::Opened(file) => app.files.opened = Some(*file),
        Event::Wrote(report) => files::reported(app, *report, &mut effects),
        Event::Failed(problem) => failed(app, problem),
        Event::StartOver { client, reason } => refusal::start_over(app, client, &reason),
        Event::Parsed { parsed, recolor } => language::parsed(app, *parsed, recolor),
        Event::Room(event) => room_event(app, event, &mut effects),
        Event::Journal(event) => journal::event(app, event, &mut effects),
    }
    commands::leave_when_durable(app, &mut effects);
    search::advance(app);
    app.fit();
    if app.room.receipts.count() > 0 {
        app.room.unsaved_at_ms = Some(now_ms);
    }
    follow::keep_up(app);
    send_presence(app, &mut effects);
    effects
}

/// A room was chosen; the start screen stays until it answers.
fn chosen(app: &mut App, invitation: Vec<String>) {
    app.invitation = invitation;
    if let Some(start) = &mut app.start {
        start.say(Progress::Busy("connecting…".to_owned()));
    }
}

/// Says what did not work where the person looks.
fn failed(app: &mut App, problem: String) {
    match &mut app.start {
        Some(start) => start.say(Progress::Problem(problem)),
        None => app.notify(Severity::Error, problem),
    }
}

fn room_event(app: &mut App, event: RoomEvent, effects: &mut Vec<Effect>) {
    match event {
        RoomEvent::Connecting => room::connecting(app),
        RoomEvent::Connected(welcome) => room::connected(app, *welcome, effects),
        RoomEvent::On(transport) => app.room.transport = Some(transport),
        RoomEvent::Disconnected { reason, retry_in_ms } => room::disconnected(app, &reason, retry_in_ms),
        RoomEvent::Message(message) => room::message(app, *message, effects),
    }
}

fn tick(app: &mut App, effects: &mut Vec<Effect>) {
    let now = app.now_ms;
    if now >= GROUND_WITHIN_MS {
        app.learn_ground(None);
    }
    if app.notice.as_ref().is_some_and(|notice| notice.until_ms <= now) {
        app.notice = None;
    }
    journal::tick(app, effects);
    follow::tick(app);
    suggest::tick(app, effects);
    let pending = &mut app.pending;
    if app.room.is_connected()
        && pending.ping.is_none()
        && pending.pinged_at_ms.is_none_or(|at| now.saturating_sub(at) >= PING_EVERY_MS)
    {
        pending.pings = pending.pings.wrapping_add(1);
        pending.ping = Some((pending.pings, now));
        pending.pinged_at_ms = Some(now);
        effects.push(Effect::Send(Ping { nonce: pending.pings }.into()));
    }
}

/// Sends where this participant is, if that changed; the newest word only, and not too often. What is held back goes with the
/// next event, a tick at the latest.
fn send_presence(app: &mut App, effects: &mut Vec<Effect>) {
    let is_due = app.now_ms.saturating_sub(app.pending.presence_at_ms) >= PRESENCE_EVERY_MS;
    if !app.room.is_connected() || !is_due {
        return;
    }
    let Some(presence) = follow::presence(app) else { return };
    if app.pending.presence_sent.as_ref() != Some(&presence) {
        app.pending.presence_sent = Some(presence.clone());
        app.pending.presence_at_ms = app.now_ms;
        effects.push(Effect::Send(SetPresence { presence }.into()));
    }
}

/// Keeps everybody's places on their text after any change of a document.
fn map_places(app: &mut App, document: &DocumentPath, delta: &TextDelta) {
    map_others(app, document, delta);
    if let Some(vim) = &mut app.vim {
        vim.map(document, delta);
    }
}

/// Keeps all places but the vim key map's own on their text.
fn map_others(app: &mut App, document: &DocumentPath, delta: &TextDelta) {
    let App { search, go_to, editors, suggestions, room, .. } = &mut *app;
    room.people.iter_mut().for_each(|person| person.map(document, delta));
    if let Some(editor) = editors.iter().find(|editor| editor.path() == document) {
        suggestions.follow(document, |anchor| editor.buffer().resolve(anchor));
        room.people.iter_mut().for_each(|person| person.follow(document, |anchor| editor.buffer().resolve(anchor)));
        search.follow(editor, delta);
    }
    if let Some(go_to) = go_to {
        go_to.origin.map(document, delta);
    }
}

/// After a change made here: keeps places, and sends the updates or counts them as kept.
fn after_edit(app: &mut App, document: &DocumentPath, outcome: Outcome, effects: &mut Vec<Effect>) {
    map_places(app, document, &outcome.delta);
    send_updates(app, document, outcome, effects);
}

/// Sends what was changed here, or counts it as kept.
fn send_updates(app: &mut App, document: &DocumentPath, outcome: Outcome, effects: &mut Vec<Effect>) {
    if let Some(me) = app.room.me {
        edited_by(app, me, document, &outcome.delta);
    }
    let now = app.now_ms;
    for update in outcome.updates {
        if app.room.is_connected() {
            let seq = app.room.receipts.number(1, now);
            journal::own(app, document, &update, effects);
            let edit = Edit { document: document.clone(), seq, update: Blob::from(update) };
            effects.push(Effect::Send(ClientMessage::Edit(edit)));
        } else {
            app.room.receipts.keep(1, now);
            journal::own(app, document, &update, effects);
        }
    }
}

/// Remembers who edited last, and where.
fn edited_by(app: &mut App, who: protocol::ParticipantId, document: &DocumentPath, delta: &TextDelta) {
    let now = app.now_ms;
    if let (Some(person), Some(splice)) = (app.room.person_mut(who), delta.splices.last()) {
        person.edited(document, splice.at, now);
    }
}

/// Refuses an edit where this participant may not make one.
fn may_edit(app: &mut App) -> bool {
    let may = app.room.may_edit();
    if !may {
        app.notify(Severity::Info, "You read along in this room; ask its owner for the right to edit");
    }
    may
}

/// A key as a text area takes it.
pub(super) fn textarea_input(key: Key) -> ratatui_textarea::Input {
    use ratatui_textarea::Key as Code;
    let code = match key.code {
        // Ctrl-M and Ctrl-J would break the one line.
        KeyCode::Char('m' | 'j') if key.ctrl => Code::Null,
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        _ => Code::Null,
    };
    ratatui_textarea::Input { key: code, ctrl: key.ctrl, alt: key.alt, shift: key.shift }
}
