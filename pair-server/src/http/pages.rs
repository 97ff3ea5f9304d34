//! `GET /`, `GET /room/{roomId}` and what these pages load: the built web client, which is inside the binary. Knows no room.

use super::{ApiState, error::ApiError, openapi::schemas::Problem, rooms::room_in_path};
use axum::{
    Router,
    body::Body,
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
        IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use protocol::RoomId;

/// One file of the built pages.
struct Page {
    path: &'static str,
    /// The file's `ETag`.
    tag: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

/// Every file; none where the pages were not built before the server.
static PAGES: &[Page] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The one HTML page, which looks at its address itself.
const INDEX: &str = "index.html";

/// What the pages may do: load scripts, styles and pictures from here, and talk with here. Nothing inline, nothing from elsewhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// What `/` says in a binary without pages.
const MISSING: &str = "This pair-server was built without its web pages: install Node.js 18 or newer, run scripts/setup pages, and build \
                       the server again.\n";

pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/", get(index))
        .route("/room/{room}", get(room))
        .route("/icon.svg", get(icon))
        .route("/assets/{*path}", get(asset))
}

/// The web client
#[utoipa::path(get, path = "/", tag = "pages", responses(
    (status = 200, description = "The page", body = String, content_type = "text/html"),
    (status = 304, description = "It is as the browser has it"),
    (status = 404, description = "The server was built without its pages", body = String, content_type = "text/plain"),
))]
pub(super) async fn index(headers: HeaderMap) -> Response {
    index_of(PAGES, &headers)
}

fn index_of(pages: &[Page], headers: &HeaderMap) -> Response {
    if pages.is_empty() {
        return (StatusCode::NOT_FOUND, MISSING).into_response();
    }
    file(INDEX, headers)
}

/// The web client, in a room
#[utoipa::path(get, path = "/room/{room}", tag = "pages", params(("room" = String, Path, description = "The room's id")), responses(
    (status = 200, description = "The page", body = String, content_type = "text/html"),
    (status = 304, description = "It is as the browser has it"),
    (status = 404, description = "The name can be no room's, which the page says; or the server was built without its pages", content(
        (String = "text/html"), (String = "text/plain"))),
))]
pub(super) async fn room(room: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    if room_in_path(room).is_ok() { index(headers).await } else { no_room(PAGES, headers) }
}

/// The page, which sees by its address that there is no such room, and says so. Never "as the browser has it", or that would take it for a
/// room's.
fn no_room(pages: &[Page], mut headers: HeaderMap) -> Response {
    headers.remove(IF_NONE_MATCH);
    let mut page = index_of(pages, &headers);
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

/// The web client's icon
#[utoipa::path(get, path = "/icon.svg", tag = "pages", responses(
    (status = 200, description = "The icon", body = String, content_type = "image/svg+xml"),
    (status = 304, description = "It is as the browser has it"),
    (status = 404, description = "The server was built without its pages", body = Problem),
))]
pub(super) async fn icon(headers: HeaderMap) -> Response {
    file("icon.svg", &headers)
}

/// A file of the web client
#[utoipa::path(get, path = "/assets/{path}", tag = "pages", params(("path" = String, Path, description = "The file's name")), responses(
    (status = 200, description = "The file", body = String, content_type = "text/javascript"),
    (status = 304, description = "It is as the browser has it"),
    (status = 404, description = "There is no such file", body = Problem),
))]
pub(super) async fn asset(path: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Result<Response, ApiError> {
    let Ok(Path(path)) = path else { return Err(not_found()) };
    Ok(file(&format!("assets/{path}"), &headers))
}

/// Where a browser that was given the address of a room for programs finds the page of it; none for programs.
pub(super) fn page_for_people(room: &RoomId, headers: &HeaderMap) -> Option<Redirect> {
    let wants_page =
        headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|it| it.contains("text/html"));
    (wants_page && !PAGES.is_empty()).then(|| Redirect::to(&format!("/room/{room}")))
}

fn not_found() -> ApiError {
    ApiError::Plain(StatusCode::NOT_FOUND, "Not Found")
}

/// A file of the pages, compressed for those who can read that.
fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(page) = PAGES.iter().find(|page| page.path == path) else { return not_found().into_response() };
    let named = |name, wanted: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value: &HeaderValue| value.to_str().ok())
            .any(|value| value.contains(wanted))
    };
    let known = named(IF_NONE_MATCH, page.tag);
    let gzip = named(ACCEPT_ENCODING, "gzip");
    let body = match (known, gzip) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(page.gzip),
        (false, false) => Body::from(page.plain),
    };
    let mut response = Response::new(body);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    // The names of assets change with what they hold.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let answers = response.headers_mut();
    answers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    answers.insert(CONTENT_SECURITY_POLICY, POLICY);
    answers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    answers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    answers.append(VARY, HeaderValue::from_static("accept-encoding"));
    answers.insert(ETAG, HeaderValue::from_static(page.tag));
    if gzip && !known {
        answers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most that a first visit may load, compressed.
    const FIRST_LOAD_BYTES_MAX: usize = 250 << 10;

    #[test]
    fn the_first_load_is_small_and_the_page_has_nothing_inline() {
        // Without pages there is nothing to load; the browser tests, which need pages, fail then.
        let Some(index) = PAGES.iter().find(|page| page.path == INDEX) else { return };
        let html = std::str::from_utf8(index.plain).unwrap();
        assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("onload="), "{html}");
        for script in html.split("<script").skip(1) {
            assert!(script.contains("src=\"/assets/"), "a script is not a file of ours: {script}");
        }
        let loaded: usize = PAGES
            .iter()
            .filter(|page| page.path == INDEX || html.contains(page.path))
            .map(|page| page.gzip.len())
            .sum();
        assert!(loaded <= FIRST_LOAD_BYTES_MAX, "the first load takes {loaded} bytes");
    }

    #[tokio::test]
    async fn without_pages_the_first_one_says_in_a_sentence_how_to_get_them() {
        let answer = index_of(&[], &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let said = axum::body::to_bytes(answer.into_body(), 1 << 10).await.unwrap();
        let said = std::str::from_utf8(&said).unwrap();
        assert!(said.contains("scripts/setup pages") && said.trim_end().lines().count() == 1, "{said}");
    }

    #[tokio::test]
    async fn an_address_that_can_be_no_rooms_is_a_page_and_not_found() {
        let named = |name: &str| Ok(Path(name.to_owned()));
        let mut known = HeaderMap::new();
        if let Some(index) = PAGES.iter().find(|page| page.path == INDEX) {
            known.insert(IF_NONE_MATCH, HeaderValue::from_static(index.tag));
        }
        let answer = room(named("%"), known.clone()).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let kind = answer.headers()[CONTENT_TYPE].to_str().unwrap();
        let expected = if PAGES.is_empty() { "text/plain; charset=utf-8" } else { "text/html; charset=utf-8" };
        assert_eq!(kind, expected);
        let room = room(named("brave-otter"), known).await.status();
        assert_eq!(room, if PAGES.is_empty() { StatusCode::NOT_FOUND } else { StatusCode::NOT_MODIFIED });
    }

    #[test]
    fn files_are_found_by_their_kind() {
        assert_eq!(content_type("assets/index-1a.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("icon.svg"), "image/svg+xml");
        assert_eq!(file("../Cargo.toml", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }
}
