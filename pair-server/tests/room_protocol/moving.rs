//! A QUIC client whose address changes: the connection goes along.

use super::support::{
    http::new_room,
    pair::PairClient,
    server::TestServer,
    wire::{Way, Wire},
};
use protocol::codec::Codec;
use std::net::UdpSocket;

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
