//! Outboxes: what waits to be written to one connection, bounded, without ever losing an edit. Knows neither the room's
//! rules nor sockets: the room puts in, the connection's writer takes everything that waits at once.
//!
//! A connection of the room protocol that does not read fast enough gets no more edits queued from [`EDIT_BYTES_MAX`] on. When its
//! writer has written all that waited, the room queues one difference with everything it missed. Presence is latest-wins, receipts
//! are cumulative. Everything else is queued up to [`NOTICE_BYTES_MAX`]; a connection that does not even read that much is closed, and
//! comes back with what it has.

use super::frame::{Frame, PlainFrame};
use protocol::{ParticipantId, message::server::Receipt};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Bytes of waiting frames from which on edits are no longer queued one by one.
pub const EDIT_BYTES_MAX: usize = 1 << 20;

/// Bytes of waiting frames from which on a connection is closed. A single difference may be larger: it is queued only when nothing waits.
pub const NOTICE_BYTES_MAX: usize = 4 << 20;

/// Whole texts that wait for a plain client; from then on the newest one replaces the last.
pub const PLAIN_TEXTS_MAX: usize = 32;

/// Bytes of whole texts that wait for a plain client; from then on the newest one replaces the last. A single text may be larger.
pub const PLAIN_BYTES_MAX: usize = 1 << 20;

/// The least pause between two texts to a plain client. What it may be looking at is remembered for a bounded number of texts, and
/// so for at least that many pauses, however fast others type and however much the wire holds back.
pub const PLAIN_TEXT_PAUSE: Duration = Duration::from_millis(10);

/// Frames that wait for a plain client; from then on numbers of connections that came before others are left out.
const PLAIN_FRAMES_MAX: usize = 2 * PLAIN_TEXTS_MAX;

/// The room's end of an outbox of the room protocol.
#[derive(Debug)]
pub struct Outbox {
    shared: Arc<Shared<PairQueue>>,
    overflow: CancellationToken,
}

/// The connection's end of an outbox of the room protocol.
#[derive(Debug)]
pub struct OutboxReader {
    shared: Arc<Shared<PairQueue>>,
    overflow: CancellationToken,
}

/// The room's end of a plain client's outbox.
#[derive(Debug)]
pub struct PlainOutbox {
    shared: Arc<Shared<PlainQueue>>,
}

/// The connection's end of a plain client's outbox.
#[derive(Debug)]
pub struct PlainOutboxReader {
    shared: Arc<Shared<PlainQueue>>,
}

#[derive(Debug, Default)]
struct Shared<Q> {
    queue: Mutex<Q>,
    changed: Notify,
}

impl<Q> Shared<Q> {
    fn lock(&self) -> MutexGuard<'_, Q> {
        // A panic while the lock is held leaves a queue that is still whole: each change to it is one step.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct PairQueue {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    presence: HashMap<ParticipantId, Arc<Frame>>,
    receipt: Option<Receipt>,
    /// Edits were left out; the room must catch this connection up when all that waits is written.
    behind: bool,
    /// The reader knows that, and need not be told again.
    told: bool,
    closed: bool,
}

#[derive(Debug, Default)]
struct PlainQueue {
    frames: VecDeque<Arc<PlainFrame>>,
    /// How many of the frames are whole texts.
    texts: usize,
    /// How many bytes these have.
    bytes: usize,
    closed: bool,
}

/// Everything that waited for one connection.
#[derive(Debug, Default)]
pub struct Taken {
    /// Frames in order.
    pub frames: Vec<Arc<Frame>>,
    /// Where participants are now; to be sent no earlier than the frames, which it refers to.
    pub presence: Vec<(ParticipantId, Arc<Frame>)>,
    /// How far the server has this connection's edits; sent after the frames.
    pub receipt: Option<Receipt>,
    /// Edits were left out: ask the room to catch this connection up after the frames are written.
    pub behind: bool,
    /// Nothing comes after this.
    pub closed: bool,
}

/// Makes the two ends of an outbox of the room protocol.
pub fn outbox() -> (Outbox, OutboxReader) {
    let (shared, overflow) = (Arc::new(Shared::default()), CancellationToken::new());
    (Outbox { shared: Arc::clone(&shared), overflow: overflow.clone() }, OutboxReader { shared, overflow })
}

/// Makes the two ends of a plain client's outbox.
pub fn plain_outbox() -> (PlainOutbox, PlainOutboxReader) {
    let shared = Arc::new(Shared::default());
    (PlainOutbox { shared: Arc::clone(&shared) }, PlainOutboxReader { shared })
}

impl Outbox {
    /// Queues an edit. Gives false where it was left out because the connection is behind: the room then remembers what the
    /// connection has, if it was not behind before.
    pub(super) fn push_edit(&self, frame: &Arc<Frame>) -> bool {
        let mut queue = self.shared.lock();
        if queue.closed {
            return true;
        }
        if queue.behind || queue.bytes + frame.cost() > EDIT_BYTES_MAX.max(frame.cost()) {
            queue.behind = true;
            return false;
        }
        queue.push(frame);
        drop(queue);
        self.shared.changed.notify_one();
        true
    }

