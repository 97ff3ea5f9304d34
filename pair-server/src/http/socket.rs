//! `GET /ws/{roomId}`, `GET /yjs/{roomId}` and `GET /yjs/{roomId}/{path}`: finds the room and the dialect, then upgrades to a
//! WebSocket and hands it to a session. Whatever is wrong is answered before the upgrade. Knows no message.

use super::{ApiState, Peer, error::ApiError, rooms::room_in_path};
use crate::{
    session::{self, Session, SessionContext, yjs::YjsRequest},
    transport::websocket::{self, WebSocketReader, WebSocketWriter},
};
use axum::{
    Router,
    extract::{
        Extension, Path, Query, State, WebSocketUpgrade, rejection::PathRejection,
        ws::rejection::WebSocketUpgradeRejection,
    },
    response::Response,
    routing::get,
};
use http::{HeaderMap, StatusCode, header::SEC_WEBSOCKET_PROTOCOL};
use protocol::{RoomId, SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK, codec::Codec, ids::IdError};
use serde::Deserialize;
use std::{future::Future, net::SocketAddr};

pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/ws/{room}", get(connect))
        .route("/yjs/{room}", get(connect_yjs))
        .route("/yjs/{room}/{*document}", get(connect_yjs_document))
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

async fn connect(
    State(state): State<ApiState>,
    room: Result<Path<String>, PathRejection>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let room = room_in_path(room)?;
    let upgrade = upgrade.map_err(|_| upgrade_required())?;
    let Some(codec) = offered_codec(&headers)? else {
        return open(state, room, peer, upgrade, session::plain::run).await;
    };
    let upgrade = upgrade.protocols([codec.subprotocol()]);
    open(state, room, peer, upgrade, move |session| session::pair::run(session, codec)).await
}

async fn connect_yjs(
    State(state): State<ApiState>,
    room: Result<Path<String>, PathRejection>,
    Extension(Peer(peer)): Extension<Peer>,
    query: Query<YjsQuery>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let request = YjsRequest { document: None, token: query.0.token };
    open_yjs(state, room_in_path(room)?, peer, &headers, upgrade, request).await
}

async fn connect_yjs_document(
    State(state): State<ApiState>,
    place: Result<Path<(String, String)>, PathRejection>,
    Extension(Peer(peer)): Extension<Peer>,
    query: Query<YjsQuery>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let Ok(Path((room, document))) = place else { return Err(ApiError::room_not_found()) };
    let room = room.parse().map_err(|_| ApiError::room_not_found())?;
    let document =
        document.parse().map_err(|error: IdError| ApiError::Sentence(StatusCode::NOT_FOUND, error.to_string()))?;
    let request = YjsRequest { document: Some(document), token: query.0.token };
    open_yjs(state, room, peer, &headers, upgrade, request).await
}

/// What the address of a Yjs connection may say behind the question mark; providers put their `params` there.
#[derive(Debug, Deserialize)]
struct YjsQuery {
    /// An access token of the room.
    #[serde(default)]
    token: Option<String>,
}

async fn open_yjs(
    state: ApiState,
    room: RoomId,
    peer: SocketAddr,
    headers: &HeaderMap,
    upgrade: Upgrade,
    request: YjsRequest,
) -> Result<Response, ApiError> {
    let mut upgrade = upgrade.map_err(|_| upgrade_required())?;
    // Whatever subprotocol a provider was told to offer is fine; a browser wants one of them named.
    if let Some(offered) = offered(headers).first() {
        upgrade = upgrade.protocols([(*offered).to_owned()]);
    }
    open(state, room, peer, upgrade, move |session| session::yjs::run(session, request)).await
}

/// Finds the room, then upgrades and lets a session begin.
async fn open<F>(
    state: ApiState,
    room: RoomId,
    peer: SocketAddr,
    upgrade: WebSocketUpgrade,
    converse: impl FnOnce(Session<WebSocketReader, WebSocketWriter>) -> F + Send + 'static,
) -> Result<Response, ApiError>
where
    F: Future<Output = ()> + Send,
{
    let counted = state.connections.count_or_refuse(peer.ip())?;
    // Loads the room before the upgrade, so that a missing one is answered with 404.
    state.registry.open(&room, state.create_on_join).await?;
    let frame_bytes = state.registry.limits().frame_bytes;
    let upgrade = upgrade.max_message_size(frame_bytes).max_frame_size(frame_bytes);
    let context =
        SessionContext { registry: state.registry, room, create: state.create_on_join, shutdown: state.shutdown };
    let tracker = state.tracker;
    Ok(upgrade.on_upgrade(move |socket| {
        let (reader, writer) = websocket::split(socket, frame_bytes);
        let session = async move {
            converse(Session { context, reader, writer }).await;
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
