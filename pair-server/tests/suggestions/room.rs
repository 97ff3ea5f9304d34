//! One proposal in a room: everybody sees it stream while others edit, one takes it, and it lands where it belongs; it stops when nobody wants
//! it; whoever comes later sees what became of it.

use super::{
    support::{
        http::new_room,
        pair::PairClient,
        provider::{ScriptedProvider, Step, completion, head, say},
        server::TestServer,
        wire::WAYS,
    },
    with,
};
use protocol::{
    Anchor, ByteOffset, RequestId, ServerMessage,
    codec::Codec,
    message::{
        client::{EndSuggestion, Leave, RequestSuggestion, SuggestionEnd, SuggestionOutcome},
        server::SuggestionStarted,
    },
    position::Association,
};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Semaphore;

async fn ask(client: &mut PairClient, number: u64, at: usize) -> Anchor {
    let at = client.document.anchor(ByteOffset(at), Association::Before);
    let (request, document) = (RequestId::new(number).unwrap(), client.path.clone());
    client.send(RequestSuggestion { request, document, at, by_pause: false }).await;
    at
}

/// Reads until so much of the suggestion has come.
async fn until_streamed(client: &mut PairClient, text: &str) {
    let mut read = String::new();
    while read != text {
        if let ServerMessage::SuggestionDelta(delta) = client.next().await {
            read.push_str(&delta.text);
        }
    }
}

async fn until_done(client: &mut PairClient) -> String {
    let mut rest = String::new();
    loop {
        match client.next().await {
            ServerMessage::SuggestionDelta(delta) => rest.push_str(&delta.text),
            ServerMessage::SuggestionDone(_) => return rest,
            _ => {}
        }
    }
}

fn gated(gate: &Arc<Semaphore>) -> Vec<Step> {
    vec![head("text/event-stream"), say(&completion("make(")), Step::Gate(Arc::clone(gate)), say(&completion("a, b);"))]
}

#[tokio::test]
async fn a_proposal_streams_to_both_while_one_edits_above_and_one_below_and_lands_at_its_place() {
    let gate = Arc::new(Semaphore::new(0));
    let provider = ScriptedProvider::start(gated(&gate)).await;
    let server = TestServer::start_with(with(&provider)).await;
    for way in WAYS {
        let (room, _) = new_room(server.address(), &json!({"code": "above\nlet x = \nbelow\n"}).to_string()).await;
        let mut ada = PairClient::join(server.address(), &room, "Ada", way).await;
        let mut bob = PairClient::join(server.address(), &room, "Bob", way).await;
        ask(&mut ada, 1, 14).await;
        let started: SuggestionStarted =
            bob.until(|message| {
                if let ServerMessage::SuggestionStarted(started) = message { Some(started.clone()) } else { None }
            })
            .await;
        assert_eq!((started.provider.as_str(), started.model.as_str()), ("openai", "scripted"));
        assert!(started.at_ms > 1_700_000_000_000 && !started.by_pause);
        until_streamed(&mut bob, "make(").await;
        until_streamed(&mut ada, "make(").await;
        // It runs; one edits above, the other below.
        ada.splice(0, 5, "ABOVE, and more").await;
        let end = bob.document.len().0;
        bob.splice(end - 6, 5, "BELOW").await;
        let both = "ABOVE, and more\nlet x = \nBELOW\n";
        ada.until_text(both).await;
        bob.until_text(both).await;
        gate.add_permits(1);
        assert_eq!(until_done(&mut bob).await, "a, b);");
        assert_eq!(until_done(&mut ada).await, "a, b);");
        // Bob takes it, where its anchor is now.
        let at = bob.document.resolve(&started.at).unwrap();
        bob.document.stop_undo_group();
        bob.splice(at.0, 0, "make(a, b);").await;
        bob.document.stop_undo_group();
        let ending = EndSuggestion {
            participant: Some(ada.participant()),
            request: RequestId::new(1).unwrap(),
            end: SuggestionEnd::Accepted,
            outcome: Some(SuggestionOutcome::Whole),
            part: false,
        };
        bob.send(ending).await;
        let taken = "ABOVE, and more\nlet x = make(a, b);\nBELOW\n";
        ada.until_text(taken).await;
        let ended = ada
            .until(
                |message| if let ServerMessage::SuggestionEnded(ended) = message { Some(ended.clone()) } else { None },
            )
            .await;
        assert_eq!((ended.by, ended.outcome), (bob.participant(), Some(SuggestionOutcome::Whole)));
        // One undo of Bob's takes back that and no more, and keeps the others' edits.
        ada.append("later\n").await;
        bob.until_text(&format!("{taken}later\n")).await;
        let undone = bob.document.undo(0).unwrap();
        assert_eq!(bob.document.text(), format!("{both}later\n"));
        drop(undone);
        // Whoever comes now sees what became of it.
        let mut late = PairClient::join(server.address(), &room, "Late", way).await;
        let history = late
            .until(|message| {
                if let ServerMessage::SuggestionHistory(history) = message { Some(history.past.clone()) } else { None }
            })
            .await;
        let one = history.first().unwrap();
        assert_eq!((one.name.as_str(), one.by.as_str(), one.text.as_str()), ("Ada", "Bob", "make(a, b);"));
        assert_eq!((one.provider.as_str(), one.model.as_str()), ("openai", "scripted"));
        assert_eq!((one.outcome, history.len()), (SuggestionOutcome::Whole, 1));
    }
}

