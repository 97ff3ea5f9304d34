//! The calls that need no standing connection: creating a room, reading its text. Knows no document and no screen.

use super::address::ServerUrl;
use protocol::RoomId;
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};
use std::time::Duration;

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
        source: reqwest::Error,
    },
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
        source: reqwest::Error,
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
pub async fn check(server: &ServerUrl) -> Result<(), HttpError> {
    let sent = client(server)?.get(server.http("healthz")).send().await;
    accepted(server, sent).await.map(drop)
}

/// Creates a room.
///
/// # Errors
/// [`HttpError`] says what to do about it.
pub async fn create_room(server: &ServerUrl, room: &NewRoom) -> Result<CreatedRoom, HttpError> {
    let sent = client(server)?.post(server.http("rooms")).json(room).send().await;
    let reply = accepted(server, sent).await?;
    reply.json().await.map_err(|source| HttpError::NotPair { server: server.to_string(), source })
}

/// Reads a room's text.
///
/// # Errors
/// [`HttpError`] says what to do about it.
pub async fn room_text(server: &ServerUrl, room: &RoomId) -> Result<RoomText, HttpError> {
    let sent = client(server)?.get(server.http(&format!("rooms/{room}"))).send().await;
    let reply = accepted(server, sent).await.map_err(|error| match error {
        HttpError::Refused { server, status: StatusCode::NOT_FOUND, .. } => {
            HttpError::RoomNotFound { room: room.clone(), server }
        }
        other => other,
    })?;
    reply.json().await.map_err(|source| HttpError::NotPair { server: server.to_string(), source })
}

fn client(server: &ServerUrl) -> Result<Client, HttpError> {
    let built = Client::builder().timeout(CALL_TIMEOUT).user_agent(super::CLIENT).build();
    built.map_err(|source| HttpError::Unreachable { server: server.to_string(), source })
}

/// The reply, if it is a good one.
async fn accepted(server: &ServerUrl, sent: Result<Response, reqwest::Error>) -> Result<Response, HttpError> {
    let server = server.to_string();
    let reply = match sent {
        Ok(reply) => reply,
        Err(error) if error.is_timeout() => return Err(HttpError::Timeout { server }),
        Err(source) => return Err(HttpError::Unreachable { server, source }),
    };
    if reply.status().is_success() {
        return Ok(reply);
    }
    let status = reply.status();
    let text = reply.text().await.unwrap_or_default();
    Err(HttpError::Refused { server, status, detail: detail(&text) })
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
        let error = create_room(&server, &NewRoom::default()).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("no pair server at http://{address}; start one with `pair-server`, or use `pair-tui host`")
        );
    }
}
