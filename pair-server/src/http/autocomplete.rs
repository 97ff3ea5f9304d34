//! `POST /autocomplete`: a suggestion for a text that the caller brings, whole, or streamed to whoever accepts `text/event-stream`. Knows the
//! provider's trait, no room.

use super::{
    ApiState, Peer,
    body::Fields,
    error::ApiError,
    openapi::schemas::{FieldProblems, Problem, Refusals, SuggestionMade, SuggestionWanted},
};
use crate::{
    metrics::{suggestion::RunningSuggestion, values::SuggestionOutcome},
    room::registry::NEW_ROOM_LANGUAGE,
    suggest::{Item, Maker, Spender, SuggestError, SuggestionPiece, SuggestionRequest, Who},
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Extension, State, rejection::BytesRejection},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
    routing::post,
};
use futures::{Stream, StreamExt, stream};
use http::{HeaderMap, StatusCode, header::ACCEPT};
use protocol::{Limits, document::units::byte_of_utf16};
use serde_json::{Value, json};
use std::{convert::Infallible, time::Instant};
use tokio_util::sync::DropGuard;

pub(super) fn router(limits: &Limits) -> Router<ApiState> {
    Router::new().route("/autocomplete", post(autocomplete).layer(DefaultBodyLimit::max(limits.frame_bytes)))
}

/// Suggests how a text goes on
#[utoipa::path(post, path = "/autocomplete", tag = "suggestions", request_body = SuggestionWanted, responses(
    (status = 200, description = "The suggestion", body = SuggestionMade),
    (status = 413, description = "The text is over the limit", body = Problem),
    (status = 422, description = "The body is no JSON object, or has fields that can't be taken", body = FieldProblems),
    (status = 502, description = "The provider failed", body = Problem),
    Refusals,
))]
pub(super) async fn autocomplete(
    State(state): State<ApiState>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let mut fields = Fields::read(body, false)?;
    let code = fields.text("code");
    let cursor = fields.whole_number("cursorPosition");
    let language = fields.optional_text("language").unwrap_or_else(|| NEW_ROOM_LANGUAGE.to_owned());
    fields.finish()?;
    let cursor = byte_of_utf16(&code, cursor).byte_in(&code);
    let spender = Spender { who: Who::Address(peer.ip()), room: None };
    let models = state.models;
    // A caller who hangs up drops this future or the stream, and the guard then stops the provider.
    let cancel = state.shutdown.child_token();
    let guard = cancel.clone().drop_guard();
    let provider = state.provider;
    let maker = if models { None } else { provider.local_maker() }.unwrap_or_else(|| provider.maker());
    let pieces = provider.suggest(SuggestionRequest { code, cursor, language, models, spender, of: None }, cancel);
    let running = RunningSuggestion::begin(state.metrics, maker.provider.as_str());
    let mut reply = Reply::new(maker, running);
    if wants_events(&headers) {
        return Ok(Sse::new(events(reply, pieces, guard)).into_response());
    }
    let mut pieces = pieces;
    while let Some(piece) = pieces.next().await {
        let piece = piece.inspect_err(|_| reply.failed());
        reply.take(piece.map_err(|error| ApiError::Sentence(StatusCode::BAD_GATEWAY, error.to_string()))?);
    }
    Ok(Json(reply.whole()).into_response())
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/event-stream"))
}

/// What has come so far.
struct Reply {
    begun: Instant,
    maker: Maker,
    text: String,
    others: Vec<Item>,
    problems: Vec<String>,
    /// For the metrics: whoever hangs up drops it.
    running: Option<RunningSuggestion>,
}

impl Reply {
    fn new(maker: Maker, running: RunningSuggestion) -> Self {
        let (text, others, problems) = (String::new(), Vec::new(), Vec::new());
        Self { begun: Instant::now(), maker, text, others, problems, running: Some(running) }
    }

    fn failed(&mut self) {
        if let Some(running) = self.running.take() {
            running.end(SuggestionOutcome::Failed);
        }
    }

    /// Takes a piece; gives what of the text is new.
    fn take(&mut self, piece: SuggestionPiece) -> Option<String> {
        match piece {
            SuggestionPiece::Text(text) => {
                self.text.push_str(&text);
                return Some(text);
            }
            SuggestionPiece::Alternative(item) => self.others.push(item),
            SuggestionPiece::MadeBy(maker) => {
                if let Some(running) = &mut self.running {
                    running.made_by(&maker.provider);
                }
                self.maker = maker;
            }
            SuggestionPiece::Problem(problem) => self.problems.push(problem),
        }
        None
    }

    /// All of it. `suggestion` is the field that has always been there; it is the first of the `items` too, where there are any.
    fn whole(&mut self) -> Value {
        if let Some(running) = self.running.take() {
            running.end(SuggestionOutcome::Done);
        }
        let item = |text: &str, maker: &Maker| json!({"text": text, "provider": maker.provider, "model": maker.model});
        let first = Some(item(&self.text, &self.maker)).filter(|_| !self.text.is_empty());
        let others = self.others.iter().map(|other| item(&other.text, &other.maker));
        let milliseconds = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut whole = json!({
            "suggestion": self.text, "items": first.into_iter().chain(others).collect::<Vec<_>>(),
            "provider": self.maker.provider, "model": self.maker.model, "milliseconds": milliseconds,
        });
        if !self.problems.is_empty() {
            whole["problem"] = json!(self.problems.join("; "));
        }
        whole
    }
}

/// `delta` events with the pieces of the text, then one `done` with all of it, or one `error`.
fn events(
    reply: Reply,
    pieces: impl Stream<Item = Result<SuggestionPiece, SuggestError>> + Unpin,
    guard: DropGuard,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let event = |name: &str, data: &Value| Some(Ok(Event::default().event(name).data(data.to_string())));
    stream::unfold(Some((reply, pieces, guard)), move |state| async move {
        let (mut reply, mut pieces, guard) = state?;
        loop {
            match pieces.next().await {
                Some(Ok(piece)) => {
                    if let Some(text) = reply.take(piece) {
                        let delta = event("delta", &json!({"text": text}));
                        return delta.map(|delta| (delta, Some((reply, pieces, guard))));
                    }
                }
                Some(Err(error)) => {
                    reply.failed();
                    return event("error", &json!({"detail": error.to_string()})).map(|event| (event, None));
                }
                None => return event("done", &reply.whole()).map(|event| (event, None)),
            }
        }
    })
}
