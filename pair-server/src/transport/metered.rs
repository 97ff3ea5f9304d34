//! A connection that is counted: that it is there, what comes and goes, and why it ended. Wraps any transport; knows no message.

use super::{CloseCode, Frame, FrameReader, FrameWriter, ReadError, WriteError};
use crate::metrics::{
    Metrics,
    values::{Closed, Dialect, Transport},
};
use protocol::ParticipantId;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// What both ways of a connection share; the connection counts until both are gone.
struct Connection {
    metrics: Arc<Metrics>,
    dialect: Dialect,
    transport: Transport,
    /// Why nothing more can be read, or why the server closed it: whichever came first.
    ended: OnceLock<Closed>,
}

impl Connection {
    /// Notes why it ended; only the first reason counts.
    fn ended(&self, why: Closed) {
        self.ended.get_or_init(|| why);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let connections = &self.metrics.connections;
        connections.open.of(self.dialect, self.transport).dec();
        connections.closed.of(self.ended.get().copied().unwrap_or(Closed::Dropped)).inc();
    }
}

/// Counts a connection from now on.
pub(crate) fn metered<R, W>(
    metrics: &Arc<Metrics>,
    dialect: Dialect,
    transport: Transport,
    (reader, writer): (R, W),
) -> (MeteredReader<R>, MeteredWriter<W>) {
    metrics.connections.open.of(dialect, transport).inc();
    metrics.connections.opened.of(dialect, transport).inc();
    let metrics = Arc::clone(metrics);
    let connection = Arc::new(Connection { metrics, dialect, transport, ended: OnceLock::new() });
    (MeteredReader { reader, connection: Arc::clone(&connection) }, MeteredWriter { writer, connection })
}

/// The way in.
pub(crate) struct MeteredReader<R> {
    reader: R,
    connection: Arc<Connection>,
}

impl<R: FrameReader> FrameReader for MeteredReader<R> {
    async fn next(&mut self) -> Option<Result<Frame, ReadError>> {
        let next = self.reader.next().await;
        let ended = match &next {
            Some(Ok(frame)) => {
                let received = &self.connection.metrics.connections.received_bytes;
                received.of(self.connection.transport).inc_by(length(frame));
                return next;
            }
            Some(Err(ReadError::Silent)) => Closed::Silent,
            Some(Err(ReadError::Broken(_))) => Closed::Broken,
            Some(Err(ReadError::TooLarge { .. })) => Closed::TooLarge,
            None => Closed::Left,
        };
        self.connection.ended(ended);
        next
    }

    fn silent(&self) -> Duration {
        self.reader.silent()
    }
}

/// The way out.
pub(crate) struct MeteredWriter<W> {
    writer: W,
    connection: Arc<Connection>,
}

impl<W> MeteredWriter<W> {
    /// A connection that can't be written is broken.
    fn written(&self, written: Result<(), WriteError>) -> Result<(), WriteError> {
        if written.is_err() {
            self.connection.ended(Closed::Broken);
        }
        written
    }

    fn sends<'a>(&self, frames: impl Iterator<Item = &'a Frame>) {
        let sent = &self.connection.metrics.connections.sent_bytes;
        sent.of(self.connection.transport).inc_by(frames.map(length).sum());
    }
}

impl<W: FrameWriter> FrameWriter for MeteredWriter<W> {
    async fn write(&mut self, frames: Vec<Frame>) -> Result<(), WriteError> {
        self.sends(frames.iter());
        let written = self.writer.write(frames).await;
        self.written(written)
    }

    async fn write_with_latest(
        &mut self,
        frames: Vec<Frame>,
        latest: Vec<(ParticipantId, Frame)>,
    ) -> Result<(), WriteError> {
        self.sends(frames.iter().chain(latest.iter().map(|(_, frame)| frame)));
        let written = self.writer.write_with_latest(frames, latest).await;
        self.written(written)
    }

    fn writes_apart(&self) -> bool {
        self.writer.writes_apart()
    }

    fn write_apart(&mut self, frames: Vec<Frame>) {
        self.sends(frames.iter());
        self.writer.write_apart(frames);
    }

    async fn keep_alive(&mut self) -> Result<(), WriteError> {
        let written = self.writer.keep_alive().await;
        self.written(written)
    }

    async fn close(self, code: CloseCode, reason: &str) {
        self.connection.ended(of_code(code));
        self.writer.close(code, reason).await;
    }
}

fn length(frame: &Frame) -> u64 {
    let (Frame::Text(bytes) | Frame::Binary(bytes)) = frame;
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn of_code(code: CloseCode) -> Closed {
    match code {
        CloseCode::Normal => Closed::Left,
        CloseCode::Unsupported => Closed::Unsupported,
        CloseCode::Policy => Closed::Policy,
        CloseCode::TooLarge => Closed::TooLarge,
        CloseCode::Restart => Closed::Restart,
        CloseCode::TryLater => Closed::TryLater,
        CloseCode::Refused => Closed::Refused,
    }
}
