//! What only a database that several nodes share can suffer: writers beside each other, transactions that commit out of order, compaction
//! while others append, a server that is away, one that may not be written. On a real PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use pair_server::storage::{self, Cursor, Record, Storage, StorageError, StoredRoom, postgres::migrations};
use protocol::{ClientId, Document, DocumentPath};
use std::{fs, path::Path, process::Command, sync::Arc};
use support::{
    eventually,
    postgres::{PostgresServer, Stop},
    soon,
    stored::{Pen, chat, create, load, room, text},
};

async fn open(url: &str) -> Arc<dyn Storage> {
    storage::open(&url.parse().unwrap()).await.unwrap()
}

/// Two nodes on one database, each with the room "one" loaded.
struct Nodes {
    url: String,
    here: Arc<dyn Storage>,
    there: Arc<dyn Storage>,
    ours: Pen,
    theirs: Pen,
    cursor: Cursor,
}

impl Nodes {
    async fn start() -> Self {
        let url = PostgresServer::shared().database();
        let (here, there) = (open(&url).await, open(&url).await);
        create(&here, "one").await;
        let stored = load(&here, "one").await;
        let theirs = Pen::loaded(&there, "one").await;
        let (ours, cursor) = (Pen::of(&stored), stored.log.cursor);
        assert_ne!(ours.writer, theirs.writer);
        Self { url, here, there, ours, theirs, cursor }
    }

    fn database(&self) -> &str {
        self.url.rsplit('/').next().unwrap()
    }

    async fn here(&self, records: Vec<Record>) {
        self.here.append(room("one"), self.ours.writer, records).await.unwrap();
    }

    async fn there(&self, records: Vec<Record>) {
        self.there.append(room("one"), self.theirs.writer, records).await.unwrap();
    }

    /// What the node here has not seen yet, brought into its document.
    async fn hear(&mut self) -> StoredRoom {
        let news = self.here.since(room("one"), self.ours.writer, self.cursor.clone()).await.unwrap().unwrap();
        self.cursor = news.log.cursor.clone();
        for document in news.documents.iter().filter(|one| one.path == DocumentPath::main()) {
            for update in document.updates() {
                self.ours.document.apply(update).unwrap();
            }
        }
        news
    }

    async fn stored_text(&self) -> String {
        text(&load(&self.here, "one").await.documents[0])
    }
}

/// The text of the first document.
fn text_of(stored: &StoredRoom) -> String {
    text(&stored.documents[0])
}

/// How many updates came, over all documents.
fn updates(news: &StoredRoom) -> usize {
    news.documents.iter().map(|one| one.log.len()).sum()
}

#[tokio::test]
async fn what_other_nodes_stored_comes_once_and_nothing_of_ones_own() {
    let mut nodes = Nodes::start().await;
    let quiet = nodes.hear().await;
    assert!(quiet.documents.is_empty() && quiet.chat.is_empty() && quiet.claims.is_empty());
    let (own, first, second) = (nodes.ours.writes("a "), nodes.theirs.writes("b "), nodes.theirs.writes("c "));
    nodes.here(vec![own]).await;
    let claim = Record::Claim(ClientId::new(3).unwrap(), [3; 32]);
    nodes.there(vec![first, second, chat("hello"), claim, Record::Document("more".parse().unwrap())]).await;
    let news = nodes.hear().await;
    assert_eq!((updates(&news), news.chat.len(), news.claims.len()), (2, 1, 1));
    let more = news.documents.iter().find(|one| one.path.as_str() == "more").unwrap();
    assert!(more.log.is_empty(), "a document without text is news too");
    assert_eq!(nodes.ours.document.text(), nodes.stored_text().await);
    let again = nodes.hear().await;
    assert!(again.documents.is_empty() && again.chat.is_empty() && again.claims.is_empty(), "{again:?}");
}

