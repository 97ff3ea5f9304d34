//! One QUIC connection that speaks `pair/1`: opening it, messages in and out, another address of this machine. Knows no room and no
//! reconnecting.

use super::{
    RoomAddress,
    link::{FRAME_BYTES_MAX, SocketError},
    own_address::{ADDRESS_LOOKED_EVERY, any_address, own_address},
    trust::Trust,
};
use assembly::Assembly;
use futures::{StreamExt, stream::FuturesUnordered};
use http::StatusCode;
use pair_quic::{Arrivals, FrameError, FrameReceiver, FrameSender, Inbound, LatestSender, Received, parameters};
use protocol::{
    ClientMessage, ServerMessage,
    codec::{Codec, CodecError},
    message::client::Hello,
    quic::{ALPN, Opening},
};
use quinn::{ClientConfig, Connection, ConnectionError, Endpoint, crypto::rustls::QuicClientConfig};
use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::Arc,
};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

mod assembly;

/// Of the addresses of a name so many are tried, at once.
const ADDRESSES_MAX: usize = 4;

/// How many waiting messages are written before one flush.
const FLUSHED_TOGETHER: usize = 256;

/// Opens a connection, agrees on the protocol and names the room.
///
/// # Errors
/// [`SocketError`]; see [`SocketError::is_final`].
pub async fn open(address: &RoomAddress, trust: &Trust) -> Result<(QuicSink, QuicSource), SocketError> {
    let server = &address.server;
    let question = trust.question(server);
    let broken = |error: Box<dyn std::error::Error + Send + Sync>| SocketError::Broken(error);
    let tls = question.tls(ALPN).map_err(|error| broken(error.into()))?;
    let tls = QuicClientConfig::try_from(tls).map_err(|error| broken(error.into()))?;
    let mut config = ClientConfig::new(Arc::new(tls));
    config.transport_config(parameters::of_client());
    let found = tokio::net::lookup_host((server.host(), server.port())).await.map_err(|error| broken(error.into()))?;
    let mut attempts: FuturesUnordered<_> =
        found.take(ADDRESSES_MAX).map(|peer| connect(peer, config.clone(), server.host())).collect();
    let mut last = SocketError::Timeout;
    let (endpoint, connection) = loop {
        match attempts.next().await {
            Some(Ok(connected)) => break connected,
            Some(Err(error)) => last = error,
            None => return Err(question.refusal().map_or(last, SocketError::Trust)),
        }
    };
    question.settle()?;
    let (send, receive) = connection.open_bi().await.map_err(|error| closed(&error))?;
    let mut frames = FrameSender::new(send);
    let opening = Opening { room: address.room.clone() }.encode();
    frames.write(vec![opening]).await.map_err(|error| broken(error.into()))?;
    // What is sent on the ordered stream from here on is counted; the opening frame is not.
    Ok(halves(endpoint, connection, frames, receive))
}

/// One attempt at one address.
async fn connect(peer: SocketAddr, config: ClientConfig, name: &str) -> Result<(Endpoint, Connection), SocketError> {
    let endpoint = Endpoint::client(any_address(peer)).map_err(|error| SocketError::Broken(error.into()))?;
    let connecting = endpoint.connect_with(config, peer, name).map_err(|error| SocketError::Broken(error.into()))?;
    let connection = connecting.await.map_err(|error| closed(&error))?;
    Ok((endpoint, connection))
}

fn halves(
    endpoint: Endpoint,
    connection: Connection,
    frames: FrameSender,
    receive: quinn::RecvStream,
) -> (QuicSink, QuicSource) {
    let tasks = TaskTracker::new();
    let inbound = Inbound::new(
        FrameReceiver::new(receive, FRAME_BYTES_MAX),
        Arrivals::start(connection.clone(), Some(FRAME_BYTES_MAX), &tasks),
    );
    let latest = LatestSender::start(connection.clone(), &tasks);
    let source = QuicSource {
        connection: connection.clone(),
        inbound,
        snapshot: None,
        assembly: Assembly::default(),
        ready: VecDeque::new(),
    };
    let own_address = own_address(connection.remote_address());
    (QuicSink { endpoint, connection, frames, latest, own_address }, source)
}

/// The way to the server.
#[derive(Debug)]
pub struct QuicSink {
    endpoint: Endpoint,
    connection: Connection,
    frames: FrameSender,
    latest: LatestSender,
    /// From where the last packets went.
    own_address: Option<IpAddr>,
}

