//! Suggestions of models, over real sockets: a scripted server of models on one side, participants on the other. Everything that such a
//! server can do wrong, what it is sent, and who sees what.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod failing;
mod room;
mod sent;
mod streamed;
#[path = "../support/mod.rs"]
mod support;

use pair_server::{
    config::Config,
    suggest::options::{ModelOptions, ProviderKind, Secret},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use support::{http::post, provider::ScriptedProvider};

/// The key that the server has for its models.
const KEY: &str = "sk-very-secret";

/// A model at an address.
fn model(kind: ProviderKind, url: &str) -> ModelOptions {
    ModelOptions {
        kind,
        url: url.parse().unwrap(),
        model: "scripted".to_owned(),
        key: Secret::new(KEY),
        sends_suffix: true,
        items: 1,
    }
}

/// Has the server ask that model, and wait for it for so long that only a test that fails notices.
fn with(provider: &ScriptedProvider) -> impl FnOnce(&mut Config) {
    let url = format!("http://{}/v1", provider.address);
    move |config| {
        config.suggest.models = vec![model(ProviderKind::OpenAiCompletions, &url)];
        let long = Duration::from_mins(1);
        (config.suggest.time_outs.first, config.suggest.time_outs.between, config.suggest.time_outs.total) =
            (long, long, long);
    }
}

/// What the local engine completes to `ticipants`.
const CODE: &str = "participants = 1\nfor one in par";

/// Asks over HTTP for what comes behind [`CODE`].
async fn complete(address: SocketAddr) -> Value {
    let body = json!({"code": CODE, "cursorPosition": CODE.len(), "language": "python"}).to_string();
    let (status, answer) = post(address, "/autocomplete", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// What went wrong, as an answer tells it.
fn problem(answer: &Value) -> &str {
    answer["problem"].as_str().unwrap_or_default()
}