#[tokio::test]
async fn an_update_that_commits_late_is_not_passed_over() {
    let mut nodes = Nodes::start().await;
    let slow = nodes.theirs.writes("slow ");
    let Record::Update { update, .. } = &slow else { panic!("it is an update") };
    // A transaction of another node that has its row, with its id, and does not commit yet.
    let (client, connection) = tokio_postgres::connect(&nodes.url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio_util::task::TaskTracker::new().spawn(connection);
    client.batch_execute("BEGIN").await.unwrap();
    client
        .execute(
            "INSERT INTO updates (room, writer, version, document, data, client, at_ms) VALUES ('one', 77, 1, 'main', $1, 5, 6)",
            &[&&update[..]],
        )
        .await
        .unwrap();
    // Another one begins later, and is done before.
    let quick = nodes.ours.writes("quick ");
    nodes.there.append(room("one"), nodes.theirs.writer, vec![quick]).await.unwrap();
    assert_eq!(updates(&nodes.hear().await), 1, "the quick one is there");
    assert_eq!(updates(&nodes.hear().await), 0, "and does not come again");
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(updates(&nodes.hear().await), 1, "the slow one comes, though its id and its transaction are older");
    assert_eq!(updates(&nodes.hear().await), 0);
    assert!(nodes.ours.document.text().contains("slow "));
    drop(client);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn compaction_of_one_node_takes_nothing_from_the_others() {
    let mut nodes = Nodes::start().await;
    // The other node's update is stored, and this one, which compacts, has not heard of it.
    let (unheard, own) = (nodes.theirs.writes("unheard "), nodes.ours.writes("own "));
    nodes.there(vec![unheard]).await;
    nodes.here(vec![own, nodes.ours.snapshot()]).await;
    let stored = load(&nodes.here, "one").await;
    assert_eq!(stored.log.length, 0, "all of it is in the snapshot");
    let both = text(&stored.documents[0]);
    assert!(both.contains("unheard ") && both.contains("own "), "{both}");
    // What left the log comes with the snapshot, to both.
    nodes.hear().await;
    assert_eq!(nodes.ours.document.text(), both);
    let after = nodes.theirs.writes("after ");
    nodes.there(vec![after]).await;
    nodes.hear().await;
    assert!(nodes.ours.document.text().contains("after "));
    assert_eq!(nodes.ours.document.text(), nodes.stored_text().await);
}

#[tokio::test]
async fn while_one_node_compacts_the_others_go_on_and_their_snapshots_are_not_lost() {
    let mut nodes = Nodes::start().await;
    let (client, connection) = tokio_postgres::connect(&nodes.url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio_util::task::TaskTracker::new().spawn(connection);
    // As a node in the middle of its compaction has it.
    client.batch_execute("BEGIN; SELECT * FROM documents WHERE room = 'one' FOR UPDATE").await.unwrap();
    let plain = nodes.theirs.writes("plain ");
    soon("an append does not wait", nodes.there(vec![plain])).await;
    // A snapshot that holds what was never stored by itself.
    let _never = nodes.ours.writes("only in the snapshot ");
    let held = nodes.ours.snapshot();
    soon("a compaction does not wait", nodes.here(vec![held])).await;
    assert!(nodes.stored_text().await.contains("only in the snapshot "));
    client.batch_execute("ROLLBACK").await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    nodes.hear().await;
    nodes.here(vec![nodes.ours.snapshot()]).await;
    let stored = load(&nodes.here, "one").await;
    let whole = text(&stored.documents[0]);
    assert_eq!(stored.log.length, 0);
    assert!(whole.contains("plain ") && whole.contains("only in the snapshot "), "{whole}");
}

#[tokio::test]
async fn an_update_may_be_stored_before_the_one_that_it_stands_on() {
    let mut nodes = Nodes::start().await;
    let first = nodes.theirs.writes("first of two ");
    let Record::Update { update, .. } = &first else { panic!("it is an update") };
    // The other node heard of it by another way, goes on from there, and is quicker to store.
    nodes.ours.document.apply(update).unwrap();
    let second = nodes.ours.writes("second of two ");
    nodes.here(vec![second.clone()]).await;
    // Compaction in between keeps what waits.
    let blank = Record::Snapshot {
        document: DocumentPath::main(),
        snapshot: Document::new(ClientId::from_random_32(1)).snapshot().into(),
        through: 0,
        author: None,
        at_ms: 0,
    };
    nodes.here(vec![blank]).await;
    nodes.there(vec![first]).await;
    assert_eq!(nodes.stored_text().await, nodes.ours.document.text());
}

#[tokio::test]
async fn a_dump_from_a_cluster_that_was_further_is_news_to_nobody_after_the_restart() {
    let mut nodes = Nodes::start().await;
    let more = Record::Document("more".parse().unwrap());
    let (text, claim) = (nodes.theirs.writes("restored "), Record::Claim(ClientId::new(3).unwrap(), [3; 32]));
    nodes.there(vec![text, chat("restored"), claim, more]).await;
    // As pg_restore leaves them: the number of the transaction is a column like others.
    for table in ["documents", "updates", "chat", "claims"] {
        PostgresServer::shared().sql(nodes.database(), &format!("UPDATE {table} SET tx = '900000000000'"));
    }
    nodes.hear().await;
    let again = nodes.hear().await;
    assert_eq!((again.documents.len(), again.chat.len(), again.claims.len()), (2, 1, 1), "the fault itself");
    nodes.here = open(&nodes.url).await;
    let stored = load(&nodes.here, "one").await;
    assert!(text_of(&stored).contains("restored "));
    (nodes.ours, nodes.cursor) = (Pen::of(&stored), stored.log.cursor);
    let quiet = nodes.hear().await;
    assert!(quiet.documents.is_empty() && quiet.chat.is_empty() && quiet.claims.is_empty(), "{quiet:?}");
    // What is stored from here on comes, once.
    let after = nodes.theirs.writes("after ");
    nodes.there(vec![after]).await;
    assert_eq!((updates(&nodes.hear().await), updates(&nodes.hear().await)), (1, 0));
}

#[tokio::test]
async fn what_is_stored_of_a_deleted_room_is_refused_as_that_and_takes_no_other_room_with_it() {
    let mut nodes = Nodes::start().await;
    create(&nodes.here, "two").await;
    let mut other = Pen::loaded(&nodes.here, "two").await;
    assert!(nodes.there.delete(room("one")).await.unwrap());
    let (ours, kept) = (nodes.ours.writes("lost"), other.writes("kept "));
    let (gone, stored) = tokio::join!(
        nodes.here.append(room("one"), nodes.ours.writer, vec![ours]),
        nodes.here.append(room("two"), other.writer, vec![kept]),
    );
    assert_eq!((gone, stored), (Err(StorageError::Gone(room("one"))), Ok(())));
    let snapshot = vec![nodes.ours.snapshot()];
    let gone = nodes.here.append(room("one"), nodes.ours.writer, snapshot).await;
    assert_eq!(gone, Err(StorageError::Gone(room("one"))));
    assert!(text_of(&load(&nodes.here, "two").await).contains("kept "));
}

#[tokio::test]
async fn nodes_that_create_a_room_at_once_make_one() {
    let url = PostgresServer::shared().database();
    let (here, there) = (open(&url).await, open(&url).await);
    for n in 0..20 {
        let name = format!("room-{n}");
        let made = futures::join!(create(&here, &name), create(&there, &name));
        assert!(made.0 ^ made.1, "{made:?}");
        assert_eq!(text(&load(&here, &name).await.documents[0]), "first ");
    }
}

#[tokio::test]
async fn nodes_that_start_at_once_bring_the_tables_up_to_date_once() {
    let url = PostgresServer::shared().database();
    let all = futures::future::join_all((0..4).map(|_| open(&url))).await;
    assert!(create(&all[0], "one").await);
    let address = match url.parse().unwrap() {
        storage::url::DatabaseUrl::Postgres(address) => address,
        other => panic!("{other}"),
    };
    let migrated = migrations::migrate(&address).await.unwrap();
    assert!(migrated.carried_out.is_empty(), "{migrated:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_is_found_again() {
    let mut server = PostgresServer::start();
    let storage = open(&server.database()).await;
    create(&storage, "one").await;
    let mut pen = Pen::loaded(&storage, "one").await;
    for how in [Stop::Fast, Stop::Immediate] {
        let before = pen.writes("before ");
        storage.append(room("one"), pen.writer, vec![before]).await.unwrap();
        server.stop(how);
        let during = vec![pen.writes("during ")];
        let error = storage.append(room("one"), pen.writer, during.clone()).await.unwrap_err();
        assert!(matches!(error, StorageError::Unavailable { .. }), "{error:?}");
        assert!(error.to_string().contains("is PostgreSQL running there?"), "{error}");
        assert!(storage.load(room("one")).await.is_err());
        server.start_again();
        storage.append(room("one"), pen.writer, during).await.unwrap();
        assert_eq!(text(&load(&storage, "one").await.documents[0]), pen.document.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_are_made_anew_unnoticed() {
    let nodes = Nodes::start().await;
    let mut pen = Pen::loaded(&nodes.there, "one").await;
    for _ in 0..5 {
        let cut = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
            nodes.database()
        );
        PostgresServer::shared().sql("postgres", &cut);
        let record = pen.writes("x");
        nodes.there.append(room("one"), pen.writer, vec![record]).await.unwrap();
        load(&nodes.here, "one").await;
    }
    assert_eq!(nodes.stored_text().await, "first xxxxx");
}

/// Why a database can't be opened.
async fn refusal(url: &str) -> String {
    match storage::open(&url.parse().unwrap()).await {
        Err(error @ StorageError::Open { .. }) => error.to_string(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{url} opens"),
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_to_do() {
    let server = PostgresServer::shared();
    let url = server.database();
    let database = url.rsplit('/').next().unwrap();
    let nobody_there = url.replace(&server.address().to_string(), "127.0.0.1:1");
    for (url, hint) in [
        (nobody_there, "is PostgreSQL running there?"),
        (server.url("nowhere"), "createdb"),
        (url.replace("pair@", "stranger:secret@"), "check the user and the password"),
        (format!("{url}?sslmode=require"), "check sslmode"),
        (format!("{url}?sslmode=verify-full&sslrootcert=/nowhere.pem"), "sslrootcert /nowhere.pem"),
    ] {
        let error = refusal(&url).await;
        assert!(error.contains(hint) && !error.contains("secret"), "{url}: {error}");
    }
    let storage = open(&url).await;
    create(&storage, "one").await;
    let mut pen = Pen::loaded(&storage, "one").await;
    // A standby answers in the same words.
    server.sql(database, &format!("ALTER DATABASE {database} SET default_transaction_read_only = on"));
    let other = open(&url).await;
    let error = other.append(room("one"), pen.writer, vec![pen.writes("x")]).await.unwrap_err().to_string();
    assert!(error.contains("PAIR_DATABASE_URL must name the primary"), "{error}");
    assert_eq!(text(&load(&other, "one").await.documents[0]), "first ", "it can be read");
    // A role with fewer rights can write rooms, where the tables are there.
    server.sql("postgres", &format!("ALTER DATABASE {database} RESET default_transaction_read_only"));
    server.sql(database, &format!("CREATE ROLE {database}_role LOGIN"));
    let lesser = url.replace("pair@", &format!("{database}_role@"));
    assert!(refusal(&lesser).await.contains("lacks that right"), "{}", refusal(&lesser).await);
    let grant = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO";
    server.sql(database, &format!("{grant} {database}_role"));
    let lesser = open(&lesser).await;
    lesser.append(room("one"), pen.writer, vec![pen.snapshot()]).await.unwrap();
    // Tables of a later version are left alone.
    server.sql(database, "INSERT INTO refinery_schema_history VALUES (999, 'later', '2030-01-01T00:00:00Z', '1')");
    assert!(refusal(&url).await.contains("newer pair-server"));
}

/// Makes a certificate for `localhost` where PostgreSQL finds it.
fn certify(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let data = folder.join("data");
    fs::write(folder.join("root.pem"), made.cert.pem()).unwrap();
    fs::write(data.join("server.crt"), made.cert.pem()).unwrap();
    fs::write(data.join("server.key"), made.signing_key.serialize_pem()).unwrap();
    for name in ["server.crt", "server.key"] {
        let file = data.join(name);
        assert!(Command::new("chown").arg("--reference").arg(&data).arg(&file).status().unwrap().success());
        assert!(Command::new("chmod").arg("600").arg(&file).status().unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_and_checked_as_far_as_the_address_asks() {
    let mut server = PostgresServer::start();
    certify(server.folder());
    server.sql("postgres", "ALTER SYSTEM SET ssl = on");
    server.stop(Stop::Fast);
    server.start_again();
    let url = server.database();
    let by_name = url.replace("127.0.0.1", "localhost");
    let root = server.folder().join("root.pem");
    let root = root.display();
    for (url, encrypted) in [
        (format!("{url}?sslmode=disable"), "f"),
        (url.clone(), "t"),
        (format!("{url}?sslmode=require"), "t"),
        (format!("{url}?sslmode=verify-ca&sslrootcert={root}"), "t"),
        (format!("{by_name}?sslmode=verify-full&sslrootcert={root}"), "t"),
    ] {
        let storage = open(&url).await;
        storage.rooms(None).await.unwrap();
        let asked = "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'pair-server'";
        assert_eq!(server.sql("postgres", asked), encrypted, "{url}");
        storage.close().await;
        eventually("its connections are gone", async || server.sql("postgres", asked).is_empty().then_some(())).await;
    }
    // A certificate for another name, and one of an authority that nobody here knows.
    for url in [format!("{url}?sslmode=verify-full&sslrootcert={root}"), format!("{by_name}?sslmode=verify-full")] {
        let error = refusal(&url).await;
        assert!(error.contains("certificate") && error.contains("check sslmode"), "{url}: {error}");
    }
}
