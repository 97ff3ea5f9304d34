//! Places in a text, each unit a type of its own, and anchors, which survive edits. Knows no document: [`crate::Document`]
//! converts between them.

use crate::ids::ClientId;
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range};

/// A place in a text, counted in UTF-8 bytes from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByteOffset(pub usize);

/// A place in a text, counted in UTF-16 code units from its start, as browsers and Yjs count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Utf16Offset(pub usize);

/// A place in a text as a line and a column, both from 0; the column counts UTF-16 code units from the start of the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineColumn {
    /// The line, from 0.
    pub line: usize,
    /// UTF-16 code units from the start of the line.
    pub column: usize,
}

impl ByteOffset {
    /// The start of every text.
    pub const START: Self = Self(0);

    /// The range of `len` bytes from here.
    pub fn span(self, len: usize) -> Range<Self> {
        self..Self(self.0.saturating_add(len))
    }
}

impl fmt::Display for ByteOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.0)
    }
}

impl fmt::Display for Utf16Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UTF-16 code unit {}", self.0)
    }
}

/// The id of one UTF-16 code unit in the CRDT: who wrote it and the how-manieth that writer wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ItemId {
    /// The writer.
    pub client: ClientId,
    /// Which of the writer's UTF-16 code units, from 0.
    pub clock: u32,
}

/// Which neighbour a place belongs to, and so on which side of text inserted exactly there it ends up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub enum Association {
    /// With the character before it: text inserted here comes after the place. On the wire: `-1`.
    Before,
    /// With the character after it: text inserted here comes before the place. On the wire: `0`.
    #[default]
    After,
}

impl Serialize for Association {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(match self {
            Self::Before => -1,
            Self::After => 0,
        })
    }
}

impl<'de> Deserialize<'de> for Association {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Yjs calls every negative number "before" and every other one "after".
        Ok(if i64::deserialize(deserializer)? < 0 { Self::Before } else { Self::After })
    }
}

/// A place in a text that stays with its neighbouring character while others edit: a Yjs relative position whose type is the
/// document's text. Without an item it is the end of the text ([`Association::After`]) or its start ([`Association::Before`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Anchor {
    /// The character that the place belongs to.
    #[serde(default)]
    pub item: Option<ItemId>,
    /// Whether the place is before or after that character's other side: see [`Association`].
    #[serde(default)]
    pub assoc: Association,
}
