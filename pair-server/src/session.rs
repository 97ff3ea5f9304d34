//! One participant's conversation, per dialect: what comes from the connection goes to the room, what the room has goes to the
//! connection. Knows rooms by handle and registry, connections by the transport's traits; no HTTP, no storage.

use crate::{
    metrics::{
        label::Label,
        values::{Dialect, Transport},
    },
    room::{
        handle::{RoomGone, RoomHandle},
        registry::{OpenError, Registry},
    },
    transport::CloseCode,
};
use protocol::{ParticipantId, RoomId};
use std::{future::Future, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

mod pace;
pub(crate) mod pair;
pub(crate) mod plain;
pub(crate) mod yjs;

/// How often a room that just left memory is asked for again.
const OPEN_TRIES: usize = 4;

/// How long the last frames may take when a connection ends.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may take for its last frames when the server stops. With the time for the close it is within the slack that
/// the server gives its connections.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Where a session takes place.
#[derive(Debug, Clone)]
pub(crate) struct SessionContext {
    pub(crate) registry: Arc<Registry>,
    pub(crate) room: RoomId,
    /// Whether the room is made if it does not exist.
    pub(crate) create: bool,
    /// Cancelled when the server stops.
    pub(crate) shutdown: CancellationToken,
}

/// A connection that has found its room.
#[derive(Debug)]
pub(crate) struct Session<R, W> {
    pub(crate) context: SessionContext,
    pub(crate) reader: R,
    pub(crate) writer: W,
}

/// How a connection ends: the code and the reason for its close.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Farewell {
    code: CloseCode,
    reason: String,
}

impl Farewell {
    fn new(code: CloseCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    /// The peer said goodbye.
    fn normal() -> Self {
        Self::new(CloseCode::Normal, "")
    }

    /// The room or the server goes; coming back helps.
    fn restart() -> Self {
        Self::new(CloseCode::Restart, "the server or the room restarts; come back in a moment")
    }
}

impl SessionContext {
    /// Does something with the room; where it has just left memory, it is loaded anew, and once more something is done.
    async fn with_room<T, F>(&self, mut ask: impl FnMut(RoomHandle) -> F) -> Result<(RoomHandle, T), OpenError>
    where
        F: Future<Output = Result<T, RoomGone>>,
    {
        for _ in 0..OPEN_TRIES {
            let room = self.registry.open(&self.room, self.create).await?;
            if let Ok(done) = ask(room.clone()).await {
                return Ok((room, done));
            }
        }
        Err(OpenError::NotFound(self.room.clone()))
    }
}

/// Waits until the server stops, and a little longer, in which last frames are written to whoever reads.
async fn stopped(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(STOP_GRACE).await;
}

/// Under which everything is logged that happens in a session. Whose it is becomes known when the client has joined: see [`tell_participant`].
pub(crate) fn span_of(context: &SessionContext, dialect: Dialect, transport: Transport) -> tracing::Span {
    tracing::info_span!(
        "session",
        room = %context.room,
        participant = tracing::field::Empty,
        dialect = dialect.word(),
        transport = transport.word()
    )
}

/// Notes whose session this is.
fn tell_participant(participant: ParticipantId) {
    tracing::Span::current().record("participant", tracing::field::display(participant));
}

/// A participant id at random.
fn new_participant() -> Result<ParticipantId, getrandom::Error> {
    Ok(ParticipantId::from_random(getrandom::u64()?))
}
