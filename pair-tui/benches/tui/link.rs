//! A bad line: a proxy between `pair-tui` and the server through which everything comes late, and sometimes much later. TCP gives lost
//! packets again, so loss on its line is no missing byte but a pause: whatever is lost is held up by the retransmission, and all that
//! comes behind it, too. So each piece that is read here takes half the round trip, and of a share of the pieces, chosen by chance, each
//! takes one retransmission timeout more: the round trip and the 200 ms that Linux waits at least. Order is kept. Knows no message.

use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    runtime::Runtime,
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// The least retransmission timeout of Linux.
const TIMEOUT_LEAST: Duration = Duration::from_millis(200);

/// Pieces under way in one direction. When they are as many, the sender is not read.
const UNDER_WAY: usize = 4_096;

/// A line.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// There and back.
    pub round_trip: Duration,
    /// Of a thousand pieces so many are lost once.
    pub lost_per_mille: u64,
}

/// A proxy that is the line's near end.
pub struct Link {
    /// Where it listens.
    pub address: SocketAddr,
    _runtime: Runtime,
    _stop: DropGuard,
}

impl Link {
    /// A line to a server.
    pub fn open(server: SocketAddr, line: Line) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let stop = CancellationToken::new();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let tasks = TaskTracker::new();
        let accept = {
            let tasks = tasks.clone();
            async move {
                while let Ok((near, _)) = listener.accept().await {
                    let far = TcpStream::connect(server).await.unwrap();
                    near.set_nodelay(true).and_then(|()| far.set_nodelay(true)).unwrap();
                    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
                    tasks.spawn(carry(near_read, far_write, line, 1));
                    tasks.spawn(carry(far_read, near_write, line, 2));
                }
            }
        };
        tasks.spawn_on(stop.clone().run_until_cancelled_owned(accept), runtime.handle());
        Self { address, _runtime: runtime, _stop: stop.drop_guard() }
    }
}

/// Carries one direction: reads at once, writes when it is time.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: Line, seed: u64) {
    let (sender, mut pieces) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let reads = async move {
        let mut chance = seed;
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            // A linear congruential generator (Knuth, MMIX): the same losses in each run.
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let is_lost = (chance >> 33) % 1_000 < line.lost_per_mille;
            let late = if is_lost { line.round_trip + TIMEOUT_LEAST } else { Duration::ZERO };
            let due = Instant::now() + line.round_trip / 2 + late;
            if sender.send((due, bytes[..count].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let writes = async move {
        while let Some((due, piece)) = pieces.recv().await {
            sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reads, writes);
}
