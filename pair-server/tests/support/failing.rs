//! A storage in memory that fails while it is told to. Knows no server.

use futures::future::BoxFuture;
use pair_server::storage::{
    Cursor, Record, RoomMeta, Storage, StorageError, StoredRoom, Writer, sqlite::SqliteStorage, url::DatabaseUrl,
};
use protocol::{DocumentPath, RoomId};
use std::sync::atomic::{AtomicBool, Ordering};

/// A storage that can be made to fail.
pub struct Failing {
    inner: SqliteStorage,
    /// Whether it fails now.
    pub fails: AtomicBool,
    /// Whether it can be read only, as with a full disk.
    pub is_full: AtomicBool,
}

impl Default for Failing {
    fn default() -> Self {
        let inner = SqliteStorage::open(&DatabaseUrl::SqliteMemory).unwrap();
        Self { inner, fails: AtomicBool::new(false), is_full: AtomicBool::new(false) }
    }
}

impl Failing {
    fn problem(&self) -> Option<StorageError> {
        let error = StorageError::Unavailable { database: "test".to_owned(), reason: "the cable is out".to_owned() };
        self.fails.load(Ordering::Relaxed).then_some(error)
    }

    fn write_problem(&self) -> Option<StorageError> {
        let error = StorageError::Unavailable { database: "test".to_owned(), reason: "the disk is full".to_owned() };
        self.problem().or_else(|| self.is_full.load(Ordering::Relaxed).then_some(error))
    }
}

impl Storage for Failing {
    fn is_shared(&self) -> bool {
        false
    }

    fn create(
        &self,
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: bytes::Bytes,
    ) -> BoxFuture<'_, Result<bool, StorageError>> {
        match self.write_problem().filter(|_| self.is_full.load(Ordering::Relaxed)) {
            Some(error) => Box::pin(async { Err(error) }),
            None => self.inner.create(room, meta, document, snapshot),
        }
    }

    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        match self.problem() {
            Some(error) => Box::pin(async { Err(error) }),
            None => self.inner.load(room),
        }
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
        match self.write_problem() {
            Some(error) => Box::pin(async { Err(error) }),
            None => self.inner.append(room, writer, records),
        }
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
