//! What an operator does with a database file: checking it, backing it up while the server runs, putting a backup in its place. Knows no
//! thread and no rooms' rules.

use super::{StorageError, create_folder, lock::DatabaseLock, open_error, records};
use crate::storage::{
    StoredRoom,
    findings::{Findings, PROBLEMS_MAX},
    url::DatabaseUrl,
};
use protocol::RoomId;
use rusqlite::{
    Connection, ErrorCode, OpenFlags,
    backup::{Backup, StepResult},
    ffi,
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// The pause before a database that another program holds locked is copied again.
const LOCKED_PAUSE: Duration = Duration::from_millis(50);

/// Why an upkeep was not done.
#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    /// A database can't be opened or read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It is no file.
    #[error("{0} is no file; there is nothing to check, back up or restore")]
    NoFile(DatabaseUrl),
    /// The file for a backup is there already.
    #[error("{0} is there already; choose another name, or move it away")]
    Exists(PathBuf),
    /// What is to be restored is damaged.
    #[error("{file} is damaged and was not restored: {problem}")]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The first thing that is wrong.
        problem: String,
    },
    /// A file can't be written.
    #[error("can't write {file}: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

impl UpkeepError {
    /// The same, where a database was to be opened.
    pub(super) fn at_open(self, url: &DatabaseUrl) -> StorageError {
        match self {
            Self::Storage(error) => error,
            other => StorageError::Open { database: url.to_string(), reason: other.to_string() },
        }
    }
}

/// Looks whether a database is there with its tables; makes nothing.
pub(super) fn expect_tables(url: &DatabaseUrl) -> Result<(), StorageError> {
    let connection = read_only(url).map_err(|error| error.at_open(url))?;
    let select = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'rooms'";
    let count: u32 = connection.query_row(select, [], |row| row.get(0)).map_err(|error| open_error(url, &error))?;
    if count == 0 {
        let reason = "it has no tables of pair-server; check the path".to_owned();
        return Err(StorageError::Open { database: url.to_string(), reason });
    }
    Ok(())
}

/// Reads all of a database: every page, and every room as the server would. A running server is not disturbed.
///
/// # Errors
/// [`UpkeepError`] where it can't even be opened.
pub fn check(url: &DatabaseUrl) -> Result<Findings, UpkeepError> {
    let connection = read_only(url)?;
    let mut findings = Findings::default();
    findings.problems.extend(damage(&connection, "integrity_check"));
    let rooms = connection.prepare("SELECT id FROM rooms ORDER BY id").and_then(|mut select| {
        let rows = select.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    });
    let rooms = rooms.map_err(|error| open_error(url, &error))?;
    for id in rooms {
        findings.take(&id, read(&connection, &id));
    }
    findings.problems.truncate(PROBLEMS_MAX);
    Ok(findings)
}

fn read(connection: &Connection, id: &str) -> Result<StoredRoom, String> {
    let room = id.parse::<RoomId>().map_err(|error| error.to_string())?;
    let stored = records::load(connection, &room, 0).map_err(|error| error.to_string())?;
    stored.ok_or_else(|| "it is gone".to_owned())
}

/// Copies a database into a new file, whole and as of one moment, while a server may be using it.
///
/// # Errors
/// [`UpkeepError`]; there is no new file then.
pub fn back_up(url: &DatabaseUrl, to: &Path) -> Result<(), UpkeepError> {
    if to.exists() {
        return Err(UpkeepError::Exists(to.to_owned()));
    }
    copy(&read_only(url)?, url, to)
}

/// Puts a backup in the place of a database that no server uses. What was there is kept beside it; gives its new name. Where it is interrupted,
/// no server starts before it was done again.
///
/// # Errors
/// [`UpkeepError`]; the database is as it was then.
pub fn restore(url: &DatabaseUrl, from: &Path) -> Result<Option<PathBuf>, UpkeepError> {
    let file = file_of(url)?;
    create_folder(url, file)?;
    let file_error = |reason| UpkeepError::File { file: file.to_owned(), reason };
    let Some(_lock) = DatabaseLock::take(file).map_err(file_error)? else {
        let reason = "a pair-server has it open; stop that first".to_owned();
        return Err(StorageError::Open { database: url.to_string(), reason }.into());
    };
    let source = DatabaseUrl::SqliteFile(from.to_owned());
    let findings = check(&source)?;
    if let Some(problem) = findings.problems.into_iter().next() {
        return Err(UpkeepError::Damaged { file: from.to_owned(), problem });
    }
    let fresh = beside(file, ".restored");
    drop(fs::remove_file(&fresh));
    copy(&read_only(&source)?, &source, &fresh)?;
    let marker = beside(file, RESTORING);
    let placed = File::create(&marker).and_then(|marker| marker.sync_all()).and_then(|()| {
        sync_folder(file)?;
        let kept = set_aside(file)?;
        fs::rename(&fresh, file)?;
        sync_folder(file)?;
        fs::remove_file(&marker)?;
        Ok(kept)
    });
    placed.map_err(file_error)
}

