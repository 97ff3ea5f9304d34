//! `POST /autocomplete`: a suggestion for a text that the caller brings. Knows the provider's trait, no room.

use super::{ApiState, body::Fields, error::ApiError};
use crate::{room::registry::NEW_ROOM_LANGUAGE, suggest::SuggestionRequest};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    routing::post,
};
use futures::TryStreamExt;
use http::StatusCode;
use protocol::{Limits, document::units::byte_of_utf16};
use serde_json::{Value, json};

pub(super) fn router(limits: &Limits) -> Router<ApiState> {
    Router::new().route("/autocomplete", post(autocomplete).layer(DefaultBodyLimit::max(limits.frame_bytes)))
}

async fn autocomplete(
    State(state): State<ApiState>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let mut fields = Fields::read(body, false)?;
    let code = fields.text("code");
    let cursor = fields.whole_number("cursorPosition");
    let language = fields.optional_text("language").unwrap_or_else(|| NEW_ROOM_LANGUAGE.to_owned());
    fields.finish()?;
    tokio::time::sleep(state.autocomplete_delay).await;
    let cursor = byte_of_utf16(&code, cursor).byte_in(&code);
    // A caller who hangs up drops this future, and the guard then stops the provider.
    let cancel = state.shutdown.child_token();
    let _guard = cancel.clone().drop_guard();
    let provider = state.provider;
    let pieces = provider.suggest(SuggestionRequest { code, cursor, language, of: None }, cancel);
    let suggestion: String =
        pieces.try_collect().await.map_err(|error| ApiError::Sentence(StatusCode::BAD_GATEWAY, error.to_string()))?;
    Ok(Json(json!({ "suggestion": suggestion, "provider": provider.name(), "model": provider.model() })))
}
