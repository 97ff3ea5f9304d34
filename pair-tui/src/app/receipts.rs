//! How far this participant's edits have come, and since when: what the status line and the question before leaving tell. Pure
//! counting: knows no connection, no journal's file and no screen.
//!
//! An edit is *local* until the server has it, *received* until the server has stored it, and *durable* then. What the server had but
//! had not stored when the connection was lost counts as local again: the server may have lost it.

use protocol::{Sequence, message::server::Receipt};
use std::collections::VecDeque;

/// Messages that are counted one by one. Beyond, the newest one stands for the one before it too, so that hours without storage take no
/// more memory; its edits then become durable together.
const COUNTED_MAX: usize = 4_096;

/// Edits in one message that is not durable yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Underway {
    seq: Sequence,
    edits: u64,
    made_at_ms: u64,
}

/// How far an edit has come; the worst is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Only this client has it.
    Local,
    /// The server has it in memory.
    Received,
}

/// The worst state of all edits that are not durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotDurable {
    /// How far the worst of them has come.
    pub worst: Reach,
    /// How many they are.
    pub edits: u64,
    /// When the oldest of them was made, in milliseconds.
    pub since_ms: u64,
}

/// How far this participant's edits have come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipts {
    sent: Option<Sequence>,
    received: Option<Sequence>,
    underway: VecDeque<Underway>,
    /// Edits that no message on the present connection brings.
    kept_here: u64,
    kept_since_ms: Option<u64>,
}

impl Receipts {
    /// The number for the next message, which brings so many edits, the oldest of them made at a time in milliseconds.
    pub fn number(&mut self, edits: u64, made_at_ms: u64) -> Sequence {
        let seq = self.sent.unwrap_or(Sequence::ZERO).next();
        self.sent = Some(seq);
        let is_full = self.underway.len() >= COUNTED_MAX;
        match self.underway.back_mut() {
            Some(last) if is_full => {
                last.seq = seq;
                last.edits += edits;
            }
            _ => self.underway.push_back(Underway { seq, edits, made_at_ms }),
        }
        self.kept_here = 0;
        self.kept_since_ms = None;
        seq
    }

    /// The number for the next message, which brings what was kept here, or what nobody counted. The first one stands for all of it.
    pub fn number_kept(&mut self, now_ms: u64) -> Sequence {
        let (edits, made_at_ms) = (self.kept_here.max(1), self.kept_since_ms.unwrap_or(now_ms));
        self.number(edits, made_at_ms)
    }

    /// Counts an edit that can't be sent now.
    pub fn keep(&mut self, edits: u64, made_at_ms: u64) {
        self.kept_here += edits;
        self.kept_since_ms = self.kept_since_ms.or((edits > 0).then_some(made_at_ms));
    }

    /// Takes the server's word; older words than the last one count for nothing.
    pub fn take(&mut self, receipt: Receipt) {
        self.received = self.received.max(Some(receipt.received));
        while self.underway.front().is_some_and(|first| first.seq <= receipt.durable) {
            self.underway.pop_front();
        }
    }

    /// The connection is gone: what it did not confirm to be stored is kept here, for the server may have lost it.
    pub fn disconnect(&mut self) {
        let since = self.not_durable().map(|not| not.since_ms);
        *self = Self { kept_here: self.count(), kept_since_ms: since, ..Self::default() };
    }

    /// A new connection begins, and its numbers start anew. Gives how many edits are kept here, which it must bring.
    pub fn connect(&mut self) -> u64 {
        self.disconnect();
        self.kept_here
    }

    /// How many edits are not durable.
    pub fn count(&self) -> u64 {
        self.kept_here + self.underway.iter().map(|message| message.edits).sum::<u64>()
    }

    /// The worst state of what is not durable; none: everything is.
    pub fn not_durable(&self) -> Option<NotDurable> {
        let oldest = self.underway.front().map(|message| message.made_at_ms);
        let since_ms = oldest.into_iter().chain(self.kept_since_ms).min()?;
        let last = self.underway.back().map(|message| message.seq);
        let worst = if self.kept_here > 0 || last > self.received { Reach::Local } else { Reach::Received };
        Some(NotDurable { worst, edits: self.count(), since_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(count: u64) -> Sequence {
        (0..count).fold(Sequence::ZERO, |seq, _| seq.next())
    }

    #[test]
    fn the_worst_state_is_told_with_the_age_of_the_oldest_edit() {
        let mut receipts = Receipts::default();
        assert_eq!(receipts.not_durable(), None);
        for made_at_ms in [10, 20, 30] {
            receipts.number(1, made_at_ms);
        }
        let told = |receipts: &Receipts| receipts.not_durable().map(|not| (not.worst, not.edits, not.since_ms));
        assert_eq!(told(&receipts), Some((Reach::Local, 3, 10)));
        receipts.take(Receipt { received: seq(2), durable: seq(1) });
        assert_eq!(told(&receipts), Some((Reach::Local, 2, 20)));
        receipts.take(Receipt { received: seq(3), durable: seq(1) });
        assert_eq!(told(&receipts), Some((Reach::Received, 2, 20)));
        receipts.take(Receipt { received: seq(3), durable: seq(3) });
        assert_eq!(told(&receipts), None);
    }

    #[test]
    fn what_was_received_and_not_stored_is_kept_here_after_a_loss_and_goes_with_the_next_message() {
        let mut receipts = Receipts::default();
        receipts.number(1, 10);
        receipts.number(1, 20);
        receipts.take(Receipt { received: seq(2), durable: seq(1) });
        receipts.disconnect();
        receipts.keep(1, 30);
        assert_eq!(receipts.not_durable(), Some(NotDurable { worst: Reach::Local, edits: 2, since_ms: 20 }));
        assert_eq!(receipts.connect(), 2);
        assert_eq!(receipts.number_kept(40), seq(1));
        assert_eq!(receipts.not_durable().map(|not| not.since_ms), Some(20));
        assert_eq!(receipts.count(), 2);
        receipts.take(Receipt { received: seq(1), durable: seq(1) });
        assert_eq!(receipts.not_durable(), None);
    }

    #[test]
    fn hours_without_storage_take_bounded_memory_and_lose_no_count() {
        let mut receipts = Receipts::default();
        for at in 0..10_000 {
            receipts.number(1, at);
        }
        assert!(receipts.underway.len() <= COUNTED_MAX);
        assert_eq!(receipts.count(), 10_000);
        receipts.take(Receipt { received: seq(9_999), durable: seq(9_999) });
        assert!(receipts.count() > 0, "the last one is not stored, and nothing that stands with it counts as stored");
        receipts.take(Receipt { received: seq(10_000), durable: seq(10_000) });
        assert_eq!(receipts.count(), 0);
    }
}
