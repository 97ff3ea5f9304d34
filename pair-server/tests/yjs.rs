//! The y-websocket dialect against a real server: the same room as everybody else's, and its rules. What real npm packages make of it
//! is shown by `pair-server/web/tests`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod support;

use protocol::{
    ClientId, Document, DocumentPath, ErrorCode, ServerMessage,
    codec::Codec,
    message::client::SetPresence,
    position::Association,
    presence::{AnchoredSelection, Dialect, Presence},
    yjs::{self, YjsMessage},
};
use std::sync::{Arc, atomic::Ordering};
use support::{
    eventually,
    hindered::Hindered,
    http::{code, get, new_room},
    pair::{Identity, PairClient},
    plain::PlainClient,
    server::TestServer,
    yjs::YjsClient,
};

const START: &str = "# Start collaborating...\n";

#[tokio::test]
async fn a_yjs_client_a_terminal_and_a_plain_client_share_one_text() {
    let server = TestServer::start().await;
    let mut grace = YjsClient::join(server.address(), "r").await;
    let mut ada = PairClient::join(server.address(), "r", "Ada", Codec::MessagePack).await;
    let (mut web, _) = PlainClient::join(server.address(), "r").await;
    assert_eq!(grace.document.text(), START);
    grace.insert(0, "grace ").await;
    ada.until_contains("grace ").await;
    ada.append("ada\n").await;
    grace.until_text(&format!("grace {START}ada\n")).await;
    web.until_code(&format!("grace {START}ada\n")).await;
    web.update(&format!("grace {START}ada\nweb\n"), "web").await;
    grace.until_text(&format!("grace {START}ada\nweb\n")).await;
    let (_, room) = get(server.address(), "/rooms/r").await;
    assert_eq!(room["participants"], 3);
    server.stop().await;
}