    /// Whether nobody reads the outbox any more.
    pub(super) fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.shared) == 1
    }

    /// Bytes that wait for the connection.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.shared.lock().bytes
    }

    /// Queues the frames that bring the connection up to date; edits are queued one by one again.
    pub(super) fn catch_up(&self, frames: &[Arc<Frame>]) {
        let mut queue = self.shared.lock();
        queue.behind = false;
        queue.told = false;
        for frame in frames {
            queue.push(frame);
        }
        drop(queue);
        self.shared.changed.notify_one();
    }

    /// Queues something that must not get lost. A connection that lets too much wait is closed, and nothing is queued for it any more.
    pub(super) fn push(&self, frame: &Arc<Frame>) {
        let mut queue = self.shared.lock();
        if queue.closed {
            return;
        }
        queue.push(frame);
        if queue.bytes > NOTICE_BYTES_MAX.max(frame.cost()) {
            queue.closed = true;
            queue.frames.clear();
            queue.presence.clear();
            self.overflow.cancel();
        }
        drop(queue);
        self.shared.changed.notify_one();
    }

    /// Notes where a participant is now; an older note that still waits is replaced.
    pub(super) fn presence(&self, of: ParticipantId, frame: &Arc<Frame>) {
        self.shared.lock().presence.insert(of, Arc::clone(frame));
        self.shared.changed.notify_one();
    }

    /// Forgets where a participant was: they left.
    pub(super) fn forget_presence(&self, of: ParticipantId) {
        self.shared.lock().presence.remove(&of);
    }

    /// Notes how far the server has the connection's edits.
    pub(super) fn receipt(&self, receipt: Receipt) {
        self.shared.lock().receipt = Some(receipt);
        self.shared.changed.notify_one();
    }
}

impl Drop for Outbox {
    /// What waits is still written; then the connection closes.
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
    }
}

impl PairQueue {
    fn push(&mut self, frame: &Arc<Frame>) {
        self.bytes += frame.cost();
        self.frames.push_back(Arc::clone(frame));
    }
}

impl OutboxReader {
    /// Waits until the room has given the connection up because it lets too much wait. The writer may hang in a write then.
    pub async fn overflowed(&self) {
        self.overflow.cancelled().await;
    }

    /// Waits until something is there, and takes all of it. Cancel safe.
    pub async fn take(&self) -> Taken {
        loop {
            if let Some(taken) = self.take_now() {
                return taken;
            }
            self.shared.changed.notified().await;
        }
    }

    fn take_now(&self) -> Option<Taken> {
        let mut queue = self.shared.lock();
        let idle = queue.frames.is_empty() && queue.presence.is_empty() && queue.receipt.is_none();
        let tell_behind = queue.behind && !queue.told;
        if idle && !queue.closed && !tell_behind {
            return None;
        }
        queue.bytes = 0;
        queue.told = queue.behind;
        let frames = queue.frames.drain(..).collect();
        let presence = queue.presence.drain().collect();
        Some(Taken { frames, presence, receipt: queue.receipt.take(), behind: tell_behind, closed: queue.closed })
    }
}

impl PlainOutbox {
    /// Queues a whole text. Gives true where it took the place of one that still waited: `coalesce` asks for that whenever one
    /// waits, otherwise it happens when [`PLAIN_TEXTS_MAX`] or [`PLAIN_BYTES_MAX`] wait.
    pub(super) fn push_text(&self, frame: &Arc<PlainFrame>, coalesce: bool) -> bool {
        let mut queue = self.shared.lock();
        let full = queue.texts >= PLAIN_TEXTS_MAX || queue.bytes + frame.text_bytes() > PLAIN_BYTES_MAX;
        let replaced = (coalesce || full).then(|| queue.remove_last_text()).flatten().is_some();
        queue.push(frame);
        drop(queue);
        self.shared.changed.notify_one();
        replaced
    }

    /// Whether nobody reads the outbox any more.
    pub(super) fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.shared) == 1
    }

    /// Bytes of whole texts that wait for the connection.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.shared.lock().bytes
    }

    /// Queues the number of connections; of several that wait in a row only the last is kept once too much waits.
    pub(super) fn push_participants(&self, frame: &Arc<PlainFrame>) {
        let mut queue = self.shared.lock();
        if queue.frames.len() >= PLAIN_FRAMES_MAX {
            queue.frames.retain(|frame| frame.is_text());
        }
        queue.push(frame);
        drop(queue);
        self.shared.changed.notify_one();
    }
}

impl PlainQueue {
    fn push(&mut self, frame: &Arc<PlainFrame>) {
        self.texts += usize::from(frame.is_text());
        self.bytes += frame.text_bytes();
        self.frames.push_back(Arc::clone(frame));
    }

    fn pop(&mut self) -> Option<Arc<PlainFrame>> {
        let frame = self.frames.pop_front()?;
        self.forget(&frame);
        Some(frame)
    }

    /// Takes the newest text out, if one waits. The first text that a client ever gets stays: it alone brings the language.
    fn remove_last_text(&mut self) -> Option<Arc<PlainFrame>> {
        let last =
            self.frames.iter().rposition(|frame| frame.is_text()).filter(|last| !self.frames[*last].is_first())?;
        let frame = self.frames.remove(last)?;
        self.forget(&frame);
        Some(frame)
    }

    fn forget(&mut self, frame: &PlainFrame) {
        self.texts -= usize::from(frame.is_text());
        self.bytes -= frame.text_bytes();
    }
}

impl Drop for PlainOutbox {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
    }
}

impl PlainOutboxReader {
    /// Waits for the next frame; none: the room closed the connection. Cancel safe.
    ///
    /// Frames are taken one by one, so that a text counts as sent only when its turn has come, and is replaced by a newer one until then.
    pub async fn take(&self) -> Option<Arc<PlainFrame>> {
        loop {
            {
                let mut queue = self.shared.lock();
                if let Some(frame) = queue.pop() {
                    return Some(frame);
                }
                if queue.closed {
                    return None;
                }
            }
            self.shared.changed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests;
