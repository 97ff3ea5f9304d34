//! `GET /ws/{roomId}`, `GET /yjs/{roomId}` and `GET /yjs/{roomId}/{path}`: finds the room and the dialect, then upgrades to a
//! WebSocket and hands it to a session. Whatever is wrong is answered before the upgrade. Knows no message.

use super::{
    ApiState, Peer,
    error::ApiError,
    openapi::schemas::{Refusals, Upgrade},
    rooms::room_in_path,
};
use crate::{
    metrics::values::{Dialect, Transport},
    session::{self, Session, SessionContext, yjs::YjsRequest},
    transport::{
        heard::Heard,
        metered::{MeteredReader, MeteredWriter, metered},
        websocket::{self, WebSocketReader, WebSocketWriter},
    },
};
use axum::{
    Router,
    extract::{
        Extension, Path, Query, State, WebSocketUpgrade,
        rejection::{PathRejection, QueryRejection},
        ws::rejection::WebSocketUpgradeRejection,
    },
    response::Response,
    routing::get,
};
use http::{HeaderMap, StatusCode, header::SEC_WEBSOCKET_PROTOCOL};
use protocol::{RoomId, SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK, codec::Codec, ids::IdError};
use serde::Deserialize;
use std::{future::Future, net::SocketAddr, sync::Arc};
use tracing::Instrument;

pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/ws/{room}", get(connect))
        .route("/yjs/{room}", get(connect_yjs))
        .route("/yjs/{room}/{*document}", get(connect_yjs_document))
}

/// Bytes that each connection reads at a time, and keeps for it. Edits are tens of bytes; a frame that is larger gets a buffer of its own size. What
/// tungstenite takes where nobody says less, 128 KiB, is most of the memory of a connection that says nothing.
const READ_BUFFER_BYTES: usize = 8 * 1_024;

type Upgraded = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

type YjsParameters = Result<Query<YjsQuery>, QueryRejection>;

/// Joins a room
///
/// Without a subprotocol the conversation is in whole texts; with `pair.v1.msgpack` or `pair.v1.json` it is the room protocol. A room that does not
/// exist is made, unless the operator turned that off.
#[utoipa::path(get, path = "/ws/{room}", tag = "connections", params(
    ("room" = String, Path, description = "The room's id: 1 to 64 letters, digits, `-` and `_`"),
    ("sec-websocket-protocol" = Option<String>, Header, description = "Subprotocols, with commas"),
), responses(Upgrade, Refusals))]
pub(super) async fn connect(
    State(state): State<ApiState>,
    room: Result<Path<String>, PathRejection>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(heard): Extension<Arc<Heard>>,
    headers: HeaderMap,
    upgrade: Upgraded,
) -> Result<Response, ApiError> {
    let room = room_in_path(room)?;
    let upgrade = upgrade.map_err(|_| upgrade_required())?;
    let Some(codec) = offered_codec(&headers)? else {
        return open(state, room, Caller { peer, heard }, upgrade, Dialect::Plain, session::plain::run).await;
    };
    let upgrade = upgrade.protocols([codec.subprotocol()]);
    open(state, room, Caller { peer, heard }, upgrade, Dialect::Pair, move |session| session::pair::run(session, codec))
        .await
}

/// Joins a room as a provider of y-websocket does, in the room's default document
#[utoipa::path(get, path = "/yjs/{room}", tag = "connections", params(
    ("room" = String, Path, description = "The room's id: 1 to 64 letters, digits, `-` and `_`"),
    ("token" = Option<String>, Query, description = "An access token of the room"),
), responses(Upgrade, Refusals))]
pub(super) async fn connect_yjs(
    State(state): State<ApiState>,
    room: Result<Path<String>, PathRejection>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(heard): Extension<Arc<Heard>>,
    query: YjsParameters,
    headers: HeaderMap,
    upgrade: Upgraded,
) -> Result<Response, ApiError> {
    let request = YjsRequest { document: None, token: token_of(query)? };
    open_yjs(state, room_in_path(room)?, Caller { peer, heard }, &headers, upgrade, request).await
}

