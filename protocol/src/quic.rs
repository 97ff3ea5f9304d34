//! What is on the wire of a QUIC connection beside the messages: the ALPN name, the frame that opens the ordered stream, the kinds of
//! unidirectional streams, and the envelope in which presence travels. Pure: knows bytes, no sockets.
//!
//! The ordered stream carries frames of [`crate::framing`]. Presence travels beside it, in datagrams or in a stream per presence, so
//! that nothing waits for it and it waits for nothing. Two numbers in its envelope put that in order again: see [`LatestOrder`].

use crate::{
    codec::{Codec, CodecError},
    ids::RoomId,
    message::messages,
};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The name that both sides agree on in the TLS handshake (RFC 7301).
pub const ALPN: &[u8] = b"pair/1";

/// Largest envelope in bytes; presence is far smaller.
pub const ENVELOPE_BYTES_MAX: usize = 64 << 10;

/// Bytes of the three numbers before the message in an envelope.
pub const ENVELOPE_HEADER_BYTES: usize = 24;

/// Sources whose latest is kept apart, on one connection. A room has fewer participants at a time; when more have come and gone, all
/// are forgotten, and the next of each counts as new.
const SOURCES_MAX: usize = 4_096;

/// Bytes of the messages that wait for frames at most, on one connection. Places of everybody in a full room take far less; what has
/// no room is not noted, and counts when it is sent again.
const WAITING_BYTES_MAX: usize = 256 << 10;

/// Largest first frame in bytes: it holds a room's id.
pub const OPENING_BYTES_MAX: usize = 1 << 10;

messages! {
    /// What may be the first frame on the ordered stream.
    FirstFrame {
        /// Names the room.
        Opening = "open",
    }
}

/// The first frame on the ordered stream: the client names the room, as the path of a WebSocket does. The Hello comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Opening {
    /// Which room.
    pub room: RoomId,
}

impl Opening {
    /// The frame's bytes, without their length.
    pub fn encode(self) -> Bytes {
        Codec::MessagePack.encode(&FirstFrame::from(self))
    }

    /// Reads the first frame.
    ///
    /// # Errors
    /// [`CodecError`] where it is another message, or none, or the room's id is none.
    pub fn decode(frame: &[u8]) -> Result<Self, CodecError> {
        let FirstFrame::Opening(opening) = Codec::MessagePack.decode(frame)?;
        Ok(opening)
    }
}

/// What a unidirectional stream holds; its first byte says so. A stream of another kind is read by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// From the server only: frames with the `difference` messages that the Welcome announced.
    Snapshot = 1,
    /// One [`Envelope`] to the end of the stream.
    Latest = 2,
}

impl StreamKind {
    /// The kind of a first byte, where it is known.
    pub fn of(byte: u8) -> Option<Self> {
        [Self::Snapshot, Self::Latest].into_iter().find(|kind| kind.byte() == byte)
    }

    /// The first byte of such a stream.
    pub fn byte(self) -> u8 {
        self as u8
    }
}

/// A message of which only the newest of its source counts, on its way beside the ordered stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Grows with each new message that the sender puts into an envelope on this connection. One that is sent again keeps its number.
    pub number: u64,
    /// Frames that the sender had put on the ordered stream before: the message may refer to what is in them.
    pub after_frames: u64,
    /// Whose presence it is: the participant's id; 0 from a client, which has only its own.
    pub source: u64,
    /// The message.
    pub message: Bytes,
}

/// Bytes that are no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an envelope must have {ENVELOPE_HEADER_BYTES} to {ENVELOPE_BYTES_MAX} bytes, not {0}")]
pub struct EnvelopeError(pub usize);

