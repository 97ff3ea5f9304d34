//! One WebSocket that speaks `pair.v1.msgpack`: opening it, messages in and out. Knows no room and no reconnecting.

use super::{
    RoomAddress,
    heard::Heard,
    link::{FRAME_BYTES_MAX, SocketError},
    stream::{self, Stream},
    trust::Trust,
};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use protocol::{
    ClientMessage, ServerMessage,
    codec::{Codec, CodecError},
};
use std::{sync::Arc, time::Duration};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        handshake::client::Response,
        http::{HeaderValue, StatusCode, header::SEC_WEBSOCKET_PROTOCOL},
        protocol::WebSocketConfig,
    },
};

/// A WebSocket ping goes out this often, so that a silent room still shows whether it is there.
pub const PING_EVERY: Duration = Duration::from_secs(5);

/// A connection on which not a byte came for this long, pongs included, is dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(12);

/// How many waiting messages are written before one flush.
const FLUSHED_TOGETHER: usize = 256;

type Raw = WebSocketStream<Stream>;

impl From<tungstenite::Error> for SocketError {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::Error;
        match error {
            Error::Http(response) if response.status() == StatusCode::NOT_FOUND => Self::NoSuchRoom,
            Error::Http(response) => Self::Refused(response.status()),
            Error::Protocol(tungstenite::error::ProtocolError::SecWebSocketSubProtocolError(_)) => Self::OtherProtocol,
            Error::ConnectionClosed | Error::AlreadyClosed => Self::Closed(None),
            error => Self::Broken(Box::new(error)),
        }
    }
}

/// Opens a WebSocket and agrees on the protocol.
///
/// # Errors
/// [`SocketError`]; see [`SocketError::is_final`].
pub async fn open(address: &RoomAddress, trust: &Trust) -> Result<(WebSocketSink, WebSocketSource), SocketError> {
    let mut request = address.websocket().into_client_request()?;
    let protocol = HeaderValue::from_static(protocol::SUBPROTOCOL_MSGPACK);
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    let (stream, heard) = stream::open(&address.server, trust).await?;
    let (socket, response) = tokio_tungstenite::client_async_with_config(request, stream, Some(limits())).await?;
    if !speaks_protocol(&response) {
        return Err(SocketError::OtherProtocol);
    }
    let (sink, stream) = socket.split();
    Ok((WebSocketSink(sink), WebSocketSource { frames: stream, heard }))
}

/// The same as QUIC's: what tungstenite takes where nobody says more, 16 MiB, is less than a room may hold.
fn limits() -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(FRAME_BYTES_MAX)).max_frame_size(Some(FRAME_BYTES_MAX))
}

fn speaks_protocol(response: &Response) -> bool {
    response.headers().get(SEC_WEBSOCKET_PROTOCOL).is_some_and(|name| name == protocol::SUBPROTOCOL_MSGPACK)
}

/// The way to the server.
pub struct WebSocketSink(SplitSink<Raw, Message>);

impl WebSocketSink {
    /// Sends one message.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<(), SocketError> {
        Ok(self.0.send(frame(message)).await?)
    }

    /// Sends what comes out of the outbox, as much as waits at a time, and pings; until all outboxes are gone.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone.
    pub async fn send_all(
        &mut self,
        messages: &mut tokio::sync::mpsc::Receiver<ClientMessage>,
    ) -> Result<(), SocketError> {
        let mut pings = tokio::time::interval(PING_EVERY);
        let mut waiting = Vec::with_capacity(FLUSHED_TOGETHER);
        loop {
            tokio::select! {
                count = messages.recv_many(&mut waiting, FLUSHED_TOGETHER) => {
                    if count == 0 {
                        return Ok(());
                    }
                    for message in waiting.drain(..) {
                        self.0.feed(frame(&message)).await?;
                    }
                    self.0.flush().await?;
                }
                _ = pings.tick() => self.0.send(Message::Ping(bytes::Bytes::new())).await?,
            }
        }
    }

    /// Says that nothing more comes.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone already.
    pub async fn close(&mut self) -> Result<(), SocketError> {
        Ok(self.0.close().await?)
    }
}

fn frame(message: &ClientMessage) -> Message {
    Message::Binary(Codec::MessagePack.encode_client(message))
}

/// The way from the server.
pub struct WebSocketSource {
    frames: SplitStream<Raw>,
    heard: Arc<Heard>,
}

impl WebSocketSource {
    /// What came so far, in bytes.
    pub(super) fn heard(&self) -> &Arc<Heard> {
        &self.heard
    }

    /// The next message; types that this version does not know are skipped.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone, silent for too long, or not understood.
    pub async fn next(&mut self) -> Result<ServerMessage, SocketError> {
        loop {
            let frame = self.heard.unless_silent(DEAD_AFTER, self.frames.next()).await.ok_or(SocketError::Silent)?;
            match frame.ok_or(SocketError::Closed(None))?? {
                Message::Binary(bytes) => match Codec::MessagePack.decode_server(&bytes) {
                    Ok(message) => return Ok(message),
                    Err(CodecError::UnknownType(word)) => {
                        tracing::debug!(word, "skipped a message type of a newer server");
                    }
                    Err(error) => return Err(SocketError::Unreadable(error)),
                },
                Message::Close(frame) => {
                    let why = frame.map(|frame| frame.reason.to_string()).filter(|why| !why.is_empty());
                    return Err(SocketError::Closed(why));
                }
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }
}
