//! What a room has to store: collected while a batch is being stored, then stored as the next one. Knows the storage's trait, not the
//! room's rules.

use super::{
    effect::{Effect, Persist, Version},
    state::RoomContent,
};
use crate::storage::{LogPosition, OVERDUE, Record, RoomMeta, Storage, StorageError, StoredChat, Writer};
use bytes::Bytes;
use futures::future::BoxFuture;
use protocol::{RoomId, presence::Role};
use std::{
    ops::{Add, AddAssign, SubAssign},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

mod merge;

use merge::merged;

/// Updates in the log after which it may be compacted: once it has half the size of the snapshot too, so that a large document is not written
/// again and again for little.
const COMPACT_AFTER: u64 = 2_000;

/// Updates in the log after which it is compacted, however large the snapshot is: whoever opens the room reads them all.
const COMPACT_AT_LAST: u64 = 16_384;

/// Pauses before a failed batch is tried again: the first, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Bytes of records that a room takes while storage fails: updates, chat, claims. Then it sends everybody away for a while: they go on by themselves, and bring
/// what they typed when they come back.
pub(super) const UNSTORED_BYTES_MAX: usize = 32 << 20;

/// What became of a batch.
#[derive(Debug)]
pub(super) enum Stored {
    /// Everything up to this version is durable.
    Through(Version),
    /// Nothing of the batch is stored; it will be tried again.
    Failed(String),
    /// The room is not stored any more, and nothing of it will be.
    Gone,
    /// Storage has said nothing about the batch for [`OVERDUE`], and is still waited for.
    Overdue(String),
}

/// A batch that is being stored.
struct InFlight {
    records: Vec<Record>,
    /// What it adds to the log.
    adds: Extent,
    through: Version,
    /// When it counts as a failure that there is no outcome; none: it does.
    overdue_at: Option<Instant>,
    outcome: BoxFuture<'static, Result<(), StorageError>>,
}

impl InFlight {
    /// What became of it; none, once, where that is overdue. Cancel safe.
    async fn outcome(&mut self) -> Option<Result<(), StorageError>> {
        let Some(overdue_at) = self.overdue_at else { return Some(self.outcome.as_mut().await) };
        let outcome = tokio::time::timeout_at(overdue_at, self.outcome.as_mut()).await.ok();
        if outcome.is_none() {
            self.overdue_at = None;
        }
        outcome
    }
}

/// A room's way to storage.
pub(super) struct Persistence {
    room: RoomId,
    storage: Arc<dyn Storage>,
    writer: Writer,
    waiting: Vec<Record>,
    /// The last version among what waits or is stored.
    pushed: Version,
    in_flight: Option<InFlight>,
    /// The log in storage, with what is on its way there. Of what was there when the room came into memory only the number is known.
    log: Extent,
    /// What waits to come into the log.
    adds: Extent,
    /// Bytes of the snapshots that were stored last; 0 before the first ones.
    snapshot_bytes: usize,
    /// The next try after a failure, and the pause before it.
    retry: Option<(Instant, Duration)>,
    /// Bytes of records that came since everything was stored last, whether updates wait one by one or in a snapshot.
    unstored_bytes: usize,
}

impl Persistence {
    pub(super) fn new(room: RoomId, storage: Arc<dyn Storage>, log: &LogPosition) -> Self {
        Self {
            room,
            storage,
            writer: log.writer,
            waiting: Vec::new(),
            pushed: Version(log.version),
            in_flight: None,
            log: Extent { updates: log.length, bytes: 0 },
            adds: Extent::default(),
            snapshot_bytes: 0,
            retry: None,
            unstored_bytes: 0,
        }
    }

    /// Takes an effect that must be stored.
    pub(super) fn push(&mut self, effect: Effect, content: &RoomContent) {
        let record = match effect {
            Effect::Persist(Persist { version, document, update, author, client, at_ms }) => {
                self.pushed = version;
                Record::Update { version: version.0, document, update, author, client, at_ms }
            }
            Effect::PersistMeta => {
                // It says all that the one before said.
                self.waiting.retain(|record| !matches!(record, Record::Meta(_)));
                Record::Meta(meta_of(content))
            }
            Effect::PersistClaim(client, secret) => Record::Claim(client, secret),
            Effect::PersistChat(message) => {
                Record::Chat(StoredChat { name: message.name, text: message.text, at_ms: message.at_ms })
            }
            Effect::PersistDocument(path) => Record::Document(path),
            _ => return,
        };
        self.unstored_bytes += bytes_of(&record);
        self.adds += Extent::of(&record);
        self.waiting.push(record);
    }

    /// Whether storage fails or hangs, and so much waits for it that the room must not take more.
    pub(super) fn is_full(&self) -> bool {
        let hangs = self.in_flight.as_ref().is_some_and(|batch| batch.overdue_at.is_none());
        (hangs || self.retry.is_some()) && self.unstored_bytes > UNSTORED_BYTES_MAX
    }

    /// Bytes of records that are not stored yet.
    pub(super) fn unstored_bytes(&self) -> usize {
        self.unstored_bytes
    }

    /// Whether everything is stored.
    pub(super) fn is_settled(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_none()
    }

    /// Replaces the log by snapshots; gives whether there was a log. The snapshots hold the updates that wait too, which need not be
    /// stored any more: an outage of the storage takes no more memory than a log's length and the documents.
    pub(super) fn compact(&mut self, content: &RoomContent) -> bool {
        if self.log.updates + self.adds.updates == 0 {
            return false;
        }
        (self.log, self.adds) = Default::default();
        self.waiting.retain(|record| !matches!(record, Record::Update { .. } | Record::Snapshot { .. }));
        self.snapshot_bytes = 0;
        for (path, document) in &content.documents {
            let snapshot = Bytes::from(document.snapshot());
            self.snapshot_bytes += snapshot.len();
            self.waiting.push(Record::Snapshot {
                document: path.clone(),
                snapshot,
                through: content.version.0,
                author: content.last_author.clone(),
                at_ms: content.updated_ms,
            });
        }
        true
    }

    /// Starts to store what waits, unless a batch is on its way or a pause is.
    pub(super) fn start(&mut self, content: &RoomContent) {
        if self.is_long() {
            self.compact(content);
        }
        let pausing = self.retry.is_some_and(|(at, _)| at > Instant::now());
        if self.in_flight.is_some() || self.waiting.is_empty() || pausing {
            return;
        }
        self.launch();
    }

    /// Whether the log, with what waits to come into it, has grown so much that a snapshot is worth its size.
    fn is_long(&self) -> bool {
        let (updates, bytes) = (self.log.updates + self.adds.updates, self.log.bytes + self.adds.bytes);
        updates >= COMPACT_AFTER && (bytes >= self.snapshot_bytes / 2 || updates >= COMPACT_AT_LAST)
    }

    /// Sends what waits on its way.
    fn launch(&mut self) {
        let records = merged(std::mem::take(&mut self.waiting));
        let adds = records.iter().map(Extent::of).fold(Extent::default(), Extent::add);
        self.log += adds;
        self.adds = Extent::default();
        let (storage, room, writer, batch) =
            (Arc::clone(&self.storage), self.room.clone(), self.writer, records.clone());
        let outcome = Box::pin(async move { storage.append(room, writer, batch).await });
        let overdue_at = Some(Instant::now() + OVERDUE);
        self.in_flight = Some(InFlight { records, adds, through: self.pushed, overdue_at, outcome });
    }

    /// Waits for the batch on its way, or for the end of a pause. Cancel safe.
    pub(super) async fn next(&mut self) -> Stored {
        loop {
            if let Some(in_flight) = &mut self.in_flight {
                let Some(outcome) = in_flight.outcome().await else {
                    return Stored::Overdue(format!(
                        "the database has not answered for {} s; edits are kept in memory until it does",
                        OVERDUE.as_secs()
                    ));
                };
                if let Some(in_flight) = self.in_flight.take() {
                    return self.settle(in_flight, outcome);
                }
            } else if let Some((at, _)) = self.retry.filter(|_| !self.waiting.is_empty()) {
                tokio::time::sleep_until(at).await;
                self.launch();
            } else {
                std::future::pending::<()>().await;
            }
        }
    }

    fn settle(&mut self, in_flight: InFlight, outcome: Result<(), StorageError>) -> Stored {
        match outcome {
            Ok(()) => {
                self.retry = None;
                self.unstored_bytes = self.waiting.iter().map(bytes_of).sum();
                Stored::Through(in_flight.through)
            }
            Err(StorageError::Gone(_)) => {
                self.waiting.clear();
                (self.retry, self.unstored_bytes) = (None, 0);
                Stored::Gone
            }
            Err(error) => {
                self.log -= in_flight.adds;
                self.adds += in_flight.adds;
                let mut records = in_flight.records;
                records.append(&mut self.waiting);
                self.waiting = records;
                let pause = self.retry.map_or(RETRY.0, |(_, pause)| (pause * 2).min(RETRY.1));
                self.retry = Some((Instant::now() + pause, pause));
                Stored::Failed(error.to_string())
            }
        }
    }
}

/// So much of a log.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    updates: u64,
    bytes: usize,
}

