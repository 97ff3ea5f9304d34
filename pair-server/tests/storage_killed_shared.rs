//! Several nodes' storage on one PostgreSQL, appending to one room and compacting it at once, killed with `kill -9` at random points: what each had
//! called durable is there after each death, once. A few rounds here; `scripts/chaos storage-shared` runs hundreds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "what does not unwrap is a failed test"
)]

mod support;

use pair_server::storage::{self, Storage};
use protocol::DocumentPath;
use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use support::{
    postgres::PostgresServer,
    random::{Random, fresh_seed},
    stored::{Pen, create, load, read, room},
};

/// Names the database that a process which is killed works in.
const DATABASE: &str = "PAIR_TEST_STORE_IN_SHARED";

/// Deaths where nobody asks for more.
const DEATHS: u64 = 8;

/// Nodes at a time.
const NODES: usize = 3;

/// The longest that a process lives after its first commit, in milliseconds.
const LIFE_MS: u64 = 80;

/// A room begins anew after so many tokens, so that hundreds of rounds stay quick.
const TOKENS_MAX: usize = 4_000;

async fn open(url: &str) -> Arc<dyn Storage> {
    storage::open(&url.parse().unwrap()).await.unwrap()
}

/// The process that is killed: goes on from what is stored, in batches, with snapshots now and then, hears of the others now and then;
/// says each token when it is durable.
#[tokio::test]
async fn appends_beside_others_until_killed_when_told() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let storage = open(&url).await;
    let stored = load(&storage, "killed").await;
    let (mut pen, mut cursor, mut random) = (Pen::of(&stored), stored.log.cursor, Random::new(fresh_seed()));
    let node = random.next() % 1_000_000;
    for round in 0_u64.. {
        let tokens: Vec<_> = (0..=random.below(5)).map(|n| format!("<{node}.{round}.{n}>")).collect();
        let mut batch: Vec<_> = tokens.iter().map(|token| pen.writes(token)).collect();
        if random.below(4) == 0 {
            batch.push(pen.snapshot());
        }
        storage.append(room("killed"), pen.writer, batch).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "durable {}", tokens.join(" ")).and_then(|()| out.flush()).unwrap();
        drop(out);
        if random.below(3) == 0 {
            let news = storage.since(room("killed"), pen.writer, cursor).await.unwrap().unwrap();
            cursor = news.log.cursor;
            for update in news
                .documents
                .iter()
                .filter(|one| one.path == DocumentPath::main())
                .flat_map(storage::StoredDocument::updates)
            {
                pen.document.apply(update).unwrap();
            }
        }
    }
}

/// A node at work.
struct Node {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    durable: Vec<String>,
}

impl Node {
    fn start(url: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "appends_beside_others_until_killed_when_told", "--nocapture"])
            .env(DATABASE, url)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut node = Self { child, lines, durable: Vec::new() };
        while node.durable.is_empty() {
            assert!(node.hear(), "a node ended before anything was durable");
        }
        node
    }

    /// Reads one line; false at the end.
    fn hear(&mut self) -> bool {
        let Some(Ok(line)) = self.lines.next() else { return false };
        let tokens = line.split("durable ").nth(1).unwrap_or_default();
        self.durable.extend(tokens.split(' ').filter(|token| token.ends_with('>')).map(str::to_owned));
        true
    }

    /// Kills it; gives what it had called durable.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().and_then(|()| self.child.wait().map(drop)).unwrap();
        // What it had said by then still comes through the pipe.
        while self.hear() {}
        self.durable
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_durable_is_lost_and_nothing_doubled_however_often_nodes_are_killed() {
    let deaths = std::env::var("PAIR_STORAGE_DEATHS").map_or(DEATHS, |deaths| deaths.parse().unwrap());
    let mut random = Random::new(fresh_seed());
    let (mut all, mut compacted) = (0, false);
    let mut url = PostgresServer::shared().database();
    let mut storage = open(&url).await;
    create(&storage, "killed").await;
    let mut nodes: Vec<Node> = (0..NODES).map(|_| Node::start(&url)).collect();
    let mut durable: HashSet<String> = HashSet::new();
    for death in 0..deaths {
        std::thread::park_timeout(Duration::from_micros(random.below(LIFE_MS * 1_000)));
        let chosen = random.index(NODES);
        durable.extend(nodes.swap_remove(chosen).kill());
        let stored = load(&storage, "killed").await;
        compacted |= stored.documents[0].snapshot.len() > 100;
        let text = read(&stored.documents[0]).text();
        for token in &durable {
            assert_eq!(text.matches(token.as_str()).count(), 1, "death {death}: {token} was durable");
        }
        let tokens = text.matches('<').count();
        let distinct: HashSet<_> = text.split_inclusive('>').map(|token| token.trim_start_matches("first ")).collect();
        assert_eq!(distinct.len(), tokens, "death {death}: no token is there twice");
        if durable.len() > TOKENS_MAX {
            all += durable.len();
            nodes.drain(..).for_each(|node| drop(node.kill()));
            durable.clear();
            url = PostgresServer::shared().database();
            storage = open(&url).await;
            create(&storage, "killed").await;
        }
        while nodes.len() < NODES {
            nodes.push(Node::start(&url));
        }
    }
    for node in nodes {
        durable.extend(node.kill());
    }
    let text = read(&load(&storage, "killed").await.documents[0]).text();
    assert!(durable.iter().all(|token| text.matches(token.as_str()).count() == 1), "all is there at the end");
    all += durable.len();
    assert!(all as u64 > deaths && compacted, "too little was stored, or never compacted");
    println!("{deaths} deaths, {all} durable tokens");
}
