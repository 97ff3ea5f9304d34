//! The room as this client knows it: who is here and where, the connection, and how far this participant's edits have come.
//! Knows no editor command and no screen.

use protocol::{
    ClientId, Limits, ParticipantId, RoomId,
    message::server::ChatMessage,
    presence::{Color, Role},
};

use super::receipts::Receipts;

pub mod person;

pub use person::Person;

/// All is called durable this many milliseconds after it has become so: while somebody types, the word that says it does not change
/// back and forth with each key.
pub const DURABLE_AFTER_MS: u64 = 300;

/// How things stand with the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Connection {
    /// A connection is being made.
    #[default]
    Connecting,
    /// Connected and welcomed.
    Connected,
    /// Not connected.
    Offline {
        /// When it is tried again, by the time of the events; none: it is not.
        retry_at_ms: Option<u64>,
    },
}

/// The room.
#[derive(Debug, Clone, Default)]
pub struct Room {
    /// Its id; none before the first Welcome or before one is chosen.
    pub id: Option<RoomId>,
    /// The connection.
    pub connection: Connection,
    /// This participant's id on the present or last connection.
    pub me: Option<ParticipantId>,
    /// This participant's role; an editor until the server says otherwise.
    pub role: Option<Role>,
    /// The bounds in force.
    pub limits: Limits,
    /// The language.
    pub language: String,
    /// Everybody, this participant too, in the order they came.
    pub people: Vec<Person>,
    /// What was said, oldest first.
    pub chat: Vec<ChatMessage>,
    /// How many of these were not seen yet.
    pub unread: usize,
    /// How far this participant's edits have come.
    pub receipts: Receipts,
    /// When there was something last that was not durable, in milliseconds.
    pub unsaved_at_ms: Option<u64>,
    /// What keeps the server from storing edits.
    pub storage_problem: Option<String>,
    /// The last measured round trip in milliseconds.
    pub round_trip_ms: Option<u64>,
    /// What the connection is on, in a word; none while there is none.
    pub transport: Option<String>,
}

impl Room {
    /// Whether this participant may change documents.
    pub fn may_edit(&self) -> bool {
        self.role.is_none_or(Role::may_edit)
    }

    /// Whether edits can be sent.
    pub fn is_connected(&self) -> bool {
        self.connection == Connection::Connected
    }

    /// Whether something is on its way to the server's storage, or was a moment ago.
    pub fn is_saving(&self, now_ms: u64) -> bool {
        let was = self.unsaved_at_ms.is_some_and(|at| now_ms.saturating_sub(at) < DURABLE_AFTER_MS);
        self.receipts.count() > 0 || was
    }

    /// Somebody by id.
    pub fn person(&self, id: ParticipantId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Somebody by id.
    pub fn person_mut(&mut self, id: ParticipantId) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.id == id)
    }

    /// What somebody is called; `somebody` where they are gone.
    pub fn name(&self, id: ParticipantId) -> &str {
        self.person(id).map_or("somebody", |person| &person.name)
    }

    /// Everybody but this participant.
    pub fn others(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| Some(person.id) != self.me)
    }

    /// Whether a chat message comes from this participant.
    pub fn is_mine(&self, id: Option<ParticipantId>) -> bool {
        id.is_some() && id == self.me
    }

    /// How many edits of this participant the server has not stored, as far as is known here.
    pub fn at_risk(&self) -> u64 {
        self.receipts.count()
    }
}

/// What this client brings into the room: who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Display name.
    pub name: String,
    /// Wished colour; none: the server chooses.
    pub color: Option<Color>,
    /// The CRDT client id of this process.
    pub client: ClientId,
}