impl Envelope {
    /// The bytes of a datagram, or of a stream behind its first byte: three numbers of eight bytes, big endian, then the message.
    pub fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(ENVELOPE_HEADER_BYTES + self.message.len());
        bytes.put_u64(self.number);
        bytes.put_u64(self.after_frames);
        bytes.put_u64(self.source);
        bytes.put_slice(&self.message);
        bytes.freeze()
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`] where there are too few bytes, or too many.
    pub fn decode(mut bytes: Bytes) -> Result<Self, EnvelopeError> {
        if !(ENVELOPE_HEADER_BYTES..=ENVELOPE_BYTES_MAX).contains(&bytes.len()) {
            return Err(EnvelopeError(bytes.len()));
        }
        Ok(Self { number: bytes.get_u64(), after_frames: bytes.get_u64(), source: bytes.get_u64(), message: bytes })
    }
}

/// Puts in order what arrives in envelopes: an older one than the newest of its source is dropped, and one that refers to frames of the
/// ordered stream that have not been read yet waits for them. At most one per source waits.
#[derive(Debug, Default)]
pub struct LatestOrder {
    frames_read: u64,
    newest: HashMap<u64, u64>,
    waiting: HashMap<u64, Envelope>,
    /// Bytes of the messages in `waiting`.
    waiting_bytes: usize,
}

impl LatestOrder {
    /// Takes what arrived; gives its message where it counts and need not wait.
    pub fn take(&mut self, envelope: Envelope) -> Option<Bytes> {
        let source = envelope.source;
        let is_old = self.newest.get(&source).is_some_and(|newest| envelope.number <= *newest);
        if is_old || envelope.number == 0 {
            return None;
        }
        let waits = envelope.after_frames > self.frames_read;
        if waits && self.waiting_bytes - self.waiting_of(source) + envelope.message.len() > WAITING_BYTES_MAX {
            return None;
        }
        if self.newest.len() >= SOURCES_MAX && !self.newest.contains_key(&source) {
            self.newest.clear();
            self.waiting.clear();
            self.waiting_bytes = 0;
        }
        self.newest.insert(source, envelope.number);
        self.waiting_bytes -= self.waiting_of(source);
        self.waiting.remove(&source);
        if !waits {
            return Some(envelope.message);
        }
        self.waiting_bytes += envelope.message.len();
        self.waiting.insert(source, envelope);
        None
    }

    /// Counts one more frame of the ordered stream as read; gives what waited for it.
    pub fn frame_read(&mut self) -> Vec<Bytes> {
        self.frames_read += 1;
        let read = self.frames_read;
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let due = self.waiting.extract_if(|_, envelope| envelope.after_frames <= read);
        let due: Vec<_> = due.map(|(_, one)| one.message).collect();
        self.waiting_bytes -= due.iter().map(Bytes::len).sum::<usize>();
        due
    }

    /// Bytes that wait of a source.
    fn waiting_of(&self, source: u64) -> usize {
        self.waiting.get(&source).map_or(0, |envelope| envelope.message.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(number: u64, after_frames: u64, source: u64) -> Envelope {
        Envelope { number, after_frames, source, message: Bytes::from(number.to_string()) }
    }

    #[test]
    fn the_first_frame_names_a_room_in_the_bytes_of_the_page() {
        let opening = Opening { room: "brave-otter".parse().unwrap() };
        let bytes = opening.clone().encode();
        assert_eq!(&bytes[..], b"\x82\xa4type\xa4open\xa4room\xabbrave-otter");
        assert_eq!(Opening::decode(&bytes), Ok(opening));
        assert!(matches!(Opening::decode(b"\x81\xa4type\xa5leave"), Err(CodecError::UnknownType(_))));
        assert!(matches!(Opening::decode(b"\x82\xa4type\xa4open\xa4room\xa1/"), Err(CodecError::Invalid(_))));
    }

    #[test]
    fn an_envelope_is_three_numbers_and_a_message() {
        let one = Envelope { number: 1, after_frames: 258, source: 7, message: Bytes::from_static(b"m") };
        let bytes = one.encode();
        assert_eq!(
            &bytes[..],
            [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1, 2], [0, 0, 0, 0, 0, 0, 0, 7]]
                .concat()
                .into_iter()
                .chain(*b"m")
                .collect::<Vec<_>>()
        );
        assert_eq!(Envelope::decode(bytes.clone()), Ok(one));
        assert_eq!(Envelope::decode(bytes.slice(..23)), Err(EnvelopeError(23)));
        assert!(Envelope::decode(vec![0; ENVELOPE_BYTES_MAX + 1].into()).is_err());
    }

    #[test]
    fn the_newest_of_each_source_counts_once() {
        let mut order = LatestOrder::default();
        assert_eq!(order.take(envelope(2, 0, 1)).as_deref(), Some(&b"2"[..]));
        assert_eq!(order.take(envelope(1, 0, 1)), None, "it was overtaken");
        assert_eq!(order.take(envelope(2, 0, 1)), None, "it was sent twice");
        assert_eq!(order.take(envelope(1, 0, 9)).as_deref(), Some(&b"1"[..]), "another source is not concerned");
    }

    #[test]
    fn a_place_waits_for_the_text_that_it_is_in() {
        let mut order = LatestOrder::default();
        assert_eq!(order.take(envelope(1, 2, 1)), None);
        assert!(order.frame_read().is_empty());
        assert_eq!(order.take(envelope(2, 3, 1)), None, "a newer one takes its place");
        assert!(order.frame_read().is_empty());
        assert_eq!(order.frame_read(), [&b"2"[..]]);
        assert!(order.frame_read().is_empty());
        assert_eq!(order.take(envelope(4, 9, 1)), None);
        assert_eq!(order.take(envelope(5, 4, 1)).as_deref(), Some(&b"5"[..]));
        assert!((0..9).all(|_| order.frame_read().is_empty()), "what waited was older than what came");
    }

    #[test]
    fn memory_is_bounded_whoever_sends() {
        let mut order = LatestOrder::default();
        for source in 0..3 * SOURCES_MAX as u64 {
            order.take(envelope(1, 1, source));
        }
        assert!(order.newest.len() <= SOURCES_MAX && order.waiting.len() <= SOURCES_MAX);
        let mut order = LatestOrder::default();
        let large = |number, after_frames, source| Envelope {
            message: Bytes::from(vec![0; ENVELOPE_BYTES_MAX - ENVELOPE_HEADER_BYTES]),
            ..envelope(number, after_frames, source)
        };
        for source in 0..SOURCES_MAX as u64 {
            order.take(large(1, u64::MAX, source));
            order.take(large(2, 1, source));
        }
        let held = |order: &LatestOrder| order.waiting.values().map(|one| one.message.len()).sum::<usize>();
        assert!(held(&order) <= WAITING_BYTES_MAX && held(&order) == order.waiting_bytes);
        assert_eq!(order.take(envelope(3, 0, 0)).as_deref(), Some(&b"3"[..]), "what need not wait needs no room");
        let due = order.frame_read().len();
        assert!(due > 0 && held(&order) == 0 && order.waiting_bytes == 0);
        assert_eq!(
            order.take(envelope(2, 2, SOURCES_MAX as u64 - 1)),
            None,
            "what had no room counts when it comes again"
        );
        assert_eq!(order.frame_read(), [&b"2"[..]]);
    }

    #[test]
    fn streams_say_what_they_hold() {
        for kind in [StreamKind::Snapshot, StreamKind::Latest] {
            assert_eq!(StreamKind::of(kind.byte()), Some(kind));
        }
        assert_eq!(StreamKind::of(0), None);
    }
}