#[tokio::test]
async fn a_newcomer_sees_one_that_runs() {
    let gate = Arc::new(Semaphore::new(0));
    let provider = ScriptedProvider::start(gated(&gate)).await;
    let server = TestServer::start_with(with(&provider)).await;
    let (room, _) = new_room(server.address(), "").await;
    let mut ada = PairClient::join(server.address(), &room, "Ada", Codec::Json).await;
    ask(&mut ada, 1, 0).await;
    until_streamed(&mut ada, "make(").await;
    let mut late = PairClient::join(server.address(), &room, "Late", Codec::Json).await;
    until_streamed(&mut late, "make(").await;
    gate.add_permits(1);
    assert_eq!(until_done(&mut late).await, "a, b);");
}

#[tokio::test]
async fn a_model_stops_when_its_suggestion_is_cancelled_or_its_place_deleted_or_its_asker_gone() {
    let gate = Arc::new(Semaphore::new(0));
    let mut provider = ScriptedProvider::start(gated(&gate)).await;
    let server = TestServer::start_with(with(&provider)).await;
    let (room, _) = new_room(server.address(), &json!({"code": "one\ntwo\n"}).to_string()).await;
    let mut ada = PairClient::join(server.address(), &room, "Ada", Codec::Json).await;
    let mut bob = PairClient::join(server.address(), &room, "Bob", Codec::Json).await;
    let outcome = |message: &ServerMessage| {
        if let ServerMessage::SuggestionEnded(ended) = message { ended.outcome } else { None }
    };

    ask(&mut ada, 1, 5).await;
    until_streamed(&mut ada, "make(").await;
    let request = RequestId::new(1).unwrap();
    ada.send(EndSuggestion { participant: None, request, end: SuggestionEnd::Cancelled, outcome: None, part: false })
        .await;
    provider.until_closed(1).await;
    assert_eq!(bob.until(outcome).await, SuggestionOutcome::Cancelled);

    ask(&mut ada, 2, 5).await;
    until_streamed(&mut ada, "make(").await;
    bob.splice(4, 3, "").await;
    provider.until_closed(2).await;
    assert_eq!(bob.until(outcome).await, SuggestionOutcome::Expired);

    ada.until_text("one\n\n").await;
    ask(&mut ada, 3, 0).await;
    until_streamed(&mut ada, "make(").await;
    ada.send(Leave {}).await;
    provider.until_closed(3).await;
}
