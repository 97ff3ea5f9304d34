//! Connections that are half open: the peer is gone without a word, as when a laptop is closed. The others see it leave within 30 s, on
//! each transport; the three wait side by side.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use protocol::{ServerMessage, codec::Codec};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use support::{
    pair::PairClient,
    server::TestServer,
    wire::{WAYS, Way},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};
use tokio_util::task::TaskTracker;

/// How long a silent death may stay unseen.
const SEEN_WITHIN: Duration = Duration::from_secs(30);

/// A way to the server that can be cut without either end hearing of it.
struct Hole {
    address: SocketAddr,
    is_cut: Arc<AtomicBool>,
}

impl Hole {
    async fn to(server: SocketAddr, way: Way) -> Self {
        let is_cut = Arc::new(AtomicBool::new(false));
        let address = if way == Way::Quic {
            let [near, far] =
                [UdpSocket::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap()];
            let address = near.local_addr().unwrap();
            far.connect(server).await.unwrap();
            TaskTracker::new().spawn(datagrams(near, far, Arc::clone(&is_cut)));
            address
        } else {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            TaskTracker::new().spawn(bytes(listener, server, Arc::clone(&is_cut)));
            address
        };
        Self { address, is_cut }
    }
}

async fn datagrams(near: UdpSocket, far: UdpSocket, is_cut: Arc<AtomicBool>) {
    let (mut up, mut down) = ([0; 2_048], [0; 2_048]);
    let mut client = None;
    loop {
        tokio::select! {
            Ok((size, from)) = near.recv_from(&mut up) => {
                client = Some(from);
                if !is_cut.load(Ordering::SeqCst) {
                    drop(far.send(&up[..size]).await);
                }
            }
            Ok(size) = far.recv(&mut down) => {
                if let (Some(client), false) = (client, is_cut.load(Ordering::SeqCst)) {
                    drop(near.send_to(&down[..size], client).await);
                }
            }
        }
    }
}

async fn bytes(listener: TcpListener, server: SocketAddr, is_cut: Arc<AtomicBool>) {
    let (near, _) = listener.accept().await.unwrap();
    let far = TcpStream::connect(server).await.unwrap();
    let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
    let (mut up, mut down) = ([0; 2_048], [0; 2_048]);
    loop {
        let (size, out, from) = tokio::select! {
            Ok(size) = near_in.read(&mut up) => (size, &mut far_out, &up),
            Ok(size) = far_in.read(&mut down) => (size, &mut near_out, &down),
        };
        if size == 0 || is_cut.load(Ordering::SeqCst) {
            // Neither end is closed; neither hears anything any more.
            return std::future::pending().await;
        }
        out.write_all(&from[..size]).await.unwrap();
    }
}

async fn is_seen_to_leave(server: SocketAddr, way: Way) {
    let room = format!("half-open-{}", way.name());
    let mut witness = PairClient::join(server, &room, "Witness", Codec::MessagePack).await;
    let hole = Hole::to(server, way).await;
    let mut gone = PairClient::join(hole.address, &room, "Gone", way).await;
    gone.append("there").await;
    witness.until_contains("there").await;
    hole.is_cut.store(true, Ordering::SeqCst);
    let left = async {
        loop {
            // Alive itself: a read answers the server's pings.
            if let Ok(ServerMessage::ParticipantLeft(left)) = witness.link.try_next().await {
                return left.participant;
            }
        }
    };
    let left = tokio::time::timeout(SEEN_WITHIN, left).await.unwrap_or_else(|_| panic!("{way:?}: nobody left"));
    assert_eq!(left, gone.participant(), "{way:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_is_gone_without_a_word_leaves_the_room() {
    let server = TestServer::start().await;
    futures::future::join_all(WAYS.map(|way| is_seen_to_leave(server.address(), way))).await;
}
