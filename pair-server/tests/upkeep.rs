//! What operators do with a database and what happens to it: check, backup while people type, restore; damage that is found at the start; a
//! database that another program holds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use protocol::{ServerMessage, codec::Codec};
use std::{fs, path::Path};
use support::{
    http::code,
    pair::PairClient,
    postgres::PostgresServer,
    process::{ServerProcess, command},
    redis::RedisServer,
    soon,
};

const ROOM: &str = "kept";

/// Runs the binary to its end; gives whether it did well, and what it said.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = command(folder);
    command.stdout(std::process::Stdio::piped()).args(arguments).arg("--database-url=sqlite:pair.db");
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// A folder with a database that holds some text.
async fn with_text(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(folder.path(), &[]);
    let mut ada = PairClient::join(server.address(), ROOM, "Ada", Codec::MessagePack).await;
    ada.append(text).await;
    soon("all is durable", ada.until_durable()).await;
    drop(ada);
    server.kill();
    folder
}

#[tokio::test]
async fn a_backup_is_taken_while_people_type_and_comes_back_elsewhere() {
    let folder = with_text("before ").await;
    let server = ServerProcess::start(folder.path(), &[]);
    let mut ada = PairClient::join(server.address(), ROOM, "Ada", Codec::MessagePack).await;
    ada.append("during ").await;
    soon("all is durable", ada.until_durable()).await;
    let (good, said) = run(folder.path(), &["check"]);
    assert!(good && said.contains("all of it can be read") && said.contains("1 rooms"), "{said}");
    let (good, said) = run(folder.path(), &["backup", "saved.db"]);
    assert!(good && said.contains("saved.db"), "{said}");
    ada.append("after").await;
    soon("all is durable", ada.until_durable()).await;
    let (good, said) = run(folder.path(), &["backup", "saved.db"]);
    assert!(!good && said.contains("is there already"), "{said}");
    let (good, said) = run(folder.path(), &["restore", "saved.db"]);
    assert!(!good && said.contains("stop that first"), "{said}");
    drop(ada);
    server.kill();

    let (good, said) = run(folder.path(), &["restore", "saved.db"]);
    assert!(good && said.contains("before-restore"), "{said}");
    let server = ServerProcess::start(folder.path(), &[]);
    let text = code(server.address(), ROOM).await;
    assert!(text.ends_with("before during "), "{text}");
    server.kill();
    // What was there before the restore is there still, log and all.
    fs::rename(folder.path().join("pair.db.before-restore-0"), folder.path().join("pair.db")).unwrap();
    for ending in ["-wal", "-shm"] {
        let kept = folder.path().join(format!("pair.db.before-restore-0{ending}"));
        let _missing = fs::rename(kept, folder.path().join(format!("pair.db{ending}")));
    }
    let server = ServerProcess::start(folder.path(), &[]);
    let text = code(server.address(), ROOM).await;
    assert!(text.ends_with("before during after"), "{text}");
}

#[tokio::test]
async fn a_backup_that_finds_no_room_leaves_nothing_behind() {
    let folder = with_text(&"some text that takes a few pages ".repeat(8_000)).await;
    let mut limited = std::process::Command::new("sh");
    // Files of this shell's children end at 96 blocks of 512 bytes: room for the database's -shm, and not for its copy.
    let script = "trap '' XFSZ; ulimit -f 96; exec \"$0\" backup saved.db --database-url=sqlite:pair.db";
    let output =
        limited.args(["-c", script, env!("CARGO_BIN_EXE_pair-server")]).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("can't write saved.db") && said.contains("room on that disk"),
        "{said}"
    );
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("saved")), "{left:?}");
}

#[tokio::test]
async fn after_a_restore_that_was_interrupted_no_server_starts_with_an_empty_database() {
    let folder = with_text("before ").await;
    let (good, said) = run(folder.path(), &["backup", "saved.db"]);
    assert!(good, "{said}");
    // As a power cut between the two renames leaves it.
    fs::write(folder.path().join("pair.db.restoring"), "").unwrap();
    fs::rename(folder.path().join("pair.db"), folder.path().join("pair.db.before-restore-0")).unwrap();
    let said = refused(folder.path());
    assert!(said.contains("interrupted") && said.contains("pair-server restore"), "{said}");
    assert!(!folder.path().join("pair.db").exists());
    let (good, said) = run(folder.path(), &["restore", "saved.db"]);
    assert!(good, "{said}");
    let server = ServerProcess::start(folder.path(), &[]);
    assert!(code(server.address(), ROOM).await.contains("before "));
    assert!(!folder.path().join("pair.db.restoring").exists());
}

