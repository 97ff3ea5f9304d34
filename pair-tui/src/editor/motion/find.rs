//! To a character of the line: f, F, t, T, and their repetition.

use super::Direction;
use crate::editor::lines::Lines;
use protocol::ByteOffset;

/// A search for a character in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FindCharacter {
    /// Which.
    pub character: char,
    /// Which way.
    pub direction: Direction,
    /// Whether the way ends one character before it.
    pub before: bool,
}

impl FindCharacter {
    /// The same the other way.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { direction: self.direction.reversed(), ..self }
    }
}

/// To the `count`th such character. `skips`: where the way would end where it began, the next one is meant (a repeated `t`).
pub fn find(lines: &Lines<'_>, at: ByteOffset, count: usize, wanted: FindCharacter, skips: bool) -> Option<ByteOffset> {
    let step = |place| match wanted.direction {
        Direction::Forward => lines.right(place),
        Direction::Backward => lines.left(place),
    };
    let (mut place, mut before, mut left) = (at, at, count);
    while left > 0 {
        let next = step(place);
        if next == place {
            return None;
        }
        let found = lines.character(next)? == wanted.character;
        let is_where_it_began = skips && wanted.before && left == 1 && count == 1 && place == at;
        (before, place) = (place, next);
        if found && !is_where_it_began {
            left -= 1;
        }
    }
    Some(if wanted.before { before } else { place })
}
