//! The others in the room as awareness shows them to one Yjs client: frames of the room in, frames of awareness out. Pure; knows no
//! connection.
//!
//! A Yjs client of the same document is shown as it describes itself, under its own client id; everybody else under their participant
//! id, as an editor binding would describe them.

use crate::room::frame::Frame;
use bytes::Bytes;
use protocol::{
    ClientId, DocumentPath, ParticipantId, ServerMessage,
    presence::{Dialect, Participant},
    yjs::{
        self,
        awareness::{AwarenessEntry, state_of},
    },
};
use std::collections::HashMap;

/// Clients that left whose clocks are remembered at least. A client that comes back may start where it was, and must not look old.
const LEFT_MAX: usize = 1_024;

/// One of the others.
#[derive(Debug)]
struct Peer {
    participant: Participant,
    /// Its own description, if it is a Yjs client of the same document.
    own: Option<AwarenessEntry>,
}

/// The others, as one Yjs client was told of them.
#[derive(Debug)]
pub(super) struct Peers {
    document: DocumentPath,
    others: HashMap<ParticipantId, Peer>,
    /// The last clock that was sent for each client.
    clocks: HashMap<ClientId, u64>,
}

impl Peers {
    /// The others as the newcomer finds them.
    pub(super) fn new(document: DocumentPath, others: Vec<(Participant, Option<AwarenessEntry>)>) -> Self {
        let peer = |(participant, own): (Participant, _)| (participant.id, Peer { participant, own });
        Self { document, others: others.into_iter().map(peer).collect(), clocks: HashMap::new() }
    }

    /// Everybody as one frame; its clocks are new, so that nobody counts as gone in silence.
    pub(super) fn everybody(&mut self) -> Bytes {
        let ids: Vec<_> = self.others.keys().copied().collect();
        let entries: Vec<_> = ids.into_iter().filter_map(|id| self.entry(id)).collect();
        yjs::awareness(&entries)
    }

    /// What a frame of the room is to the client, if it is anything.
    pub(super) fn frame(&mut self, frame: &Frame) -> Option<Bytes> {
        if let Some(update) = frame.yjs_update(&self.document) {
            return Some(update);
        }
        let shown = match frame.message() {
            ServerMessage::ParticipantJoined(joined) => {
                let participant = joined.participant.clone();
                let id = participant.id;
                self.others.insert(id, Peer { participant, own: None });
                self.entry(id)
            }
            ServerMessage::ParticipantChanged(changed) => {
                let peer = self.others.get_mut(&changed.participant.id)?;
                peer.participant =
                    Participant { presence: peer.participant.presence.take(), ..changed.participant.clone() };
                self.entry(changed.participant.id)
            }
            ServerMessage::PresenceChanged(changed) => {
                let peer = self.others.get_mut(&changed.participant)?;
                peer.participant.presence = Some(changed.presence.clone());
                if let Some((document, entry)) = frame.awareness() {
                    peer.own = Some(entry.clone()).filter(|_| *document == self.document);
                }
                self.entry(changed.participant)
            }
            ServerMessage::ParticipantLeft(left) => self.remove(left.participant),
            _ => None,
        };
        shown.map(|entry| yjs::awareness(&[entry]))
    }

    /// How a participant is shown now, under the next clock; none of a Yjs client that has not described itself here.
    fn entry(&mut self, id: ParticipantId) -> Option<AwarenessEntry> {
        let peer = self.others.get(&id)?;
        let described = match (&peer.own, peer.participant.dialect) {
            (Some(own), _) => own.clone(),
            (None, Dialect::Yjs) => return None,
            (None, _) => AwarenessEntry {
                client: synthetic(id)?,
                clock: 0,
                state: Some(state_of(&peer.participant, &self.document)),
            },
        };
        let last = self.clocks.entry(described.client).or_insert(0);
        *last = described.clock.max(*last + 1);
        Some(AwarenessEntry { clock: *last, ..described })
    }

