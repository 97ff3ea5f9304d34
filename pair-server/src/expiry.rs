//! The expiry of rooms that nobody uses: which ones the policy means, and the task that has them deleted. Knows storage's trait; no room in memory.
//!
//! A room that is in somebody's memory is never deleted: whoever loads a room first notes in storage that it is in use, where the last note is old, and
//! whoever keeps it notes so again in time (`room/registry.rs`, `room/task.rs`). So one statement of the database decides, and no server asks another.

use crate::{clock::unix_ms, metrics::Metrics, storage::Storage};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often rooms are looked for whose time is over.
const PERIOD: Duration = Duration::from_hours(1);

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// After how many days without use a room is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry(NonZeroU32);

impl Expiry {
    /// After so many days; none: never.
    pub fn after_days(days: u32) -> Option<Self> {
        NonZeroU32::new(days).map(Self)
    }

    /// How many days.
    pub fn days(self) -> u32 {
        self.0.get()
    }

    /// Whether a room in use, which was noted to be so at a moment, must be noted again: long before its time is over.
    pub fn must_note(self, noted_ms: u64, now_ms: u64) -> bool {
        now_ms.saturating_sub(noted_ms) > self.period_ms() / 2
    }

    /// Rooms that were used last before this moment are deleted.
    fn deadline_ms(self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.period_ms())
    }

    fn period_ms(self) -> u64 {
        u64::from(self.0.get()) * DAY_MS
    }
}

/// Deletes rooms whose time is over, now and from time to time, until the server stops.
pub(crate) async fn run(expiry: Expiry, storage: Arc<dyn Storage>, metrics: Arc<Metrics>, shutdown: CancellationToken) {
    let mut turns = tokio::time::interval(PERIOD);
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            _ = turns.tick() => {}
        }
        let deleting = delete_expired(expiry, &storage, &metrics);
        if let Some(Err(error)) = shutdown.run_until_cancelled(deleting).await {
            tracing::warn!(%error, "rooms whose time is over can't be deleted now; trying again in an hour");
        }
    }
}

async fn delete_expired(
    expiry: Expiry,
    storage: &Arc<dyn Storage>,
    metrics: &Metrics,
) -> Result<(), crate::storage::StorageError> {
    loop {
        let deleted = storage.expire(expiry.deadline_ms(unix_ms())).await?;
        if deleted.is_empty() {
            return Ok(());
        }
        for room in deleted {
            metrics.rooms.expired.inc();
            tracing::info!(%room, days = expiry.days(), "a room is deleted because nobody used it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_in_use_is_noted_long_before_its_time_is_over() {
        let expiry = Expiry::after_days(30).unwrap();
        let noted = 1_000 * DAY_MS;
        for (days, must) in [(0, false), (15, false), (16, true), (31, true)] {
            assert_eq!(expiry.must_note(noted, noted + days * DAY_MS), must, "after {days} days");
        }
        assert!(!expiry.must_note(noted, noted - DAY_MS), "a clock that was put back");
        assert_eq!(expiry.deadline_ms(noted), 970 * DAY_MS);
        assert_eq!(Expiry::after_days(0), None);
    }
}
