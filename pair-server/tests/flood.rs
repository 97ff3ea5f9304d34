//! Somebody who sends as much as the connection takes, on each way to a room: the participants of another room go on as if nothing was.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use protocol::message::client::Ping;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use support::{
    pair::PairClient,
    server::TestServer,
    soon,
    wire::{WAYS, Way},
};
use tokio_util::task::TaskTracker;

/// Edits in the other room, each of which must reach its reader before the next is made.
const QUIET_EDITS: usize = 100;

/// Messages without which there was no flood.
const FLOOD_LEAST: usize = 900;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_in_one_room_stops_nobody_in_another() {
    let server = TestServer::start().await;
    let address = server.address();
    for way in WAYS {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let flooder = PairClient::join(address, &format!("loud-{}", way.name()), "Loud", way).await;
        let flooding = TaskTracker::new().spawn(flood(flooder, Arc::clone(&stop), Arc::clone(&sent)));
        let quiet = format!("quiet-{}", way.name());
        let mut writer = PairClient::join(address, &quiet, "Writer", Way::Quic).await;
        let mut reader = PairClient::join(address, &quiet, "Reader", way).await;
        let mut edits = 0;
        while edits < QUIET_EDITS || sent.load(Ordering::Relaxed) < FLOOD_LEAST {
            let word = format!("q{edits};");
            writer.append(&word).await;
            soon("an edit in the quiet room", reader.until_contains(&word)).await;
            edits += 1;
        }
        stop.store(true, Ordering::Relaxed);
        soon("the end of the flood", flooding).await.unwrap();
        writer.until_durable().await;
    }
    assert!(server.stop().await);
}

/// Sends edits and pings without waiting for anything but the connection, and reads nothing until the end.
async fn flood(mut client: PairClient, stop: Arc<AtomicBool>, sent: Arc<AtomicUsize>) {
    while !stop.load(Ordering::Relaxed) {
        client.append("flood").await;
        client.splice(0, 5, "").await;
        client.send(Ping { nonce: 1 }).await;
        sent.fetch_add(3, Ordering::Relaxed);
        // What waits is read now and then: who never reads its pongs is cut off, which is another story.
        if sent.load(Ordering::Relaxed).is_multiple_of(300) {
            client.until_received().await;
        }
    }
}
