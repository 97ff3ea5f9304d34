//! `POST /autocomplete` with `Accept: text/event-stream`: pieces as they are made, then all of it.

use super::{
    CODE,
    support::{
        provider::{ScriptedProvider, Step, completion, head, say},
        server::TestServer,
        soon,
    },
    with,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The next event: its name and its data.
async fn next(answer: &mut reqwest::Response, read: &mut String) -> Option<(String, Value)> {
    loop {
        if let Some((event, rest)) = read.split_once("\n\n") {
            let field = |name: &str| {
                event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
            };
            let found = (field("event:"), serde_json::from_str(&field("data:")).unwrap());
            *read = rest.into();
            return Some(found);
        }
        let bytes = soon("an event", answer.chunk()).await.unwrap()?;
        read.push_str(std::str::from_utf8(&bytes).unwrap());
    }
}

#[tokio::test]
async fn pieces_come_as_they_are_made_and_whoever_hangs_up_stops_the_model() {
    let gate = Arc::new(Semaphore::new(0));
    let steps = vec![
        head("text/event-stream"),
        say(&completion("one ")),
        Step::Gate(Arc::clone(&gate)),
        say(&completion("two")),
        say("data: [DONE]\n\n"),
    ];
    let mut provider = ScriptedProvider::start(steps).await;
    let server = TestServer::start_with(with(&provider)).await;
    let ask = || {
        let body = json!({"code": CODE, "cursorPosition": CODE.len()}).to_string();
        let url = format!("http://{}/autocomplete", server.address());
        reqwest::Client::new().post(url).header("accept", "text/event-stream").body(body).send()
    };
    let (mut answer, mut read) = (ask().await.unwrap(), String::new());
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    // The second piece is not made before the first one is here.
    assert_eq!(next(&mut answer, &mut read).await, Some(("delta".into(), json!({"text": "one "}))));
    gate.add_permits(1);
    assert_eq!(next(&mut answer, &mut read).await, Some(("delta".into(), json!({"text": "two"}))));
    let (name, whole) = next(&mut answer, &mut read).await.unwrap();
    assert_eq!(
        (name.as_str(), &whole["suggestion"], &whole["provider"]),
        ("done", &"one two".into(), &"openai".into())
    );
    assert_eq!(whole["items"][0], json!({"text": "one two", "provider": "openai", "model": "scripted"}));
    assert_eq!(next(&mut answer, &mut read).await, None);
    provider.until_closed(1).await;
    let mut answer = ask().await.unwrap();
    assert!(next(&mut answer, &mut String::new()).await.is_some());
    drop(answer);
    provider.until_closed(2).await;
}

#[tokio::test]
async fn without_a_model_the_shape_is_what_it_always_was_and_more() {
    let server = TestServer::start().await;
    let answer = super::complete(server.address()).await;
    assert_eq!((&answer["suggestion"], &answer["provider"]), (&"ticipants".into(), &"local".into()));
    assert_eq!(answer["items"][0]["text"], "ticipants");
    let body = json!({"code": "", "cursorPosition": 0}).to_string();
    let (status, nothing) = super::post(server.address(), "/autocomplete", &body).await;
    assert_eq!((status.as_u16(), &nothing["suggestion"], &nothing["items"]), (200, &"".into(), &json!([])));
}
