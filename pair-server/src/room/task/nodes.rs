//! What a room's task does for the other nodes that have the room open: hands over what comes from them, sends what the state machine says,
//! reads from storage what they stored. Knows the fan-out's channel and storage's trait, not what envelopes say.

use super::{BATCH, RoomTask};
use crate::{
    clock::unix_ms,
    fanout::{Channel, Delivery, Fanout, Link},
    metrics::values::FanoutFailure,
    room::{
        effect::{Effect, Now},
        state::{JoinError, remote::Found},
    },
    storage::{Cursor, LogPosition, Storage, StorageError, StoredRoom, Writer},
};
use bytes::Bytes;
use futures::future::BoxFuture;
use protocol::{RoomId, message::server::ChatMessage};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How long a room that comes into memory waits for the nodes that have it: whoever opened it then finds everybody in it.
const GREETING: Duration = Duration::from_millis(500);

/// The pause before storage is read again after it could not be.
const READ_AGAIN: Duration = Duration::from_secs(2);

/// A room's place among the nodes.
pub(super) struct Sharing {
    channel: Channel,
    /// What a node kept that had the room before, if nobody has it now.
    kept: Vec<Bytes>,
    storage: Arc<dyn Storage>,
    room: RoomId,
    writer: Writer,
    /// From where on storage is read next.
    cursor: Cursor,
    reading: Option<BoxFuture<'static, Result<Option<StoredRoom>, StorageError>>>,
    /// When storage is to be read.
    read_at: Option<Instant>,
}

/// What came of the other nodes.
pub(super) enum FromNodes {
    Delivery(Delivery),
    Stored(Result<Option<StoredRoom>, StorageError>),
}

/// A channel whose room is not loaded yet.
pub(in crate::room) struct JoinedChannel {
    channel: Channel,
    kept: Vec<Bytes>,
}

impl JoinedChannel {
    /// Joins a room's channel, before the room is loaded: what is published from then on is not missed. None where there are no other nodes.
    pub(in crate::room) async fn join(fanout: &dyn Fanout, room: &RoomId) -> Option<Self> {
        let channel = fanout.join(room).await?;
        let kept = if channel.others() == 0 { fanout.recall(room).await } else { Vec::new() };
        Some(Self { channel, kept })
    }

    /// With what the load says about the log.
    pub(super) fn with_log(self, room: RoomId, storage: Arc<dyn Storage>, log: &LogPosition) -> Sharing {
        Sharing {
            channel: self.channel,
            kept: self.kept,
            storage,
            room,
            writer: log.writer,
            cursor: log.cursor.clone(),
            reading: None,
            read_at: None,
        }
    }
}

/// Waits for what comes of the other nodes; for ever where there are none. Cancel safe.
pub(super) async fn next(sharing: &mut Option<Sharing>) -> FromNodes {
    let Some(sharing) = sharing else { return std::future::pending().await };
    let Sharing { channel, reading, read_at, storage, room, writer, cursor, .. } = sharing;
    let read = async {
        loop {
            if let Some(under_way) = reading {
                let outcome = under_way.as_mut().await;
                *reading = None;
                return outcome;
            }
            match *read_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
            *read_at = None;
            let (storage, room, writer, cursor) = (Arc::clone(storage), room.clone(), *writer, cursor.clone());
            *reading = Some(Box::pin(async move { storage.since(room, writer, cursor).await }));
        }
    };
    tokio::select! {
        delivery = channel.next() => FromNodes::Delivery(delivery),
        outcome = read => FromNodes::Stored(outcome),
    }
}

impl RoomTask {
    /// Asks the nodes that have the room what it is like now, and waits a moment for their answers.
    pub(super) async fn greet_nodes(&mut self) {
        let Some(sharing) = &mut self.sharing else { return };
        let (link, others) = (sharing.channel.link(), sharing.channel.others());
        let kept = std::mem::take(&mut sharing.kept);
        let now = Now { unix_ms: unix_ms() };
        for kept in kept {
            self.state.recall(&kept, now);
        }
        self.link_changed(&link, now);
        let answers = async {
            while !self.state.knows_others(others) {
                let came = next(&mut self.sharing).await;
                self.take_from_nodes(came);
            }
        };
        if tokio::time::timeout(GREETING, answers).await.is_err() {
            // One that is just stopping does not answer any more.
            tracing::debug!(room = %self.id, others, "not all nodes that have the room answered; they are heard of later");
            for kept in self.services.fanout.recall(&self.id).await {
                self.state.recall(&kept, now);
            }
            self.perform();
        }
    }

