//! How often models are asked: per participant, per room and for the whole server, and how many requests are on their way at a time. Knows
//! numbers only.

use super::{Spender, Who, options::Rates};
use governor::{
    Quota, RateLimiter,
    clock::DefaultClock,
    state::{InMemoryState, NotKeyed, keyed::DashMapStateStore},
};
use protocol::RoomId;
use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests after which participants and rooms that have been quiet are forgotten.
const FORGET_EVERY: u32 = 1_024;

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Why a model is not asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverLimit {
    /// One participant asks too often.
    #[error("you have asked models {0} times within a minute, as often as this server lets one participant")]
    Participant(u32),
    /// One room asks too often.
    #[error("this room has asked models {0} times within a minute, as often as this server lets a room")]
    Room(u32),
    /// The server asks too often.
    #[error("this server asks its models as often as its operator lets it")]
    Server,
    /// Too many requests are on their way.
    #[error("this server waits for {0} answers of its models, as many as its operator lets it")]
    AtOnce(usize),
}

/// The limits of one server.
pub struct Limits {
    participants: Keyed<Who>,
    rooms: Keyed<RoomId>,
    server: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    at_once: Arc<Semaphore>,
    rates: Rates,
    requests: AtomicU32,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").field("rates", &self.rates).finish_non_exhaustive()
    }
}

impl Limits {
    /// With these rates; a minute's worth may come at once.
    pub fn new(rates: Rates) -> Self {
        Self {
            participants: RateLimiter::dashmap(Quota::per_minute(rates.participant)),
            rooms: RateLimiter::dashmap(Quota::per_minute(rates.room)),
            server: RateLimiter::direct(Quota::per_minute(rates.server)),
            at_once: Arc::new(Semaphore::new(rates.at_once)),
            rates,
            requests: AtomicU32::new(0),
        }
    }

    /// One request more; it is on its way until the permit is dropped.
    ///
    /// # Errors
    /// [`OverLimit`] says which limit.
    pub fn spend(&self, spender: &Spender) -> Result<OwnedSemaphorePermit, OverLimit> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            forget(&self.participants);
            forget(&self.rooms);
        }
        let permit = Arc::clone(&self.at_once).try_acquire_owned();
        let permit = permit.map_err(|_| OverLimit::AtOnce(self.rates.at_once))?;
        // The narrowest first: who asks too often takes nothing from the others' share.
        let participant = self.participants.check_key(&spender.who);
        participant.map_err(|_| OverLimit::Participant(self.rates.participant.get()))?;
        if let Some(room) = &spender.room {
            self.rooms.check_key(room).map_err(|_| OverLimit::Room(self.rates.room.get()))?;
        }
        self.server.check().map_err(|_| OverLimit::Server)?;
        Ok(permit)
    }
}

fn forget<K: Clone + Eq + Hash>(limiter: &Keyed<K>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ParticipantId;
    use std::num::NonZeroU32;

    #[test]
    fn each_limit_holds_by_itself() {
        let rate = |number| NonZeroU32::new(number).unwrap();
        let rates = Rates { participant: rate(2), room: rate(3), server: rate(5), at_once: 2 };
        let limits = Limits::new(rates);
        let spend = |who, room: &str| {
            let who = Who::Participant(ParticipantId::new(who).unwrap());
            limits.spend(&Spender { who, room: room.parse().ok() })
        };
        let (first, second) = (spend(1, "a").unwrap(), spend(1, "a").unwrap());
        assert_eq!(spend(2, "a").map(drop), Err(OverLimit::AtOnce(2)));
        drop((first, second));
        assert_eq!(spend(1, "b").map(drop), Err(OverLimit::Participant(2)));
        assert_eq!(spend(2, "a").map(drop), Ok(()));
        assert_eq!(spend(2, "a").map(drop), Err(OverLimit::Room(3)));
        assert_eq!(spend(3, "b").map(drop), Ok(()));
        assert_eq!(spend(4, "b").map(drop), Ok(()));
        assert_eq!(spend(5, "c").map(drop), Err(OverLimit::Server));
    }
}
