//! Storage in PostgreSQL, shared by all nodes. Knows SQL through its modules, and no rooms' rules.
//!
//! Batches that wait are committed together (`groups`); several nodes append to the same room at once, and whoever compacts it deletes
//! exactly what went into the snapshot (`compaction`). Decision 080 says why each is right.

use super::{Cursor, Record, RoomMeta, Storage, StorageError, StoredRoom, Writer};
use bytes::Bytes;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use failure::Failure;
use futures::future::BoxFuture;
use groups::{Append, Groups};
use protocol::{DocumentPath, RoomId};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

pub mod address;
mod compaction;
mod failure;
mod groups;
pub mod migrations;
mod read;
mod records;
mod restored;
mod tls;

use address::PostgresAddress;

/// Connections that one node opens at most. Whoever needs one more waits.
const CONNECTIONS: usize = 10;

/// Batches that may wait for their transaction. When it is full, whoever asks waits.
const BATCHES_CAPACITY: usize = 1_024;

/// Batches with snapshots that may wait for a place to compact. When it is full, whoever asks waits.
const COMPACTIONS_CAPACITY: usize = 1_024;

/// How long anything may take before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Rooms in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStorage {
    pool: Pool,
    name: String,
    ways: Mutex<Option<Ways>>,
    tracker: TaskTracker,
}

/// The ways to what stores.
#[derive(Debug, Clone)]
struct Ways {
    batches: mpsc::Sender<Append>,
    compactions: mpsc::Sender<Append>,
}

impl PostgresStorage {
    /// Connects, brings the tables up to date, settles what came from a dump and starts the task that commits.
    ///
    /// # Errors
    /// [`StorageError::Open`] names the database and what to do.
    pub async fn open(address: &PostgresAddress) -> Result<Self, StorageError> {
        let pool = pool(address)?;
        migrations::run(&pool, address).await?;
        restored::settle(&pool, &address.to_string()).await;
        Ok(Self::start(pool, address))
    }

    /// As [`PostgresStorage::open`], on tables that must be up to date: nothing is changed in the database by that.
    ///
    /// # Errors
    /// [`StorageError::Open`].
    pub async fn attach(address: &PostgresAddress) -> Result<Self, StorageError> {
        let pool = pool(address)?;
        migrations::expect_current(&pool, address).await?;
        Ok(Self::start(pool, address))
    }

    fn start(pool: Pool, address: &PostgresAddress) -> Self {
        let (batches, waiting) = mpsc::channel(BATCHES_CAPACITY);
        let (compactions, waiting_to_compact) = mpsc::channel(COMPACTIONS_CAPACITY);
        let tracker = TaskTracker::new();
        let groups = Arc::new(Groups::new(pool.clone(), address.to_string(), tracker.clone()));
        tracker.spawn(Arc::clone(&groups).run(waiting));
        tracker.spawn(groups.run_compactions(waiting_to_compact));
        Self { pool, name: address.to_string(), ways: Mutex::new(Some(Ways { batches, compactions })), tracker }
    }

    /// Does something on a connection; once more on another one where the first was lost.
    async fn on_connection<T, Done>(&self, work: impl Fn(Object) -> Done) -> Result<T, StorageError>
    where
        Done: Future<Output = Result<T, Failure>>,
    {
        if self.tracker.is_closed() {
            return Err(StorageError::Closed);
        }
        let once = async || {
            let done = async { work(self.pool.get().await?).await };
            tokio::time::timeout(PATIENCE, done).await.unwrap_or(Err(Failure::Silent))
        };
        let done = match once().await {
            Err(failure) if failure.is_passing() => {
                forget_idle(&self.pool);
                once().await
            }
            done => done,
        };
        done.map_err(|failure| failure.told(&self.name))
    }
}

/// Connections to an address, none of them open yet.
pub(super) fn pool(address: &PostgresAddress) -> Result<Pool, StorageError> {
    let failed = |reason: String| StorageError::Open { database: address.to_string(), reason };
    let manager = Manager::from_config(
        address.config.clone(),
        tls::connector(address).map_err(failed)?,
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    Pool::builder(manager).max_size(CONNECTIONS).build().map_err(|error| failed(error.to_string()))
}

/// Drops the connections that nobody uses: whatever ended one has often ended all, and one that has not heard of it yet would fail the next
/// attempt, too.
fn forget_idle(pool: &Pool) {
    pool.retain(|_, _| false);
}

impl Storage for PostgresStorage {
    fn is_shared(&self) -> bool {
        true
    }

    fn create(
        &self,
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: Bytes,
    ) -> BoxFuture<'_, Result<bool, StorageError>> {
        Box::pin(async move {
            let (room, meta, document, snapshot) = (&room, &meta, &document, &snapshot);
            self.on_connection(|connection| records::create(connection, room, meta, document, snapshot)).await
        })
    }

    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        Box::pin(async move {
            let room = &room;
            self.on_connection(|connection| read::load(connection, room, Some(super::CHAT_LOADED))).await
        })
    }

    fn export(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        Box::pin(async move {
            let room = &room;
            self.on_connection(|connection| read::load(connection, room, None)).await
        })
    }

    fn since(
        &self,
        room: RoomId,
        writer: Writer,
        cursor: Cursor,
    ) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        Box::pin(async move {
            let (room, cursor) = (&room, &cursor);
            self.on_connection(|connection| read::since(connection, room, writer, cursor)).await
        })
    }

    fn append(&self, room: RoomId, writer: Writer, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        let ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, answered) = oneshot::channel();
        Box::pin(async move {
            let batch = Append { room, writer, records, answer };
            let ways = ways.ok_or(StorageError::Closed)?;
            let way = if batch.compacts() { ways.compactions } else { ways.batches };
            way.send(batch).await.map_err(|_| StorageError::Closed)?;
            answered.await.map_err(|_| StorageError::Closed)?
        })
    }

    fn rooms(&self, after: Option<RoomId>) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        Box::pin(async move {
            let after = after.as_ref();
            self.on_connection(|connection| read::rooms(connection, after)).await
        })
    }

    fn delete(&self, room: RoomId) -> BoxFuture<'_, Result<bool, StorageError>> {
        Box::pin(async move {
            let room = &room;
            self.on_connection(|connection| records::delete(connection, room)).await
        })
    }

    fn expire(&self, unused_since_ms: u64) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        Box::pin(async move { self.on_connection(|connection| records::expire(connection, unused_since_ms)).await })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        drop(self.ways.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.tracker.close();
        Box::pin(async move {
            self.tracker.wait().await;
            self.pool.close();
        })
    }
}
