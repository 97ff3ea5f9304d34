//! What must be in this client's journal, and how much of it is there already. Pure bookkeeping: knows no file; whoever runs the program
//! writes what [`Order`]s say and reports back.
//!
//! From the first edit on the journal holds all documents whole, and after that every update of this client and, while one of these
//! is not durable, every update of others: so the text can be had from the journal alone. While everything is durable, updates of others
//! wait in memory for the next edit; when they become too many, that edit writes the documents whole again.

use super::effect::{Entry, Order};
use std::mem;

/// Bytes of others' updates that wait for the next edit; beyond, it writes the documents whole.
const WAITING_BYTES_MAX: usize = 256 << 10;

/// A journal that has grown by so many bytes, and to twice its size, since its documents were written whole is written anew.
const REWRITE_AFTER: usize = 1 << 20;

/// A journal that failed is tried again after so many milliseconds.
const RETRY_MS: u64 = 2_000;

/// What is not in the journal after so many milliseconds is told to the person: a disk takes less, unless something is wrong.
pub const SLOW_AFTER_MS: u64 = 1_000;

/// How things stand with the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum JournalState {
    /// There is none: this program has no folder for it.
    #[default]
    Off,
    /// It takes what it is given.
    Good,
    /// It can't be written.
    Failing {
        /// Why, for people.
        why: String,
        /// When it is tried again.
        retry_at_ms: u64,
    },
}

/// What the journal has, and what it lacks.
#[derive(Debug, Clone, Default)]
pub struct Keeping {
    state: JournalState,
    /// The journal's documents and what follows them are all that happened, but for what waits.
    is_whole: bool,
    /// Something in it is not durable.
    is_needed: bool,
    waiting: Vec<Entry>,
    waiting_bytes: usize,
    bytes: usize,
    bytes_when_whole: usize,
    /// Edits of this client so far.
    made: u64,
    /// So many of them are safe in the journal.
    written: u64,
    /// When the oldest edit that is not in the journal was made.
    unwritten_since_ms: Option<u64>,
}

/// What must be done with an update.
#[derive(Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing now.
    Nothing,
    /// This order.
    Order(Order),
    /// All documents must be written whole; see [`Keeping::whole`].
    Whole,
}

impl Keeping {
    /// How things stand.
    pub fn state(&self) -> &JournalState {
        &self.state
    }

    /// There is a journal from now on; it is empty.
    pub fn begin(&mut self) {
        *self = Self { state: JournalState::Good, made: self.made, written: self.written, ..Self::default() };
    }

    /// How many of this client's edits are not in the journal.
    pub fn unwritten(&self) -> u64 {
        self.made - self.written
    }

    /// How many edits are in danger: not in the journal, and not only because the disk takes its moment.
    pub fn in_danger(&self, now_ms: u64) -> u64 {
        let slow = self.unwritten_since_ms.is_some_and(|since| now_ms.saturating_sub(since) > SLOW_AFTER_MS);
        if slow || self.state != JournalState::Good { self.unwritten() } else { 0 }
    }

    /// An edit was made here.
    pub fn own(&mut self, entry: Entry, now_ms: u64) -> Need {
        self.made += u64::from(entry.edits);
        self.is_needed = true;
        self.unwritten_since_ms.get_or_insert(now_ms);
        match self.state {
            JournalState::Good if self.is_whole => self.append(Some(entry)),
            JournalState::Good => Need::Whole,
            JournalState::Off | JournalState::Failing { .. } => Need::Nothing,
        }
    }

    /// Somebody else's update was applied.
    pub fn of_others(&mut self, entry: Entry) -> Need {
        if self.state != JournalState::Good || !self.is_whole {
            return Need::Nothing;
        }
        if self.is_needed {
            return self.append(Some(entry));
        }
        self.waiting_bytes += entry.update.len();
        self.waiting.push(entry);
        if self.waiting_bytes > WAITING_BYTES_MAX {
            self.forget();
        }
        Need::Nothing
    }

    /// Everything that was made here is durable: the journal holds nothing that is needed.
    pub fn durable(&mut self) -> Option<Order> {
        if !mem::take(&mut self.is_needed) {
            return None;
        }
        self.written = self.made;
        self.unwritten_since_ms = None;
        (self.state == JournalState::Good).then_some(Order::Durable)
    }

    /// Edits of an earlier run are here again, and must be in this journal too.
    pub fn recovered(&mut self, edits: u64, now_ms: u64) {
        self.made += edits;
        self.is_needed = true;
        self.unwritten_since_ms.get_or_insert(now_ms);
    }

    /// The order that writes all documents whole, which these entries are.
    pub fn whole(&mut self, documents: Vec<Entry>) -> Order {
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.is_whole = true;
        self.bytes = documents.iter().map(|entry| entry.update.len()).sum();
        self.bytes_when_whole = self.bytes;
        Order::Whole { documents, made: self.made }
    }

