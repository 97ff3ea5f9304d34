//! Whatever a client does wrong: it gets a clear error, and nobody else is disturbed. A witness in the same room keeps editing
//! throughout each story.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use pair_server::storage::{sqlite::SqliteStorage, url::DatabaseUrl};
use protocol::{
    ByteOffset, Document, ErrorCode, ServerMessage,
    codec::Codec,
    message::client::{Chat, Edit, EndSuggestion, Hello, SetPresence, SuggestionEnd},
    presence::{AnchoredSelection, Presence},
};
use serde_json::json;
use std::sync::Arc;
use support::{
    http::{code, get, new_room, post},
    pair::{CODECS, Identity, PairClient, PairSocket},
    plain::PlainClient,
    random::{Random, fresh_seed},
    server::TestServer,
    soon,
    witness::Witness,
};

const FRAME: usize = 64 << 10;
const DOCUMENT: usize = 16 << 10;

async fn small_server() -> TestServer {
    TestServer::start_with(|config| {
        config.limits.frame_bytes = FRAME;
        config.limits.document_bytes = DOCUMENT;
    })
    .await
}

#[tokio::test]
async fn broken_frames_end_nothing_but_a_plain_conversation() {
    let server = small_server().await;
    let witness = Witness::start(server.address(), "room").await;
    for codec in CODECS {
        let mut client = PairClient::join(server.address(), "room", "Broken", codec).await;
        let mut random = Random::new(fresh_seed());
        let whole = codec.encode_client(&Chat { text: "a whole message".to_owned() }.into());
        for _ in 0..30 {
            let mut broken = whole.to_vec();
            broken.truncate(random.index(whole.len()));
            client.link.send_bytes(&broken).await;
            let error = client.until_error().await;
            assert_eq!(error.code, ErrorCode::InvalidMessage, "{broken:?}");
            assert!(!error.message.is_empty());
        }
        let wrong_kind = match codec {
            Codec::Json => tokio_tungstenite::tungstenite::Message::binary(whole.to_vec()),
            Codec::MessagePack => tokio_tungstenite::tungstenite::Message::text("{}"),
        };
        futures::SinkExt::send(client.link.wire.websocket(), wrong_kind).await.unwrap();
        assert_eq!(client.until_error().await.code, ErrorCode::InvalidMessage);
        client.append("goes on").await;
        client.until_durable().await;
    }
    witness.finish().await;
}

#[tokio::test]
async fn a_frame_over_the_limit_is_named_before_the_close() {
    let server = small_server().await;
    let witness = Witness::start(server.address(), "room").await;
    // A little over, and so much that it never fits into the buffers of the operating system.
    for size in [FRAME + 1, 8 << 20] {
        for codec in CODECS {
            let mut client = PairClient::join(server.address(), "room", "Large", codec).await;
            // The server closes in the middle of it, so that sending may fail; the error must arrive all the same.
            drop(client.link.try_send(Chat { text: "x".repeat(size) }).await);
            let error = client.until_error().await;
            assert_eq!(error.code, ErrorCode::FrameTooLarge);
            assert!(error.message.contains("65536"), "{}", error.message);
            let (closing, closed) = client.until_closed().await;
            assert!(closing.is_some());
            assert!(size > FRAME + 1 || closed.is_some_and(|(code, _)| code == 1009));
        }
    }
    let (mut plain, _) = PlainClient::join(server.address(), "room").await;
    plain.update(&"x".repeat(FRAME), "large").await;
    assert_eq!(plain.until_closed().await.unwrap().0, 1009);
    witness.finish().await;
}

#[tokio::test]
async fn a_text_over_the_limit_is_refused_and_the_conversation_goes_on() {
    let server = small_server().await;
    let witness = Witness::start(server.address(), "other").await;
    let (mut plain, text) = PlainClient::join(server.address(), "room").await;
    plain.update(&"x".repeat(DOCUMENT + 1), "p").await;
    let refused = plain.until(|message| message["type"] == "error").await;
    assert_eq!(refused["code"], "document_too_large");
    assert!(refused["message"].as_str().unwrap().contains("16384"), "{refused}");
    plain.update("fits", "p").await;
    plain.until_code("fits").await;
    for codec in CODECS {
        let mut client = PairClient::join(server.address(), "room", "Large", codec).await;
        client.append(&"y".repeat(DOCUMENT)).await;
        let error = client.until_error().await;
        assert_eq!((error.code, error.seq), (ErrorCode::DocumentTooLarge, Some(client.seq)));
        client.until_durable().await;
    }
    assert_eq!(code(server.address(), "room").await, "fits");
    // Each text fits by itself, but not both: the plain client has not seen the other's.
    let mut pair = PairClient::join(server.address(), "room", "Pair", Codec::Json).await;
    pair.append(&"y".repeat(DOCUMENT - 100)).await;
    pair.until_durable().await;
    plain.update(&format!("{}fits", "x".repeat(DOCUMENT - 100)), "p").await;
    let refused = plain.until(|message| message["type"] == "error").await;
    assert_eq!(refused["code"], "document_too_large");
    assert!(code(server.address(), "room").await.len() <= DOCUMENT);
    let (status, answer) =
        post(server.address(), "/rooms", &json!({"code": "x".repeat(DOCUMENT + 1)}).to_string()).await;
    assert_eq!(status, 413);
    assert!(answer["detail"].as_str().unwrap().contains("16384"), "{answer}");
    drop(text);
    witness.finish().await;
}

