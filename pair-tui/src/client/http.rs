//! The calls that need no standing connection: creating a room, reading its text. Knows no document and no screen.

use super::{
    address::ServerUrl,
    stream::{self, StreamError},
    trust::{Trust, TrustError},
};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use protocol::RoomId;
use serde::{Deserialize, Serialize};
use std::{error::Error, time::Duration};

/// Largest reply, in bytes: a room's text in JSON, which may need six bytes for one of the text.
const REPLY_BYTES_MAX: usize = 64 << 20;

/// How long one call may take.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of an unexpected reply is shown, in characters.
const SHOWN_OF_REPLY: usize = 200;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nobody listens there.
    #[error("no pair server at {server}; start one with `pair-server`, or use `pair-tui host`")]
    Unreachable {
        /// Where.
        server: String,
        /// Why.
        #[source]
        source: StreamError,
    },
    /// The server's certificate is not trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The call did not end.
    #[error("the server at {server} did not answer within {} s; is {server} the right address?", CALL_TIMEOUT.as_secs())]
    Timeout {
        /// Where.
        server: String,
    },
    /// There is no such room.
    #[error("no room {room} at {server}; check the id, or create a room with `pair-tui new`")]
    RoomNotFound {
        /// Which.
        room: RoomId,
        /// Where.
        server: String,
    },
    /// The server refused the call.
    #[error("the server at {server} answered {status}: {detail}")]
    Refused {
        /// Where.
        server: String,
        /// The reply's status.
        status: StatusCode,
        /// What it said.
        detail: String,
    },
    /// Whoever answers there is no pair server, or a too different one.
    #[error("what answers at {server} is no pair server: {source}")]
    NotPair {
        /// Where.
        server: String,
        /// What can't be read.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What a new room begins with.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewRoom {
    /// The text; the server's own when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The language; the server's own when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the document is called, such as `src/main.rs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The room that was created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedRoom {
    /// Its id.
    pub room_id: RoomId,
    /// The token that makes its holder the room's owner, where the server gives one.
    #[serde(default)]
    pub owner_token: Option<String>,
}

/// A room as the standard endpoint shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomText {
    /// The text of the room's default document.
    pub code: String,
    /// Its language.
    pub language: String,
}

/// Makes sure that a pair server answers.
///
/// # Errors
/// [`HttpError`] says what to do about it.
pub async fn check(server: &ServerUrl, trust: &Trust) -> Result<(), HttpError> {
    call(server, trust, Method::GET, "healthz", Bytes::new()).await.map(drop)
}

/// Creates a room.
///
/// # Errors
/// [`HttpError`] says what to do about it.
pub async fn create_room(server: &ServerUrl, trust: &Trust, room: &NewRoom) -> Result<CreatedRoom, HttpError> {
    let body = serde_json::to_vec(room).map_err(|error| not_pair(server, error))?;
    let reply = call(server, trust, Method::POST, "rooms", body.into()).await?;
    serde_json::from_slice(&reply).map_err(|error| not_pair(server, error))
}

/// Reads a room's text.
///
/// # Errors
/// [`HttpError`] says what to do about it.
pub async fn room_text(server: &ServerUrl, trust: &Trust, room: &RoomId) -> Result<RoomText, HttpError> {
    let reply = call(server, trust, Method::GET, &format!("rooms/{room}"), Bytes::new()).await;
    let reply = reply.map_err(|error| match error {
        HttpError::Refused { server, status: StatusCode::NOT_FOUND, .. } => {
            HttpError::RoomNotFound { room: room.clone(), server }
        }
        other => other,
    })?;
    serde_json::from_slice(&reply).map_err(|error| not_pair(server, error))
}

fn not_pair(server: &ServerUrl, source: impl Into<Box<dyn Error + Send + Sync>>) -> HttpError {
    HttpError::NotPair { server: server.to_string(), source: source.into() }
}

/// One request on a connection of its own; gives the reply's body, if it is a good one.
async fn call(
    server: &ServerUrl,
    trust: &Trust,
    method: Method,
    resource: &str,
    body: Bytes,
) -> Result<Bytes, HttpError> {
    let called = tokio::time::timeout(CALL_TIMEOUT, exchange(server, trust, method, resource, body));
    let (status, reply) = called.await.map_err(|_| HttpError::Timeout { server: server.to_string() })??;
    if status.is_success() {
        return Ok(reply);
    }
    let detail = detail(&String::from_utf8_lossy(&reply));
    Err(HttpError::Refused { server: server.to_string(), status, detail })
}

async fn exchange(
    server: &ServerUrl,
    trust: &Trust,
    method: Method,
    resource: &str,
    body: Bytes,
) -> Result<(StatusCode, Bytes), HttpError> {
    let (stream, _) = stream::open(server, trust).await.map_err(|error| match error {
        StreamError::Trust(error) => HttpError::Trust(error),
        source => HttpError::Unreachable { server: server.to_string(), source },
    })?;
    let failed = |error: hyper::Error| not_pair(server, error);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let request = Request::builder()
        .method(method)
        .uri(server.path(resource))
        .header(header::HOST, server.host_and_port())
        .header(header::USER_AGENT, super::CLIENT)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .body(Full::new(body))
        .map_err(|error| not_pair(server, error))?;
    let exchanging = async {
        let reply = sender.send_request(request).await.map_err(failed)?;
        let status = reply.status();
        let body = Limited::new(reply.into_body(), REPLY_BYTES_MAX).collect().await;
        Ok((status, body.map_err(|error| not_pair(server, error))?.to_bytes()))
    };
    tokio::pin!(exchanging);
    tokio::select! {
        exchanged = &mut exchanging => exchanged,
        // The connection may be over before its last bytes are taken.
        ended = connection => match ended {
            Ok(()) => exchanging.await,
            Err(error) => Err(failed(error)),
        },
    }
}

/// What an error's body says: its `detail` where it has one.
fn detail(body: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let said = json.as_ref().and_then(|json| json.get("detail")?.as_str()).unwrap_or(body);
    if said.is_empty() { "nothing more".to_owned() } else { said.chars().take(SHOWN_OF_REPLY).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::KnownServers;

    #[test]
    fn an_error_says_what_the_server_said() {
        assert_eq!(detail("{\"detail\":\"Room not found\"}"), "Room not found");
        assert_eq!(detail("<html>"), "<html>");
        assert_eq!(detail(""), "nothing more");
    }

    #[tokio::test]
    async fn a_missing_server_is_named_with_what_to_do() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let server: ServerUrl = address.to_string().parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let trust = Trust::new(KnownServers::new(folder.path()));
        let error = create_room(&server, &trust, &NewRoom::default()).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("no pair server at http://{address}; start one with `pair-server`, or use `pair-tui host`")
        );
    }
}
