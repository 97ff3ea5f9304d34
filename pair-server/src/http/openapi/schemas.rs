//! The shapes of answers and requests. The handlers make some of them field by field; a test holds real answers against these. Knows no handler.

#![allow(dead_code, reason = "some of these are only described, and made elsewhere")]

use super::super::error::FieldProblem;
use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::schema::{Object, ObjectBuilder, Type},
};

/// A number from 0 on, however large.
fn whole_number() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build()
}

/// A request that was not fulfilled.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Problem {
    /// A sentence for people.
    detail: String,
}

/// A body that can't be taken.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct FieldProblems {
    /// Every field that is wrong.
    detail: Vec<FieldProblem>,
}

/// How the process is.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Health {
    /// `ok`, or `ready`.
    status: String,
}

/// A room to be made; every field may be missing, and so may the body.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RoomRequest {
    /// The language, such as `rust`, in 1 to 64 bytes; where it is missing, what the end of `name` tells, else `python`.
    #[schema(min_length = 1, max_length = 64, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    language: Option<String>,
    /// The first text.
    code: Option<String>,
    /// The first document's path, such as `src/main.rs`, in 1 to 255 bytes; no part of it is empty, `.` or `..`.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f\\]*$")]
    name: Option<String>,
    /// The role of whoever joins without a token: `editor`, or `viewer`.
    #[schema(pattern = "^(editor|viewer)$")]
    guest_role: Option<String>,
}

/// A room that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RoomCreated {
    /// Its id.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    room_id: String,
    /// Whoever joins with this is its owner. It is not kept, and not told again.
    owner_token: String,
}

/// A room.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct RoomShown {
    /// Its id.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    room_id: String,
    /// The default document's text.
    code: String,
    /// The language.
    language: String,
    /// Connections now.
    #[schema(schema_with = whole_number)]
    participants: u64,
    /// The last change.
    #[schema(format = DateTime)]
    updated_at: String,
    /// Who changed it; null until somebody did.
    #[schema(required)]
    last_author: Option<String>,
}

/// A text to go on from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct SuggestionWanted {
    /// The text.
    code: String,
    /// Where the suggestion would go, in UTF-16 code units; behind the end counts as the end.
    #[schema(schema_with = whole_number)]
    cursor_position: u64,
    /// The language; `python` where it is missing.
    language: Option<String>,
}

/// A suggestion. Whoever accepts `text/event-stream` gets it as events: `delta` with a `text` each, then `done` with all of this, or `error`.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SuggestionMade {
    /// The text; empty: there is nothing to suggest.
    suggestion: String,
    /// All texts that would do, that one first.
    items: Vec<SuggestedItem>,
    /// What made it.
    provider: String,
    /// With which model.
    model: String,
    /// How long that took.
    milliseconds: u64,
    /// What went wrong on the way.
    problem: Option<String>,
}

/// A text that would do.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SuggestedItem {
    /// The text.
    text: String,
    /// What made it.
    provider: String,
    /// With which model.
    model: String,
}

/// What any request to a room or a provider may be answered with.
#[derive(IntoResponses)]
pub(in crate::http) enum Refusals {
    /// The request did not come within 30 s.
    #[response(status = 408)]
    TooSlow(Problem),
    /// Too many requests or connections of one address; `retry-after` says when it may work again.
    #[response(status = 429)]
    TooMany(Problem),
    /// The server failed; its log says why.
    #[response(status = 500)]
    Failed(Problem),
}

/// What a connection to a room may be answered with.
#[derive(IntoResponses)]
pub(in crate::http) enum Upgrade {
    /// The connection is a WebSocket from here on.
    #[response(status = 101)]
    Upgraded,
    /// The request is none that can be upgraded, or offers only subprotocols of pair that this server does not know.
    #[response(status = 400)]
    Bad(Problem),
    /// There is no such room and none is made, or the name can be none.
    #[response(status = 404)]
    NoRoom(Problem),
    /// The request asks for no WebSocket.
    #[response(status = 426)]
    NotAsked(Problem),
    /// The room can't be loaded now.
    #[response(status = 503)]
    Unavailable(Problem),
}
