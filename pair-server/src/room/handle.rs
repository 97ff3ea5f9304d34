//! The way to a room: what may be asked of it from outside its task. Knows the mailbox, not the rules.

use super::{
    effect::{ConnectionId, Ending, PairJoin},
    outbox::{OutboxReader, PlainOutboxReader},
    state::{JoinError, RoomSummary, edits::IncomingEdit, plain::PlainRefusal},
};
use protocol::{
    ParticipantId, RequestId,
    message::{
        client::{AddDocument, Chat, EndSuggestion, RequestSuggestion, SetLanguage, SetModels, SetRole, Summon},
        server::{SuggestionDone, Welcome},
    },
    plain::PlainUpdate,
    presence::Presence,
};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

pub mod yjs;

/// Inputs that may wait for a room. When it is full, whoever sends waits; a connection is then read more slowly.
pub const MAILBOX_CAPACITY: usize = 1_024;

/// The room is gone from memory, or failed. Ask the registry again: it loads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the room has left memory")]
pub struct RoomGone;

/// What a room's task is told.
#[derive(Debug)]
pub(super) enum RoomInput {
    Join(Box<PairJoin>, oneshot::Sender<Result<(Welcome, OutboxReader), JoinError>>),
    JoinPlain(ConnectionId, ParticipantId, oneshot::Sender<Result<PlainJoined, JoinError>>),
    Ended(ConnectionId, Ending),
    Said(ConnectionId, Said),
    PlainUpdate(ParticipantId, PlainUpdate, oneshot::Sender<Result<(), PlainRefusal>>),
    CaughtUp(ConnectionId),
    Suggestion(SuggestionReport),
    Yjs(yjs::YjsInput),
    Summary(oneshot::Sender<RoomSummary>),
}

/// What waits in a room's mailbox.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) input: RoomInput,
    /// When it was sent on its way.
    pub(super) at: Instant,
}

/// What a participant of the room protocol says to the room, once it has joined.
#[derive(Debug)]
pub enum Said {
    /// An edit or a difference.
    Edit(IncomingEdit),
    /// Where it is.
    Presence(Presence),
    /// A chat message.
    Chat(Chat),
    /// The others are to come somewhere.
    Summon(Summon),
    /// Another language.
    Language(SetLanguage),
    /// A document more.
    Document(AddDocument),
    /// Another role for somebody.
    Role(SetRole),
    /// Whether the text may be sent to models.
    Models(SetModels),
    /// A suggestion is wanted.
    Suggest(RequestSuggestion),
    /// A suggestion is not wanted any more.
    EndSuggestion(EndSuggestion),
}

/// What a running suggestion reports.
#[derive(Debug)]
pub(super) enum SuggestionReport {
    Delta(ParticipantId, RequestId, String),
    Done(SuggestionDone),
    Failed(ParticipantId, RequestId, String),
}

/// A plain client's place in the room.
#[derive(Debug)]
pub struct PlainJoined {
    /// The new participant.
    pub participant: ParticipantId,
    /// What the client is sent, the number of connections and the whole text first.
    pub outbox: PlainOutboxReader,
}

/// The way to a room.
#[derive(Debug, Clone)]
pub struct RoomHandle {
    mailbox: mpsc::Sender<Delivery>,
}

impl RoomHandle {
    /// Makes the two ends of a room's mailbox.
    pub(super) fn new() -> (Self, mpsc::Receiver<Delivery>) {
        let (mailbox, inputs) = mpsc::channel(MAILBOX_CAPACITY);
        (Self { mailbox }, inputs)
    }

    /// Joins through the room protocol. The participant leaves when the guard is dropped.
    ///
    /// # Errors
    /// [`RoomGone`], or the room's own [`JoinError`].
    pub async fn join(&self, join: PairJoin) -> Result<Result<Joined, JoinError>, RoomGone> {
        let guard = self.guard(join.connection);
        let answer = self.ask(|answer| RoomInput::Join(Box::new(join), answer)).await?;
        Ok(answer.map(|(welcome, outbox)| Joined { welcome, outbox, guard }))
    }

