//! What a room's state machine is told, and what it wants done. Plain data: knows neither tasks nor sockets.

use super::frame::Frame;
pub use crate::secret::SecretHash;
use bytes::Bytes;
use protocol::{
    ClientId, DocumentPath, ParticipantId, RequestId,
    document::update::IdRange,
    message::{
        client::Hello,
        server::{ChatMessage, Receipt},
    },
    presence::Role,
};
use std::sync::Arc;

/// The how-manieth change of a room that must be stored: updates of all its documents are counted together, from 1 on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// The moment of an input: the state machine has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970, for people.
    pub unix_ms: u64,
}

/// One connection's stay: a participant who comes back is the same on another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u64);

impl ConnectionId {
    /// That of a client which never comes back as the same participant: its connection and its stay are one thing.
    pub fn of(participant: ParticipantId) -> Self {
        Self(participant.get())
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The participant said goodbye, or may not stay.
    Left,
    /// Without a goodbye: they may come back.
    Lost {
        /// How long nothing had come from it by then.
        silent: std::time::Duration,
    },
}

/// Who wants to join, as the session has checked it.
#[derive(Debug)]
pub struct PairJoin {
    /// The connection.
    pub connection: ConnectionId,
    /// The id that a new participant gets.
    pub participant: ParticipantId,
    /// The client's Hello.
    pub hello: Hello,
    /// The version of the protocol that both sides speak.
    pub version: u16,
    /// Hash of the Hello's client secret.
    pub secret: SecretHash,
    /// The Hello's former client ids, with the hashes of their secrets.
    pub formerly: Vec<(ClientId, SecretHash)>,
    /// Hash of the Hello's token.
    pub token: Option<SecretHash>,
}

/// An update to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persist {
    /// Its place in the room's order.
    pub version: Version,
    /// Which document it changes.
    pub document: DocumentPath,
    /// A Yjs v1 update.
    pub update: Bytes,
    /// The author's display name, if known.
    pub author: Option<String>,
    /// The CRDT client id that the author writes under.
    pub client: ClientId,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// A suggestion to be made.
#[derive(Debug, Clone)]
pub struct Suggest {
    /// Who asked.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// Which document.
    pub document: DocumentPath,
    /// Its text.
    pub code: String,
    /// The place in the text, in bytes.
    pub cursor: protocol::ByteOffset,
    /// The room's language.
    pub language: String,
    /// Whether the text may be sent to models.
    pub models: bool,
}

/// What makes a suggestion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maker {
    /// Its name, such as `local`.
    pub provider: String,
    /// Which of its models.
    pub model: String,
}

/// What the operator says about a room's suggestions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuggestionPolicy {
    /// After so many milliseconds without a key clients ask by themselves; 0: they don't.
    pub pause_ms: u32,
    /// Whether the room's text may be sent to models at all.
    pub allows_models: bool,
    /// Whether it is where nobody in the room has said.
    pub models_by_default: bool,
    /// What is asked first where models may be asked.
    pub first: Maker,
    /// What is asked otherwise.
    pub local: Maker,
}

/// What the room's task must do next, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Queue a frame for one participant.
    Send(ParticipantId, Arc<Frame>),
    /// Queue a frame for every participant of the room protocol, except one.
    Broadcast {
        /// The frame.
        frame: Arc<Frame>,
        /// Who does not get it.
        except: Option<ParticipantId>,
    },
    /// Queue an edit for every participant of the room protocol, except its author.
    BroadcastEdit {
        /// The frame.
        frame: Arc<Frame>,
        /// Who wrote it.
        except: Option<ParticipantId>,
        /// Which document it changes.
        document: DocumentPath,
        /// What it inserts: whoever does not get it has nothing of this.
        inserted: Vec<IdRange>,
    },
    /// Tell the others where a participant is.
    Presence(ParticipantId, Arc<Frame>),
    /// Tell a participant how far their edits are.
    Receipt(ParticipantId, Receipt),
    /// Send the text to every plain client: the text changed.
    PlainText {
        /// Whose change it was, if known.
        author: Option<String>,
        /// A plain client changed it: everybody gets this very text. Otherwise newer texts may replace it.
        every_one: bool,
    },
    /// Tell every plain client how many connections there are.
    PlainParticipants(usize),
    /// Store an update.
    Persist(Persist),
    /// Store the room's language, last author and times.
    PersistMeta,
    /// Store that a CRDT client id belongs to whoever knows a secret.
    PersistClaim(ClientId, SecretHash),
    /// Store a chat message.
    PersistChat(ChatMessage),
    /// Store that there is a document more.
    PersistDocument(DocumentPath),
    /// Say something to the other nodes: an envelope.
    Publish(Bytes),
    /// Keep an envelope for the node that opens the room within a while.
    Keep(Bytes, std::time::Duration),
    /// Read what other nodes stored.
    ReadStorage,
    /// Make a suggestion.
    Suggest(Suggest),
    /// Stop making a suggestion.
    CancelSuggestion(ParticipantId, RequestId),
    /// Let go of a participant's connection after what waits for it was written; the participant stays.
    Detach(ParticipantId),
    /// Close a participant's connection after what waits for it was written.
    Close(ParticipantId),
}

/// The access that a room gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Hash of the token that makes an owner.
    pub owner_token: Option<SecretHash>,
    /// The role of whoever comes without a token.
    pub guest_role: Role,
}

impl Default for Access {
    fn default() -> Self {
        Self { owner_token: None, guest_role: Role::Editor }
    }
}
