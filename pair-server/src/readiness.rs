//! Whether this server should be given more participants: its storage answers and takes what is to be stored, and it is not about to stop. Knows storage's trait; no HTTP.

use crate::storage::{Storage, StorageError, metered::Commits};
use protocol::RoomId;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long storage may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the server is not ready.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotReady {
    /// It has been told to stop.
    #[error("the server is shutting down")]
    Stopping,
    /// Storage does not work.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Storage does not answer.
    #[error("the storage did not answer within {} s", PATIENCE.as_secs())]
    Silent,
    /// Storage takes what is to be stored, and does not say that it is.
    #[error("the storage has been storing for {0} s without coming to an end")]
    Hangs(u64),
}

/// Answers whether the server is ready.
pub(crate) struct Readiness {
    storage: Arc<dyn Storage>,
    commits: Arc<Commits>,
    /// A room that nobody knows of: looking for it shows that storage can be reached and has its tables.
    probe: RoomId,
    stopping: AtomicBool,
}

impl Readiness {
    /// Ready as long as the storage answers, and commits neither fail nor hang. `random` names a room that nobody will make.
    pub(crate) fn new(storage: Arc<dyn Storage>, commits: Arc<Commits>, random: [u8; 10]) -> Self {
        Self { storage, commits, probe: RoomId::from_random(random), stopping: AtomicBool::new(false) }
    }

    /// Not ready from now on.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Asks the storage, unless the server stops.
    ///
    /// # Errors
    /// [`NotReady`].
    pub(crate) async fn check(&self) -> Result<(), NotReady> {
        if self.stopping.load(Ordering::Acquire) {
            return Err(NotReady::Stopping);
        }
        if let Some(problem) = self.commits.problem() {
            return Err(NotReady::Storage(problem));
        }
        if let Some(waiting) = self.commits.overdue() {
            return Err(NotReady::Hangs(waiting.as_secs()));
        }
        match tokio::time::timeout(PATIENCE, self.storage.load(self.probe.clone())).await {
            Ok(answer) => answer.map(drop).map_err(NotReady::Storage),
            Err(_) => Err(NotReady::Silent),
        }
    }
}
