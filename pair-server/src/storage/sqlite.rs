//! Storage in SQLite, through one thread that owns the connection. Knows SQL through `records`, and no rooms' rules.
//!
//! Everything that waits is stored in one transaction (group commit), each room's batch under a savepoint of its own, so that
//! one refused batch leaves the others alone. WAL with `synchronous=FULL`: what is reported durable survives the process and the power.

use super::{
    CHAT_LOADED, Cursor, Migrated, Record, RoomMeta, Storage, StorageError, StoredRoom, Writer, url::DatabaseUrl,
};
use bytes::Bytes;
use futures::future::BoxFuture;
use protocol::{DocumentPath, RoomId};
use rusqlite::{Connection, ErrorCode};
use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

mod lock;
mod records;
pub mod upkeep;

use lock::DatabaseLock;

/// Jobs that may wait for the thread. When it is full, whoever asks waits.
const JOBS_CAPACITY: usize = 256;

/// Jobs that are put into one transaction at most.
const GROUP_MAX: usize = 256;

/// How long an open waits for another process that has the file.
const BUSY: Duration = Duration::from_millis(500);

/// The migrations in `migrations/sqlite`.
mod embedded {
    refinery::embed_migrations!("../migrations/sqlite");
}

type Answer<T> = oneshot::Sender<Result<T, StorageError>>;

enum Job {
    Create {
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: Bytes,
        answer: Answer<bool>,
    },
    /// With so many chat messages; all where it is negative.
    Load {
        room: RoomId,
        chat: i64,
        answer: Answer<Option<StoredRoom>>,
    },
    Append {
        room: RoomId,
        records: Vec<Record>,
        answer: Answer<()>,
    },
    Rooms {
        after: Option<RoomId>,
        answer: Answer<Vec<RoomId>>,
    },
    Expire {
        unused_since_ms: u64,
        answer: Answer<Vec<RoomId>>,
    },
    Delete {
        room: RoomId,
        answer: Answer<bool>,
    },
}

/// Rooms in a SQLite database.
#[derive(Debug)]
pub struct SqliteStorage {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl SqliteStorage {
    /// Opens a database, creating the file and its folders where they are missing, brings its tables up to date and starts
    /// the thread.
    ///
    /// # Errors
    /// [`StorageError::Open`] names the database and what to do.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StorageError> {
        let lock = lock(url)?;
        Self::start(url, open_connection(url)?.0, lock)
    }

    /// As [`SqliteStorage::open`], with a database that must be there, tables and all.
    ///
    /// # Errors
    /// [`StorageError::Open`] names the database and what to do.
    pub fn open_existing(url: &DatabaseUrl) -> Result<Self, StorageError> {
        upkeep::expect_tables(url)?;
        Self::open(url)
    }

    /// As [`SqliteStorage::open`], with a database that can't grow beyond a number of pages: a full disk, for tests.
    ///
    /// # Errors
    /// [`StorageError::Open`].
    #[doc(hidden)]
    pub fn open_with_page_limit(url: &DatabaseUrl, pages: u32) -> Result<Self, StorageError> {
        let lock = lock(url)?;
        let (connection, _) = open_connection(url)?;
        connection.pragma_update(None, "max_page_count", pages).map_err(|error| open_error(url, &error))?;
        Self::start(url, connection, lock)
    }

    /// Opens a database file that is there, only to read it, while a server may be using it.
    ///
    /// # Errors
    /// [`StorageError::Open`].
    pub fn open_to_read(url: &DatabaseUrl) -> Result<Self, StorageError> {
        let connection = upkeep::read_only(url).map_err(|error| error.at_open(url))?;
        Self::start_with(url, connection, None, "BEGIN")
    }

    fn start(url: &DatabaseUrl, connection: Connection, lock: Option<DatabaseLock>) -> Result<Self, StorageError> {
        Self::start_with(url, connection, lock, "BEGIN IMMEDIATE")
    }

    fn start_with(
        url: &DatabaseUrl,
        connection: Connection,
        lock: Option<DatabaseLock>,
        begin: &'static str,
    ) -> Result<Self, StorageError> {
        let (jobs, waiting) = mpsc::channel(JOBS_CAPACITY);
        let name = url.to_string();
        let worker = Worker { connection, _lock: lock, begin, name: name.clone(), failed: None };
        let thread = std::thread::Builder::new()
            .name("sqlite".to_owned())
            .spawn(move || worker.run(waiting))
            .map_err(|error| StorageError::Open { database: name, reason: error.to_string() })?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(Answer<T>) -> Job + Send,
    ) -> BoxFuture<'static, Result<T, StorageError>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, answered) = oneshot::channel();
        let job = job(answer);
        Box::pin(async move {
            jobs.ok_or(StorageError::Closed)?.send(job).await.map_err(|_| StorageError::Closed)?;
            answered.await.map_err(|_| StorageError::Closed)?
        })
    }
}

impl Storage for SqliteStorage {
    fn is_shared(&self) -> bool {
        false
    }

