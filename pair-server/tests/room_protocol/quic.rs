//! What only QUIC has: a client whose address changes, and the first frame, which names the room.

use super::support::{
    hindered::Hindered,
    http::new_room,
    pair::PairClient,
    server::TestServer,
    soon,
    wire::{QuicWire, Way, Wire},
};
use protocol::{
    codec::Codec,
    quic::{OPENING_BYTES_MAX, Opening},
};
use std::{net::UdpSocket, sync::Arc};

#[tokio::test]
async fn a_client_whose_address_changes_stays_in_the_room() {
    let server = TestServer::start().await;
    let (room, _) = new_room(server.address(), "").await;
    let mut ada = PairClient::join(server.address(), &room, "Ada", Way::Quic).await;
    let mut bob = PairClient::join(server.address(), &room, "Bob", Codec::MessagePack).await;
    for n in 0..20 {
        if n % 5 == 4 {
            let Wire::Quic(quic) = &ada.link.wire else { panic!("she is on QUIC") };
            quic.endpoint.rebind(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
        }
        ada.append(&format!("a{n};")).await;
        bob.until_contains(&format!("a{n};")).await;
        bob.append(&format!("b{n};")).await;
        ada.until_contains(&format!("b{n};")).await;
    }
    ada.until_durable().await;
    let late = PairClient::join(server.address(), &room, "Late", Codec::Json).await;
    assert!(late.welcome.participants.iter().any(|one| one.id == ada.participant()), "she never left");
}

#[tokio::test]
async fn a_first_frame_that_is_too_large_or_names_no_room_is_refused() {
    let server = TestServer::start().await;
    for first in [vec![0x82; OPENING_BYTES_MAX + 1], vec![0x82; OPENING_BYTES_MAX], b"\x81\xa4type\xa5leave".to_vec()] {
        let mut link = QuicWire::open_with(server.address(), first.clone().into()).await.unwrap();
        let (code, reason) = soon("a close", link.next()).await.unwrap_err().unwrap();
        assert_eq!(code, 400, "{} bytes: {reason}", first.len());
        assert_eq!(first.len() > OPENING_BYTES_MAX, reason.contains("1024"), "{reason}");
    }
    // Behind it frames may be as large as everywhere.
    let (room, _) = new_room(server.address(), "").await;
    let mut ada = PairClient::join(server.address(), &room, "Ada", Way::Quic).await;
    ada.append(&"long ".repeat(OPENING_BYTES_MAX)).await;
    ada.until_durable().await;
}

#[tokio::test]
async fn a_client_whose_room_is_slow_to_load_is_asked_to_come_back() {
    let storage = Arc::new(Hindered::with_loads(0));
    let server = TestServer::start_on(storage.clone(), |_| {}).await;
    let opening = Opening { room: "slow".parse().unwrap() }.encode();
    let mut early = QuicWire::open_with(server.address(), opening).await.unwrap();
    let (code, reason) = soon("an answer", early.next()).await.unwrap_err().unwrap();
    assert_eq!(code, 503, "clients take what is below for their own fault: {reason}");
    // One load to find no room, and one after it was made.
    storage.permit(2);
    let mut ada = soon("a welcome", PairClient::join(server.address(), "slow", "Ada", Way::Quic)).await;
    ada.append("there").await;
    ada.until_durable().await;
}
