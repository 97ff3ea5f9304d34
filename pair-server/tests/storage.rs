//! One story of storage, told to every backend: what goes in comes out, once, whatever happens in between. What only files can
//! suffer follows. Knows no room.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use bytes::Bytes;
use futures::future::BoxFuture;
use pair_server::storage::{
    self, Record, Storage, StorageError, StoredChat, StoredRoom, sqlite::SqliteStorage, url::DatabaseUrl,
};
use protocol::{ClientId, DocumentPath};
use std::{path::Path, sync::Arc};
use support::{
    eventually,
    postgres::PostgresServer,
    stored::{Pen, chat, content, create, load, meta, room, text},
};
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
        let url = url(&self.0.path().join("deep/er/pair.db"));
        Box::pin(async move { storage::open(&url).await })
    }
}

/// A PostgreSQL database of its own.
struct PostgresDatabase(DatabaseUrl);

impl Backend for PostgresDatabase {
    fn name(&self) -> &'static str {
        "PostgreSQL database"
    }

    fn open(&self) -> BoxFuture<'_, Result<Arc<dyn Storage>, StorageError>> {
        Box::pin(storage::open(&self.0))
    }
}

/// Every backend that this machine can test.
fn backends() -> Vec<Box<dyn Backend>> {
    vec![
        Box::new(SqliteFile(tempfile::tempdir().unwrap())),
        Box::new(PostgresDatabase(PostgresServer::shared().database().parse().unwrap())),
    ]
}

fn url(path: &Path) -> DatabaseUrl {
    DatabaseUrl::SqliteFile(path.to_owned())
}

/// What the log of a room's only document holds, each as it was stored.
fn log(stored: &StoredRoom) -> Vec<Bytes> {
    stored.documents[0].log.iter().map(|one| one.update.clone()).collect()
}

#[tokio::test]
async fn a_room_comes_back_as_it_was_stored() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        let more: DocumentPath = "src/ünï.rs".parse().unwrap();
        assert_eq!(storage.load(room("one")).await.unwrap(), None);
        assert!(create(&storage, "one").await, "{}", backend.name());
        assert!(!create(&storage, "one").await, "a room is made once");
        assert!(create(&storage, "two").await);
        let mut pen = Pen::loaded(&storage, "one").await;
        let mut other = Pen::beside(&pen, &more);
        let batch = vec![
            Record::Claim(ClientId::new(1 << 40).unwrap(), [9; 32]),
            pen.writes("u1"),
            Record::Document(more.clone()),
            other.writes_as(2, "u2"),
            chat("hello"),
            chat("again\0"),
            Record::Meta(storage::RoomMeta {
                language: "go".to_owned(),
                last_author: Some("Bob".to_owned()),
                ..meta()
            }),
        ];
        storage.append(room("one"), pen.writer, batch.clone()).await.unwrap();
        storage.close().await;
        assert_eq!(storage.load(room("one")).await, Err(StorageError::Closed));

        let storage = backend.open().await.unwrap();
        let stored = load(&storage, "one").await;
        assert_eq!(stored.meta.language, "go");
        assert_eq!(stored.meta.owner_token, Some([7; 32]));
        assert_eq!(stored.log.length, 2);
        assert_eq!(stored.claims, [(ClientId::new(1 << 40).unwrap(), [9; 32])]);
        let said: Vec<_> = stored.chat.iter().map(|chat| chat.text.trim_end_matches(['\0', '\u{fffd}'])).collect();
        assert_eq!(said, ["hello", "again"], "PostgreSQL has another character for a zero byte");
        let documents: Vec<_> = stored.documents.iter().map(|one| (one.path.as_str(), text(one))).collect();
        let wanted = [("main", "first u1".to_owned()), ("src/ünï.rs", "u2".to_owned())];
        assert_eq!(documents, wanted, "the default document is first");
        let Record::Update { update, client, at_ms, .. } = &batch[1] else { panic!("it is an update") };
        let kept = &stored.documents[0].log[0];
        assert_eq!((&kept.update, kept.author.as_deref()), (update, Some("Ada")), "as its author sent it");
        assert_eq!((kept.client, kept.at_ms), (*client, *at_ms));
        assert_eq!(text(&load(&storage, "two").await.documents[0]), "first ", "another room has nothing of that");
    }
}

#[tokio::test]
async fn an_update_tells_who_changed_the_room_last_and_when() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let mut pen = Pen::loaded(&storage, "one").await;
        storage.append(room("one"), pen.writer, vec![pen.writes("u1")]).await.unwrap();
        let changed = async || {
            let meta = load(&storage, "one").await.meta;
            (meta.last_author, meta.updated_ms)
        };
        assert_eq!(changed().await, (Some("Ada".to_owned()), 1_001));
        storage.append(room("one"), pen.writer, vec![pen.snapshot()]).await.unwrap();
        assert_eq!(changed().await, (Some("Ada".to_owned()), 1_001), "without a log too");
    }
}