/// Beside a database whose place is being taken by a backup: there may be none at this moment, or one without its log.
const RESTORING: &str = ".restoring";

/// Looks whether a restore was interrupted: a server would begin with an empty database, and nobody would notice for a while.
pub(super) fn expect_no_restore(url: &DatabaseUrl, file: &Path) -> Result<(), StorageError> {
    let marker = beside(file, RESTORING);
    if !marker.exists() {
        return Ok(());
    }
    let reason = format!(
        "a restore of it was interrupted ({} is there); run `pair-server restore BACKUP` once more. What was here before is kept beside it, \
         under names with .before-restore",
        marker.display()
    );
    Err(StorageError::Open { database: url.to_string(), reason })
}

/// Moves a database and its log away, as long as there is one.
fn set_aside(file: &Path) -> io::Result<Option<PathBuf>> {
    if !file.exists() {
        return Ok(None);
    }
    let free =
        (0..PROBLEMS_MAX).map(|count| beside(file, &format!(".before-restore-{count}"))).find(|one| !one.exists());
    let kept = free.ok_or_else(|| io::Error::other("too many databases were set aside here; move them away"))?;
    fs::rename(file, &kept)?;
    // The log belongs to its database, and to no other.
    for ending in ["-wal", "-shm"] {
        if beside(file, ending).exists() {
            fs::rename(beside(file, ending), beside(&kept, ending))?;
        }
    }
    Ok(Some(kept))
}

/// Copies page by page into a file that is there only when all of it is on the disk and sound.
fn copy(from: &Connection, url: &DatabaseUrl, to: &Path) -> Result<(), UpkeepError> {
    let fresh = beside(to, ".new");
    let file_error = |reason| UpkeepError::File { file: to.to_owned(), reason };
    drop(fs::remove_file(&fresh));
    let copied = copy_pages(from, url, &fresh).and_then(|()| {
        let placed = File::open(&fresh).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&fresh, to));
        placed.and_then(|()| sync_folder(to)).map_err(file_error)
    });
    if copied.is_err() {
        // Half a copy helps nobody, least of all on a full disk.
        drop(fs::remove_file(&fresh));
        drop(fs::remove_file(beside(&fresh, "-journal")));
    }
    copied
}

fn copy_pages(from: &Connection, url: &DatabaseUrl, to: &Path) -> Result<(), UpkeepError> {
    let copied = (|| {
        let mut target = Connection::open(to)?;
        // In one step: the copy is of one moment, and nobody who writes meanwhile makes it begin again.
        let begun = Instant::now();
        loop {
            match Backup::new(from, &mut target)?.step(-1)? {
                StepResult::Done => break,
                _ if begun.elapsed() < super::BUSY => std::thread::sleep(LOCKED_PAUSE),
                _ => return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None)),
            }
        }
        Ok(damage(&target, "quick_check").into_iter().next())
    })();
    match copied.map_err(|error: rusqlite::Error| copy_error(url, to, &error))? {
        Some(problem) => Err(UpkeepError::Damaged { file: to.to_owned(), problem }),
        None => Ok(()),
    }
}

/// What went wrong with a copy, of the database or of the new file.
fn copy_error(url: &DatabaseUrl, to: &Path, error: &rusqlite::Error) -> UpkeepError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly) => {
            UpkeepError::File {
                file: to.to_owned(),
                reason: io::Error::other(format!("{error}; is there room on that disk, and may it be written?")),
            }
        }
        _ => open_error(url, error).into(),
    }
}

/// What SQLite finds wrong; `how` is `quick_check` or `integrity_check`.
pub(super) fn damage(connection: &Connection, how: &str) -> Vec<String> {
    let found = connection.prepare(&format!("PRAGMA {how}({PROBLEMS_MAX})")).and_then(|mut pragma| {
        let rows = pragma.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    });
    match found {
        Ok(lines) => lines.into_iter().filter(|line| line != "ok").collect(),
        Err(error) => vec![error.to_string()],
    }
}

pub(super) fn read_only(url: &DatabaseUrl) -> Result<Connection, UpkeepError> {
    let file = file_of(url)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(file, flags).and_then(|connection| {
        connection.busy_timeout(super::BUSY)?;
        // Shows at once whether it is a database.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    });
    opened.map_err(|error| open_error(url, &error).into())
}

fn file_of(url: &DatabaseUrl) -> Result<&Path, UpkeepError> {
    match url {
        DatabaseUrl::SqliteFile(path) => Ok(path),
        DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_) => Err(UpkeepError::NoFile(url.clone())),
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
