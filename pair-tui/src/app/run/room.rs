//! The room's side of the loop: creating and joining, what the connection reports, beginning anew, leaving. Knows no terminal.

use super::{Creating, RunError, Runner, START_OVERS, Urgency};
use crate::{
    app::{
        effect::Effect,
        event::{Event, RoomEvent},
        outside::{Outside, Visit},
    },
    client::{Connection, ConnectionEvent, ConnectionSettings, HelloParts, RoomAddress, http, journal::Journal},
};
use protocol::{ClientId, ServerMessage, message::client::Leave};
use ratatui::backend::Backend;
use std::{path::Path, time::Duration};

impl<B: Backend, O: Outside> Runner<'_, B, O> {
    pub(super) fn create(&mut self, file: Option<&Path>) {
        let source = match file.map(|file| self.outside.read(file)).transpose() {
            Ok(source) => source,
            Err(problem) => return self.update(Event::Failed(problem)),
        };
        self.opening = source.as_ref().and_then(|source| source.file.clone());
        let room = source.map_or_else(http::NewRoom::default, |source| http::NewRoom {
            code: Some(source.text),
            language: source.language,
            name: Some(source.name),
        });
        let server = self.settings.server.clone();
        let trust = self.settings.dialer.trust.clone();
        self.creating = Some(Box::pin(async move {
            let created = http::create_room(&server, &trust, &room).await.map_err(|error| error.to_string())?;
            Ok(RoomAddress { server, room: created.room_id, token: created.owner_token })
        }));
    }

    /// Connects to a room; an earlier connection ends.
    pub(super) fn connect(&mut self, address: RoomAddress) {
        self.outbox = None;
        self.creating = None;
        self.open_journal(&address);
        self.connection = Some(Connection::open(self.connection_settings(address.clone())));
        let invitation = self.settings.invitation.take().unwrap_or_else(|| address.invitation());
        self.update(Event::Chosen { invitation });
        self.address = Some(address);
    }

    fn connection_settings(&self, address: RoomAddress) -> ConnectionSettings {
        ConnectionSettings { address, dialer: self.settings.dialer.clone() }
    }

    pub(super) fn room_event(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Connecting => self.update(Event::Room(RoomEvent::Connecting)),
            ConnectionEvent::HelloWanted(answer) => {
                let parts = HelloParts {
                    name: self.app.identity.name.clone(),
                    color: self.app.identity.color,
                    client: self.app.identity.client,
                    secret: self.settings.secret.clone(),
                    formerly: self.formerly.clone(),
                    documents: self.app.document_states(),
                };
                // Where nobody waits any more, the attempt is over already.
                drop(answer.send(parts));
            }
            ConnectionEvent::Welcomed { welcome, outbox, transport } => {
                self.outbox = Some(outbox);
                self.update(Event::Room(RoomEvent::Connected(welcome)));
                self.update(Event::Room(RoomEvent::On(transport.to_string())));
                self.remember();
            }
            ConnectionEvent::Message(message) => {
                let urgency = urgency(&message);
                self.update_wanting(Event::Room(RoomEvent::Message(message)), Some(urgency));
            }
            ConnectionEvent::Disconnected { reason, retry_in, is_id_taken } => {
                if is_id_taken && self.app.room.id.is_some() && self.started_over < START_OVERS {
                    self.start_over(&reason);
                } else {
                    self.disconnected(reason, retry_in);
                }
            }
        }
    }

    fn disconnected(&mut self, reason: String, retry_in: Option<Duration>) {
        self.outbox = None;
        // What waits was numbered for the connection that is gone. The app counts it as kept, and sends it with the next difference.
        self.waiting.retain(|effect| !matches!(effect, Effect::Send(_)));
        let never_joined = self.app.room.id.is_none() && self.app.start.is_none();
        if let (None, true, Some(address)) = (retry_in, never_joined, &self.address) {
            self.failure = Some(RunError::NotJoined { link: address.link(), reason: reason.clone() });
        }
        let retry_in_ms = retry_in.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        self.update(Event::Room(RoomEvent::Disconnected { reason, retry_in_ms }));
    }

    /// Comes back to the room as a new writer.
    pub(super) fn start_over(&mut self, reason: &str) {
        let Some((address, (client, secret))) = self.address.clone().zip(new_writer()) else { return };
        self.started_over += 1;
        self.settings.secret = secret;
        if let Some(outbox) = self.outbox.take() {
            outbox.send(Leave {}.into());
        }
        self.waiting.retain(|effect| !matches!(effect, Effect::Send(_) | Effect::Keep(_)));
        let refused = self.journal.take().and_then(Journal::refuse);
        let kept =
            refused.map(|file| format!(" (what it has not stored is in {})", file.display())).unwrap_or_default();
        self.update(Event::StartOver { client, reason: format!("{reason}{kept}") });
        self.open_journal(&address);
        self.update(Event::Room(RoomEvent::Connecting));
        self.connection = Some(Connection::open(self.connection_settings(address)));
    }

    fn remember(&mut self) {
        if let Some(address) = self.address.clone().filter(|_| self.app.room.id.is_some()) {
            let people = self.app.room.others().map(|person| person.name.clone()).collect();
            self.outside.visited(Visit { address, people });
        }
    }

    /// Sends what still waits, and closes the connection.
    pub(super) async fn leave(mut self) {
        self.carry_out();
        self.remember();
        self.outbox = None;
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
        self.close_journal();
        super::files::finish(self.writing).await;
        self.parser.stop().await;
    }
}

/// How soon a message is to be seen: how far edits have come and how long the line takes are words that nobody waits for.
fn urgency(message: &ServerMessage) -> Urgency {
    match message {
        ServerMessage::Receipt(_) | ServerMessage::Pong(_) => Urgency::WhenQuiet,
        _ => Urgency::Soon,
    }
}

/// A CRDT client id and the secret that proves it to be this program's, both random; none where the system has no random numbers.
pub fn new_writer() -> Option<(ClientId, String)> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).ok()?;
    let secret = random.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    Some((ClientId::from_random_32(getrandom::u32().ok()?), secret))
}

/// The next event of a connection; never, where there is none.
pub(super) async fn next_of(connection: &mut Option<Connection>) -> Option<ConnectionEvent> {
    match connection {
        Some(connection) => connection.next().await,
        None => std::future::pending().await,
    }
}

/// The room that is being created, when it is; never, where none is.
pub(super) async fn created(creating: &mut Option<Creating>) -> Result<RoomAddress, String> {
    let Some(future) = creating else { return std::future::pending().await };
    let result = future.await;
    *creating = None;
    result
}
