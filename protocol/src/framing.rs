//! Frames on a byte stream (QUIC): a length of four bytes, big endian, then that many bytes. Knows no message.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes of the length before each frame.
pub const HEADER_BYTES: usize = 4;

/// Why a stream can't be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// The frame announces more bytes than the limit.
    #[error("a frame of {size} bytes is over the limit of {limit} bytes")]
    TooLarge {
        /// Announced bytes.
        size: usize,
        /// Permitted bytes.
        limit: usize,
    },
}

/// Appends a frame with its length to a buffer.
///
/// # Errors
/// [`FramingError::TooLarge`] where the length does not fit four bytes.
pub fn write_frame(frame: &[u8], into: &mut BytesMut) -> Result<(), FramingError> {
    let size = u32::try_from(frame.len())
        .map_err(|_| FramingError::TooLarge { size: frame.len(), limit: u32::MAX as usize })?;
    into.reserve(HEADER_BYTES + frame.len());
    into.put_u32(size);
    into.put_slice(frame);
    Ok(())
}

/// Takes the first whole frame out of a buffer, if it holds one. Nothing is allocated for a frame before its bytes are there.
///
/// # Errors
/// [`FramingError::TooLarge`] as soon as a length over `limit` bytes is seen; the stream is then useless.
pub fn read_frame(from: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, FramingError> {
    let Some(header) = from.first_chunk::<HEADER_BYTES>() else {
        return Ok(None);
    };
    let size = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
    if size > limit {
        return Err(FramingError::TooLarge { size, limit });
    }
    if from.len() - HEADER_BYTES < size {
        return Ok(None);
    }
    from.advance(HEADER_BYTES);
    Ok(Some(from.split_to(size).freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_however_the_bytes_are_cut() {
        let mut stream = BytesMut::new();
        for frame in [&b"one"[..], b"", b"three"] {
            write_frame(frame, &mut stream).unwrap();
        }
        let (mut buffer, mut frames) = (BytesMut::new(), Vec::new());
        for byte in stream {
            buffer.put_u8(byte);
            while let Some(frame) = read_frame(&mut buffer, 5).unwrap() {
                frames.push(frame);
            }
        }
        assert_eq!(frames, [&b"one"[..], b"", b"three"]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn an_announced_length_over_the_limit_is_refused_before_its_bytes_come() {
        let mut buffer = BytesMut::from(&u32::MAX.to_be_bytes()[..]);
        let error = read_frame(&mut buffer, 1_000).unwrap_err();
        assert_eq!(error, FramingError::TooLarge { size: u32::MAX as usize, limit: 1_000 });
    }
}
