//! `GET /openapi.json`: every endpoint, described from the code that answers it; and `GET /docs`, the same for people. Knows the handlers' descriptions,
//! not what they do.

use super::{ApiState, autocomplete, health, metrics, pages, rooms, socket};
use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
};
use std::sync::LazyLock;
use utoipa::OpenApi;

mod page;
pub(super) mod schemas;

use schemas::Refusals;

/// What the page may do: load its style from here, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

const STYLE: &str = include_str!("openapi/docs.css");

/// The document, and the page of it.
static RENDERED: LazyLock<Rendered> = LazyLock::new(Rendered::new);

/// What the document begins with.
const DESCRIPTION: &str = "The endpoints of the room server of pair. Rooms hold texts that several people edit at once, over WebSockets or QUIC; these \
endpoints make rooms, read them, suggest text, and tell an operator how the server is. The room protocol itself is described in `docs/protocol.md`.

A slash at the end of a path makes no difference. Unknown fields of a request are ignored. Any path may be answered with 404, 405, 408 (the request did \
not come within 30 s) and 429 (too many requests of one address); every error has the form `{\"detail\": \"a sentence\"}`, or names fields as 422 \
does. Every answer has the header `x-request-id`, taken from the request where it is there.";

/// Every endpoint.
#[derive(OpenApi)]
#[openapi(
    info(title = "pair-server", description = DESCRIPTION),
    paths(
        health::healthz,
        health::readyz,
        rooms::create,
        rooms::show,
        autocomplete::autocomplete,
        socket::connect,
        socket::connect_yjs,
        socket::connect_yjs_document,
        metrics::from_here,
        pages::index,
        pages::room,
        pages::icon,
        pages::asset,
        document,
        docs,
        style,
    ),
    tags(
        (name = "rooms", description = "Making rooms and reading them"),
        (name = "connections", description = "Joining a room: the request is upgraded to a WebSocket"),
        (name = "suggestions", description = "Suggested text, without a room"),
        (name = "operation", description = "How the server is"),
        (name = "pages", description = "The web client, and this page"),
    )
)]
struct Document;

struct Rendered {
    json: String,
    page: String,
}

impl Rendered {
    fn new() -> Self {
        let document = serde_json::to_value(Document::openapi()).unwrap_or_default();
        Self { json: document.to_string(), page: page::render(&document) }
    }
}

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/openapi.json", get(document)).route("/docs", get(docs)).route("/docs/style.css", get(style))
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "operation", responses(
    (status = 200, description = "An OpenAPI 3.1 document", body = serde_json::Value),
    Refusals,
))]
pub(super) async fn document() -> Response {
    answer("application/json", &RENDERED.json)
}

/// A page of this document
#[utoipa::path(get, path = "/docs", tag = "pages", responses(
    (status = 200, description = "The page", body = String, content_type = "text/html"),
    Refusals,
))]
pub(super) async fn docs() -> Response {
    answer("text/html; charset=utf-8", &RENDERED.page)
}

/// How the page of this document looks
#[utoipa::path(get, path = "/docs/style.css", tag = "pages", responses(
    (status = 200, description = "The style", body = String, content_type = "text/css"),
    Refusals,
))]
pub(super) async fn style() -> Response {
    answer("text/css; charset=utf-8", STYLE)
}

fn answer(kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    /// The paths that the routers of `http/` have, read from their source: axum does not tell.
    fn routed() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut paths = BTreeSet::new();
        for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
            let source = fs::read_to_string(&file).unwrap();
            for route in source.split(".route(").skip(1) {
                let path = route.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                // Other text that happens to look like a route has no path.
                paths.extend(path.filter(|path| path.starts_with('/')).map(|path| path.replace("{*", "{")));
            }
        }
        paths
    }

    #[test]
    fn every_route_is_in_the_document_and_nothing_else_is() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        let described: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
        let routed = routed();
        assert!(routed.len() > 12, "the routes were not found: {routed:?}");
        assert_eq!(described, routed);
    }

    #[test]
    fn the_page_shows_every_operation_and_has_nothing_inline() {
        let page = &RENDERED.page;
        for part in ["POST</b> /rooms", "GET</b> /ws/{room}", "422", "roomId", "x-request-id"] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        for forbidden in ["<script", "style=", "<style", "http://", "https://", "onclick"] {
            assert!(!page.contains(forbidden), "{forbidden} is in the page");
        }
    }
}
