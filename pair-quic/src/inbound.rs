//! Everything that comes in, in the order in which it counts: the frames of the ordered stream, and presence no earlier than the frames
//! that it refers to. Knows no message.

use crate::{
    arrivals::{Arrival, Arrivals},
    frames::{FrameError, FrameReceiver},
};
use bytes::Bytes;
use protocol::quic::LatestOrder;
use std::collections::VecDeque;

/// Something that came in.
#[derive(Debug)]
pub enum Received {
    /// A frame.
    Frame(Bytes),
    /// The snapshot's stream.
    Snapshot(FrameReceiver),
}

/// The way in of a connection.
#[derive(Debug)]
pub struct Inbound {
    frames: FrameReceiver,
    arrivals: Arrivals,
    order: LatestOrder,
    /// What waited for the last frame.
    ready: VecDeque<Bytes>,
}

impl Inbound {
    /// Joins the ordered stream and what arrives beside it. What the stream is read of before this counts for no order.
    pub fn new(frames: FrameReceiver, arrivals: Arrivals) -> Self {
        Self { frames, arrivals, order: LatestOrder::default(), ready: VecDeque::new() }
    }

    /// What comes next; none where the ordered stream ended in order. Cancel safe.
    ///
    /// # Errors
    /// [`FrameError`]; nothing more comes then.
    pub async fn next(&mut self) -> Result<Option<Received>, FrameError> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(Some(Received::Frame(message)));
            }
            tokio::select! {
                biased;
                frame = self.frames.next() => {
                    self.ready.extend(self.order.frame_read());
                    return Ok(frame?.map(Received::Frame));
                }
                Some(arrival) = self.arrivals.next() => match arrival {
                    Arrival::Latest(envelope) => self.ready.extend(self.order.take(envelope)),
                    Arrival::Snapshot(frames) => return Ok(Some(Received::Snapshot(frames))),
                },
            }
        }
    }
}