#[tokio::test]
async fn presence_is_seen_both_ways() {
    let server = TestServer::start().await;
    let mut ada = PairClient::join(server.address(), "r", "Ada", Codec::Json).await;
    let anchor = ada.document.anchor(protocol::ByteOffset(2), Association::After);
    let selection = AnchoredSelection { anchor, head: anchor };
    let presence =
        Presence { document: DocumentPath::main(), selections: vec![selection], visible: None, following: None };
    ada.send(SetPresence { presence: presence.clone() }).await;
    let mut grace = YjsClient::join(server.address(), "r").await;
    let state = grace.until_state("\"cursor\"").await;
    let item = anchor.item.unwrap();
    assert!(state.contains("\"name\":\"Ada\""), "{state}");
    assert!(state.contains(&format!("\"client\":{},\"clock\":{}", item.client, item.clock)), "{state}");

    let place = serde_json::json!({ "type": null, "tname": "code", "item": item, "assoc": 0 });
    let user = serde_json::json!({ "name": "Grace", "color": "#30bced" });
    grace.say(&serde_json::json!({ "user": user, "cursor": { "anchor": place, "head": place } }).to_string()).await;
    let who = ada
        .until(|message| match message {
            ServerMessage::ParticipantChanged(changed) => Some(changed.participant.clone()),
            _ => None,
        })
        .await;
    assert_eq!((who.name.as_str(), who.dialect), ("Grace", Dialect::Yjs));
    let seen = ada
        .until(|message| match message {
            ServerMessage::PresenceChanged(changed) if changed.participant == who.id => Some(changed.presence.clone()),
            _ => None,
        })
        .await;
    assert_eq!(seen, presence);
    drop(grace);
    ada.until(|message| match message {
        ServerMessage::ParticipantLeft(left) if left.participant == who.id => Some(()),
        _ => None,
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_restart_doubles_nothing_even_where_the_database_is_lost() {
    let server = TestServer::start().await;
    let mut grace = YjsClient::join(server.address(), "r").await;
    grace.insert(0, "kept ").await;
    let mut other = YjsClient::join(server.address(), "r").await;
    other.until_text(&format!("kept {START}")).await;
    let server = server.restart().await;
    let mut grace = YjsClient::join_with(server.address(), "r", grace.document).await;
    grace.insert(0, "still ").await;
    let mut other = YjsClient::join_with(server.address(), "r", other.document).await;
    other.until_text(&format!("still kept {START}")).await;
    server.stop().await;

    let empty = TestServer::start().await;
    let _grace = YjsClient::join_with(empty.address(), "r", grace.document).await;
    let mut third = YjsClient::join(empty.address(), "r").await;
    third.until_text(&format!("still kept {START}")).await;
    empty.stop().await;
}

#[tokio::test]
async fn each_path_is_a_document_of_its_own() {
    let server = TestServer::start().await;
    let mut ada = PairClient::join(server.address(), "r", "Ada", Codec::MessagePack).await;
    let mut grace = YjsClient::join(server.address(), "r/src/main.rs").await;
    let added = ada
        .until(|message| match message {
            ServerMessage::DocumentAdded(added) => Some(added.document.as_str().to_owned()),
            _ => None,
        })
        .await;
    assert_eq!((added.as_str(), grace.document.text().as_str()), ("src/main.rs", ""));
    grace.insert(0, "fn main() {}").await;
    let mut peer = YjsClient::join(server.address(), "r/src%2Fmain.rs/").await;
    peer.until_text("fn main() {}").await;
    assert_eq!(code(server.address(), "r").await, START);
    server.stop().await;
}

#[tokio::test]
async fn bad_bytes_close_that_connection_with_a_code_and_a_reason() {
    let server = TestServer::start().await;
    let mut witness = YjsClient::join(server.address(), "r").await;
    let other_root = [1, 1, 1, 0, 4, 1, 1, b'x', 1, b'h', 0];
    let cases: [(Vec<u8>, u16, &str); 6] = [
        (vec![0xDE, 0xAD, 0xBE, 0xEF], 1003, "the frame can't be read"),
        (vec![77], 1003, "message type 77"),
        (yjs::sync_step_1(&[9]).to_vec(), 1003, "state vector"),
        (yjs::update(&[1, 2, 3]).to_vec(), 4400, "the update"),
        (yjs::update(&other_root).to_vec(), 4400, "named code"),
        (vec![1, 4, 1, 5, 1, 200], 1003, "the frame can't be read"),
    ];
    for (frame, code, reason) in cases {
        let mut bad = YjsClient::join(server.address(), "r").await;
        bad.send(&frame).await;
        let (closed, why) = bad.until_closed().await;
        assert_eq!(closed, code, "{frame:?}: {why}");
        assert!(why.contains(reason), "{frame:?}: {why}");
    }
    witness.insert(0, "fine ").await;
    let mut peer = YjsClient::join(server.address(), "r").await;
    peer.until_text(&format!("fine {START}")).await;
    server.stop().await;
}

#[tokio::test]
async fn nobody_writes_under_the_client_id_of_somebody_else() {
    let server = TestServer::start().await;
    let mut ada = PairClient::join(server.address(), "r", "Ada", Codec::MessagePack).await;
    ada.append("ada").await;
    ada.until_durable().await;
    let mut grace = YjsClient::join(server.address(), "r").await;
    let mut forger = Document::new(ada.identity.client);
    forger.apply(&grace.document.snapshot()).unwrap();
    let lie = forger.edit(protocol::ByteOffset(0)..protocol::ByteOffset(0), "forged", 0).unwrap();
    grace.send(&yjs::update(&lie)).await;
    // It is asked for everything, because an honest client would have what is missing, and brings the same again until that is enough.
    grace.document = forger;
    let (closed, reason) = grace.until_closed().await;
    assert_eq!(closed, 4400);
    assert!(reason.contains("writes as client"), "{reason}");
    assert!(!code(server.address(), "r").await.contains("forged"));

    // A client of the room protocol can't take the id of a Yjs client either.
    let mut yjs = YjsClient::join(server.address(), "r").await;
    yjs.insert(0, "x").await;
    ada.until_contains("x").await;
    let identity = Identity { client: yjs.document.client(), ..Identity::new("Thief") };
    let document = Document::new(identity.client);
    let refused = PairClient::try_join(server.address(), "r", identity, Codec::Json, document).await;
    assert!(refused.err().is_some_and(|(_, why)| why.contains(&format!("{:?}", ErrorCode::ClientIdTaken))));
    server.stop().await;
}

#[tokio::test]
async fn viewers_see_and_point_but_write_nothing() {
    let server = TestServer::start().await;
    let (id, token) = new_room(server.address(), r#"{"guestRole":"viewer","code":"fixed"}"#).await;
    let mut viewer = YjsClient::join(server.address(), &id).await;
    let mut owner = YjsClient::join(server.address(), &format!("{id}?token={token}")).await;
    viewer.insert(0, "no ").await;
    viewer.until_message(|message| *message == YjsMessage::Auth).await;
    owner.insert(5, " by the owner").await;
    viewer.until_text("no fixed by the owner").await;
    assert_eq!(code(server.address(), &id).await, "fixed by the owner");
    let nobody = Document::new(ClientId::from_random_32(1));
    let mut wrong = YjsClient::connect(server.address(), &format!("{id}?token=wrong"), nobody).await;
    assert_eq!(wrong.until_closed().await.0, 4400);
    server.stop().await;
}

#[tokio::test]
async fn what_the_room_lacks_is_asked_for() {
    let server = TestServer::start().await;
    let mut grace = YjsClient::join(server.address(), "r").await;
    let before = grace.asked;
    // An update gets lost on its way; the next one stands on it.
    let start = protocol::ByteOffset(0)..protocol::ByteOffset(0);
    grace.document.edit(start, "lost ", 0).unwrap();
    grace.insert(5, "and found ").await;
    let mut peer = YjsClient::join(server.address(), "r").await;
    while grace.asked == before {
        grace.next().await.unwrap();
    }
    peer.until_text(&format!("lost and found {START}")).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_comes_back_takes_over_from_its_old_connection() {
    let server = TestServer::start().await;
    let mut old = YjsClient::join(server.address(), "r").await;
    old.insert(0, "mine ").await;
    let copy = Document::from_snapshot(old.document.client(), &old.document.snapshot()).unwrap();
    let mut new = YjsClient::join_with(server.address(), "r", copy).await;
    let (closed, _) = old.until_closed().await;
    assert_eq!(closed, 1013);
    new.insert(0, "still ").await;
    let mut peer = YjsClient::join(server.address(), "r").await;
    peer.until_text(&format!("still mine {START}")).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_while_the_server_can_store_no_more_is_told_to_come_back() {
    let storage = Arc::new(Hindered::default());
    let server = TestServer::start_on(storage.clone(), |config| config.limits.document_bytes = 64 << 20).await;
    let mut ada = PairClient::join(server.address(), "r", "Ada", Codec::MessagePack).await;
    storage.fails.store(true, Ordering::Relaxed);
    // A room takes 32 MiB that are not stored.
    for _ in 0..3 {
        ada.append(&"x".repeat(12 << 20)).await;
    }
    ada.until_closed().await;
    let nobody = || Document::new(ClientId::from_random_32(1));
    let mut grace = YjsClient::connect(server.address(), "r", nobody()).await;
    let (closed, reason) = grace.until_closed().await;
    assert_eq!(closed, 1013, "y-websocket stops for good on any code of 4400 to 4499: {reason}");
    assert!(reason.contains("can't store"), "{reason}");
    storage.fails.store(false, Ordering::Relaxed);
    eventually("it is let in", async || {
        YjsClient::connect(server.address(), "r", nobody()).await.next().await.ok().map(drop)
    })
    .await;
    server.stop().await;
}
