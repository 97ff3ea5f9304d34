//! A QUIC connection once its room is known: frames on the ordered stream, presence and the snapshot beside it. Knows no message.

use super::{CloseCode, Frame, FrameReader, FrameWriter, ReadError, WriteError};
use bytes::Bytes;
use pair_quic::{
    Arrivals, FrameError, FrameReceiver, FrameSender, Inbound, LatestSender, Received, frames::close_code,
};
use protocol::{ParticipantId, framing::FramingError, quic::StreamKind};
use quinn::{Connection, ConnectionError};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// How long a peer may take to acknowledge the last frames.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a client may take to read its snapshot. One that takes longer than that for it does not want it.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_mins(5);

/// The snapshot's stream gives way to the ordered one, whose priority is 0.
const SNAPSHOT_PRIORITY: i32 = -1;

/// Makes the two ways of a connection whose ordered stream is open.
pub(crate) fn split(
    connection: Connection,
    frames_in: FrameReceiver,
    frames_out: FrameSender,
    tasks: &TaskTracker,
) -> (QuicReader, QuicWriter) {
    let inbound = Inbound::new(frames_in, Arrivals::start(connection.clone(), None, tasks));
    let latest = LatestSender::start(connection.clone(), tasks);
    (QuicReader { inbound }, QuicWriter { connection, frames: frames_out, latest, tasks: tasks.clone() })
}

/// The way in.
#[derive(Debug)]
pub(crate) struct QuicReader {
    inbound: Inbound,
}

impl FrameReader for QuicReader {
    async fn next(&mut self) -> Option<Result<Frame, ReadError>> {
        loop {
            match self.inbound.next().await {
                Ok(Some(Received::Frame(bytes))) => return Some(Ok(Frame::Binary(bytes))),
                // Clients send none, and `split` takes none.
                Ok(Some(Received::Snapshot(_))) => {}
                Ok(None)
                | Err(FrameError::Stream(quinn::ReadError::ConnectionLost(ConnectionError::ApplicationClosed(_)))) => {
                    return None;
                }
                Err(error) => return Some(Err(read_error(error))),
            }
        }
    }
}

fn read_error(error: FrameError) -> ReadError {
    match error {
        FrameError::Framing(FramingError::TooLarge { limit, .. }) => ReadError::TooLarge { limit },
        FrameError::Stream(quinn::ReadError::ConnectionLost(ConnectionError::TimedOut)) => ReadError::Silent,
        error => ReadError::Broken(error.to_string()),
    }
}

/// The way out.
#[derive(Debug)]
pub(crate) struct QuicWriter {
    connection: Connection,
    frames: FrameSender,
    latest: LatestSender,
    tasks: TaskTracker,
}

impl FrameWriter for QuicWriter {
    async fn write(&mut self, frames: Vec<Frame>) -> Result<(), WriteError> {
        let written = self.frames.write(frames.into_iter().map(bytes).collect()).await;
        written.map_err(|error| WriteError(error.to_string()))
    }

    async fn write_with_latest(
        &mut self,
        frames: Vec<Frame>,
        latest: Vec<(ParticipantId, Frame)>,
    ) -> Result<(), WriteError> {
        self.write(frames).await?;
        for (source, frame) in latest {
            self.latest.put(source.get(), self.frames.sent(), bytes(frame));
        }
        Ok(())
    }

    fn writes_apart(&self) -> bool {
        true
    }

    fn write_apart(&mut self, frames: Vec<Frame>) {
        let connection = self.connection.clone();
        let frames = frames.into_iter().map(bytes).collect();
        self.tasks.spawn(async move {
            let writing = tokio::time::timeout(SNAPSHOT_TIMEOUT, write_snapshot(&connection, frames));
            let written = tokio::select! {
                written = writing => written,
                _ = connection.closed() => return,
            };
            if written.is_err() {
                connection.close(close_code(super::number(CloseCode::TryLater)), b"the snapshot was not read in time");
            }
        });
    }

    async fn keep_alive(&mut self) -> Result<(), WriteError> {
        // The client's QUIC does that by itself.
        Ok(())
    }

    async fn close(mut self, code: CloseCode, reason: &str) {
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.frames.finish()).await);
        self.connection.close(close_code(super::number(code)), reason.as_bytes());
    }
}

async fn write_snapshot(connection: &Connection, frames: Vec<Bytes>) {
    let writing = async {
        let mut stream = connection.open_uni().await?;
        // Only a stream that is closed already has no priority.
        drop(stream.set_priority(SNAPSHOT_PRIORITY));
        stream.write_all(&[StreamKind::Snapshot.byte()]).await?;
        let mut sender = FrameSender::new(stream);
        sender.write(frames).await?;
        sender.finish().await;
        Ok::<_, quinn::WriteError>(())
    };
    if let Err(error) = writing.await {
        tracing::debug!(%error, "a snapshot was not written to its end");
    }
}

fn bytes(frame: Frame) -> Bytes {
    match frame {
        Frame::Text(bytes) | Frame::Binary(bytes) => bytes,
    }
}
