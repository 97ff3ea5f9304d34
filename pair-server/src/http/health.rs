//! `GET /healthz`: whether the process answers at all; `GET /readyz`: whether it should be given more participants. Knows the readiness, not
//! what it asks.

use super::{
    ApiState,
    error::ApiError,
    openapi::schemas::{Health, Problem, Refusals},
};
use axum::{Json, Router, extract::State, routing::get};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// Whether the process answers
#[utoipa::path(get, path = "/healthz", tag = "operation", responses(
    (status = 200, description = "It does", body = Health),
    Refusals,
))]
pub(super) async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Whether this server should be given more participants
///
/// It should not where its storage does not answer or takes nothing, and as soon as it was told to stop.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "It should", body = Health),
    (status = 503, description = "It should not; the sentence says why", body = Problem),
    Refusals,
))]
pub(super) async fn readyz(State(state): State<ApiState>) -> Result<Json<Value>, ApiError> {
    let ready = state.readiness.check().await;
    ready.map_err(|reason| ApiError::Sentence(StatusCode::SERVICE_UNAVAILABLE, reason.to_string()))?;
    Ok(Json(json!({ "status": "ready" })))
}