    fn create(
        &self,
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: Bytes,
    ) -> BoxFuture<'_, Result<bool, StorageError>> {
        self.ask(|answer| Job::Create { room, meta, document, snapshot, answer })
    }

    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.ask(|answer| Job::Load { room, chat: CHAT_LOADED, answer })
    }

    fn export(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        self.ask(|answer| Job::Load { room, chat: -1, answer })
    }

    fn since(&self, _: RoomId, _: Writer, _: Cursor) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>> {
        Box::pin(async { Ok(None) })
    }

    fn append(&self, room: RoomId, _: Writer, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>> {
        self.ask(|answer| Job::Append { room, records, answer })
    }

    fn rooms(&self, after: Option<RoomId>) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        self.ask(|answer| Job::Rooms { after, answer })
    }

    fn delete(&self, room: RoomId) -> BoxFuture<'_, Result<bool, StorageError>> {
        self.ask(|answer| Job::Delete { room, answer })
    }

    fn expire(&self, unused_since_ms: u64) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        self.ask(|answer| Job::Expire { unused_since_ms, answer })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move {
            let joined = tokio::task::spawn_blocking(move || thread.map(JoinHandle::join)).await;
            if !matches!(joined, Ok(None | Some(Ok(())))) {
                tracing::error!("the storage thread panicked");
            }
        })
    }
}

/// Takes a database file for this process: two servers on one file would each hold rooms that the other changes.
fn lock(url: &DatabaseUrl) -> Result<Option<DatabaseLock>, StorageError> {
    let DatabaseUrl::SqliteFile(path) = url else { return Ok(None) };
    create_folder(url, path)?;
    let failed = |reason| StorageError::Open { database: url.to_string(), reason };
    match DatabaseLock::take(path) {
        Ok(Some(lock)) => upkeep::expect_no_restore(url, path).map(|()| Some(lock)),
        Ok(None) => {
            Err(failed("another process, a pair-server, has it open; stop that, or use another file".to_owned()))
        }
        Err(error) => Err(failed(format!("{error}; check its permissions, and those of its folder"))),
    }
}

/// Brings the tables of a database that no server uses up to date, and nothing else.
///
/// # Errors
/// [`StorageError::Open`] names the database and what to do.
pub fn migrate(url: &DatabaseUrl) -> Result<Migrated, StorageError> {
    let _lock = lock(url)?;
    Ok(open_connection(url)?.1)
}

/// Opens a database that this process has taken; says what that did to its tables.
fn open_connection(url: &DatabaseUrl) -> Result<(Connection, Migrated), StorageError> {
    let failed = |error: rusqlite::Error| open_error(url, &error);
    let mut connection = match url {
        DatabaseUrl::SqliteMemory => Connection::open_in_memory(),
        DatabaseUrl::SqliteFile(path) => Connection::open(path),
        DatabaseUrl::Postgres(_) => return Err(no_sqlite(url)),
    }
    .map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    // Shows at once that the file can be written.
    connection.execute_batch("BEGIN IMMEDIATE; COMMIT;").map_err(failed)?;
    let damage = upkeep::damage(&connection, "quick_check");
    if let Some(first) = damage.first() {
        return Err(StorageError::Open { database: url.to_string(), reason: damaged(first) });
    }
    let runner = embedded::migrations::runner();
    let latest = runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0);
    let report = runner.run(&mut connection).map_err(|error| StorageError::Open {
        database: url.to_string(),
        reason: format!("its tables can't be brought up to date: {error}"),
    })?;
    Ok((connection, Migrated::new(latest, &report)))
}

fn no_sqlite(url: &DatabaseUrl) -> StorageError {
    StorageError::Open { database: url.to_string(), reason: "it is no SQLite database".to_owned() }
}

fn create_folder(url: &DatabaseUrl, path: &Path) -> Result<(), StorageError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| StorageError::Open {
        database: url.to_string(),
        reason: format!("its folder {} can't be created: {error}", folder.display()),
    })
}

fn open_error(url: &DatabaseUrl, error: &rusqlite::Error) -> StorageError {
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process, perhaps another pair-server, has it open; stop that, or use another file".to_owned()
        }
        Some(ErrorCode::ReadOnly) => "the file can't be written; check its permissions".to_owned(),
        // What a file that may only be read gives as well, once SQLite wants to write its log beside it.
        Some(ErrorCode::SystemIoFailure) => {
            format!("{error}; check its permissions, and those of its folder, and the disk")
        }
        Some(ErrorCode::DatabaseCorrupt) => damaged(&error.to_string()),
        Some(ErrorCode::NotADatabase) => "the file is not a SQLite database; use another path".to_owned(),
        Some(ErrorCode::CannotOpen) => format!("{error}; check the path and its permissions"),
        _ => error.to_string(),
    };
    StorageError::Open { database: url.to_string(), reason }
}

/// What to do about a damaged file.
fn damaged(problem: &str) -> String {
    format!(
        "the file is damaged ({problem}); keep a copy of it and its -wal, see what `pair-server check` says, then \
         `pair-server restore BACKUP`"
    )
}

