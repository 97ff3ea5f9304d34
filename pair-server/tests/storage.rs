//! One story of storage, told to every backend: what goes in comes out, once, whatever happens in between. What only files can
//! suffer follows. Knows no room.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use bytes::Bytes;
use futures::future::BoxFuture;
use pair_server::storage::{
    Record, RoomMeta, Storage, StorageError, StoredChat, StoredRoom, sqlite::SqliteStorage, url::DatabaseUrl,
};
use protocol::{ClientId, DocumentPath, RoomId};
use std::{path::Path, sync::Arc};
use support::eventually;
use tempfile::TempDir;

/// A place where a backend keeps its data: it can be opened, and after a close opened again.
trait Backend {
    /// Its name, for messages.
    fn name(&self) -> &'static str;

    /// Opens it. Only one may be open at a time.
    fn open(&self) -> BoxFuture<'_, Result<Arc<dyn Storage>, StorageError>>;
}

/// A SQLite file in a folder of its own.
struct SqliteFile(TempDir);

impl Backend for SqliteFile {
    fn name(&self) -> &'static str {
        "SQLite file"
    }

    fn open(&self) -> BoxFuture<'_, Result<Arc<dyn Storage>, StorageError>> {
        let opened = SqliteStorage::open(&url(&self.0.path().join("deep/er/pair.db")));
        Box::pin(async { opened.map(|storage| Arc::new(storage) as Arc<dyn Storage>) })
    }
}

/// Every backend that this machine can test.
fn backends() -> Vec<Box<dyn Backend>> {
    vec![Box::new(SqliteFile(tempfile::tempdir().unwrap()))]
}

fn url(path: &Path) -> DatabaseUrl {
    DatabaseUrl::SqliteFile(path.to_owned())
}

fn room(name: &str) -> RoomId {
    name.parse().unwrap()
}

fn meta() -> RoomMeta {
    RoomMeta {
        language: "rust".to_owned(),
        last_author: None,
        updated_ms: 5,
        owner_token: Some([7; 32]),
        guest_role: "editor".to_owned(),
        models: None,
    }
}

fn update(version: u64, document: &DocumentPath, data: impl Into<Bytes>) -> Record {
    Record::Update {
        version,
        document: document.clone(),
        update: data.into(),
        author: Some("Ada".to_owned()),
        client: ClientId::new(1 << 40).unwrap(),
        at_ms: 1_000 + version,
    }
}

fn snapshot(document: &DocumentPath, data: &'static [u8], through: u64) -> Record {
    Record::Snapshot { document: document.clone(), snapshot: data.into(), through }
}

fn chat(text: &str) -> Record {
    Record::Chat(StoredChat { name: "Ada".to_owned(), text: text.to_owned(), at_ms: 9 })
}

async fn create(storage: &Arc<dyn Storage>, name: &str) -> bool {
    let made = storage.create(room(name), meta(), DocumentPath::main(), Bytes::from_static(b"first"));
    made.await.unwrap()
}

async fn load(storage: &Arc<dyn Storage>, name: &str) -> StoredRoom {
    storage.load(room(name)).await.unwrap().unwrap()
}

/// The updates of a room's only document.
async fn log(storage: &Arc<dyn Storage>, name: &str) -> Vec<Bytes> {
    load(storage, name).await.documents[0].updates.clone()
}

#[tokio::test]
async fn a_room_comes_back_as_it_was_stored() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        let (main, more): (_, DocumentPath) = (DocumentPath::main(), "src/ünï.rs".parse().unwrap());
        assert_eq!(storage.load(room("one")).await.unwrap(), None);
        assert!(create(&storage, "one").await, "{}", backend.name());
        assert!(!create(&storage, "one").await, "a room is made once");
        assert!(create(&storage, "two").await);
        let batch = vec![
            Record::Claim(ClientId::new(1 << 40).unwrap(), [9; 32]),
            update(1, &main, "u1"),
            Record::Document(more.clone()),
            update(2, &more, "u2"),
            chat("hello"),
            chat("again"),
            Record::Meta(RoomMeta { language: "go".to_owned(), last_author: Some("Bob".to_owned()), ..meta() }),
        ];
        storage.append(room("one"), batch).await.unwrap();
        storage.close().await;
        assert_eq!(storage.load(room("one")).await, Err(StorageError::Closed));

        let storage = backend.open().await.unwrap();
        let stored = load(&storage, "one").await;
        assert_eq!(stored.meta.language, "go");
        assert_eq!(stored.meta.last_author.as_deref(), Some("Bob"));
        assert_eq!(stored.meta.owner_token, Some([7; 32]));
        assert_eq!((stored.version, stored.log_length), (2, 2));
        assert_eq!(stored.claims, [(ClientId::new(1 << 40).unwrap(), [9; 32])]);
        assert_eq!(stored.chat.iter().map(|chat| chat.text.as_str()).collect::<Vec<_>>(), ["hello", "again"]);
        let documents: Vec<_> = stored
            .documents
            .iter()
            .map(|one| (one.path.as_str(), one.updates.iter().map(|u| &u[..]).collect::<Vec<_>>()))
            .collect();
        assert_eq!(
            documents,
            [("main", vec![&b"first"[..], b"u1"]), ("src/ünï.rs", vec![&[0, 0][..], b"u2"])],
            "the default document is first"
        );
        assert_eq!(log(&storage, "two").await, ["first"], "another room has nothing of that");
    }
}

