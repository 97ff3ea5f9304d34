//! When participants are told how far their edits are. What is not durable yet mostly is within a millisecond: one receipt then says both, and costs a
//! writer one frame for each edit instead of two. Knows no storage.

use crate::room::outbox::Outbox;
use protocol::{ParticipantId, message::server::Receipt};
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

/// How long a receipt waits for the word that the edits are durable too.
const PATIENCE: Duration = Duration::from_millis(10);

/// Receipts that are to be told when everybody else has the edits themselves.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    waiting: HashMap<ParticipantId, Receipt>,
    /// When all of them are told.
    due: Option<Instant>,
}

impl Receipts {
    /// Notes a receipt; it says all that the one before said.
    pub(super) fn note(&mut self, to: ParticipantId, receipt: Receipt) {
        self.waiting.insert(to, receipt);
    }

    /// A connection ended.
    pub(super) fn forget(&mut self, to: ParticipantId) {
        self.waiting.remove(&to);
    }

    /// Tells what is to be told by now.
    pub(super) fn tell(&mut self, outboxes: &HashMap<ParticipantId, Outbox>) {
        let overdue = self.due.is_some_and(|due| due <= Instant::now());
        self.waiting.retain(|to, receipt| {
            let waits = receipt.durable < receipt.received && !overdue;
            if !waits && let Some(outbox) = outboxes.get(to) {
                outbox.receipt(*receipt);
            }
            waits
        });
        self.due = if self.waiting.is_empty() { None } else { self.due.or_else(|| Some(Instant::now() + PATIENCE)) };
    }

    /// Waits until something is to be told that does not wait any longer; for ever where nothing is. Cancel safe.
    pub(super) async fn due(&self) {
        match self.due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::outbox::outbox;
    use protocol::Sequence;

    fn receipt(received: u64, durable: u64) -> Receipt {
        let nth = |n| (0..n).fold(Sequence::ZERO, |seq, _| seq.next());
        Receipt { received: nth(received), durable: nth(durable) }
    }

    #[tokio::test]
    async fn what_is_durable_is_told_at_once_and_the_rest_waits_for_it_but_not_for_long() {
        let (ada, (ours, theirs)) = (ParticipantId::from_random(1), outbox());
        let (outboxes, mut receipts) = (HashMap::from([(ada, ours)]), Receipts::default());
        receipts.note(ada, receipt(1, 0));
        receipts.tell(&outboxes);
        receipts.note(ada, receipt(1, 1));
        receipts.tell(&outboxes);
        assert_eq!(theirs.take().await.receipt, Some(receipt(1, 1)), "one receipt says both");

        receipts.note(ada, receipt(2, 1));
        receipts.tell(&outboxes);
        let noted = Instant::now();
        receipts.due().await;
        assert!(noted.elapsed() >= PATIENCE / 2, "it waits for the disk");
        receipts.tell(&outboxes);
        assert_eq!(theirs.take().await.receipt, Some(receipt(2, 1)), "a slow disk does not keep what is received");
    }
}