/// How the binary refuses to serve.
fn refused(folder: &Path) -> String {
    let (good, said) = run(folder, &["--listen=127.0.0.1:0"]);
    assert!(!good, "{said}");
    said
}

#[tokio::test]
async fn damage_is_found_at_the_start_and_told_with_what_to_do() {
    let folder = with_text(&"some text that takes a few pages ".repeat(2_000)).await;
    let file = folder.path().join("pair.db");
    // Everything into the file itself, and a copy of it that is sound.
    let (good, said) = run(folder.path(), &["backup", "saved.db"]);
    assert!(good, "{said}");
    let sound = fs::read(folder.path().join("saved.db")).unwrap();
    for ending in ["-wal", "-shm"] {
        let _missing = fs::remove_file(folder.path().join(format!("pair.db{ending}")));
    }
    let mut hurt = sound.clone();
    let middle = hurt.len() / 2;
    hurt[middle - 6_000..middle].fill(0xA5);
    let torn = sound[..sound.len() - 5_000].to_vec();
    for (what, bytes) in [("hurt", hurt), ("torn", torn)] {
        fs::write(&file, &bytes).unwrap();
        let said = refused(folder.path());
        assert!(said.contains("damaged") && said.contains("pair-server restore"), "{what}: {said}");
        let (good, said) = run(folder.path(), &["check"]);
        assert!(!good, "{what}: {said}");
        let (good, said) = run(folder.path(), &["backup", "worthless.db"]);
        assert!(!good && !folder.path().join("worthless.db").exists(), "{what}: a backup of damage is none: {said}");
        assert_eq!(fs::read(&file).unwrap(), bytes, "{what}: it is left as it was");
    }
    let (good, said) = run(folder.path(), &["restore", "saved.db"]);
    assert!(good, "{said}");
    let server = ServerProcess::start(folder.path(), &[]);
    assert!(code(server.address(), ROOM).await.contains("some text"));
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_told_and_mended_by_itself() {
    let folder = with_text("before ").await;
    let server = ServerProcess::start(folder.path(), &[]);
    let mut ada = PairClient::join(server.address(), ROOM, "Ada", Codec::MessagePack).await;
    let mut bob = PairClient::join(server.address(), ROOM, "Bob", Codec::Json).await;
    let problem = |message: &ServerMessage| match message {
        ServerMessage::StorageState(state) => Some(state.problem.clone()),
        _ => None,
    };
    let holder = rusqlite::Connection::open(folder.path().join("pair.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    ada.append("meanwhile ").await;
    soon("it is received", ada.until_received()).await;
    let told = soon("everybody is told", bob.until(problem)).await;
    assert!(told.is_some_and(|problem| problem.contains("another program holds it locked")));
    assert!(ada.receipt.durable < ada.seq, "nothing is called durable");
    bob.until_contains("meanwhile").await;
    holder.execute_batch("ROLLBACK").unwrap();
    soon("all is durable", ada.until_durable()).await;
    assert_eq!(soon("everybody is told", bob.until(problem)).await, None);
    drop((ada, bob));
    server.kill();
    let server = ServerProcess::start(folder.path(), &[]);
    assert!(code(server.address(), ROOM).await.contains("before meanwhile "));
}

/// Runs a command of the binary on a database.
fn run_on(folder: &Path, database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = command(folder);
    command.stdout(std::process::Stdio::piped()).args(arguments).arg(format!("--database-url={database}"));
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[tokio::test]
async fn a_database_of_postgresql_is_migrated_and_checked_and_what_has_no_file_is_said() {
    let (folder, postgres) = (tempfile::tempdir().unwrap(), PostgresServer::shared());
    let url = postgres.database();
    let (good, said) = run_on(folder.path(), &url, &["check"]);
    assert!(!good && said.contains("run `pair-server migrate`"), "{said}");
    let (good, said) = run_on(folder.path(), &url, &["migrate"]);
    assert!(good && said.contains("carried out") && said.contains("V1__rooms"), "{said}");
    let (good, said) = run_on(folder.path(), &url, &["migrate"]);
    assert!(good && said.contains("nothing was to do"), "{said}");
    let server = ServerProcess::start_on(folder.path(), &url, &[]);
    let mut ada = PairClient::join(server.address(), ROOM, "Ada", Codec::MessagePack).await;
    ada.append("text").await;
    soon("all is durable", ada.until_durable()).await;
    let (good, said) = run_on(folder.path(), &url, &["check"]);
    assert!(good && said.contains("1 rooms, 1 documents, 1 updates; all of it can be read"), "{said}");
    for command in ["backup", "restore"] {
        let (good, said) = run_on(folder.path(), &url, &[command, "saved.db"]);
        assert!(!good && said.contains("pg_dump") && said.contains("pair-server copy postgresql://"), "{said}");
    }
    // A hurt row is found, and named.
    server.kill();
    postgres.sql(name_of(&url), "UPDATE updates SET data = '\\x0101ff'");
    let (good, said) = run_on(folder.path(), &url, &["check"]);
    assert!(!good && said.contains("it is damaged") && said.contains("room kept, document main"), "{said}");
}

/// The name of a database in its address.
fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn a_dump_taken_while_people_type_is_played_back_on_another_machine_and_two_servers_go_on_from_there() {
    let (folder, here) = (tempfile::tempdir().unwrap(), PostgresServer::shared());
    let url = here.database();
    let server = ServerProcess::start_on(folder.path(), &url, &[]);
    let mut ada = PairClient::join(server.address(), ROOM, "Ada", Codec::MessagePack).await;
    ada.append("before ").await;
    ada.send(protocol::message::client::Chat { text: "is it safe?".to_owned() }).await;
    soon("all is durable", ada.until_durable()).await;
    let dump = here.dump(name_of(&url));
    ada.append("after ").await;
    soon("all is durable", ada.until_durable()).await;
    server.kill();

    // Another PostgreSQL, whose transactions are counted from elsewhere, and two servers on it.
    let (there, redis) = (PostgresServer::start(), RedisServer::start());
    let restored = there.database();
    there.play_back(name_of(&restored), &dump);
    let (good, said) = run_on(folder.path(), &restored, &["check"]);
    assert!(good && said.contains("1 rooms") && said.contains("all of it can be read"), "{said}");
    let redis_url = format!("--redis-url={}", redis.url());
    let nodes = [(); 2].map(|()| ServerProcess::start_on(folder.path(), &restored, &[&redis_url]));
    let text = code(nodes[0].address(), ROOM).await;
    assert!(text.ends_with("before "), "{text}");
    // Who had more than the dump brings it, whichever server they come to, and the room's people have it.
    let mut grace = PairClient::join(nodes[1].address(), ROOM, "Grace", Codec::MessagePack).await;
    let PairClient { identity, document, .. } = ada;
    let ada = PairClient::try_join(nodes[0].address(), ROOM, identity, Codec::MessagePack, document).await;
    let mut ada = ada.unwrap_or_else(|refused| panic!("refused: {refused:?}"));
    soon("Grace has all of it", grace.until_text(&ada.document.text())).await;
    assert!(grace.document.text().ends_with("before after "), "{}", grace.document.text());
    grace.append("and on").await;
    soon("what is new is durable", grace.until_durable()).await;
    soon("Ada has it", ada.until_text(&grace.document.text())).await;
    // What she brought is stored before what she types from here on.
    ada.append(", both").await;
    soon("what she brought is durable", ada.until_durable()).await;
    nodes.into_iter().for_each(ServerProcess::kill);
    let server = ServerProcess::start_on(folder.path(), &restored, &[]);
    assert!(code(server.address(), ROOM).await.ends_with("before after and on, both"));
}

/// Copies from one database to another.
fn copy(folder: &Path, from: &str, to: &str, more: &[&str]) -> (bool, String) {
    let mut command = command(folder);
    command.stdout(std::process::Stdio::piped()).args(["copy", from, to]).args(more);
    let output = command.output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[tokio::test]
async fn rooms_are_copied_to_postgresql_and_back() {
    let folder = with_text("some text ").await;
    let url = PostgresServer::shared().database();
    // More of everything: a second document, chat, a compacted room.
    let server = ServerProcess::start(folder.path(), &["--idle-room-seconds=0"]);
    let mut ada = PairClient::join(server.address(), "other", "Ada", Codec::MessagePack).await;
    ada.append("other text ").await;
    ada.send(protocol::message::client::Chat { text: "hello".to_owned() }).await;
    soon("all is durable", ada.until_durable()).await;
    let before = [code(server.address(), ROOM).await, code(server.address(), "other").await];
    drop(ada);
    server.signal("TERM");
    drop(server);
    let copy = |from: &str, to: &str, more: &[&str]| copy(folder.path(), from, to, more);
    let (good, said) = copy("sqlite:pair.db", &url, &[]);
    assert!(good && said.contains("2 rooms, 2 documents") && said.contains("1 chat messages"), "{said}");
    let (good, said) = copy("sqlite:pair.db", &url, &[]);
    assert!(!good && said.contains("--merge"), "{said}");
    let (good, said) = copy("sqlite:pair.db", &url, &["--merge"]);
    assert!(good && said.contains("2 of them brought together"), "{said}");
    let (good, said) = copy(&url, "sqlite:back.db", &[]);
    assert!(good && said.contains("2 rooms"), "{said}");
    for database in [url.as_str(), "sqlite:back.db"] {
        let server = ServerProcess::start_on(folder.path(), database, &[]);
        let after = [code(server.address(), ROOM).await, code(server.address(), "other").await];
        assert_eq!(after, before, "{database}");
        let ada = PairClient::join(server.address(), "other", "Ada", Codec::MessagePack).await;
        assert_eq!(ada.welcome.chat.len(), 1, "{database}");
    }
}

#[tokio::test]
async fn zeros_in_the_texts_of_rooms_of_before_keep_nobody_from_copying_them() {
    let folder = with_text("some text ").await;
    let old = rusqlite::Connection::open(folder.path().join("pair.db")).unwrap();
    for text in ["a\0b", "a\u{fffd}b"] {
        let row = rusqlite::params![ROOM, "Ada\0", text];
        old.execute("INSERT INTO chat (room, name, text, at_ms) VALUES (?, ?, ?, 7)", row).unwrap();
    }
    old.execute("UPDATE rooms SET last_author = ?", ["A\0a"]).unwrap();
    old.execute("UPDATE updates SET author = ?", ["A\0a"]).unwrap();
    drop(old);
    let url = PostgresServer::shared().database();
    let (good, said) = copy(folder.path(), "sqlite:pair.db", &url, &[]);
    assert!(good && said.contains("and 1 chat messages"), "{said}");
    let (good, said) = copy(folder.path(), "sqlite:pair.db", &url, &["--merge"]);
    assert!(good, "{said}");
}

#[tokio::test]
async fn a_mistyped_database_is_no_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let nothing_there = |said: &str| {
        assert!(said.contains("typo/pair.db") && said.contains("check the path"), "{said}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    };
    let (good, said) = copy(folder.path(), "sqlite:typo/pair.db", "sqlite:target.db", &[]);
    assert!(!good, "{said}");
    nothing_there(&said);
    for arguments in [
        &["check"][..],
        &["backup", "saved.db"],
        &["rooms", "list"],
        &["rooms", "show", "one"],
        &["rooms", "export", "one", "out"],
        &["rooms", "delete", "one"],
    ] {
        let (good, said) = run_on(folder.path(), "sqlite:typo/pair.db", arguments);
        assert!(!good, "{arguments:?}: {said}");
        nothing_there(&said);
    }
    // Nor is a file that holds no rooms, or a database of PostgreSQL without tables.
    fs::write(folder.path().join("empty.db"), "").unwrap();
    let empty = PostgresServer::shared().database();
    for (from, what) in
        [("sqlite:empty.db", "it has no tables of pair-server"), (&empty, "its tables are of version 0")]
    {
        let (good, said) = copy(folder.path(), from, "sqlite:target.db", &[]);
        assert!(!good && said.contains(what), "{from}: {said}");
        assert!(!folder.path().join("target.db").exists());
    }
}
