//! What the server logs, and the traces that it sends to a collector: whose they are, and what they never hold.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod support;

use axum::{Router, body::Bytes, routing::post};
use protocol::{codec::Codec, message::client::Chat};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use support::{
    http,
    pair::{Identity, PairClient},
    plain::PlainClient,
    process::ServerProcess,
    yjs::YjsClient,
};

/// What people wrote.
const WRITTEN: [&str; 6] =
    ["first-text-of-the-room", "typed-in-msgpack", "typed-in-json", "typed-as-plain", "typed-in-yjs", "said-in-chat"];

/// Everything that can be written is written; gives what must be nowhere, and the room.
async fn write_everything(address: SocketAddr) -> (Vec<String>, String) {
    let (room, token) = http::new_room(address, r#"{"code":"first-text-of-the-room"}"#).await;
    let mut secrets: Vec<String> = WRITTEN.iter().map(|text| (*text).to_owned()).collect();
    for (codec, text) in [(Codec::MessagePack, WRITTEN[1]), (Codec::Json, WRITTEN[2])] {
        let identity = Identity { token: Some(token.clone()), ..Identity::new("Ada") };
        secrets.push(identity.secret.clone());
        let mut client = PairClient::join_as(address, &room, identity, codec).await;
        client.append(text).await;
        client.send(Chat { text: WRITTEN[5].to_owned() }).await;
        client.until_durable().await;
    }
    let mut plain = PlainClient::connect(address, &room).await;
    plain.update(WRITTEN[3], "Linus").await;
    plain.until_code(WRITTEN[3]).await;
    let mut yjs = YjsClient::join(address, &format!("{room}?token={token}")).await;
    yjs.insert(0, WRITTEN[4]).await;
    plain.until(|message| message["code"].as_str().is_some_and(|code| code.contains(WRITTEN[4]))).await;
    let (status, _) =
        http::post(address, "/autocomplete", r#"{"code":"first-text-of-the-room","cursorPosition":3}"#).await;
    assert_eq!(status, 200);
    secrets.push(token);
    (secrets, room)
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_say_room_and_participant_and_never_a_text_or_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = ServerProcess::start(folder.path(), &["--log=trace", "--log-format=json"]);
    let (secrets, room) = write_everything(process.address()).await;
    process.signal("TERM");
    assert!(process.wait().success());
    let log = process.log();
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "the log holds {secret}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let joined = lines.iter().filter(|line| line["fields"]["message"] == "a participant joined");
    let sessions: Vec<_> = joined.map(|line| &line["span"]).collect();
    assert_eq!(sessions.len(), 2, "{log}");
    for session in sessions {
        assert_eq!((session["name"].as_str(), session["room"].as_str()), (Some("session"), Some(room.as_str())));
        assert!(session["participant"].as_str().is_some_and(|participant| !participant.is_empty()), "{session}");
    }
}

/// A collector of traces that keeps what it is sent.
async fn collector() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let received: Arc<Mutex<Vec<u8>>> = Arc::default();
    let keeps = Arc::clone(&received);
    let app = Router::new()
        .route("/v1/traces", post(async move |body: Bytes| keeps.lock().unwrap().extend_from_slice(&body)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio_util::task::TaskTracker::new().spawn(async move { axum::serve(listener, app).await });
    (address, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_sessions_and_storage_of_a_room() {
    let (collector, received) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let endpoint = format!("--otlp-endpoint=http://{collector}");
    let mut process = ServerProcess::start(folder.path(), &[&endpoint]);
    let (secrets, room) = write_everything(process.address()).await;
    process.signal("TERM");
    // The last spans leave before the process ends.
    assert!(process.wait().success());
    let sent = String::from_utf8_lossy(&received.lock().unwrap()).into_owned();
    for part in
        ["pair-server", "session", "storage", "append", "request", "websocket", room.as_str(), "a participant joined"]
    {
        assert!(sent.contains(part), "no span says {part}");
    }
    for secret in &secrets {
        assert!(!sent.contains(secret.as_str()), "a span holds {secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens on a port that was just given back.
    let away = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut process = ServerProcess::start(folder.path(), &[&format!("--otlp-endpoint=http://{away}")]);
    write_everything(process.address()).await;
    process.signal("TERM");
    assert!(process.wait().success());
}
