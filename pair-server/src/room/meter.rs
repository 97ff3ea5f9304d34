//! What a room reports to the metrics: its edits and how long they take, and how large and how busy it is. Knows the room's versions and
//! the metrics, not the room's rules.

use super::effect::Version;
use crate::metrics::{
    Metrics,
    label::Label,
    values::{Dialect, SizeClass},
};
use std::{collections::VecDeque, sync::Arc, time::Instant};

/// Edits of a room whose way to storage is timed at a time. When so many wait, further ones are not timed: storage fails, which other
/// figures show.
const TIMED_MAX: usize = 4_096;

/// An edit that came from a connection of this server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrived {
    /// What its author's client speaks.
    pub(super) dialect: Dialect,
    /// Bytes of the update, or of the whole text.
    pub(super) bytes: usize,
    /// When the session handed it to the room.
    pub(super) at: Instant,
}

/// How a room is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    /// Bytes of all documents' text.
    pub(super) text_bytes: usize,
    /// About how many bytes of memory the room holds.
    pub(super) memory_bytes: usize,
    /// Who is here, by what they speak.
    pub(super) participants: [usize; Dialect::ALL.len()],
    /// How many of them are behind.
    pub(super) behind: usize,
    /// Bytes that wait to be written to them.
    pub(super) outbox_bytes: usize,
    /// Bytes that wait for storage.
    pub(super) unstored_bytes: usize,
}

/// A room's reports. What it added to the gauges leaves with it.
#[derive(Debug)]
pub(super) struct RoomMeter {
    metrics: Arc<Metrics>,
    /// The edit that is being handled.
    arrived: Option<Arrived>,
    /// Edits that are not stored yet, oldest first.
    timed: VecDeque<(Version, Instant)>,
    /// Bytes of text and of memory that the documents have, as of a version.
    sized: Option<(Version, (usize, usize))>,
    /// What the gauges hold of this room.
    reported: Option<Figures>,
}

impl RoomMeter {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, arrived: None, timed: VecDeque::new(), sized: None, reported: None }
    }

    /// Everything that is counted.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The room begins to handle an edit, or something else.
    pub(super) fn begin(&mut self, arrived: Option<Arrived>) {
        self.arrived = arrived;
    }

    /// What the edit changed is to be stored under a version.
    pub(super) fn persists(&mut self, version: Version) {
        if let Some(arrived) = self.arrived
            && self.timed.len() < TIMED_MAX
        {
            self.timed.push_back((version, arrived.at));
        }
    }

    /// What the room was at is done: whatever follows from it is queued.
    pub(super) fn end(&mut self) {
        let Some(Arrived { dialect, bytes, at }) = self.arrived.take() else { return };
        let edits = &self.metrics.edits;
        edits.received.of(dialect).inc();
        edits.bytes.of(dialect).inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
        edits.broadcast.observe(at.elapsed());
    }

    /// Everything up to a version is stored.
    pub(super) fn stored(&mut self, through: Version) {
        while let Some((version, at)) = self.timed.front().copied()
            && version <= through
        {
            self.metrics.edits.durable.observe(at.elapsed());
            self.timed.pop_front();
        }
    }

    /// Bytes of text and of memory that the documents have; measured only where they changed since the last time.
    pub(super) fn sizes(&mut self, version: Version, measure: impl FnOnce() -> (usize, usize)) -> (usize, usize) {
        match self.sized {
            Some((at, sizes)) if at == version => sizes,
            _ => self.sized.insert((version, measure())).1,
        }
    }

    /// Says how the room is now.
    pub(super) fn report(&mut self, now: Figures) {
        self.add(&now, 1);
        if let Some(before) = self.reported.replace(now) {
            self.add(&before, -1);
        }
    }

    fn add(&self, figures: &Figures, sign: i64) {
        let (rooms, class) = (&self.metrics.rooms, SizeClass::of(figures.text_bytes));
        let signed = |count: usize| sign * i64::try_from(count).unwrap_or(i64::MAX);
        rooms.open.of(class).inc_by(sign);
        rooms.memory_bytes.of(class).inc_by(signed(figures.memory_bytes));
        for dialect in Dialect::ALL {
            rooms.participants.of(*dialect).inc_by(signed(figures.participants[dialect.index()]));
        }
        rooms.behind.inc_by(signed(figures.behind));
        rooms.outbox_bytes.inc_by(signed(figures.outbox_bytes));
        rooms.unstored_bytes.inc_by(signed(figures.unstored_bytes));
    }
}

impl Drop for RoomMeter {
    fn drop(&mut self) {
        if let Some(before) = self.reported.take() {
            self.add(&before, -1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Figures =
        Figures { text_bytes: 0, memory_bytes: 0, participants: [0; 3], behind: 0, outbox_bytes: 0, unstored_bytes: 0 };

    #[test]
    fn what_a_room_added_to_the_gauges_leaves_with_it() {
        let metrics = Arc::new(Metrics::default());
        let (mut one, mut other) = (RoomMeter::new(Arc::clone(&metrics)), RoomMeter::new(Arc::clone(&metrics)));
        one.report(Figures { memory_bytes: 10, participants: [2, 0, 1], ..EMPTY });
        other.report(Figures { memory_bytes: 5, ..EMPTY });
        one.report(Figures { text_bytes: 5_000, memory_bytes: 70, participants: [1, 0, 1], ..EMPTY });
        let rooms = &metrics.rooms;
        let open = || [SizeClass::Small, SizeClass::Medium].map(|class| rooms.open.of(class).get());
        let memory = || [SizeClass::Small, SizeClass::Medium].map(|class| rooms.memory_bytes.of(class).get());
        assert_eq!((open(), memory()), ([1, 1], [5, 70]));
        assert_eq!(rooms.participants.of(Dialect::Pair).get(), 1);
        drop((one, other));
        assert_eq!((open(), memory(), rooms.participants.of(Dialect::Yjs).get()), ([0, 0], [0, 0], 0));
    }

    #[test]
    fn only_edits_of_this_servers_connections_are_timed() {
        let metrics = Arc::new(Metrics::default());
        let mut meter = RoomMeter::new(Arc::clone(&metrics));
        meter.begin(Some(Arrived { dialect: Dialect::Pair, bytes: 30, at: Instant::now() }));
        meter.persists(Version(1));
        meter.end();
        meter.begin(None);
        meter.persists(Version(2));
        meter.end();
        let edits = &metrics.edits;
        assert_eq!((edits.received.of(Dialect::Pair).get(), edits.bytes.of(Dialect::Pair).get()), (1, 30));
        assert_eq!((edits.broadcast.count(), edits.durable.count()), (1, 0));
        meter.stored(Version(0));
        assert_eq!(edits.durable.count(), 0);
        meter.stored(Version(2));
        assert_eq!(edits.durable.count(), 1);
    }
}