impl QuicSink {
    /// Sends one message.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<(), SocketError> {
        self.send_in_order(std::slice::from_ref(message)).await
    }

    /// Sends what comes out of the outbox, as much as waits at a time, and follows this machine to other addresses; until all outboxes
    /// are gone.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone.
    pub async fn send_all(&mut self, messages: &mut mpsc::Receiver<ClientMessage>) -> Result<(), SocketError> {
        let mut looks = tokio::time::interval(ADDRESS_LOOKED_EVERY);
        let mut waiting = Vec::with_capacity(FLUSHED_TOGETHER);
        loop {
            tokio::select! {
                count = messages.recv_many(&mut waiting, FLUSHED_TOGETHER) => {
                    if count == 0 {
                        return Ok(());
                    }
                    self.send_in_order(&waiting).await?;
                    waiting.clear();
                }
                _ = looks.tick() => self.follow_address(),
            }
        }
    }

    async fn send_in_order(&mut self, messages: &[ClientMessage]) -> Result<(), SocketError> {
        let encode = |message: &ClientMessage| Codec::MessagePack.encode_client(message);
        let is_presence = |message: &&ClientMessage| matches!(message, ClientMessage::SetPresence(_));
        let frames = messages.iter().filter(|message| !is_presence(message)).map(encode).collect();
        let written = self.frames.write(frames).await;
        written.map_err(|error| self.gone().unwrap_or_else(|| SocketError::Broken(error.into())))?;
        // The opening frame is counted by neither side.
        let after = self.frames.sent() - 1;
        if let Some(presence) = messages.iter().rfind(is_presence) {
            self.latest.put(0, after, encode(presence));
        }
        Ok(())
    }

    fn gone(&self) -> Option<SocketError> {
        self.connection.close_reason().map(|reason| closed(&reason))
    }

    /// Goes on from another socket if this machine has another address now, so that the server hears of it at once.
    fn follow_address(&mut self) {
        let now = own_address(self.connection.remote_address());
        if now.is_none() || now == self.own_address {
            return;
        }
        tracing::info!(before = ?self.own_address, ?now, "this machine has another address; the connection goes with it");
        match self.rebind() {
            Ok(()) => self.own_address = now,
            Err(error) => tracing::warn!(%error, "the connection can't go to another socket"),
        }
    }

    /// Goes on from another UDP socket.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn rebind(&self) -> io::Result<()> {
        self.endpoint.rebind(UdpSocket::bind(any_address(self.connection.remote_address()))?)
    }

    /// Says that nothing more comes, and waits until the server has all of it.
    pub async fn finish(&mut self) {
        self.frames.finish().await;
    }
}

/// The way from the server.
#[derive(Debug)]
pub struct QuicSource {
    connection: Connection,
    inbound: Inbound,
    /// The snapshot's stream, while it is read.
    snapshot: Option<FrameReceiver>,
    assembly: Assembly,
    /// Messages whose turn has come.
    ready: VecDeque<ServerMessage>,
}

impl QuicSource {
    /// The connection, which counts what comes.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Takes notice of what the Hello says that this client has.
    pub fn expect(&mut self, hello: &Hello) {
        self.assembly.expect(hello);
    }

    /// The next message; types that this version does not know are skipped.
    ///
    /// # Errors
    /// [`SocketError`] where the connection is gone, silent for too long, or not understood.
    pub async fn next(&mut self) -> Result<ServerMessage, SocketError> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(message);
            }
            let may_read = !self.assembly.is_full();
            let frame = tokio::select! {
                biased;
                received = self.inbound.next(), if may_read => match received.map_err(|error| of_frame(&error))? {
                    None => return Err(SocketError::Closed(None)),
                    Some(Received::Frame(frame)) => frame,
                    Some(Received::Snapshot(frames)) => {
                        self.snapshot = Some(frames);
                        continue;
                    }
                },
                frame = next_of(&mut self.snapshot) => match frame.map_err(|error| of_frame(&error))? {
                    None => {
                        self.snapshot = None;
                        continue;
                    }
                    Some(frame) => {
                        if let Some(ServerMessage::Missing(missing)) = read(&frame)? {
                            self.ready.extend(self.assembly.snapshot(missing));
                        }
                        continue;
                    }
                },
            };
            if let Some(message) = read(&frame)? {
                self.ready.extend(self.assembly.take(message));
            }
        }
    }
}

async fn next_of(frames: &mut Option<FrameReceiver>) -> Result<Option<bytes::Bytes>, FrameError> {
    match frames {
        Some(frames) => frames.next().await,
        None => std::future::pending().await,
    }
}

fn read(frame: &[u8]) -> Result<Option<ServerMessage>, SocketError> {
    match Codec::MessagePack.decode_server(frame) {
        Ok(message) => Ok(Some(message)),
        Err(CodecError::UnknownType(word)) => {
            tracing::debug!(word, "skipped a message type of a newer server");
            Ok(None)
        }
        Err(error) => Err(SocketError::Unreadable(error)),
    }
}

fn of_frame(error: &FrameError) -> SocketError {
    match error {
        FrameError::Stream(quinn::ReadError::ConnectionLost(error)) => closed(error),
        error => SocketError::Broken(error.clone().into()),
    }
}

/// What the end of a connection means.
fn closed(error: &ConnectionError) -> SocketError {
    match error {
        ConnectionError::ApplicationClosed(close) => {
            let why = String::from_utf8_lossy(&close.reason).into_owned();
            let status =
                u16::try_from(close.error_code.into_inner()).ok().and_then(|code| StatusCode::from_u16(code).ok());
            match status {
                Some(StatusCode::NOT_FOUND) => SocketError::NoSuchRoom,
                Some(status) if status.is_client_error() || status.is_server_error() => SocketError::Refused(status),
                _ => SocketError::Closed(Some(why).filter(|why| !why.is_empty())),
            }
        }
        ConnectionError::TimedOut => SocketError::Silent,
        error => SocketError::Broken(error.clone().into()),
    }
}