    /// Somebody left.
    fn remove(&mut self, id: ParticipantId) -> Option<AwarenessEntry> {
        let peer = self.others.remove(&id)?;
        let client = peer.own.map(|own| own.client).or_else(|| synthetic(id))?;
        // The same client may be here on a new connection already.
        if self.others.values().any(|other| other.own.as_ref().is_some_and(|own| own.client == client)) {
            return None;
        }
        let clock = self.clocks.get(&client).copied()? + 1;
        self.clocks.insert(client, clock);
        if self.clocks.len() > LEFT_MAX + self.others.len() {
            let here: Vec<_> = self.others.iter().filter_map(|(id, peer)| shown_as(*id, peer)).collect();
            self.clocks.retain(|client, _| here.contains(client));
        }
        Some(AwarenessEntry { client, clock, state: None })
    }
}

fn shown_as(id: ParticipantId, peer: &Peer) -> Option<ClientId> {
    peer.own.as_ref().map(|own| own.client).or_else(|| synthetic(id))
}

/// The client id that stands for somebody who has none among Yjs clients. Both are random and of 53 bits at most.
fn synthetic(id: ParticipantId) -> Option<ClientId> {
    ClientId::new(id.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        message::server::{ParticipantJoined, ParticipantLeft, PresenceChanged},
        presence::{Presence, Role},
        yjs::YjsMessage,
    };

    fn participant(id: u64, dialect: Dialect) -> Participant {
        Participant {
            id: ParticipantId::new(id).unwrap(),
            name: "Ada".to_owned(),
            color: "#3b82f6".parse().unwrap(),
            role: Role::Editor,
            dialect,
            presence: None,
        }
    }

    fn one(frame: Option<Bytes>) -> AwarenessEntry {
        match yjs::read(&frame.unwrap()).unwrap() {
            YjsMessage::Awareness(mut entries) if entries.len() == 1 => entries.remove(0),
            other => panic!("{other:?}"),
        }
    }

    fn left(id: u64) -> std::sync::Arc<Frame> {
        Frame::new(ParticipantLeft { participant: ParticipantId::new(id).unwrap() }, 0)
    }

    #[test]
    fn a_terminal_is_shown_under_rising_clocks_until_it_leaves() {
        let mut peers = Peers::new(DocumentPath::main(), Vec::new());
        let ada = participant(7, Dialect::Pair);
        let joined = one(peers.frame(&Frame::new(ParticipantJoined { participant: ada.clone() }, 0)));
        let presence =
            Presence { document: DocumentPath::main(), selections: Vec::new(), visible: None, following: None };
        let moved = one(peers.frame(&Frame::new(PresenceChanged { participant: ada.id, presence }, 0)));
        let gone = one(peers.frame(&left(7)));
        assert!(joined.clock < moved.clock && moved.clock < gone.clock);
        assert!(joined.state.is_some() && gone.state.is_none());
        assert_eq!(peers.frame(&left(7)), None);
    }

    #[test]
    fn a_yjs_client_describes_itself_and_may_come_back_with_an_old_clock() {
        let mut peers = Peers::new(DocumentPath::main(), Vec::new());
        let join = |peers: &mut Peers, id| {
            let participant = participant(id, Dialect::Yjs);
            assert_eq!(peers.frame(&Frame::new(ParticipantJoined { participant }, 0)), None);
        };
        let say = |id: u64, document: DocumentPath| {
            let entry =
                AwarenessEntry { client: ClientId::new(5).unwrap(), clock: 3, state: Some("{\"mine\":1}".to_owned()) };
            let presence =
                Presence { document: document.clone(), selections: Vec::new(), visible: None, following: None };
            let message = PresenceChanged { participant: ParticipantId::new(id).unwrap(), presence };
            Frame::with_awareness(message, document, entry)
        };
        join(&mut peers, 7);
        let first = one(peers.frame(&say(7, DocumentPath::main())));
        assert_eq!((first.client.get(), first.clock, first.state.as_deref()), (5, 3, Some("{\"mine\":1}")));
        let gone = one(peers.frame(&left(7)));
        join(&mut peers, 8);
        assert!(one(peers.frame(&say(8, DocumentPath::main()))).clock > gone.clock);
        assert_eq!(peers.frame(&say(8, "other.rs".parse().unwrap())), None, "it is in another document now");
    }
}
