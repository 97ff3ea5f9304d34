//! The room protocol as `docs/protocol.md` describes it, over real sockets, each story in both codecs. Knows nothing of the
//! server's insides.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use protocol::{
    ByteOffset, DocumentPath, ErrorCode, RequestId, Sequence, ServerMessage,
    codec::Codec,
    message::{
        client::{
            AddDocument, Chat, Edit, EndSuggestion, Leave, Ping, RequestSuggestion, SetLanguage, SetPresence, SetRole,
            SuggestionEnd,
        },
        server::{ClosingReason, SuggestionDone},
    },
    position::Association,
    presence::{AnchoredSelection, Dialect, Presence, Role},
};
use serde_json::json;
use support::{
    http::{code, get, new_room},
    pair::{CODECS, Identity, PairClient, PairSocket},
    plain::PlainClient,
    server::TestServer,
    soon,
};

const START: &str = "# Start collaborating...\n";

/// The message of one variant, or none.
macro_rules! only {
    ($variant:ident) => {
        |message: &ServerMessage| {
            if let ServerMessage::$variant(message) = message { Some(message.clone()) } else { None }
        }
    };
}

#[tokio::test]
async fn a_hello_is_answered_by_a_welcome_with_everything() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, _) =
            new_room(server.address(), r#"{"language":"rust","code":"fn main() {}\n","name":"src/main.rs"}"#).await;
        let mut ada = PairClient::join(server.address(), &room, "Ada\u{7} 🦦", codec).await;
        assert_eq!(ada.document.text(), "fn main() {}\n");
        let welcome = ada.welcome.clone();
        assert_eq!((welcome.version, welcome.room.as_str(), welcome.language.as_str()), (1, room.as_str(), "rust"));
        assert_eq!((welcome.role, welcome.limits.frame_bytes), (Role::Editor, 16 << 20));
        assert_eq!(welcome.documents.len(), 1);
        assert_eq!(welcome.documents[0].document.as_str(), "src/main.rs");
        assert_eq!(welcome.storage.problem, None);
        let names: Vec<_> = welcome.participants.iter().map(|one| (one.id, one.name.as_str(), one.dialect)).collect();
        assert_eq!(names, [(welcome.participant, "Ada 🦦", Dialect::Pair)]);

        let bob = PairClient::join(server.address(), &room, "", codec).await;
        let joined = ada.until(only!(ParticipantJoined)).await.participant;
        assert_eq!((joined.id, joined.name.as_str(), joined.role), (bob.participant(), "guest", Role::Editor));
        assert_ne!(joined.color, welcome.participants[0].color, "each gets a colour of its own");
        assert_eq!(bob.welcome.participants.len(), 2);
        let mut bob = bob;
        bob.send(Leave {}).await;
        assert_eq!(ada.until(only!(ParticipantLeft)).await.participant, bob.participant());
    }
}

#[tokio::test]
async fn edits_reach_the_others_and_receipts_the_author() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", codec).await;
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
    for codec in CODECS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
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
async fn presence_reaches_the_others_and_ends_with_the_participant() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", codec).await;
        let place = ada.document.anchor(ByteOffset(2), Association::After);
        let selection = AnchoredSelection { anchor: place, head: place };
        let presence = Presence { document: DocumentPath::main(), selections: vec![selection], visible: None };
        ada.send(SetPresence { presence: presence.clone() }).await;
        let seen = bob.until(only!(PresenceChanged)).await;
        assert_eq!((seen.participant, &seen.presence), (ada.participant(), &presence));
        bob.splice(0, 0, "é😀").await;
        assert_eq!(bob.document.resolve(&seen.presence.selections[0].head), Some(ByteOffset(8)));
        // Too many selections are cut; a newcomer sees where everybody is.
        let many = Presence { selections: vec![selection; 100], ..presence };
        ada.send(SetPresence { presence: many }).await;
        assert_eq!(bob.until(only!(PresenceChanged)).await.presence.selections.len(), 64);
        let late = PairClient::join(server.address(), &room, "Late", codec).await;
        let shown = late.welcome.participants.iter().find(|one| one.id == ada.participant()).unwrap();
        assert_eq!(shown.presence.as_ref().unwrap().selections.len(), 64);
        // A connection that just breaks is gone at once as well.
        let gone = ada.participant();
        drop(ada);
        assert_eq!(bob.until(only!(ParticipantLeft)).await.participant, gone);
    }
}

