//! A participant who minds their own business while others misbehave: edits all the while, and must not notice anything.

use super::{pair::PairClient, soon};
use protocol::codec::Codec;
use std::{net::SocketAddr, time::Duration};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::task::TaskTracker;

/// A witness at work.
pub struct Witness {
    stop: watch::Sender<bool>,
    work: JoinHandle<PairClient>,
}

impl Witness {
    /// Joins a room and begins to edit.
    pub async fn start(address: SocketAddr, room: &str) -> Self {
        let client = PairClient::join(address, room, "Witness", Codec::MessagePack).await;
        let (stop, stopped) = watch::channel(false);
        Self { stop, work: TaskTracker::new().spawn(work(client, stopped)) }
    }

    /// Lets it finish; every one of its edits must have been taken. Gives its final text.
    pub async fn finish(self) -> String {
        self.stop.send_replace(true);
        let client = soon("the witness's last receipt", self.work).await.expect("the witness was disturbed");
        assert!(client.seq.get() > 0);
        client.document.text()
    }
}

async fn work(mut client: PairClient, stopped: watch::Receiver<bool>) -> PairClient {
    while !*stopped.borrow() {
        client.append("w").await;
        client.until_received().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    client
}
