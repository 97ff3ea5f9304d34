//! How fast a connection is read. Over its rate it is read more slowly, and nothing is dropped: TCP then slows the sender down.

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::{InMemoryState, NotKeyed},
};
use std::{num::NonZeroU32, time::Duration};

/// Chat messages and suggestions that one connection may send per second; over it they are refused.
const TALK_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// Chat messages and suggestions that one connection may send at once.
const TALK_BURST: NonZeroU32 = NonZeroU32::new(40).unwrap();

/// Other messages of which everybody is told (ends of suggestions, language, documents, roles) per second of one connection; over
/// it they are refused. A person who types through suggestions stays far below.
const NOTICES_PER_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();

/// Such messages that one connection may send at once.
const NOTICES_BURST: NonZeroU32 = NonZeroU32::new(200).unwrap();

/// One connection may ask the others to come to it once in this time; over it, it is refused. It lies over everybody's text, so it
/// must not become a nuisance.
const SUMMON_EVERY: Duration = Duration::from_secs(5);

/// So many times a connection may ask the others to come at once.
const SUMMON_BURST: NonZeroU32 = NonZeroU32::new(3).unwrap();

type Limiter = RateLimiter<NotKeyed, InMemoryState, DefaultClock>;

/// One connection's pace.
#[derive(Debug)]
pub(super) struct Pace {
    messages: Limiter,
    talk: Limiter,
    notices: Limiter,
    summons: Limiter,
}

impl Pace {
    /// Reads so many messages per second; as many may come at once.
    pub(super) fn new(per_second: u32) -> Self {
        let messages = Quota::per_second(NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN));
        let summons = Quota::with_period(SUMMON_EVERY).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        let talk = Quota::per_second(TALK_PER_SECOND).allow_burst(TALK_BURST);
        let notices = Quota::per_second(NOTICES_PER_SECOND).allow_burst(NOTICES_BURST);
        Self {
            messages: RateLimiter::direct(messages),
            talk: RateLimiter::direct(talk),
            notices: RateLimiter::direct(notices),
            summons: RateLimiter::direct(summons.allow_burst(SUMMON_BURST)),
        }
    }

    /// Waits until the next message may be handled. Cancel safe.
    pub(super) async fn wait(&self) {
        while let Err(early) = self.messages.check() {
            tokio::time::sleep(early.wait_time_from(DefaultClock::default().now())).await;
        }
    }

    /// Waits until something as dear as a chat message may be handled. Cancel safe.
    pub(super) async fn wait_to_talk(&self) {
        while let Err(early) = self.talk.check() {
            tokio::time::sleep(early.wait_time_from(DefaultClock::default().now())).await;
        }
    }

    /// Whether one more message that everybody is told of is fine.
    pub(super) fn may_notify(&self) -> bool {
        self.notices.check().is_ok()
    }

    /// Whether the others may be asked to come once more.
    pub(super) fn may_summon(&self) -> bool {
        self.summons.check().is_ok()
    }

    /// Whether one more chat message or suggestion is fine.
    pub(super) fn may_talk(&self) -> bool {
        self.talk.check().is_ok()
    }
}
