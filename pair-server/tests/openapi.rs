//! `GET /openapi.json` describes what the server really answers: the statuses and the bodies of real answers, good and bad, are held against it.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod support;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use support::{http, server::TestServer};

/// What is wrong with a value, by a schema of the document; only what our schemas use is known, anything else is a failure.
fn problem(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    for (keyword, rule) in schema.as_object()? {
        let found = match keyword.as_str() {
            "$ref" => problem(document, document.pointer(rule.as_str()?.trim_start_matches('#'))?, value),
            "type" => {
                let kinds = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                let fits = kinds.iter().any(|kind| has_kind(kind.as_str().unwrap(), value));
                (!fits).then(|| format!("{value} is no {rule}"))
            }
            "required" => {
                let missing = rule.as_array()?.iter().find(|name| value.get(name.as_str().unwrap()).is_none());
                missing.map(|name| format!("{name} is missing in {value}"))
            }
            "properties" => rule.as_object()?.iter().find_map(|(name, schema)| {
                problem(document, schema, value.get(name)?).map(|problem| format!("{name}: {problem}"))
            }),
            "items" => value.as_array()?.iter().find_map(|item| problem(document, rule, item)),
            "oneOf" => {
                let fitting =
                    rule.as_array()?.iter().filter(|schema| problem(document, schema, value).is_none()).count();
                (fitting != 1).then(|| format!("{value} fits {fitting} of {rule}"))
            }
            "minimum" => (value.as_f64()? < rule.as_f64()?).then(|| format!("{value} is below {rule}")),
            "description" | "format" | "pattern" | "minLength" | "maxLength" | "default" | "example" => None,
            other => Some(format!("the keyword {other} is not known to this test")),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn has_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// Asks, and holds the answer against what the document says of this path, method and status.
async fn ask(
    address: SocketAddr,
    document: &Value,
    method: Method,
    (path, real): (&str, &str),
    body: Option<&str>,
) -> StatusCode {
    let answer = http::request(address, method.clone(), real, body).await;
    let status = answer.status();
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let text = answer.text().await.unwrap();
    let operation = &document["paths"][path][method.as_str().to_lowercase()];
    let described = &operation["responses"][status.as_str()];
    assert!(described.is_object(), "{method} {path}: {status} is not described; it was {text}");
    let Some(contents) = described["content"].as_object() else { return status };
    let kind = kind.unwrap_or_default();
    let kind = kind.split(';').next().unwrap();
    // Files of the pages have their own kinds.
    let content = contents
        .get(kind)
        .unwrap_or_else(|| panic!("{method} {path}: {status} is described as {contents:?}, not {kind}"));
    if kind == "application/json" && !content["schema"].is_null() {
        let value = serde_json::from_str(&text).unwrap();
        let wrong = problem(document, &content["schema"], &value);
        assert_eq!(wrong, None, "{method} {path} {status}: {value}");
    }
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn real_answers_are_what_the_document_says() {
    let server = TestServer::start().await;
    let address = server.address();
    let (_, document) = http::get(address, "/openapi.json").await;
    assert_eq!(document["openapi"], json!("3.1.0"));
    let (room, _) = http::new_room(address, "").await;
    let here = format!("/rooms/{room}");
    let (get, post) = (Method::GET, Method::POST);
    let big = format!(r#"{{"code":"{}"}}"#, "x".repeat(5 << 20));
    let asked: [(&Method, &str, &str, Option<&str>, u16); 21] = [
        (&get, "/healthz", "/healthz", None, 200),
        (&get, "/readyz", "/readyz", None, 200),
        (&get, "/metrics", "/metrics", None, 200),
        (&get, "/openapi.json", "/openapi.json", None, 200),
        (&get, "/docs", "/docs", None, 200),
        (&get, "/docs/style.css", "/docs/style.css", None, 200),
        (&post, "/rooms", "/rooms", None, 200),
        (&post, "/rooms", "/rooms", Some(r#"{"language":"rust","code":"","name":"a.rs","guestRole":"viewer"}"#), 200),
        (&post, "/rooms", "/rooms", Some("{"), 422),
        (&post, "/rooms", "/rooms", Some(r#"{"language":"","guestRole":"king"}"#), 422),
        (&post, "/rooms", "/rooms", Some(&big), 413),
        (&get, "/rooms/{room}", &here, None, 200),
        (&get, "/rooms/{room}", "/rooms/nobody-made-this", None, 404),
        (&post, "/autocomplete", "/autocomplete", Some(r#"{"code":"","cursorPosition":0}"#), 200),
        (&post, "/autocomplete", "/autocomplete", Some(r#"{"cursorPosition":-1}"#), 422),
        (&get, "/ws/{room}", &format!("/ws/{room}"), None, 426),
        (&get, "/ws/{room}", "/ws/no+room", None, 404),
        (&get, "/yjs/{room}", &format!("/yjs/{room}"), None, 426),
        (&get, "/yjs/{room}", &format!("/yjs/{room}?token=a&token=b"), None, 400),
        (&get, "/yjs/{room}/{document}", &format!("/yjs/{room}/src/main.rs"), None, 426),
        (&get, "/assets/{path}", "/assets/nothing.js", None, 404),
    ];
    for (method, path, real, body, status) in asked {
        assert_eq!(
            ask(address, &document, method.clone(), (path, real), body).await,
            status,
            "{method} {real} {body:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_document_is_strict_and_whole() {
    let server = TestServer::start().await;
    let answer = http::request(server.address(), Method::GET, "/docs/", None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let page = answer.text().await.unwrap();
    assert!(page.contains("/rooms/{room}") && page.contains("ownerToken"), "{page}");
}

#[test]
fn the_test_itself_finds_what_is_wrong() {
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": ["string", "null"]}, "n": {"type": "integer", "minimum": 0}}});
    let wrong = |value: Value| problem(&json!({}), &schema, &value).is_some();
    assert!(!wrong(json!({"a": null, "n": 3, "more": true})));
    for bad in [json!([]), json!({}), json!({"a": 1}), json!({"a": "", "n": -1}), json!({"a": "", "n": 0.5})] {
        assert!(wrong(bad.clone()), "{bad}");
    }
    assert!(problem(&json!({}), &json!({"const": 1}), &json!(1)).is_some(), "a keyword that it does not know");
}
