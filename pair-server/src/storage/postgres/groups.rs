//! Group commit: the batches of all rooms that wait at the same moment are one transaction, sent in one go. Knows what is repeated and
//! what is answered; the SQL is `records`' and `compaction`'s.

use super::{PATIENCE, compaction, failure::Failure, records};
use crate::storage::{Record, StorageError, Writer};
use deadpool_postgres::{Object, Pool};
use futures::{
    StreamExt,
    future::BoxFuture,
    stream::{self, FuturesUnordered},
};
use protocol::RoomId;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

/// Transactions under way at a time: while one waits for the disk, the next ones are on their way, and PostgreSQL flushes them together.
/// With the compactions fewer than the connections, so that loads find some.
const AT_ONCE: usize = 4;

/// Compactions under way at a time.
const COMPACTIONS_AT_ONCE: usize = 4;

/// Batches in one transaction at most.
const GROUP_MAX: usize = 256;

/// A batch of one room that is to be stored. A room has one at a time, so that groups may overtake each other.
pub(super) struct Append {
    pub(super) room: RoomId,
    pub(super) writer: Writer,
    pub(super) records: Vec<Record>,
    pub(super) answer: oneshot::Sender<Result<(), StorageError>>,
}

impl Append {
    /// Whether it has snapshots.
    pub(super) fn compacts(&self) -> bool {
        self.records.iter().any(|record| matches!(record, Record::Snapshot { .. }))
    }

    fn answer(self, result: Result<(), StorageError>) {
        // Whoever asked may be gone.
        drop(self.answer.send(result));
    }
}

/// What commits.
pub(super) struct Groups {
    pool: Pool,
    name: String,
    tracker: TaskTracker,
}

impl Groups {
    pub(super) fn new(pool: Pool, name: String, tracker: TaskTracker) -> Self {
        Self { pool, name, tracker }
    }

    /// Commits until the last sender is gone, and everything is done.
    pub(super) async fn run(self: Arc<Self>, mut waiting: mpsc::Receiver<Append>) {
        let mut under_way: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        let mut group = Vec::with_capacity(GROUP_MAX);
        loop {
            tokio::select! {
                biased;
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                count = waiting.recv_many(&mut group, GROUP_MAX), if under_way.len() < AT_ONCE => {
                    if count == 0 {
                        break;
                    }
                    under_way.push(Box::pin(self.commit(std::mem::take(&mut group))));
                }
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Stores batches with snapshots until the last sender is gone, and everything is done. They have places of their own: rooms that
    /// compact, which takes long, hold up nobody's commit.
    pub(super) async fn run_compactions(self: Arc<Self>, waiting: mpsc::Receiver<Append>) {
        let batches = stream::unfold(waiting, async |mut waiting| waiting.recv().await.map(|batch| (batch, waiting)));
        batches.for_each_concurrent(COMPACTIONS_AT_ONCE, |batch| self.compact(batch)).await;
    }

    /// Stores a group in one transaction. Where a batch of it is refused, each is tried by itself, so that it takes no others with it.
    async fn commit(&self, mut group: Vec<Append>) {
        // All nodes lock rooms in the same order.
        group.sort_by(|one, other| one.room.cmp(&other.room));
        match self.try_commit(&group).await {
            Err(failure) if failure.is_of_a_batch() => {
                for batch in group {
                    let stored = self.try_commit(std::slice::from_ref(&batch)).await;
                    self.answer(batch, stored);
                }
            }
            stored => {
                let stored = stored.map_err(|failure| failure.told(&self.name));
                for batch in group {
                    batch.answer(stored.clone());
                }
            }
        }
    }

    /// Says what became of a batch that was tried by itself.
    fn answer(&self, batch: Append, stored: Result<(), Failure>) {
        let stored = stored.map_err(|failure| failure.told_of(&batch.room, &self.name));
        batch.answer(stored);
    }

    async fn try_commit(&self, group: &[Append]) -> Result<(), Failure> {
        let once = || self.on_connection(async |connection| records::append(connection, group).await);
        match once().await {
            Err(failure) if failure.is_passing() => {
                super::forget_idle(&self.pool);
                once().await
            }
            done => done,
        }
    }

    /// Stores a batch with snapshots.
    async fn compact(&self, batch: Append) {
        let once =
            || self.on_connection(async |connection| compaction::append(connection, &batch, &self.tracker).await);
        let stored = match once().await {
            Err(failure) if failure.is_passing() => {
                super::forget_idle(&self.pool);
                once().await
            }
            done => done,
        };
        self.answer(batch, stored);
    }

    /// Does something on a connection, which is given up where that takes too long: it may be in the middle of a transaction.
    async fn on_connection(&self, work: impl AsyncFnOnce(&mut Object) -> Result<(), Failure>) -> Result<(), Failure> {
        let connection = tokio::time::timeout(PATIENCE, self.pool.get()).await;
        let mut connection = connection.map_err(|_| Failure::Silent)??;
        let done = tokio::time::timeout(PATIENCE, work(&mut connection)).await;
        done.unwrap_or_else(|_| {
            drop(Object::take(connection));
            Err(Failure::Silent)
        })
    }
}
