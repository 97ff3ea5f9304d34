//! Transports: whole frames in, whole frames out, whatever carries them. Knows no message and no room.

use bytes::Bytes;
use protocol::ParticipantId;
use std::{future::Future, time::Duration};

pub(crate) mod heard;
pub(crate) mod metered;
pub(crate) mod quic;
pub mod tls;
pub mod websocket;

/// A connection from which nothing at all came for this long is dead. Its participant is away then, and has the rest of the 30 s that
/// the contract allows to come back.
pub const DEAD_AFTER: Duration = Duration::from_secs(20);

/// A sign of life is asked of the peer this often, so that one who only listens is not taken for dead.
pub const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Text; the bytes are valid UTF-8.
    Text(Bytes),
    /// Anything.
    Binary(Bytes),
}

/// Why nothing more can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The frame is over the limit.
    #[error("a frame is over the limit of {limit} bytes")]
    TooLarge {
        /// Permitted bytes.
        limit: usize,
    },
    /// Nothing came for too long.
    #[error("nothing came for {} s", DEAD_AFTER.as_secs())]
    Silent,
    /// The connection broke, or the peer broke the transport's rules.
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// The connection can't be written any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection can't be written: {0}")]
pub struct WriteError(pub String);

/// Why a connection is closed, as RFC 6455, section 7.4.1, and its registry number the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// All is done.
    Normal,
    /// The peer sent what this conversation does not take (1003).
    Unsupported,
    /// The peer broke a rule that has no number of its own (1008).
    Policy,
    /// A frame was too large (1009).
    TooLarge,
    /// The server restarts, or reloads the room; come back (1012).
    Restart,
    /// The server is too busy, or the room full (1013).
    TryLater,
    /// Coming back as before will not help (4400). Private codes of 4400 to 4499 mean that to providers of y-websocket.
    Refused,
}

/// The way in.
pub trait FrameReader: Send {
    /// The next frame; none where the peer closed the connection in order. Cancel safe.
    fn next(&mut self) -> impl Future<Output = Option<Result<Frame, ReadError>>> + Send;

    /// How long nothing at all has come, signs of life included. A transport that can't tell says that it was just now.
    fn silent(&self) -> Duration {
        Duration::ZERO
    }
}

/// The way out.
pub trait FrameWriter: Send {
    /// Writes frames in order with one flush at the end.
    fn write(&mut self, frames: Vec<Frame>) -> impl Future<Output = Result<(), WriteError>> + Send;

    /// As [`FrameWriter::write`], and beside it frames of which only the newest of each participant counts: such a frame may be left out for
    /// a newer one, and comes no earlier than the frames that were written before it. Where everything has one order, it is a
    /// frame like any other.
    fn write_with_latest(
        &mut self,
        mut frames: Vec<Frame>,
        latest: Vec<(ParticipantId, Frame)>,
    ) -> impl Future<Output = Result<(), WriteError>> + Send {
        frames.extend(latest.into_iter().map(|(_, frame)| frame));
        self.write(frames)
    }

    /// Whether [`FrameWriter::write_apart`] does anything: where everything has one order, nothing can go apart.
    fn writes_apart(&self) -> bool {
        false
    }

    /// Sends frames apart from all others, in the background: neither waits for the other.
    fn write_apart(&mut self, _frames: Vec<Frame>) {}

    /// Asks the peer for a sign of life.
    fn keep_alive(&mut self) -> impl Future<Output = Result<(), WriteError>> + Send;

    /// Closes the connection with a reason.
    fn close(self, code: CloseCode, reason: &str) -> impl Future<Output = ()> + Send;
}

/// The number of a reason.
pub(crate) fn number(code: CloseCode) -> u16 {
    match code {
        CloseCode::Normal => 1000,
        CloseCode::Unsupported => 1003,
        CloseCode::Policy => 1008,
        CloseCode::TooLarge => 1009,
        CloseCode::Restart => 1012,
        CloseCode::TryLater => 1013,
        CloseCode::Refused => 4400,
    }
}
