//! The proxy's way for datagrams: under the same weather as the TCP connections beside it they are delayed each on its own, so that they
//! overtake each other, lost, or sent from another address. Knows no protocol.

use super::proxy::Weather;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{net::UdpSocket, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The largest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 64 << 10;

/// Of so many datagrams one is lost where streams dribble.
const ONE_LOST_OF: u64 = 4;

/// What both ways of a relay share.
#[derive(Clone)]
pub struct Relay {
    pub server: SocketAddr,
    pub weather: watch::Receiver<Weather>,
    /// Counts the changes of address.
    pub moves: watch::Receiver<u64>,
    /// Datagrams that passed, both ways.
    pub passed: Arc<AtomicU64>,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

/// The socket that one client's datagrams leave from.
struct Way {
    socket: Arc<UdpSocket>,
    move_: u64,
    /// Ends what listens for answers.
    gone: CancellationToken,
}

impl Relay {
    /// Carries datagrams both ways until it is stopped.
    pub async fn run(self, clients: UdpSocket) {
        let (clients, mut ways) = (Arc::new(clients), HashMap::<SocketAddr, Way>::new());
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        while let Some(received) = self.stop.run_until_cancelled(clients.recv_from(&mut buffer)).await {
            // What was sent to somebody who is gone comes back as an error.
            let Ok((length, client)) = received else { continue };
            let move_ = *self.moves.borrow();
            if ways.get(&client).is_none_or(|way| way.move_ != move_) {
                let way = self.open(client, &clients, move_).await;
                if let Some(old) = ways.insert(client, way) {
                    old.gone.cancel();
                }
            }
            if let Some(way) = ways.get(&client) {
                self.pass(&buffer[..length], &way.socket, None);
            }
        }
    }

    /// Opens a way from an address that the server has not seen yet.
    async fn open(&self, client: SocketAddr, clients: &Arc<UdpSocket>, move_: u64) -> Way {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        socket.connect(self.server).await.unwrap();
        let gone = self.stop.child_token();
        let (relay, from, to, ended) = (self.clone(), Arc::clone(&socket), Arc::clone(clients), gone.clone());
        self.tasks.spawn(async move {
            let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
            while let Some(received) = ended.run_until_cancelled(from.recv(&mut buffer)).await {
                // A server that is down is told by an error for each datagram.
                let Ok(length) = received else { continue };
                relay.pass(&buffer[..length], &to, Some(client));
            }
        });
        Way { socket, move_, gone }
    }

    /// Sends one on its way, or loses it.
    fn pass(&self, datagram: &[u8], through: &Arc<UdpSocket>, to: Option<SocketAddr>) {
        let count = self.passed.fetch_add(1, Ordering::Relaxed);
        let Some(delay) = delay(*self.weather.borrow(), count) else { return };
        let (datagram, through) = (datagram.to_vec(), Arc::clone(through));
        let sent = async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            // Nobody there, or a full queue: it is lost, as datagrams are.
            drop(match to {
                Some(to) => through.send_to(&datagram, to).await,
                None => through.send(&datagram).await,
            });
        };
        self.tasks.spawn(sent);
    }
}

/// How long the datagram of that number is under way; none: it is lost.
fn delay(weather: Weather, count: u64) -> Option<Duration> {
    let chance = count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    match weather {
        Weather::Calm => Some(Duration::ZERO),
        Weather::Slow(ms) => Some(Duration::from_millis(ms + chance % ms.max(1))),
        Weather::Dribble(ms) => (!chance.is_multiple_of(ONE_LOST_OF)).then(|| Duration::from_millis(ms)),
        Weather::Stalled | Weather::HalfOpen | Weather::Refusing => None,
    }
}