fn ask(client: &PairClient, request: u64, at: usize) -> RequestSuggestion {
    RequestSuggestion {
        request: RequestId::new(request).unwrap(),
        document: client.path.clone(),
        at: client.document.anchor(ByteOffset(at), Association::Before),
    }
}

#[tokio::test]
async fn suggestions_are_streamed_to_everybody() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, _) = new_room(server.address(), r#"{"code":"participants = 1\nfor one in par"}"#).await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", codec).await;
        let message = ask(&ada, 7, ada.document.len().0);
        ada.send(message).await;
        for client in [&mut ada, &mut bob] {
            let started = client.until(only!(SuggestionStarted)).await;
            assert_eq!((started.request.get(), started.provider.as_str()), (7, "local"));
            let mut text = String::new();
            let done: SuggestionDone = loop {
                match client.next().await {
                    ServerMessage::SuggestionDelta(delta) => text.push_str(&delta.text),
                    ServerMessage::SuggestionDone(done) => break done,
                    _ => {}
                }
            };
            assert_eq!(text, "ticipants");
            assert_eq!((done.participant, done.provider.as_str()), (started.participant, "local"));
        }
        let ending = EndSuggestion {
            participant: Some(ada.participant()),
            request: RequestId::new(7).unwrap(),
            end: SuggestionEnd::Accepted,
        };
        bob.send(ending.clone()).await;
        for client in [&mut ada, &mut bob] {
            let ended = client.until(only!(SuggestionEnded)).await;
            assert_eq!(ended.end, SuggestionEnd::Accepted);
        }
        // One of somebody who is not here.
        bob.send(EndSuggestion { participant: Some(protocol::ParticipantId::new(1).unwrap()), ..ending }).await;
        assert_eq!(bob.until_error().await.code, ErrorCode::ParticipantNotFound);
        let mut lost = ask(&ada, 8, 0);
        lost.document = "nowhere".parse().unwrap();
        ada.send(lost).await;
        let error = ada.until_error().await;
        assert_eq!((error.code, error.request.unwrap().get()), (ErrorCode::DocumentNotFound, 8));
    }
}

#[tokio::test]
async fn a_very_long_line_makes_no_very_long_suggestion() {
    let server = TestServer::start().await;
    let long = format!("minified {}\nminified ", "a;".repeat(60_000));
    let (room, _) = new_room(server.address(), &json!({"code": long}).to_string()).await;
    let mut ada = PairClient::join(server.address(), &room, "Ada", Codec::Json).await;
    let message = ask(&ada, 1, ada.document.len().0);
    ada.send(message).await;
    let mut bytes = 0;
    loop {
        match ada.next().await {
            ServerMessage::SuggestionDelta(delta) => bytes += delta.text.len(),
            ServerMessage::SuggestionDone(_) => break,
            _ => {}
        }
    }
    assert!((100..=8 << 10).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn chat_and_language_reach_everybody_and_are_kept() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let room = format!("chat-{}", codec.subprotocol().replace('.', "-"));
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", codec).await;
        ada.send(Chat { text: "Hi! 👋\nline".to_owned() }).await;
        for client in [&mut ada, &mut bob] {
            let said = client.until(only!(ChatMessage)).await;
            assert_eq!((said.name.as_str(), said.text.as_str()), ("Ada", "Hi! 👋\nline"));
            assert!(said.participant.is_some() && said.at_ms > 1_700_000_000_000);
        }
        for text in [String::new(), " \n".to_owned(), "x".repeat(4_097)] {
            ada.send(Chat { text }).await;
            assert_eq!(ada.until_error().await.code, ErrorCode::InvalidText);
        }
        ada.send(SetLanguage { language: " rust ".to_owned() }).await;
        for client in [&mut ada, &mut bob] {
            assert_eq!(client.until(only!(LanguageChanged)).await.language, "rust");
        }
        for language in [String::new(), "x".repeat(65), "a\nb".to_owned()] {
            ada.send(SetLanguage { language }).await;
            assert_eq!(ada.until_error().await.code, ErrorCode::InvalidText);
        }
        let late = PairClient::join(server.address(), &room, "Late", codec).await;
        assert_eq!(late.welcome.chat.len(), 1);
        assert_eq!(late.welcome.chat[0].participant, None);
        assert_eq!(late.welcome.language, "rust");
    }
    let server = server.restart().await;
    let again = PairClient::join(server.address(), "chat-pair-v1-json", "Ada", Codec::Json).await;
    assert_eq!(again.welcome.chat[0].text, "Hi! 👋\nline");
    assert_eq!(again.welcome.language, "rust");
}

