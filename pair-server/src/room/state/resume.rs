//! Lost connections: a participant whose connection ended without a goodbye stays for a while, as away, and may come back as the same
//! one. Whoever comes back later joins anew.

use super::{Member, RoomState};
use crate::room::{
    effect::{Effect, Now, PairJoin},
    frame::Frame,
};
use protocol::{
    ClientId, ParticipantId, Sequence,
    message::{
        client::Hello,
        server::{Closing, ClosingReason},
    },
    presence::Role,
};
use std::{collections::VecDeque, time::Duration};

/// A participant who gave no sign of life for so long is gone. With the sweep of rooms it is within the 30 s of the contract.
pub const RESUME_WITHIN: Duration = Duration::from_secs(25);

/// So many participants may be away at a time; who would come back first of all the others leaves when they are more.
pub const AWAY_MAX: usize = 64;

impl RoomState {
    /// Somebody's connection ended without a goodbye, after it had been silent for a while.
    pub fn lose(&mut self, id: ParticipantId, silent: Duration, now: Now) {
        // A Yjs client brings no secret: whoever comes back is somebody new.
        let returns = self.members.get(&id).is_some_and(|member| member.yjs.is_none());
        let Some(member) = self.members.get_mut(&id).filter(|_| returns) else { return self.leave(id) };
        if member.away_until_ms.is_some() {
            return;
        }
        let left = u64::try_from(RESUME_WITHIN.saturating_sub(silent).as_millis()).unwrap_or(0);
        member.away_until_ms = Some(now.ms().saturating_add(left));
        member.participant.away = true;
        self.effects.push(Effect::Detach(id));
        self.tell_changed(id);
        self.effects.push(Effect::PlainParticipants(self.participants()));
        let away = self.members.iter().filter_map(|(id, member)| Some((member.away_until_ms?, *id)));
        let away: Vec<_> = away.collect();
        if away.len() > AWAY_MAX
            && let Some((_, first)) = away.iter().min()
        {
            self.leave(*first);
        }
    }

    /// Whoever was away for too long leaves.
    pub fn expire(&mut self, now: Now) {
        let is_due = |member: &Member| member.away_until_ms.is_some_and(|until| until <= now.ms());
        let due: Vec<_> = self.members.iter().filter(|(_, member)| is_due(member)).map(|(id, _)| *id).collect();
        for id in due {
            self.leave(id);
        }
        self.expire_suggestions(now);
    }

    /// The participants that a join comes back as: those with its client id, or with a former one, whose secret it has. All of them were the
    /// same client.
    pub(super) fn returning(&self, join: &PairJoin) -> Vec<ParticipantId> {
        let own = (join.hello.client_id, join.secret);
        let proved = |client: ClientId| {
            let mut said = std::iter::once(&own).chain(&join.formerly);
            said.any(|(id, secret)| *id == client && self.content.claims.get(id) == Some(secret))
        };
        self.members.iter().filter(|(_, member)| member.client.is_some_and(proved)).map(|(id, _)| *id).collect()
    }

    /// Of several participants who turn out to be one client the first one stays; gives it.
    pub(super) fn unite(&mut self, same: &[ParticipantId]) -> Option<ParticipantId> {
        let (first, others) = same.split_first()?;
        self.replace(others);
        Some(*first)
    }

    /// A participant goes on with another connection, with the name and colour that it says; gives their role, which stays what it was.
    pub(super) fn resume(&mut self, id: ParticipantId, hello: &Hello) -> Option<Role> {
        let was_away = self.members.get(&id).is_some_and(|member| member.away_until_ms.is_some());
        if !was_away {
            self.replaced(id);
            self.effects.push(Effect::Detach(id));
        }
        let member = self.members.get_mut(&id)?;
        if member.client != Some(hello.client_id) {
            member.former.extend(member.client.replace(hello.client_id));
        }
        (member.received, member.durable) = (Sequence::ZERO, Sequence::ZERO);
        member.undurable = VecDeque::new();
        member.caught_up.clear();
        member.away_until_ms = None;
        member.participant.away = false;
        if self.set_looks(id, Some(&hello.name), hello.color) || was_away {
            self.tell_changed(id);
        }
        self.members.get(&id).map(|member| member.participant.role)
    }

    /// Tells a connection that another one took its place.
    pub(super) fn replaced(&mut self, id: ParticipantId) {
        let closing = Closing { reason: ClosingReason::Replaced, retry_after_ms: None };
        self.effects.push(Effect::Send(id, Frame::new(closing, 32)));
    }
}