#[tokio::test]
async fn a_batch_that_is_tried_again_is_stored_once() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let mut pen = Pen::loaded(&storage, "one").await;
        let batch = vec![
            Record::Document("more".parse().unwrap()),
            pen.writes("u1 "),
            pen.writes("u2 "),
            chat("hello"),
            Record::Claim(ClientId::new(3).unwrap(), [3; 32]),
        ];
        storage.append(room("one"), pen.writer, batch.clone()).await.unwrap();
        let once = content(load(&storage, "one").await);
        storage.append(room("one"), pen.writer, batch.clone()).await.unwrap();
        assert_eq!(content(load(&storage, "one").await), once);
        // And with more behind it, as the room does it after a failure.
        let longer = [batch, vec![pen.writes("u3")]].concat();
        storage.append(room("one"), pen.writer, longer).await.unwrap();
        let stored = load(&storage, "one").await;
        assert_eq!((text(&stored.documents[0]).as_str(), stored.log.length), ("first u1 u2 u3", 3));
    }
}

#[tokio::test]
async fn compaction_loses_nothing_that_the_snapshot_does_not_hold() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let more: DocumentPath = "more".parse().unwrap();
        let mut pen = Pen::loaded(&storage, "one").await;
        let mut other = Pen::beside(&pen, &more);
        let (m1, o2) = (pen.writes("m1 "), other.writes_as(2, "o2"));
        pen.skip_to(2);
        let early = pen.snapshot();
        let m3 = pen.writes("m3 ");
        let held = pen.snapshot();
        let m4 = pen.writes("m4 ");
        let append = async |records| storage.append(room("one"), pen.writer, records).await.unwrap();
        append(vec![Record::Document(more.clone()), m1, o2, m3.clone()]).await;
        append(vec![held, m4.clone()]).await;
        let stored = load(&storage, "one").await;
        assert_eq!(text(&stored.documents[0]), "first m1 m3 m4 ", "{}", backend.name());
        assert!(stored.log.length <= 2, "what the snapshot holds left the log");
        if !storage.is_shared() {
            let Record::Update { update: m4, .. } = m4 else { panic!("it is an update") };
            assert_eq!(log(&stored), [m4], "what the snapshot does not hold stays");
        }
        assert_eq!(text(&stored.documents[1]), "o2", "the other document keeps its log");
        assert_eq!(stored.documents[1].log.len(), 1);
        // An older snapshot that comes late, and updates that a snapshot holds, change nothing.
        append(vec![early, m3]).await;
        assert_eq!(text(&load(&storage, "one").await.documents[0]), "first m1 m3 m4 ");
        // A snapshot may hold updates that never came.
        let mut pen = Pen::continued(pen, 9);
        let (_never, held, m11) = (pen.writes("m10 "), pen.snapshot(), pen.writes("m11"));
        storage.append(room("one"), pen.writer, vec![held]).await.unwrap();
        let stored = load(&storage, "one").await;
        assert_eq!((text(&stored.documents[0]).as_str(), stored.log.length), ("first m1 m3 m4 m10 ", 1));
        storage.append(room("one"), pen.writer, vec![m11]).await.unwrap();
        storage.close().await;
        let storage = backend.open().await.unwrap();
        assert_eq!(text(&load(&storage, "one").await.documents[0]), "first m1 m3 m4 m10 m11");
    }
}

#[tokio::test]
async fn the_first_claim_stays_but_for_an_open_one() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let pen = Pen::loaded(&storage, "one").await;
        let client = |id| ClientId::new(id).unwrap();
        let claim = |(id, secret)| Record::Claim(client(id), [secret; 32]);
        for one in [(1, 1), (1, 2), (2, 0), (2, 3), (2, 4)] {
            storage.append(room("one"), pen.writer, vec![claim(one)]).await.unwrap();
        }
        let together = [(3, 0), (4, 1), (3, 5), (4, 2), (3, 6)].map(claim).to_vec();
        storage.append(room("one"), pen.writer, together).await.unwrap();
        let mut claims = load(&storage, "one").await.claims;
        claims.sort_unstable();
        assert_eq!(claims, [(1, 1), (2, 3), (3, 5), (4, 1)].map(|(id, secret)| (client(id), [secret; 32])));
    }
}

#[tokio::test]
async fn only_the_last_chat_messages_are_loaded_and_all_are_exported() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "one").await;
        let pen = Pen::loaded(&storage, "one").await;
        storage.append(room("one"), pen.writer, (0..250).map(|n| chat(&format!("{n}"))).collect()).await.unwrap();
        let stored = load(&storage, "one").await.chat;
        assert_eq!((stored.len(), stored[0].text.as_str(), stored[199].text.as_str()), (200, "50", "249"));
        let all = storage.export(room("one")).await.unwrap().unwrap().chat;
        assert_eq!((all.len(), all[0].text.as_str(), all[249].text.as_str()), (250, "0", "249"));
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
                let mut pen = Pen::loaded(storage, name).await;
                for n in 1..=20 {
                    storage.append(room(name), pen.writer, vec![pen.writes(&format!("{name}:{n} "))]).await.unwrap();
                }
                pen.document.text()
            }
        });
        let texts = futures::future::join_all(work).await;
        for (name, wanted) in rooms.iter().zip(texts) {
            let stored = load(&storage, name).await;
            assert_eq!((text(&stored.documents[0]), stored.log.length), (wanted, 20));
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_refused_takes_no_others_with_it() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        create(&storage, "here").await;
        let mut pen = Pen::loaded(&storage, "here").await;
        // Asked for at once, so that they come into one transaction.
        for _ in 0..10 {
            let mut lost = Pen::beside(&pen, &DocumentPath::main());
            let gone = storage.append(room("gone"), pen.writer, vec![lost.writes_as(1, "x")]);
            let here = storage.append(room("here"), pen.writer, vec![pen.writes("h")]);
            let (gone, here) = futures::join!(gone, here);
            assert!(gone.is_err(), "{}: there is no such room", backend.name());
            assert_eq!(here, Ok(()), "{}", backend.name());
        }
        assert_eq!(text(&load(&storage, "here").await.documents[0]), "first hhhhhhhhhh");
    }
}

