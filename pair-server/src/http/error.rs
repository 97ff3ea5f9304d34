//! Errors in the shapes that front ends know: `{"detail": "sentence"}`, and for fields `{"detail": [{loc, msg, type}]}`. Knows
//! no resource.

use crate::{room::registry::OpenError, storage::StorageError};
use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde::Serialize;
use serde_json::json;
use std::{any::Any, time::Duration};
use utoipa::ToSchema;

/// One field that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// Where it is, such as `["body", "cursorPosition"]`.
    pub(super) loc: Vec<&'static str>,
    /// What is wrong, and what would be right.
    pub(super) msg: String,
    /// The kind of problem, for programs.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

/// Why a request was not fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// A status with a fixed sentence.
    #[error("{1}")]
    Plain(StatusCode, &'static str),
    /// A status with a sentence of its own.
    #[error("{1}")]
    Sentence(StatusCode, String),
    /// The body has fields that can't be taken.
    #[error("{} fields can't be taken", .0.len())]
    Fields(Vec<FieldProblem>),
    /// Too many requests.
    #[error("too many {what} from {from}; the limit is {limit}; try again in {} s", retry.as_secs().max(1))]
    TooMany {
        /// Of what.
        what: &'static str,
        /// From which address.
        from: String,
        /// The limit, in words.
        limit: String,
        /// When it may work again.
        retry: Duration,
    },
}

impl ApiError {
    /// There is no such room, or none that may be had.
    pub(super) fn room_not_found() -> Self {
        Self::Plain(StatusCode::NOT_FOUND, "Room not found")
    }
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotFound(_) => Self::room_not_found(),
            OpenError::TooLarge { .. } => Self::Sentence(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
            OpenError::Storage(StorageError::Unavailable { .. } | StorageError::Closed) => {
                tracing::error!(%error, "a request failed in storage");
                Self::Sentence(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            OpenError::Storage(_) | OpenError::NoRandomness => {
                tracing::error!(%error, "a request failed");
                Self::Sentence(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Plain(status, _) | Self::Sentence(status, _) => *status,
            Self::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        };
        let detail = match &self {
            Self::Fields(problems) => json!({ "detail": problems }),
            other => json!({ "detail": other.to_string() }),
        };
        let mut response = (status, Json(detail)).into_response();
        if let Self::TooMany { retry, .. } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry.as_secs().max(1)));
        }
        response
    }
}

/// The answer where a handler panicked; the panic itself is in the log.
pub(super) fn of_panic(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request's handler panicked");
    ApiError::Plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
}
