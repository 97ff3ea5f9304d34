//! The messages of the room protocol, version 1, written down for other languages in `docs/protocol.md`. Knows neither how
//! they become bytes (`codec`) nor how these travel.

use serde::{Deserialize, Serialize, de};
use std::{fmt, ops::Deref};

pub mod client;
pub mod server;

use crate::ids::DocumentPath;

/// Bytes inside a message: an update or a state vector. A byte string in MessagePack, base64 (standard alphabet, padded) in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "Uint8Array"))]
pub struct Blob(pub bytes::Bytes);

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl Deref for Blob {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::{display::Base64Display, engine::general_purpose::STANDARD};
        if serializer.is_human_readable() {
            serializer.collect_str(&Base64Display::new(&self.0, &STANDARD))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(BlobVisitor)
        } else {
            deserializer.deserialize_byte_buf(BlobVisitor)
        }
    }
}

/// Reads a [`Blob`] from base64 or from bytes.
struct BlobVisitor;

impl de::Visitor<'_> for BlobVisitor {
    type Value = Blob;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a byte string (base64 in JSON)")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Blob, E> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        STANDARD.decode(text).map(Blob::from).map_err(|error| E::custom(format_args!("base64: {error}")))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Blob, E> {
        Ok(Blob::from(bytes.to_vec()))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Blob, E> {
        Ok(Blob::from(bytes))
    }
}

/// The state of one document: what of its history somebody has, as a Yjs v1 state vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DocumentState {
    /// Which document.
    pub document: DocumentPath,
    /// What its sender has of it, as a Yjs v1 state vector; empty: nothing.
    #[serde(default)]
    pub state_vector: Blob,
}

/// Defines a message enum: one struct per message, told apart by a `type` field, with a two-pass reader. Pass one finds the
/// type wherever it stands in the map, pass two reads the struct itself from the same bytes; so nothing is buffered, a
/// message costs no copy of itself, and an unknown type is known by its name.
macro_rules! messages {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[serde(tag = "type")]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant($variant),)*
        }

        impl $name {
            /// The word that names the message type on the wire.
            pub fn type_word(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }
        }

        impl crate::codec::Message for $name {
            fn read<R: crate::codec::Read>(word: &str, bytes: &[u8]) -> Result<Self, crate::codec::CodecError> {
                match word {
                    $($word => Ok(Self::$variant(R::read(bytes)?)),)*
                    _ => Err(crate::codec::CodecError::unknown_type(word)),
                }
            }
        }

        $(impl From<$variant> for $name {
            fn from(message: $variant) -> Self {
                Self::$variant(message)
            }
        })*
    };
}
pub(crate) use messages;
