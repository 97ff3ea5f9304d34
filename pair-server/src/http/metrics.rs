//! `GET /metrics`: what the server counts, for Prometheus; and the counting of requests. Who may read it is decided here: see
//! docs/decisions/087. Knows the metrics and the registry's queues.

use super::{
    ApiState, Peer,
    error::ApiError,
    openapi::schemas::{Problem, Refusals},
};
use crate::{fanout::Link, metrics::Metrics};
use axum::{
    Router,
    extract::{Extension, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, Method, StatusCode, header};
use std::{net::IpAddr, sync::Arc, time::Instant};

/// The text format's media type.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Headers that proxies and web pages add: with one of them, the question comes from somewhere else than the connection does.
const SENT_ON: [&str; 6] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via", "origin"];

/// On the port of everybody.
pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/metrics", get(from_here))
}

/// On the operator's own port.
pub(super) fn operators_router() -> Router<ApiState> {
    Router::new().route("/metrics", get(async |State(state): State<ApiState>| text(&state)))
}

/// What the server counts, for Prometheus
///
/// For this machine only, and not through a proxy; or on a port of its own (`PAIR_METRICS_LISTEN`), for whoever reaches that.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "The OpenMetrics text format", body = String, content_type = "application/openmetrics-text"),
    (status = 403, description = "They are not for whoever asks, or on another port", body = Problem),
    Refusals,
))]
pub(super) async fn from_here(
    State(state): State<ApiState>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if state.has_operators_port {
        let sentence = "metrics are on the port of PAIR_METRICS_LISTEN";
        return Err(ApiError::Plain(StatusCode::FORBIDDEN, sentence));
    }
    if !is_of_this_machine(peer.ip(), &headers) {
        let sentence =
            "metrics are for this machine only; to read them from elsewhere, give them a port with PAIR_METRICS_LISTEN";
        return Err(ApiError::Plain(StatusCode::FORBIDDEN, sentence));
    }
    Ok(text(&state))
}

/// Whether somebody on this machine asks, and not somebody else through a proxy or a web page.
fn is_of_this_machine(peer: IpAddr, headers: &HeaderMap) -> bool {
    peer.to_canonical().is_loopback() && !SENT_ON.iter().any(|name| headers.contains_key(*name))
}

fn text(state: &ApiState) -> Response {
    let (all, most) = state.registry.waiting_inputs();
    let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    state.metrics.rooms.mailbox_inputs.set(gauge(all));
    state.metrics.rooms.mailbox_inputs_max.set(gauge(most));
    let fanout = state.registry.fanout();
    state.metrics.fanout.up.set(i64::from(fanout.link() == Link::Up));
    state.metrics.fanout.waiting.set(gauge(fanout.waiting()));
    ([(header::CONTENT_TYPE, OPEN_METRICS)], state.metrics.encode()).into_response()
}

/// Counts a request, by the pattern of its route.
pub(super) async fn count(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = word(request.method());
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    metrics.request(route, method, response.status().as_u16(), begun.elapsed());
    response
}

/// A method that is known; callers may make up any word.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    #[test]
    fn only_this_machine_reads_metrics_and_no_proxy_or_page_on_it() {
        let none = HeaderMap::new();
        for (peer, may) in [("127.0.0.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("192.0.2.7", false)] {
            assert_eq!(is_of_this_machine(peer.parse().unwrap(), &none), may, "{peer}");
        }
        for name in SENT_ON {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static("x"))]);
            assert!(!is_of_this_machine("127.0.0.1".parse().unwrap(), &headers), "{name}");
        }
    }
}
