//! Edits, receipts, documents, coming back, and all dialects in one room.

use super::{
    START,
    support::{
        http::{code, get, new_room},
        pair::{Identity, PairClient},
        plain::PlainClient,
        server::TestServer,
        soon,
        wire::WAYS,
    },
};
use protocol::{
    ByteOffset, DocumentPath, ErrorCode, ServerMessage,
    codec::Codec,
    message::client::{AddDocument, Edit, Leave, Ping},
    presence::Dialect,
};

#[tokio::test]
async fn edits_reach_the_others_and_receipts_the_author() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
        for n in 0..50 {
            ada.append(&format!("a{n};")).await;
            bob.splice(0, 0, &format!("b{n};")).await;
        }
        ada.until_durable().await;
        bob.until_durable().await;
        assert_eq!((ada.receipt.received, ada.receipt.durable), (ada.seq, ada.seq));
        while ada.edits_seen < 50 {
            ada.next().await;
        }
        while bob.edits_seen < 50 {
            bob.next().await;
        }
        let text = ada.document.text();
        assert_eq!(text, bob.document.text());
        assert_eq!(text, code(server.address(), &room).await);
        for n in 0..50 {
            assert!(text.contains(&format!("a{n};")) && text.contains(&format!("b{n};")), "{text}");
        }
        let (_, shown) = get(server.address(), &format!("/rooms/{room}")).await;
        assert!(shown["lastAuthor"] == "Ada" || shown["lastAuthor"] == "Bob");
    }
}

#[tokio::test]
async fn a_refused_edit_is_named_and_counts_as_received() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let edit = |client: &mut PairClient, document: &str, update: Vec<u8>| {
            client.seq = client.seq.next();
            Edit { document: document.parse().unwrap(), seq: client.seq, update: update.into() }
        };
        let message = edit(&mut ada, "main", vec![1, 2, 3]);
        ada.send(message).await;
        let error = ada.until_error().await;
        assert_eq!((error.code, error.seq), (ErrorCode::InvalidEdit, Some(ada.seq)));
        let message = edit(&mut ada, "nowhere", vec![0, 0]);
        ada.send(message).await;
        let error = ada.until_error().await;
        assert_eq!(
            (error.code, error.seq, error.document.unwrap().as_str()),
            (ErrorCode::DocumentNotFound, Some(ada.seq), "nowhere")
        );
        // Somebody else's client id.
        let mut other = protocol::Document::new(Identity::new("x").client);
        let forged = other.edit(ByteOffset(0)..ByteOffset(0), "forged", 0).unwrap();
        let message = edit(&mut ada, "main", forged);
        ada.send(message).await;
        assert_eq!(ada.until_error().await.code, ErrorCode::ClientIdTaken);
        ada.until_durable().await;
        // An edit that skips one of its own.
        let skipped = ada.document.edit(ByteOffset(0)..ByteOffset(0), "skipped", 0).unwrap();
        ada.append("next").await;
        let error = ada.until_error().await;
        assert_eq!(error.code, ErrorCode::InvalidEdit);
        assert!(error.message.contains("send a difference"), "{}", error.message);
        drop(skipped);
        assert_eq!(code(server.address(), &room).await, START);
    }
}

#[tokio::test]
async fn documents_are_added_and_edited_each_by_itself() {
    let server = TestServer::start_with(|config| config.limits.room_documents = 3).await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
        let path: DocumentPath = "src/lib.rs".parse().unwrap();
        ada.send(AddDocument { document: path.clone() }).await;
        for client in [&mut ada, &mut bob] {
            assert_eq!(client.until(only!(DocumentAdded)).await.document, path);
        }
        ada.send(AddDocument { document: path.clone() }).await;
        let mut second = protocol::Document::new(ada.identity.client);
        let update = second.edit(ByteOffset(0)..ByteOffset(0), "pub mod x;\n", 0).unwrap();
        ada.seq = ada.seq.next();
        let edit = Edit { document: path.clone(), seq: ada.seq, update: update.into() };
        ada.send(edit).await;
        let seen = bob.until(only!(Edited)).await;
        assert_eq!(seen.document, path);
        ada.until_durable().await;
        assert_eq!(code(server.address(), &room).await, START, "the default document is another one");
        ada.send(AddDocument { document: "third".parse().unwrap() }).await;
        ada.send(AddDocument { document: "fourth".parse().unwrap() }).await;
        assert_eq!(ada.until_error().await.code, ErrorCode::TooManyDocuments);
        let late = PairClient::join(server.address(), &room, "Late", way).await;
        let paths: Vec<_> = late.welcome.documents.iter().map(|one| one.document.as_str()).collect();
        assert_eq!(paths, ["main", "src/lib.rs", "third"]);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_answered_and_the_conversation_goes_on() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let again = ada.identity.hello(None);
        ada.send(again).await;
        assert_eq!(ada.until_error().await.code, ErrorCode::AlreadyWelcomed);
        let dance = match way.codec() {
            Codec::Json => br#"{"type":"dance","steps":[1,2]}"#.to_vec(),
            Codec::MessagePack => b"\x81\xa4type\xa5dance".to_vec(),
        };
        ada.link.send_bytes(&dance).await;
        let error = ada.until_error().await;
        assert_eq!(error.code, ErrorCode::UnknownType);
        assert!(error.message.contains("dance"), "{}", error.message);
        for broken in [&b"{"[..], b"\xc1", b"[]", b""] {
            ada.link.send_bytes(broken).await;
            assert_eq!(ada.until_error().await.code, ErrorCode::InvalidMessage);
        }
        ada.send(Ping { nonce: u32::MAX }).await;
        assert_eq!(ada.until(only!(Pong)).await.nonce, u32::MAX);
        ada.append("still here").await;
        ada.until_durable().await;
    }
}