#[tokio::test]
async fn viewers_read_and_chat_and_owners_give_roles() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, token) = new_room(server.address(), r#"{"guestRole":"viewer"}"#).await;
        let owner = Identity { token: Some(token), ..Identity::new("Owner") };
        let mut owner = PairClient::join_as(server.address(), &room, owner, codec).await;
        assert_eq!(owner.welcome.role, Role::Owner);
        let mut guest = PairClient::join(server.address(), &room, "Guest", codec).await;
        assert_eq!(guest.welcome.role, Role::Viewer);

        let update = guest.document.edit(ByteOffset(0)..ByteOffset(0), "x", 0).unwrap();
        let edit = Edit { document: guest.path.clone(), seq: Sequence::ZERO.next(), update: update.clone().into() };
        guest.send(edit).await;
        assert_eq!(guest.until_error().await.code, ErrorCode::Forbidden);
        guest.send(SetLanguage { language: "rust".to_owned() }).await;
        assert_eq!(guest.until_error().await.code, ErrorCode::Forbidden);
        guest.send(AddDocument { document: "more".parse().unwrap() }).await;
        assert_eq!(guest.until_error().await.code, ErrorCode::Forbidden);
        let message = ask(&guest, 3, 0);
        guest.send(message).await;
        let error = guest.until_error().await;
        assert_eq!((error.code, error.request.map(RequestId::get)), (ErrorCode::Forbidden, Some(3)));
        guest.send(SetRole { participant: guest.participant(), role: Role::Owner }).await;
        assert_eq!(guest.until_error().await.code, ErrorCode::Forbidden);
        guest.send(Chat { text: "may I?".to_owned() }).await;
        assert_eq!(owner.until(only!(ChatMessage)).await.text, "may I?");

        owner.send(SetRole { participant: protocol::ParticipantId::new(1).unwrap(), role: Role::Editor }).await;
        assert_eq!(owner.until_error().await.code, ErrorCode::ParticipantNotFound);
        owner.send(SetRole { participant: guest.participant(), role: Role::Editor }).await;
        assert_eq!(guest.until(only!(ParticipantChanged)).await.participant.role, Role::Editor);
        let edit = Edit { document: guest.path.clone(), seq: Sequence::new(2).unwrap(), update: update.into() };
        guest.send(edit).await;
        owner.until_contains("x#").await;

        // Plain clients bring no token: they are guests.
        let (mut plain, _) = PlainClient::join(server.address(), &room).await;
        plain.update("all mine", "mallory").await;
        let refused = plain.until(|message| message["type"] == "error").await;
        assert_eq!(refused["code"], "forbidden");
        assert!(!code(server.address(), &room).await.contains("mine"));

        let mut link = PairSocket::open(server.address(), &room, codec).await.unwrap();
        link.send(Identity { token: Some("wrong".to_owned()), ..Identity::new("x") }.hello(None)).await;
        assert_eq!(link.refusal().await.0, ErrorCode::InvalidToken);
    }
}

