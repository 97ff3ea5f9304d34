//! MessagePack frames with named fields.

use super::{CodecError, Read};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

/// How deep a frame may nest. Messages need six levels; a bound far below the stack's keeps hostile frames harmless.
const DEPTH_MAX: usize = 32;

/// Writes MessagePack. Messages hold nothing that MessagePack can't, and the buffer grows, so that this can't fail.
pub(super) fn encode<T: Serialize>(message: &T) -> Bytes {
    rmp_serde::to_vec_named(message).unwrap_or_default().into()
}

/// Reads MessagePack.
pub(super) struct Reader;

impl Read for Reader {
    fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
        // Read as a stream, though it costs one more copy: only so can be seen whether bytes are left after the message.
        let mut rest = bytes;
        let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
        deserializer.set_max_depth(DEPTH_MAX);
        let value = T::deserialize(&mut deserializer).map_err(|error| CodecError::Invalid(error.to_string()))?;
        if rest.is_empty() {
            Ok(value)
        } else {
            Err(CodecError::Invalid(format!("{} bytes follow the message", rest.len())))
        }
    }
}
