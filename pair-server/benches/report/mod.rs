//! What the server's benchmarks have in common: writers that send prepared edits at a pace, and witnesses of them.
//! Knows no benchmark.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use crate::support::pair::{Identity, PairClient, PairSocket};
use protocol::{ByteOffset, Document, ServerMessage, codec::Codec, message::client::Edit};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

mod figures;
pub use figures::{Figure, percentile, report};

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
