//! The room as this client knows it: who is here and where, the connection, and how far this participant's edits have come.
//! Knows no editor command and no screen.

use protocol::{
    Anchor, ByteOffset, ClientId, DocumentPath, Limits, ParticipantId, RoomId,
    message::server::ChatMessage,
    presence::{Color, Dialect, Participant, Presence, Role},
    text::TextDelta,
};

use super::receipts::Receipts;
use crate::editor::selection::Selection;

/// After this many milliseconds without a move somebody counts as idle.
pub const IDLE_AFTER_MS: u64 = 120_000;
/// A name is shown at its cursor for this many milliseconds after a move.
pub const NAME_SHOWN_MS: u64 = 3_000;

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

/// Somebody else in the room, or this participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: ParticipantId,
    /// Display name.
    pub name: String,
    /// Their colour.
    pub color: Color,
    /// What they may do.
    pub role: Role,
    /// How they speak with the server.
    pub dialect: Dialect,
    /// Where they said they are.
    pub presence: Option<Presence>,
    /// Their connection was lost; they come back soon, or leave.
    pub is_away: bool,
    /// Their main selection in that document's text as it is now; none while its characters have not come.
    pub selection: Option<Selection>,
    /// When they last moved, in milliseconds; none: not since this client joined.
    pub moved_at_ms: Option<u64>,
}

impl Person {
    /// A person as the server describes them.
    pub fn new(participant: Participant) -> Self {
        let Participant { id, name, color, role, dialect, presence, away } = participant;
        Self { id, name, color, role, dialect, presence, is_away: away, selection: None, moved_at_ms: None }
    }

    /// The document they look at.
    pub fn document(&self) -> Option<&DocumentPath> {
        self.presence.as_ref().map(|presence| &presence.document)
    }

    /// Where their cursor is in a document, if it is there.
    pub fn cursor_in(&self, document: &DocumentPath) -> Option<ByteOffset> {
        self.selection.filter(|_| self.document() == Some(document)).map(|selection| selection.head)
    }

    /// Whether they have not moved for long.
    pub fn is_idle(&self, now_ms: u64) -> bool {
        self.moved_at_ms.is_some_and(|at| now_ms.saturating_sub(at) > IDLE_AFTER_MS)
    }

    /// Whether they are connected, and have moved not long ago.
    pub fn is_active(&self, now_ms: u64) -> bool {
        !self.is_away && !self.is_idle(now_ms)
    }

    /// Whether they moved just now.
    pub fn has_just_moved(&self, now_ms: u64) -> bool {
        self.moved_at_ms.is_some_and(|at| now_ms.saturating_sub(at) < NAME_SHOWN_MS)
    }

    /// Finds the selection from the anchors they sent.
    pub fn resolve(&mut self, resolve: impl Fn(&Anchor) -> Option<ByteOffset>) {
        let main = self.presence.as_ref().and_then(|presence| presence.selections.first());
        self.selection = main.and_then(|main| Some(Selection::new(resolve(&main.anchor)?, resolve(&main.head)?)));
    }

    /// Keeps the selection on its text after a change of a document.
    pub fn map(&mut self, document: &DocumentPath, delta: &TextDelta) {
        if self.document() == Some(document) {
            self.selection = self.selection.map(|selection| selection.mapped(delta));
        }
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
    /// What keeps the server from storing edits.
    pub storage_problem: Option<String>,
    /// The last measured round trip in milliseconds.
    pub round_trip_ms: Option<u64>,
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
