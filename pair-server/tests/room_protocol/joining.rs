//! Who may join a room and as what: hello and welcome, versions, client ids and their secrets, roles, full rooms.

use super::{
    ask,
    support::{
        http::{code, new_room},
        pair::{Identity, PairClient, PairSocket},
        plain::PlainClient,
        server::TestServer,
        wire::WAYS,
    },
};
use protocol::{
    ByteOffset, ErrorCode, RequestId, Sequence, ServerMessage,
    codec::Codec,
    message::{
        client::{AddDocument, Chat, Edit, Leave, Ping, SetLanguage, SetRole},
        server::ClosingReason,
    },
    presence::{Dialect, Role},
};

#[tokio::test]
async fn a_hello_is_answered_by_a_welcome_with_everything() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) =
            new_room(server.address(), r#"{"language":"rust","code":"fn main() {}\n","name":"src/main.rs"}"#).await;
        let mut ada = PairClient::join(server.address(), &room, "Ada\u{7} 🦦", way).await;
        assert_eq!(ada.document.text(), "fn main() {}\n");
        let welcome = ada.welcome.clone();
        assert_eq!((welcome.version, welcome.room.as_str(), welcome.language.as_str()), (1, room.as_str(), "rust"));
        assert_eq!((welcome.role, welcome.limits.frame_bytes), (Role::Editor, 16 << 20));
        assert_eq!(welcome.documents.len(), 1);
        assert_eq!(welcome.documents[0].document.as_str(), "src/main.rs");
        assert_eq!(welcome.storage.problem, None);
        let names: Vec<_> = welcome.participants.iter().map(|one| (one.id, one.name.as_str(), one.dialect)).collect();
        assert_eq!(names, [(welcome.participant, "Ada 🦦", Dialect::Pair)]);

        let bob = PairClient::join(server.address(), &room, "", way).await;
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
async fn viewers_read_and_chat_and_owners_give_roles() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, token) = new_room(server.address(), r#"{"guestRole":"viewer"}"#).await;
        let owner = Identity { token: Some(token), ..Identity::new("Owner") };
        let mut owner = PairClient::join_as(server.address(), &room, owner, way).await;
        assert_eq!(owner.welcome.role, Role::Owner);
        let mut guest = PairClient::join(server.address(), &room, "Guest", way).await;
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

        let mut link = PairSocket::open(server.address(), &room, way).await.unwrap();
        link.send(Identity { token: Some("wrong".to_owned()), ..Identity::new("x") }.hello(None)).await;
        assert_eq!(link.refusal().await.0, ErrorCode::InvalidToken);
    }
}

#[tokio::test]
async fn versions_are_agreed_on_or_refused_with_a_sentence() {
    let server = TestServer::start().await;
    for way in WAYS {
        let newer = protocol::message::client::Hello { version: 99, ..Identity::new("New").hello(None) };
        let mut link = PairSocket::open(server.address(), "room", way).await.unwrap();
        link.send(newer.clone()).await;
        let (code, sentence, _) = link.refusal().await;
        assert_eq!(code, ErrorCode::UnsupportedVersion);
        assert!(sentence.contains("99 to 99") && sentence.contains("1 to 1"), "{sentence}");
        let mut link = PairSocket::open(server.address(), "room", way).await.unwrap();
        link.send(protocol::message::client::Hello { min_version: Some(1), ..newer }).await;
        let ServerMessage::Welcome(welcome) = link.next().await else { panic!("a welcome should come") };
        assert_eq!(welcome.version, 1);
    }
}

