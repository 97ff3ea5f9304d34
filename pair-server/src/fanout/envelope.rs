//! What nodes say to each other about one room: a header of fixed length, and one event in MessagePack with named fields, so that nodes of
//! the next version may add some. Plain data, read like a stranger's. Knows neither the transport nor the rooms' rules.
//!
//! The header: the version (1 byte), the sender (8 bytes), the stay (8), the number (8), all big endian. A *stay* is a room's time in one
//! node's memory, named by when it began; within it the messages are counted from 1 on, so that whoever misses one knows.

use super::NodeId;
use bytes::Bytes;
use protocol::{
    ClientId, DocumentPath, ParticipantId,
    message::{Blob, DocumentState, client::EndSuggestion, server::ChatMessage},
    presence::{Participant, Presence, Role},
    yjs::awareness::AwarenessEntry,
};
use serde::{Deserialize, Serialize};

/// The version of the envelope. A node skips what has another one.
pub const ENVELOPE_VERSION: u8 = 1;

/// Bytes of the header.
const HEADER_BYTES: usize = 25;

/// Bytes of an envelope at most. What does not fit is not published; the others find it in storage.
pub const ENVELOPE_BYTES_MAX: usize = 64 << 20;

/// How deep an event may nest. Events need nine levels.
const DEPTH_MAX: usize = 32;

/// Why bytes are no envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The header is not there, or all of it is larger than an envelope may be.
    #[error("an envelope has {HEADER_BYTES} to {ENVELOPE_BYTES_MAX} bytes, this one has {0}")]
    Size(usize),
    /// A node of another version sent it.
    #[error("the envelope has version {0}, this node reads {ENVELOPE_VERSION}; finish the upgrade of all nodes")]
    Version(u8),
    /// The event can't be read.
    #[error("the event can't be read: {0}")]
    Event(String),
}

/// Who sent a message, and the how-manieth it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The sender.
    pub node: NodeId,
    /// When the room came into the sender's memory, in milliseconds since 1970.
    pub stay: u64,
    /// The how-manieth message of the stay, from 1 on.
    pub number: u64,
}

impl Header {
    /// Reads the header only.
    ///
    /// # Errors
    /// [`EnvelopeError`] where there is none, or one of another version.
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let size = EnvelopeError::Size(bytes.len());
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(size);
        }
        let Some(([version, rest @ ..], _)) = bytes.split_first_chunk::<HEADER_BYTES>() else { return Err(size) };
        if *version != ENVELOPE_VERSION {
            return Err(EnvelopeError::Version(*version));
        }
        let number =
            |at: usize| rest.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |n| u64::from_be_bytes(*n));
        Ok(Self { node: NodeId(number(0)), stay: number(8), number: number(16) })
    }
}

/// Writes an envelope; none where it would be too large.
pub fn write(header: Header, event: &Event) -> Option<Bytes> {
    let mut bytes = Vec::with_capacity(256);
    bytes.push(ENVELOPE_VERSION);
    for number in [header.node.0, header.stay, header.number] {
        bytes.extend(number.to_be_bytes());
    }
    // Events hold nothing that MessagePack can't, and the buffer grows.
    rmp_serde::encode::write_named(&mut bytes, event).ok()?;
    (bytes.len() <= ENVELOPE_BYTES_MAX).then(|| bytes.into())
}

/// Reads an envelope.
///
/// # Errors
/// [`EnvelopeError`] says what is wrong with the bytes.
pub fn read(bytes: &[u8]) -> Result<(Header, Event), EnvelopeError> {
    let header = Header::read(bytes)?;
    let mut rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
    let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
    deserializer.set_max_depth(DEPTH_MAX);
    let event = Event::deserialize(&mut deserializer).map_err(|error| EnvelopeError::Event(error.to_string()))?;
    if rest.is_empty() {
        return Ok((header, event));
    }
    Err(EnvelopeError::Event(format!("{} bytes follow it", rest.len())))
}

/// Orders what two nodes say of the same thing: the later moment wins, of two at once the larger node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// Milliseconds since 1970, by the clock of the node that says it.
    pub at_ms: u64,
    /// Which node.
    pub node: NodeId,
}

/// Something that happened in a room on one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Somebody changed a document.
    Edit(NodeEdit),
    /// A plain client sent a text: all plain clients get the room's text, with this author, who is the last one since then.
    PlainText(Option<String>, Stamp),
    /// A participant is somewhere else now.
    Presence(NodePresence),
    /// Somebody came, came back, or changed.
    Resident(Box<Resident>),
    /// Somebody left.
    Left(ParticipantId),
    /// Somebody said something.
    Chat(ChatMessage),
    /// A message of the room protocol for every participant, as MessagePack: a summons, or a suggestion.
    Notice(Blob),
    /// The room has one document more.
    Document(DocumentPath, ParticipantId),
    /// A setting changed.
    Settings(Settings, Option<ParticipantId>),
    /// An owner gives somebody, who is a resident of the node that this is for, another role.
    Role(ParticipantId, Role),
    /// A CRDT client id belongs to a secret.
    Claim(ClientId, [u8; 32]),
    /// A participant of the sender takes a suggestion, or puts it away, of whoever is on the node that this is for: that node says who was first.
    EndSuggestion(ParticipantId, EndSuggestion),
    /// The sender as a whole, again and again.
    State(NodeState),
    /// The sender asks a node for what it lacks.
    Want(Want),
    /// The answer to that.
    Have(Have),
    /// The sender stops; these participants come back to another node.
    Handover(Vec<Resident>),
    /// The sender has the room no longer; everything of it is stored.
    Goodbye,
}