/// The thread that owns the connection.
struct Worker {
    connection: Connection,
    /// None: the database is in memory.
    _lock: Option<DatabaseLock>,
    /// How a transaction begins: one that may write takes its place at once.
    begin: &'static str,
    name: String,
    /// Why the last job failed, if it did.
    failed: Option<StorageError>,
}

/// An answer that is given once the transaction is committed.
type Deferred = Box<dyn FnOnce(Result<(), StorageError>)>;

impl Worker {
    /// Works until the last sender is gone.
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP_MAX
                && let Ok(job) = jobs.try_recv()
            {
                group.push(job);
            }
            self.work(group);
        }
        if self.connection.is_readonly("main").unwrap_or(false) {
            return;
        }
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;") {
            tracing::warn!(%error, "the log of the database was not merged into it; the next start does that");
        }
    }

    /// Does a group of jobs in one transaction, and answers when it is committed.
    fn work(&mut self, group: Vec<Job>) {
        let mut deferred: Vec<Deferred> = Vec::with_capacity(group.len());
        let mut begun = self.connection.execute_batch(self.begin);
        for job in group {
            if let Err(error) = &begun {
                self.refuse(job, error);
                continue;
            }
            deferred.push(self.one(job));
            if self.connection.is_autocommit() {
                // SQLite has rolled back the whole transaction, not only the savepoint, as a full disk makes it do. What came before in
                // the group is lost and will be tried again; what follows gets a transaction of its own.
                let why = self.failed.take().unwrap_or(StorageError::Closed);
                for answer in deferred.drain(..) {
                    answer(Err(why.clone()));
                }
                begun = self.connection.execute_batch(self.begin);
            }
        }
        if begun.is_err() {
            return;
        }
        let committed = self.connection.execute_batch("COMMIT").map_err(|error| self.unavailable(&error));
        if committed.is_err() && !self.connection.is_autocommit() {
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        for answer in deferred {
            answer(committed.clone());
        }
    }

    /// Does one job under a savepoint. What is answered waits for the commit.
    fn one(&mut self, job: Job) -> Deferred {
        match job {
            Job::Load { room, chat, answer } => {
                let loaded = records::load(&self.connection, &room, chat);
                let loaded = loaded.map_err(|error| StorageError::Corrupt { room, reason: error.to_string() });
                Box::new(move |_| drop(answer.send(loaded)))
            }
            Job::Create { room, meta, document, snapshot, answer } => {
                let done =
                    self.under_savepoint(|connection| records::create(connection, &room, &meta, &document, &snapshot));
                Box::new(move |committed| drop(answer.send(done.and_then(|done| committed.map(|()| done)))))
            }
            Job::Append { room, records: batch, answer } => {
                let done = self.under_savepoint(|connection| records::append(connection, &room, &batch));
                Box::new(move |committed| drop(answer.send(done.and_then(|done| committed.map(|()| done)))))
            }
            Job::Rooms { after, answer } => {
                let found = records::rooms(&self.connection, after.as_ref()).map_err(|error| self.unavailable(&error));
                Box::new(move |_| drop(answer.send(found)))
            }
            Job::Expire { unused_since_ms, answer } => {
                let done = self.under_savepoint(|connection| records::expire(connection, unused_since_ms));
                Box::new(move |committed| drop(answer.send(done.and_then(|done| committed.map(|()| done)))))
            }
            Job::Delete { room, answer } => {
                let done = self.under_savepoint(|connection| records::delete(connection, &room));
                Box::new(move |committed| drop(answer.send(done.and_then(|done| committed.map(|()| done)))))
            }
        }
    }

    fn under_savepoint<T>(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StorageError> {
        let done = self
            .connection
            .savepoint()
            .and_then(|savepoint| work(&savepoint).and_then(|done| savepoint.commit().map(|()| done)));
        let done = done.map_err(|error| self.unavailable(&error));
        self.failed = done.as_ref().err().cloned();
        done
    }

    fn refuse(&self, job: Job, error: &rusqlite::Error) {
        let error = self.unavailable(error);
        match job {
            Job::Create { answer, .. } | Job::Delete { answer, .. } => drop(answer.send(Err(error))),
            Job::Load { answer, .. } => drop(answer.send(Err(error))),
            Job::Append { answer, .. } => drop(answer.send(Err(error))),
            Job::Rooms { answer, .. } | Job::Expire { answer, .. } => drop(answer.send(Err(error))),
        }
    }

    fn unavailable(&self, error: &rusqlite::Error) -> StorageError {
        let reason = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                "the disk is full; free some space, edits are kept in memory until then".to_owned()
            }
            Some(ErrorCode::ReadOnly) => "the file can't be written; check its permissions".to_owned(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program holds it locked; edits are kept in memory until it lets go".to_owned()
            }
            _ => error.to_string(),
        };
        StorageError::Unavailable { database: self.name.clone(), reason }
    }
}
