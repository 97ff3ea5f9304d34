//! The storage alone, killed with `kill -9` at random points of commits, snapshots and compactions: what it had called durable is there after
//! each death, and nothing is doubled. A few rounds here; `scripts/chaos storage` runs a thousand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "what does not unwrap is a failed test"
)]

mod support;

use pair_server::storage::{Record, RoomMeta, Storage, StoredRoom, sqlite::SqliteStorage, url::DatabaseUrl};
use protocol::{ClientId, Document, DocumentPath, RoomId};
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use support::random::{Random, fresh_seed};

/// Names the folder that the process which is killed works in.
const FOLDER: &str = "PAIR_TEST_STORE_IN";

/// Rounds where nobody asks for more.
const ROUNDS: u64 = 30;

/// The longest that a process lives after its first commit, in milliseconds.
const LIFE_MS: u64 = 60;

/// A document begins anew after so many updates, so that a thousand rounds stay quick.
const UPDATES_MAX: u64 = 3_000;

fn room() -> RoomId {
    "killed".parse().unwrap()
}

fn url(folder: &Path) -> DatabaseUrl {
    DatabaseUrl::SqliteFile(folder.join("pair.db"))
}

fn meta() -> RoomMeta {
    RoomMeta {
        language: "text".to_owned(),
        last_author: None,
        updated_ms: 0,
        owner_token: None,
        guest_role: "editor".to_owned(),
        models: None,
    }
}

fn read(stored: &StoredRoom) -> Document {
    let mut document = Document::new(ClientId::from_random_32(1));
    for update in stored.documents[0].updates() {
        document.apply(update).unwrap();
    }
    assert!(!document.has_pending(), "an update is there whose forerunner is not");
    document
}

/// The process that is killed: goes on from what is stored, one token per update, in batches, with snapshots now and then; says each version
/// when it is durable.
#[tokio::test]
async fn stores_until_killed_when_told() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let storage = SqliteStorage::open(&url(&folder)).unwrap();
    let snapshot = Document::new(ClientId::from_random_32(1)).snapshot().into();
    storage.create(room(), meta(), DocumentPath::main(), snapshot).await.unwrap();
    let stored = storage.load(room()).await.unwrap().unwrap();
    let (mut document, mut version, mut random) = (read(&stored), stored.log.version, Random::new(fresh_seed()));
    loop {
        let mut batch = Vec::new();
        for _ in 0..=random.below(5) {
            version += 1;
            let end = document.len();
            let update = document.edit(end..end, &format!("<{version}>"), 0).unwrap();
            batch.push(Record::Update {
                version,
                document: DocumentPath::main(),
                update: update.into(),
                author: Some("Ada".to_owned()),
                client: document.client(),
                at_ms: version,
            });
        }
        if random.below(4) == 0 {
            let snapshot = document.snapshot().into();
            let document = DocumentPath::main();
            batch.push(Record::Snapshot { document, snapshot, through: version, author: None, at_ms: version });
        }
        storage.append(room(), stored.log.writer, batch).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "durable {version}").and_then(|()| out.flush()).unwrap();
    }
}

/// Lets a process store for a while and kills it; gives the last version that it called durable.
fn store_and_kill(folder: &Path, life: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stores_until_killed_when_told", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let version = |line: String| line.split("durable ").nth(1).and_then(|version| version.parse().ok());
    let mut last: u64 = lines.by_ref().map_while(Result::ok).find_map(version).expect("something becomes durable");
    std::thread::park_timeout(life);
    child.kill().and_then(|()| child.wait()).unwrap();
    // What it had said by then still comes through the pipe.
    while let Some(Ok(line)) = lines.next() {
        last = version(line).unwrap_or(last);
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_durable_is_lost_and_nothing_doubled_however_often_the_storage_is_killed() {
    let rounds = std::env::var("PAIR_STORAGE_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let mut random = Random::new(fresh_seed());
    let mut folder = tempfile::tempdir().unwrap();
    let (mut stored_all, mut beyond) = (0, 0);
    for round in 0..rounds {
        let life = Duration::from_micros(random.below(LIFE_MS * 1_000));
        let durable = store_and_kill(folder.path(), life);
        let storage = SqliteStorage::open(&url(folder.path())).unwrap();
        let stored = storage.load(room()).await.unwrap().unwrap();
        assert!(
            stored.log.version >= durable,
            "round {round}: {durable} was durable, {} is stored",
            stored.log.version
        );
        let text = read(&stored).text();
        let wanted = (1..=stored.log.version).fold(String::new(), |text, version| text + &format!("<{version}>"));
        assert!(text == wanted, "round {round}: each token once and in order up to {}:\n{text}", stored.log.version);
        storage.close().await;
        beyond += u64::from(stored.log.version > durable);
        stored_all += stored.log.version;
        if stored.log.version > UPDATES_MAX {
            folder = tempfile::tempdir().unwrap();
        }
    }
    assert!(stored_all > rounds, "too little was stored");
    println!("{rounds} rounds; {beyond} of them had stored more than was said by then");
}
