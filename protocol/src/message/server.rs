//! What the server says to a client. Knows nothing of what the client shows of it.

use super::{
    Blob,
    client::{SuggestionEnd, SuggestionOutcome},
    messages,
};
use crate::{
    error_code::ErrorCode,
    ids::{DocumentPath, ParticipantId, RequestId, RoomId, Sequence},
    limits::Limits,
    position::Anchor,
    presence::{Participant, Presence, Role},
};
use serde::{Deserialize, Serialize};

messages! {
    /// A message from the server to a client.
    ServerMessage {
        /// The answer to a Hello.
        Welcome = "welcome",
        /// Somebody changed a document.
        Edited = "edit",
        /// What this client is missing of a document.
        Missing = "difference",
        /// How far the server has, and has stored, this connection's edits.
        Receipt = "receipt",
        /// Where a participant is now.
        PresenceChanged = "presence",
        /// Somebody joined.
        ParticipantJoined = "participantJoined",
        /// Somebody left.
        ParticipantLeft = "participantLeft",
        /// Somebody's name, colour or role changed.
        ParticipantChanged = "participantChanged",
        /// The room has one document more.
        DocumentAdded = "documentAdded",
        /// The room's language changed.
        LanguageChanged = "languageChanged",
        /// Somebody asked for a suggestion.
        SuggestionStarted = "suggestionStarted",
        /// A piece more of a suggestion's text.
        SuggestionDelta = "suggestionDelta",
        /// A suggestion is complete.
        SuggestionDone = "suggestionDone",
        /// A suggestion is gone.
        SuggestionEnded = "suggestionEnded",
        /// What became of suggestions before.
        SuggestionHistory = "suggestionHistory",
        /// How suggestions are made in this room.
        SuggestionSettings = "suggestionSettings",
        /// Somebody said something.
        ChatMessage = "chat",
        /// Somebody asks this client to come to a place.
        Summoned = "summoned",
        /// Something went wrong.
        Error = "error",
        /// The answer to a ping.
        Pong = "pong",
        /// Whether the server can store edits.
        StorageState = "storage",
        /// The server is about to close this connection.
        Closing = "closing",
    }
}

/// One document of the room, as the Welcome gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DocumentWelcome {
    /// Which document.
    pub document: DocumentPath,
    /// What the client is missing of it: a Yjs v1 update.
    pub difference: Blob,
    /// The difference is not in here: it comes as a [`Missing`] on the snapshot's own stream, where the transport has streams.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snapshot: bool,
    /// What the server has of it, as a Yjs v1 state vector; the client sends what it has beyond that.
    pub state_vector: Blob,
}

/// The answer to a Hello: the room as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// The version of the protocol that both sides speak from here on.
    pub version: u16,
    /// The server program and its version.
    pub server: String,
    /// Which room.
    pub room: RoomId,
    /// The client's participant id.
    pub participant: ParticipantId,
    /// The client comes back as the participant that it was: the others saw it away, and neither leave nor join.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumed: bool,
    /// The client's role.
    pub role: Role,
    /// The bounds in force.
    pub limits: Limits,
    /// The room's language.
    pub language: String,
    /// Everybody in the room, the client too.
    pub participants: Vec<Participant>,
    /// The room's documents, the default one first.
    pub documents: Vec<DocumentWelcome>,
    /// The last chat messages, oldest first.
    #[serde(default)]
    pub chat: Vec<ChatMessage>,
    /// Whether the server can store edits.
    #[serde(default)]
    pub storage: StorageState,
}

/// Somebody changed a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Edited {
    /// Which document.
    pub document: DocumentPath,
    /// Who.
    pub participant: ParticipantId,
    /// The bytes as the sender sent them.
    pub update: Blob,
}

/// What this client is missing of a document, after it could not keep up with the edits one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// Which document.
    pub document: DocumentPath,
    /// A Yjs v1 update.
    pub update: Blob,
}

/// How far the server has this connection's edits. Both numbers are cumulative; an edit that was refused counts as received and
/// durable, and an error named it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// All edits up to this number were applied, and sent on.
    pub received: Sequence,
    /// All edits up to this number are committed to storage.
    pub durable: Sequence,
}

/// Where a participant is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PresenceChanged {
    /// Who.
    pub participant: ParticipantId,
    /// Where.
    pub presence: Presence,
}

/// Somebody joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ParticipantJoined {
    /// Who.
    pub participant: Participant,
}

/// Somebody left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ParticipantLeft {
    /// Who.
    pub participant: ParticipantId,
}

/// Somebody's name, colour or role changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ParticipantChanged {
    /// Who, as they are now.
    pub participant: Participant,
}

/// The room has one document more; it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DocumentAdded {
    /// Its path.
    pub document: DocumentPath,
    /// Who added it.
    pub participant: ParticipantId,
}

