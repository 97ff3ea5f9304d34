//! Whether something large on its way gets on: counted by its bytes, so that a slow link is no dead one, and with a least rate, so that whoever
//! drips byte after byte holds nothing for long. Numbers and time only.

use std::time::Duration;
use tokio::time::Instant;

/// So many bytes of what is on its way must come, or be taken, within [`WITHIN`]: a kibibyte a second, a quarter of what a bad mobile link of the
/// second generation carries.
pub const LEAST: u64 = 60 << 10;

/// See [`LEAST`]. Long enough for the pauses of a radio link.
pub const WITHIN: Duration = Duration::from_mins(1);

/// How far something is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    since: Instant,
    bytes: u64,
}

impl Progress {
    /// Of something that begins now, when so many bytes were counted.
    pub fn begin(bytes: u64) -> Self {
        Self { since: Instant::now(), bytes }
    }

    /// Takes notice of how many bytes are counted now; gives when it is given up unless more come.
    pub fn note(&mut self, bytes: u64) -> Instant {
        if bytes.saturating_sub(self.bytes) >= LEAST {
            *self = Self::begin(bytes);
        }
        self.since + WITHIN
    }
}
