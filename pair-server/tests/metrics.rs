//! What an operator sees of a server: its metrics, who may read them, and whether it is ready.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod support;

use protocol::{ErrorCode, ServerMessage, codec::Codec, message::client::SetRole, presence::Role};
use reqwest::StatusCode;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
};
use support::{
    eventually,
    hindered::Hindered,
    http,
    pair::{PairClient, PairSocket},
    plain::PlainClient,
    process::ServerProcess,
    server::TestServer,
    wire::Way,
};

/// Every series with its value; the text must be whole.
fn series(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with("# EOF\n"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line:?} is no series"));
            (name.to_owned(), value.parse().unwrap_or_else(|error| panic!("{line:?}: {error}")))
        })
        .collect()
}

async fn scrape(address: SocketAddr) -> String {
    let answer = http::request(address, reqwest::Method::GET, "/metrics", None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    answer.text().await.unwrap()
}

/// Scrapes until a series has a value.
async fn until(address: SocketAddr, name: &str, value: f64) {
    eventually(&format!("{name} {value}"), || async {
        let all = series(&scrape(address).await);
        let found = all.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        ((found - value).abs() < f64::EPSILON).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_connections_and_storage_are_counted() {
    let server = TestServer::start_with(|config| config.idle_room = std::time::Duration::from_millis(200)).await;
    let address = server.address();
    let (room, _) = http::new_room(address, r#"{"code":""}"#).await;
    let mut ada = PairClient::join(address, &room, "Ada Lovelace", Codec::MessagePack).await;
    let mut grace = PairClient::join(address, &room, "Grace Hopper", Way::Quic).await;
    let mut plain = PlainClient::connect(address, &room).await;
    for n in 0..10 {
        ada.append(&format!("private text {n}\n")).await;
    }
    ada.until_durable().await;
    grace.until_contains("private text 9").await;
    plain.until_code(&ada.document.text()).await;
    let longer = format!("{}all new\n", ada.document.text());
    plain.update(&longer, "plain").await;
    ada.until_text(&longer).await;
    until(address, r#"pair_participants{dialect="pair"}"#, 2.0).await;
    until(address, "pair_edit_durable_seconds_count", 11.0).await;
    let text = scrape(address).await;
    for secret in [room.as_str(), "Lovelace", "private", "all new", ada.identity.secret.as_str()] {
        assert!(!text.contains(secret), "the metrics hold {secret:?}:\n{text}");
    }
    let all = series(&text);
    for (name, value) in [
        (r#"pair_edits_total{dialect="pair"}"#, 10.0),
        (r#"pair_edits_total{dialect="plain"}"#, 1.0),
        ("pair_edit_broadcast_seconds_count", 11.0),
        (r#"pair_connections{dialect="pair",transport="websocket"}"#, 1.0),
        (r#"pair_connections{dialect="pair",transport="quic"}"#, 1.0),
        (r#"pair_connections{dialect="plain",transport="websocket"}"#, 1.0),
        (r#"pair_rooms{size="4KiB"}"#, 1.0),
        (r#"pair_storage_errors_total{operation="append"}"#, 0.0),
        (r#"pair_storage_waiting{operation="append"}"#, 0.0),
        (r#"pair_http_requests_total{route="/rooms",method="POST",status="200"}"#, 1.0),
    ] {
        assert_eq!(all.get(name), Some(&value), "{name} in\n{text}");
    }
    for more_than_nothing in [
        r#"pair_received_bytes_total{transport="websocket"}"#,
        r#"pair_sent_bytes_total{transport="quic"}"#,
        r#"pair_room_memory_bytes{size="4KiB"}"#,
        r#"pair_storage_seconds_count{operation="append"}"#,
        "pair_storage_records_total",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(all.get(more_than_nothing).is_some_and(|value| *value > 0.0), "{more_than_nothing} in\n{text}");
    }
    drop((ada, grace, plain));
    until(address, r#"pair_connections{dialect="pair",transport="websocket"}"#, 0.0).await;
    until(address, r#"pair_connections{dialect="plain",transport="websocket"}"#, 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_takes_its_gauges_with_it_and_closes_say_why() {
    let server = TestServer::start_with(|config| config.idle_room = std::time::Duration::ZERO).await;
    let address = server.address();
    let (room, _) = http::new_room(address, "").await;
    let mut plain = PlainClient::connect(address, &room).await;
    until(address, r#"pair_participants{dialect="plain"}"#, 1.0).await;
    plain.send("this is no JSON").await;
    until(address, r#"pair_connections_closed_total{reason="unsupported"}"#, 1.0).await;
    until(address, r#"pair_participants{dialect="plain"}"#, 0.0).await;
    until(address, r#"pair_rooms{size="4KiB"}"#, 0.0).await;
    until(address, r#"pair_room_memory_bytes{size="4KiB"}"#, 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_kept_for_newcomers_counts_as_memory() {
    let server = TestServer::start().await;
    let address = server.address();
    let text = "a line of text\\n".repeat(10_000);
    let (room, _) = http::new_room(address, &format!(r#"{{"code":"{text}"}}"#)).await;
    let mut ada = PairClient::join(address, &room, "Ada", Codec::MessagePack).await;
    until(address, r#"pair_participants{dialect="pair"}"#, 1.0).await;
    let memory = async || {
        let all = series(&scrape(address).await);
        all.iter().filter(|(name, _)| name.starts_with("pair_room_memory_bytes")).map(|(_, bytes)| bytes).sum::<f64>()
    };
    let with_snapshot = memory().await;
    ada.append("x").await;
    // The snapshot has the whole text; an edit takes a few hundred bytes.
    let without = eventually("the snapshot is let go", async || {
        Some(memory().await).filter(|now| *now < with_snapshot - 100_000.0)
    });
    assert!(without.await > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_this_machine_or_on_a_port_of_their_own() {
    let server = TestServer::start().await;
    let asked = reqwest::Client::new().get(format!("http://{}/metrics", server.address()));
    let (status, error) = http::json_of(asked.header("x-forwarded-for", "192.0.2.7").send().await.unwrap()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(error["detail"].as_str().unwrap().contains("PAIR_METRICS_LISTEN"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let mut process = ServerProcess::start(folder.path(), &["--metrics-listen=127.0.0.1:0"]);
    let line = process.until_line("metrics are on http://");
    let operators = line.split("http://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    series(&scrape(operators).await);
    assert_eq!(http::get(operators, "/readyz").await.0, StatusCode::OK);
    assert_eq!(http::get(operators, "/rooms/any").await.0, StatusCode::NOT_FOUND);
    assert_eq!(http::get(process.address(), "/metrics").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_says_first_that_it_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = ServerProcess::start(folder.path(), &["--drain-seconds=1"]);
    let address = process.address();
    let (status, ready) = http::get(address, "/readyz").await;
    assert_eq!((status, ready["status"].as_str()), (StatusCode::OK, Some("ready")));
    process.signal("TERM");
    process.until_line("stopping");
    let (status, reason) = eventually("the refusal", || async {
        Some(http::get(address, "/readyz").await).filter(|(status, _)| *status != StatusCode::OK)
    })
    .await;
    assert_eq!(
        (status, reason["detail"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("the server is shutting down"))
    );
    assert_eq!(http::get(address, "/healthz").await.0, StatusCode::OK, "it still serves");
    assert!(process.wait().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_storage_fails_is_not_ready_and_counts_it() {
    let storage = Arc::new(Hindered::default());
    let server = TestServer::start_on(storage.clone(), |_| {}).await;
    let address = server.address();
    let mut ada = PairClient::join(address, "room", "Ada", Codec::Json).await;
    assert_eq!(http::get(address, "/readyz").await.0, StatusCode::OK);
    storage.fails.store(true, Ordering::Relaxed);
    let (status, reason) = http::get(address, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reason["detail"].as_str().unwrap().contains("the cable is out"), "{reason}");
    ada.append("x").await;
    ada.until_received().await;
    eventually("a storage error", || async {
        let all = series(&scrape(address).await);
        all.get(r#"pair_storage_errors_total{operation="append"}"#).filter(|errors| **errors > 0.0).map(drop)
    })
    .await;
    storage.fails.store(false, Ordering::Relaxed);
    ada.until_durable().await;
    assert_eq!(http::get(address, "/readyz").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_storage_what_is_told_and_what_is_refused_is_counted() {
    let storage = Arc::new(Hindered::default());
    let server = TestServer::start_on(storage.clone(), |config| config.connections_per_address = 3).await;
    let address = server.address();
    let mut ada = PairClient::join(address, "room", "Ada", Codec::Json).await;
    until(address, "pair_rooms_loaded_total", 1.0).await;
    until(address, "pair_fanout_up", 1.0).await;
    storage.fails.store(true, Ordering::Relaxed);
    ada.append(&"x".repeat(5_000)).await;
    ada.until_received().await;
    eventually("what waits for storage", || async {
        series(&scrape(address).await).get("pair_unstored_bytes").filter(|bytes| **bytes > 5_000.0).map(drop)
    })
    .await;
    storage.fails.store(false, Ordering::Relaxed);
    ada.until_durable().await;
    until(address, "pair_unstored_bytes", 0.0).await;
    // She owns nothing here.
    let participant = protocol::ParticipantId::new(7).unwrap();
    ada.send(SetRole { participant, role: Role::Viewer }).await;
    assert_eq!(ada.until_error().await.code, ErrorCode::Forbidden);
    until(address, r#"pair_errors_total{code="forbidden"}"#, 1.0).await;
    let held = [PlainClient::connect(address, "room").await, PlainClient::connect(address, "room").await];
    let refused = PairSocket::open(address, "room", Codec::Json).await;
    assert!(refused.is_err(), "one too many");
    drop(held);
    eventually("the refusal", || async {
        // The scrape itself needs a place.
        let answer = reqwest::get(format!("http://{address}/metrics")).await.ok()?.text().await.ok()?;
        answer.contains("pair_connections_refused_total 1\n").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_read_and_not_store_is_not_ready_until_it_can() {
    let storage = Arc::new(Hindered::default());
    let server = TestServer::start_on(storage.clone(), |_| {}).await;
    let address = server.address();
    let mut ada = PairClient::join(address, "room", "Ada", Codec::Json).await;
    assert_eq!(http::get(address, "/readyz").await.0, StatusCode::OK);
    storage.is_full.store(true, Ordering::Relaxed);
    ada.append("x").await;
    let refusal = || async {
        let (status, reason) = http::get(address, "/readyz").await;
        (status == StatusCode::SERVICE_UNAVAILABLE).then(|| reason["detail"].to_string())
    };
    let reason = eventually("the refusal", refusal).await;
    assert!(reason.contains("the disk is full"), "{reason}");
    storage.is_full.store(false, Ordering::Relaxed);
    ada.until_durable().await;
    assert_eq!(http::get(address, "/readyz").await.0, StatusCode::OK);
    // A room that can't be made shows it as well.
    storage.is_full.store(true, Ordering::Relaxed);
    assert_eq!(http::post(address, "/rooms", "").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refusal().await.is_some());
    storage.is_full.store(false, Ordering::Relaxed);
    assert_eq!(http::post(address, "/rooms", "").await.0, StatusCode::OK);
    assert!(refusal().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_hangs_is_told_to_everybody_and_makes_the_server_unready_until_it_comes_back() {
    let storage = Arc::new(Hindered::default());
    let server = TestServer::start_on(storage.clone(), |_| {}).await;
    let address = server.address();
    let mut ada = PairClient::join(address, "room", "Ada", Codec::Json).await;
    ada.append("x").await;
    ada.until_durable().await;
    storage.hangs.send_replace(true);
    ada.append("y").await;
    let problem = |message: &ServerMessage| match message {
        ServerMessage::StorageState(state) => Some(state.problem.clone()),
        _ => None,
    };
    let told = ada.until(problem).await.expect("a problem");
    assert!(told.contains("has not answered for 10 s"), "{told}");
    let (status, reason) = http::get(address, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reason["detail"].as_str().unwrap().contains("without coming to an end"), "{reason}");
    storage.hangs.send_replace(false);
    assert_eq!(ada.until(problem).await, None, "all is well again");
    ada.until_durable().await;
    assert_eq!(http::get(address, "/readyz").await.0, StatusCode::OK);
}
