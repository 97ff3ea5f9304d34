//! The stable codes of errors in the room protocol. The sentence beside a code is for people and may change; the code is for
//! programs and never does. Knows nothing of where an error arises.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What went wrong, for programs. On the wire a snake case word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub enum ErrorCode {
    /// The frame is no message: broken JSON or MessagePack, or a known message with a missing or wrong field.
    InvalidMessage,
    /// The message type is not known to this server.
    UnknownType,
    /// No version of the protocol suits both sides. The connection closes.
    UnsupportedVersion,
    /// The first message was not a Hello. The connection closes.
    HelloExpected,
    /// A second Hello came. The connection goes on.
    AlreadyWelcomed,
    /// The frame is over the limit. The connection closes.
    FrameTooLarge,
    /// The edit would make the document's text longer than the limit.
    DocumentTooLarge,
    /// The edit is not a well-formed update of a text, or does not fit the document.
    InvalidEdit,
    /// The edit carries the CRDT client id of somebody else, or the Hello claims one that is taken.
    ClientIdTaken,
    /// The participant's role does not allow this.
    Forbidden,
    /// The access token fits no role in this room. The connection closes.
    InvalidToken,
    /// There is no such room, and this server does not create one. The connection closes.
    RoomNotFound,
    /// The room has as many participants as it may. The connection closes.
    RoomFull,
    /// The room has no document of that path.
    DocumentNotFound,
    /// The room has as many documents as it may.
    TooManyDocuments,
    /// No such participant is in the room.
    ParticipantNotFound,
    /// Too many messages, or chat, suggestions or summons too quickly.
    RateLimited,
    /// A chat message, a name or a language is too long or empty.
    InvalidText,
    /// No suggestion could be made.
    SuggestionFailed,
    /// Edits are applied but can't be stored now (a full disk, for instance).
    StorageUnavailable,
    /// The server can't reach the others that serve the room now; everything goes on, and comes together later.
    NodesUnreachable,
    /// The server failed; the log has the rest.
    Internal,
    /// A code that this version does not know.
    Other(String),
}

/// Every known code with its word on the wire.
const WORDS: [(ErrorCode, &str); 22] = [
    (ErrorCode::InvalidMessage, "invalid_message"),
    (ErrorCode::UnknownType, "unknown_type"),
    (ErrorCode::UnsupportedVersion, "unsupported_version"),
    (ErrorCode::HelloExpected, "hello_expected"),
    (ErrorCode::AlreadyWelcomed, "already_welcomed"),
    (ErrorCode::FrameTooLarge, "frame_too_large"),
    (ErrorCode::DocumentTooLarge, "document_too_large"),
    (ErrorCode::InvalidEdit, "invalid_edit"),
    (ErrorCode::ClientIdTaken, "client_id_taken"),
    (ErrorCode::Forbidden, "forbidden"),
    (ErrorCode::InvalidToken, "invalid_token"),
    (ErrorCode::RoomNotFound, "room_not_found"),
    (ErrorCode::RoomFull, "room_full"),
    (ErrorCode::DocumentNotFound, "document_not_found"),
    (ErrorCode::TooManyDocuments, "too_many_documents"),
    (ErrorCode::ParticipantNotFound, "participant_not_found"),
    (ErrorCode::RateLimited, "rate_limited"),
    (ErrorCode::InvalidText, "invalid_text"),
    (ErrorCode::SuggestionFailed, "suggestion_failed"),
    (ErrorCode::StorageUnavailable, "storage_unavailable"),
    (ErrorCode::NodesUnreachable, "nodes_unreachable"),
    (ErrorCode::Internal, "internal"),
];

impl ErrorCode {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        if let Self::Other(word) = self {
            return word;
        }
        WORDS.iter().find(|(code, _)| code == self).map_or("internal", |(_, word)| word)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = WORDS.iter().find(|(_, known)| *known == word).map(|(code, _)| code.clone());
        Ok(known.unwrap_or(Self::Other(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back_from_its_word_and_a_new_one_is_kept() {
        for (code, word) in &WORDS {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("{word:?}"));
            assert_eq!(&serde_json::from_str::<ErrorCode>(&json).unwrap(), code);
        }
        assert_eq!(serde_json::from_str::<ErrorCode>("\"brand_new\"").unwrap(), ErrorCode::Other("brand_new".into()));
    }
}
