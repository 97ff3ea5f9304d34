//! The pair room protocol: the messages, codecs, positions and the shared document that server and clients have in common.
//!
//! This crate is pure: no I/O, no clock, no logging and no randomness of its own. Whatever depends on time or chance takes
//! it as an argument, so that every rule in here can be tested by itself.

pub mod codec;
pub mod document;
pub mod error_code;
pub mod framing;
pub mod ids;
pub mod language;
pub mod limits;
pub mod message;
pub mod plain;
pub mod position;
pub mod presence;
pub mod quic;
pub mod text;
pub mod yjs;

pub use document::Document;
pub use error_code::ErrorCode;
pub use ids::{ClientId, DocumentPath, ParticipantId, RequestId, RoomId, Sequence};
pub use limits::Limits;
pub use message::{client::ClientMessage, server::ServerMessage};
pub use position::{Anchor, ByteOffset, LineColumn, Utf16Offset};

/// The version of the room protocol that this crate speaks.
pub const PROTOCOL_VERSION: u16 = 1;

/// The oldest version of the room protocol that this crate still understands.
pub const MIN_PROTOCOL_VERSION: u16 = 1;

/// The WebSocket subprotocol of MessagePack frames.
pub const SUBPROTOCOL_MSGPACK: &str = "pair.v1.msgpack";

/// The WebSocket subprotocol of JSON frames.
pub const SUBPROTOCOL_JSON: &str = "pair.v1.json";
