//! Whose the database file is: one server's at a time. Knows no SQL.
//!
//! The lock is `flock` on a file beside the database, not SQLite's own: that one would keep readers out too, and a backup is taken while the
//! server runs. The file stays when the server stops; only its lock counts.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Holds the database for this process until it is dropped.
#[derive(Debug)]
pub(super) struct DatabaseLock {
    _file: File,
}

impl DatabaseLock {
    /// Takes the lock; none where another process has it.
    pub(super) fn take(database: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(lock_file(database))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

/// `pair.db.lock` beside `pair.db`.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
