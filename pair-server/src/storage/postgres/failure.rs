//! What can go wrong with PostgreSQL, in words that say what to do, and what is worth another try. Knows no SQL.

use crate::storage::StorageError;
use deadpool_postgres::PoolError;
use protocol::RoomId;
use std::{error::Error as _, io};
use tokio_postgres::{Error, error::SqlState};

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database or the way to it.
    Database(Error),
    /// A room is stored in a way that can't be read.
    Damaged(RoomId, String),
    /// There was no answer in time.
    Silent,
    /// The connections are closed.
    Closed,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Database(error),
            PoolError::Closed => Self::Closed,
            PoolError::Timeout(_) | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => Self::Silent,
        }
    }
}

impl Failure {
    /// Whether the same may well be done at once on another connection: this one was ended, or two transactions stood in each other's
    /// way.
    pub(super) fn is_passing(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let passing = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ];
        error.is_closed() || is_broken(error) || error.code().is_some_and(|code| passing.contains(code))
    }

    /// Whether it may be the fault of one batch among several of a transaction, rather than the database's.
    pub(super) fn is_of_a_batch(&self) -> bool {
        let Self::Database(error) = self else { return false };
        // Classes 22 (data) and 23 (constraints), 54 (program limits).
        error.code().is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.code().starts_with(class)))
    }

    /// As whoever stores something of a room gets to know it.
    pub(super) fn told_of(self, room: &RoomId, database: &str) -> StorageError {
        match &self {
            // Everything else refers to the room's own row.
            Self::Database(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => {
                StorageError::Gone(room.clone())
            }
            Self::Database(error) if self.is_of_a_batch() => {
                StorageError::Refused { room: room.clone(), reason: reason(error) }
            }
            _ => self.told(database),
        }
    }

    /// As storage's callers get to know it.
    pub(super) fn told(self, database: &str) -> StorageError {
        let database = database.to_owned();
        match self {
            Self::Database(error) => StorageError::Unavailable { database, reason: reason(&error) },
            Self::Damaged(room, reason) => StorageError::Corrupt { room, reason },
            Self::Silent => StorageError::Unavailable {
                database,
                reason:
                    "it does not answer; is the network between here and there up, and the database not overloaded?"
                        .to_owned(),
            },
            Self::Closed => StorageError::Closed,
        }
    }

    /// As whoever opens the database gets to know it.
    pub(super) fn told_at_open(self, database: &str) -> StorageError {
        match self.told(database) {
            StorageError::Unavailable { database, reason } => StorageError::Open { database, reason },
            other => other,
        }
    }
}

/// Whether the connection broke in the middle.
fn is_broken(error: &Error) -> bool {
    let kind = error.source().and_then(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind);
    matches!(
        kind,
        Some(
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
        )
    )
}

/// What happened, with what to do about it.
fn reason(error: &Error) -> String {
    let Some(server) = error.as_db_error() else { return connection_reason(error) };
    let message = server.message();
    let hint = hint(server.code());
    if hint.is_empty() { message.to_owned() } else { format!("{message}; {hint}") }
}

fn hint(code: &SqlState) -> &'static str {
    match code.code() {
        "28P01" | "28000" => "check the user and the password in PAIR_DATABASE_URL, and the server's pg_hba.conf",
        "3D000" => "make the database with `createdb`, or name another one in PAIR_DATABASE_URL",
        "25006" => {
            "this is a standby or a read-only database: PAIR_DATABASE_URL must name the primary (or all hosts, with commas)"
        }
        "53100" | "58030" => {
            "the database server's disk is full or broken; edits are kept in memory until it is mended"
        }
        "53200" => "the database server is short of memory",
        "53300" => "raise max_connections of the database server, or use fewer nodes",
        "57P01" | "57P02" | "57P03" => {
            "the database server stops or starts; edits are kept in memory until it is there"
        }
        "55P03" => {
            "another node has been bringing the tables up to date, or their rows, for a minute; look what it does, and start again"
        }
        "42501" => "the role in PAIR_DATABASE_URL lacks that right: let it own the database, or grant it the tables",
        "42P01" | "42703" => "the tables are not this version's: run `pair-server migrate`",
        "42883" | "42704" => "PostgreSQL 13 or newer is needed",
        _ => "",
    }
}

/// Why there is no connection.
fn connection_reason(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        if !words.contains(&one.to_string()) {
            words = format!("{words}: {one}");
        }
        cause = one.source();
    }
    let kind = error.source().and_then(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind);
    let hint = match kind {
        Some(io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => {
            "is PostgreSQL running there? check host and port in PAIR_DATABASE_URL"
        }
        Some(io::ErrorKind::TimedOut) => "no answer; check host and port in PAIR_DATABASE_URL, and firewalls",
        _ if words.contains("certificate") || words.contains("TLS") || words.contains("tls") => {
            "check sslmode and sslrootcert in PAIR_DATABASE_URL"
        }
        _ if error.is_closed() => "the connection was lost; edits are kept in memory until it is back",
        _ => "check PAIR_DATABASE_URL",
    };
    format!("{words}; {hint}")
}
