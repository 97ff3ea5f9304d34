//! `POST /rooms` and `GET /rooms/{roomId}`: making a room, and reading it as front ends do. Knows rooms by their registry.

use super::{
    ApiState,
    body::Fields,
    error::ApiError,
    openapi::schemas::{FieldProblems, Problem, Refusals, RoomCreated, RoomRequest, RoomShown},
    pages,
};
use crate::{
    clock::iso_8601,
    room::{
        registry::{NEW_ROOM_LANGUAGE, NEW_ROOM_TEXT, NewRoom, OpenError},
        state::RoomSummary,
    },
    secret,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use protocol::{DocumentPath, Limits, RoomId, language, limits::LANGUAGE_MAX_BYTES, presence::Role};
use serde_json::{Value, json};

/// How often a room that just left memory is asked for again. Each time it is loaded anew, so once is enough but for the
/// unluckiest of moments.
const TRIES: usize = 4;

pub(super) fn router(limits: &Limits) -> Router<ApiState> {
    Router::new()
        .route("/rooms", post(create).layer(DefaultBodyLimit::max(limits.frame_bytes)))
        .route("/rooms/{room}", get(show))
}

/// Makes a room
#[utoipa::path(post, path = "/rooms", tag = "rooms", request_body(content = Option<RoomRequest>), responses(
    (status = 200, description = "It is there", body = RoomCreated),
    (status = 413, description = "The text is over the limit", body = Problem),
    (status = 422, description = "The body is no JSON object, or has fields that can't be taken", body = FieldProblems),
    (status = 503, description = "Nothing can be stored now", body = Problem),
    Refusals,
))]
pub(super) async fn create(
    State(state): State<ApiState>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let mut fields = Fields::read(body, true)?;
    let language = fields.optional_text("language").map(|language| language.trim().to_owned());
    let fits = |language: &String| {
        !language.is_empty() && language.len() <= LANGUAGE_MAX_BYTES && !language.contains(char::is_control)
    };
    if language.as_ref().is_some_and(|language| !fits(language)) {
        let what = format!("must have 1 to {LANGUAGE_MAX_BYTES} bytes, such as rust");
        fields.refuse::<()>("language", "value_error", &what);
    }
    let code = fields.optional_text("code");
    let document = fields.optional::<DocumentPath>("name");
    let guest_role = match fields.optional_text("guestRole").as_deref() {
        None | Some("editor") => Role::Editor,
        Some("viewer") => Role::Viewer,
        Some(other) => {
            fields.refuse::<()>("guestRole", "value_error", &format!("must be editor or viewer, not {other:?}"));
            Role::Editor
        }
    };
    fields.finish()?;
    let owner_token = secret::random().map_err(|_| OpenError::NoRandomness)?;
    let of_name = || document.as_ref().and_then(|path| language::of_file(path.as_str())).map(|known| known.name);
    let room = NewRoom {
        language: language.unwrap_or_else(|| of_name().unwrap_or(NEW_ROOM_LANGUAGE).to_owned()),
        code: code.unwrap_or_else(|| NEW_ROOM_TEXT.to_owned()),
        document: document.unwrap_or_else(DocumentPath::main),
        owner_token: Some(secret::hash(&owner_token)),
        guest_role,
    };
    let id = state.registry.create(room).await?;
    tracing::info!(room = %id, "a room was created");
    Ok(Json(json!({ "roomId": id, "ownerToken": owner_token })))
}

/// Shows a room
///
/// A browser that asks for a page is sent to the room's page instead.
#[utoipa::path(get, path = "/rooms/{room}", tag = "rooms", params(("room" = String, Path, description = "The room's id")), responses(
    (status = 200, description = "The room", body = RoomShown),
    (status = 303, description = "To the page, for those who accept `text/html`"),
    (status = 404, description = "There is no such room", body = Problem),
    (status = 503, description = "The room can't be loaded now", body = Problem),
    Refusals,
))]
pub(super) async fn show(
    State(state): State<ApiState>,
    room: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = room_in_path(room)?;
    // Links to rooms have this form; whoever opens one in a browser wants to go in.
    if let Some(page) = pages::page_for_people(&id, &headers) {
        return Ok(page.into_response());
    }
    let RoomSummary { code, language, participants, updated_ms, last_author } = summary(&state, &id).await?;
    Ok(Json(json!({
        "roomId": id,
        "code": code,
        "language": language,
        "participants": participants,
        "updatedAt": iso_8601(updated_ms),
        "lastAuthor": last_author,
    }))
    .into_response())
}

/// The room that a path names. What can't be an id, such as `../x` or bytes that are no text, names no room.
pub(super) fn room_in_path(room: Result<Path<String>, PathRejection>) -> Result<RoomId, ApiError> {
    let Ok(Path(room)) = room else { return Err(ApiError::room_not_found()) };
    room.parse().map_err(|_| ApiError::room_not_found())
}

async fn summary(state: &ApiState, id: &RoomId) -> Result<RoomSummary, ApiError> {
    for _ in 0..TRIES {
        if let Ok(summary) = state.registry.open(id, false).await?.summary().await {
            return Ok(summary);
        }
    }
    Err(ApiError::Plain(StatusCode::SERVICE_UNAVAILABLE, "the room is being loaded again; try again in a moment"))
}
