//! `GET /ws/{roomId}`: finds the room and the dialect, then upgrades to a WebSocket and hands it to a session. Whatever is wrong
//! is answered before the upgrade. Knows no message.

use super::{ApiState, Peer, error::ApiError, rooms::room_in_path};
use crate::{
    session::{self, Session, SessionContext},
    transport::websocket,
};
use axum::{
    Router,
    extract::{
        Extension, Path, State, WebSocketUpgrade, rejection::PathRejection, ws::rejection::WebSocketUpgradeRejection,
    },
    response::Response,
    routing::get,
};
use http::{HeaderMap, StatusCode, header::SEC_WEBSOCKET_PROTOCOL};
use protocol::{SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK, codec::Codec};

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/ws/{room}", get(connect))
}

async fn connect(
    State(state): State<ApiState>,
    room: Result<Path<String>, PathRejection>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let room = room_in_path(room)?;
    let upgrade = upgrade
        .map_err(|_| ApiError::Plain(StatusCode::UPGRADE_REQUIRED, "this address takes WebSocket connections only"))?;
    let codec = offered_codec(&headers)?;
    let counted = state.connections.count_or_refuse(peer.ip())?;
    // Loads the room before the upgrade, so that a missing one is answered with 404.
    state.registry.open(&room, state.create_on_join).await?;
    let frame_bytes = state.registry.limits().frame_bytes;
    let upgrade = upgrade.max_message_size(frame_bytes).max_frame_size(frame_bytes);
    let upgrade = match codec {
        Some(codec) => upgrade.protocols([codec.subprotocol()]),
        None => upgrade,
    };
    let context =
        SessionContext { registry: state.registry, room, create: state.create_on_join, shutdown: state.shutdown };
    let tracker = state.tracker;
    Ok(upgrade.on_upgrade(move |socket| {
        let (reader, writer) = websocket::split(socket, frame_bytes);
        let session = async move {
            match codec {
                Some(codec) => session::pair::run(Session { context, reader, writer }, codec).await,
                None => session::plain::run(Session { context, reader, writer }).await,
            }
            drop(counted);
        };
        tracker.track_future(session)
    }))
}

/// The first of the client's subprotocols that this server knows; none for a plain client.
fn offered_codec(headers: &HeaderMap) -> Result<Option<Codec>, ApiError> {
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let offered: Vec<_> = offered.flat_map(|value| value.split(',')).map(str::trim).collect();
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
