//! Messages of which only the newest per source counts, on their way out: presence. They go in datagrams, so that none waits for a lost
//! packet; one that is too large for a datagram goes on a stream of its own. A datagram may get lost, so whatever is the newest
//! for `SETTLED_AFTER` goes a second time, on a stream. Knows no message.

use bytes::Bytes;
use protocol::quic::{Envelope, StreamKind};
use quinn::{Connection, ConnectionError, WriteError};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// A message that no newer one replaced for this long is sent again, so that it arrives for sure.
const SETTLED_AFTER: Duration = Duration::from_millis(250);

/// Takes messages for one connection. What waits is bounded by the number of sources: a newer message takes the place of an older one.
#[derive(Debug)]
pub struct LatestSender {
    shared: Arc<Shared>,
    /// Ends the task with this value.
    _stop: DropGuard,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<HashMap<u64, Waiting>>,
    changed: Notify,
}

#[derive(Debug)]
struct Waiting {
    after_frames: u64,
    message: Bytes,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        // A panic while the lock is held leaves a map that is whole: each change to it is one step.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LatestSender {
    /// Starts sending on a connection, in a task that ends with it, and with this value.
    pub fn start(connection: Connection, tasks: &TaskTracker) -> Self {
        let shared = Arc::new(Shared::default());
        let sending = Sending { connection, shared: Arc::clone(&shared), number: 0, unsettled: HashMap::new() };
        let stop = CancellationToken::new();
        tasks.spawn(stop.clone().run_until_cancelled_owned(sending.run()));
        Self { shared, _stop: stop.drop_guard() }
    }

    /// Takes the newest message of a source. `after_frames` frames went onto the ordered stream before it.
    pub fn put(&self, source: u64, after_frames: u64, message: Bytes) {
        self.shared.lock().insert(source, Waiting { after_frames, message });
        self.shared.changed.notify_one();
    }
}

/// Why the task ends: the connection is gone.
struct Gone;

impl From<ConnectionError> for Gone {
    fn from(_: ConnectionError) -> Self {
        Self
    }
}

/// The task.
struct Sending {
    connection: Connection,
    shared: Arc<Shared>,
    /// Of the last envelope.
    number: u64,
    /// What went in a datagram and may have got lost, with the time when it is sent again.
    unsettled: HashMap<u64, (Instant, Envelope)>,
}

impl Sending {
    async fn run(mut self) {
        let connection = self.connection.clone();
        tokio::select! {
            _ = connection.closed() => {}
            _ = self.send() => {}
        }
    }

    async fn send(&mut self) -> Result<(), Gone> {
        loop {
            let next = self.unsettled.values().map(|(at, _)| *at).min();
            let settled = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.shared.changed.notified() => self.send_waiting().await?,
                () = settled => self.send_settled().await?,
            }
        }
    }

    async fn send_waiting(&mut self) -> Result<(), Gone> {
        let waiting: Vec<_> = self.shared.lock().drain().collect();
        for (source, Waiting { after_frames, message }) in waiting {
            self.number += 1;
            let envelope = Envelope { number: self.number, after_frames, source, message };
            if self.connection.send_datagram(envelope.encode()).is_ok() {
                self.unsettled.insert(source, (Instant::now() + SETTLED_AFTER, envelope));
            } else {
                // Too large for a datagram, or the other side takes none.
                self.unsettled.remove(&source);
                self.send_on_stream(&envelope).await?;
            }
        }
        Ok(())
    }

    async fn send_settled(&mut self) -> Result<(), Gone> {
        let now = Instant::now();
        let settled: Vec<_> = self.unsettled.extract_if(|_, (at, _)| *at <= now).collect();
        for (_, (_, envelope)) in settled {
            self.send_on_stream(&envelope).await?;
        }
        Ok(())
    }

    async fn send_on_stream(&self, envelope: &Envelope) -> Result<(), Gone> {
        let mut stream = self.connection.open_uni().await?;
        let mut chunks = [Bytes::copy_from_slice(&[StreamKind::Latest.byte()]), envelope.encode()];
        match stream.write_all_chunks(&mut chunks).await {
            // What the other side does not want to read is not sent.
            Ok(()) | Err(WriteError::Stopped(_)) => Ok(()),
            Err(_) => Err(Gone),
        }
        // Dropping the stream finishes it.
    }
}