    /// The journal has all edits up to a number.
    pub fn written(&mut self, made: u64, now_ms: u64) {
        self.written = self.written.max(made.min(self.made));
        self.unwritten_since_ms = (self.unwritten() > 0).then_some(now_ms);
    }

    /// The journal can't be written. Gives whether that is news.
    pub fn failed(&mut self, why: String, now_ms: u64) -> bool {
        let is_news = !matches!(self.state, JournalState::Failing { .. });
        self.forget();
        self.state = JournalState::Failing { why, retry_at_ms: now_ms + RETRY_MS };
        is_news
    }

    /// Whether the journal should be tried again now. It counts as good from then on, until it fails again.
    pub fn retries(&mut self, now_ms: u64) -> bool {
        let is_due = matches!(self.state, JournalState::Failing { retry_at_ms, .. } if retry_at_ms <= now_ms);
        if is_due {
            self.state = JournalState::Good;
        }
        is_due && self.is_needed
    }

    /// The documents begin anew, or too much waits: what the journal has is not whole any more.
    pub fn forget(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.is_whole = false;
    }

    fn append(&mut self, entry: Option<Entry>) -> Need {
        let mut entries = mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        entries.extend(entry);
        self.bytes += entries.iter().map(|entry| entry.update.len()).sum::<usize>();
        let grown = self.bytes - self.bytes_when_whole;
        if grown > REWRITE_AFTER.max(self.bytes_when_whole) {
            return Need::Whole;
        }
        Need::Order(Order::Append { entries, made: self.made })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{DocumentPath, message::Blob};

    fn entry(edits: u32, bytes: usize) -> Entry {
        Entry { document: DocumentPath::main(), edits, update: Blob::from(vec![0; bytes]) }
    }

    fn begun() -> Keeping {
        let mut keeping = Keeping::default();
        keeping.begin();
        assert_eq!(keeping.own(entry(1, 5), 0), Need::Whole);
        keeping.whole(vec![entry(1, 100)]);
        keeping
    }

    fn appended(need: Need) -> (usize, u64) {
        match need {
            Need::Order(Order::Append { entries, made }) => (entries.len(), made),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_edit_writes_all_and_what_others_do_goes_along_with_the_next() {
        let mut keeping = begun();
        assert_eq!(appended(keeping.own(entry(1, 5), 1)), (1, 2));
        assert_eq!(appended(keeping.of_others(entry(0, 5))), (1, 2));
        assert_eq!(keeping.durable(), Some(Order::Durable));
        assert_eq!(keeping.durable(), None);
        for _ in 0..3 {
            assert_eq!(keeping.of_others(entry(0, 5)), Need::Nothing);
        }
        assert_eq!(appended(keeping.own(entry(1, 5), 2)), (4, 3), "what waited comes before the edit");
        keeping.durable();
        assert_eq!(keeping.of_others(entry(0, WAITING_BYTES_MAX + 1)), Need::Nothing);
        assert_eq!(keeping.own(entry(1, 5), 3), Need::Whole, "too much waited to be kept in memory");
    }

    #[test]
    fn a_journal_that_grows_is_written_anew() {
        let mut keeping = begun();
        let rewritten = (0..100).find(|_| keeping.own(entry(1, 64 << 10), 0) == Need::Whole);
        assert!(rewritten.is_some_and(|at| at >= 15), "{rewritten:?}");
    }

    #[test]
    fn what_a_failing_journal_lacks_is_counted_and_written_when_it_works_again() {
        let mut keeping = begun();
        assert_eq!((keeping.unwritten(), keeping.in_danger(10)), (1, 0));
        assert_eq!(keeping.in_danger(SLOW_AFTER_MS + 1), 1, "a disk that takes so long is told");
        keeping.written(1, 20);
        assert!(keeping.failed("the disk is full".into(), 100));
        assert!(!keeping.failed("the disk is full".into(), 100));
        assert_eq!(keeping.own(entry(1, 5), 110), Need::Nothing);
        assert_eq!((keeping.unwritten(), keeping.in_danger(110)), (1, 1));
        assert!(!keeping.retries(100 + RETRY_MS - 1));
        assert!(keeping.retries(100 + RETRY_MS));
        keeping.whole(vec![entry(2, 100)]);
        keeping.written(2, 3_000);
        assert_eq!((keeping.unwritten(), keeping.in_danger(9_000)), (0, 0));
        keeping.durable();
        keeping.failed("the disk is full".into(), 5_000);
        assert!(!keeping.retries(9_000), "nothing is needed, nothing is written");
    }

    #[test]
    fn without_a_journal_every_edit_is_in_danger() {
        let mut keeping = Keeping::default();
        assert_eq!(keeping.own(entry(1, 5), 0), Need::Nothing);
        assert_eq!(keeping.in_danger(0), 1);
        assert_eq!(keeping.durable(), None);
        assert_eq!(keeping.in_danger(0), 0);
    }
}
