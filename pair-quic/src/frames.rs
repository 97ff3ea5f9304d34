//! Frames on QUIC streams: a length, then the bytes, as `protocol::framing` has it. Knows no message.

use crate::progress::{self, Progress};
use bytes::{Bytes, BytesMut};
use protocol::framing::{FramingError, HEADER_BYTES, read_frame};
use quinn::{ReadError, RecvStream, SendStream, VarInt, WriteError};
use std::collections::VecDeque;

/// Most bytes that are taken from a stream at a time.
const READ_MAX: usize = 64 << 10;

/// Why no frame can be read any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A frame is over the limit.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// The stream or its connection is gone.
    #[error(transparent)]
    Stream(#[from] ReadError),
    /// The stream ended in the middle of a frame.
    #[error("the stream ended in the middle of a frame")]
    Torn,
    /// A frame came more slowly than [`progress::LEAST`] allows.
    #[error("of a frame came less than {} bytes within {} s", progress::LEAST, progress::WITHIN.as_secs())]
    Slow,
}

/// The way in.
#[derive(Debug)]
pub struct FrameReceiver {
    stream: RecvStream,
    /// What was read and is no whole frame yet.
    buffer: BytesMut,
    /// Largest frame in bytes.
    limit: usize,
    /// How far the frame in the buffer is, where somebody wants to know.
    progress: Option<Progress>,
    is_hurried: bool,
}

impl FrameReceiver {
    /// Reads frames of at most `limit` bytes from a stream.
    pub fn new(stream: RecvStream, limit: usize) -> Self {
        Self { stream, buffer: BytesMut::new(), limit, progress: None, is_hurried: false }
    }

    /// From now on gives up on a frame of which too little comes: see [`Progress`].
    #[must_use]
    pub fn hurried(self) -> Self {
        Self { is_hurried: true, ..self }
    }

    /// Takes frames of at most `limit` bytes from now on.
    #[must_use]
    pub fn with_limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The next frame; none where the stream ended in order. Cancel safe.
    ///
    /// # Errors
    /// [`FrameError`]; nothing more comes then.
    pub async fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        loop {
            if let Some(frame) = read_frame(&mut self.buffer, self.limit)? {
                self.progress = None;
                return Ok(Some(frame));
            }
            let reading = self.stream.read_chunk(READ_MAX, true);
            let chunk = if self.is_hurried && !self.buffer.is_empty() {
                let held = self.buffer.len() as u64;
                let give_up_at = self.progress.get_or_insert_with(|| Progress::begin(held)).note(held);
                tokio::time::timeout_at(give_up_at, reading).await.map_err(|_| FrameError::Slow)?
            } else {
                reading.await
            };
            match chunk? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk.bytes),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(FrameError::Torn),
            }
        }
    }
}

/// The way out.
#[derive(Debug)]
pub struct FrameSender {
    stream: SendStream,
    /// What was given to this and not yet to the stream: a write that was dropped halfway is ended by the next one.
    pending: VecDeque<Bytes>,
    sent: u64,
}

impl FrameSender {
    /// Writes frames to a stream.
    pub fn new(stream: SendStream) -> Self {
        Self { stream, pending: VecDeque::new(), sent: 0 }
    }

    /// Writes frames in order. Where this is dropped halfway, the rest goes out before what is written next.
    ///
    /// # Errors
    /// [`WriteError`] where the stream or its connection is gone.
    pub async fn write(&mut self, frames: Vec<Bytes>) -> Result<(), WriteError> {
        self.queue(frames);
        while self.write_some().await? > 0 {}
        Ok(())
    }

    /// Takes frames without writing them: see [`FrameSender::write_some`].
    pub fn queue(&mut self, frames: Vec<Bytes>) {
        for frame in frames {
            // A frame of 4 GiB is over every limit, and would be refused by whoever reads it.
            let header: [u8; HEADER_BYTES] = u32::try_from(frame.len()).unwrap_or(u32::MAX).to_be_bytes();
            self.pending.push_back(Bytes::copy_from_slice(&header));
            self.pending.push_back(frame);
            self.sent += 1;
        }
    }

    /// Writes as much of what waits as the stream takes at once; gives how many bytes that were: 0 where nothing waits any more.
    ///
    /// # Errors
    /// [`WriteError`] where the stream or its connection is gone.
    pub async fn write_some(&mut self) -> Result<usize, WriteError> {
        if self.pending.is_empty() {
            return Ok(0);
        }
        let written = self.stream.write_chunks(self.pending.make_contiguous()).await?;
        self.pending.drain(..written.chunks);
        Ok(written.bytes)
    }

    /// How many frames were put on the stream.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Says that nothing more comes, and waits until the other side has all of it, or wants no more.
    pub async fn finish(&mut self) {
        if self.stream.finish().is_ok() {
            // Whatever comes of it, nothing more can be done.
            drop(self.stream.stopped().await);
        }
    }
}

/// The code of a close as QUIC counts it.
pub fn close_code(code: u16) -> VarInt {
    VarInt::from_u32(code.into())
}
