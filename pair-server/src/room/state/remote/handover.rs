//! A node that stops hands its participants over: the others keep them as they are for a while, and whoever of them comes back to one of the
//! others goes on there. Nobody sees them leave or join.

use super::{super::RoomState, HandedOver, residents::RESIDENTS_MAX};
use crate::{
    fanout::{
        NodeId,
        envelope::{self, Event, Resident, Waiting},
    },
    room::{
        effect::{Effect, Now},
        frame::Frame,
        state::resume::RESUME_WITHIN,
    },
};
use protocol::{message::server::ParticipantChanged, presence::Dialect};

/// Whoever was handed over is seen as away after this: coming back takes less, as a rule.
const AWAY_AFTER_MS: u64 = 2_000;

impl RoomState {
    /// This node stops: gives its participants to the others, or to whoever opens the room next. Plain and Yjs clients have nothing to
    /// come back with; they leave.
    pub fn hand_over(&mut self, now: Now) {
        self.publish_effects();
        self.note_time(now);
        let mut residents = self.residents();
        residents.retain(|resident| resident.participant.dialect == Dialect::Pair);
        let Some(nodes) = &self.nodes else { return };
        let waiting = nodes.residents.values().filter(|remote| remote.handed_over.is_some());
        residents.extend(waiting.map(|remote| remote.resident.clone()));
        if residents.is_empty() {
            return;
        }
        self.say(&Event::Handover(residents));
        if let Some(Effect::Publish(bytes)) = self.effects.last() {
            let keep = Effect::Keep(bytes.clone(), RESUME_WITHIN);
            self.effects.push(keep);
        }
    }

    /// This node has the room no longer, and everything of it is stored.
    pub fn say_goodbye(&mut self) {
        self.publish_effects();
        self.say(&Event::Goodbye);
    }

    /// A node that stops hands its participants over.
    pub(super) fn keep_handed_over(&mut self, from: NodeId, residents: Vec<Resident>) {
        let Some(nodes) = &self.nodes else { return };
        let within = u64::try_from(RESUME_WITHIN.as_millis()).unwrap_or(u64::MAX);
        let handed_over =
            HandedOver { away_at_ms: nodes.now_ms + AWAY_AFTER_MS, until_ms: nodes.now_ms.saturating_add(within) };
        for resident in residents {
            self.wait_for(from, resident, handed_over);
        }
    }

    /// A participant's node stopped; they are nowhere, unless they are known to have come somewhere since.
    fn wait_for(&mut self, from: NodeId, resident: Resident, handed_over: HandedOver) {
        let known = self.nodes.as_ref().and_then(|nodes| nodes.residents.get(&resident.participant.id));
        let known = known.filter(|known| known.resident.since >= resident.since);
        // Nodes are heard in any order: where they came to may say so before the one that they left.
        if known.is_some_and(|known| known.home != from && known.handed_over.is_none()) {
            return;
        }
        // Who waits already is handed on, not taken back.
        let home = known.map_or(from, |known| known.home);
        self.put_resident(home, resident, Some(handed_over));
    }

    /// Who was handed over and is nowhere yet, for a node that opens the room only now: they may come to it.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        let Some(nodes) = &self.nodes else { return Vec::new() };
        let waiting = nodes.residents.values().filter_map(|remote| {
            let HandedOver { away_at_ms, until_ms } = remote.handed_over?;
            Some(Waiting {
                resident: remote.resident.clone(),
                home: remote.home,
                away_in_ms: away_at_ms.saturating_sub(nodes.now_ms),
                gone_in_ms: until_ms.saturating_sub(nodes.now_ms),
            })
        });
        waiting.collect()
    }

    /// Another node says who was handed over and is nowhere yet.
    pub(super) fn take_waiting(&mut self, waiting: Vec<Waiting>) {
        let within = u64::try_from(RESUME_WITHIN.as_millis()).unwrap_or(u64::MAX);
        for Waiting { resident, home, away_in_ms, gone_in_ms } in waiting.into_iter().take(RESIDENTS_MAX) {
            let Some(nodes) = &self.nodes else { return };
            if nodes.residents.contains_key(&resident.participant.id) {
                continue;
            }
            let after = |ms: u64| nodes.now_ms.saturating_add(ms.min(within));
            let handed_over = HandedOver { away_at_ms: after(away_in_ms), until_ms: after(gone_in_ms) };
            self.put_resident(home, resident, Some(handed_over));
        }
    }

    /// Nobody else had the room open when a node stopped; what that node kept is taken up now.
    pub fn recall(&mut self, kept: &[u8], now: Now) {
        self.note_time(now);
        match envelope::read(kept) {
            Ok((header, Event::Handover(residents))) => {
                let counted = self.participants();
                self.keep_handed_over(header.node, residents);
                self.told_by_others(counted);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(room = %self.id, %error, "what a node kept for the next one can't be read"),
        }
    }

    /// Whoever was handed over and does not come back is away, and then gone.
    pub(super) fn expire_handed_over(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        let now = nodes.now_ms;
        let mut gone = Vec::new();
        for (id, remote) in &mut nodes.residents {
            let Some(handed_over) = remote.handed_over else { continue };
            if handed_over.until_ms <= now {
                gone.push(*id);
            } else if handed_over.away_at_ms <= now && !remote.resident.participant.away {
                remote.resident.participant.away = true;
                let participant = remote.resident.participant.clone();
                let frame = Frame::new(ParticipantChanged { participant }, 256);
                self.effects.push(Effect::Broadcast { frame, except: None });
            }
        }
        for id in gone {
            self.remove_resident(id);
        }
    }
}
