//! An outage of storage takes bounded memory, whatever is sent meanwhile, and ends by itself. The storage fails when it is told to.

use super::*;
use crate::{
    room::effect::Access,
    storage::{Cursor, StoredRoom},
};
use bytes::Bytes;
use protocol::{ClientId, DocumentPath, message::server::ChatMessage};
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::watch;

/// A storage that only counts, or fails.
#[derive(Default)]
struct Failing {
    fails: AtomicBool,
    /// Whether what is to be stored waits.
    hangs: watch::Sender<bool>,
    stored: Mutex<Vec<Record>>,
}

impl Storage for Failing {
    fn is_shared(&self) -> bool {
        false
    }

    fn create(&self, _: RoomId, _: RoomMeta, _: DocumentPath, _: Bytes) -> BoxFuture<'_, Result<bool, StorageError>> {
        Box::pin(async { Ok(true) })
    }

    fn load(&self, _: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        Box::pin(async { Ok(None) })
    }

    fn export(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.load(room)
    }

    fn since(&self, room: RoomId, _: Writer, _: Cursor) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.load(room)
    }

    fn rooms(&self, _: Option<RoomId>) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn delete(&self, _: RoomId) -> BoxFuture<'_, Result<bool, StorageError>> {
        Box::pin(async { Ok(false) })
    }

    fn append(&self, _: RoomId, _: Writer, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        Box::pin(async move {
            self.hangs.subscribe().wait_for(|hangs| !hangs).await.unwrap();
            if self.fails.load(Ordering::SeqCst) {
                return Err(StorageError::Closed);
            }
            self.stored.lock().unwrap().extend(records);
            Ok(())
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

fn content() -> RoomContent {
    RoomContent {
        language: "python".to_owned(),
        last_author: None,
        updated_ms: 0,
        access: Access::default(),
        models: None,
        documents: Vec::new(),
        version: Version(0),
        chat: Vec::new(),
        claims: HashMap::new(),
    }
}

fn update(version: u64, bytes: usize) -> Effect {
    Effect::Persist(Persist {
        version: Version(version),
        document: DocumentPath::main(),
        update: vec![0; bytes].into(),
        author: None,
        client: ClientId::from_random_32(1),
        at_ms: 0,
    })
}

fn chat(bytes: usize) -> Effect {
    let text = "x".repeat(bytes);
    Effect::PersistChat(ChatMessage { name: "Ada".to_owned(), participant: None, text, at_ms: 0 })
}

/// Pushes the same until it is too much; gives how many it took.
async fn fill(effect: impl Fn(u64) -> Effect) -> (usize, Persistence, Arc<Failing>) {
    let storage = Arc::new(Failing::default());
    storage.fails.store(true, Ordering::SeqCst);
    let log = LogPosition { writer: Writer::ONLY, version: 0, length: 0, cursor: Cursor::default() };
    let mut persistence = Persistence::new("room".parse().unwrap(), storage.clone(), &log);
    let content = content();
    persistence.push(effect(1), &content);
    persistence.start(&content);
    assert!(!persistence.is_full(), "nothing has failed yet");
    assert!(matches!(persistence.next().await, Stored::Failed(_)));
    let mut count = 1;
    while !persistence.is_full() {
        count += 1;
        persistence.push(effect(count as u64), &content);
        persistence.start(&content);
        assert!(count < UNSTORED_BYTES_MAX, "it would never be full");
    }
    (count, persistence, storage)
}

#[tokio::test]
async fn what_waits_for_storage_is_bounded_and_goes_out_when_it_works_again() {
    let (count, mut persistence, storage) = fill(|version| update(version, 1 << 20)).await;
    assert_eq!(count, 32, "of a mebibyte each, with what is beside it");
    storage.fails.store(false, Ordering::SeqCst);
    while !matches!(persistence.next().await, Stored::Through(Version(32))) {}
    assert!(!persistence.is_full() && persistence.is_settled());
    assert_eq!(storage.stored.lock().unwrap().len(), count);
    persistence.push(update(33, 1), &content());
    assert!(!persistence.is_full(), "a room whose storage works takes what it is given");
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_hangs_is_one_that_fails_until_it_comes_back() {
    let storage = Arc::new(Failing::default());
    let log = LogPosition { writer: Writer::ONLY, version: 0, length: 0, cursor: Cursor::default() };
    let mut persistence = Persistence::new("room".parse().unwrap(), storage.clone(), &log);
    storage.hangs.send_replace(true);
    let content = content();
    let began = Instant::now();
    for version in 1..=40 {
        persistence.push(update(version, 1 << 20), &content);
        persistence.start(&content);
    }
    assert!(!persistence.is_full(), "it is only slow so far");
    let told = persistence.next().await;
    assert!(matches!(&told, Stored::Overdue(problem) if problem.contains("has not answered for 10 s")), "{told:?}");
    assert_eq!(began.elapsed(), OVERDUE);
    assert!(persistence.is_full(), "what waits is bounded as in any outage");
    assert!(futures::poll!(std::pin::pin!(persistence.next())).is_pending(), "it is told once");
    storage.hangs.send_replace(false);
    assert!(matches!(persistence.next().await, Stored::Through(Version(1))));
    persistence.start(&content);
    assert!(matches!(persistence.next().await, Stored::Through(Version(40))));
    assert!(!persistence.is_full() && persistence.is_settled());
    assert_eq!(storage.stored.lock().unwrap().len(), 40);
}

#[tokio::test]
async fn chat_and_claims_count_too() {
    let (count, ..) = fill(|_| chat(4_000)).await;
    assert!(count < UNSTORED_BYTES_MAX / 4_000, "{count} messages");
    let (count, ..) =
        fill(|version| Effect::PersistClaim(ClientId::from_random_32(u32::try_from(version).unwrap()), [0; 32])).await;
    assert!(count <= UNSTORED_BYTES_MAX / size_of::<Record>() + 1, "{count} claims");
}
