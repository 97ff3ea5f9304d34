//! How the client reaches a server: QUIC, a WebSocket where UDP is blocked, certificates that are new, known or changed. Against a real
//! server in this process; no time is measured here, that is `scripts/bench quic`'s.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

use pair_server::{
    Server,
    config::{CertificateSource, Config},
    storage::url::DatabaseUrl,
};
use pair_tui::{
    client::{
        Connection, ConnectionEvent, ConnectionSettings, Dialer, HelloParts, HttpError, KnownServers, Outbox,
        RoomAddress, ServerUrl, Transport, TransportChoice, http, trust::TrustError,
    },
    put::{PutSettings, put},
};
use protocol::{ClientId, ClientMessage, ServerMessage, message::client::Ping, message::server::Welcome};
use std::{path::Path, time::Duration};

/// Nothing here takes long; what does, hangs.
const DEADLINE: Duration = Duration::from_secs(20);

async fn server(folder: &Path, change: impl FnOnce(&mut Config)) -> Server {
    let database = DatabaseUrl::SqliteFile(folder.join("pair.db"));
    let mut config = Config { listen: "127.0.0.1:0".parse().unwrap(), database, ..Config::default() };
    change(&mut config);
    Server::start(config).await.unwrap()
}

fn encrypted(server: &Server) -> ServerUrl {
    format!("https://localhost:{}", server.address().port()).parse().unwrap()
}

fn room(server: ServerUrl) -> RoomAddress {
    RoomAddress { server, room: "room".parse().unwrap(), token: None }
}

async fn next(connection: &mut Connection) -> ConnectionEvent {
    tokio::time::timeout(DEADLINE, connection.next()).await.expect("an event in time").expect("an event")
}

/// Joins; gives why not where that did not work.
async fn join(address: RoomAddress, dialer: &Dialer) -> Result<(Connection, Outbox, Box<Welcome>, Transport), String> {
    let mut connection = Connection::open(ConnectionSettings { address, dialer: dialer.clone() });
    loop {
        match next(&mut connection).await {
            ConnectionEvent::HelloWanted(answer) => drop(answer.send(HelloParts {
                name: "Ada".into(),
                color: None,
                client: ClientId::from_random_32(7),
                secret: "a secret of 16 ch".into(),
                documents: Vec::new(),
            })),
            ConnectionEvent::Welcomed { welcome, outbox, transport } => {
                return Ok((connection, outbox, welcome, transport));
            }
            ConnectionEvent::Disconnected { reason, .. } => return Err(reason),
            ConnectionEvent::Connecting | ConnectionEvent::Message(_) => {}
        }
    }
}

/// Joins, hears a pong, and leaves in order; gives what the connection was on.
async fn visit(address: RoomAddress, dialer: &Dialer) -> Result<Transport, String> {
    let (mut connection, outbox, _, transport) = join(address, dialer).await?;
    outbox.send(ClientMessage::from(Ping { nonce: 5 }));
    loop {
        match next(&mut connection).await {
            ConnectionEvent::Message(message) if matches!(*message, ServerMessage::Pong(_)) => break,
            ConnectionEvent::Message(_) => {}
            other => panic!("{other:?} instead of a pong"),
        }
    }
    drop(outbox);
    connection.close().await;
    Ok(transport)
}

#[tokio::test]
async fn each_transport_leads_into_the_room_and_auto_takes_quic_where_it_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), |_| {}).await;
    assert!(server.speaks_quic());
    let plain: ServerUrl = server.address().to_string().parse().unwrap();
    let dialer = |transport| Dialer::new(transport, folder.path());
    for (url, choice, wanted) in [
        (&plain, TransportChoice::Auto, Transport::WebSocket),
        (&encrypted(&server), TransportChoice::WebSocket, Transport::WebSocket),
        (&encrypted(&server), TransportChoice::Quic, Transport::Quic),
        (&encrypted(&server), TransportChoice::Auto, Transport::Quic),
    ] {
        assert_eq!(visit(room(url.clone()), &dialer(choice)).await, Ok(wanted), "{url} {choice:?}");
    }
    let refused = visit(room(plain), &dialer(TransportChoice::Quic)).await.unwrap_err();
    assert!(refused.contains("https://"), "{refused}");
    assert!(server.stop().await);
}

