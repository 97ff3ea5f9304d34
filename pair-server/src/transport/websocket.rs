//! A WebSocket as axum upgrades it. Knows no message.

use super::{
    CloseCode, Frame, FrameReader, FrameWriter, ReadError, WriteError,
    heard::{Awaited, Heard},
    number,
};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use std::{error::Error, sync::Arc, time::Duration};
use tokio_tungstenite::tungstenite;

/// How long a peer may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest reason in a close frame, in bytes: a control frame holds 125, two of which are the code.
const REASON_BYTES_MAX: usize = 123;

/// Splits a socket into its two ways. `limit` is the largest frame in bytes that the socket was told to accept; `heard` knows what comes on the
/// stream below it.
pub(crate) fn split(socket: WebSocket, limit: usize, heard: Arc<Heard>) -> (WebSocketReader, WebSocketWriter) {
    let (sink, stream) = socket.split();
    (WebSocketReader { stream, limit, heard, awaited: None }, WebSocketWriter { sink })
}

/// The way in.
#[derive(Debug)]
pub(crate) struct WebSocketReader {
    stream: SplitStream<WebSocket>,
    limit: usize,
    heard: Arc<Heard>,
    /// The message that is waited for; none before somebody asks for it.
    awaited: Option<Awaited>,
}

impl FrameReader for WebSocketReader {
    async fn next(&mut self) -> Option<Result<Frame, ReadError>> {
        loop {
            let awaited = self.awaited.get_or_insert_with(|| self.heard.awaited());
            let message = match self.heard.unless_dead(awaited, self.stream.next()).await {
                Ok(message) => message?,
                Err(dead) => return Some(Err(dead)),
            };
            self.awaited = None;
            match message {
                Ok(Message::Text(text)) => return Some(Ok(Frame::Text(text.into()))),
                Ok(Message::Binary(bytes)) => return Some(Ok(Frame::Binary(bytes))),
                // Pings are answered by tungstenite itself.
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Ok(Message::Close(_)) => return None,
                Err(error) => return Some(Err(self.read_error(&error))),
            }
        }
    }

    fn silent(&self) -> Duration {
        self.heard.silent()
    }
}

impl WebSocketReader {
    fn read_error(&self, error: &axum::Error) -> ReadError {
        let tungstenite_error = error.source().and_then(|source| source.downcast_ref::<tungstenite::Error>());
        match tungstenite_error {
            Some(tungstenite::Error::Capacity(_)) => ReadError::TooLarge { limit: self.limit },
            _ => ReadError::Broken(error.to_string()),
        }
    }
}

/// The way out.
#[derive(Debug)]
pub(crate) struct WebSocketWriter {
    sink: SplitSink<WebSocket, Message>,
}

impl FrameWriter for WebSocketWriter {
    async fn write(&mut self, frames: Vec<Frame>) -> Result<(), WriteError> {
        for frame in frames {
            self.sink.feed(message(frame)?).await.map_err(|error| write_error(&error))?;
        }
        self.sink.flush().await.map_err(|error| write_error(&error))
    }

    async fn keep_alive(&mut self) -> Result<(), WriteError> {
        self.sink.send(Message::Ping(Bytes::new())).await.map_err(|error| write_error(&error))
    }

    async fn close(mut self, code: CloseCode, reason: &str) {
        let reason = reason.get(..reason.floor_char_boundary(REASON_BYTES_MAX)).unwrap_or_default();
        let frame = CloseFrame { code: number(code), reason: reason.into() };
        let closing = async {
            if self.sink.send(Message::Close(Some(frame))).await.is_ok() {
                // A peer that is gone already has nothing to be told.
                drop(self.sink.close().await);
            }
        };
        drop(tokio::time::timeout(CLOSE_TIMEOUT, closing).await);
    }
}

fn message(frame: Frame) -> Result<Message, WriteError> {
    match frame {
        Frame::Binary(bytes) => Ok(Message::Binary(bytes)),
        Frame::Text(bytes) => {
            Utf8Bytes::try_from(bytes).map(Message::Text).map_err(|error| WriteError(error.to_string()))
        }
    }
}

fn write_error(error: &axum::Error) -> WriteError {
    WriteError(error.to_string())
}

#[cfg(test)]
mod tests;
