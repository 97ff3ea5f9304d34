//! A storage that counts and times what is asked of another one. Knows the trait and the metrics.

use super::{Cursor, OVERDUE, Record, RoomMeta, Storage, StorageError, StoredRoom, Writer};
use crate::metrics::{Metrics, label::Label, values::StorageOperation};
use bytes::Bytes;
use futures::future::BoxFuture;
use protocol::{DocumentPath, RoomId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tracing::Instrument;

/// How long a commit that failed says that the next one will, too. Rooms try again every few seconds, so that there is a next one; where nobody
/// has anything to store any more, nobody knows.
const NEWS_FOR: Duration = Duration::from_secs(30);

/// A storage whose work is seen.
pub struct MeteredStorage {
    inner: Arc<dyn Storage>,
    metrics: Arc<Metrics>,
    commits: Arc<Commits>,
}

/// Whether what is to be stored can be: a full disk lets everything be read.
#[derive(Debug, Default)]
pub struct Commits {
    failed: Mutex<Option<(Instant, StorageError)>>,
    under_way: Mutex<UnderWay>,
}

/// When the commits began that have no outcome yet, by their numbers.
#[derive(Debug, Default)]
struct UnderWay {
    last: u64,
    begun: BTreeMap<u64, Instant>,
}

/// A commit that has no outcome yet.
struct Begun<'a>(&'a Commits, u64);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.under_way().begun.remove(&self.1);
    }
}

impl Commits {
    /// How long the oldest commit has had no outcome, if that is too long.
    pub fn overdue(&self) -> Option<Duration> {
        let oldest = self.under_way().begun.first_key_value().map(|(_, begun)| begun.elapsed());
        oldest.filter(|waiting| *waiting >= OVERDUE)
    }

    fn begin(&self) -> Begun<'_> {
        let mut under_way = self.under_way();
        under_way.last += 1;
        let number = under_way.last;
        under_way.begun.insert(number, Instant::now());
        Begun(self, number)
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the last commit failed, if it did so lately.
    pub fn problem(&self) -> Option<StorageError> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.as_ref().filter(|(at, _)| at.elapsed() < NEWS_FOR).map(|(_, error)| error.clone())
    }

    fn note(&self, failure: Option<&StorageError>) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        match failure {
            None => *failed = None,
            Some(error @ StorageError::Unavailable { .. }) => *failed = Some((Instant::now(), error.clone())),
            // It says something about one room.
            Some(_) => {}
        }
    }
}

impl MeteredStorage {
    /// Watches a storage.
    pub fn new(inner: Arc<dyn Storage>, metrics: Arc<Metrics>) -> Self {
        Self { inner, metrics, commits: Arc::default() }
    }

    /// How its commits go.
    pub fn commits(&self) -> Arc<Commits> {
        Arc::clone(&self.commits)
    }

    /// Does one operation, and notes how it went.
    fn watch<'a, T: Send + 'a>(
        &'a self,
        operation: StorageOperation,
        room: &RoomId,
        work: BoxFuture<'a, Result<T, StorageError>>,
    ) -> BoxFuture<'a, Result<T, StorageError>> {
        // A trace shows it; logs do at the level debug.
        let span = tracing::debug_span!("storage", operation = operation.word(), %room);
        let watched = async move {
            let _waiting = Waiting::begin(&self.metrics, operation);
            let begun = Instant::now();
            let outcome = work.await;
            self.metrics.storage.seconds.of(operation).observe(begun.elapsed());
            if outcome.is_err() {
                self.metrics.storage.errors.of(operation).inc();
            }
            outcome
        };
        Box::pin(watched.instrument(span))
    }
}

/// Counts an operation as waiting, also where whoever asked gives up.
struct Waiting<'a>(&'a Metrics, StorageOperation);

impl<'a> Waiting<'a> {
    fn begin(metrics: &'a Metrics, operation: StorageOperation) -> Self {
        metrics.storage.waiting.of(operation).inc();
        Self(metrics, operation)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.storage.waiting.of(self.1).dec();
    }
}

impl Storage for MeteredStorage {
    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }

    fn create(
        &self,
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: Bytes,
    ) -> BoxFuture<'_, Result<bool, StorageError>> {
        let created =
            self.watch(StorageOperation::Create, &room.clone(), self.inner.create(room, meta, document, snapshot));
        Box::pin(async move {
            let _begun = self.commits.begin();
            let outcome = created.await;
            // Where the room was there, nothing was written.
            if !matches!(outcome, Ok(false)) {
                self.commits.note(outcome.as_ref().err());
            }
            outcome
        })
    }

    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.watch(StorageOperation::Load, &room.clone(), self.inner.load(room))
    }

    fn export(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.watch(StorageOperation::Load, &room.clone(), self.inner.export(room))
    }

    fn since(
        &self,
        room: RoomId,
        writer: Writer,
        cursor: Cursor,
    ) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.watch(StorageOperation::Since, &room.clone(), self.inner.since(room, writer, cursor))
    }

    fn append(&self, room: RoomId, writer: Writer, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
        let stored = self.watch(StorageOperation::Append, &room.clone(), self.inner.append(room, writer, records));
        Box::pin(async move {
            let _begun = self.commits.begin();
            let outcome = stored.await;
            self.commits.note(outcome.as_ref().err());
            if outcome.is_ok() {
                self.metrics.storage.records.inc_by(count);
            }
            outcome
        })
    }

    fn rooms(&self, after: Option<RoomId>) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        self.inner.rooms(after)
    }

    fn delete(&self, room: RoomId) -> BoxFuture<'_, Result<bool, StorageError>> {
        self.inner.delete(room)
    }

    fn expire(&self, unused_since_ms: u64) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        self.inner.expire(unused_since_ms)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}
