//! A whole server inside any process: storage, rooms, endpoints, the listening socket, and the way down. Knows all the parts and
//! none of their rules; process-wide things (signals, logging, file limits) are `main`'s.

use crate::{
    accept::{
        Acceptor, Serving,
        quic::{QuicAcceptor, Rooms},
    },
    config::{Config, ListenAddress},
    expiry::{self, Expiry},
    fanout::{self, Fanout, redis::RedisError},
    http::{self, ApiServices, ApiState, limits::AddressLimiter},
    metrics::Metrics,
    readiness::Readiness,
    room::{
        registry::Registry,
        task::{RoomServices, SuggestionRules},
    },
    storage::{self, Storage, StorageError, metered::MeteredStorage},
    suggest::{
        self, SuggestionProvider,
        chain::Chain,
        local::LocalProvider,
        options::SuggestOptions,
        remote::{ProviderError, remotes},
    },
    transport::tls::{TlsError, TlsIdentity},
};
use pair_quic::Fingerprint;
use protocol::Limits;
use std::{
    io,
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::Notify};
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
    /// The other servers can't be reached through what was given.
    #[error(transparent)]
    Fanout(#[from] RedisError),
    /// There can be no other servers.
    #[error(
        "PAIR_REDIS_URL is for servers that share a database, and this one belongs to one process; set PAIR_DATABASE_URL=postgresql://..., \
         or leave PAIR_REDIS_URL out"
    )]
    NotShared,
    /// There is no certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A model can't be asked as it is configured.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// No random numbers could be had from the operating system.
    #[error("the operating system gives no random numbers: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The thread that opens files failed.
    #[error("the certificate could not be opened: {0}")]
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
    metrics_address: Option<SocketAddr>,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
    /// Asks for a look at the certificate's files; none where the certificate is the server's own.
    renewal_asked: Option<Arc<Notify>>,
    storage: Arc<dyn Storage>,
    fanout: Arc<dyn Fanout>,
    tracker: TaskTracker,
    shutdown: CancellationToken,
    drain: Duration,
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
        let storage = storage::open(&config.database).await?;
        Self::start_on(config, storage).await
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
        if config.redis.is_some() && !storage.is_shared() {
            return Err(StartError::NotShared);
        }
        let operators = match &config.metrics_listen {
            Some(address) => Some(listen_on(address).await?),
            None => None,
        };
        let metrics = Arc::new(Metrics::default());
        let fanout = fanout::open(config.redis.as_ref(), &metrics).await?;
        let mut random = [0; 10];
        getrandom::fill(&mut random)?;
        let metered = MeteredStorage::new(Arc::clone(&storage), Arc::clone(&metrics));
        let readiness = Arc::new(Readiness::new(storage, metered.commits(), random));
        let storage: Arc<dyn Storage> = Arc::new(metered);
        let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
        let provider = provider(&config.suggest, &tracker)?;
        let services = RoomServices {
            storage: Arc::clone(&storage),
            fanout: Arc::clone(&fanout),
            provider: Arc::clone(&provider),
            metrics: Arc::clone(&metrics),
            tracker: tracker.clone(),
            shutdown: shutdown.clone(),
            expiry: config.room_expiry,
            idle: config.idle_room,
            shutdown_deadline: config.shutdown_deadline,
            suggestions: SuggestionRules {
                pause: config.autocomplete_delay,
                models_by_default: config.suggest.models_by_default,
                local_rooms: Arc::new(config.suggest.local_rooms.clone()),
            },
        };
        if let Some(expiry) = config.room_expiry {
            let (storage, metrics) = (Arc::clone(&storage), Arc::clone(&metrics));
            tracker.spawn(expiry::run(expiry, storage, metrics, shutdown.clone()));
        }
        let limits = Limits { room_expiry_days: config.room_expiry.map(Expiry::days), ..config.limits };
        let registry = Arc::new(Registry::new(services, limits));
        let connections = Arc::new(AddressLimiter::new(config.connections_per_address));
        let rooms = Rooms {
            registry: Arc::clone(&registry),
            create: config.create_on_join,
            shutdown: shutdown.clone(),
            metrics: Arc::clone(&metrics),
        };
        let speaks_quic = udp.is_some_and(|udp| serve_quic(udp, &identity, rooms, &tracker, &connections));
        let services = ApiServices {
            registry,
            provider,
            tracker: tracker.clone(),
            shutdown: shutdown.clone(),
            connections,
            metrics: Arc::clone(&metrics),
            readiness: Arc::clone(&readiness),
        };
        let state = ApiState::new(&config, services);
        let accept = |listener, service| {
            let serving = Serving { service, tls: Arc::clone(&identity.https).into(), shutdown: shutdown.clone() };
            let acceptor = Acceptor::new(listener, serving, tracker.clone(), config.connections_per_address);
            tracker.spawn(acceptor.run());
        };
        let metrics_address = operators.as_ref().and_then(|listener| listener.local_addr().ok());
        if let Some(listener) = operators {
            accept(listener, http::operators_service(state.clone()));
        }
        accept(listener, http::service(&config, state));
        let renewal_asked = identity.renewal.as_ref().map(|renewal| Arc::clone(&renewal.asked));
        if let Some(renewal) = identity.renewal {
            tracker.spawn(renewal.watch(shutdown.clone()));
        }
        Ok(Self {
            address,
            fingerprint: identity.fingerprint,
            speaks_quic,
            renewal_asked,
            metrics_address,
            metrics,
            readiness,
            storage,
            fanout,
            tracker,
            shutdown,
            drain: config.drain,
            deadline: config.shutdown_deadline + SHUTDOWN_SLACK,
        })
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

    /// Takes the certificate's files anew, in a moment: somebody renewed them. Without given files there is nothing to do.
    pub fn renew_certificate(&self) {
        if let Some(asked) = &self.renewal_asked {
            asked.notify_one();
        }
    }

    /// Where metrics are, if they have a port of their own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Everything that it counts.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Stops: says first that it is not ready, for as long as a load balancer needs to notice; then no new connections, participants
    /// are told, rooms store what waits, the storage closes. Gives false where the deadline
    /// passed before all of it was done.
    pub async fn stop(self) -> bool {
        self.readiness.stop();
        tokio::time::sleep(self.drain).await;
        self.shutdown.cancel();
        self.tracker.close();
        let finished = tokio::time::timeout(self.deadline, self.tracker.wait()).await.is_ok();
        if !finished {
            tracing::error!(tasks = self.tracker.len(), "some tasks did not end before the deadline");
        }
        // After the rooms' last words to the other nodes.
        self.fanout.close().await;
        self.storage.close().await;
        finished
    }
}

/// What is asked for suggestions: the configured models, and the local engine behind them.
fn provider(options: &SuggestOptions, tracker: &TaskTracker) -> Result<Arc<dyn SuggestionProvider>, ProviderError> {
    let models = remotes(options)?;
    for model in &models {
        tracing::info!(?model, "suggestions are asked of a model");
    }
    for exposed in options.models.iter().filter(|model| model.is_exposed()) {
        tracing::warn!(url = %exposed.url, "rooms' text and the key go to this model unencrypted; give it an https address");
    }
    let models = models.into_iter().map(|model| Arc::new(model) as Arc<dyn SuggestionProvider>).collect();
    let local = Arc::new(LocalProvider::new(tracker.clone()));
    Ok(Arc::new(Chain::new(models, local, suggest::limits::Limits::new(options.rates))))
}

/// Takes the TCP port of the operator.
async fn listen_on(address: &ListenAddress) -> Result<TcpListener, StartError> {
    let refused = |source| StartError::Listen { address: address.clone(), source };
    TcpListener::bind(address.as_str()).await.map_err(refused)
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
