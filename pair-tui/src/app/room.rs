//! The room as this client knows it: who is here and where, the connection, and how far this participant's edits have come.
//! Knows no editor command and no screen.

use protocol::{
    ClientId, Limits, ParticipantId, RoomId, Sequence,
    message::server::{ChatMessage, Receipt},
    presence::{Color, Role},
};

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

/// How far this participant's edits have come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipts {
    /// The last edit that was sent on this connection.
    pub sent: Sequence0,
    /// All edits up to this one are with the server.
    pub received: Sequence0,
    /// All edits up to this one are in its storage.
    pub durable: Sequence0,
    /// Edits of this client that were not stored when the connection was lost, and those made since.
    pub kept_here: u64,
}

/// A sequence number that starts before the first edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequence0(pub Sequence);

impl Default for Sequence0 {
    fn default() -> Self {
        Self(Sequence::ZERO)
    }
}

impl Receipts {
    /// The number for the next edit.
    pub fn number(&mut self) -> Sequence {
        self.sent = Sequence0(self.sent.0.next());
        self.sent.0
    }

    /// The number for the next edit where there is a connection to send it on; otherwise the edit counts as kept here.
    pub fn next_if(&mut self, is_connected: bool) -> Option<Sequence> {
        if is_connected {
            return Some(self.number());
        }
        self.kept_here += 1;
        None
    }

    /// Takes the server's word; older words than the last one count for nothing.
    pub fn take(&mut self, receipt: Receipt) {
        self.received = self.received.max(Sequence0(receipt.received));
        self.durable = self.durable.max(Sequence0(receipt.durable));
    }

    /// Edits on this connection that are not durable yet.
    pub fn saving(&self) -> u64 {
        self.sent.0.get().saturating_sub(self.durable.0.get())
    }

    /// The connection is gone: what it did not confirm to be stored is kept here, for the server may have lost it.
    pub fn disconnect(&mut self) {
        *self = Self { kept_here: self.kept_here + self.saving(), ..Self::default() };
    }

    /// A new connection begins; its numbers start anew.
    pub fn connect(&mut self) {
        *self = Self::default();
    }
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
        self.receipts.saving() > 0 || was
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

    /// How many edits would be lost if the program ended now.
    pub fn at_risk(&self) -> u64 {
        if self.is_connected() { self.receipts.saving() } else { self.receipts.kept_here }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_count_what_is_not_safe() {
        let mut receipts = Receipts::default();
        for _ in 0..5 {
            receipts.number();
        }
        let three = (0..3).fold(Sequence::ZERO, |seq, _| seq.next());
        receipts.take(Receipt { received: three, durable: Sequence::ZERO.next() });
        assert_eq!(receipts.saving(), 4);
        receipts.disconnect();
        assert_eq!((receipts.saving(), receipts.kept_here), (0, 4));
    }

    #[test]
    fn all_is_durable_when_it_has_been_for_a_moment() {
        let mut room = Room::default();
        assert!(!room.is_saving(0));
        room.receipts.number();
        room.unsaved_at_ms = Some(1_000);
        assert!(room.is_saving(9_000), "what is not stored is not durable, however long that takes");
        room.receipts.take(Receipt { received: Sequence::ZERO.next(), durable: Sequence::ZERO.next() });
        assert!(room.is_saving(1_000 + DURABLE_AFTER_MS - 1) && !room.is_saving(1_000 + DURABLE_AFTER_MS));
    }
}
