//! The accept loop of QUIC: connections in, the handshake, the frame that names the room; from there on each is a session like those over
//! WebSocket. Knows no message.

use crate::{
    http::limits::AddressLimiter,
    metrics::{
        Metrics,
        values::{Dialect, Transport},
    },
    room::registry::{OpenError, Registry},
    session::{self, Session, SessionContext},
    transport::{metered::metered, quic, tls::TlsIdentity},
};
use pair_quic::{FrameReceiver, FrameSender, frames::close_code, parameters};
use protocol::{
    RoomId,
    codec::Codec,
    quic::{OPENING_BYTES_MAX, Opening},
};
use quinn::{Connection, Endpoint, Incoming, ServerConfig, TokioRuntime};
use std::{io, net::UdpSocket, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// How long a client may take for the handshake, and then to name its room.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client waits until its room is loaded; then it is asked to come back, and finds it loaded or still being loaded. Less than the
/// clients wait for their Welcome.
const LOAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections whose room is not named or not loaded yet, at a time. Further ones are refused.
const OPENING_MAX: usize = 256;

/// From so many of them on, a client must show first that it receives what is sent to its address (RFC 9000, section 8.1.2): whoever
/// floods the server under addresses that are not theirs holds no place then.
const OPENING_TRUSTED: usize = 64;

/// Why a connection is closed before its session begins, by the numbers that HTTP has for it.
mod refusal {
    /// The first frame names no room.
    pub(super) const BAD_REQUEST: u16 = 400;
    /// There is no such room.
    pub(super) const NOT_FOUND: u16 = 404;
    /// The address has too many connections.
    pub(super) const TOO_MANY_REQUESTS: u16 = 429;
    /// The room can't be loaded, or not soon.
    pub(super) const UNAVAILABLE: u16 = 503;
}

/// Where connections find their rooms.
#[derive(Clone)]
pub(crate) struct Rooms {
    pub(crate) registry: Arc<Registry>,
    /// Whether a room is made if it does not exist.
    pub(crate) create: bool,
    /// Cancelled when the server stops.
    pub(crate) shutdown: CancellationToken,
    pub(crate) metrics: Arc<Metrics>,
}

/// Accepts connections and serves them.
pub(crate) struct QuicAcceptor {
    endpoint: Endpoint,
    rooms: Rooms,
    tracker: TaskTracker,
    connections: Arc<AddressLimiter>,
    opening: Arc<Semaphore>,
}

impl QuicAcceptor {
    /// An accept loop that has yet to run. `connections` counts each address's connections over all transports.
    pub(crate) fn new(
        socket: UdpSocket,
        identity: &TlsIdentity,
        rooms: Rooms,
        tracker: TaskTracker,
        connections: Arc<AddressLimiter>,
    ) -> io::Result<Self> {
        let mut config = ServerConfig::with_crypto(Arc::clone(&identity.quic) as _);
        config.transport_config(parameters::of_server()).max_incoming(OPENING_MAX);
        let endpoint = Endpoint::new(identity.reset.endpoint(), Some(config), socket, Arc::new(TokioRuntime))?;
        Ok(Self { endpoint, rooms, tracker, connections, opening: Arc::new(Semaphore::new(OPENING_MAX)) })
    }

    /// Accepts until the server stops, and then waits until the last connection is closed.
    pub(crate) async fn run(self) {
        let shutdown = self.rooms.shutdown.clone();
        loop {
            let incoming = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                incoming = self.endpoint.accept() => incoming,
            };
            match incoming {
                Some(incoming) => self.admit(incoming),
                None => break,
            }
        }
        // Whoever comes now is refused.
        self.endpoint.set_server_config(None);
        self.endpoint.wait_idle().await;
    }

    fn admit(&self, incoming: Incoming) {
        let Ok(place) = Arc::clone(&self.opening).try_acquire_owned() else { return incoming.refuse() };
        let is_crowded = OPENING_MAX - self.opening.available_permits() > OPENING_TRUSTED;
        if is_crowded && incoming.may_retry() && !incoming.remote_address_validated() {
            // It comes back with a proof. One that may not be sent away has it already.
            drop(incoming.retry());
            return;
        }
        let serving = Serving {
            rooms: self.rooms.clone(),
            tracker: self.tracker.clone(),
            connections: Arc::clone(&self.connections),
        };
        self.tracker.spawn(serving.serve(incoming, place));
    }
}

