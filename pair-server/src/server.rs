//! A whole server inside any process: storage, rooms, endpoints, the listening socket, and the way down. Knows all the parts and
//! none of their rules; process-wide things (signals, logging, file limits) are `main`'s.

use crate::{
    accept::{
        Acceptor, Serving,
        quic::{QuicAcceptor, Rooms},
    },
    config::{Config, ListenAddress},
    http::{self, ApiServices, limits::AddressLimiter},
    room::{registry::Registry, task::RoomServices},
    storage::{Storage, StorageError, sqlite::SqliteStorage},
    suggest::{SuggestionProvider, local::LocalProvider},
    transport::tls::{TlsError, TlsIdentity},
};
use pair_quic::Fingerprint;
use std::{
    io,
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How much longer than its rooms the server waits at shutdown: for last frames, and for connections to close.
const SHUTDOWN_SLACK: Duration = Duration::from_secs(5);

/// How often another port is looked for, where any will do and the UDP port of the first one's number is taken.
const ANY_PORT_TRIES: u32 = 16;

/// Why a server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database can't be opened.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {source}{}", listen_hint(source))]
    Listen {
        /// Which address.
        address: ListenAddress,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// There is no certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A thread that opens files failed.
    #[error("the database or the certificate could not be opened: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

fn listen_hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; another server is there: stop it, or choose another port with PAIR_LISTEN or --listen (port 0 takes a free one)"
        }
        std::io::ErrorKind::AddrNotAvailable => "; this machine has no such address: try 127.0.0.1 or 0.0.0.0",
        std::io::ErrorKind::PermissionDenied => "; ports below 1024 need rights: choose a larger one",
        _ => "",
    }
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    fingerprint: Fingerprint,
    speaks_quic: bool,
    storage: Arc<dyn Storage>,
    tracker: TaskTracker,
    shutdown: CancellationToken,
    deadline: Duration,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Opens the database, listens, and serves from then on.
    ///
    /// # Errors
    /// [`StartError`] names the database or the address, and what to do.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let url = config.database.clone();
        let opened = tokio::task::spawn_blocking(move || SqliteStorage::open(&url)).await?;
        Self::start_on(config, Arc::new(opened?)).await
    }

    /// As [`Server::start`], on a storage that is open already; it is closed when the server stops.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub async fn start_on(config: Config, storage: Arc<dyn Storage>) -> Result<Self, StartError> {
        let (identity, config) = tokio::task::spawn_blocking(move || (TlsIdentity::load(&config), config)).await?;
        let identity = identity?;
        let refused = |source| StartError::Listen { address: config.listen.clone(), source };
        let (listener, udp) = listen(&config).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
        let provider: Arc<dyn SuggestionProvider> = Arc::new(LocalProvider::new(tracker.clone()));
        let services = RoomServices {
            storage: Arc::clone(&storage),
            provider: Arc::clone(&provider),
            tracker: tracker.clone(),
            shutdown: shutdown.clone(),
            idle: config.idle_room,
            shutdown_deadline: config.shutdown_deadline,
        };
        let registry = Arc::new(Registry::new(services, config.limits));
        let connections = Arc::new(AddressLimiter::new(config.connections_per_address));
        let rooms =
            Rooms { registry: Arc::clone(&registry), create: config.create_on_join, shutdown: shutdown.clone() };
        let speaks_quic = udp.is_some_and(|udp| serve_quic(udp, &identity, rooms, &tracker, &connections));
        let service = http::service(
            &config,
            ApiServices { registry, provider, tracker: tracker.clone(), shutdown: shutdown.clone(), connections },
        );
        let serving = Serving { service, tls: Arc::clone(&identity.https).into(), shutdown: shutdown.clone() };
        let acceptor = Acceptor::new(listener, serving, tracker.clone());
        tracker.spawn(acceptor.run());
        let deadline = config.shutdown_deadline + SHUTDOWN_SLACK;
        let fingerprint = identity.fingerprint;
        Ok(Self { address, fingerprint, speaks_quic, storage, tracker, shutdown, deadline })
    }

    /// The address that it listens on, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The fingerprint of its certificate, which clients pin.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether it speaks QUIC, on the UDP port of the same number.
    pub fn speaks_quic(&self) -> bool {
        self.speaks_quic
    }

    /// Stops: no new connections, participants are told, rooms store what waits, the storage closes. Gives false where the deadline
    /// passed before all of it was done.
    pub async fn stop(self) -> bool {
        self.shutdown.cancel();
        self.tracker.close();
        let finished = tokio::time::timeout(self.deadline, self.tracker.wait()).await.is_ok();
        if !finished {
            tracing::error!(tasks = self.tracker.len(), "some tasks did not end before the deadline");
        }
        self.storage.close().await;
        finished
    }
}

/// Takes the TCP port and, for QUIC, the UDP port of the same number; a server without QUIC is a server all the same. Where any port
/// will do, one is looked for that is free for both.
async fn listen(config: &Config) -> io::Result<(TcpListener, Option<UdpSocket>)> {
    let mut tries = ANY_PORT_TRIES;
    loop {
        let listener = TcpListener::bind(config.listen.as_str()).await?;
        if !config.quic {
            return Ok((listener, None));
        }
        let address = listener.local_addr()?;
        match UdpSocket::bind(address) {
            Ok(udp) => return Ok((listener, Some(udp))),
            Err(_) if config.listen.takes_any_port() && tries > 0 => tries -= 1,
            Err(error) => {
                tracing::warn!(%address, %error, "QUIC is off: its UDP port can't be taken; clients use WebSockets");
                return Ok((listener, None));
            }
        }
    }
}

/// Accepts QUIC connections on a UDP port.
fn serve_quic(
    udp: UdpSocket,
    identity: &TlsIdentity,
    rooms: Rooms,
    tracker: &TaskTracker,
    connections: &Arc<AddressLimiter>,
) -> bool {
    match QuicAcceptor::new(udp, identity, rooms, tracker.clone(), Arc::clone(connections)) {
        Ok(acceptor) => {
            tracker.spawn(acceptor.run());
            true
        }
        Err(error) => {
            tracing::warn!(%error, "QUIC is off: this system does not take its socket; clients use WebSockets");
            false
        }
    }
}
