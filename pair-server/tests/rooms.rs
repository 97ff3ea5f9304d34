//! What an operator does with rooms: `pair-server rooms` beside a running server and without one, and rooms that are deleted because nobody uses them.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod support;

use pair_server::{
    expiry::Expiry,
    storage::{self, Record, RoomMeta, Storage, sqlite::SqliteStorage, url::DatabaseUrl},
};
use protocol::{ByteOffset, ClientId, Document, DocumentPath, ErrorCode, codec::Codec, message::client::Chat};
use std::{fs, path::Path, sync::Arc};
use support::{
    eventually, http,
    pair::PairClient,
    postgres::PostgresServer,
    process::{ServerProcess, command},
    server::TestServer,
};

/// A day in milliseconds.
const DAY: u64 = 86_400_000;

/// Runs `pair-server rooms`; gives whether it was done, and what it said.
fn rooms(folder: &Path, arguments: &[&str]) -> (bool, String) {
    rooms_on(folder, "sqlite:pair.db", arguments)
}

fn rooms_on(folder: &Path, database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = command(folder);
    let output =
        command.args(["rooms", "--database-url", database]).args(arguments).stdout(std::process::Stdio::piped());
    let output = output.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_listed_shown_and_exported_beside_a_running_server_and_deleted_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let process = ServerProcess::start(folder.path(), &[]);
    let (room, _) =
        http::new_room(process.address(), r#"{"name":"src/main.rs","code":"fn main() {}\n","language":"rust"}"#).await;
    let mut ada = PairClient::join(process.address(), &room, "Ada", Codec::MessagePack).await;
    ada.append("// more\n").await;
    ada.until_durable().await;
    ada.send(Chat { text: "not \u{1b}[2J for your terminal".to_owned() }).await;
    let (done, list) = eventually("the chat in storage", || async {
        Some(rooms(folder.path(), &["show", &room])).filter(|(_, said)| said.contains("for your terminal"))
    })
    .await;
    assert!(done && !list.contains('\u{1b}'), "{list:?}");
    for part in ["rust", "by Ada", "src/main.rs\t21 bytes\t2 lines", "guests are editors, an owner with a token"] {
        assert!(list.contains(part), "{part} is not in {list}");
    }
    let (done, list) = rooms(folder.path(), &["list"]);
    assert!(done && list.contains(&room) && list.contains("Ada") && list.contains("21 bytes"), "{list}");
    let (done, said) = rooms(folder.path(), &["export", &room, "out"]);
    assert!(done, "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("out/src/main.rs")).unwrap(), "fn main() {}\n// more\n");
    let chat = fs::read_to_string(folder.path().join(format!("out/{room}.chat.tsv"))).unwrap();
    assert!(chat.contains("\tAda\tnot"), "{chat}");
    let (done, said) = rooms(folder.path(), &["export", &room, "out"]);
    assert!(!done && said.contains("is there already"), "{said}");
    let (done, said) = rooms(folder.path(), &["delete", &room]);
    assert!(!done && said.contains("pair-server") && said.contains("stop"), "{said}");
    drop(ada);
    process.kill();
    let (done, said) = rooms(folder.path(), &["delete", &room]);
    assert!(done && said.contains("is deleted"), "{said}");
    let (done, said) = rooms(folder.path(), &["show", &room]);
    assert!(!done && said.contains("there is no room"), "{said}");
    assert_eq!(rooms(folder.path(), &["list"]), (true, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_damaged_room_hides_neither_the_others_nor_its_own_other_documents() {
    let folder = tempfile::tempdir().unwrap();
    let database = "sqlite:pair.db";
    {
        let url: DatabaseUrl = format!("sqlite:{}", folder.path().join("pair.db").display()).parse().unwrap();
        let storage = SqliteStorage::open(&url).unwrap();
        for id in ["a", "b", "c"] {
            old_room(&storage, id, 0).await;
        }
        let paths = ["src", "src/main.rs", "src.file", "hurt.rs"];
        let added = paths.iter().map(|path| Record::Document(path.parse().unwrap())).collect();
        storage.append("b".parse().unwrap(), storage::Writer::ONLY, added).await.unwrap();
        storage.close().await;
    }
    let connection = rusqlite::Connection::open(folder.path().join("pair.db")).unwrap();
    connection.execute("UPDATE rooms SET guest_role = x'00ff' WHERE id = 'a'", []).unwrap();
    connection.execute("UPDATE documents SET snapshot = x'ffff' WHERE path = 'hurt.rs'", []).unwrap();
    let rooms = |arguments: &[&str]| rooms_on(folder.path(), database, arguments);
    let (done, list) = rooms(&["list"]);
    let lines: Vec<_> = list.lines().collect();
    assert!(done && lines.len() == 3 && lines[2].starts_with("c\t"), "{list}");
    assert!(
        lines[0].starts_with("a\tdamaged") && lines[1].starts_with("b\t") && lines[1].contains("damaged"),
        "{list}"
    );
    let (done, said) = rooms(&["show", "b"]);
    assert!(done && said.contains("hurt.rs\tdamaged") && said.contains("src/main.rs\t0 bytes"), "{said}");
    let (done, said) = rooms(&["export", "b", "out"]);
    assert!(!done && said.contains("document hurt.rs of room b can't be read"), "{said}");
    for file in ["src.file.file", "src.file", "src/main.rs"] {
        assert!(folder.path().join("out").join(file).is_file(), "{file}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_deleted_while_people_are_in_it_tells_them_and_leaves_memory() {
    let (folder, url) = (tempfile::tempdir().unwrap(), PostgresServer::shared().database());
    let process = ServerProcess::start_on(folder.path(), &url, &["--create-on-join=false"]);
    let (room, _) = http::new_room(process.address(), r#"{"code":"kept","language":"rust"}"#).await;
    let (other, _) = http::new_room(process.address(), r#"{"code":"other","language":"rust"}"#).await;
    let mut ada = PairClient::join(process.address(), &room, "Ada", Codec::MessagePack).await;
    let mut bea = PairClient::join(process.address(), &other, "Bea", Codec::MessagePack).await;
    let (done, said) = rooms_on(folder.path(), &url, &["delete", &room, "--closed"]);
    assert!(done, "{said}");
    ada.append(" more").await;
    let error = ada.until_error().await;
    assert!(error.code == ErrorCode::RoomNotFound && error.message.contains("was deleted"), "{error:?}");
    let (closing, _) = ada.until_closed().await;
    assert_eq!(closing.map(|closing| closing.retry_after_ms), Some(None), "coming back does not help");
    bea.append(" more").await;
    bea.until_durable().await;
    assert_eq!(http::get(process.address(), "/readyz").await.0, 200, "the database is well");
    eventually("the room is no more in memory", || async {
        (http::get(process.address(), &format!("/rooms/{room}")).await.0 == 404).then_some(())
    })
    .await;
}

fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

/// A room that was changed last so many days ago.
async fn old_room(storage: &dyn Storage, id: &str, days: u64) {
    let updated_ms = now_ms() - days * DAY;
    let meta = RoomMeta {
        language: "rust".to_owned(),
        last_author: None,
        updated_ms,
        owner_token: None,
        guest_role: "editor".to_owned(),
        models: None,
    };
    let snapshot = Document::new(ClientId::from_random_32(1)).snapshot();
    assert!(storage.create(id.parse().unwrap(), meta, DocumentPath::main(), snapshot.into()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_that_nobody_uses_are_deleted_and_those_inside_are_told_of_it() {
    let storage = Arc::new(SqliteStorage::open(&DatabaseUrl::SqliteMemory).unwrap());
    for (id, days) in [("gone", 31), ("rarely", 29), ("new", 0)] {
        old_room(&*storage, id, days).await;
    }
    let server = TestServer::start_on(storage.clone(), |config| {
        config.room_expiry = Expiry::after_days(30);
        config.create_on_join = false;
    })
    .await;
    eventually("the deletion", || async {
        storage.load("gone".parse().unwrap()).await.unwrap().is_none().then_some(())
    })
    .await;
    assert_eq!(http::get(server.address(), "/rooms/gone").await.0, 404);
    // Opening a room is using it.
    let ada = PairClient::join(server.address(), "rarely", "Ada", Codec::Json).await;
    assert_eq!(ada.welcome.limits.room_expiry_days, Some(30));
    let noted = storage.load("rarely".parse().unwrap()).await.unwrap().unwrap().meta.updated_ms;
    let before = noted - 25 * DAY;
    assert!(storage.expire(before).await.unwrap().is_empty(), "it was noted to be in use");
    let metrics = http::request(server.address(), reqwest::Method::GET, "/metrics", None).await.text().await.unwrap();
    assert!(metrics.contains("pair_rooms_expired_total 1\n"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_no_room_is_deleted() {
    let storage = Arc::new(SqliteStorage::open(&DatabaseUrl::SqliteMemory).unwrap());
    old_room(&*storage, "old", 5_000).await;
    let server = TestServer::start_on(storage.clone(), |_| {}).await;
    let ada = PairClient::join(server.address(), "old", "Ada", Codec::MessagePack).await;
    assert_eq!(ada.welcome.limits.room_expiry_days, None);
    assert_eq!(http::get(server.address(), "/rooms/old").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_on_postgresql_are_listed_shown_and_exported_beside_a_running_server_and_deleted_when_closed() {
    let (folder, url) = (tempfile::tempdir().unwrap(), PostgresServer::shared().database());
    let process = ServerProcess::start_on(folder.path(), &url, &[]);
    let (room, _) =
        http::new_room(process.address(), r#"{"name":"main.rs","code":"fn a() {}\n","language":"rust"}"#).await;
    let mut ada = PairClient::join(process.address(), &room, "Ada", Codec::MessagePack).await;
    ada.append("// more\n").await;
    ada.send(Chat { text: "hello".to_owned() }).await;
    ada.until_durable().await;
    let rooms = |arguments: &[&str]| rooms_on(folder.path(), &url, arguments);
    let (done, shown) = eventually("the chat in storage", || async {
        Some(rooms(&["show", &room])).filter(|(_, said)| said.contains("Ada: hello"))
    })
    .await;
    assert!(done && shown.contains("by Ada") && shown.contains("main.rs\t18 bytes\t2 lines"), "{shown}");
    let (done, list) = rooms(&["list"]);
    assert!(done && list.contains(&room) && list.contains("18 bytes\t1 documents\t1 updates"), "{list}");
    let (done, said) = rooms(&["export", &room, "out"]);
    assert!(done, "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("out/main.rs")).unwrap(), "fn a() {}\n// more\n");
    // Nobody can see from here whether a server has it open.
    let (done, said) = rooms(&["delete", &room]);
    assert!(!done && said.contains("--closed"), "{said}");
    drop(ada);
    process.kill();
    let (done, said) = rooms(&["delete", &room, "--closed"]);
    assert!(done && said.contains("is deleted"), "{said}");
    let (done, said) = rooms(&["show", &room]);
    assert!(!done && said.contains("there is no room"), "{said}");
    assert_eq!(rooms(&["list"]), (true, String::new()));
    for table in ["documents", "updates", "chat", "claims"] {
        let left =
            PostgresServer::shared().sql(url.rsplit('/').next().unwrap(), &format!("SELECT count(*) FROM {table}"));
        assert_eq!(left, "0", "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_on_postgresql_that_nobody_uses_are_deleted_by_one_of_the_nodes() {
    let url = PostgresServer::shared().database();
    let storage = storage::open(&url.parse().unwrap()).await.unwrap();
    for (id, days) in [("gone", 31), ("typed", 31), ("rarely", 29), ("new", 0)] {
        old_room(&*storage, id, days).await;
    }
    // What is newer than the room's own row is in the log.
    let typed = storage.load("typed".parse().unwrap()).await.unwrap().unwrap();
    let mut document = Document::from_snapshot(ClientId::from_random_32(2), &typed.documents[0].snapshot).unwrap();
    let update = document.edit(ByteOffset(0)..ByteOffset(0), "new", 0).unwrap().into();
    let (path, client) = (DocumentPath::main(), document.client());
    let update = Record::Update { version: 1, document: path, update, author: None, client, at_ms: now_ms() - DAY };
    storage.append("typed".parse().unwrap(), typed.log.writer, vec![update]).await.unwrap();
    let start = || {
        TestServer::start_with(|config| {
            config.database = url.parse().unwrap();
            config.room_expiry = Expiry::after_days(30);
            config.create_on_join = false;
        })
    };
    let nodes = [start().await, start().await];
    eventually("the deletion", || async {
        storage.load("gone".parse().unwrap()).await.unwrap().is_none().then_some(())
    })
    .await;
    for node in &nodes {
        assert_eq!(http::get(node.address(), "/rooms/gone").await.0, 404);
        assert_eq!(http::get(node.address(), "/rooms/typed").await.0, 200);
    }
    eventually("one node says that it did it", || async {
        let mut expired = 0;
        for node in &nodes {
            let metrics = http::request(node.address(), reqwest::Method::GET, "/metrics", None).await;
            expired += usize::from(metrics.text().await.unwrap().contains("pair_rooms_expired_total 1\n"));
        }
        (expired == 1).then_some(())
    })
    .await;
    // Opening a room is using it, whichever node it is on.
    let _ada = PairClient::join(nodes[1].address(), "rarely", "Ada", Codec::Json).await;
    let noted = storage.load("rarely".parse().unwrap()).await.unwrap().unwrap().meta.updated_ms;
    assert!(storage.expire(noted - 2 * DAY).await.unwrap().is_empty(), "it was noted to be in use");
    assert!(storage.load("typed".parse().unwrap()).await.unwrap().is_some());
}