    /// Does what follows from what another node said or stored.
    pub(super) fn take_from_nodes(&mut self, came: FromNodes) {
        let now = Now { unix_ms: unix_ms() };
        match came {
            FromNodes::Delivery(Delivery::Message(message)) => {
                self.state.receive(&message, now);
                for _ in 1..BATCH {
                    let Some(message) = self.sharing.as_mut().and_then(|sharing| sharing.channel.try_next()) else {
                        break;
                    };
                    self.state.receive(&message, now);
                }
                if self.state.take_gaps() > 0 {
                    self.services.metrics.fanout_failed(FanoutFailure::Gap);
                }
            }
            FromNodes::Delivery(Delivery::Lost) => {
                tracing::warn!(room = %self.id, "messages of other nodes came faster than the room could take them; it asks for what it missed");
                self.services.metrics.fanout_failed(FanoutFailure::Gap);
                self.state.missed(now);
            }
            FromNodes::Delivery(Delivery::Link(link)) => self.link_changed(&link, now),
            FromNodes::Stored(outcome) => self.others_stored(outcome, now),
        }
        self.perform();
    }

    fn link_changed(&mut self, link: &Link, now: Now) {
        match link {
            Link::Up => self.state.connect(now),
            Link::Down(_) => self.state.cut_off(now),
        }
        self.perform();
    }

    /// What others stored was read.
    fn others_stored(&mut self, outcome: Result<Option<StoredRoom>, StorageError>, now: Now) {
        let Some(sharing) = &mut self.sharing else { return };
        match outcome {
            Ok(Some(stored)) => {
                sharing.cursor = stored.log.cursor.clone();
                self.state.found(found(stored), now);
            }
            Ok(None) if sharing.storage.is_shared() => self.deleted(),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(room = %self.id, %error, "what other nodes stored can't be read; it is tried again");
                sharing.read_at = Some(Instant::now() + READ_AGAIN);
            }
        }
    }

    /// The room was deleted while it was in memory: those inside are told, and it leaves memory.
    pub(super) fn deleted(&mut self) {
        tracing::warn!(room = %self.id, "the room was deleted while it was open; whoever was in it is told");
        self.state.turn_away(JoinError::Deleted(self.id.clone()));
    }

    /// Carries out what concerns the other nodes.
    pub(super) fn give_to_nodes(&mut self, effect: Effect) {
        let Some(sharing) = &mut self.sharing else { return };
        match effect {
            Effect::Publish(envelope) => sharing.channel.publish(envelope),
            Effect::Keep(envelope, within) => sharing.channel.keep(envelope, within),
            Effect::ReadStorage if sharing.read_at.is_none() => sharing.read_at = Some(Instant::now()),
            _ => {}
        }
    }

    /// Gives the participants to the other nodes; gives whether there can be any.
    pub(super) fn hand_over(&mut self) -> bool {
        self.state.hand_over(Now { unix_ms: unix_ms() });
        self.perform();
        let sharing = self.sharing.as_mut();
        sharing.map(|sharing| sharing.channel.stop_listening()).is_some()
    }

    /// Tells the other nodes that this one has the room no longer.
    pub(super) fn say_goodbye(&mut self) {
        self.state.say_goodbye();
        self.perform();
    }
}

/// What was stored, as the state machine takes it.
fn found(stored: StoredRoom) -> Found {
    let chat = |chat: crate::storage::StoredChat| ChatMessage {
        name: chat.name,
        participant: None,
        text: chat.text,
        at_ms: chat.at_ms,
    };
    let updates = |document: &crate::storage::StoredDocument| {
        let path = document.path.clone();
        document.updates().map(move |update| (path.clone(), update.clone())).collect::<Vec<_>>()
    };
    Found {
        updates: stored.documents.iter().flat_map(updates).collect(),
        claims: stored.claims,
        chat: stored.chat.into_iter().map(chat).collect(),
    }
}
