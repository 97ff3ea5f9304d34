//! The commands of an operator: `pair-server check`, `backup`, `restore`, `migrate`, `copy`. Says what they found; knows no SQL.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the text of --help, where markup would show"
)]

use crate::storage::{
    self, Migrated, StorageError,
    copy::{self, Copied, CopyError},
    findings::Findings,
    postgres::{self, PostgresStorage},
    sqlite::{
        self,
        upkeep::{self, UpkeepError},
    },
    url::DatabaseUrl,
};
use clap::Subcommand;
use std::path::PathBuf;

/// What can be done with a database instead of serving it.
#[derive(Debug, Clone, Subcommand)]
pub enum UpkeepCommand {
    /// Reads all of the database and says what is damaged. A running server is not disturbed.
    Check,
    /// Copies the database into a new file, whole and as of one moment, while the server runs. PostgreSQL has pg_dump for that.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Puts a backup in the place of the database, while no server runs. What was there is kept beside it.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Brings the tables of the database up to date, as each server does at its start, and says what was done.
    Migrate,
    /// Copies all rooms with all that is stored about them from one database to another, of whichever kind, and compares both.
    Copy {
        /// Where the rooms are, such as sqlite:pair.db. No server may use it.
        from: DatabaseUrl,
        /// Where they go, such as postgresql://USER:PASSWORD@HOST/DATABASE.
        to: DatabaseUrl,
        /// Copies into a database that has rooms already. A room that is in both gets the text of both.
        #[arg(long)]
        merge: bool,
    },
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A file, or the database in it.
    #[error(transparent)]
    Upkeep(#[from] UpkeepError),
    /// A database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A copy.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// Source and target are one.
    #[error("{0} can't be copied to itself; name another database")]
    Same(DatabaseUrl),
    /// The database is not in a file.
    #[error(
        "{0} is not in a file of this machine: back it up with pg_dump and restore it with pg_restore, or copy it with \
         `pair-server copy {0} sqlite:FILE`, and back in the same way"
    )]
    NoFile(DatabaseUrl),
}

/// How a command ended: what to say, and whether all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Lines for people.
    pub lines: Vec<String>,
    /// Whether the database is sound.
    pub is_sound: bool,
}

impl Outcome {
    fn done(line: String) -> Self {
        Self { lines: vec![line], is_sound: true }
    }
}

/// Carries out a command. Those on files block.
///
/// # Errors
/// [`CommandError`] names the database and what to do.
pub async fn run(command: &UpkeepCommand, database: &DatabaseUrl) -> Result<Outcome, CommandError> {
    let is_file = !matches!(database, DatabaseUrl::Postgres(_));
    match command {
        UpkeepCommand::Check => Ok(checked(database, check(database).await?)),
        UpkeepCommand::Backup { file } if is_file => {
            upkeep::back_up(database, file)?;
            Ok(Outcome::done(format!("{database} is copied to {}", file.display())))
        }
        UpkeepCommand::Restore { file } if is_file => {
            let kept = upkeep::restore(database, file)?;
            let before = kept.map(|kept| format!("; what was there is {}", kept.display())).unwrap_or_default();
            Ok(Outcome::done(format!("{} is in the place of {database}{before}", file.display())))
        }
        UpkeepCommand::Backup { .. } | UpkeepCommand::Restore { .. } => Err(CommandError::NoFile(database.clone())),
        UpkeepCommand::Migrate => {
            let migrated = match database {
                DatabaseUrl::Postgres(address) => postgres::migrations::migrate(address).await?,
                file => sqlite::migrate(file)?,
            };
            Ok(Outcome::done(said_of(database, &migrated)))
        }
        UpkeepCommand::Copy { from, to, merge } => copy_all(from, to, *merge).await,
    }
}

async fn check(database: &DatabaseUrl) -> Result<Findings, CommandError> {
    let DatabaseUrl::Postgres(address) = database else { return Ok(upkeep::check(database)?) };
    let storage = PostgresStorage::attach(address).await?;
    let findings = storage::findings::check(&storage).await;
    storage::Storage::close(&storage).await;
    Ok(findings?)
}

fn checked(database: &DatabaseUrl, found: Findings) -> Outcome {
    let read = format!("{database}: {} rooms, {} documents, {} updates", found.rooms, found.documents, found.updates);
    if found.problems.is_empty() {
        return Outcome::done(format!("{read}; all of it can be read"));
    }
    let what_to_do = match database {
        DatabaseUrl::Postgres(_) => {
            "stop the servers, keep a dump of it as it is (pg_dump), see `pg_amcheck`, and restore the last good dump, or the rooms of it"
        }
        _ => {
            "stop the server, keep a copy of the file and its -wal, then `pair-server restore BACKUP`, or save what can be with \
             `sqlite3 FILE .recover`"
        }
    };
    let mut lines = vec![format!("{read}; it is damaged:")];
    lines.extend(found.problems);
    lines.push(what_to_do.to_owned());
    Outcome { lines, is_sound: false }
}

fn said_of(database: &DatabaseUrl, migrated: &Migrated) -> String {
    if migrated.carried_out.is_empty() {
        return format!("{database}: its tables are of version {}, the newest; nothing was to do", migrated.version);
    }
    let steps = migrated.carried_out.join(", ");
    format!("{database}: its tables are of version {} now; carried out {steps}", migrated.version)
}

async fn copy_all(from: &DatabaseUrl, to: &DatabaseUrl, merge: bool) -> Result<Outcome, CommandError> {
    if from == to {
        return Err(CommandError::Same(from.clone()));
    }
    // In this order: where there is no source, no target is made.
    let source = storage::open_existing(from).await?;
    let target = storage::open(to).await?;
    let copied = copy::copy(&*source, &*target, merge).await;
    futures::join!(source.close(), target.close());
    let Copied { rooms, merged, documents, updates, chat } = copied?;
    let with =
        if merged == 0 { String::new() } else { format!(", {merged} of them brought together with what was there") };
    Ok(Outcome::done(format!(
        "{rooms} rooms{with}, {documents} documents, {updates} updates and {chat} chat messages are copied from {from} to {to}, \
         and compared: all of it is there"
    )))
}
