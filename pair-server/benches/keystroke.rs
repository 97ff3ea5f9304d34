//! How long a keystroke takes from one client to another over a WebSocket on this machine, how long until it is durable, and how many
//! edits a second the server carries. Figures only, no goals. Run by `scripts/bench keystroke`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark: what fails ends it")]

mod report;
#[path = "../tests/support/mod.rs"]
mod support;

use protocol::codec::Codec;
use report::{Figure, SentTimes, percentile, prepare, report, witness, write};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use support::{pair::PairClient, process::ServerProcess};
use tokio::task::JoinSet;

const RUNS: usize = 5;

/// Keystrokes whose time is taken, one every 5 ms.
const KEYSTROKES: usize = 2_000;

/// Edits until durable, one after the other.
const DURABLE: usize = 200;

/// Edits of each writer when as many as possible are sent.
const FLOOD: usize = 4_000;

/// The time from each keystroke's send to its arrival at the other client.
async fn keystrokes(address: SocketAddr, codec: Codec) -> Vec<Duration> {
    let room = codec.subprotocol().replace('.', "-");
    let mut writer = PairClient::join(address, &room, "Writer", codec).await;
    let reader = PairClient::join(address, &room, "Reader", codec).await;
    let edits = prepare(&mut writer.document, KEYSTROKES, "k");
    let sent = SentTimes::default();
    let reading = witness(reader, writer.participant(), KEYSTROKES, sent.clone());
    futures::join!(write(writer, edits, Duration::from_millis(5), sent), reading).1
}

/// The time from each edit's send to its durable receipt.
async fn durable(address: SocketAddr) -> Vec<Duration> {
    let mut client = PairClient::join(address, "durable", "Writer", Codec::MessagePack).await;
    let mut took = Vec::new();
    for _ in 0..DURABLE {
        let at = Instant::now();
        client.append("d").await;
        client.until_durable().await;
        took.push(at.elapsed());
    }
    took
}

/// Edits a second with so many writers in each of so many rooms, until the other participant of each room has all of them.
#[allow(clippy::cast_precision_loss, reason = "a count")]
async fn flood(address: SocketAddr, rooms: usize, writers: usize) -> f64 {
    let (mut prepared, mut watching) = (Vec::new(), JoinSet::new());
    for room in 0..rooms {
        let room = format!("flood-{rooms}-{room}");
        for _ in 0..writers {
            let mut writer = PairClient::join(address, &room, "Writer", Codec::MessagePack).await;
            let edits = prepare(&mut writer.document, FLOOD, "f");
            prepared.push((writer, edits));
        }
        let mut reader = PairClient::join(address, &room, "Reader", Codec::MessagePack).await;
        watching.spawn(async move {
            // It may be caught up by differences: what counts is that it has everything.
            let all = reader.document.len().0 + writers * FLOOD;
            while reader.document.len().0 < all {
                reader.next().await;
            }
        });
    }
    let begun = Instant::now();
    let mut writing = JoinSet::new();
    for (writer, edits) in prepared {
        writing.spawn(write(writer, edits, Duration::ZERO, SentTimes::default()));
    }
    writing.join_all().await;
    watching.join_all().await;
    (rooms * writers * FLOOD) as f64 / begun.elapsed().as_secs_f64()
}

/// Everything once, on a new server.
async fn run() -> ([Vec<Duration>; 3], [f64; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let process = ServerProcess::start(folder.path(), &["--log=pair_server=info"]);
    let address = process.address();
    let packed = keystrokes(address, Codec::MessagePack).await;
    let json = keystrokes(address, Codec::Json).await;
    let durable = durable(address).await;
    ([packed, json, durable], [flood(address, 1, 8).await, flood(address, 20, 1).await])
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runs = Vec::new();
    for n in 1..=RUNS {
        println!("run {n} of {RUNS}, about 30 s");
        runs.push(runtime.block_on(run()));
    }
    let took = |what: usize, share: f64| {
        runs.iter().map(|(took, _)| percentile(&mut took[what].clone(), share)).collect::<Vec<_>>()
    };
    let rate = |what: usize| runs.iter().map(|(_, rates)| rates[what]).collect::<Vec<_>>();
    report(
        "keystroke",
        &[
            Figure::new("keystroke to the other client, msgpack, p50", "us", took(0, 0.5)),
            Figure::new("keystroke to the other client, msgpack, p99", "us", took(0, 0.99)),
            Figure::new("keystroke to the other client, json, p50", "us", took(1, 0.5)),
            Figure::new("keystroke to the other client, json, p99", "us", took(1, 0.99)),
            Figure::new("edit to durable receipt, p50", "us", took(2, 0.5)),
            Figure::new("edit to durable receipt, p99", "us", took(2, 0.99)),
            Figure::new("one room, 8 writers, until another has all", "edits/s", rate(0)),
            Figure::new("20 rooms, 1 writer each, until another has all", "edits/s", rate(1)),
        ],
    );
}
