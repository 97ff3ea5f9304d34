//! Files on this machine that a room's documents are written to: how they are read, compared and replaced. Knows no room and no screen.
//! Everything here blocks; `commands/own_machine` calls it from a thread that may.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

pub mod difference;
pub mod format;
pub mod write;

use format::{DiskText, FormatError};
use protocol::Limits;

/// Why a file can't be read or written. Each message names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LocalFileError {
    /// It is a folder.
    #[error("{} is a folder; name a file in it, such as {}", .0.display(), .0.join("notes.md").display())]
    Folder(PathBuf),
    /// It is a device, a socket or a pipe.
    #[error("{} is no ordinary file; write to another one with :w FILE", .0.display())]
    NoFile(PathBuf),
    /// The folder it would be in is not there.
    #[error("there is no folder {}; make it, or write elsewhere with :w FILE", .0.display())]
    NoFolder(PathBuf),
    /// Its owner made it read-only.
    #[error("{} is read-only; :w! writes it all the same, or write elsewhere with :w FILE", .0.display())]
    ReadOnly(PathBuf),
    /// The system does not let this person.
    #[error("you may not write {}; write elsewhere with :w FILE", .0.display())]
    NotPermitted(PathBuf),
    /// There is no room.
    #[error("no room on the disk for {} ({bytes} bytes); the file is as it was", path.display())]
    DiskFull {
        /// Which.
        path: PathBuf,
        /// How much was to be written.
        bytes: usize,
    },
    /// It is no text.
    #[error("{} is not UTF-8 text (byte {at}); pair edits text files only, convert it with iconv first", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// The first byte that is not, from 0.
        at: usize,
    },
    /// It is over the limit of a document.
    #[error("{} has {size} bytes, a document has at most {limit}", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// It was being overwritten in place and that broke off; all of the new text is in another file.
    #[error("{} is only written in part ({source}); all of the text is in {}", path.display(), kept.display())]
    Partly {
        /// Which.
        path: PathBuf,
        /// Where all of it is.
        kept: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Anything else that the system says.
    #[error("can't {doing} {}: {source}", path.display())]
    Io {
        /// `read` or `write`.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl LocalFileError {
    /// What the system said, in words where there are some.
    fn new(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem if doing == "write" => {
                Self::NotPermitted(path)
            }
            io::ErrorKind::IsADirectory => Self::Folder(path),
            _ => Self::Io { doing, path, source },
        }
    }
}

/// Reads a file as a document has it; one that does not exist is no error, and has no text.
///
/// # Errors
/// [`LocalFileError`] names the file.
pub fn read(path: &Path) -> Result<DiskText, LocalFileError> {
    let unreadable = |source| LocalFileError::new("read", path, source);
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(DiskText::default()),
        found => found.map_err(unreadable)?,
    };
    if found.is_dir() {
        return Err(LocalFileError::Folder(path.to_owned()));
    }
    if !found.is_file() {
        return Err(LocalFileError::NoFile(path.to_owned()));
    }
    let limit = Limits::default().document_bytes;
    if found.len() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(LocalFileError::TooLarge { path: path.to_owned(), size: found.len(), limit });
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    DiskText::decode(bytes).map_err(|FormatError::NotText { at }| LocalFileError::NotText { path: path.to_owned(), at })
}

/// Whether two paths name one file, as far as the paths themselves tell: links are not looked up.
pub fn is_same(one: &Path, other: &Path) -> bool {
    one == other || plain(one) == plain(other)
}

/// A path from the root, without steps that lead nowhere.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// A path as a person typed it, to be written to: a `~` at its start is the home folder, where one is known.
///
/// # Errors
/// A sentence, where nothing is known of whose home folder it is.
pub fn typed(path: &str, home: Option<&Path>) -> Result<PathBuf, String> {
    let path = Path::new(path);
    let first = path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let expanded: PathBuf = expanded(path, home).components().filter(|part| *part != Component::CurDir).collect();
    match first {
        Some(home) if home == "~" && expanded.starts_with("~") => {
            Err("HOME is not set, so ~ means nothing; write the folder".into())
        }
        Some(home) if home.len() > 1 && home.starts_with('~') && path.components().count() > 1 => Err(format!(
            "{home} is nobody's home folder that pair knows; write the folder, or ./{home} for one of that name"
        )),
        _ => Ok(expanded),
    }
}

/// The path with the home folder, where one is known, in place of a `~` at its start.
pub fn expanded(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests;