#[tokio::test]
async fn names_versions_and_hellos_that_do_not_fit_disturb_nobody() {
    let server = TestServer::start().await;
    let witness = Witness::start(server.address(), "room").await;
    assert!(PlainClient::try_connect(server.address(), "..%2F..%2Fetc").await.is_err());
    let (status, answer) = post(server.address(), "/autocomplete", r#"{"code":"x","cursorPosition":-1}"#).await;
    assert_eq!((status.as_u16(), &answer["detail"][0]["loc"][1]), (422, &json!("cursorPosition")));
    for codec in CODECS {
        let mut newer = PairSocket::open(server.address(), "room", codec).await.unwrap();
        newer.send(Hello { version: 99, ..Identity::new("Newer").hello(None) }).await;
        assert_eq!(newer.refusal().await.0, ErrorCode::UnsupportedVersion);
        let mut client = PairClient::join(server.address(), "room", "Twice", codec).await;
        let again = client.identity.hello(None);
        client.send(again).await;
        assert_eq!(client.until_error().await.code, ErrorCode::AlreadyWelcomed);
        let unknown = match codec {
            Codec::Json => br#"{"type":"dance"}"#.to_vec(),
            Codec::MessagePack => b"\x81\xa4type\xa5dance".to_vec(),
        };
        client.link.send_bytes(&unknown).await;
        assert_eq!(client.until_error().await.code, ErrorCode::UnknownType);
        client.append("goes on").await;
        client.until_durable().await;
    }
    witness.finish().await;
}

#[tokio::test]
async fn a_client_that_never_says_hello_is_told_so_and_closed() {
    let server = TestServer::start().await;
    let witness = Witness::start(server.address(), "room").await;
    let waits = CODECS.map(|codec| {
        let address = server.address();
        async move {
            let mut link = PairSocket::open(address, "room", codec).await.unwrap();
            let (code, sentence, _) = link.refusal().await;
            assert_eq!(code, ErrorCode::HelloExpected);
            assert!(sentence.contains("10 s"), "{sentence}");
        }
    });
    futures::future::join_all(waits).await;
    witness.finish().await;
}

#[tokio::test]
async fn hostile_updates_never_harm_the_room() {
    let server = TestServer::start().await;
    let witness = Witness::start(server.address(), "room").await;
    let seed = fresh_seed();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    for codec in CODECS {
        let mut client = PairClient::join(server.address(), "room", "Mallory", codec).await;
        let mut source = Document::from_snapshot(client.identity.client, &client.document.snapshot()).unwrap();
        for n in 0..400 {
            let at = source.len().0 / 2;
            let at = (0..=at).rev().find(|at| source.text().is_char_boundary(*at)).unwrap_or(0);
            let mut update = source.edit(ByteOffset(at).span(0), "é😀x", n).unwrap();
            for _ in 0..=random.below(4) {
                let place = random.index(update.len());
                match random.below(4) {
                    0 => update[place] = u8::try_from(random.below(256)).unwrap(),
                    1 => update[place] ^= 1 << random.below(8),
                    2 => update.insert(place, 0xFF),
                    _ => drop(update.remove(place)),
                }
                if update.is_empty() {
                    update.push(0);
                }
            }
            client.seq = client.seq.next();
            let edit = Edit { document: client.path.clone(), seq: client.seq, update: update.into() };
            client.send(edit).await;
            // Some of them are valid after all; the reply is a receipt in any case.
            while client.receipt.received < client.seq {
                let message = client.link.next().await;
                if let ServerMessage::Receipt(receipt) = message {
                    client.receipt = receipt;
                }
            }
        }
    }
    let text = witness.finish().await;
    let fresh = PairClient::join(server.address(), "room", "Fresh", Codec::MessagePack).await;
    assert_eq!(fresh.document.text(), text, "a newcomer sees what the witness sees");
    let server = server.restart().await;
    assert_eq!(code(server.address(), "room").await, text, "and the room comes back from storage");
}

#[tokio::test]
async fn floods_of_talk_are_refused_or_skipped_and_cost_the_others_nothing() {
    let server = TestServer::start().await;
    let witness = Witness::start(server.address(), "room").await;
    for codec in CODECS {
        let mut flood = PairClient::join(server.address(), "room", "Flood", codec).await;
        let place = flood.document.anchor(ByteOffset(0), protocol::position::Association::Before);
        let selections = vec![AnchoredSelection { anchor: place, head: place }; 64];
        let request = protocol::RequestId::new(1).unwrap();
        for _ in 0..500 {
            flood.send(Chat { text: "x".repeat(4_000) }).await;
            flood
                .send(EndSuggestion {
                    participant: None,
                    request,
                    end: SuggestionEnd::Dismissed,
                    outcome: None,
                    part: false,
                })
                .await;
            let presence = Presence {
                document: flood.path.clone(),
                selections: selections.clone(),
                visible: None,
                following: None,
            };
            flood.send(SetPresence { presence }).await;
        }
        flood.append("done").await;
        let mut limited = 0;
        while flood.receipt.received < flood.seq {
            if let ServerMessage::Error(error) = flood.next().await {
                assert_eq!(error.code, ErrorCode::RateLimited);
                limited += 1;
            }
        }
        assert!(limited > 500, "{limited}");
    }
    witness.finish().await;
    let late = PairClient::join(server.address(), "room", "Late", Codec::Json).await;
    assert!(late.welcome.chat.len() <= 200);
}

#[tokio::test]
async fn a_full_disk_is_told_and_edits_go_on_until_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::SqliteFile(folder.path().join("pair.db"));
    let storage = Arc::new(SqliteStorage::open_with_page_limit(&url, 60).unwrap());
    let server = TestServer::start_on(storage, |_| {}).await;
    let mut ada = PairClient::join(server.address(), "room", "Ada", Codec::MessagePack).await;
    let mut bob = PairClient::join(server.address(), "room", "Bob", Codec::Json).await;
    let problem = |message: &ServerMessage| match message {
        ServerMessage::StorageState(state) => Some(state.problem.clone()),
        _ => None,
    };
    for _ in 0..20 {
        ada.append(&"x".repeat(20_000)).await;
    }
    let told = ada.until(problem).await.unwrap();
    assert!(told.contains("the disk is full"), "{told}");
    assert!(bob.until(problem).await.is_some(), "everybody is told");
    ada.until_received().await;
    assert!(ada.receipt.durable < ada.seq, "durable stands still");
    // Edits go on in memory, also with somebody new; making a room fails with a sentence.
    bob.append("bob").await;
    ada.until_contains("bob").await;
    let late = PairClient::join(server.address(), "room", "Late", Codec::Json).await;
    assert!(late.welcome.storage.problem.is_some());
    let (status, answer) = post(server.address(), "/rooms", &json!({"code": "x".repeat(300_000)}).to_string()).await;
    assert_eq!(status, 503);
    assert!(answer["detail"].as_str().unwrap().contains("the disk is full"), "{answer}");
    // Most of it is deleted again, and enough edits bring a snapshot that fits.
    let length = ada.document.len().0;
    ada.splice(0, length - 3, "").await;
    for _ in 0..2_100 {
        ada.append("y").await;
    }
    assert_eq!(ada.until(problem).await, None, "all is well again");
    ada.until_durable().await;
    bob.until_durable().await;
    let text = code(server.address(), "room").await;
    assert!(server.stop().await);
    let again = TestServer::start_with(|config| config.database = url).await;
    assert_eq!(code(again.address(), "room").await, text);
    drop(folder);
}

#[tokio::test]
async fn heads_that_never_end_hold_up_nobody_from_elsewhere() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let server = TestServer::start().await;
    let witness = Witness::start(server.address(), "room").await;
    let mut attackers = Vec::new();
    for n in 0..1_100 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut stream = soon("a connection", socket.connect(server.address())).await.unwrap();
        let head = if n % 2 == 0 { "GET /healthz HTTP/1.1\r\nhost: x\r\n" } else { "POST /rooms HT" };
        drop(tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await);
        attackers.push(stream);
    }
    let (room, _) = new_room(server.address(), "").await;
    assert_eq!(get(server.address(), "/healthz").await.0, 200);
    PlainClient::join(server.address(), &room).await;
    // They are closed in the end.
    let closed = attackers.iter_mut().map(|stream| async {
        let mut answer = Vec::new();
        drop(tokio::io::AsyncReadExt::read_to_end(stream, &mut answer).await);
    });
    soon("every head's end", futures::future::join_all(closed)).await;
    witness.finish().await;
}
