//! A whole server inside any process: storage, rooms, endpoints, the listening socket, and the way down. Knows all the parts and
//! none of their rules; process-wide things (signals, logging, file limits) are `main`'s.

use crate::{
    accept::Acceptor,
    config::{Config, ListenAddress},
    http::{self, ApiServices},
    room::{registry::Registry, task::RoomServices},
    storage::{Storage, StorageError, sqlite::SqliteStorage},
    suggest::{SuggestionProvider, local::LocalProvider},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How much longer than its rooms the server waits at shutdown: for last frames, and for connections to close.
const SHUTDOWN_SLACK: Duration = Duration::from_secs(5);

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
    /// The thread that opens the database failed.
    #[error("the database could not be opened: {0}")]
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
        let bound = TcpListener::bind(config.listen.as_str()).await;
        let listener = bound.map_err(|source| StartError::Listen { address: config.listen.clone(), source })?;
        let address =
            listener.local_addr().map_err(|source| StartError::Listen { address: config.listen.clone(), source })?;
        let provider: Arc<dyn SuggestionProvider> = Arc::new(LocalProvider);
        let (tracker, shutdown) = (TaskTracker::new(), CancellationToken::new());
        let services = RoomServices {
            storage: Arc::clone(&storage),
            provider: Arc::clone(&provider),
            tracker: tracker.clone(),
            shutdown: shutdown.clone(),
            idle: config.idle_room,
            shutdown_deadline: config.shutdown_deadline,
        };
        let registry = Arc::new(Registry::new(services, config.limits));
        let service = http::service(
            &config,
            ApiServices { registry, provider, tracker: tracker.clone(), shutdown: shutdown.clone() },
        );
        let acceptor = Acceptor::new(listener, service, tracker.clone(), shutdown.clone());
        tracker.spawn(acceptor.run());
        Ok(Self { address, storage, tracker, shutdown, deadline: config.shutdown_deadline + SHUTDOWN_SLACK })
    }

    /// The address that it listens on, with the port that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
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
