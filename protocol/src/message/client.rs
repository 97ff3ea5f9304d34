//! What a client says to the server. Knows nothing of what the server does with it.

use super::{Blob, DocumentState, messages};
use crate::{
    ids::{ClientId, DocumentPath, ParticipantId, RequestId, Sequence},
    position::Anchor,
    presence::{Color, Presence, Role},
};
use serde::{Deserialize, Serialize};

messages! {
    /// A message from a client to the server.
    ClientMessage {
        /// The first message on every connection.
        Hello = "hello",
        /// A change of a document.
        Edit = "edit",
        /// What the server said it is missing.
        Difference = "difference",
        /// Where this participant is now.
        SetPresence = "presence",
        /// Asks for a suggestion.
        RequestSuggestion = "requestSuggestion",
        /// Ends a suggestion: cancelled, dismissed or accepted.
        EndSuggestion = "endSuggestion",
        /// Says something to the room.
        Chat = "chat",
        /// Asks the others to come to a place.
        Summon = "summon",
        /// Changes the room's language.
        SetLanguage = "setLanguage",
        /// Adds a document to the room.
        AddDocument = "addDocument",
        /// Gives a participant another role; owners only.
        SetRole = "setRole",
        /// Says whether the room's text may be sent to models for suggestions.
        SetModels = "setModels",
        /// Asks for a pong.
        Ping = "ping",
        /// Says goodbye: the others see this participant gone at once.
        Leave = "leave",
    }
}

/// The first message on every connection: who joins, with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// The newest version of the protocol that the client speaks.
    pub version: u16,
    /// The oldest version of the protocol that the client speaks; the same as `version` when left out.
    #[serde(default)]
    pub min_version: Option<u16>,
    /// The client program and its version, for logs, such as `pair-tui 0.1.0`.
    #[serde(default)]
    pub client: String,
    /// Display name.
    pub name: String,
    /// Wished colour; the server chooses one when left out.
    #[serde(default)]
    pub color: Option<Color>,
    /// Access token: gives the role that the room's creator tied to it.
    #[serde(default)]
    pub token: Option<String>,
    /// The CRDT client id that this participant writes with.
    pub client_id: ClientId,
    /// Proves to the server, when this client comes back after a lost connection, that the CRDT client id is its own: any string
    /// of 16 to 64 random characters, the same each time for the same client id.
    pub client_secret: String,
    /// CRDT client ids that this client wrote under before it was started anew, with their secrets: it is the same participant as they were,
    /// takes over what is left of their connections, and brings their text in differences. At most [`FORMER_MAX`] count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formerly: Vec<Former>,
    /// What this client already has, per document; documents that are left out it has nothing of.
    #[serde(default)]
    pub documents: Vec<DocumentState>,
}

/// Former client ids in a Hello that count.
pub const FORMER_MAX: usize = 16;

/// A CRDT client id of before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Former {
    /// The id.
    pub client_id: ClientId,
    /// The secret that it was claimed with.
    pub client_secret: String,
}

/// A change of a document, as a Yjs v1 update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// Which document.
    pub document: DocumentPath,
    /// The how-manieth edit or difference of this connection, from 1 on; receipts refer to it.
    pub seq: Sequence,
    /// A Yjs v1 update that inserts only under the connection's own CRDT client id.
    pub update: Blob,
}

/// What the server is missing of a document after a reconnect: everything the client has beyond the state vector in the
/// server's Welcome. May carry others' edits too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Which document.
    pub document: DocumentPath,
    /// The how-manieth edit or difference of this connection, from 1 on; receipts refer to it.
    pub seq: Sequence,
    /// A Yjs v1 update.
    pub update: Blob,
}

/// Where this participant is now. The newest one counts; the server may skip older ones.
///
/// The presence's fields are the message's own: transparent, not flattened, because serde keeps all unknown fields in memory
/// before it flattens, at forty times the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(as = "Presence"))]
#[serde(transparent)]
pub struct SetPresence {
    /// Where.
    pub presence: Presence,
}

/// Asks for a suggestion, which the whole room will see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RequestSuggestion {
    /// Chosen by the client; unique within its connection.
    pub request: RequestId,
    /// Which document.
    pub document: DocumentPath,
    /// Where the suggested text would go.
    pub at: Anchor,
    /// The client asks by itself, after a pause in typing; others may show such a suggestion more quietly.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_pause: bool,
}

/// How a suggestion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum SuggestionEnd {
    /// The one who asked does not want it any more.
    Cancelled,
    /// It was put away.
    Dismissed,
    /// It was taken into the document (by an edit of its own).
    Accepted,
}

/// What became of a suggestion, in more words than [`SuggestionEnd`], which older clients know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum SuggestionOutcome {
    /// All of it was taken at once.
    Whole,
    /// It was taken word by word.
    Words,
    /// It was taken line by line.
    Lines,
    /// It was typed along.
    Typed,
    /// The one who asked did not want it any more before it was complete, or left.
    Cancelled,
    /// It was put away.
    Dismissed,
    /// Its place was deleted, or nobody wanted it for long.
    Expired,
    /// None could be made.
    Failed,
}

impl SuggestionOutcome {
    /// The same in the words that older clients know.
    pub fn end(self) -> SuggestionEnd {
        match self {
            Self::Whole | Self::Words | Self::Lines | Self::Typed => SuggestionEnd::Accepted,
            Self::Dismissed => SuggestionEnd::Dismissed,
            Self::Cancelled | Self::Expired | Self::Failed => SuggestionEnd::Cancelled,
        }
    }
}

impl From<SuggestionEnd> for SuggestionOutcome {
    fn from(end: SuggestionEnd) -> Self {
        match end {
            SuggestionEnd::Cancelled => Self::Cancelled,
            SuggestionEnd::Dismissed => Self::Dismissed,
            SuggestionEnd::Accepted => Self::Whole,
        }
    }
}

/// Ends a suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct EndSuggestion {
    /// Who asked for it; left out: this participant.
    #[serde(default)]
    pub participant: Option<ParticipantId>,
    /// Which request.
    pub request: RequestId,
    /// How it ended.
    pub end: SuggestionEnd,
    /// The same in more words; left out: `end` says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SuggestionOutcome>,
    /// With `end` accepted: only a part was taken or typed along, and the rest is claimed. For everybody else the suggestion is gone; it goes on
    /// for the one who sends this, until they end it without this word.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
}

/// Says something to the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// What.
    pub text: String,
}

/// Asks everybody else to come to a place; each may come or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Summon {
    /// To which document.
    pub document: DocumentPath,
    /// To which place in it.
    pub at: Anchor,
}

/// Changes the room's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SetLanguage {
    /// To what, such as `rust`.
    pub language: String,
}

/// Adds an empty document to the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AddDocument {
    /// Its path.
    pub document: DocumentPath,
}

/// Gives a participant another role; owners only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SetRole {
    /// Whose.
    pub participant: ParticipantId,
    /// Which.
    pub role: Role,
}

/// Says whether the room's text may be sent to models for suggestions: owners, and editors in a room without an owner's token. Any editor
/// may forbid it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SetModels {
    /// Whether it may.
    pub models: bool,
}

/// Asks for a pong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Ping {
    /// Comes back in the pong.
    pub nonce: u32,
}

/// Says goodbye.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Leave {}