#[tokio::test]
async fn an_update_tells_who_changed_the_room_last_and_when() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        storage.append(room("one"), vec![update(1, &DocumentPath::main(), "u1")]).await.unwrap();
        let stored = load(&storage, "one").await;
        assert_eq!((stored.meta.last_author.as_deref(), stored.meta.updated_ms), (Some("Ada"), 1_001));
    }
}

#[tokio::test]
async fn a_batch_that_is_tried_again_is_stored_once() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let main = DocumentPath::main();
        let batch = || {
            vec![
                Record::Document("more".parse().unwrap()),
                update(1, &main, "u1"),
                update(2, &main, "u2"),
                chat("hello"),
                Record::Claim(ClientId::new(3).unwrap(), [3; 32]),
            ]
        };
        storage.append(room("one"), batch()).await.unwrap();
        let once = load(&storage, "one").await;
        storage.append(room("one"), batch()).await.unwrap();
        assert_eq!(load(&storage, "one").await, once);
        // And with more behind it, as the room does it after a failure.
        let longer = [batch(), vec![update(3, &main, "u3")]].concat();
        storage.append(room("one"), longer).await.unwrap();
        assert_eq!(log(&storage, "one").await, ["first", "u1", "u2", "u3"]);
    }
}

#[tokio::test]
async fn compaction_loses_nothing_that_the_snapshot_does_not_hold() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let (main, more): (_, DocumentPath) = (DocumentPath::main(), "more".parse().unwrap());
        let batch = vec![
            Record::Document(more.clone()),
            update(1, &main, "m1"),
            update(2, &more, "o2"),
            update(3, &main, "m3"),
            update(4, &main, "m4"),
        ];
        storage.append(room("one"), batch).await.unwrap();
        storage.append(room("one"), vec![snapshot(&main, b"S3", 3)]).await.unwrap();
        let stored = load(&storage, "one").await;
        assert_eq!(stored.documents[0].updates, ["S3", "m4"]);
        assert_eq!(stored.documents[1].updates, [&[0, 0][..], b"o2"], "the other document keeps its log");
        assert_eq!((stored.version, stored.log_length), (4, 2));
        // An older snapshot that comes late, and updates that a snapshot holds, change nothing.
        storage.append(room("one"), vec![snapshot(&main, b"S1", 1), update(3, &main, "m3")]).await.unwrap();
        assert_eq!(log(&storage, "one").await, ["S3", "m4"]);
        // A snapshot may hold updates that never came.
        storage.append(room("one"), vec![snapshot(&main, b"S9", 9)]).await.unwrap();
        let stored = load(&storage, "one").await;
        assert_eq!((stored.version, stored.log_length), (9, 1));
        storage.append(room("one"), vec![update(10, &main, "m10")]).await.unwrap();
        storage.close().await;
        let storage = backend.open().await.unwrap();
        assert_eq!(log(&storage, "one").await, ["S9", "m10"]);
    }
}

#[tokio::test]
async fn the_first_claim_stays_but_for_an_open_one() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let client = |id| ClientId::new(id).unwrap();
        for (id, secret) in [(1, [1; 32]), (1, [2; 32]), (2, [0; 32]), (2, [3; 32]), (2, [4; 32])] {
            storage.append(room("one"), vec![Record::Claim(client(id), secret)]).await.unwrap();
        }
        let mut claims = load(&storage, "one").await.claims;
        claims.sort_unstable();
        assert_eq!(claims, [(client(1), [1; 32]), (client(2), [3; 32])]);
    }
}

