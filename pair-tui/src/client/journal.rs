//! The journal: what was typed here and is not known to be durable on the server, in a file that survives the end of this program, of the
//! server and of the machine. Must not know the editor, the screen or the protocol's messages: documents are paths and updates.
//!
//! One folder holds all journals, one file per server, room and CRDT client id (`docs/decisions/050`). [`record`] is the format, [`mod@file`]
//! finds, reads and locks files, [`thread`] writes one, off the path of keys.
//!
//! - A file belongs to the process that holds its lock (`flock`). Whoever joins a room takes over what earlier runs left for it:
//!   all files of that server and room that nobody holds.
//! - What is given to [`Journal::write`] is written at once and flushed to the disk (`fdatasync`) at most every [`FLUSH_EVERY`]: the end of
//!   the program costs nothing that was given, the end of the machine at most that much, and a report says what is safe from both.
//! - A torn end, as a crash leaves it, is cut off. Anything else that makes no sense is set aside under another name, never deleted;
//!   what was readable before it is brought back all the same.

use protocol::{ClientId, DocumentPath, message::Blob};
use std::{path::PathBuf, time::Duration};

pub mod file;
pub mod record;
pub mod thread;

pub use file::{Journals, Left, Opened};
pub use thread::{Journal, Report};

/// What is written is flushed to the disk at most this often.
pub const FLUSH_EVERY: Duration = Duration::from_millis(100);

/// A CRDT client id, and the secret that proves it to be this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The id.
    pub client: ClientId,
    /// The secret.
    pub secret: String,
}

/// An update of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which document.
    pub document: DocumentPath,
    /// How many edits of this participant it brings; 0: it is somebody else's.
    pub edits: u32,
    /// A Yjs v1 update.
    pub update: Blob,
}

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// More updates.
    Append {
        /// In the order in which they were made.
        entries: Vec<Entry>,
        /// The number of the last edit of this participant that is among them, or before.
        made: u64,
    },
    /// All documents, whole, in the place of everything that is there.
    Whole {
        /// One entry per document.
        documents: Vec<Entry>,
        /// The number of the last edit of this participant that they hold.
        made: u64,
    },
    /// Everything up to here is durable on the server.
    Durable,
}

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder can't be made or read.
    #[error("the journals' folder {folder} can't be used: {reason}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A file can't be read or written.
    #[error("the journal {file} can't be used: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// There is no such journal.
    #[error("there is no journal {0}; `pair-tui journal list` shows those that are there")]
    NotFound(String),
}

#[cfg(test)]
mod tests;