/// An edit, as the node sends it on that took it, and stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeEdit {
    /// Which document.
    pub document: DocumentPath,
    /// Who wrote it.
    pub participant: ParticipantId,
    /// The update as it came.
    pub update: Blob,
    /// The author's name, if known.
    pub author: Option<String>,
    /// The CRDT client id that the author writes under.
    pub client: ClientId,
    /// When, by the sender's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// A plain client wrote it: its own node says when plain clients get the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_plain: bool,
}

/// Where a participant is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodePresence {
    /// Who.
    pub participant: ParticipantId,
    /// Where.
    pub presence: Presence,
    /// A Yjs client's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
}

/// What is special about a Yjs client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Its document.
    pub document: DocumentPath,
    /// Its awareness: client, clock, and the state as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awareness: Option<(ClientId, u64, Option<String>)>,
}

impl Seat {
    /// A seat with an awareness as it came.
    pub fn new(document: DocumentPath, awareness: Option<AwarenessEntry>) -> Self {
        Self { document, awareness: awareness.map(|entry| (entry.client, entry.clock, entry.state)) }
    }

    /// The awareness as it came.
    pub fn entry(&self) -> Option<AwarenessEntry> {
        let (client, clock, state) = self.awareness.clone()?;
        Some(AwarenessEntry { client, clock, state })
    }
}

/// A participant, as the node says it to the others whose connection that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resident {
    /// As everybody may know them.
    pub participant: Participant,
    /// When they came to the node that they are at; a later one takes them over.
    pub since: Stamp,
    /// The CRDT client id that they write as, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// The hash of the secret that the client id belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<[u8; 32]>,
    /// Of a Yjs client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
}

/// What the room is set to. The later stamp of each wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The language.
    pub language: (Stamp, String),
    /// The last author's name.
    pub last_author: (Stamp, Option<String>),
    /// Whether the text may be sent to models; none: nobody in the room said.
    pub models: (Stamp, Option<bool>),
}

/// A participant whose node stopped, and who did not come back yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// As they were when their node stopped.
    pub resident: Resident,
    /// That node.
    pub home: NodeId,
    /// In how many milliseconds they are seen as away.
    pub away_in_ms: u64,
    /// In how many milliseconds they are gone.
    pub gone_in_ms: u64,
}

/// A node as a whole: the heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeState {
    /// Everybody whose connection is there.
    pub residents: Vec<Resident>,
    /// What the room is set to.
    pub settings: Settings,
    /// What the node has of documents and chat, as a number that differs where that does.
    pub digest: u64,
    /// What is deleted of the documents, as such a number: state vectors don't count deletions. None: a node of before, or one that can't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletions: Option<u64>,
    /// The sender's edits up to this message are stored.
    pub stored: u64,
    /// For whoever asked: what became of suggestions, and those that are open on the sender, as messages of the room protocol in MessagePack. None:
    /// nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestions: Option<Vec<Blob>>,
    /// For whoever asked: who was handed over to the sender and is nowhere yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
    /// Everybody is asked to answer with the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks: bool,
}

/// What a node has, so that another one can tell what it lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// Who is to answer.
    pub to: NodeId,
    /// The documents, with their state vectors.
    pub documents: Vec<DocumentState>,
    /// The last chat messages, each as a number that differs where the message does.
    pub chat: Vec<u64>,
}

/// What a node lacked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Have {
    /// Who asked.
    pub to: NodeId,
    /// Of each document a Yjs v1 update.
    pub documents: Vec<(DocumentPath, Blob)>,
    /// To which secret the writers in these belong, as far as they claimed anything.
    pub claims: Vec<(ClientId, [u8; 32])>,
    /// Chat messages.
    pub chat: Vec<ChatMessage>,
    /// The answering node as a whole.
    pub state: NodeState,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header { node: NodeId(7), stay: 1_000, number: 3 };

    #[test]
    fn an_envelope_comes_back_and_hurt_ones_are_refused() {
        let event = Event::Claim(ClientId::from_random_32(9), [5; 32]);
        let bytes = write(HEADER, &event).unwrap();
        assert_eq!(read(&bytes), Ok((HEADER, event)));
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "cut at {length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(matches!(read(&longer), Err(EnvelopeError::Event(_))));
        let other = [&[2], &bytes[1..]].concat();
        assert_eq!(read(&other), Err(EnvelopeError::Version(2)));
    }

    #[test]
    fn bytes_of_any_kind_are_read_or_refused() {
        let mut random = 0x9E37_79B9_u32;
        for length in 0..600 {
            let mut bytes = vec![0; length];
            for byte in &mut bytes {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (random >> 24) as u8;
            }
            if let Some(first) = bytes.first_mut() {
                *first = ENVELOPE_VERSION;
            }
            // What happens to be an event is one; nothing panics, and nothing takes memory that the bytes don't have.
            drop(read(&bytes));
        }
    }

    #[test]
    fn of_two_stamps_the_later_wins_and_of_two_at_once_the_larger_node() {
        let stamp = |at_ms, node| Stamp { at_ms, node: NodeId(node) };
        assert!(stamp(2, 1) > stamp(1, 9));
        assert!(stamp(2, 2) > stamp(2, 1));
    }
}