/// What every connection is served with.
struct Serving {
    rooms: Rooms,
    tracker: TaskTracker,
    connections: Arc<AddressLimiter>,
}

/// Why a connection gets no session.
struct Refusal(u16, String);

impl Serving {
    async fn serve(self, incoming: Incoming, place: OwnedSemaphorePermit) {
        let peer = incoming.remote_address();
        let shutdown = self.rooms.shutdown.clone();
        let shaking = async {
            tokio::time::timeout(OPEN_TIMEOUT, incoming.accept()?)
                .await
                .unwrap_or(Err(quinn::ConnectionError::TimedOut))
        };
        let connection = match shutdown.run_until_cancelled(shaking).await {
            None => return,
            Some(Ok(connection)) => connection,
            Some(Err(error)) => return tracing::debug!(%peer, %error, "a QUIC handshake failed"),
        };
        let Some(counted) = self.connections.count(peer.ip()) else {
            self.rooms.metrics.connections.refused.inc();
            return connection.close(close_code(refusal::TOO_MANY_REQUESTS), b"too many connections from your address");
        };
        let Some(opened) = shutdown.run_until_cancelled(self.open(&connection, place)).await else { return };
        match opened {
            Ok((room, frames_in, frames_out)) => {
                let ways = quic::split(connection, frames_in, frames_out, &self.tracker);
                let Rooms { registry, create, shutdown, metrics } = self.rooms;
                let (reader, writer) = metered(&metrics, Dialect::Pair, Transport::Quic, ways);
                let context = SessionContext { registry, room, create, shutdown };
                let span = session::span_of(&context, Dialect::Pair, Transport::Quic);
                let session = Session { context, reader, writer };
                session::pair::run(session, Codec::MessagePack).instrument(span).await;
            }
            Err(Refusal(code, reason)) => {
                tracing::debug!(%peer, code, reason, "a QUIC connection gets no room");
                connection.close(close_code(code), reason.as_bytes());
            }
        }
        drop(counted);
    }

    /// Reads which room is wanted, and loads it, so that a missing one is refused before the session.
    async fn open(
        &self,
        connection: &Connection,
        place: OwnedSemaphorePermit,
    ) -> Result<(RoomId, FrameReceiver, FrameSender), Refusal> {
        let naming = tokio::time::timeout(OPEN_TIMEOUT, Self::name(connection)).await;
        let late = |_| Err(Refusal(refusal::BAD_REQUEST, "no room was named in time".to_owned()));
        let (room, frames_in, frames_out) = naming.unwrap_or_else(late)?;
        self.load(&room).await?;
        drop(place);
        Ok((room, frames_in.with_limit(self.rooms.registry.limits().frame_bytes), frames_out))
    }

    /// Reads which room is wanted.
    async fn name(connection: &Connection) -> Result<(RoomId, FrameReceiver, FrameSender), Refusal> {
        let bad = |error: String| Refusal(refusal::BAD_REQUEST, error);
        let (send, receive) = connection.accept_bi().await.map_err(|error| bad(error.to_string()))?;
        let mut frames = FrameReceiver::new(receive, OPENING_BYTES_MAX);
        let first = frames.next().await.map_err(|error| bad(error.to_string()))?;
        let first = first.ok_or_else(|| bad("the stream ended before a room was named".to_owned()))?;
        let Opening { room } = Opening::decode(&first).map_err(|error| bad(error.to_string()))?;
        Ok((room, frames, FrameSender::new(send)))
    }

    /// Loads a room. The loading goes on where it takes longer than the client waits: whoever comes back does not begin it anew.
    async fn load(&self, room: &RoomId) -> Result<(), Refusal> {
        let Rooms { registry, create, .. } = &self.rooms;
        match tokio::time::timeout(LOAD_TIMEOUT, registry.open(room, *create)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error @ OpenError::NotFound(_))) => Err(Refusal(refusal::NOT_FOUND, error.to_string())),
            Ok(Err(error)) => Err(Refusal(refusal::UNAVAILABLE, error.to_string())),
            Err(_) => Err(Refusal(refusal::UNAVAILABLE, "the room is still being loaded; come back".to_owned())),
        }
    }
}
