//! The thread that writes one journal: appends at once, flushes in groups, reports what is safe. Knows no room and no runtime.

use super::{
    FLUSH_EVERY, Order,
    file::{self, Held},
    record::{self, Header},
};
use std::{
    io::{self, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    thread::JoinHandle,
    time::Instant,
};
use tokio::sync::mpsc;

/// Orders that may wait for the thread. When they are more, the disk hangs: the journal counts as failed until it is written whole again.
pub const ORDERS_MAX: usize = 16_384;

/// Reports that may wait for whoever reads them; a report that finds no place is left out, the next one says as much.
const REPORTS_MAX: usize = 64;

/// What became of what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// All edits up to this number are on the disk.
    Written {
        /// The number.
        made: u64,
    },
    /// The file can't be written; nothing is written until an [`Order::Whole`] comes.
    Failed(String),
}

/// The end of a journal.
enum Ending {
    /// The file stays if something in it is not durable.
    Closed,
    /// The room did not take what is in it.
    Refused,
}

enum Job {
    Order(Order),
    End(Ending, SyncSender<Option<PathBuf>>),
}

/// The way to a journal's thread. Dropping it leaves the file as it is.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    jobs: SyncSender<Job>,
    reports: mpsc::Receiver<Report>,
    thread: Option<JoinHandle<()>>,
    overflowed: bool,
}

impl Journal {
    /// Starts the thread. It makes the file, too; `taken_over` are journals of earlier runs, which go when this one holds what
    /// they held.
    pub(super) fn start(path: PathBuf, header: Header, taken_over: Vec<Held>) -> Self {
        let (jobs, waiting) = sync_channel(ORDERS_MAX);
        let (reporter, reports) = mpsc::channel(REPORTS_MAX);
        let keeper = Keeper {
            path: path.clone(),
            header,
            taken_over,
            held: None,
            has_failed: false,
            is_needed: false,
            made: 0,
            flushed: None,
            reporter,
        };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || keeper.run(&waiting));
        Self { path, jobs, reports, thread: thread.ok(), overflowed: false }
    }

    /// The file.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Gives an order; never waits.
    pub fn write(&mut self, order: Order) {
        match self.jobs.try_send(Job::Order(order)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.overflowed = true,
        }
    }

    /// The next report; none: the thread is gone. Cancel safe.
    pub async fn next(&mut self) -> Option<Report> {
        if let Some(report) = self.overflow() {
            return Some(report);
        }
        self.reports.recv().await
    }

    /// The next report if one waits already.
    pub fn try_next(&mut self) -> Option<Report> {
        self.overflow().or_else(|| self.reports.try_recv().ok())
    }

    fn overflow(&mut self) -> Option<Report> {
        std::mem::take(&mut self.overflowed).then(|| Report::Failed("the disk takes too long".to_owned()))
    }

    /// Writes and flushes what was given, and ends the thread. Gives the file's path where it stays, because something in it is not durable.
    pub fn close(self) -> Option<PathBuf> {
        self.end(Ending::Closed)
    }

    /// The room did not take what is in this journal: it is set aside, so that nobody sends it again. Gives where it is then; none where
    /// it holds nothing.
    pub fn refuse(self) -> Option<PathBuf> {
        self.end(Ending::Refused)
    }

    fn end(mut self, ending: Ending) -> Option<PathBuf> {
        let (answer, answered) = sync_channel(1);
        let ended = self.jobs.send(Job::End(ending, answer)).ok().and_then(|()| answered.recv().ok()).flatten();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the journal's thread panicked");
        }
        ended
    }
}

/// What the thread knows.
struct Keeper {
    path: PathBuf,
    header: Header,
    taken_over: Vec<Held>,
    /// The file; none before the first order. It is held after a failure, too: what is in it is nobody else's as long as this runs.
    held: Option<Held>,
    /// Since the last failure nothing is written, until all is written anew.
    has_failed: bool,
    /// Whether something in the file is not durable.
    is_needed: bool,
    /// The number of the last edit that was written.
    made: u64,
    /// When it was flushed last; none: what was written since the beginning is not flushed.
    flushed: Option<Instant>,
    reporter: mpsc::Sender<Report>,
}