    /// Joins as a plain client. The participant leaves when the guard is dropped.
    ///
    /// # Errors
    /// [`RoomGone`], or the room's own [`JoinError`].
    pub async fn join_plain(
        &self,
        participant: ParticipantId,
    ) -> Result<Result<(PlainJoined, PresenceGuard), JoinError>, RoomGone> {
        let connection = ConnectionId::of(participant);
        let guard = self.guard(connection);
        let answer = self.ask(|answer| RoomInput::JoinPlain(connection, participant, answer)).await?;
        Ok(answer.map(|joined| (joined, guard)))
    }

    /// The participant on a connection says something; nothing happens where another connection took their place. Waits while the mailbox is full.
    ///
    /// # Errors
    /// [`RoomGone`].
    pub async fn say(&self, from: ConnectionId, said: Said) -> Result<(), RoomGone> {
        self.send(RoomInput::Said(from, said)).await
    }

    /// A plain client sends a whole text.
    ///
    /// # Errors
    /// [`RoomGone`], or the room's own [`PlainRefusal`].
    pub async fn plain_update(
        &self,
        from: ParticipantId,
        update: PlainUpdate,
    ) -> Result<Result<(), PlainRefusal>, RoomGone> {
        self.ask(|answer| RoomInput::PlainUpdate(from, update, answer)).await
    }

    /// A connection that was behind has written all that waited for it.
    ///
    /// # Errors
    /// [`RoomGone`].
    pub async fn caught_up(&self, connection: ConnectionId) -> Result<(), RoomGone> {
        self.send(RoomInput::CaughtUp(connection)).await
    }

    /// The room as the standard endpoints show it.
    ///
    /// # Errors
    /// [`RoomGone`].
    pub async fn summary(&self) -> Result<RoomSummary, RoomGone> {
        self.ask(RoomInput::Summary).await
    }

    /// Whether the room has left memory, or failed.
    pub fn is_gone(&self) -> bool {
        self.mailbox.is_closed()
    }

    /// How many inputs wait for the room.
    pub(super) fn waiting(&self) -> usize {
        self.mailbox.max_capacity() - self.mailbox.capacity()
    }

    pub(super) async fn send(&self, input: RoomInput) -> Result<(), RoomGone> {
        self.mailbox.send(Delivery { input, at: Instant::now() }).await.map_err(|_| RoomGone)
    }

    async fn ask<T>(&self, input: impl FnOnce(oneshot::Sender<T>) -> RoomInput) -> Result<T, RoomGone> {
        let (answer, answered) = oneshot::channel();
        self.send(input(answer)).await?;
        answered.await.map_err(|_| RoomGone)
    }

    fn guard(&self, connection: ConnectionId) -> PresenceGuard {
        let ending = Ending::Lost { silent: Duration::ZERO };
        PresenceGuard { connection, ending, mailbox: self.mailbox.clone() }
    }
}

/// A participant's place after joining.
#[derive(Debug)]
pub struct Joined {
    /// The first message for the client.
    pub welcome: Welcome,
    /// What follows for the client.
    pub outbox: OutboxReader,
    /// Its presence.
    pub guard: PresenceGuard,
}

/// Keeps a participant in the room: when it is dropped, however that comes about, the room knows that their connection ended.
#[derive(Debug)]
pub struct PresenceGuard {
    connection: ConnectionId,
    ending: Ending,
    mailbox: mpsc::Sender<Delivery>,
}

impl PresenceGuard {
    /// Which connection.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Ends the stay in a known way; one that is dropped without this was lost.
    pub fn end(mut self, ending: Ending) {
        self.ending = ending;
    }
}

impl Drop for PresenceGuard {
    fn drop(&mut self) {
        // With a full mailbox the room finds the closed outbox instead: see `room/task`, "sweep".
        let delivery = Delivery { input: RoomInput::Ended(self.connection, self.ending), at: Instant::now() };
        if let Err(error) = self.mailbox.try_send(delivery) {
            tracing::debug!(connection = self.connection.0, %error, "the room will notice that a connection ended");
        }
    }
}
