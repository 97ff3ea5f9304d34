//! One WebSocket that speaks `pair.v1.msgpack`: opening it, messages in and out. Knows no room and no reconnecting.

use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use protocol::{
    ClientMessage, ServerMessage,
    codec::{Codec, CodecError},
};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        handshake::client::Response,
        http::{HeaderValue, StatusCode, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

/// How long opening may take: name lookup, TCP, the upgrade.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// A WebSocket ping goes out this often, so that a silent room still shows whether it is there.
pub const PING_EVERY: Duration = Duration::from_secs(5);

/// A connection that was silent this long, pongs included, is dead.
pub const DEAD_AFTER: Duration = Duration::from_secs(12);

/// How many waiting messages are written before one flush.
const FLUSHED_TOGETHER: usize = 256;

type Raw = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why there is no WebSocket, or no longer one.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Nobody answered in time.
    #[error("the server did not answer within {} s", OPEN_TIMEOUT.as_secs())]
    Timeout,
    /// Nobody listens there.
    #[error("no pair server answers there")]
    Unreachable(#[source] std::io::Error),
    /// TLS is not built in.
    #[error("this pair-tui can't speak https yet; use the server's http address, through ssh -L for instance")]
    NoTls,
    /// The room's id was refused.
    #[error("the server has no such room, and creates none by itself; ask for a new link")]
    NoSuchRoom,
    /// The server refused the upgrade.
    #[error("the server refused the connection with HTTP {0}")]
    Refused(StatusCode),
    /// Whoever answers there does not speak the protocol.
    #[error("the server does not speak {}; it may be older than this pair-tui", protocol::SUBPROTOCOL_MSGPACK)]
    OtherProtocol,
    /// Nothing came for too long.
    #[error("the server went silent")]
    Silent,
    /// The server closed the connection.
    #[error("the server closed the connection{}", .0.as_deref().map(|why| format!(": {why}")).unwrap_or_default())]
    Closed(Option<String>),
    /// A frame can't be read.
    #[error("the server sent what this version can't read")]
    Unreadable(#[source] CodecError),
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] Box<tungstenite::Error>),
}

impl SocketError {
    /// Whether trying again as before can't help.
    pub fn is_final(&self) -> bool {
        match self {
            Self::NoTls | Self::NoSuchRoom => true,
            Self::Refused(status) => {
                status.is_client_error()
                    && !matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            }
            _ => false,
        }
    }
}

impl From<tungstenite::Error> for SocketError {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::Error;
        match error {
            Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Self::Unreachable(error),
            Error::Http(response) if response.status() == StatusCode::NOT_FOUND => Self::NoSuchRoom,
            Error::Http(response) => Self::Refused(response.status()),
            Error::Url(tungstenite::error::UrlError::TlsFeatureNotEnabled) => Self::NoTls,
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
pub async fn open(url: &str) -> Result<(MessageSink, MessageStream), SocketError> {
    let mut request = url.into_client_request()?;
    let protocol = HeaderValue::from_static(protocol::SUBPROTOCOL_MSGPACK);
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    // Nagle's algorithm off: a keystroke must not wait for the answer to the one before.
    let opening = tokio_tungstenite::connect_async_with_config(request, None, true);
    let (socket, response) = tokio::time::timeout(OPEN_TIMEOUT, opening).await.map_err(|_| SocketError::Timeout)??;
    if !speaks_protocol(&response) {
        return Err(SocketError::OtherProtocol);
    }
    let (sink, stream) = socket.split();
    Ok((MessageSink(sink), MessageStream(stream)))
}

fn speaks_protocol(response: &Response) -> bool {
    response.headers().get(SEC_WEBSOCKET_PROTOCOL).is_some_and(|name| name == protocol::SUBPROTOCOL_MSGPACK)
}

/// The way to the server.
#[derive(Debug)]
pub struct MessageSink(SplitSink<Raw, Message>);

impl MessageSink {
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
#[derive(Debug)]
pub struct MessageStream(SplitStream<Raw>);

impl MessageStream {
    /// The next message; types that this version does not know are skipped.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone, silent for too long, or not understood.
    pub async fn next(&mut self) -> Result<ServerMessage, SocketError> {
        loop {
            let frame = tokio::time::timeout(DEAD_AFTER, self.0.next()).await.map_err(|_| SocketError::Silent)?;
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
