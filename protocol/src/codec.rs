//! Messages to bytes and back, in two codecs with the same content. Knows no transport and no room.

use crate::{
    error_code::ErrorCode,
    message::{client::ClientMessage, server::ServerMessage},
};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned},
};
use std::fmt;

mod json;
mod msgpack;

/// Which way messages become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// MessagePack with named fields (`pair.v1.msgpack`).
    MessagePack,
    /// JSON text, byte strings in base64 (`pair.v1.json`).
    Json,
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes are not in the codec's format, or a field is missing or wrong.
    #[error("the frame is no message: {0}")]
    Invalid(String),
    /// The message type is not known here.
    #[error("message type {0:?} is not known to this version")]
    UnknownType(String),
}

impl CodecError {
    /// The error for a type that no message has; a long word is cut.
    pub(crate) fn unknown_type(word: &str) -> Self {
        Self::UnknownType(word.chars().take(64).collect())
    }

    /// The code that answers the error in the protocol.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::InvalidMessage,
            Self::UnknownType(_) => ErrorCode::UnknownType,
        }
    }
}

/// Reads one value of a known type from the bytes of one frame.
pub trait Read {
    /// Reads the value; fields that it does not know are skipped.
    ///
    /// # Errors
    /// [`CodecError::Invalid`] where the bytes don't hold it.
    fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError>;
}

/// A set of messages that are told apart by their `type`.
pub trait Message: Sized {
    /// Reads the message of the given type from the frame's bytes.
    ///
    /// # Errors
    /// [`CodecError`] where the type is unknown or the bytes don't hold it.
    fn read<R: Read>(word: &str, bytes: &[u8]) -> Result<Self, CodecError>;
}

/// The field that tells messages apart; everything else is skipped in the first pass.
struct TypeOnly {
    word: String,
}

/// Written by hand because a derived reader takes the array `["leave"]` for the map `{"type":"leave"}`.
impl<'de> Deserialize<'de> for TypeOnly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TypeVisitor)
    }
}

/// Finds the `type` in a map.
struct TypeVisitor;

impl<'de> de::Visitor<'de> for TypeVisitor {
    type Value = TypeOnly;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map with the field `type`")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<TypeOnly, A::Error> {
        #[derive(Deserialize)]
        struct Fields {
            r#type: String,
        }
        let Fields { r#type: word } = Fields::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(TypeOnly { word })
    }
}

impl Codec {
    /// The codec of a WebSocket subprotocol.
    pub fn of_subprotocol(name: &str) -> Option<Self> {
        match name {
            crate::SUBPROTOCOL_MSGPACK => Some(Self::MessagePack),
            crate::SUBPROTOCOL_JSON => Some(Self::Json),
            _ => None,
        }
    }

    /// The WebSocket subprotocol of the codec.
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::MessagePack => crate::SUBPROTOCOL_MSGPACK,
            Self::Json => crate::SUBPROTOCOL_JSON,
        }
    }

    /// Writes a message for the server.
    pub fn encode_client(self, message: &ClientMessage) -> Bytes {
        self.encode(message)
    }

    /// Writes a message for a client.
    pub fn encode_server(self, message: &ServerMessage) -> Bytes {
        self.encode(message)
    }

    /// Reads a client's message.
    ///
    /// # Errors
    /// [`CodecError`] says what is wrong with the bytes.
    pub fn decode_client(self, bytes: &[u8]) -> Result<ClientMessage, CodecError> {
        self.decode(bytes)
    }

    /// Reads a server's message.
    ///
    /// # Errors
    /// [`CodecError`] says what is wrong with the bytes.
    pub fn decode_server(self, bytes: &[u8]) -> Result<ServerMessage, CodecError> {
        self.decode(bytes)
    }

    /// Writes anything that is a map.
    pub(crate) fn encode<T: Serialize>(self, message: &T) -> Bytes {
        match self {
            Self::MessagePack => msgpack::encode(message),
            Self::Json => json::encode(message),
        }
    }

    /// Reads one of a set of messages.
    pub(crate) fn decode<M: Message>(self, bytes: &[u8]) -> Result<M, CodecError> {
        match self {
            Self::MessagePack => decode_with::<msgpack::Reader, M>(bytes),
            Self::Json => decode_with::<json::Reader, M>(bytes),
        }
    }
}

fn decode_with<R: Read, M: Message>(bytes: &[u8]) -> Result<M, CodecError> {
    let TypeOnly { word } = R::read(bytes)?;
    M::read::<R>(&word, bytes)
}
