//! A rolling restart of three nodes on one PostgreSQL and one Redis while 30 clients type, behind a balancer that only knows TCP: how long
//! clients are away, and whether anything is lost. And how much longer an edit takes to a client on another node than to one on the
//! same. Run by `scripts/bench rolling`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark: what fails ends it")]

mod report;
#[path = "../tests/support/mod.rs"]
mod support;

use protocol::{ServerMessage, codec::Codec};
use report::{Figure, SentTimes, percentile, prepare, report, witness, write};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{
    cluster::Cluster,
    eventually,
    http::{code, get},
    pair::{Identity, PairClient},
    random::{Random, fresh_seed},
    typist::{Shared, Typist, check_tokens},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

const RUNS: usize = 3;
const NODES: usize = 3;
const CLIENTS: usize = 30;

/// Keystrokes whose time is taken, one every 5 ms.
const KEYSTROKES: usize = 1_000;

const ROOM: &str = "rolling";

/// What one rolling restart gave.
struct Rolled {
    away: Vec<Duration>,
    tokens: usize,
    missing: usize,
    /// How often somebody was seen to come or to go.
    seen: usize,
}

/// Takes connections for all nodes: each goes to the next one that takes it.
async fn balance(listener: TcpListener, nodes: Vec<SocketAddr>) {
    let (next, mut connections) = (AtomicUsize::new(0), JoinSet::new());
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let (first, nodes) = (next.fetch_add(1, Ordering::Relaxed), nodes.clone());
        connections.spawn(async move {
            for n in 0..nodes.len() {
                let Ok(mut node) = TcpStream::connect(nodes[(first + n) % nodes.len()]).await else { continue };
                client.set_nodelay(true).unwrap();
                node.set_nodelay(true).unwrap();
                // However it ends, both ends see it.
                drop(tokio::io::copy_bidirectional(&mut client, &mut node).await);
                return;
            }
        });
    }
}

/// Restarts every node in turn while everybody types.
async fn roll(cluster: &mut Cluster) -> Rolled {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let balancer = listener.local_addr().unwrap();
    let mut background = JoinSet::new();
    background.spawn(balance(listener, cluster.addresses()));
    let (_servers, servers) = watch::channel(vec![balancer]);
    let (halt, stop) = watch::channel(false);
    let (durable, away) = (Arc::default(), Arc::default());
    let shared = Shared { room: ROOM.to_owned(), servers, stop, durable, away, pause_ms: 400 };
    let mut random = Random::new(fresh_seed());
    let mut typists = JoinSet::new();
    for n in 0..CLIENTS {
        typists.spawn(Typist::new(shared.clone(), &format!("T{n}x"), Codec::MessagePack, 0, random.next()).run());
    }
    all_are_there(cluster).await;
    let seen = Arc::new(Mutex::new(0));
    let mut looker = PairClient::join(balancer, ROOM, "Looker", Codec::MessagePack).await;
    all_typed(&shared).await;
    let counted = Arc::clone(&seen);
    background.spawn(async move {
        loop {
            match looker.link.try_next().await {
                Ok(ServerMessage::ParticipantJoined(_) | ServerMessage::ParticipantLeft(_)) => {
                    *counted.lock().unwrap() += 1;
                }
                Ok(_) => {}
                Err(_) => {
                    let (identity, document) = (looker.identity.clone(), looker.document);
                    looker = rejoin(balancer, identity, document).await;
                }
            }
        }
    });
    for at in 0..NODES {
        assert!(cluster.stop(at).success());
        cluster.start_again(at);
        all_typed(&shared).await;
    }
    let seen = *seen.lock().unwrap();
    halt.send_replace(true);
    // They end when all of theirs is durable, for which they need the balancer.
    let done = typists.join_all().await;
    background.abort_all();
    let typed: Vec<_> = done.into_iter().flat_map(|(_, typed)| typed).collect();
    let text = code(cluster.address(0), ROOM).await;
    let missing = typed.iter().filter(|token| !text.contains(token.as_str())).count();
    if missing == 0 {
        check_tokens(&text, &typed);
    }
    Rolled { away: shared.away.lock().unwrap().clone(), tokens: typed.len(), missing, seen }
}

