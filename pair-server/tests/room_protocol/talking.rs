//! What changes no text: presence, suggestions, chat, summons, language.

use super::{
    ask,
    support::{http::new_room, pair::PairClient, server::TestServer, wire::WAYS},
};
use protocol::{
    ByteOffset, DocumentPath, ErrorCode, RequestId, ServerMessage,
    codec::Codec,
    message::{
        client::{Chat, EndSuggestion, Leave, SetLanguage, SetPresence, SuggestionEnd, Summon},
        server::SuggestionDone,
    },
    position::Association,
    presence::{AnchoredSelection, Presence},
};
use serde_json::json;

#[tokio::test]
async fn presence_reaches_the_others_and_ends_with_the_participant() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
        let place = ada.document.anchor(ByteOffset(2), Association::After);
        let selection = AnchoredSelection { anchor: place, head: place };
        let presence =
            Presence { document: DocumentPath::main(), selections: vec![selection], visible: None, following: None };
        ada.send(SetPresence { presence: presence.clone() }).await;
        let seen = bob.until(only!(PresenceChanged)).await;
        assert_eq!((seen.participant, &seen.presence), (ada.participant(), &presence));
        bob.splice(0, 0, "é😀").await;
        assert_eq!(bob.document.resolve(&seen.presence.selections[0].head), Some(ByteOffset(8)));
        // Too many selections are cut; a newcomer sees where everybody is.
        let many = Presence { selections: vec![selection; 100], ..presence };
        ada.send(SetPresence { presence: many }).await;
        assert_eq!(bob.until(only!(PresenceChanged)).await.presence.selections.len(), 64);
        let late = PairClient::join(server.address(), &room, "Late", way).await;
        let shown = late.welcome.participants.iter().find(|one| one.id == ada.participant()).unwrap();
        assert_eq!(shown.presence.as_ref().unwrap().selections.len(), 64);
        // A connection that just breaks is away at once, and one that says goodbye is gone.
        let away = late.participant();
        drop(late);
        let seen = bob.until(only!(ParticipantChanged)).await.participant;
        assert!(seen.id == away && seen.away);
        let gone = ada.participant();
        ada.send(Leave {}).await;
        assert_eq!(bob.until(only!(ParticipantLeft)).await.participant, gone);
    }
}

#[tokio::test]
async fn suggestions_are_streamed_to_everybody() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), r#"{"code":"participants = 1\nfor one in par"}"#).await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
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
            outcome: None,
            part: false,
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
    assert!((1..=8 << 10).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn chat_and_language_reach_everybody_and_are_kept() {
    let server = TestServer::start().await;
    for way in WAYS {
        let room = format!("chat-{}", way.name());
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
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
        let late = PairClient::join(server.address(), &room, "Late", way).await;
        assert_eq!(late.welcome.chat.len(), 1);
        assert_eq!(late.welcome.chat[0].participant, None);
        assert_eq!(late.welcome.language, "rust");
    }
    let server = server.restart().await;
    let again = PairClient::join(server.address(), "chat-ws-json-", "Ada", Codec::Json).await;
    assert_eq!(again.welcome.chat[0].text, "Hi! 👋\nline");
    assert_eq!(again.welcome.language, "rust");
}

#[tokio::test]
async fn a_summons_reaches_the_others_and_whom_one_follows_is_known() {
    let server = TestServer::start().await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), "").await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
        let at = ada.document.anchor(ByteOffset(2), Association::After);
        let summon = Summon { document: DocumentPath::main(), at };
        ada.send(summon.clone()).await;
        let summoned = bob.until(only!(Summoned)).await;
        assert_eq!((summoned.participant, summoned.document, summoned.at), (ada.participant(), summon.document, at));
        let follows = Presence {
            document: DocumentPath::main(),
            selections: Vec::new(),
            visible: None,
            following: Some(ada.participant()),
        };
        bob.send(SetPresence { presence: follows.clone() }).await;
        assert_eq!(ada.until(only!(PresenceChanged)).await.presence, follows);
        ada.send(Summon { document: "nowhere".parse().unwrap(), at }).await;
        let error = ada.until_error().await;
        assert_eq!((error.code, error.document), (ErrorCode::DocumentNotFound, "nowhere".parse().ok()));
        // Two were asked for; a third may be at once, no fourth.
        for _ in 0..2 {
            ada.send(Summon { document: DocumentPath::main(), at }).await;
        }
        assert_eq!(ada.until_error().await.code, ErrorCode::RateLimited);
        bob.until(only!(Summoned)).await;
        ada.send(Chat { text: "come, please".to_owned() }).await;
        loop {
            match bob.next().await {
                ServerMessage::Summoned(_) => panic!("one more than is allowed came through"),
                ServerMessage::ChatMessage(_) => break,
                _ => {}
            }
        }
    }
}
