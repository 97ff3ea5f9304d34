//! A storage whose loads can be held back.

use bytes::Bytes;
use futures::future::BoxFuture;
use pair_server::storage::{
    Cursor, Record, RoomMeta, Storage, StorageError, StoredRoom, Writer, sqlite::SqliteStorage, url::DatabaseUrl,
};
use protocol::{DocumentPath, RoomId};
use tokio::sync::Semaphore;

/// A storage whose loads wait for a permit each.
pub struct HeldBack {
    inner: SqliteStorage,
    permits: Semaphore,
}

impl HeldBack {
    /// An empty database in memory, and so many permits.
    pub fn new(loads: usize) -> Self {
        let inner = SqliteStorage::open(&DatabaseUrl::SqliteMemory).unwrap();
        Self { inner, permits: Semaphore::new(loads) }
    }

    /// Gives more permits.
    pub fn permit(&self, loads: usize) {
        self.permits.add_permits(loads);
    }
}

impl Storage for HeldBack {
    fn create(
        &self,
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: Bytes,
    ) -> BoxFuture<'_, Result<bool, StorageError>> {
        self.inner.create(room, meta, document, snapshot)
    }

    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        Box::pin(async move {
            self.permits.acquire().await.unwrap().forget();
            self.inner.load(room).await
        })
    }

    fn is_shared(&self) -> bool {
        false
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
        self.inner.append(room, writer, records)
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
