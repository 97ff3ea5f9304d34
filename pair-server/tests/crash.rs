//! `kill -9` of the server at random moments, again and again, while clients type: whatever had a durable receipt is there after the
//! restart, the clients come back by themselves with what they typed meanwhile, and nothing is doubled.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests: what does not unwrap is a failed test"
)]

mod support;

use protocol::codec::Codec;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use support::{
    eventually,
    http::code,
    postgres::PostgresServer,
    process::ServerProcess,
    random::{Random, fresh_seed},
    soon,
    typist::{Shared, Typist, check_tokens},
};
use tokio::sync::watch;

/// Deaths of a server with a file.
const KILLS: usize = 20;

/// Deaths of a server whose database lives on.
const KILLS_ON_POSTGRES: usize = 6;

const ROOM: &str = "crash";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_durable_is_lost_and_nothing_is_doubled_when_the_server_is_killed() {
    story("sqlite:pair.db", KILLS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_its_database_is_postgresql() {
    story(&PostgresServer::shared().database(), KILLS_ON_POSTGRES).await;
}

async fn story(database: &str, deaths: usize) {
    let folder = tempfile::tempdir().unwrap();
    let seed = fresh_seed();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let (up, servers) = watch::channel(Vec::new());
    let (halt, stop) = watch::channel(false);
    let shared =
        Shared { room: ROOM.to_owned(), servers, stop, durable: Arc::default(), away: Arc::default(), pause_ms: 15 };
    let mut typists = tokio::task::JoinSet::new();
    for (name, codec) in [("A", Codec::MessagePack), ("B", Codec::Json), ("C", Codec::MessagePack)] {
        typists.spawn(Typist::new(shared.clone(), name, codec, 0, random.next()).run());
    }
    let mut kills = 0;
    let process = loop {
        let process = ServerProcess::start_on(folder.path(), database, &[]);
        // Before anybody is back to repair it: what was durable is there.
        let text = code_or_new(process.address()).await;
        let durable = shared.durable.lock().unwrap().clone();
        for token in &durable {
            assert_eq!(text.matches(token.as_str()).count(), 1, "durable {token} after kill {kills} in {text}");
        }
        let before = durable.len();
        up.send_replace(vec![process.address()]);
        if kills == deaths {
            break process;
        }
        // A random moment, but one by which something became durable: a server that is killed before would prove nothing.
        eventually("more is durable", async || (shared.durable.lock().unwrap().len() > before).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(random.below(200))).await;
        process.kill();
        kills += 1;
        up.send_replace(Vec::new());
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    halt.send_replace(true);
    let done = soon("everything is durable", typists.join_all()).await;
    let text = code(process.address(), ROOM).await;
    let all: Vec<_> = done.iter().flat_map(|(_, typed)| typed).collect();
    assert!(all.len() > 20 * deaths, "too little was typed: {}", all.len());
    check_tokens(&text, all.iter().copied());
    println!(
        "{} tokens, {} of them durable before the last restart, {deaths} kills",
        all.len(),
        shared.durable.lock().unwrap().len()
    );
}

/// The room's text; empty where it was not made yet.
async fn code_or_new(address: SocketAddr) -> String {
    let (status, room) = support::http::get(address, &format!("/rooms/{ROOM}")).await;
    if status == 404 { String::new() } else { room["code"].as_str().unwrap().to_owned() }
}