#[tokio::test]
async fn rooms_are_listed_in_order_and_deleted_with_all_that_is_theirs() {
    for backend in backends() {
        let storage = backend.open().await.unwrap();
        for name in ["b", "Z", "a-1", "a_1"] {
            create(&storage, name).await;
        }
        let mut pen = Pen::loaded(&storage, "a-1").await;
        let batch = vec![pen.writes("x"), chat("hello"), Record::Claim(ClientId::new(3).unwrap(), [3; 32])];
        storage.append(room("a-1"), pen.writer, batch).await.unwrap();
        let all = ["Z", "a-1", "a_1", "b"].map(room);
        assert_eq!(storage.rooms(None).await.unwrap(), all, "{}", backend.name());
        assert_eq!(storage.rooms(Some(room("a-1"))).await.unwrap(), all[2..]);
        assert!(storage.delete(room("a-1")).await.unwrap());
        assert!(!storage.delete(room("a-1")).await.unwrap());
        assert_eq!(storage.load(room("a-1")).await.unwrap(), None);
        // A room of the same name begins anew.
        create(&storage, "a-1").await;
        let anew = load(&storage, "a-1").await;
        assert_eq!((text(&anew.documents[0]).as_str(), anew.log.length), ("first ", 0));
        assert!(anew.chat.is_empty() && anew.claims.is_empty());
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_of_the_batch_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pair.db");
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open_with_page_limit(&url(&path), 60).unwrap());
    create(&storage, "one").await;
    let mut pen = Pen::loaded(&storage, "one").await;
    let mut version = 0;
    let mut batch;
    let refused = loop {
        let said = StoredChat { name: "Ada".to_owned(), text: format!("{version}"), at_ms: version };
        batch = vec![pen.writes(&"x".repeat(20_000)), Record::Chat(said)];
        match storage.append(room("one"), pen.writer, batch.clone()).await {
            Ok(()) => version += 1,
            Err(error) => break error,
        }
        assert!(version < 100, "the disk never gets full");
    };
    let StorageError::Unavailable { reason, database } = refused else { panic!("{refused:?}") };
    assert!(reason.contains("the disk is full") && database.contains("pair.db"), "{reason} {database}");
    let stored = load(&storage, "one").await;
    assert_eq!((stored.log.version, stored.chat.len()), (version, usize::try_from(version).unwrap()));
    // Compaction makes room, and the same batch fits.
    let small = Record::Snapshot {
        document: DocumentPath::main(),
        snapshot: Bytes::from_static(b"small"),
        through: version,
        author: None,
        at_ms: 0,
    };
    storage.append(room("one"), pen.writer, vec![small]).await.unwrap();
    storage.append(room("one"), pen.writer, batch).await.unwrap();
    storage.close().await;
    // With more room everything is still there, and goes on.
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(&url(&path)).unwrap());
    assert_eq!(load(&storage, "one").await.log.version, version + 1);
    storage.append(room("one"), pen.writer, vec![pen.writes(&"x".repeat(200_000))]).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_for_one_room_does_not_take_others_down() {
    let folder = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> =
        Arc::new(SqliteStorage::open_with_page_limit(&url(&folder.path().join("pair.db")), 60).unwrap());
    create(&storage, "large").await;
    create(&storage, "small").await;
    let (mut huge, mut tiny) = (Pen::loaded(&storage, "large").await, Pen::loaded(&storage, "small").await);
    // Asked for at once, so that both come into one transaction.
    let mut stored = 0;
    for _ in 1..=20 {
        let (one, other) = (vec![huge.writes(&"x".repeat(1 << 20))], vec![tiny.writes("s")]);
        let large = storage.append(room("large"), huge.writer, one);
        let small = storage.append(room("small"), tiny.writer, other.clone());
        let (large, small) = futures::join!(large, small);
        assert!(large.is_err());
        stored += u64::from(small.is_ok());
        if small.is_err() {
            // The whole transaction was lost; it is tried again, as a room does.
            storage.append(room("small"), tiny.writer, other).await.unwrap();
            stored += 1;
        }
    }
    assert_eq!(stored, 20);
    assert_eq!(load(&storage, "small").await.log.version, 20);
    assert_eq!(load(&storage, "large").await.log.version, 0);
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
