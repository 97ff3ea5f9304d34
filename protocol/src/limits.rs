//! The bounds that a server sets, and tells each client in its Welcome. Knows only numbers; who enforces one says so there.

use serde::{Deserialize, Serialize};

/// Longest display name, in characters; a longer one is cut.
pub const NAME_MAX_CHARACTERS: usize = 64;

/// Longest language name, in bytes.
pub const LANGUAGE_MAX_BYTES: usize = 64;

/// The bounds in force on one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Largest frame that the server accepts, in bytes.
    pub frame_bytes: usize,
    /// Largest text of one document, in bytes of UTF-8.
    pub document_bytes: usize,
    /// Most documents in one room.
    pub room_documents: usize,
    /// Most participants in one room at a time.
    pub room_participants: usize,
    /// Longest display name, in characters.
    pub name_characters: usize,
    /// Longest chat message, in bytes of UTF-8.
    pub chat_bytes: usize,
    /// Edits per second that one connection may sustain. Over it the server reads that connection more slowly; nothing is dropped.
    pub edits_per_second: u32,
    /// Days after which a room that nobody opened or changed is deleted with all that is in it; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_expiry_days: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 16 << 20,
            document_bytes: 4 << 20,
            room_documents: 64,
            room_participants: 256,
            name_characters: NAME_MAX_CHARACTERS,
            chat_bytes: 4 << 10,
            edits_per_second: 5_000,
            room_expiry_days: None,
        }
    }
}