#[tokio::test]
async fn the_first_message_must_be_a_hello() {
    let server = TestServer::start().await;
    for way in WAYS {
        let mut link = PairSocket::open(server.address(), "room", way).await.unwrap();
        link.send(Ping { nonce: 1 }).await;
        assert_eq!(link.refusal().await.0, ErrorCode::HelloExpected);
        let mut link = PairSocket::open(server.address(), "room", way).await.unwrap();
        let bytes = way.codec().encode_client(&Ping { nonce: 1 }.into());
        let mut unknown = bytes.to_vec();
        let at = unknown.windows(4).position(|word| word == b"ping").unwrap();
        unknown[at] = b'k';
        link.send_bytes(&unknown).await;
        assert_eq!(link.refusal().await.0, ErrorCode::HelloExpected);
        let mut link = PairSocket::open(server.address(), "room", way).await.unwrap();
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
async fn a_second_connection_of_a_client_takes_the_first_one_over() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut witness = PairClient::join(server.address(), &room, "W", way).await;
        let mut first = PairClient::join(server.address(), &room, "Ada", way).await;
        first.append("mine").await;
        first.until_durable().await;
        let mut second = PairClient::join_as(server.address(), &room, first.identity.clone(), way).await;
        let (closing, _) = first.until_closed().await;
        assert_eq!(
            closing.map(|closing| (closing.reason, closing.retry_after_ms)),
            Some((ClosingReason::Replaced, None))
        );
        assert!(second.welcome.resumed && second.participant() == first.participant(), "the same participant");
        second.append(" again").await;
        witness.until_contains("mine again").await;

        let thief = Identity { secret: "another secret of sixteen".to_owned(), ..second.identity.clone() };
        let mut link = PairSocket::open(server.address(), &room, way).await.unwrap();
        link.send(thief.hello(None)).await;
        assert_eq!(link.refusal().await.0, ErrorCode::ClientIdTaken);
        second.append("!").await;
        witness.until_contains("mine again!").await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_seen_as_away_and_its_client_comes_back_as_the_same() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut witness = PairClient::join(server.address(), &room, "W", way).await;
        let (mut plain, _) = PlainClient::join(server.address(), &room).await;
        let mut first = PairClient::join(server.address(), &room, "Ada", way).await;
        first.append("mine").await;
        first.until_durable().await;
        let (id, identity) = (first.participant(), first.identity.clone());
        // Without a goodbye: as when the machine loses its network and the kernel says so.
        drop(first);
        let away = witness.until(only!(ParticipantChanged)).await.participant;
        assert!(away.id == id && away.away);
        plain.until(|message| message["participants"] == 2).await;
        let mut again = PairClient::join_as(server.address(), &room, identity, way).await;
        assert!(again.welcome.resumed && again.participant() == id);
        let mut seen = Vec::new();
        again.append(" again").await;
        while !witness.document.text().contains("mine again") {
            seen.push(witness.next().await);
        }
        assert!(
            !seen.iter().any(|message| matches!(
                message,
                ServerMessage::ParticipantLeft(_) | ServerMessage::ParticipantJoined(_)
            )),
            "{seen:?}"
        );
        plain.until(|message| message["participants"] == 3).await;
        again.send(Leave {}).await;
        assert_eq!(witness.until(only!(ParticipantLeft)).await.participant, id);
    }
}

#[tokio::test]
async fn text_that_another_brought_back_can_be_claimed_by_its_writer() {
    let server = TestServer::start().await;
    for way in WAYS {
        // After a crash that lost Ada's claim and her text: Bob has her text and comes first.
        let (room, _) = new_room(server.address(), "").await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
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
        let back = PairClient::try_join(server.address(), &room, ada.clone(), way, hers).await;
        let mut back = back.map_err(|(_, error)| error).unwrap();
        back.until_durable().await;
        bob.until_contains("only Ada has this;seen by Bob;").await;
        let mut link = PairSocket::open(server.address(), &room, way).await.unwrap();
        link.send(Identity { secret: "another secret of sixteen".to_owned(), ..ada }.hello(None)).await;
        assert_eq!(link.refusal().await.0, ErrorCode::ClientIdTaken);
    }
}

#[tokio::test]
async fn a_full_room_turns_newcomers_away_and_lets_them_in_later() {
    let server = TestServer::start_with(|config| config.limits.room_participants = 2).await;
    let mut ada = PairClient::join(server.address(), "room", "Ada", Codec::Json).await;
    let (mut plain, _) = PlainClient::join(server.address(), "room").await;
    for way in WAYS {
        let mut link = PairSocket::open(server.address(), "room", way).await.unwrap();
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
