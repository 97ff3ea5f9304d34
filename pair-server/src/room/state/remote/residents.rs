//! Who is on the other nodes, and who is here, as the others are told. A participant is on one node at a time: where two say that they
//! have them, it is the one they came to last.

use super::{
    super::{Member, OPEN_CLAIM, RoomState},
    HandedOver, Remote, SILENT_MS,
};
use crate::{
    fanout::{
        NodeId,
        envelope::{Event, NodePresence, Resident, Seat, Stamp},
    },
    room::{
        effect::{Effect, PairJoin, SecretHash},
        frame::Frame,
    },
};
use protocol::{
    ClientId, ParticipantId,
    message::server::{ParticipantChanged, ParticipantJoined, ParticipantLeft, PresenceChanged},
    presence::{Participant, Role, SELECTIONS_MAX},
};
use std::sync::Arc;

/// Participants that a node may say it has.
pub(super) const RESIDENTS_MAX: usize = 4_096;

impl RoomState {
    /// A participant whose connection is here, as the others are told.
    pub(super) fn resident(&self, id: ParticipantId) -> Option<Resident> {
        let since = self.nodes.as_ref()?.since.get(&id).copied()?;
        if let Some(member) = self.members.get(&id) {
            return Some(Resident {
                participant: member.participant.clone(),
                since,
                client: member.client,
                claim: member.client.and_then(|client| self.content.claims.get(&client).copied()),
                seat: member.yjs.as_ref().map(|seat| Seat::new(seat.document.clone(), seat.awareness.clone())),
            });
        }
        let participant = self.plain_participant(id, self.plain.get(&id)?);
        Some(Resident { participant, since, client: None, claim: None, seat: None })
    }

    /// Everybody whose connection is here.
    pub(super) fn residents(&self) -> Vec<Resident> {
        self.members.keys().chain(self.plain.keys()).filter_map(|id| self.resident(*id)).collect()
    }

    /// How many connections there are, on all nodes.
    pub fn participants(&self) -> usize {
        self.participants_here() + self.elsewhere().filter(|participant| !participant.away).count()
    }

    /// Everybody whose connection is on another node.
    pub(in crate::room::state) fn elsewhere(&self) -> impl Iterator<Item = &Participant> {
        let remote = self.nodes.iter().flat_map(|nodes| nodes.residents.values());
        remote.map(|remote| &remote.resident.participant)
    }

    /// A participant whose connection is on another node.
    pub(in crate::room::state) fn is_elsewhere(&self, id: ParticipantId) -> bool {
        self.nodes.as_ref().is_some_and(|nodes| nodes.residents.contains_key(&id))
    }

    /// A Yjs client on another node, as it describes itself.
    pub(in crate::room::state) fn seat_elsewhere(&self, id: ParticipantId) -> Option<&Seat> {
        self.nodes.as_ref()?.residents.get(&id)?.resident.seat.as_ref()
    }

