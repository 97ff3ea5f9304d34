//! The room protocol as `docs/protocol.md` describes it, over real sockets, each story on every way to a room. Knows nothing of the
//! server's insides.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

/// The message of one variant, or none.
macro_rules! only {
    ($variant:ident) => {
        |message: &ServerMessage| {
            if let ServerMessage::$variant(message) = message { Some(message.clone()) } else { None }
        }
    };
}

mod editing;
mod joining;
mod quic;
#[path = "../support/mod.rs"]
mod support;
mod talking;

use protocol::{ByteOffset, RequestId, message::client::RequestSuggestion, position::Association};
use support::pair::PairClient;

/// The text of a new room.
const START: &str = "# Start collaborating...\n";

/// A request for a suggestion at a place in bytes.
fn ask(client: &PairClient, request: u64, at: usize) -> RequestSuggestion {
    RequestSuggestion {
        request: RequestId::new(request).unwrap(),
        document: client.path.clone(),
        at: client.document.anchor(ByteOffset(at), Association::Before),
        by_pause: false,
    }
}
