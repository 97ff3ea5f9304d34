//! Where vi's motions go: pure functions from a text and a place to a place. Knows no selection, no operator and no keys.

pub mod bracket;
pub mod find;
pub mod paragraph;
pub mod sentence;
pub mod word;

use protocol::ByteOffset;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards the end of the text.
    Forward,
    /// Towards its start.
    Backward,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

/// Where a motion came, and whether it came as far as was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The place.
    pub at: ByteOffset,
    /// Whether the text ended first.
    pub is_short: bool,
}