#[tokio::test]
async fn a_client_that_comes_back_brings_what_it_typed_and_gets_what_it_missed() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
        ada.append("one;").await;
        ada.until_durable().await;
        let (identity, mut document) = (ada.identity.clone(), ada.document);
        drop(ada.link);
        document.edit(document.len()..document.len(), "offline;", 0).unwrap();
        // It deletes as well, which no state vector counts.
        document.edit(ByteOffset(0)..ByteOffset(2), "", 0).unwrap();
        bob.splice(0, 0, "bob;").await;
        bob.until_durable().await;
        let mut ada = PairClient::try_join(server.address(), &room, identity, way, document)
            .await
            .map_err(|(_, error)| error)
            .unwrap();
        ada.until_durable().await;
        let wanted = "bob;Start collaborating...\none;offline;";
        bob.until_text(wanted).await;
        ada.until_text(wanted).await;
        assert_eq!(code(server.address(), &room).await, wanted);
    }
}

#[tokio::test]
async fn all_dialects_and_codecs_share_one_room() {
    let server = TestServer::start().await;
    let (room, _) = new_room(server.address(), r#"{"code":"start\n"}"#).await;
    let mut packed = PairClient::join(server.address(), &room, "Packed", Codec::MessagePack).await;
    let mut json = PairClient::join(server.address(), &room, "Json", Codec::Json).await;
    let (mut plain, text) = PlainClient::join(server.address(), &room).await;
    assert_eq!(text, "start\n");
    assert_eq!(packed.until(only!(ParticipantJoined)).await.participant.name, "Json");
    assert_eq!(packed.until(only!(ParticipantJoined)).await.participant.dialect, Dialect::Plain);
    plain.update("start\nplain 😀\n", "web").await;
    assert_eq!(packed.until(only!(ParticipantChanged)).await.participant.name, "web");
    packed.until_contains("plain 😀").await;
    packed.splice(0, 0, "packed;").await;
    json.until_contains("packed;").await;
    json.append("json;").await;
    let wanted = "packed;start\nplain 😀\njson;";
    packed.until_text(wanted).await;
    json.until_text(wanted).await;
    let sync = plain.until_code(wanted).await;
    assert!(sync["author"].is_string());
    assert_eq!(code(server.address(), &room).await, wanted);
    assert_eq!(get(server.address(), &format!("/rooms/{room}")).await.1["participants"], 3);
}

#[tokio::test]
async fn rooms_leave_memory_and_come_back_the_same() {
    let server = TestServer::start_with(|config| config.idle_room = std::time::Duration::ZERO).await;
    let mut text = START.to_owned();
    let identity = Identity::new("Ada");
    for n in 0..5 {
        let mut ada = PairClient::join_as(server.address(), "room", identity.clone(), Codec::MessagePack).await;
        assert_eq!(ada.document.text(), text, "round {n}");
        ada.append(&format!("{n};")).await;
        ada.until_received().await;
        text = format!("{text}{n};");
        ada.send(Leave {}).await;
        let (_, closed) = ada.until_closed().await;
        assert_eq!(closed.map(|(code, _)| code), Some(1000));
        // Long enough for the room to go in some rounds, and not in others.
        tokio::time::sleep(std::time::Duration::from_millis(60 * n)).await;
    }
    assert_eq!(soon("the room", code(server.address(), "room")).await, text);
}
