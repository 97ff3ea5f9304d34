//! What clients that read nothing cost the others: two rooms on one server at the same time, 20,000 edits each in 20 s; in one of them
//! four clients read nothing all the while, in the other the same four read. Run by `scripts/bench slow-reader`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark: what fails ends it")]

mod report;
#[path = "../tests/support/mod.rs"]
mod support;

use protocol::codec::Codec;
use report::{Figure, SentTimes, join_narrow, percentile, prepare, report, witness, write};
use std::{net::SocketAddr, time::Duration};
use support::{http::code, pair::PairClient, plain::PlainClient, process::ServerProcess};
use tokio::task::JoinSet;

const RUNS: usize = 5;

/// Edits of each of the two writers of a room.
const EDITS: usize = 10_000;

/// Between two edits of a writer: 20,000 edits of two take 20 s.
const PAUSE: Duration = Duration::from_millis(2);

/// Bytes of an insertion: 10 MB in all, more than the operating system keeps for somebody who does not read.
const CHUNK: usize = 1_000;

/// Those who read nothing, or, in the other room, do.
struct Bystanders {
    pair: Vec<PairClient>,
    plain: Vec<PlainClient>,
}

impl Bystanders {
    async fn join(address: SocketAddr, room: &str) -> Self {
        let mut all = Self { pair: Vec::new(), plain: Vec::new() };
        for codec in [Codec::MessagePack, Codec::Json] {
            all.pair.push(join_narrow(address, room, codec).await);
            all.plain.push(PlainClient::connect(address, room).await);
        }
        all
    }

    /// Has them read from now on, and forget what they read.
    fn read(self) -> JoinSet<()> {
        let mut readers = JoinSet::new();
        for mut client in self.pair {
            readers.spawn(async move { while client.link.try_next().await.is_ok() {} });
        }
        for mut client in self.plain {
            readers.spawn(async move { while client.try_next().await.is_ok() {} });
        }
        readers
    }

    /// Has them read until they show the text.
    async fn end_with(mut self, text: &str) {
        for client in &mut self.pair {
            client.until_text(text).await;
        }
        for client in &mut self.plain {
            client.until_code(text).await;
        }
    }
}

/// Both writers type in a room; gives how long each edit took to the witness.
async fn room(address: SocketAddr, room: &'static str) -> Vec<Duration> {
    let mut writing = JoinSet::new();
    let mut watching = JoinSet::new();
    for letter in ["a", "b"] {
        let mut writer = PairClient::join(address, room, letter, Codec::MessagePack).await;
        let watcher = PairClient::join(address, room, "Witness", Codec::MessagePack).await;
        let edits = prepare(&mut writer.document, EDITS, &letter.repeat(CHUNK));
        let sent = SentTimes::default();
        watching.spawn(witness(watcher, writer.participant(), EDITS, sent.clone()));
        writing.spawn(write(writer, edits, PAUSE, sent));
    }
    writing.join_all().await;
    watching.join_all().await.concat()
}

/// One run: latencies without and with slow readers, and the server's memory before and after.
async fn run() -> ([Vec<Duration>; 2], [u64; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let process = ServerProcess::start(folder.path(), &["--log=pair_server=info"]);
    let address = process.address();
    let reading = Bystanders::join(address, "reading").await.read();
    let slow = Bystanders::join(address, "slow").await;
    let before = process.resident_bytes();
    let both = futures::join!(room(address, "reading"), room(address, "slow"));
    let after = process.resident_bytes();
    slow.end_with(&code(address, "slow").await).await;
    drop(reading);
    ([both.0, both.1], [before, after])
}

#[allow(clippy::cast_precision_loss, reason = "mebibytes")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runs = Vec::new();
    for n in 1..=RUNS {
        println!("run {n} of {RUNS}, about 25 s");
        runs.push(runtime.block_on(run()));
    }
    let latency = |room: usize, share: f64| {
        runs.iter().map(|(took, _)| percentile(&mut took[room].clone(), share)).collect::<Vec<_>>()
    };
    let ratio = |share: f64| {
        let (without, with) = (latency(0, share), latency(1, share));
        without.iter().zip(with).map(|(without, with)| with / without).collect::<Vec<_>>()
    };
    let memory = |at: usize| runs.iter().map(|(_, memory)| mebibytes(memory[at])).collect::<Vec<_>>();
    let growth = memory(0).iter().zip(memory(1)).map(|(before, after)| after - before).collect();
    report(
        "slow-reader",
        &[
            Figure::new("p50 latency of others, everybody reads", "us", latency(0, 0.5)),
            Figure::new("p50 latency of others, four read nothing", "us", latency(1, 0.5)),
            Figure::new("p50 ratio", "", ratio(0.5)).at_most(1.1),
            Figure::new("p99 latency of others, everybody reads", "us", latency(0, 0.99)),
            Figure::new("p99 latency of others, four read nothing", "us", latency(1, 0.99)),
            Figure::new("p99 ratio", "", ratio(0.99)).at_most(1.25),
            Figure::new("resident memory before", "MiB", memory(0)),
            Figure::new("resident memory after", "MiB", memory(1)),
            Figure::new("growth of resident memory, both rooms", "MiB", growth).at_most(64.0),
        ],
    );
}
