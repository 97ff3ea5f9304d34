//! The commands of an operator: `pair-server check`, `backup`, `restore`. Says what they found; knows no SQL.

use crate::storage::{
    sqlite::upkeep::{self, UpkeepError},
    url::DatabaseUrl,
};
use clap::Subcommand;
use std::path::PathBuf;

/// What can be done with a database instead of serving it.
#[derive(Debug, Clone, Subcommand)]
pub enum UpkeepCommand {
    /// Reads all of the database and says what is damaged. A running server is not disturbed.
    Check,
    /// Copies the database into a new file, whole and as of one moment, while the server runs.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Puts a backup in the place of the database, while no server runs. What was there is kept beside it.
    Restore {
        /// The backup.
        file: PathBuf,
    },
}

/// How a command ended: what to say, and whether all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Lines for people.
    pub lines: Vec<String>,
    /// Whether the database is sound.
    pub is_sound: bool,
}

/// Carries out a command.
///
/// # Errors
/// [`UpkeepError`] names the file and what to do.
pub fn run(command: &UpkeepCommand, database: &DatabaseUrl) -> Result<Outcome, UpkeepError> {
    let done = |line: String| Outcome { lines: vec![line], is_sound: true };
    Ok(match command {
        UpkeepCommand::Check => {
            let found = upkeep::check(database)?;
            let read =
                format!("{database}: {} rooms, {} documents, {} updates", found.rooms, found.documents, found.updates);
            if found.problems.is_empty() {
                return Ok(done(format!("{read}; all of it can be read")));
            }
            let mut lines = vec![format!("{read}; it is damaged:")];
            lines.extend(found.problems);
            lines.push(
                "stop the server, keep a copy of the file and its -wal, then `pair-server restore BACKUP`, or save what \
                 can be with `sqlite3 FILE .recover`"
                    .to_owned(),
            );
            Outcome { lines, is_sound: false }
        }
        UpkeepCommand::Backup { file } => {
            upkeep::back_up(database, file)?;
            done(format!("{database} is copied to {}", file.display()))
        }
        UpkeepCommand::Restore { file } => {
            let kept = upkeep::restore(database, file)?;
            let before = kept.map(|kept| format!("; what was there is {}", kept.display())).unwrap_or_default();
            done(format!("{} is in the place of {database}{before}", file.display()))
        }
    })
}
