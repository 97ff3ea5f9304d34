//! What each server is spoken to in: the path, the first frames, and how an edit is wrapped. The update inside is the same for all. Knows no
//! server process.

use crate::support::pair::Identity;
use protocol::{ClientMessage, DocumentPath, Sequence, codec::Codec, message::client::Edit};
use tokio_tungstenite::tungstenite::Bytes;

/// A dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// None: frames are passed on.
    Floor,
    /// The room protocol, in MessagePack.
    Pair,
    /// y-protocols sync, as `y-websocket` speaks it.
    Yjs,
    /// The same behind the document's name, as `@hocuspocus/provider` speaks it.
    Hocuspocus,
}

impl Dialect {
    /// Where a room is.
    pub fn path(self, room: &str) -> String {
        match self {
            Self::Floor | Self::Yjs => format!("/{room}"),
            Self::Pair => format!("/ws/{room}"),
            Self::Hocuspocus => "/".to_owned(),
        }
    }

    /// The subprotocol that is asked for.
    pub fn subprotocol(self) -> Option<&'static str> {
        (self == Self::Pair).then(|| Codec::MessagePack.subprotocol())
    }

    /// What is said first.
    pub fn greeting(self, room: &str, identity: &Identity) -> Vec<Bytes> {
        match self {
            Self::Floor => Vec::new(),
            Self::Pair => vec![Codec::MessagePack.encode_client(&ClientMessage::from(identity.hello(None)))],
            // Sync, step 1, a state vector of nothing.
            Self::Yjs => vec![Bytes::from_static(&[0, 0, 1, 0])],
            // Auth with an empty token, then the same.
            Self::Hocuspocus => [&[2, 0, 0][..], &[0, 0, 1, 0]].map(|rest| named(room, rest)).to_vec(),
        }
    }

    /// Whether a frame is the answer to the greeting, with all that the room has.
    pub fn is_welcome(self, room: &str, frame: &[u8]) -> bool {
        match self {
            Self::Floor | Self::Pair => true,
            Self::Yjs => frame.starts_with(&[0, 1]),
            Self::Hocuspocus => frame.starts_with(&named(room, &[0, 1])),
        }
    }

    /// Whether there is an answer at all.
    pub fn is_welcomed(self) -> bool {
        self != Self::Floor
    }

    /// An edit: a Yjs v1 update, and its writer's number for it.
    pub fn edit(self, room: &str, seq: Sequence, update: Vec<u8>) -> Bytes {
        match self {
            Self::Pair => {
                let edit = Edit { document: DocumentPath::main(), seq, update: update.into() };
                Codec::MessagePack.encode_client(&ClientMessage::from(edit))
            }
            Self::Floor | Self::Yjs => [&[0, 2][..], &sized(&update)].concat().into(),
            Self::Hocuspocus => named(room, &[&[0, 2][..], &sized(&update)].concat()),
        }
    }
}

fn named(room: &str, rest: &[u8]) -> Bytes {
    [&sized(room.as_bytes())[..], rest].concat().into()
}

/// Bytes behind their number, as lib0 writes it.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(bytes.len() + 5), bytes.len());
    while rest > 127 {
        out.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    out.push(u8::try_from(rest).unwrap());
    out.extend_from_slice(bytes);
    out
}
