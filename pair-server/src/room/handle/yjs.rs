//! What Yjs clients ask of a room. Knows the mailbox, not the rules.

use super::{PresenceGuard, RoomGone, RoomHandle, RoomInput};
use crate::room::{
    effect::ConnectionId,
    outbox::OutboxReader,
    state::{
        JoinError,
        yjs::{YjsJoin, YjsRefusal, YjsWelcome},
    },
};
use bytes::Bytes;
use protocol::{ParticipantId, document::update::UpdateError, yjs::awareness::AwarenessEntry};
use tokio::sync::oneshot;

/// What a room's task is told by Yjs clients.
#[derive(Debug)]
pub(in crate::room) enum YjsInput {
    Join(YjsJoin, oneshot::Sender<Result<(YjsWelcome, OutboxReader), JoinError>>),
    Difference(ParticipantId, Bytes, oneshot::Sender<Result<Bytes, UpdateError>>),
    StateVector(ParticipantId, oneshot::Sender<Vec<u8>>),
    /// Whether the update is all that the room lacks.
    Update(ParticipantId, Bytes, bool, oneshot::Sender<Result<(), YjsRefusal>>),
    Awareness(ParticipantId, Vec<AwarenessEntry>),
}

/// A Yjs client's place in the room.
#[derive(Debug)]
pub struct YjsJoined {
    /// The new participant.
    pub participant: ParticipantId,
    /// The room as it is.
    pub welcome: YjsWelcome,
    /// What follows for the client.
    pub outbox: OutboxReader,
    /// Its presence.
    pub guard: PresenceGuard,
}

impl RoomHandle {
    /// Joins as a Yjs client. The participant leaves when the guard is dropped.
    ///
    /// # Errors
    /// [`RoomGone`], or the room's own [`JoinError`].
    pub async fn join_yjs(&self, join: YjsJoin) -> Result<Result<YjsJoined, JoinError>, RoomGone> {
        let participant = join.participant;
        let guard = self.guard(ConnectionId::of(participant));
        let answer = self.ask(|answer| RoomInput::Yjs(YjsInput::Join(join, answer))).await?;
        Ok(answer.map(|(welcome, outbox)| YjsJoined { participant, welcome, outbox, guard }))
    }

    /// What a Yjs client is missing of its document, after its state vector.
    ///
    /// # Errors
    /// [`RoomGone`], or [`UpdateError`] where the bytes are no state vector.
    pub async fn yjs_difference(
        &self,
        from: ParticipantId,
        known: Bytes,
    ) -> Result<Result<Bytes, UpdateError>, RoomGone> {
        self.ask(|answer| RoomInput::Yjs(YjsInput::Difference(from, known, answer))).await
    }

    /// What the room has of a Yjs client's document, as a state vector.
    ///
    /// # Errors
    /// [`RoomGone`].
    pub async fn yjs_state_vector(&self, of: ParticipantId) -> Result<Vec<u8>, RoomGone> {
        self.ask(|answer| RoomInput::Yjs(YjsInput::StateVector(of, answer))).await
    }

    /// A Yjs client sends an update; `everything`: it is all that the room lacks.
    ///
    /// # Errors
    /// [`RoomGone`], or the room's own [`YjsRefusal`].
    pub async fn yjs_update(
        &self,
        from: ParticipantId,
        update: Bytes,
        everything: bool,
    ) -> Result<Result<(), YjsRefusal>, RoomGone> {
        self.ask(|answer| RoomInput::Yjs(YjsInput::Update(from, update, everything, answer))).await
    }

    /// A Yjs client says where it is. Waits while the mailbox is full.
    ///
    /// # Errors
    /// [`RoomGone`].
    pub async fn yjs_awareness(&self, from: ParticipantId, entries: Vec<AwarenessEntry>) -> Result<(), RoomGone> {
        self.send(RoomInput::Yjs(YjsInput::Awareness(from, entries))).await
    }
}
