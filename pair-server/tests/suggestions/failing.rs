//! Servers of models that fail in every way. The local engine answers in their place, whoever asked is told why, and what came before the
//! failure is kept.

use super::{
    CODE, KEY, complete, model, problem,
    support::{
        provider::{ScriptedProvider, Step, chunk, chunked_head, completion, head, say, status},
        server::TestServer,
    },
    with,
};
use pair_server::suggest::options::ProviderKind;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::{sync::Arc, time::Duration};
use tokio_rustls::TlsAcceptor;

/// A server whose only model answers like this, and what it answers then.
async fn answer_to(steps: Vec<Step>) -> serde_json::Value {
    let provider = ScriptedProvider::start(steps).await;
    let server = TestServer::start_with(with(&provider)).await;
    complete(server.address()).await
}

fn is_local(answer: &serde_json::Value) -> bool {
    answer["provider"] == "local" && answer["suggestion"] == "ticipants"
}

#[tokio::test]
async fn a_slow_first_token_and_a_pause_between_tokens() {
    for (steps, text, words) in [
        (vec![Step::Stall], "ticipants", "said nothing within 150 ms"),
        (vec![head("text/event-stream"), Step::Stall], "ticipants", "said nothing within 150 ms"),
        (
            vec![head("text/event-stream"), say(&completion("some")), Step::Stall],
            "some",
            "cut short: the provider openai did not go on within 100 ms",
        ),
    ] {
        let mut provider = ScriptedProvider::start(steps).await;
        let server = TestServer::start_with(|config| {
            with(&provider)(config);
            config.suggest.time_outs.first = Duration::from_millis(150);
            config.suggest.time_outs.between = Duration::from_millis(100);
        })
        .await;
        let answer = complete(server.address()).await;
        assert_eq!(answer["suggestion"], text);
        assert!(problem(&answer).contains(words), "{answer}");
        provider.until_closed(1).await;
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_ends_by_the_total_time() {
    let mut steps = vec![head("text/event-stream")];
    steps.extend(std::iter::repeat_n(say(": alive\n\n"), 3));
    steps.extend([say(&completion("some")), Step::Stall]);
    let provider = ScriptedProvider::start(steps).await;
    let server = TestServer::start_with(|config| {
        with(&provider)(config);
        config.suggest.time_outs.total = Duration::from_millis(300);
    })
    .await;
    let answer = complete(server.address()).await;
    assert_eq!(answer["suggestion"], "some");
    assert!(problem(&answer).contains("was not done within 300 ms"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_is_cut_in_the_middle_is_kept_as_far_as_it_came() {
    let half = completion("lost");
    let half = half.split_at(half.len() / 2).0;
    let answer = answer_to(vec![chunked_head(), chunk(&completion("kept")), chunk(half)]).await;
    assert_eq!((&answer["suggestion"], &answer["provider"]), (&"kept".into(), &"openai".into()));
    assert!(problem(&answer).contains("cut short") && problem(&answer).contains("broke off"), "{answer}");
    let answer = answer_to(vec![chunked_head(), chunk(half)]).await;
    assert!(is_local(&answer) && problem(&answer).contains("broke off"), "{answer}");
}

#[tokio::test]
async fn malformed_events_are_passed_over_and_an_answer_of_nothing_else_counts_as_none() {
    let bad = [
        "data: {\n\n",
        "data: [1,2]\n\n",
        "nonsense\n\n",
        "data: \u{1b}[31m\n\n",
        "data: {\"choices\":[{\"text\":7}]}\n\n",
    ];
    let mut steps = vec![head("text/event-stream"), say(&completion("a"))];
    steps.extend(bad.map(say));
    steps.extend([say(&completion("b")), say("data: [DONE]\n\n")]);
    let answer = answer_to(steps).await;
    assert_eq!((&answer["suggestion"], problem(&answer)), (&"ab".into(), ""));
    let mut steps = vec![head("text/event-stream")];
    steps.extend(std::iter::repeat_n(say("data: {\n\n"), 100));
    let answer = answer_to(steps).await;
    assert!(is_local(&answer) && problem(&answer).contains("not what such a server sends"), "{answer}");
    let answer = answer_to(vec![say("SSH-2.0-OpenSSH_9.9\r\n")]).await;
    assert!(is_local(&answer) && !problem(&answer).is_empty(), "{answer}");
}

#[tokio::test]
async fn statuses_are_told_and_the_bodies_beside_them_are_not() {
    for (line, words) in [
        ("500 Internal Server Error", "it answered 500"),
        ("401 Unauthorized", "check its key"),
        ("404 Not Found", "check its address"),
        ("302 Found", "it answered 302"),
    ] {
        let answer = answer_to(status(line, "location: http://127.0.0.1:1/\r\n", &format!("wrong key {KEY}"))).await;
        assert!(is_local(&answer) && problem(&answer).contains(words), "{answer}");
        assert!(!answer.to_string().contains(KEY));
    }
    let answer = answer_to(vec![head("text/event-stream"), say(&format!("data: {{\"error\":\"{KEY}\"}}\n\n"))]).await;
    assert!(is_local(&answer) && problem(&answer).contains("failed while"), "{answer}");
    assert!(!answer.to_string().contains(KEY));
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is_left_alone() {
    let provider = ScriptedProvider::start(status("429 Too Many Requests", "retry-after: 60\r\n", "")).await;
    let server = TestServer::start_with(with(&provider)).await;
    for _ in 0..3 {
        let answer = complete(server.address()).await;
        assert!(is_local(&answer) && problem(&answer).contains("asks to wait for"), "{answer}");
    }
    assert_eq!(provider.requests().len(), 1, "it was asked once");
    // One that wants no wait is asked again.
    let provider = ScriptedProvider::start(status("429 Too Many Requests", "retry-after: 0\r\n", "")).await;
    let server = TestServer::start_with(with(&provider)).await;
    complete(server.address()).await;
    complete(server.address()).await;
    assert_eq!(provider.requests().len(), 2);
}

#[tokio::test]
async fn nobody_there_is_told_with_a_hint() {
    let server = TestServer::start_with(|config| {
        config.suggest.models = vec![model(ProviderKind::Ollama, "http://127.0.0.1:1")];
    })
    .await;
    let answer = complete(server.address()).await;
    assert!(is_local(&answer) && problem(&answer).contains("is it running?"), "{answer}");
}

#[tokio::test]
async fn a_wrong_certificate_is_refused_and_one_that_the_operator_names_is_taken() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der()).into();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let steps = vec![head("text/event-stream"), say(&completion("secure"))];
    let provider = ScriptedProvider::start_on(Some(TlsAcceptor::from(Arc::new(tls))), steps).await;
    let url = format!("https://localhost:{}/v1", provider.address.port());
    let models = vec![model(ProviderKind::OpenAiCompletions, &url)];
    let server = TestServer::start_with(|config| config.suggest.models.clone_from(&models)).await;
    let answer = complete(server.address()).await;
    assert!(is_local(&answer), "{answer}");
    assert!(problem(&answer).contains("certificate") && problem(&answer).contains("PAIR_SUGGEST_CA_FILE"), "{answer}");
    assert!(provider.requests().is_empty(), "not a byte of text was sent");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), cert.pem()).unwrap();
    let server = TestServer::start_with(|config| {
        config.suggest.models = models;
        config.suggest.ca_file = Some(file.path().to_owned());
    })
    .await;
    assert_eq!(complete(server.address()).await["suggestion"], "secure");
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_cut_and_its_connection_closed() {
    // In one event, which no reader keeps.
    let huge = completion(&"x".repeat(10 << 20));
    let mut provider = ScriptedProvider::start(vec![head("text/event-stream"), say(&huge)]).await;
    let server = TestServer::start_with(with(&provider)).await;
    let answer = complete(server.address()).await;
    assert!(is_local(&answer) && problem(&answer).contains("longer than 65536 bytes"), "{answer}");
    provider.until_closed(1).await;
    // In many.
    let event = completion(&"y".repeat(1_000));
    let mut provider =
        ScriptedProvider::start(vec![head("text/event-stream"), say(&event.repeat(10_000)), Step::Stall]).await;
    let server = TestServer::start_with(with(&provider)).await;
    let answer = complete(server.address()).await;
    let length = answer["suggestion"].as_str().unwrap().len();
    assert!((7_000..=8 << 10).contains(&length), "{length}");
    provider.until_closed(1).await;
    // Of nothing but comments.
    let mut provider =
        ScriptedProvider::start(vec![head("text/event-stream"), say(&": alive\n\n".repeat(1 << 20)), Step::Stall])
            .await;
    let server = TestServer::start_with(with(&provider)).await;
    let answer = complete(server.address()).await;
    assert!(is_local(&answer) && problem(&answer).contains("longer than 1048576 bytes"), "{answer}");
    provider.until_closed(1).await;
}

#[tokio::test]
async fn escape_sequences_never_get_further_than_the_server() {
    let pieces = ["red\u{1b}", "[31m thing\u{1b}]0;own", "ed\u{7}\r\n\u{9b}2Jnext\u{202e}", "\u{0}\u{8}"];
    let mut steps = vec![head("text/event-stream")];
    steps.extend(pieces.map(|piece| say(&completion(piece))));
    let answer = answer_to(steps).await;
    assert_eq!(answer["suggestion"], "red thing\nnext");
    assert_eq!(answer["items"][0]["text"], "red thing\nnext");
    // The local engine's alternatives stand beside it.
    let items = answer["items"].as_array().unwrap();
    let is_local = |item: &serde_json::Value| item["provider"] == "local" && item["text"] == "ticipants";
    assert!(items.iter().any(is_local), "{answer}");
    assert_eq!(CODE.len(), 31);
}
