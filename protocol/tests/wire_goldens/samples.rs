//! What the samples of both directions share: the names and the bytes of one small story, so that the goldens read as one
//! session. Knows neither files nor codecs.
//!
//! The story: Grace wrote `fn main() {}` into the document `main`; Ada joins, and types a 😀 between the braces while Grace
//! adds a comment at the end.

use protocol::{
    Anchor, ClientId, DocumentPath, ParticipantId, RequestId, Sequence,
    message::Blob,
    position::{Association, ItemId},
    presence::{AnchoredSelection, Color, Dialect, Participant, Presence, Role},
};

/// A message with the name of its golden files: the type word, then `-` and what is special about it.
pub struct Sample<M> {
    pub name: &'static str,
    pub message: M,
}

/// Makes a sample.
pub fn sample<M>(name: &'static str, message: impl Into<M>) -> Sample<M> {
    Sample { name, message: message.into() }
}

/// The CRDT client ids of Ada and Grace.
pub const ADA_WRITES_AS: u64 = 1_001;
pub const GRACE_WRITES_AS: u64 = 2_002;

/// Grace's `fn main() {}` and a line end.
pub const FIRST_UPDATE: &[u8] = b"\x01\x01\xd2\x0f\x00\x04\x01\x04code\x0dfn main() {}\n\x00";
/// Ada's 😀 between the braces: between Grace's code units 10 and 11.
pub const ADA_UPDATE: &[u8] = b"\x01\x01\xe9\x07\x00\xc4\xd2\x0f\x0a\xd2\x0f\x0b\x04\xf0\x9f\x98\x80\x00";
/// Grace's comment behind her code unit 12.
pub const GRACE_UPDATE: &[u8] = b"\x01\x01\xd2\x0f\x0d\x84\xd2\x0f\x0c\x09// grace\n\x00";
/// The state vector of somebody who has the first update.
pub const FIRST_STATE: &[u8] = b"\x01\xd2\x0f\x0d";

pub fn blob(bytes: &[u8]) -> Blob {
    Blob::from(bytes.to_vec())
}

pub fn document() -> DocumentPath {
    DocumentPath::main()
}

pub fn path(text: &str) -> DocumentPath {
    text.parse().unwrap()
}

pub fn client_id(number: u64) -> ClientId {
    ClientId::new(number).unwrap()
}

pub fn seq(number: u64) -> Sequence {
    Sequence::new(number).unwrap()
}

pub fn request(number: u64) -> RequestId {
    RequestId::new(number).unwrap()
}

pub fn ada_id() -> ParticipantId {
    ParticipantId::new(5_821_403_377).unwrap()
}

pub fn grace_id() -> ParticipantId {
    // The largest id there is: a client in any language must be able to hold it.
    ParticipantId::new(9_007_199_254_740_991).unwrap()
}

pub fn blue() -> Color {
    Color { red: 0x3b, green: 0x82, blue: 0xf6 }
}

pub fn at(client: u64, clock: u32, assoc: Association) -> Anchor {
    Anchor { item: Some(ItemId { client: client_id(client), clock }), assoc }
}

/// Where Ada is: a selection of `main`, and she sees everything from the start to the end of the text.
pub fn ada_presence() -> Presence {
    let selection = AnchoredSelection {
        anchor: at(GRACE_WRITES_AS, 3, Association::After),
        head: at(GRACE_WRITES_AS, 6, Association::Before),
    };
    let start = Anchor { item: None, assoc: Association::Before };
    let end = Anchor { item: None, assoc: Association::After };
    Presence {
        document: document(),
        selections: vec![selection],
        visible: Some(AnchoredSelection { anchor: start, head: end }),
        following: None,
    }
}

/// Somebody who only says which document they look at.
pub fn bare_presence() -> Presence {
    Presence { document: path("src/main.rs"), selections: Vec::new(), visible: None, following: None }
}

/// Ada follows Grace into a document where her own cursor is not.
pub fn following_presence() -> Presence {
    Presence { following: Some(grace_id()), ..bare_presence() }
}

pub fn ada() -> Participant {
    Participant {
        id: ada_id(),
        name: "Ada 🦦".to_owned(),
        color: blue(),
        role: Role::Editor,
        dialect: Dialect::Pair,
        presence: None,
    }
}

pub fn grace() -> Participant {
    Participant {
        id: grace_id(),
        name: "Grace".to_owned(),
        color: Color { red: 0xf5, green: 0x9e, blue: 0x0b },
        role: Role::Owner,
        dialect: Dialect::Pair,
        presence: Some(ada_presence()),
    }
}
