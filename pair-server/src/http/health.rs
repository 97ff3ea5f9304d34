//! `GET /healthz`: whether the process answers at all. Knows nothing.

use super::ApiState;
use axum::{Json, Router, routing::get};
use serde_json::json;

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/healthz", get(async || Json(json!({ "status": "ok" }))))
}