impl Keeper {
    fn run(mut self, jobs: &Receiver<Job>) {
        let mut is_dirty = false;
        let begun = self.begin();
        self.settle(begun);
        loop {
            // Between two flushes what comes is written, and the file waits for the next one.
            let wait = self.flushed.map_or(FLUSH_EVERY, |at| FLUSH_EVERY.saturating_sub(at.elapsed()));
            let job = if is_dirty {
                jobs.recv_timeout(wait)
            } else {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match job {
                Ok(Job::Order(order)) => {
                    let done = self.carry_out(order);
                    is_dirty |= self.settle(done);
                    let is_due = self.flushed.is_none_or(|at| at.elapsed() >= FLUSH_EVERY);
                    if is_dirty && is_due {
                        is_dirty = self.flush();
                    }
                }
                Ok(Job::End(ending, answer)) => {
                    let ended = self.end(&ending);
                    drop(answer.send(ended));
                    return;
                }
                Err(RecvTimeoutError::Timeout) => is_dirty = self.flush(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Makes the file, with nothing but whose it is: it tells the next run who this one was, should it end without a goodbye. Where
    /// earlier runs left text that only the first order brings, the file is made then.
    fn begin(&mut self) -> io::Result<bool> {
        if self.taken_over.is_empty() {
            self.held = Some(file::replace(&self.path, &record::begin(&self.header))?);
        }
        Ok(false)
    }

    /// Writes what an order says; gives whether there is something to flush.
    fn carry_out(&mut self, order: Order) -> io::Result<bool> {
        let mut bytes = Vec::new();
        match order {
            Order::Whole { documents, made } => {
                bytes = record::begin(&self.header);
                for entry in &documents {
                    record::update(&mut bytes, entry);
                }
                self.held = Some(file::replace(&self.path, &bytes)?);
                self.has_failed = false;
                self.release();
                (self.is_needed, self.made, self.flushed) = (true, made, Some(Instant::now()));
                self.report(Report::Written { made });
                return Ok(false);
            }
            Order::Append { made, .. } if self.has_failed => self.made = made,
            Order::Append { entries, made } => {
                for entry in &entries {
                    record::update(&mut bytes, entry);
                }
                self.made = made;
                self.is_needed = true;
            }
            Order::Durable => {
                record::durable(&mut bytes);
                self.is_needed = false;
                self.release();
            }
        }
        let Some(held) = self.held.as_mut().filter(|_| !self.has_failed) else { return Ok(false) };
        append(held, &bytes)?;
        Ok(true)
    }

    /// Journals of earlier runs go: this one holds what they held, or the server does.
    fn release(&mut self) {
        for old in self.taken_over.drain(..) {
            file::remove(&old.path);
            drop(old.file);
        }
    }

    /// Tells of a failure; what is in the file by then stays there.
    fn settle(&mut self, done: io::Result<bool>) -> bool {
        done.unwrap_or_else(|error| {
            tracing::warn!(%error, file = %self.path.display(), "the journal can't be written");
            self.has_failed = true;
            self.report(Report::Failed(reason(&error)));
            false
        })
    }

    /// Flushes what was written; gives whether there is still something to flush.
    fn flush(&mut self) -> bool {
        self.flushed = Some(Instant::now());
        let Some(held) = self.held.as_ref().filter(|_| !self.has_failed) else { return false };
        match held.file.sync_data() {
            Ok(()) => self.report(Report::Written { made: self.made }),
            Err(error) => drop(self.settle(Err(error))),
        }
        false
    }

    /// Reports never wait for their reader: who does not read gets the next one.
    fn report(&self, report: Report) {
        if self.reporter.try_send(report).is_err() {
            tracing::debug!("nobody reads the journal's reports");
        }
    }

    fn end(&mut self, ending: &Ending) -> Option<PathBuf> {
        self.flush();
        self.held.as_ref()?;
        match ending {
            Ending::Refused if self.is_needed => {
                let aside = file::put_aside(&self.path, "refused");
                return Some(aside.unwrap_or_else(|_| self.path.clone()));
            }
            Ending::Closed if self.is_needed => return Some(self.path.clone()),
            Ending::Closed | Ending::Refused => file::remove(&self.path),
        }
        None
    }
}

/// Appends bytes, all or none: what was written of a record when the disk became full is taken back.
fn append(held: &mut Held, bytes: &[u8]) -> io::Result<()> {
    let end = held.file.seek(SeekFrom::End(0))?;
    held.file.write_all(bytes).inspect_err(|_| drop(held.file.set_len(end)))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full, free some space".to_owned(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("{error}; check the permissions of the state folder")
        }
        _ => error.to_string(),
    }
}