    /// A node says who is there, all of them.
    pub(super) fn replace_residents(&mut self, home: NodeId, residents: Vec<Resident>) {
        let Some(nodes) = &self.nodes else { return };
        let is_listed = |id: &ParticipantId| residents.iter().any(|one| one.participant.id == *id);
        let of_home = |remote: &Remote| remote.home == home && remote.handed_over.is_none();
        let gone = nodes.residents.iter().filter(|(id, remote)| of_home(remote) && !is_listed(id));
        for id in gone.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.remove_resident(id);
        }
        for resident in residents.into_iter().take(RESIDENTS_MAX) {
            self.put_resident(home, resident, None);
        }
    }

    /// A node says that somebody is there, or how they are now.
    pub(super) fn put_resident(&mut self, home: NodeId, mut resident: Resident, handed_over: Option<HandedOver>) {
        let id = resident.participant.id;
        resident.participant.name = self.display_name(&resident.participant.name);
        if let Some(presence) = &mut resident.participant.presence {
            presence.selections.truncate(SELECTIONS_MAX);
        }
        if let (Some(client), Some(claim)) = (resident.client, resident.claim) {
            self.merge_claim(client, claim);
        }
        let Some(nodes) = &mut self.nodes else { return };
        if self.members.contains_key(&id) || self.plain.contains_key(&id) {
            if nodes.since.get(&id).is_some_and(|since| *since >= resident.since) {
                // The other node has not heard yet that they are here.
                return self.say_resident(id);
            }
            self.yield_resident(id, home, resident);
            return;
        }
        let known = nodes.residents.get(&id);
        if known.is_some_and(|known| known.home != home && known.resident.since >= resident.since) {
            return;
        }
        let known = known.map(|known| known.resident.participant.clone());
        let participant = resident.participant.clone();
        let seat = resident.seat.clone();
        nodes.residents.insert(id, Remote { home, resident, handed_over });
        self.show(known.as_ref(), &participant, seat.as_ref());
    }

    /// Tells everybody here how somebody elsewhere is, as far as they don't know.
    fn show(&mut self, known: Option<&Participant>, now: &Participant, seat: Option<&Seat>) {
        let presence = now.presence.as_ref().map(|presence| presence_frame(now.id, presence.clone(), seat));
        let Some(known) = known else {
            let joined = Frame::new(ParticipantJoined { participant: now.clone() }, 256);
            self.effects.push(Effect::Broadcast { frame: joined, except: None });
            if seat.is_some() {
                self.effects.extend(presence.map(|frame| Effect::Presence(now.id, frame)));
            }
            return;
        };
        let without = |participant: &Participant| Participant { presence: None, ..participant.clone() };
        if without(known) != without(now) {
            let changed = Frame::new(ParticipantChanged { participant: now.clone() }, 256);
            self.effects.push(Effect::Broadcast { frame: changed, except: None });
        }
        if known.presence != now.presence {
            self.effects.extend(presence.map(|frame| Effect::Presence(now.id, frame)));
        }
    }

    /// Somebody on another node is somewhere else now.
    pub(super) fn move_resident(&mut self, home: NodeId, moved: NodePresence) {
        let NodePresence { participant, mut presence, seat } = moved;
        presence.selections.truncate(SELECTIONS_MAX);
        let found = self.nodes.as_mut().and_then(|nodes| nodes.residents.get_mut(&participant));
        let Some(remote) = found.filter(|remote| remote.home == home) else { return };
        remote.resident.participant.presence = Some(presence.clone());
        let frame = presence_frame(participant, presence, seat.as_ref());
        if seat.is_some() {
            remote.resident.seat = seat;
        }
        self.effects.push(Effect::Presence(participant, frame));
    }

    /// Somebody left another node.
    pub(super) fn drop_resident(&mut self, home: NodeId, id: ParticipantId) {
        let nodes = self.nodes.as_ref();
        if nodes.and_then(|nodes| nodes.residents.get(&id)).is_some_and(|remote| remote.home == home) {
            self.remove_resident(id);
        }
    }

    pub(super) fn remove_resident(&mut self, id: ParticipantId) {
        let removed = self.nodes.as_mut().and_then(|nodes| {
            nodes.shown.retain(|(asker, _), _| *asker != id);
            nodes.residents.remove(&id)
        });
        if removed.is_some() {
            let frame = Frame::new(ParticipantLeft { participant: id }, 64);
            self.effects.push(Effect::Broadcast { frame, except: None });
            self.effects.push(Effect::Close(id));
        }
    }

    /// A node is gone: so is everybody whose connection was there, but for those that it handed over.
    pub(super) fn drop_node(&mut self, home: NodeId) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.peers.remove(&home);
        let of_home = |remote: &Remote| remote.home == home && remote.handed_over.is_none();
        let gone: Vec<_> = nodes.residents.iter().filter(|(_, one)| of_home(one)).map(|(id, _)| *id).collect();
        for id in gone {
            self.remove_resident(id);
        }
    }

    /// Nodes that nothing came from for long are dead, or can't be reached: nobody here can know.
    pub(super) fn drop_silent_nodes(&mut self) {
        let Some(nodes) = &self.nodes else { return };
        let is_silent = |heard_at_ms: u64| heard_at_ms + SILENT_MS <= nodes.now_ms;
        let silent = nodes.peers.iter().filter(|(_, peer)| is_silent(peer.heard_at_ms));
        let silent: Vec<_> = silent.map(|(node, _)| *node).collect();
        for node in silent {
            tracing::warn!(room = %self.id, %node, "nothing came from a node for {} s: its participants are gone", SILENT_MS / 1_000);
            self.store_unconfirmed_of(node);
            self.drop_node(node);
            self.effects.push(Effect::ReadStorage);
        }
    }

    /// A participant came to another node: their connection here is an old one.
    fn yield_resident(&mut self, id: ParticipantId, home: NodeId, resident: Resident) {
        self.replaced(id);
        let Some(member) = self.members.remove(&id) else { return };
        let from = self.effects.len();
        self.end_suggestions_of(id);
        self.publish_from(from);
        self.effects.push(Effect::Detach(id));
        let (participant, seat) = (resident.participant.clone(), resident.seat.clone());
        if let Some(nodes) = &mut self.nodes {
            nodes.since.remove(&id);
            nodes.residents.insert(id, Remote { home, resident, handed_over: None });
        }
        self.show(Some(&member.participant), &participant, seat.as_ref());
    }

    pub(super) fn say_resident(&mut self, id: ParticipantId) {
        if let Some(resident) = self.resident(id) {
            self.say(&Event::Resident(Box::new(resident)));
        }
    }

    /// Who, on another node so far, a join comes back as: by the client id and its secret, or by the participant id that follows from these.
    pub(in crate::room::state) fn returning_from_elsewhere(&self, join: &PairJoin) -> Option<ParticipantId> {
        let nodes = self.nodes.as_ref()?;
        let own = (join.hello.client_id, join.secret);
        let proved = |client: ClientId| {
            let mut said = std::iter::once(&own).chain(&join.formerly);
            said.any(|(id, secret)| *id == client && self.content.claims.get(id) == Some(secret))
        };
        let same = |(id, remote): &(&ParticipantId, &Remote)| {
            **id == join.participant || remote.resident.client.is_some_and(proved)
        };
        nodes.residents.iter().find(same).map(|(id, _)| *id)
    }

    /// A participant who was on another node goes on here; gives their id and role, which stay what they were. None where they are not
    /// elsewhere.
    pub(in crate::room::state) fn take_over(
        &mut self,
        id: ParticipantId,
        client: ClientId,
    ) -> Option<(ParticipantId, Role)> {
        let nodes = self.nodes.as_mut()?;
        let Remote { resident, .. } = nodes.residents.remove(&id)?;
        nodes.shown.retain(|(asker, _), _| *asker != id);
        // Later than where they were, whatever the two clocks say.
        let at_ms = nodes.now_ms.max(resident.since.at_ms + 1);
        nodes.since.insert(id, Stamp { at_ms, node: nodes.node });
        let was_away = resident.participant.away;
        let participant = Participant { away: false, ..resident.participant };
        let role = participant.role;
        let former = resident.client.filter(|former| *former != client).into_iter().collect();
        self.members.insert(id, Member { client: Some(client), former, ..Member::new(participant.clone()) });
        if was_away {
            let frame = Frame::new(ParticipantChanged { participant }, 256);
            self.effects.push(Effect::Broadcast { frame, except: Some(id) });
        }
        self.say_resident(id);
        Some((id, role))
    }

    /// Another node says whom a CRDT client id belongs to. Of two claims that exclude each other the smaller hash stays, on every node.
    pub(super) fn merge_claim(&mut self, client: ClientId, secret: SecretHash) {
        match self.content.claims.get(&client) {
            Some(known) if *known == secret || secret == OPEN_CLAIM => {}
            Some(known) if *known != OPEN_CLAIM && *known <= secret => {
                tracing::warn!(room = %self.id, %client, "two nodes gave the same client id to two clients");
            }
            Some(_) | None => {
                self.content.claims.insert(client, secret);
            }
        }
    }
}

fn presence_frame(of: ParticipantId, presence: protocol::presence::Presence, seat: Option<&Seat>) -> Arc<Frame> {
    let cost = 128 * (1 + presence.selections.len());
    let message = PresenceChanged { participant: of, presence };
    match seat.and_then(|seat| Some((seat.document.clone(), seat.entry()?))) {
        Some((document, entry)) => Frame::with_awareness(message, document, entry),
        None => Frame::new(message, cost),
    }
}
