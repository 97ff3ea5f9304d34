//! Clients that read nothing while others make 20,000 edits: they end with the right text, and the server's memory stays bounded. What
//! it costs the others is a figure, not a test: `benches/slow_reader.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use protocol::{Document, codec::Codec, message::client::Ping};
use std::{net::SocketAddr, time::Duration};
use support::{
    eventually,
    http::{self, code},
    pair::{Identity, PairClient, PairSocket},
    plain::PlainClient,
    process::ServerProcess,
    wire::Way,
};

/// Edits of each of the two writers.
const EDITS: usize = 10_000;

/// Bytes of an insertion: enough that what nobody reads fills every buffer of the operating system long before the end.
const CHUNK: usize = 1_000;

/// What the server may grow by: documents, logs and outboxes of a room that 20 MB went through.
const GROWTH_MAX: u64 = 96 << 20;

/// One of the server's metrics.
async fn metric(address: SocketAddr, name: &str) -> f64 {
    let answer = http::request(address, reqwest::Method::GET, "/metrics", None).await.text().await.unwrap();
    let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    line.parse().unwrap()
}

/// Inserts a chunk, takes it out again, and so on; the last one stays.
async fn write(mut client: PairClient, letter: &str) -> PairClient {
    let chunk = letter.repeat(CHUNK);
    for n in 0..EDITS {
        let text = client.document.text();
        match text.find(&chunk) {
            Some(at) => client.splice(at, CHUNK, "").await,
            None => client.append(&chunk).await,
        }
        if n % 50 == 0 {
            client.until_received().await;
        }
    }
    client.append(&format!("{letter} is done")).await;
    client.until_durable().await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_nothing_gets_the_right_text_in_the_end_and_costs_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let process = ServerProcess::start(folder.path(), &[]);
    let address = process.address();
    let one = PairClient::join(address, "room", "One", Codec::MessagePack).await;
    let two = PairClient::join(address, "room", "Two", Codec::Json).await;
    let mut slow = Vec::new();
    for codec in [Codec::MessagePack, Codec::MessagePack, Codec::Json] {
        let identity = Identity::new("Slow");
        let document = Document::new(identity.client);
        let link = PairSocket::open_narrow(address, "room", codec).await;
        slow.push(PairClient::join_on(link, identity, document).await.map_err(|(_, error)| error).unwrap());
    }
    slow.push(PairClient::join(address, "room", "Slow", Way::Quic).await);
    let mut plain = Vec::new();
    for _ in 0..3 {
        plain.push(PlainClient::connect(address, "room").await);
    }
    let before = process.resident_bytes();
    // They read nothing, and still give the signs of life that the protocol asks for.
    let signs = async {
        loop {
            tokio::time::sleep(Duration::from_secs(3)).await;
            for client in &mut slow {
                client.send(Ping { nonce: 1 }).await;
            }
            for client in &mut plain {
                client.send("{\"type\":\"alive\"}").await;
            }
        }
    };
    let (mut one, two) = tokio::select! {
        both = async { futures::join!(write(one, "a"), write(two, "b")) } => both,
        () = signs => unreachable!("it never ends"),
    };
    let after = process.resident_bytes();
    let waits = async || {
        let behind = metric(address, "pair_participants_behind").await;
        (behind >= 1.0 && metric(address, "pair_outbox_bytes").await > 0.0).then_some(behind)
    };
    let behind = eventually("somebody is counted as behind", waits).await;
    let text = code(address, "room").await;
    one.until_text(&text).await;
    drop(two);
    println!("resident memory: {} MiB before, {} MiB after {} edits", before >> 20, after >> 20, 2 * EDITS);
    assert!(after.saturating_sub(before) < GROWTH_MAX, "the server grew from {before} to {after} bytes");
    for client in &mut slow {
        client.until_text(&text).await;
        assert!(client.edits_seen < 2 * EDITS, "it was caught up, and not sent every edit: {}", client.edits_seen);
        assert!(text.contains("a is done") && text.contains("b is done"));
    }
    for client in &mut plain {
        client.until_code(&text).await;
    }
    assert!(metric(address, "pair_catch_ups_total").await >= behind, "each of them was caught up");
    let nobody = async || (metric(address, "pair_participants_behind").await < 1.0).then_some(());
    eventually("nobody is behind any more", nobody).await;
    let mut witness = PairClient::join(address, "room", "Witness", Codec::Json).await;
    witness.append("!").await;
    for client in &mut slow {
        client.until_text(&format!("{text}!")).await;
    }
}
