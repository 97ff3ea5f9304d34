//! Opening a connection to a room: QUIC and a WebSocket race, as IPv6 and IPv4 do in RFC 8305 ("happy eyeballs"), and the connection stays
//! on what was there first. Knows no room.

use super::{
    KnownServers, RoomAddress,
    link::{MessageSink, MessageStream, OPEN_TIMEOUT, SocketError},
    quic,
    trust::Trust,
    websocket,
};
use crate::named::Named;
use std::{path::Path, str::FromStr, time::Duration};
use tokio::sync::Notify;

/// How much earlier QUIC starts. Where UDP is blocked, that is what joining takes longer; where it works, its handshake, which is three
/// round trips shorter than the WebSocket's, has won long before the WebSocket is open.
pub const HEAD_START: Duration = Duration::from_millis(100);

/// Which transport is wished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TransportChoice {
    /// Whichever is there first; only a WebSocket where the address begins with http.
    #[default]
    Auto,
    /// QUIC only.
    Quic,
    /// A WebSocket only.
    WebSocket,
}

impl Named for TransportChoice {
    const WHAT: &'static str = "transport";
    const ALL: &'static [(Self, &'static str)] = &[(Self::Auto, "auto"), (Self::Quic, "quic"), (Self::WebSocket, "ws")];
}

impl FromStr for TransportChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::of_name(name)
    }
}

/// Opens connections.
#[derive(Debug, Clone)]
pub struct Dialer {
    /// Which transport is wished.
    pub transport: TransportChoice,
    /// Whose certificates are trusted.
    pub trust: Trust,
}

type Opened = Result<(MessageSink, MessageStream), SocketError>;

impl Dialer {
    /// Remembers servers in the given folder.
    pub fn new(transport: TransportChoice, state_folder: &Path) -> Self {
        Self { transport, trust: Trust::new(KnownServers::new(state_folder)) }
    }

    /// Opens a connection to a room and agrees on the protocol.
    ///
    /// # Errors
    /// [`SocketError`]; see [`SocketError::is_final`].
    pub async fn open(&self, address: &RoomAddress) -> Opened {
        let opening = async {
            match (self.transport, address.server.is_encrypted()) {
                (TransportChoice::Quic, false) => Err(SocketError::QuicNeedsHttps),
                (TransportChoice::Quic, true) => self.quic(address).await,
                (TransportChoice::Auto, true) => self.race(address).await,
                (TransportChoice::Auto, false) | (TransportChoice::WebSocket, _) => self.websocket(address).await,
            }
        };
        tokio::time::timeout(OPEN_TIMEOUT, opening).await.map_err(|_| SocketError::Timeout)?
    }

    /// The first that is open wins, and the other is dropped. Where both fail, the WebSocket's reason counts: QUIC may be unknown there.
    async fn race(&self, address: &RoomAddress) -> Opened {
        let hurry = Notify::new();
        let later = async {
            // Without QUIC there is nothing to wait for.
            drop(tokio::time::timeout(HEAD_START, hurry.notified()).await);
            self.websocket(address).await
        };
        let quic = self.quic(address);
        tokio::pin!(quic, later);
        tokio::select! {
            biased;
            opened = &mut quic => match opened {
                Ok(opened) => Ok(opened),
                // A WebSocket would meet the same certificate.
                Err(SocketError::Trust(error)) => Err(SocketError::Trust(error)),
                Err(error) => {
                    tracing::debug!(%error, "no QUIC");
                    hurry.notify_one();
                    later.await
                }
            },
            opened = &mut later => match opened {
                Err(error) if !error.is_final() => {
                    tracing::debug!(%error, "no WebSocket; perhaps QUIC");
                    quic.await.map_err(|_| error)
                }
                opened => opened,
            },
        }
    }

    async fn websocket(&self, address: &RoomAddress) -> Opened {
        let (sink, source) = websocket::open(address, &self.trust).await?;
        Ok((MessageSink::WebSocket(sink), MessageStream::WebSocket(source)))
    }

    async fn quic(&self, address: &RoomAddress) -> Opened {
        let (sink, source) = quic::open(address, &self.trust).await?;
        Ok((MessageSink::Quic(Box::new(sink)), MessageStream::Quic(Box::new(source))))
    }
}
