//! The values of the labels, and how they follow from what the rest of the server has. Knows words and numbers only.

use super::label::label;
use protocol::presence;

label! {
    /// What a participant's client speaks.
    Dialect, "dialect", {
        /// The room protocol.
        Pair => "pair",
        /// Whole texts.
        Plain => "plain",
        /// That of y-websocket.
        Yjs => "yjs",
    }
}

impl From<presence::Dialect> for Dialect {
    fn from(dialect: presence::Dialect) -> Self {
        match dialect {
            presence::Dialect::Pair => Self::Pair,
            presence::Dialect::Plain => Self::Plain,
            presence::Dialect::Yjs => Self::Yjs,
        }
    }
}

label! {
    /// What carries a connection.
    Transport, "transport", {
        /// A WebSocket.
        WebSocket => "websocket",
        /// QUIC.
        Quic => "quic",
    }
}

label! {
    /// How large a room's text is, all its documents together.
    SizeClass, "size", {
        /// Up to 4 KiB.
        Small => "4KiB",
        /// Up to 64 KiB.
        Medium => "64KiB",
        /// Up to 1 MiB.
        Large => "1MiB",
        /// More.
        Huge => "more",
    }
}

impl SizeClass {
    /// The class of a room with so many bytes of text.
    pub fn of(bytes: usize) -> Self {
        match bytes {
            0..=0x1000 => Self::Small,
            0x1001..=0x1_0000 => Self::Medium,
            0x1_0001..=0x10_0000 => Self::Large,
            _ => Self::Huge,
        }
    }
}

label! {
    /// Why a connection to a room ended.
    Closed, "reason", {
        /// The client left.
        Left => "left",
        /// Nothing came from it for too long.
        Silent => "silent",
        /// It broke.
        Broken => "broken",
        /// What it sent is not taken.
        Unsupported => "unsupported",
        /// It broke a rule.
        Policy => "policy",
        /// A frame was too large.
        TooLarge => "too_large",
        /// The server or the room restarts.
        Restart => "restart",
        /// It is to try again later: too slow a reader, a full room, storage that fails.
        TryLater => "try_later",
        /// Coming back will not help.
        Refused => "refused",
        /// The server let go of it without a word.
        Dropped => "dropped",
    }
}

label! {
    /// What is asked of storage.
    StorageOperation, "operation", {
        /// To create a room.
        Create => "create",
        /// To load one.
        Load => "load",
        /// To tell what others have stored since.
        Since => "since",
        /// To store a batch of records.
        Append => "append",
    }
}

label! {
    /// How a suggestion ended.
    SuggestionOutcome, "outcome", {
        /// It was made.
        Done => "done",
        /// The provider failed.
        Failed => "failed",
        /// Nobody wanted it any more.
        Cancelled => "cancelled",
        /// It was cut off at the bound for suggestions.
        TooLong => "too_long",
    }
}

label! {
    /// What failed between nodes.
    FanoutFailure, "failure", {
        /// The broker can't be reached.
        Connect => "connect",
        /// A message could not be published.
        Publish => "publish",
        /// A subscription broke.
        Subscribe => "subscribe",
        /// Messages were lost on the way, and the room was healed.
        Gap => "gap",
        /// A message could not be read.
        Decode => "decode",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::label::Label;

    #[test]
    fn rooms_fall_into_the_class_that_holds_them() {
        let class = |bytes| SizeClass::of(bytes).word();
        assert_eq!(
            [0, 4_096, 4_097, 65_536, 65_537, 1 << 20, (1 << 20) + 1].map(class),
            ["4KiB", "4KiB", "64KiB", "64KiB", "1MiB", "1MiB", "more"]
        );
    }
}
