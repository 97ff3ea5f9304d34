//! What this participant has to do with the others: whom they follow, who asks them to come, who came and went, and how far back
//! they read in the chat. Knows no editor and no screen.

use protocol::{Anchor, DocumentPath, ParticipantId, presence::Color};

mod comings;

pub use comings::{Coming, Comings};

/// A summons stays for this many milliseconds; then it goes away by itself.
pub const SUMMONS_MS: u64 = 30_000;
/// Whoever comes back under the same name within this many milliseconds after they were lost is followed again.
pub const FOLLOW_RESUMES_MS: u64 = 60_000;

/// Somebody is followed: this participant's view goes along with theirs. The cursor stays where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Who.
    pub who: ParticipantId,
    /// Their name, under which they are found again after a lost connection.
    pub name: String,
    /// Their colour.
    pub color: Color,
    /// The document that this participant's own cursor stands in.
    pub home: DocumentPath,
    /// When they left, in milliseconds; none: they are here. Nothing is followed meanwhile.
    pub lost_at_ms: Option<u64>,
}

/// Somebody asks this participant to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summons {
    /// Who.
    pub who: ParticipantId,
    /// To which place, as people say it: `src/main.rs:40`.
    pub place: String,
    /// When it goes away, in milliseconds.
    pub until_ms: u64,
}

/// Where this participant was before they went to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameFrom {
    /// Which document.
    pub document: DocumentPath,
    /// Where their cursor was in it.
    pub at: Anchor,
}

/// What this participant has to do with the others.
#[derive(Debug, Clone, Default)]
pub struct Together {
    /// Whom they follow; kept for a while where that one is lost.
    pub follow: Option<Follow>,
    /// Where they were before they went to somebody.
    pub came_from: Option<CameFrom>,
    /// Who asks them to come.
    pub summons: Option<Summons>,
    /// Who came and went just now.
    pub comings: Comings,
    /// The line that tells it, while a louder notice is to be read.
    pub untold: Option<String>,
    /// How many rows above its end the chat is read; 0: at its end.
    pub chat_back: usize,
}

impl Together {
    /// Whom they follow now: one who is here.
    pub fn following(&self) -> Option<&Follow> {
        self.follow.as_ref().filter(|follow| follow.lost_at_ms.is_none())
    }
}
