//! Names of things: rooms, participants, documents, requests and CRDT clients. Each is a newtype that is checked where it
//! enters, so that nothing behind it checks again. Knows nothing of what the names stand for.

use serde::{Deserialize, Serialize, de::Error as _};
use std::{fmt, str::FromStr};

mod room_words;

/// The largest integer that every JSON reader holds exactly (JavaScript's `Number.MAX_SAFE_INTEGER`).
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Longest room id, in bytes.
pub const ROOM_ID_MAX_BYTES: usize = 64;

/// Longest document path, in bytes.
pub const DOCUMENT_PATH_MAX_BYTES: usize = 255;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The room id holds other characters than the permitted ones, or too many or none of them.
    #[error("room id {0:?} must be 1 to 64 of the characters A-Z a-z 0-9 _ -")]
    Room(String),
    /// The document path is no plain relative path.
    #[error("document path {path:?} {reason}; use a relative path such as src/main.rs")]
    Document {
        /// The path as it was given, cut to a printable length.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The number is over 2^53 - 1 and would not survive JSON.
    #[error("id {0} is over 9007199254740991, the largest integer that JSON carries exactly")]
    TooLarge(u64),
}

/// Names a room: 1 to 64 of the characters `A-Z a-z 0-9 _ -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct RoomId(String);

impl RoomId {
    /// Makes an id that can't be guessed and is typed easily, such as `brave-otter-7f3k-9m2q-8xt`, from ten random bytes:
    /// two words (12 bits) and eleven characters of Crockford's base 32 (55 bits), 67 bits in all.
    pub fn from_random(random: [u8; 10]) -> Self {
        let mut bits = random.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let mut take = |count: u32| {
            let taken = usize::try_from(bits & ((1 << count) - 1)).unwrap_or(0);
            bits >>= count;
            taken
        };
        let mut id = format!("{}-{}", room_words::ADJECTIVES[take(6)], room_words::ANIMALS[take(6)]);
        for at in 0..11 {
            if at % 4 == 0 {
                id.push('-');
            }
            id.push(char::from(room_words::CROCKFORD[take(5)]));
        }
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoomId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let permitted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if text.is_empty() || text.len() > ROOM_ID_MAX_BYTES || !text.bytes().all(permitted) {
            return Err(IdError::Room(shorten(text)));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RoomId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Names a document inside its room: a relative path with `/` between its parts, at most 255 bytes, without `.` and `..`
/// parts, backslashes and control characters, so that a client may use it as a file name without looking twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct DocumentPath(String);

impl DocumentPath {
    /// The path of a room's default document where nobody named one.
    pub fn main() -> Self {
        Self("main".to_owned())
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DocumentPath {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let reason = if text.is_empty() {
            "is empty"
        } else if text.len() > DOCUMENT_PATH_MAX_BYTES {
            "is longer than 255 bytes"
        } else if text.contains(|c: char| c.is_control() || c == '\\') {
            "holds a control character or a backslash"
        } else if text.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            "has an empty, . or .. part"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(IdError::Document { path: shorten(text), reason })
    }
}

impl fmt::Display for DocumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DocumentPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Defines a newtype over an integer of at most 53 bits, checked when it is made or decoded.
macro_rules! safe_integer {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Makes the id from a number of at most 53 bits.
            ///
            /// # Errors
            /// [`IdError::TooLarge`] over `2^53 - 1`.
            pub fn new(value: u64) -> Result<Self, IdError> {
                if value > MAX_SAFE_INTEGER {
                    return Err(IdError::TooLarge(value));
                }
                Ok(Self(value))
            }

            /// Makes the id from random bits, of which the lowest 53 are used.
            pub fn from_random(random: u64) -> Self {
                Self(random & MAX_SAFE_INTEGER)
            }

            /// The number.
            pub fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(u64::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

safe_integer! {
    /// Names one participant (one connection's stay) in a room; chosen by the server at random.
    ParticipantId
}
safe_integer! {
    /// Names a writer inside the CRDT: every character's id is a client id and a clock. Yjs draws 32 random bits; up to 53 are legal.
    ClientId
}
safe_integer! {
    /// Names a request (a suggestion asked for, for instance) of one participant, so that the answer can be told apart.
    RequestId
}
safe_integer! {
    /// Counts the edits that one connection sent, from 1 on; receipts and errors refer to it.
    Sequence
}

impl ClientId {
    /// Makes a client id of 32 random bits, as Yjs draws them: small on the wire, and a collision within a room is unlikely
    /// (and found at once, because a client id belongs to the connection that introduced it).
    pub fn from_random_32(random: u32) -> Self {
        Self(u64::from(random))
    }
}

impl Sequence {
    /// The number before the first edit.
    pub const ZERO: Self = Self(0);

    /// The number of the next edit.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Cuts a name from outside to a length that fits an error message.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 80;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_made_room_id_is_accepted_and_keeps_its_randomness() {
        let ids: HashSet<_> = (0..=255_u8)
            .flat_map(|n| (0..10).map(move |at| (n, at)))
            .map(|(n, at)| {
                let mut random = [0; 10];
                random[at] = n;
                RoomId::from_random(random)
            })
            .collect();
        for id in &ids {
            assert_eq!(id.as_str().parse::<RoomId>().as_ref(), Ok(id));
        }
        // 67 of the 80 bits are used: nine bytes vary, less the 5 bits that the top ones lose.
        assert!(ids.len() > 8 * 255, "{}", ids.len());
    }

    #[test]
    fn room_ids_with_paths_or_spaces_are_refused() {
        for bad in ["", "../etc", "a b", "a/b", "é", &"x".repeat(65)] {
            assert!(bad.parse::<RoomId>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(64).parse::<RoomId>().is_ok());
    }

    #[test]
    fn document_paths_stay_below_their_folder() {
        for bad in ["", "/etc/passwd", "a//b", "../x", "a/../b", "a\\b", "a\0b", ".", &"x".repeat(256)] {
            assert!(bad.parse::<DocumentPath>().is_err(), "{bad:?}");
        }
        for good in ["main", "src/room/state.rs", "ünï/códe.rs", ".gitignore", "a..b"] {
            assert!(good.parse::<DocumentPath>().is_ok(), "{good:?}");
        }
    }

    #[test]
    fn numbers_that_json_would_round_are_refused() {
        assert!(ClientId::new(MAX_SAFE_INTEGER).is_ok());
        assert_eq!(ClientId::new(MAX_SAFE_INTEGER + 1), Err(IdError::TooLarge(MAX_SAFE_INTEGER + 1)));
        assert!(serde_json::from_str::<ParticipantId>("9007199254740992").is_err());
    }
}
