//! JSON frames.

use super::{CodecError, Read};
use crate::plain;
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

/// Writes JSON. Messages hold nothing that JSON can't (no maps with other keys than strings), so that this can't fail.
pub(super) fn encode<T: Serialize>(message: &T) -> Bytes {
    serde_json::to_vec(message).unwrap_or_default().into()
}

/// Reads JSON.
pub(super) struct Reader;

impl Read for Reader {
    fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
        let text = std::str::from_utf8(bytes).map_err(|error| CodecError::Invalid(error.to_string()))?;
        serde_json::from_str(&plain::replace_lone_surrogates(text))
            .map_err(|error| CodecError::Invalid(error.to_string()))
    }
}
