//! Part 1 of the contract, line by line: the standard endpoints and the plain dialect, over real sockets, with a client that knows
//! nothing of our crates.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use support::{
    eventually,
    http::{code, get, json_of, new_room, post, request},
    plain::PlainClient,
    server::TestServer,
};
use tokio_tungstenite::tungstenite::{self, Message};

const START: &str = "# Start collaborating...\n";

#[tokio::test]
async fn health_is_answered_with_and_without_a_slash() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/healthz/"] {
        assert_eq!(get(server.address(), path).await, (StatusCode::OK, json!({"status": "ok"})), "{path}");
    }
}

#[tokio::test]
async fn a_new_room_is_as_the_contract_says() {
    let server = TestServer::start().await;
    for (path, body) in [("/rooms", ""), ("/rooms/", ""), ("/rooms", "{}"), ("/rooms/", r#"{"unknown":[1,{}]}"#)] {
        let (status, made) = post(server.address(), path, body).await;
        assert_eq!(status, StatusCode::OK, "{path} {body}");
        let id = made["roomId"].as_str().unwrap();
        assert!(id.len() >= 16 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{id}");
        for slash in ["", "/"] {
            let (status, room) = get(server.address(), &format!("/rooms/{id}{slash}")).await;
            assert_eq!(status, StatusCode::OK);
            let updated = room["updatedAt"].as_str().unwrap().to_owned();
            assert!(updated.len() >= 20 && updated.contains('T') && updated.ends_with('Z'), "{updated}");
            let wanted = json!({"roomId": id, "code": START, "language": "python", "participants": 0,
                "updatedAt": updated, "lastAuthor": null});
            assert_eq!(room, wanted);
        }
    }
}

#[tokio::test]
async fn a_room_may_bring_its_language_text_and_name() {
    let server = TestServer::start().await;
    let body = json!({"language": "rust", "code": "fn main() {}\r\n😀\n", "name": "src/main.rs"});
    let (room, _) = new_room(server.address(), &body.to_string()).await;
    let (_, shown) = get(server.address(), &format!("/rooms/{room}")).await;
    assert_eq!((&shown["code"], &shown["language"]), (&body["code"], &body["language"]));
    for (name, chosen, wanted) in [
        ("src/main.rs", None, "rust"),
        ("Makefile", None, "make"),
        ("notes", None, "python"),
        ("src/main.rs", Some("python"), "python"),
    ] {
        let body = json!({"name": name, "language": chosen});
        let (room, _) = new_room(server.address(), &body.to_string()).await;
        let (_, shown) = get(server.address(), &format!("/rooms/{room}")).await;
        assert_eq!(shown["language"], wanted, "{body}");
    }
    let (_, half) = post(server.address(), "/rooms", r#"{"code":"a\ud83db"}"#).await;
    assert_eq!(code(server.address(), half["roomId"].as_str().unwrap()).await, "a\u{FFFD}b");
}

#[tokio::test]
async fn bad_bodies_get_422_in_the_shape_that_front_ends_know() {
    let server = TestServer::start().await;
    for (path, body, loc, kind) in [
        ("/rooms", "{", json!(["body"]), "json_invalid"),
        ("/rooms/", "[]", json!(["body"]), "model_attributes_type"),
        ("/rooms", r#"{"code":7}"#, json!(["body", "code"]), "string_type"),
        ("/rooms", r#"{"language":""}"#, json!(["body", "language"]), "value_error"),
        ("/rooms", r#"{"name":"../x"}"#, json!(["body", "name"]), "value_error"),
        ("/autocomplete", "", json!(["body"]), "json_invalid"),
        ("/autocomplete", r#"{"cursorPosition":0}"#, json!(["body", "code"]), "missing"),
        ("/autocomplete/", r#"{"code":"x"}"#, json!(["body", "cursorPosition"]), "missing"),
        (
            "/autocomplete",
            r#"{"code":"x","cursorPosition":-1}"#,
            json!(["body", "cursorPosition"]),
            "greater_than_equal",
        ),
        ("/autocomplete", r#"{"code":"x","cursorPosition":1.5}"#, json!(["body", "cursorPosition"]), "int_type"),
        ("/autocomplete", r#"{"code":"x","cursorPosition":"1"}"#, json!(["body", "cursorPosition"]), "int_type"),
        (
            "/autocomplete",
            r#"{"code":"x","cursorPosition":0,"language":1}"#,
            json!(["body", "language"]),
            "string_type",
        ),
    ] {
        let (status, answer) = post(server.address(), path, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}");
        let first = &answer["detail"][0];
        assert_eq!((&first["loc"], &first["type"]), (&loc, &json!(kind)), "{path} {body}: {answer}");
        assert!(first["msg"].as_str().is_some_and(|msg| !msg.is_empty()));
    }
}

#[tokio::test]
async fn autocomplete_counts_utf_16_and_takes_the_end_for_what_is_beyond() {
    let server = TestServer::start().await;
    let ask = async |code: &str, cursor: u64| {
        let body = json!({"code": code, "cursorPosition": cursor, "language": "python", "more": null});
        let (status, answer) = post(server.address(), "/autocomplete", &body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["suggestion"].as_str().unwrap().to_owned()
    };
    let code = "😀 participants = 1\npar";
    let end = u64::try_from(code.encode_utf16().count()).unwrap();
    assert_eq!(ask(code, end).await, "ticipants = 1".split(' ').next().unwrap());
    for beyond in [end + 1, 1 << 40, u64::MAX] {
        assert_eq!(ask(code, beyond).await, "ticipants", "{beyond}");
    }
    // The emoji counts two: at the end in characters the cursor stands one earlier, behind `pa`.
    assert_eq!(ask("😀 participants = 1\npa", end - 1).await, "rticipants");
    let (status, answer) = post(server.address(), "/autocomplete/", r#"{"code":"","cursorPosition":0}"#).await;
    assert_eq!((status, &answer["suggestion"]), (StatusCode::OK, &json!("")));
}

#[tokio::test]
async fn what_is_not_there_is_404_and_never_a_redirect() {
    let server = TestServer::start().await;
    let missing = json!({"detail": "Room not found"});
    for path in ["/rooms/nobody", "/rooms/nobody/", "/rooms/..%2Fetc%2Fpasswd", "/rooms/a%20b", "/rooms/%FF"] {
        assert_eq!(get(server.address(), path).await, (StatusCode::NOT_FOUND, missing.clone()), "{path}");
    }
    assert_eq!(get(server.address(), "/nothing/").await.0, StatusCode::NOT_FOUND);
    let (status, answer) = json_of(request(server.address(), Method::DELETE, "/healthz", None).await).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer["detail"].is_string());
}

/// The status of a refused upgrade.
async fn refusal(address: SocketAddr, path: &str) -> StatusCode {
    match tokio_tungstenite::connect_async(format!("ws://{address}{path}")).await {
        Err(tungstenite::Error::Http(response)) => response.status(),
        other => panic!("{path}: {other:?}"),
    }
}

#[tokio::test]
async fn room_ids_that_clients_bring_are_checked_before_the_upgrade() {
    let server = TestServer::start().await;
    let (_client, text) = PlainClient::join(server.address(), "never-seen_1").await;
    assert_eq!(text, START);
    assert_eq!(code(server.address(), "never-seen_1").await, START);
    let long = format!("/ws/{}", "x".repeat(65));
    for path in ["/ws/..%2Fetc", "/ws/../etc", "/ws/a.b", "/ws/a%20b", "/ws/%FF", "/ws/", &long] {
        assert_eq!(refusal(server.address(), path).await, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(get(server.address(), "/ws/never-seen_1").await.0, StatusCode::UPGRADE_REQUIRED);
}

#[tokio::test]
async fn joining_creates_no_room_where_the_operator_turned_that_off() {
    let server = TestServer::start_with(|config| config.create_on_join = false).await;
    assert_eq!(refusal(server.address(), "/ws/nobody").await, StatusCode::NOT_FOUND);
    assert_eq!(get(server.address(), "/rooms/nobody").await.0, StatusCode::NOT_FOUND);
    let (room, _) = new_room(server.address(), "").await;
    assert_eq!(PlainClient::join(server.address(), &room).await.1, START);
    // A slash at the end is no part of the id.
    assert_eq!(PlainClient::join(server.address(), &format!("{room}/")).await.1, START);
}

#[tokio::test]
async fn the_first_frames_come_in_the_order_of_the_contract() {
    let server = TestServer::start().await;
    let mut one = PlainClient::connect(server.address(), "room").await;
    assert_eq!(one.next().await, json!({"participants": 1}));
    assert_eq!(one.next().await, json!({"type": "sync", "code": START, "language": "python"}));
    let mut two = PlainClient::connect(server.address(), "room").await;
    assert_eq!(two.next().await, json!({"participants": 2}));
    assert_eq!(two.next().await, json!({"type": "sync", "code": START, "language": "python"}));
    assert_eq!(one.next().await, json!({"participants": 2}));
    let (_, shown) = get(server.address(), "/rooms/room").await;
    assert_eq!(shown["participants"], 2);
    two.close().await;
    assert_eq!(one.next().await, json!({"participants": 1}));
    drop(one);
    eventually("the room is empty", async || {
        let (_, shown) = get(server.address(), "/rooms/room").await;
        (shown["participants"] == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn everybody_receives_every_update_with_its_author() {
    let server = TestServer::start().await;
    let (mut one, _) = PlainClient::join(server.address(), "room").await;
    let (mut two, _) = PlainClient::join(server.address(), "room").await;
    assert_eq!(one.next().await, json!({"participants": 2}));
    one.send(
        json!({"type": "update", "code": "a😀\r\n", "cursorPosition": 3, "username": "alice", "roomId": "x"})
            .to_string(),
    )
    .await;
    for client in [&mut one, &mut two] {
        assert_eq!(client.next().await, json!({"type": "sync", "code": "a😀\r\n", "author": "alice"}));
    }
    two.send(r#"{"code":"b"}"#).await;
    for client in [&mut one, &mut two] {
        assert_eq!(client.next().await, json!({"type": "sync", "code": "b", "author": null}));
    }
    let (_, shown) = get(server.address(), "/rooms/room").await;
    assert_eq!((&shown["code"], &shown["lastAuthor"]), (&json!("b"), &json!("alice")));
    // The same text again changes nothing, and is answered all the same.
    two.send(r#"{"code":"b","username":"bob"}"#).await;
    assert_eq!(one.next().await, json!({"type": "sync", "code": "b", "author": "bob"}));
    assert_eq!(get(server.address(), "/rooms/room").await.1["lastAuthor"], "bob");
}

#[tokio::test]
async fn odd_fields_are_taken_as_missing() {
    let server = TestServer::start().await;
    let (mut client, _) = PlainClient::join(server.address(), "room").await;
    for (n, frame) in [
        r#"{"code":"text 0","cursorPosition":-3}"#,
        r#"{"code":"text 1","cursorPosition":99999999}"#,
        r#"{"code":"text 2","cursorPosition":"x","username":7,"roomId":null,"deep":{"er":[[]]}}"#,
        r#"{"code":"text 3","type":null,"username":""}"#,
    ]
    .into_iter()
    .enumerate()
    {
        client.send(frame).await;
        assert_eq!(
            client.next().await,
            json!({"type": "sync", "code": format!("text {n}"), "author": null}),
            "{frame}"
        );
    }
    client.send(r#"{"code":"half \ud83d!"}"#).await;
    assert_eq!(client.next().await["code"], "half \u{FFFD}!");
}

#[tokio::test]
async fn json_that_is_no_update_is_ignored_and_what_is_no_json_closes_that_connection_only() {
    let server = TestServer::start().await;
    let (mut witness, _) = PlainClient::join(server.address(), "room").await;
    for broken in ["", "hello", "{", r#"{"code":"x"} y"#] {
        let (mut client, _) = PlainClient::join(server.address(), "room").await;
        for other in ["[]", "7", "null", "\"x\"", "{}", r#"{"code":7}"#, r#"{"type":"typing","code":"x"}"#] {
            client.send(other).await;
        }
        client.send(broken).await;
        let (number, reason) = client.until_closed().await.unwrap();
        assert_eq!(number, 1003, "{broken}");
        assert!(reason.contains("not JSON"), "{reason}");
        witness.until(|message| *message == json!({"participants": 2})).await;
        witness.until(|message| *message == json!({"participants": 1})).await;
    }
    let (mut binary, _) = PlainClient::join(server.address(), "room").await;
    futures::SinkExt::send(&mut binary.socket, Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(binary.until_closed().await.unwrap().0, 1003);
    witness.update("still here", "w").await;
    witness.until_code("still here").await;
}

#[tokio::test]
async fn an_edit_that_a_client_has_not_seen_survives_its_update() {
    let server = TestServer::start().await;
    let (mut one, _) = PlainClient::join(server.address(), "room").await;
    let (mut two, _) = PlainClient::join(server.address(), "room").await;
    one.update("one\ntwo\n", "one").await;
    two.until_code("one\ntwo\n").await;
    one.update("ONE\none\ntwo\n", "one").await;
    one.until_code("ONE\none\ntwo\n").await;
    // The other has not read that, and sends what it sees with a line of its own.
    two.update("one\ntwo\nTWO\n", "two").await;
    one.until_code("ONE\none\ntwo\nTWO\n").await;
}

#[tokio::test]
async fn every_reply_carries_cors_headers() {
    let origin = |response: &reqwest::Response| {
        response.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned())
    };
    let replies = async |config: &str, from: &str| {
        let origins = config.parse().unwrap();
        let server = TestServer::start_with(|config| {
            config.frontend_origins = origins;
            config.limits.frame_bytes = 1_000;
            config.requests_per_minute = 6.try_into().unwrap();
        })
        .await;
        let big = json!({"code": "x".repeat(2_000)}).to_string();
        let asked = [
            (Method::GET, "/healthz", None, 200),
            (Method::GET, "/rooms/nobody", None, 404),
            (Method::GET, "/nothing", None, 404),
            (Method::POST, "/rooms", Some(big.as_str()), 413),
            (Method::POST, "/rooms", Some("{"), 422),
            (Method::DELETE, "/rooms", None, 405),
            (Method::GET, "/healthz", None, 429),
        ];
        let mut seen = Vec::new();
        for (method, path, body, status) in asked {
            let client = reqwest::Client::new();
            let mut request = client.request(method, format!("http://{}{path}", server.address()));
            request = request.header("origin", from);
            if let Some(body) = body {
                request = request.body(body.to_owned());
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            seen.push(origin(&response));
            let detail: Value = response.json().await.unwrap();
            assert!(status == 200 || !detail["detail"].is_null(), "{path}: {detail}");
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "every reply is alike: {seen:?}");
        seen.remove(0)
    };
    assert_eq!(replies("", "http://a.example").await.as_deref(), Some("*"));
    assert_eq!(replies("http://a.example", "http://a.example").await.as_deref(), Some("http://a.example"));
    assert_eq!(replies("http://a.example", "http://evil.example").await.as_deref(), Some("http://a.example"));
    let two = "http://a.example, http://b.example";
    assert_eq!(replies(two, "http://b.example").await.as_deref(), Some("http://b.example"));
    assert_eq!(replies(two, "http://evil.example").await, None);
}

#[tokio::test]
async fn a_preflight_request_is_answered() {
    let server = TestServer::start_with(|config| config.frontend_origins = "http://a.example".parse().unwrap()).await;
    let answer = reqwest::Client::new()
        .request(Method::OPTIONS, format!("http://{}/rooms/", server.address()))
        .header("origin", "http://a.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), "http://a.example");
    assert_eq!(header("access-control-allow-methods"), "POST");
    assert_eq!(header("access-control-allow-headers"), "content-type");
}

#[tokio::test]
async fn rooms_come_back_the_same_after_a_restart() {
    let server = TestServer::start().await;
    let (room, _) = new_room(server.address(), r#"{"language":"rust","code":"é\r\n"}"#).await;
    let (mut client, _) = PlainClient::join(server.address(), &room).await;
    client.update("é\r\nfn main() {}\n", "alice").await;
    client.until_code("é\r\nfn main() {}\n").await;
    let (_, mut before) = get(server.address(), &format!("/rooms/{room}")).await;
    let server = server.restart().await;
    assert_eq!(client.until_closed().await.map(|(code, _)| code), Some(1012));
    before["participants"] = json!(0);
    assert_eq!(get(server.address(), &format!("/rooms/{room}")).await.1, before);
    let server = server.restart().await;
    assert_eq!(get(server.address(), &format!("/rooms/{room}")).await.1, before, "a second restart doubles nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_that_is_asked_for_while_it_is_made_gets_one_owner() {
    let server = TestServer::start().await;
    let address = server.address();
    for round in 0..20 {
        let room = format!("race-{round}");
        let ask = async || {
            let (status, _) = get(address, &format!("/rooms/{room}")).await;
            assert!(status == StatusCode::OK || status == StatusCode::NOT_FOUND);
        };
        let asking = futures::future::join_all((0..20).map(|_| ask()));
        let joining = futures::future::join_all((0..8).map(|_| PlainClient::connect(address, &room)));
        let (_, mut joined) = futures::join!(asking, joining);
        // In one room everybody sees everybody.
        for client in &mut joined {
            client.until(|message| *message == json!({"participants": 8})).await;
        }
        // And whoever comes later finds the same room.
        let mut late = PlainClient::connect(address, &room).await;
        assert_eq!(late.next().await, json!({"participants": 9}));
    }
}