#[tokio::test]
async fn documents_are_added_and_edited_each_by_itself() {
    let server = TestServer::start_with(|config| config.limits.room_documents = 3).await;
    for codec in CODECS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", codec).await;
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
        let late = PairClient::join(server.address(), &room, "Late", codec).await;
        let paths: Vec<_> = late.welcome.documents.iter().map(|one| one.document.as_str()).collect();
        assert_eq!(paths, ["main", "src/lib.rs", "third"]);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_answered_and_the_conversation_goes_on() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
        let again = ada.identity.hello(None);
        ada.send(again).await;
        assert_eq!(ada.until_error().await.code, ErrorCode::AlreadyWelcomed);
        let dance = match codec {
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
async fn versions_are_agreed_on_or_refused_with_a_sentence() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let newer = protocol::message::client::Hello { version: 99, ..Identity::new("New").hello(None) };
        let mut link = PairSocket::open(server.address(), "room", codec).await.unwrap();
        link.send(newer.clone()).await;
        let (code, sentence, _) = link.refusal().await;
        assert_eq!(code, ErrorCode::UnsupportedVersion);
        assert!(sentence.contains("99 to 99") && sentence.contains("1 to 1"), "{sentence}");
        let mut link = PairSocket::open(server.address(), "room", codec).await.unwrap();
        link.send(protocol::message::client::Hello { min_version: Some(1), ..newer }).await;
        let ServerMessage::Welcome(welcome) = link.next().await else { panic!("a welcome should come") };
        assert_eq!(welcome.version, 1);
    }
}

#[tokio::test]
async fn the_first_message_must_be_a_hello() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let mut link = PairSocket::open(server.address(), "room", codec).await.unwrap();
        link.send(Ping { nonce: 1 }).await;
        assert_eq!(link.refusal().await.0, ErrorCode::HelloExpected);
        let mut link = PairSocket::open(server.address(), "room", codec).await.unwrap();
        let bytes = codec.encode_client(&Ping { nonce: 1 }.into());
        let mut unknown = bytes.to_vec();
        let at = unknown.windows(4).position(|word| word == b"ping").unwrap();
        unknown[at] = b'k';
        link.send_bytes(&unknown).await;
        assert_eq!(link.refusal().await.0, ErrorCode::HelloExpected);
        let mut link = PairSocket::open(server.address(), "room", codec).await.unwrap();
        link.send(Identity { secret: "short".to_owned(), ..Identity::new("x") }.hello(None)).await;
        let (code, sentence, close) = link.refusal().await;
        assert_eq!((code, close), (ErrorCode::InvalidMessage, 1008));
        assert!(sentence.contains("16 to 64"), "{sentence}");
    }
}

#[tokio::test]
async fn subprotocols_that_nobody_knows_are_refused_by_name() {
    use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};
    let server = TestServer::start().await;
    let connect = async |offered: &'static str| {
        let mut request = format!("ws://{}/ws/room", server.address()).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", offered.parse().unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    match connect("pair.v9.cbor").await {
        Err(tungstenite::Error::Http(response)) => {
            assert_eq!(response.status(), 400);
            let body = String::from_utf8_lossy(response.body().as_deref().unwrap_or_default()).into_owned();
            assert!(body.contains("pair.v1.msgpack") && body.contains("pair.v1.json"), "{body}");
        }
        other => panic!("{other:?}"),
    }
    let (_, response) = connect("pair.v9.cbor, pair.v1.json").await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "pair.v1.json");
}