async fn rejoin(address: SocketAddr, identity: Identity, mut document: protocol::Document) -> PairClient {
    loop {
        match PairClient::try_join(address, ROOM, identity.clone(), Codec::MessagePack, document).await {
            Ok(client) => return client,
            Err((kept, _)) => document = kept,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn all_are_there(cluster: &Cluster) {
    eventually("everybody is there", async || {
        let (status, room) = get(cluster.address(0), &format!("/rooms/{ROOM}")).await;
        (status == 200 && room["participants"] == CLIENTS).then_some(())
    })
    .await;
}

/// Waits until everybody has typed more, and it is durable.
async fn all_typed(shared: &Shared) {
    let durable = || shared.durable.lock().unwrap().len();
    let wanted = durable() + 10 * CLIENTS;
    eventually("everybody types", async || (durable() >= wanted).then_some(())).await;
}

/// Writes until what is written comes by itself, edit by edit: two nodes that have just heard of each other take what came before from storage,
/// many edits at once and under no writer's name.
async fn level(writer: &mut PairClient, reader: &mut PairClient) {
    let (from, mut in_turn) = (writer.participant(), 0);
    while in_turn < 5 {
        writer.append(".").await;
        let alone = |message: &ServerMessage| match message {
            ServerMessage::Edited(edited) => Some(edited.participant == from),
            ServerMessage::Missing(_) => Some(false),
            _ => None,
        };
        in_turn = if reader.until(alone).await { in_turn + 1 } else { 0 };
        reader.until_text(&writer.document.text()).await;
    }
    writer.until_durable().await;
}

/// The time from each keystroke's send to its arrival at a client.
async fn keystrokes(from: SocketAddr, to: SocketAddr, room: &str) -> Vec<Duration> {
    let mut writer = PairClient::join(from, room, "Writer", Codec::MessagePack).await;
    let mut reader = PairClient::join(to, room, "Reader", Codec::MessagePack).await;
    level(&mut writer, &mut reader).await;
    let edits = prepare(&mut writer.document, KEYSTROKES, "k");
    let sent = SentTimes::default();
    let reading = witness(reader, writer.participant(), KEYSTROKES, sent.clone());
    futures::join!(write(writer, edits, Duration::from_millis(5), sent), reading).1
}

#[allow(clippy::cast_precision_loss, reason = "counts")]
fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (mut rolled, mut one, mut across) = (Vec::new(), Vec::new(), Vec::new());
    for n in 1..=RUNS {
        println!("run {n} of {RUNS}, about 40 s");
        let mut cluster = Cluster::start(NODES);
        let run = runtime.block_on(async {
            one.push(keystrokes(cluster.address(0), cluster.address(0), "one-node").await);
            across.push(keystrokes(cluster.address(0), cluster.address(1), "two-nodes").await);
            roll(&mut cluster).await
        });
        println!("  {} edits, {} reconnects, {} missing", run.tokens, run.away.len(), run.missing);
        rolled.push(run);
    }
    let share = |share: f64| rolled.iter().map(|run| percentile(&mut run.away.clone(), share)).collect::<Vec<_>>();
    let latency = |runs: &[Vec<Duration>], share: f64| {
        runs.iter().map(|run| percentile(&mut run.clone(), share)).collect::<Vec<_>>()
    };
    let (here, there) = (latency(&one, 0.5), latency(&across, 0.5));
    let more = here.iter().zip(&there).map(|(here, there)| there - here).collect();
    let count = |of: fn(&Rolled) -> usize| rolled.iter().map(|run| of(run) as f64).collect();
    report(
        "rolling",
        &[
            Figure::new("away until welcome, p50", "us", share(0.5)),
            Figure::new("away until welcome, p99", "us", share(0.99)).at_most(1e6),
            Figure::new("away until welcome, longest", "us", share(1.0)),
            Figure::new("reconnects", "", count(|run| run.away.len())),
            Figure::new("edits typed", "", count(|run| run.tokens)),
            Figure::new("edits missing at the end", "", count(|run| run.missing)).at_most(0.0),
            Figure::new("times that somebody was seen to come or go", "", count(|run| run.seen)).at_most(0.0),
            Figure::new("keystroke to another client of the node, p50", "us", here),
            Figure::new("keystroke to a client of another node, p50", "us", there),
            Figure::new("keystroke to a client of another node, p99", "us", latency(&across, 0.99)),
            Figure::new("what another node adds, p50", "us", more).at_most(1_500.0),
        ],
    );
}
