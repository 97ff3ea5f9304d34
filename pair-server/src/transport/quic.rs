//! A QUIC connection once its room is known: frames on the ordered stream, presence and the snapshot beside it. Knows no message.

use super::{CloseCode, Frame, FrameReader, FrameWriter, ReadError, WriteError};
use bytes::Bytes;
use pair_quic::{
    Arrivals, FrameError, FrameReceiver, FrameSender, Inbound, LatestSender, Progress, Received, frames::close_code,
    parameters::DEAD_AFTER,
};
use protocol::{ParticipantId, framing::FramingError, quic::StreamKind};
use quinn::{Connection, ConnectionError, VarInt};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// How long a peer may take to acknowledge the last frames.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the end of a snapshot may be on its way: as much as lies between both ends at a time, at the least rate of a [`Progress`].
const SNAPSHOT_END_TIMEOUT: Duration = Duration::from_mins(10);

/// The snapshot's stream gives way to the ordered one, whose priority is 0.
const SNAPSHOT_PRIORITY: i32 = -1;

/// Makes the two ways of a connection whose ordered stream is open.
pub(crate) fn split(
    connection: Connection,
    frames_in: FrameReceiver,
    frames_out: FrameSender,
    tasks: &TaskTracker,
) -> (QuicReader, QuicWriter) {
    let inbound = Inbound::new(frames_in.hurried(), Arrivals::start(connection.clone(), None, tasks));
    let latest = LatestSender::start(connection.clone(), tasks);
    let reader = QuicReader { connection: connection.clone(), inbound, silent: Duration::ZERO };
    (reader, QuicWriter { connection, frames: frames_out, latest, tasks: tasks.clone() })
}

/// The way in.
#[derive(Debug)]
pub(crate) struct QuicReader {
    connection: Connection,
    inbound: Inbound,
    /// How long nothing had come when the connection was given up.
    silent: Duration,
}

impl FrameReader for QuicReader {
    async fn next(&mut self) -> Option<Result<Frame, ReadError>> {
        loop {
            match self.inbound.next().await {
                Ok(Some(Received::Frame(bytes))) => return Some(Ok(Frame::Binary(bytes))),
                // Clients send none, and `split` takes none.
                Ok(Some(Received::Snapshot(_))) => {}
                Ok(None) => return self.finished().await,
                Err(FrameError::Stream(quinn::ReadError::ConnectionLost(error))) => return self.lost(&error),
                Err(error) => return Some(Err(read_error(error))),
            }
        }
    }

    fn silent(&self) -> Duration {
        self.silent
    }
}

impl QuicReader {
    /// The client's stream is at its end: that is a goodbye, unless its connection breaks with it.
    async fn finished(&mut self) -> Option<Result<Frame, ReadError>> {
        match tokio::time::timeout(CLOSE_TIMEOUT, self.connection.closed()).await {
            Ok(error) => self.lost(&error),
            Err(_) => None,
        }
    }

    /// A close with a code is a goodbye. One without is what quinn says for a program that let go of the connection and closed nothing:
    /// such a client has not left, and may come back.
    fn lost(&mut self, error: &ConnectionError) -> Option<Result<Frame, ReadError>> {
        match error {
            ConnectionError::ApplicationClosed(close) if close.error_code != VarInt::from_u32(0) => None,
            ConnectionError::TimedOut => {
                self.silent = DEAD_AFTER;
                Some(Err(ReadError::Silent))
            }
            error => Some(Err(ReadError::Broken(error.to_string()))),
        }
    }
}

fn read_error(error: FrameError) -> ReadError {
    match error {
        FrameError::Framing(FramingError::TooLarge { limit, .. }) => ReadError::TooLarge { limit },
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
            let written = tokio::select! {
                written = write_snapshot(&connection, frames) => written,
                _ = connection.closed() => return,
            };
            match written {
                Ok(()) => {}
                Err(SnapshotError::Stream(error)) => tracing::debug!(%error, "a snapshot was not written to its end"),
                Err(error @ SnapshotError::Unread) => {
                    connection.close(close_code(super::number(CloseCode::TryLater)), error.to_string().as_bytes());
                }
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

/// Why a snapshot is not with the client.
#[derive(Debug, thiserror::Error)]
enum SnapshotError {
    /// The client, or the link to it, takes too little of it.
    #[error("the snapshot was not read in time")]
    Unread,
    /// The stream is gone.
    #[error(transparent)]
    Stream(#[from] quinn::WriteError),
}

/// Writes a snapshot on a stream of its own, for as long as the client takes something of it.
async fn write_snapshot(connection: &Connection, frames: Vec<Bytes>) -> Result<(), SnapshotError> {
    let unread = |_| SnapshotError::Unread;
    let (mut progress, mut written) = (Progress::begin(0), 0);
    let opening = async {
        let mut stream = connection.open_uni().await?;
        // Only a stream that is closed already has no priority.
        drop(stream.set_priority(SNAPSHOT_PRIORITY));
        stream.write_all(&[StreamKind::Snapshot.byte()]).await?;
        Ok::<_, quinn::WriteError>(FrameSender::new(stream))
    };
    let mut sender = tokio::time::timeout_at(progress.note(0), opening).await.map_err(unread)??;
    sender.queue(frames);
    loop {
        let some = tokio::time::timeout_at(progress.note(written), sender.write_some()).await.map_err(unread)??;
        if some == 0 {
            break;
        }
        written += some as u64;
    }
    tokio::time::timeout(SNAPSHOT_END_TIMEOUT, sender.finish()).await.map_err(unread)
}

fn bytes(frame: Frame) -> Bytes {
    match frame {
        Frame::Text(bytes) | Frame::Binary(bytes) => bytes,
    }
}

#[cfg(test)]
mod tests;