#[tokio::test]
async fn a_client_that_comes_back_brings_what_it_typed_and_gets_what_it_missed() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", codec).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", codec).await;
        ada.append("one;").await;
        ada.until_durable().await;
        let (identity, mut document) = (ada.identity.clone(), ada.document);
        drop(ada.link);
        document.edit(document.len()..document.len(), "offline;", 0).unwrap();
        // It deletes as well, which no state vector counts.
        document.edit(ByteOffset(0)..ByteOffset(2), "", 0).unwrap();
        bob.splice(0, 0, "bob;").await;
        bob.until_durable().await;
        let mut ada = PairClient::try_join(server.address(), &room, identity, codec, document)
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
async fn a_second_connection_of_a_client_takes_the_first_one_over() {
    let server = TestServer::start().await;
    for codec in CODECS {
        let (room, _) = new_room(server.address(), "").await;
        let mut witness = PairClient::join(server.address(), &room, "W", codec).await;
        let mut first = PairClient::join(server.address(), &room, "Ada", codec).await;
        first.append("mine").await;
        first.until_durable().await;
        let mut second = PairClient::join_as(server.address(), &room, first.identity.clone(), codec).await;
        let (closing, _) = first.until_closed().await;
        assert_eq!(
            closing.map(|closing| (closing.reason, closing.retry_after_ms)),
            Some((ClosingReason::Replaced, None))
        );
        assert_eq!(witness.until(only!(ParticipantLeft)).await.participant, first.participant());
        second.append(" again").await;
        witness.until_contains("mine again").await;

        let thief = Identity { secret: "another secret of sixteen".to_owned(), ..second.identity.clone() };
        let mut link = PairSocket::open(server.address(), &room, codec).await.unwrap();
        link.send(thief.hello(None)).await;
        assert_eq!(link.refusal().await.0, ErrorCode::ClientIdTaken);
        second.append("!").await;
        witness.until_contains("mine again!").await;
    }
}

#[tokio::test]
async fn text_that_another_brought_back_can_be_claimed_by_its_writer() {
    let server = TestServer::start().await;
    for codec in CODECS {
        // After a crash that lost Ada's claim and her text: Bob has her text and comes first.
        let (room, _) = new_room(server.address(), "").await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", codec).await;
        let ada = Identity::new("Ada");
        let mut hers = protocol::Document::from_snapshot(ada.client, &bob.document.snapshot()).unwrap();
        let seen = hers.edit(ByteOffset(0)..ByteOffset(0), "seen by Bob;", 0).unwrap();
        hers.edit(ByteOffset(0)..ByteOffset(0), "only Ada has this;", 0).unwrap();
        bob.document.apply(&seen).unwrap();
        bob.seq = bob.seq.next();
        let difference =
            protocol::message::client::Difference { document: bob.path.clone(), seq: bob.seq, update: seen.into() };
        bob.send(difference).await;
        bob.until_durable().await;
        let back = PairClient::try_join(server.address(), &room, ada.clone(), codec, hers).await;
        let mut back = back.map_err(|(_, error)| error).unwrap();
        back.until_durable().await;
        bob.until_contains("only Ada has this;seen by Bob;").await;
        let mut link = PairSocket::open(server.address(), &room, codec).await.unwrap();
        link.send(Identity { secret: "another secret of sixteen".to_owned(), ..ada }.hello(None)).await;
        assert_eq!(link.refusal().await.0, ErrorCode::ClientIdTaken);
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
async fn a_full_room_turns_newcomers_away_and_lets_them_in_later() {
    let server = TestServer::start_with(|config| config.limits.room_participants = 2).await;
    let mut ada = PairClient::join(server.address(), "room", "Ada", Codec::Json).await;
    let (mut plain, _) = PlainClient::join(server.address(), "room").await;
    for codec in CODECS {
        let mut link = PairSocket::open(server.address(), "room", codec).await.unwrap();
        link.send(Identity::new("x").hello(None)).await;
        let (code, _, close) = link.refusal().await;
        assert_eq!((code, close), (ErrorCode::RoomFull, 1013));
    }
    let mut turned_away = PlainClient::connect(server.address(), "room").await;
    assert_eq!(turned_away.until_closed().await.unwrap().0, 1013);
    ada.append("not disturbed").await;
    plain.until(|message| message["code"].as_str().is_some_and(|code| code.contains("not disturbed"))).await;
    plain.close().await;
    ada.until(only!(ParticipantLeft)).await;
    PairClient::join(server.address(), "room", "Late", Codec::Json).await;
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
