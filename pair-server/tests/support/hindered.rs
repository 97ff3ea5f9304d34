//! A storage in memory that fails, or makes whoever asks wait, while it is told to. Knows no server.

use bytes::Bytes;
use futures::future::BoxFuture;
use pair_server::storage::{
    Cursor, Record, RoomMeta, Storage, StorageError, StoredRoom, Writer, sqlite::SqliteStorage, url::DatabaseUrl,
};
use protocol::{DocumentPath, RoomId};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::{Semaphore, watch};

/// A storage that can be hindered.
pub struct Hindered {
    inner: SqliteStorage,
    /// Whether it fails now.
    pub fails: AtomicBool,
    /// Whether it can be read only, as with a full disk.
    pub is_full: AtomicBool,
    /// Whether what is to be appended waits for ever, as on a disk that hangs.
    pub hangs: watch::Sender<bool>,
    /// How often somebody asked for a room.
    pub loads_begun: AtomicUsize,
    /// So many loads may still go on.
    loads: Semaphore,
}

impl Default for Hindered {
    fn default() -> Self {
        Self::with_loads(Semaphore::MAX_PERMITS)
    }
}

impl Hindered {
    /// An empty database, of which only so many loads come back.
    pub fn with_loads(loads: usize) -> Self {
        Self {
            inner: SqliteStorage::open(&DatabaseUrl::SqliteMemory).unwrap(),
            fails: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
            hangs: watch::Sender::new(false),
            loads_begun: AtomicUsize::new(0),
            loads: Semaphore::new(loads),
        }
    }

    /// Lets more loads come back.
    pub fn permit(&self, loads: usize) {
        self.loads.add_permits(loads);
    }

    fn problem(&self) -> Option<StorageError> {
        self.fails.load(Ordering::Relaxed).then(|| unavailable("the cable is out"))
    }

    fn write_problem(&self) -> Option<StorageError> {
        self.problem().or_else(|| self.is_full.load(Ordering::Relaxed).then(|| unavailable("the disk is full")))
    }
}

fn unavailable(reason: &str) -> StorageError {
    StorageError::Unavailable { database: "test".to_owned(), reason: reason.to_owned() }
}

impl Storage for Hindered {
    fn is_shared(&self) -> bool {
        false
    }

    fn create(
        &self,
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: Bytes,
    ) -> BoxFuture<'_, Result<bool, StorageError>> {
        match self.write_problem().filter(|_| self.is_full.load(Ordering::Relaxed)) {
            Some(error) => Box::pin(async { Err(error) }),
            None => self.inner.create(room, meta, document, snapshot),
        }
    }

    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.loads_begun.fetch_add(1, Ordering::Relaxed);
        let problem = self.problem();
        Box::pin(async move {
            self.loads.acquire().await.unwrap().forget();
            match problem {
                Some(error) => Err(error),
                None => self.inner.load(room).await,
            }
        })
    }

    fn export(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.inner.export(room)
    }

    fn since(
        &self,
        room: RoomId,
        writer: Writer,
        cursor: Cursor,
    ) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.inner.since(room, writer, cursor)
    }

    fn append(&self, room: RoomId, writer: Writer, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        let problem = self.write_problem();
        Box::pin(async move {
            self.hangs.subscribe().wait_for(|hangs| !hangs).await.unwrap();
            match problem {
                Some(error) => Err(error),
                None => self.inner.append(room, writer, records).await,
            }
        })
    }

    fn rooms(&self, after: Option<RoomId>) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        self.inner.rooms(after)
    }

    fn delete(&self, room: RoomId) -> BoxFuture<'_, Result<bool, StorageError>> {
        self.inner.delete(room)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}