#[tokio::test]
async fn only_the_last_chat_messages_are_loaded() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        storage.append(room("one"), (0..250).map(|n| chat(&format!("{n}"))).collect()).await.unwrap();
        let stored = load(&storage, "one").await.chat;
        assert_eq!((stored.len(), stored[0].text.as_str(), stored[199].text.as_str()), (200, "50", "249"));
    }
}

#[tokio::test]
async fn many_rooms_at_once_each_keep_their_order() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        let rooms: Vec<_> = (0..40).map(|n| format!("room-{n}")).collect();
        let work = rooms.iter().map(|name| {
            let storage = &storage;
            async move {
                create(storage, name).await;
                for version in 1..=20 {
                    let record = update(version, &DocumentPath::main(), format!("{name}:{version}"));
                    storage.append(room(name), vec![record]).await.unwrap();
                }
            }
        });
        futures::future::join_all(work).await;
        for name in &rooms {
            let wanted: Vec<_> = (1..=20).map(|version| Bytes::from(format!("{name}:{version}"))).collect();
            assert_eq!(log(&storage, name).await[1..], wanted);
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_of_the_batch_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pair.db");
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open_with_page_limit(&url(&path), 60).unwrap());
    create(&storage, "one").await;
    let main = DocumentPath::main();
    let mut version = 0;
    let refused = loop {
        let batch = vec![
            update(version + 1, &main, vec![b'x'; 20_000]),
            Record::Chat(StoredChat { name: "Ada".to_owned(), text: format!("{version}"), at_ms: version }),
        ];
        match storage.append(room("one"), batch).await {
            Ok(()) => version += 1,
            Err(error) => break error,
        }
        assert!(version < 100, "the disk never gets full");
    };
    let StorageError::Unavailable { reason, database } = refused else { panic!("{refused:?}") };
    assert!(reason.contains("the disk is full") && database.contains("pair.db"), "{reason} {database}");
    let stored = load(&storage, "one").await;
    assert_eq!((stored.version, stored.chat.len()), (version, usize::try_from(version).unwrap()));
    // Compaction makes room, and the same batch fits.
    storage.append(room("one"), vec![snapshot(&main, b"small", version)]).await.unwrap();
    storage.append(room("one"), vec![update(version + 1, &main, vec![b'x'; 20_000])]).await.unwrap();
    storage.close().await;
    // With more room everything is still there, and goes on.
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(&url(&path)).unwrap());
    assert_eq!(load(&storage, "one").await.version, version + 1);
    storage.append(room("one"), vec![update(version + 2, &main, vec![b'x'; 200_000])]).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_for_one_room_does_not_take_others_down() {
    let folder = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> =
        Arc::new(SqliteStorage::open_with_page_limit(&url(&folder.path().join("pair.db")), 60).unwrap());
    create(&storage, "large").await;
    create(&storage, "small").await;
    let main = DocumentPath::main();
    // Asked for at once, so that both come into one transaction.
    let mut stored = 0;
    for version in 1..=20 {
        let large = storage.append(room("large"), vec![update(version, &main, vec![b'x'; 1 << 20])]);
        let small = storage.append(room("small"), vec![update(version, &main, "s")]);
        let (large, small) = futures::join!(large, small);
        assert!(large.is_err());
        stored += u64::from(small.is_ok());
        if small.is_err() {
            // The whole transaction was lost; it is tried again, as a room does.
            storage.append(room("small"), vec![update(version, &main, "s")]).await.unwrap();
            stored += 1;
        }
    }
    assert_eq!(stored, 20);
    assert_eq!(load(&storage, "small").await.version, 20);
    assert_eq!(load(&storage, "large").await.version, 0);
}

/// Why a database can't be opened.
fn open_error(path: &Path) -> String {
    match SqliteStorage::open(&url(path)) {
        Err(error @ StorageError::Open { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_that_is_open_elsewhere_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pair.db");
    let first: Arc<dyn Storage> = Arc::new(SqliteStorage::open(&url(&path)).unwrap());
    let error = open_error(&path);
    assert!(error.contains("another process") && error.contains("pair.db"), "{error}");
    create(&first, "one").await;
    first.close().await;
    eventually("the file is free", async || SqliteStorage::open(&url(&path)).ok()).await;
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "not a database at all, but somebody's notes\n".repeat(100);
    std::fs::write(&path, &notes).unwrap();
    let error = open_error(&path);
    assert!(error.contains("not a SQLite database") && error.contains("notes.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), notes);
    let error = open_error(&path.join("below/pair.db"));
    assert!(error.contains("can't be created") && error.contains("below"), "{error}");
    let error = open_error(folder.path());
    assert!(error.contains("check the path"), "{error}");
}