/// The room's language changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LanguageChanged {
    /// To what.
    pub language: String,
    /// Who changed it.
    pub participant: ParticipantId,
}

/// Somebody asked for a suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionStarted {
    /// Who asked.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// Which document.
    pub document: DocumentPath,
    /// Where the suggested text would go.
    pub at: Anchor,
    /// What makes it, such as `local`; where that one fails, another one may, and the [`SuggestionDone`] says which.
    pub provider: String,
    /// Which of the provider's models.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// When it was asked for, in milliseconds since 1970 by the server's clock; 0: an older server does not say.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub at_ms: u64,
    /// The asker's client asked by itself, after a pause in typing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_pause: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A piece more of a suggestion's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionDelta {
    /// Who asked.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// The text to append.
    pub text: String,
}

/// A suggestion is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionDone {
    /// Who asked.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// What made it.
    pub provider: String,
    /// Which of the provider's models.
    pub model: String,
    /// Milliseconds from the request to the last piece.
    pub milliseconds: u64,
    /// All that may be taken, the streamed one first; empty: that one is the only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<SuggestionItem>,
    /// What went wrong on the way, for people: a provider that was passed over, an answer that was cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// One of the texts that a suggestion offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionItem {
    /// The text.
    pub text: String,
    /// What made it.
    pub provider: String,
    /// Which of the provider's models.
    pub model: String,
}

/// A suggestion is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionEnded {
    /// Who asked for it.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// How it ended.
    pub end: SuggestionEnd,
    /// Who ended it.
    pub by: ParticipantId,
    /// The same in more words than `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<SuggestionOutcome>,
    /// `by` took a part of it; the rest goes on for them, and is gone for everybody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
}

/// What became of suggestions before: the last ones right after the Welcome, and each new one as it ends. Oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionHistory {
    /// The suggestions.
    pub past: Vec<PastSuggestion>,
}

/// A suggestion that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PastSuggestion {
    /// The name of whoever asked.
    pub name: String,
    /// For which document.
    pub document: DocumentPath,
    /// What made it.
    pub provider: String,
    /// Which of the provider's models.
    pub model: String,
    /// When it was asked for, in milliseconds since 1970 by the server's clock.
    pub at_ms: u64,
    /// Milliseconds to its last piece; none: it never was complete.
    #[serde(default)]
    pub milliseconds: Option<u64>,
    /// How it began: at most [`PAST_TEXT_BYTES`].
    pub text: String,
    /// What became of it.
    pub outcome: SuggestionOutcome,
    /// The name of whoever took it or put it away.
    pub by: String,
}

/// Bytes of a past suggestion's text; the rest is left out.
pub const PAST_TEXT_BYTES: usize = 240;

/// How suggestions are made in this room: right after the Welcome, and whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SuggestionSettings {
    /// After so many milliseconds without a key a client may ask by itself; 0: it should not.
    pub pause_ms: u32,
    /// What is asked first.
    pub provider: String,
    /// Which of its models.
    pub model: String,
    /// Whether the room's text may be sent to models.
    pub models: bool,
    /// Whether that can be changed here: the operator has a model, and allows it for this room.
    #[serde(default)]
    pub changeable: bool,
    /// Who changed it just now.
    #[serde(default)]
    pub by: Option<ParticipantId>,
}

/// Somebody said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// The speaker's name at that time.
    pub name: String,
    /// Who, if they are known to be in the room.
    #[serde(default)]
    pub participant: Option<ParticipantId>,
    /// What.
    pub text: String,
    /// When, in milliseconds since 1970 by the server's clock.
    pub at_ms: u64,
}

/// Somebody asks this client to come to a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Summoned {
    /// Who asks.
    pub participant: ParticipantId,
    /// To which document.
    pub document: DocumentPath,
    /// To which place in it.
    pub at: Anchor,
}

/// Something went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Error {
    /// What, for programs.
    pub code: ErrorCode,
    /// What, for people, and what to do about it.
    pub message: String,
    /// The edit or difference that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Sequence>,
    /// The suggestion request that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The document that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentPath>,
}

/// The answer to a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Pong {
    /// The nonce of the ping.
    pub nonce: u32,
}

/// Whether the server can store edits now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct StorageState {
    /// What keeps the server from storing (a full disk, for instance); edits are kept in memory meanwhile. None: all is well.
    #[serde(default)]
    pub problem: Option<String>,
}

/// Why the server closes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum ClosingReason {
    /// The server shuts down; come back in a moment.
    Shutdown,
    /// The same client came back on another connection.
    Replaced,
    /// The room failed and is loaded again; come back at once.
    RoomRestarted,
    /// The error sent just before says why.
    Error,
}

/// The server is about to close this connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// Why.
    pub reason: ClosingReason,
    /// When to come back at the earliest, in milliseconds; none: coming back as before will not help.
    #[serde(default)]
    pub retry_after_ms: Option<u32>,
}
