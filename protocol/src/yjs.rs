//! The y-websocket dialect: the frames that its providers and servers exchange. Knows the frames only; what an update means is the
//! document's, what a state of awareness means is `yjs/awareness`.
//!
//! The format is that of y-protocols (`PROTOCOL.md`, `sync.js`, `awareness.js` and `auth.js` of github.com/yjs/y-protocols) inside the
//! envelope of y-websocket (`src/y-websocket.js` of github.com/yjs/y-websocket): a number for the kind, then what the kind needs.

use crate::document::update::{UpdateError, encode::put_varint, reader::Reader};
use awareness::AwarenessEntry;
use bytes::Bytes;

pub mod awareness;

/// Kinds of frames, and of sync messages inside the first kind.
const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const SYNC_STEP_1: u64 = 0;
const SYNC_STEP_2: u64 = 1;
const SYNC_UPDATE: u64 = 2;
const PERMISSION_DENIED: u64 = 0;

/// Bytes of the states of one frame of awareness at most: names, colours and cursors take some hundred.
pub const AWARENESS_BYTES_MAX: usize = 32 << 10;

/// A frame from a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YjsMessage {
    /// What the provider has, as a state vector: it wants the rest.
    SyncStep1(Bytes),
    /// What the server was missing, as an update.
    SyncStep2(Bytes),
    /// A change, as an update.
    Update(Bytes),
    /// Where clients are.
    Awareness(Vec<AwarenessEntry>),
    /// Asks for everybody's awareness.
    QueryAwareness,
    /// Something about rights, which a server has no use for.
    Auth,
}

/// Why a frame is no frame of y-websocket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YjsError {
    /// The kind is none of the four.
    #[error("message type {0} is none of sync (0), awareness (1), auth (2) and query awareness (3)")]
    UnknownKind(u64),
    /// The sync message is none of the three.
    #[error("sync message {0} is none of step 1 (0), step 2 (1) and update (2)")]
    UnknownSync(u64),
    /// The bytes do not fit the kind.
    #[error("the frame can't be read: {0}")]
    Malformed(#[from] UpdateError),
    /// A state of awareness is no JSON.
    #[error("the awareness of client {client} is no JSON: {reason}")]
    NoJson {
        /// Whose.
        client: crate::ClientId,
        /// What the reader said.
        reason: String,
    },
    /// The states are too long.
    #[error("{size} bytes of awareness are over the limit of {AWARENESS_BYTES_MAX}")]
    TooLarge {
        /// Bytes of the frame.
        size: usize,
    },
}

/// Reads a provider's frame. Updates and state vectors are shared with the frame, and not looked into.
///
/// # Errors
/// [`YjsError`] says what is wrong with the bytes.
pub fn read(frame: &Bytes) -> Result<YjsMessage, YjsError> {
    let mut reader = Reader::new(frame);
    let message = match reader.varint("the message type")? {
        SYNC => read_sync(frame, &mut reader)?,
        AWARENESS => {
            if frame.len() > AWARENESS_BYTES_MAX {
                return Err(YjsError::TooLarge { size: frame.len() });
            }
            YjsMessage::Awareness(awareness::read(reader.bytes("the awareness")?)?)
        }
        AUTH => return Ok(YjsMessage::Auth),
        QUERY_AWARENESS => YjsMessage::QueryAwareness,
        other => return Err(YjsError::UnknownKind(other)),
    };
    reader.finish()?;
    Ok(message)
}

fn read_sync(frame: &Bytes, reader: &mut Reader<'_>) -> Result<YjsMessage, YjsError> {
    let kind = reader.varint("the sync message's type")?;
    if kind > SYNC_UPDATE {
        return Err(YjsError::UnknownSync(kind));
    }
    let payload = frame.slice_ref(reader.bytes("the sync message")?);
    Ok(match kind {
        SYNC_STEP_1 => YjsMessage::SyncStep1(payload),
        SYNC_STEP_2 => YjsMessage::SyncStep2(payload),
        _ => YjsMessage::Update(payload),
    })
}

/// What the server has, as a state vector: the provider answers with the rest.
pub fn sync_step_1(state_vector: &[u8]) -> Bytes {
    frame(&[SYNC, SYNC_STEP_1], state_vector)
}

/// What the provider was missing; it counts as in step with the server from then on.
pub fn sync_step_2(update: &[u8]) -> Bytes {
    frame(&[SYNC, SYNC_STEP_2], update)
}

/// Somebody's change.
pub fn update(update: &[u8]) -> Bytes {
    frame(&[SYNC, SYNC_UPDATE], update)
}

/// Where clients are.
pub fn awareness(entries: &[AwarenessEntry]) -> Bytes {
    frame(&[AWARENESS], &awareness::write(entries))
}

/// The client may not do what it did; providers show the reason in the browser's console.
pub fn permission_denied(reason: &str) -> Bytes {
    frame(&[AUTH, PERMISSION_DENIED], reason.as_bytes())
}

/// Numbers, then a byte string with its length.
fn frame(kinds: &[u64], payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(kinds.len() + 5 + payload.len());
    for kind in kinds {
        put_varint(&mut out, *kind);
    }
    put_varint(&mut out, payload.len() as u64);
    out.extend_from_slice(payload);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_back() {
        assert_eq!(read(&sync_step_1(&[0])), Ok(YjsMessage::SyncStep1(Bytes::from_static(&[0]))));
        assert_eq!(read(&sync_step_2(&[0, 0])), Ok(YjsMessage::SyncStep2(Bytes::from_static(&[0, 0]))));
        assert_eq!(read(&update(&[0, 0])), Ok(YjsMessage::Update(Bytes::from_static(&[0, 0]))));
        assert_eq!(read(&Bytes::from_static(&[3])), Ok(YjsMessage::QueryAwareness));
        assert_eq!(read(&permission_denied("viewers only read")), Ok(YjsMessage::Auth));
        assert_eq!(update(&[7, 8]).as_ref(), [0, 2, 2, 7, 8]);
    }

    #[test]
    fn what_is_no_frame_is_refused_by_name() {
        let read = |bytes: &'static [u8]| read(&Bytes::from_static(bytes)).unwrap_err();
        assert_eq!(read(&[9]), YjsError::UnknownKind(9));
        assert_eq!(read(&[0, 7, 0]), YjsError::UnknownSync(7));
        assert!(matches!(read(&[]), YjsError::Malformed(UpdateError::Truncated(_))));
        assert!(matches!(read(&[0, 2, 5, 1]), YjsError::Malformed(UpdateError::Truncated(_))));
        assert!(matches!(read(&[0, 2, 1, 0, 0]), YjsError::Malformed(UpdateError::TrailingBytes(1))));
    }
}
