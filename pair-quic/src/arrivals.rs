//! What arrives beside the ordered stream: presence in datagrams and on streams of its own, and the snapshot. Knows no message.

use crate::frames::FrameReceiver;
use bytes::Bytes;
use protocol::quic::{ENVELOPE_BYTES_MAX, Envelope, StreamKind};
use quinn::{Connection, ConnectionError, ReadExactError, RecvStream, VarInt};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::task::TaskTracker;

/// What may wait to be taken. When it is full, datagrams are dropped, and streams wait: what is on them is the newest by then.
const ARRIVALS_CAPACITY: usize = 256;

/// Something that arrived.
#[derive(Debug)]
pub enum Arrival {
    /// A message of which only the newest counts.
    Latest(Envelope),
    /// The snapshot's stream.
    Snapshot(FrameReceiver),
}

/// Receives what arrives, in a task that ends with the connection.
#[derive(Debug)]
pub struct Arrivals {
    waiting: mpsc::Receiver<Arrival>,
}

impl Arrivals {
    /// Starts receiving on a connection. `snapshot_limit` is the largest frame of a snapshot in bytes; none: no snapshot is taken.
    pub fn start(connection: Connection, snapshot_limit: Option<usize>, tasks: &TaskTracker) -> Self {
        let (arrived, waiting) = mpsc::channel(ARRIVALS_CAPACITY);
        tasks.spawn(async move {
            let receiving = Receiving { connection: &connection, snapshot_limit, arrived: arrived.clone() };
            tokio::select! {
                () = arrived.closed() => {}
                ended = receiving.streams() => log_end(&ended),
                ended = receiving.datagrams() => log_end(&ended),
            }
        });
        Self { waiting }
    }

    /// The next; none once the connection is gone. Cancel safe.
    pub async fn next(&mut self) -> Option<Arrival> {
        self.waiting.recv().await
    }
}

fn log_end(ended: &Result<(), ConnectionError>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "nothing more arrives beside the ordered stream");
    }
}

struct Receiving<'a> {
    connection: &'a Connection,
    snapshot_limit: Option<usize>,
    arrived: mpsc::Sender<Arrival>,
}

impl Receiving<'_> {
    async fn datagrams(&self) -> Result<(), ConnectionError> {
        loop {
            let bytes = self.connection.read_datagram().await?;
            match Envelope::decode(bytes) {
                Ok(envelope) => {
                    // It is sent again on a stream if it stays the newest.
                    if let Err(TrySendError::Closed(_)) = self.arrived.try_send(Arrival::Latest(envelope)) {
                        return Ok(());
                    }
                }
                Err(error) => tracing::debug!(%error, "skipped a datagram"),
            }
        }
    }

    /// Reads one stream after the other: they are short, and a snapshot's is handed on unread.
    async fn streams(&self) -> Result<(), ConnectionError> {
        loop {
            let stream = self.connection.accept_uni().await?;
            if let Some(arrival) = self.arrival(stream).await
                && self.arrived.send(arrival).await.is_err()
            {
                return Ok(());
            }
        }
    }

    async fn arrival(&self, mut stream: RecvStream) -> Option<Arrival> {
        let mut kind = [0];
        match stream.read_exact(&mut kind).await {
            Ok(()) => {}
            Err(ReadExactError::FinishedEarly(_) | ReadExactError::ReadError(_)) => return None,
        }
        match (StreamKind::of(kind[0]), self.snapshot_limit) {
            (Some(StreamKind::Latest), _) => {
                let bytes = stream.read_to_end(ENVELOPE_BYTES_MAX).await.ok()?;
                Envelope::decode(Bytes::from(bytes)).ok().map(Arrival::Latest)
            }
            (Some(StreamKind::Snapshot), Some(limit)) => Some(Arrival::Snapshot(FrameReceiver::new(stream, limit))),
            (Some(StreamKind::Snapshot), None) | (None, _) => {
                // Of a newer version, or not for this side. A stream that ended already needs no word.
                drop(stream.stop(VarInt::from_u32(0)));
                None
            }
        }
    }
}