#[tokio::test]
async fn where_udp_leads_nowhere_the_room_is_joined_by_websocket() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), |config| config.quic = false).await;
    // Somebody who takes every datagram and answers none, as a firewall does.
    let _silent = std::net::UdpSocket::bind(server.address()).unwrap();
    let dialer = Dialer::new(TransportChoice::Auto, folder.path());
    assert_eq!(visit(room(encrypted(&server)), &dialer).await, Ok(Transport::WebSocket));
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_room_that_does_not_exist_is_named_on_each_transport() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), |config| config.create_on_join = false).await;
    for choice in [TransportChoice::Quic, TransportChoice::WebSocket, TransportChoice::Auto] {
        let refused = visit(room(encrypted(&server)), &Dialer::new(choice, folder.path())).await.unwrap_err();
        assert!(refused.contains("no such room"), "{choice:?}: {refused}");
    }
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_new_certificate_is_remembered_and_a_changed_one_refused_until_it_is_forgotten() {
    let [first, second, client] = [(), (), ()].map(|()| tempfile::tempdir().unwrap());
    let one = server(first.path(), |_| {}).await;
    let (url, address) = (encrypted(&one), one.address());
    let dialer = Dialer::new(TransportChoice::Auto, client.path());
    http::check(&url, &dialer.trust).await.unwrap();
    let news = dialer.trust.take_news();
    assert!(news[0].contains(&one.fingerprint().to_string()), "{news:?}");
    assert_eq!(visit(room(url.clone()), &dialer).await, Ok(Transport::Quic));
    assert!(dialer.trust.take_news().is_empty(), "the second transport shows the same certificate");
    assert!(one.stop().await);

    // The same address with another certificate.
    let other = server(second.path(), |config| config.listen = address.to_string().parse().unwrap()).await;
    match http::check(&url, &dialer.trust).await {
        Err(HttpError::Trust(TrustError::Changed { now, line: 1, .. })) => assert_eq!(now, other.fingerprint()),
        other => panic!("{other:?}"),
    }
    for choice in [TransportChoice::Auto, TransportChoice::Quic, TransportChoice::WebSocket] {
        let refused = visit(room(url.clone()), &Dialer::new(choice, client.path())).await.unwrap_err();
        assert!(refused.contains("has changed!") && refused.contains("pair-tui forget localhost:"), "{refused}");
    }
    assert_eq!(KnownServers::new(client.path()).forget("localhost").unwrap(), 1);
    assert_eq!(visit(room(url), &dialer).await, Ok(Transport::Quic));
    assert!(other.stop().await);
}

#[tokio::test]
async fn a_given_certificate_is_used_and_whoever_has_no_key_gets_no_trust() {
    let [first, second] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    let maker = server(first.path(), |_| {}).await;
    let fingerprint = maker.fingerprint();
    assert!(maker.stop().await);
    let pem = first.path().join("pair.tls.pem");
    let given = CertificateSource::Files { certificate: pem.clone(), key: pem };
    let other = server(second.path(), |config| config.certificate = given).await;
    assert_eq!(other.fingerprint(), fingerprint);
    assert!(!second.path().join("pair.tls.pem").exists(), "no other certificate is made");
    assert!(other.stop().await);
}

#[tokio::test]
async fn a_large_text_comes_whole_over_each_transport() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), |_| {}).await;
    let text = "a line of a large text\n".repeat(40_000);
    let dialer = |choice| Dialer::new(choice, folder.path());
    let putter = |id| PutSettings { name: "P".into(), client: ClientId::from_random_32(id), secret: "x".repeat(16) };
    put(room(encrypted(&server)), dialer(TransportChoice::Quic), &text, putter(1)).await.unwrap();
    for choice in [TransportChoice::Quic, TransportChoice::WebSocket] {
        let (connection, outbox, welcome, _) = join(room(encrypted(&server)), &dialer(choice)).await.unwrap();
        let mut document = protocol::Document::new(ClientId::from_random_32(9));
        document.apply(&welcome.documents[0].difference).unwrap();
        assert!(document.text() == text, "{choice:?}: {} bytes", document.len().0);
        assert!(!welcome.documents[0].snapshot);
        drop(outbox);
        connection.close().await;
    }
    assert!(server.stop().await);
}