impl Extent {
    /// What a record adds to the log.
    fn of(record: &Record) -> Self {
        match record {
            Record::Update { update, .. } => Self { updates: 1, bytes: update.len() },
            _ => Self::default(),
        }
    }
}

impl Add for Extent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { updates: self.updates + other.updates, bytes: self.bytes + other.bytes }
    }
}

impl AddAssign for Extent {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Extent {
    /// A log that was compacted meanwhile is empty already.
    fn sub_assign(&mut self, other: Self) {
        self.updates = self.updates.saturating_sub(other.updates);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }
}

/// What a record takes while it waits. Snapshots hold what was counted when it came.
fn bytes_of(record: &Record) -> usize {
    let held = match record {
        Record::Update { update, .. } => update.len(),
        Record::Chat(message) => message.name.len() + message.text.len(),
        Record::Snapshot { .. } | Record::Meta(_) | Record::Document(_) | Record::Claim(..) => 0,
    };
    size_of::<Record>() + held
}

/// What is stored about a room beside its documents.
fn meta_of(content: &RoomContent) -> RoomMeta {
    RoomMeta {
        language: content.language.clone(),
        last_author: content.last_author.clone(),
        updated_ms: content.updated_ms,
        owner_token: content.access.owner_token,
        guest_role: role_word(content.access.guest_role).to_owned(),
        models: content.models,
    }
}

/// A role as it is stored.
pub(super) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Editor => "editor",
        Role::Owner => "owner",
    }
}

/// A role as it was stored; a word that this version does not know gives the least.
pub(super) fn role_of(word: &str) -> Role {
    match word {
        "owner" => Role::Owner,
        "editor" => Role::Editor,
        _ => Role::Viewer,
    }
}

#[cfg(test)]
mod tests;
