//! What the benchmarks have in common: percentiles, writers that send prepared edits at a pace, and the report as a table and as JSON.
//! Knows no benchmark.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use crate::support::pair::{Identity, PairClient, PairSocket};
use protocol::{ByteOffset, Document, ServerMessage, codec::Codec, message::client::Edit};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// When each edit of a writer was sent.
pub type SentTimes = Arc<Mutex<Vec<Instant>>>;

/// Prepares edits that a writer sends later, so that making them costs nothing while time is taken. Every second one takes out again
/// what the one before inserted, where `chunk` has more than one character.
pub fn prepare(document: &mut Document, count: usize, chunk: &str) -> Vec<Vec<u8>> {
    let start = document.len().0;
    let edit = |n: usize| {
        let end = document.len().0;
        let (at, removed, inserted) = match chunk.len() {
            1 => (end, 0, chunk),
            length if n % 2 == 1 => (start, length, ""),
            _ => (start, 0, chunk),
        };
        document.edit(ByteOffset(at).span(removed), inserted, 0).unwrap()
    };
    (0..count).map(edit).collect()
}

/// Sends prepared edits, one per `pause`, and notes when. With no pause they go out as fast as the server reads.
pub async fn write(mut client: PairClient, edits: Vec<Vec<u8>>, pause: Duration, sent: SentTimes) -> PairClient {
    let begun = tokio::time::Instant::now();
    for (n, update) in edits.into_iter().enumerate() {
        tokio::time::sleep_until(begun + pause * u32::try_from(n).unwrap()).await;
        client.seq = client.seq.next();
        let edit = Edit { document: client.path.clone(), seq: client.seq, update: update.into() };
        sent.lock().unwrap().push(Instant::now());
        client.send(edit).await;
        if n % 8 == 7 {
            read_what_waits(&mut client).await;
        }
    }
    while client.receipt.received < client.seq {
        let message = client.link.next().await;
        note_receipt(&mut client, &message);
    }
    client
}

/// Reads what waits, without bringing it into the document: the benchmark measures the server.
async fn read_what_waits(client: &mut PairClient) {
    while let Ok(Ok(message)) = tokio::time::timeout(Duration::ZERO, client.link.try_next()).await {
        note_receipt(client, &message);
    }
}

fn note_receipt(client: &mut PairClient, message: &ServerMessage) {
    match message {
        ServerMessage::Receipt(receipt) => client.receipt = *receipt,
        ServerMessage::Error(error) => panic!("the server refuses an edit: {error:?}"),
        _ => {}
    }
}

/// Reads a writer's edits as another participant, and gives how long each took, until all have come.
pub async fn witness(
    mut client: PairClient,
    writer: protocol::ParticipantId,
    count: usize,
    sent: SentTimes,
) -> Vec<Duration> {
    let mut took = Vec::with_capacity(count);
    while took.len() < count {
        match client.link.next().await {
            ServerMessage::Edited(edited) if edited.participant == writer => {
                let at = sent.lock().unwrap()[took.len()];
                took.push(at.elapsed());
            }
            ServerMessage::Missing(_) => panic!("the witness fell behind, so that there is nothing to measure"),
            _ => {}
        }
    }
    took
}

/// Joins with the smallest receive buffer, for somebody who will not read.
pub async fn join_narrow(address: SocketAddr, room: &str, codec: Codec) -> PairClient {
    let identity = Identity::new("Slow");
    let document = Document::new(identity.client);
    let link = PairSocket::open_narrow(address, room, codec).await;
    PairClient::join_on(link, identity, document).await.map_err(|(_, error)| error).unwrap()
}

/// The value below which a share of the sorted values lies.
pub fn percentile(values: &mut [Duration], share: f64) -> f64 {
    values.sort_unstable();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
    let at = ((values.len() as f64 - 1.0) * share).round() as usize;
    values.get(at).map_or(f64::NAN, |value| value.as_secs_f64() * 1e6)
}

/// One figure over all runs.
pub struct Figure {
    pub name: &'static str,
    pub unit: &'static str,
    pub runs: Vec<f64>,
    /// What it must not be above, where that was asked for.
    pub at_most: Option<f64>,
}

impl Figure {
    /// A figure of some runs.
    pub fn new(name: &'static str, unit: &'static str, runs: Vec<f64>) -> Self {
        Self { name, unit, runs, at_most: None }
    }

    /// With a goal.
    pub fn at_most(self, goal: f64) -> Self {
        Self { at_most: Some(goal), ..self }
    }

    /// The median of the runs.
    pub fn median(&self) -> f64 {
        let mut runs = self.runs.clone();
        runs.sort_unstable_by(f64::total_cmp);
        runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn spread(&self) -> (f64, f64) {
        let least = self.runs.iter().copied().fold(f64::INFINITY, f64::min);
        (least, self.runs.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    fn json(&self) -> Value {
        let (least, most) = self.spread();
        json!({"name": self.name, "unit": self.unit, "figure": self.median(), "least": least, "most": most, "runs": self.runs})
    }
}

/// Prints the figures as a table and writes them to `target/bench/NAME.json`.
pub fn report(name: &str, figures: &[Figure]) {
    println!("\n{name}: median of {} runs (least to most)", figures.first().map_or(0, |figure| figure.runs.len()));
    for figure in figures {
        let (least, most) = figure.spread();
        let goal = figure.at_most.map_or_else(String::new, |goal| {
            format!("  goal: at most {goal}, {}", if figure.median() <= goal { "met" } else { "MISSED" })
        });
        println!("  {:<58} {:>12.2} {:<8} ({least:.2} to {most:.2}){goal}", figure.name, figure.median(), figure.unit);
    }
    let goals: Vec<_> = figures
        .iter()
        .filter_map(|figure| {
            let goal = figure.at_most?;
            Some(json!({"name": figure.name, "figure": figure.median(), "goal": goal, "met": figure.median() <= goal}))
        })
        .collect();
    let all: Vec<_> = figures.iter().map(Figure::json).collect();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(&json!({"name": name, "figures": all, "goals": goals})).unwrap();
    std::fs::write(&file, text + "\n").unwrap();
    println!("  written to target/bench/{name}.json");
}
