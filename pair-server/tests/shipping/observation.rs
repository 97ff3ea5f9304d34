//! The dashboard and the alerts name only what `GET /metrics` really has, and Prometheus reads the rules.

use super::{content, file, read, run, support};
use protocol::codec::Codec;
use serde_json::Value;
use std::collections::BTreeSet;
use support::{http, pair::PairClient, server::TestServer};

/// Metrics that Prometheus itself adds.
const OF_PROMETHEUS: [&str; 1] = ["up"];

/// The names of metrics in an expression.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("pair_") || word.starts_with("process_"))
}

/// The names of all series of a server on which everything has happened that has a series only then.
async fn served() -> BTreeSet<String> {
    let server = TestServer::start().await;
    let address = server.address();
    let mut ada = PairClient::join(address, "room", "Ada", Codec::Json).await;
    ada.append("x").await;
    ada.until_durable().await;
    ada.send(protocol::message::client::Edit {
        document: ada.path.clone(),
        seq: ada.seq.next(),
        update: vec![1, 2, 3].into(),
    })
    .await;
    ada.until_error().await;
    let suggested = http::post(address, "/autocomplete", r#"{"code":"","cursorPosition":0}"#).await;
    assert_eq!(suggested.0, 200);
    let answer = http::request(address, reqwest::Method::GET, "/metrics", None).await;
    let text = answer.text().await.unwrap();
    let series = text.lines().filter(|line| !line.starts_with('#'));
    series.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_and_the_alerts_name_only_metrics_that_there_are() {
    let served = served().await;
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/dashboards/pair.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let mut expressions: Vec<String> = targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    assert!(expressions.len() > 30, "the dashboard shows little");
    let rules: serde_yaml_ng::Value = serde_yaml_ng::from_str(&read("deploy/prometheus/alerts.yml")).unwrap();
    for rule in rules["groups"][0]["rules"].as_sequence().unwrap() {
        let expression = rule["expr"].as_str().unwrap();
        let is_known = names(expression).next().is_some() || OF_PROMETHEUS.iter().any(|name| expression.contains(name));
        assert!(is_known, "{expression} is about nothing of ours");
        assert!(matches!(rule["labels"]["severity"].as_str(), Some("page" | "ticket")), "{rule:?}");
        expressions.push(expression.to_owned());
    }
    let mut shown = BTreeSet::new();
    for expression in &expressions {
        for name in names(expression) {
            assert!(served.contains(name), "{name} of {expression} is not in {served:?}");
            shown.insert(name.to_owned());
        }
    }
    // And the other way round: what is counted is shown somewhere, or it is counted for nobody.
    let hidden = [
        "pair_build_info",
        "pair_connections_opened_total",
        "process_virtual_memory_bytes",
        "process_threads",
        "process_start_time_seconds",
    ];
    let unseen: Vec<_> = served
        .iter()
        .filter(|name| !shown.contains(*name) && !hidden.contains(&name.as_str()))
        .filter(|name| {
            !["_sum", "_count", "_bucket"]
                .iter()
                .any(|part| name.strip_suffix(part).is_some_and(|base| shown.contains(&format!("{base}_bucket"))))
        })
        .collect();
    assert!(unseen.is_empty(), "nobody looks at {unseen:?}");
}

#[test]
fn prometheus_reads_its_files() {
    for (kind, path) in [("rules", "deploy/prometheus/alerts.yml"), ("config", "deploy/prometheus/prometheus.yml")] {
        if let Some(output) = run("promtool", &["check", kind, file(path).to_str().unwrap()]) {
            content(&output);
        }
        assert!(serde_yaml_ng::from_str::<serde_yaml_ng::Value>(&read(path)).unwrap().is_mapping());
    }
}
