//! Who is in a room, and where: what everybody may know about a participant. Knows no document and no clock.

use crate::{
    ids::{DocumentPath, ParticipantId},
    position::Anchor,
};
use serde::{Deserialize, Serialize};

/// What a participant may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Reads, chats and points; edits nothing.
    Viewer,
    /// Edits documents and asks for suggestions.
    Editor,
    /// An editor who also gives roles.
    Owner,
}

impl Role {
    /// Whether the role allows edits of documents and of the room's language.
    pub fn may_edit(self) -> bool {
        self >= Self::Editor
    }
}

/// A colour on the wire: `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Color {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

/// A colour that was not written as `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("colour {0:?} must be written as #rrggbb")]
pub struct ColorError(String);

impl std::str::FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let number = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| ColorError(text.chars().take(20).collect()))?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl Serialize for Color {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A selection: from where it was begun to where the cursor is. Both the same: only a cursor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AnchoredSelection {
    /// Where the selection was begun.
    pub anchor: Anchor,
    /// Where the cursor is.
    pub head: Anchor,
}

/// Where a participant is: in which document, with which selections, and what they see of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Presence {
    /// The document they look at.
    pub document: DocumentPath,
    /// Their selections, the main one first; at most [`SELECTIONS_MAX`].
    #[serde(default)]
    pub selections: Vec<AnchoredSelection>,
    /// The first and the last place they see, if they say so.
    #[serde(default)]
    pub visible: Option<AnchoredSelection>,
    /// Whom they follow: what they see is what that one sees. Left out where nobody, so that it costs those nothing who follow nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub following: Option<ParticipantId>,
}

/// Most selections in one presence; a server cuts the rest.
pub const SELECTIONS_MAX: usize = 64;

/// How a participant speaks with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Dialect {
    /// The room protocol.
    Pair,
    /// The whole-text dialect of the standard endpoints.
    Plain,
    /// The y-websocket protocol.
    Yjs,
}

/// What everybody in the room knows about a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Who.
    pub id: ParticipantId,
    /// Display name, at most [`crate::limits::NAME_MAX_CHARACTERS`] characters.
    pub name: String,
    /// Their colour, the same for everybody.
    pub color: Color,
    /// What they may do.
    pub role: Role,
    /// How they speak with the server.
    pub dialect: Dialect,
    /// Where they are, if they said so.
    #[serde(default)]
    pub presence: Option<Presence>,
    /// Their connection was lost a moment ago; they come back soon, or leave.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub away: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_written_as_html_does() {
        let color: Color = "#0a7Fff".parse().unwrap();
        assert_eq!(color, Color { red: 10, green: 127, blue: 255 });
        assert_eq!(color.to_string(), "#0a7fff");
        for bad in ["", "0a7fff", "#0a7ff", "#0a7fffx", "#+a7fff", "#é7fff"] {
            assert!(bad.parse::<Color>().is_err(), "{bad:?}");
        }
    }
}