/// Joins a room as a provider of y-websocket does, in a document of the room
#[utoipa::path(get, path = "/yjs/{room}/{document}", tag = "connections", params(
    ("room" = String, Path, description = "The room's id: 1 to 64 letters, digits, `-` and `_`"),
    ("document" = String, Path, description = "The document's path; it may have slashes"),
    ("token" = Option<String>, Query, description = "An access token of the room"),
), responses(Upgrade, Refusals))]
pub(super) async fn connect_yjs_document(
    State(state): State<ApiState>,
    place: Result<Path<(String, String)>, PathRejection>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(heard): Extension<Arc<Heard>>,
    query: YjsParameters,
    headers: HeaderMap,
    upgrade: Upgraded,
) -> Result<Response, ApiError> {
    let Ok(Path((room, document))) = place else { return Err(ApiError::room_not_found()) };
    let room = room.parse().map_err(|_| ApiError::room_not_found())?;
    let document =
        document.parse().map_err(|error: IdError| ApiError::Sentence(StatusCode::NOT_FOUND, error.to_string()))?;
    let request = YjsRequest { document: Some(document), token: token_of(query)? };
    open_yjs(state, room, Caller { peer, heard }, &headers, upgrade, request).await
}

/// What the address of a Yjs connection may say behind the question mark; providers put their `params` there.
#[derive(Debug, Deserialize)]
pub(super) struct YjsQuery {
    /// An access token of the room.
    #[serde(default)]
    token: Option<String>,
}

fn token_of(query: YjsParameters) -> Result<Option<String>, ApiError> {
    let Query(query) = query.map_err(|error| ApiError::Sentence(StatusCode::BAD_REQUEST, error.body_text()))?;
    Ok(query.token)
}

/// Whose connection is upgraded, and what comes on it.
struct Caller {
    peer: SocketAddr,
    heard: Arc<Heard>,
}

async fn open_yjs(
    state: ApiState,
    room: RoomId,
    caller: Caller,
    headers: &HeaderMap,
    upgrade: Upgraded,
    request: YjsRequest,
) -> Result<Response, ApiError> {
    let mut upgrade = upgrade.map_err(|_| upgrade_required())?;
    // Whatever subprotocol a provider was told to offer is fine; a browser wants one of them named.
    if let Some(offered) = offered(headers).first() {
        upgrade = upgrade.protocols([(*offered).to_owned()]);
    }
    open(state, room, caller, upgrade, Dialect::Yjs, move |session| session::yjs::run(session, request)).await
}

/// Finds the room, then upgrades and lets a session begin.
async fn open<F>(
    state: ApiState,
    room: RoomId,
    caller: Caller,
    upgrade: WebSocketUpgrade,
    dialect: Dialect,
    converse: impl FnOnce(Session<MeteredReader<WebSocketReader>, MeteredWriter<WebSocketWriter>>) -> F + Send + 'static,
) -> Result<Response, ApiError>
where
    F: Future<Output = ()> + Send,
{
    let metrics = state.metrics;
    let counted = state.connections.count_or_refuse(caller.peer.ip());
    let counted = counted.inspect_err(|_| {
        metrics.connections.refused.inc();
    })?;
    // Loads the room before the upgrade, so that a missing one is answered with 404.
    state.registry.open(&room, state.create_on_join).await?;
    let frame_bytes = state.registry.limits().frame_bytes;
    let upgrade = upgrade.read_buffer_size(READ_BUFFER_BYTES).max_message_size(frame_bytes).max_frame_size(frame_bytes);
    let context =
        SessionContext { registry: state.registry, room, create: state.create_on_join, shutdown: state.shutdown };
    let tracker = state.tracker;
    Ok(upgrade.on_upgrade(move |socket| {
        let ways = websocket::split(socket, frame_bytes, caller.heard);
        let (reader, writer) = metered(&metrics, dialect, Transport::WebSocket, ways);
        let span = session::span_of(&context, dialect, Transport::WebSocket);
        let session = async move {
            converse(Session { context, reader, writer }).instrument(span).await;
            drop(counted);
        };
        tracker.track_future(session)
    }))
}

fn upgrade_required() -> ApiError {
    ApiError::Plain(StatusCode::UPGRADE_REQUIRED, "this address takes WebSocket connections only")
}

/// The subprotocols that the client offers, in its order.
fn offered(headers: &HeaderMap) -> Vec<&str> {
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).map(str::trim).collect()
}

/// The first of the client's subprotocols that this server knows; none for a plain client.
fn offered_codec(headers: &HeaderMap) -> Result<Option<Codec>, ApiError> {
    let offered = offered(headers);
    let known = offered.iter().find_map(|name| Codec::of_subprotocol(name));
    if known.is_none() && offered.iter().any(|name| name.starts_with("pair.")) {
        let sentence = format!(
            "none of the subprotocols {} is known to this server; it speaks {SUBPROTOCOL_MSGPACK} and {SUBPROTOCOL_JSON}",
            offered.join(", ").chars().take(200).collect::<String>()
        );
        return Err(ApiError::Sentence(StatusCode::BAD_REQUEST, sentence));
    }
    Ok(known)
}
