//! One connection to a room, whatever it is on: messages in and out. Knows no room and no reconnecting.

use super::{
    heard::Heard,
    quic::{QuicSink, QuicSource},
    stream::StreamError,
    trust::TrustError,
    websocket::{WebSocketSink, WebSocketSource},
};
use http::StatusCode;
use protocol::{ClientMessage, ServerMessage, codec::CodecError, message::client::Hello};
use std::{error::Error, fmt, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// How long opening may take: name lookup, TCP or UDP, TLS, the upgrade.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Largest frame in bytes that is taken from a server: a Welcome with everything, whatever the limits there.
pub(super) const FRAME_BYTES_MAX: usize = 1 << 30;

/// What a connection is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket over TCP.
    WebSocket,
    /// QUIC over UDP.
    Quic,
}

impl fmt::Display for Transport {
    /// As the status line and `--transport` call it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WebSocket => "ws",
            Self::Quic => "quic",
        })
    }
}

/// Why there is no connection, or no longer one.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Nobody answered in time.
    #[error("the server did not answer within {} s", OPEN_TIMEOUT.as_secs())]
    Timeout,
    /// No stream to the server came about.
    #[error(transparent)]
    Stream(StreamError),
    /// The server is not trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// QUIC was asked for without encryption.
    #[error("QUIC is always encrypted: begin the server's address with https://, or leave --transport out")]
    QuicNeedsHttps,
    /// The room's id was refused.
    #[error("the server has no such room, and creates none by itself; ask for a new link")]
    NoSuchRoom,
    /// The server refused the connection.
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
    Broken(#[source] Box<dyn Error + Send + Sync>),
}

impl SocketError {
    /// Whether trying again as before can't help.
    pub fn is_final(&self) -> bool {
        match self {
            Self::NoSuchRoom | Self::Trust(_) | Self::QuicNeedsHttps => true,
            Self::Refused(status) => {
                status.is_client_error()
                    && !matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
            }
            _ => false,
        }
    }

    /// Whether nobody listens there.
    pub fn is_unreachable(&self) -> bool {
        use std::io::ErrorKind::ConnectionRefused;
        matches!(self, Self::Stream(StreamError::Unreachable(error)) if error.kind() == ConnectionRefused)
    }
}

impl From<StreamError> for SocketError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Trust(error) => Self::Trust(error),
            error => Self::Stream(error),
        }
    }
}

/// The way to the server.
pub enum MessageSink {
    /// Over a WebSocket.
    WebSocket(WebSocketSink),
    /// Over QUIC.
    Quic(Box<QuicSink>),
}

/// The way from the server.
pub enum MessageStream {
    /// Over a WebSocket.
    WebSocket(WebSocketSource),
    /// Over QUIC.
    Quic(Box<QuicSource>),
}

/// How much came on a connection, whoever reads it.
pub(super) enum Arrived {
    /// Over a WebSocket.
    WebSocket(Arc<Heard>),
    /// Over QUIC.
    Quic(quinn::Connection),
}

impl Arrived {
    /// A number that grows as long as something comes. QUIC's signs of life, which tell nothing of who answers behind it, don't count.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::WebSocket(heard) => heard.bytes(),
            Self::Quic(connection) => connection.stats().frame_rx.stream,
        }
    }
}

impl MessageSink {
    /// What the connection is on.
    pub fn transport(&self) -> Transport {
        match self {
            Self::WebSocket(_) => Transport::WebSocket,
            Self::Quic(_) => Transport::Quic,
        }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<(), SocketError> {
        match self {
            Self::WebSocket(sink) => sink.send(message).await,
            Self::Quic(sink) => sink.send(message).await,
        }
    }

    /// Sends what comes out of the outbox, as much as waits at a time, and asks for signs of life; until all outboxes are gone.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone.
    pub async fn send_all(&mut self, messages: &mut mpsc::Receiver<ClientMessage>) -> Result<(), SocketError> {
        match self {
            Self::WebSocket(sink) => sink.send_all(messages).await,
            Self::Quic(sink) => sink.send_all(messages).await,
        }
    }

    /// Says that nothing more comes.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone already.
    pub async fn close(&mut self) -> Result<(), SocketError> {
        match self {
            Self::WebSocket(sink) => sink.close().await,
            Self::Quic(sink) => {
                sink.finish().await;
                Ok(())
            }
        }
    }
}

impl MessageStream {
    /// Takes notice of the Hello that is sent: what this client has of each document.
    pub fn expect(&mut self, hello: &Hello) {
        match self {
            Self::WebSocket(_) => {}
            Self::Quic(source) => source.expect(hello),
        }
    }

    /// Tells how much comes while it is read.
    pub(super) fn arrived(&self) -> Arrived {
        match self {
            Self::WebSocket(source) => Arrived::WebSocket(Arc::clone(source.heard())),
            Self::Quic(source) => Arrived::Quic(source.connection().clone()),
        }
    }

    /// The next message; types that this version does not know are skipped.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone, silent for too long, or not understood.
    pub async fn next(&mut self) -> Result<ServerMessage, SocketError> {
        match self {
            Self::WebSocket(source) => source.next().await,
            Self::Quic(source) => source.next().await,
        }
    }
}
