//! A proxy with weather: what goes through is delayed, dribbles, stalls, is swallowed or cut. TCP here, datagrams to the same port in
//! `datagrams`. One per client; knows no protocol.

use super::datagrams::Relay;
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes at once.
    Calm,
    /// Each piece waits so many milliseconds, and up to as many more.
    Slow(u64),
    /// A few bytes at a time, so many milliseconds apart.
    Dribble(u64),
    /// Nothing passes until the weather changes; nothing is lost.
    Stalled,
    /// What comes is swallowed, and both ends believe that all is well: such a connection never recovers.
    HalfOpen,
    /// Connections are refused, or closed before anything passes.
    Refusing,
}

/// A proxy before one server. It ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    moves: watch::Sender<u64>,
    datagrams: Arc<AtomicU64>,
    connections: Arc<Mutex<CancellationToken>>,
    stop: CancellationToken,
}

/// Bytes that pass at a time when they dribble.
const DRIBBLE: usize = 7;

impl Proxy {
    /// Starts one before a server's address.
    pub async fn start(server: SocketAddr, tasks: &TaskTracker) -> Self {
        let (listener, socket) = bind_both().await;
        let address = listener.local_addr().unwrap();
        let (weather, seen) = watch::channel(Weather::Calm);
        let (moves, counted) = watch::channel(0);
        let datagrams = Arc::new(AtomicU64::new(0));
        let stop = CancellationToken::new();
        let connections = Arc::new(Mutex::new(stop.child_token()));
        let relay = Relay {
            server,
            weather: seen.clone(),
            moves: counted,
            passed: Arc::clone(&datagrams),
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        tasks.spawn(relay.run(socket));
        let (tracker, known, stopped) = (tasks.clone(), Arc::clone(&connections), stop.clone());
        tasks.spawn(async move {
            while let Some(Ok((client, _))) = stopped.run_until_cancelled(listener.accept()).await {
                let token = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if *seen.borrow() != Weather::Refusing {
                    tracker.spawn(carry(client, server, seen.clone(), token));
                }
            }
        });
        Self { address, weather, moves, datagrams, connections, stop }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// From here on the client's datagrams come from another address, and what is sent to the former one is lost: a NAT forgot it, or the
    /// client's machine went to another network.
    pub fn move_address(&self) {
        self.moves.send_modify(|moves| *moves += 1);
    }

    /// How many datagrams came, both ways.
    pub fn datagrams(&self) -> u64 {
        self.datagrams.load(Ordering::Relaxed)
    }

    /// Cuts all TCP connections.
    pub fn cut(&self) {
        let mut token = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        token.cancel();
        *token = self.stop.child_token();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One port number for both: a client knows only one address.
async fn bind_both() -> (TcpListener, UdpSocket) {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Another program may have the UDP port of that number.
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()).await {
            return (listener, socket);
        }
    }
}

/// Carries one connection both ways until one end closes it or it is cut.
async fn carry(client: TcpStream, server: SocketAddr, weather: watch::Receiver<Weather>, cut: CancellationToken) {
    let Ok(upstream) = TcpStream::connect(server).await else { return };
    for stream in [&client, &upstream] {
        stream.set_nodelay(true).unwrap_or_default();
    }
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), upstream.into_split());
    let both = async {
        tokio::select! {
            () = pass(from_client, to_server, weather.clone(), 1) => {}
            () = pass(from_server, to_client, weather.clone(), 2) => {}
        }
    };
    cut.run_until_cancelled(both).await;
}

/// Carries one way. `salt` makes the jitter of both ways differ.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut weather: watch::Receiver<Weather>, salt: u64) {
    let mut buffer = vec![0; 16 << 10];
    let (mut count, mut is_swallowed) = (0_u64, false);
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        count += 1;
        let now = *weather.borrow_and_update();
        is_swallowed |= now == Weather::HalfOpen;
        if is_swallowed {
            continue;
        }
        let bytes = buffer.get(..read).unwrap_or_default();
        match now {
            Weather::Slow(ms) => {
                let jitter = (count.wrapping_mul(0x9E37_79B9) ^ salt) % ms.max(1);
                tokio::time::sleep(Duration::from_millis(ms + jitter)).await;
            }
            Weather::Dribble(ms) => {
                for few in bytes.chunks(DRIBBLE) {
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                    if to.write_all(few).await.is_err() {
                        return;
                    }
                    if *weather.borrow() == Weather::Calm {
                        tokio::task::yield_now().await;
                    }
                }
                continue;
            }
            Weather::Stalled => {
                if weather.wait_for(|weather| *weather != Weather::Stalled).await.is_err() {
                    return;
                }
            }
            Weather::Calm | Weather::HalfOpen | Weather::Refusing => {}
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
