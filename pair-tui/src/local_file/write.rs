//! Replaces a file: the new text is complete beside it before it takes its name, so that whoever reads, and whoever comes after a
//! crash, has all of the old or all of the new one. A file that is not as it was expected is left alone.
//!
//! A link is followed to the file it leads to. Mode is kept, and owner and group where this person may give a file away. What a new
//! file can't keep is written in place, after a copy of the text was made beside it: a file of several names (hard links), one of
//! another owner, one in a folder that takes no new files. Extended attributes and access control lists of a replaced file are not
//! kept.

use super::{
    LocalFileError, difference,
    difference::DiffLine,
    format::{DiskText, FileFormat},
    read,
};
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

/// What is expected to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This, or what is to be written.
    Text(DiskText),
    /// Anything, a read-only file too.
    Anything,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The file has the text, of so many bytes.
    Done {
        /// Bytes in the file.
        bytes: usize,
    },
    /// The file had the text already.
    Already,
    /// The file is not as expected, and is as it was.
    Differs {
        /// What it has.
        disk: DiskText,
        /// What differs between that and the text.
        lines: Vec<DiffLine>,
    },
}

/// Writes a text to a file, if that is as expected.
///
/// # Errors
/// [`LocalFileError`]; the file is as it was, but for [`LocalFileError::Partly`].
pub fn write(path: &Path, text: &str, format: FileFormat, expected: &Expected) -> Result<Written, LocalFileError> {
    let target = followed(path);
    if let Expected::Text(expected) = expected {
        let disk = read(&target)?;
        let has_other_text = disk.text != expected.text && disk.text.as_deref() != Some(text);
        let has_other_ends = disk.text.is_some() && expected.text.is_some() && disk.format != expected.format;
        if has_other_text || has_other_ends {
            let lines = difference::of(&disk, text, format);
            return Ok(Written::Differs { disk, lines });
        }
    }
    let bytes = format.encode(text);
    let found = match fs::metadata(&target) {
        Ok(found) => Some(checked(&target, found, expected)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(LocalFileError::new("write", path, error)),
    };
    if found.is_some() && fs::read(&target).is_ok_and(|old| old == bytes) {
        return Ok(Written::Already);
    }
    if replace(&target, &bytes, found.as_ref(), expected)? {
        return Ok(Written::Done { bytes: bytes.len() });
    }
    // Somebody was at it meanwhile: what they left is looked at as if it had been there before.
    write(path, text, format, expected)
}

/// The file that a path leads to, though it need not exist yet.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // So many links the system follows, too.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => break,
        }
    }
    path
}

fn checked(path: &Path, found: fs::Metadata, expected: &Expected) -> Result<fs::Metadata, LocalFileError> {
    if found.is_dir() {
        return Err(LocalFileError::Folder(path.to_owned()));
    }
    if !found.is_file() {
        return Err(LocalFileError::NoFile(path.to_owned()));
    }
    let is_read_only = found.permissions().readonly() || is_denied(path);
    if is_read_only && *expected != Expected::Anything {
        return Err(LocalFileError::ReadOnly(path.to_owned()));
    }
    Ok(found)
}

/// Whether the system refuses to open the file for writing.
fn is_denied(path: &Path) -> bool {
    let opened = OpenOptions::new().write(true).open(path);
    opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// Whether a file is the one that was found, and was not written since.
fn is_unchanged(path: &Path, found: Option<&fs::Metadata>) -> bool {
    let stamp = |one: &fs::Metadata| (one.dev(), one.ino(), one.size(), one.mtime(), one.mtime_nsec());
    fs::metadata(path).ok().as_ref().map(stamp) == found.map(stamp)
}

/// Gives whether the file was replaced: not, where it was changed while the new one was made. Between that look and the change of the
/// name lie microseconds, in which nothing is seen.
fn replace(
    path: &Path,
    bytes: &[u8],
    found: Option<&fs::Metadata>,
    expected: &Expected,
) -> Result<bool, LocalFileError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            LocalFileError::DiskFull { path: path.to_owned(), bytes: bytes.len() }
        }
        _ => LocalFileError::new("write", path, error),
    };
    let fresh = match Fresh::create(path, bytes, found) {
        Ok(fresh) => fresh,
        // The folder takes no new files, but the file itself may be written; there is no copy then.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && found.is_some() => {
            return overwrite(path, bytes).map(|()| true).map_err(failed);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(LocalFileError::NoFolder(path.parent().unwrap_or(Path::new(".")).to_owned()));
        }
        Err(error) => return Err(failed(error)),
    };
    if *expected != Expected::Anything && !is_unchanged(path, found) {
        return Ok(false);
    }
    let in_place = found.is_some_and(|found| found.nlink() > 1 || !fresh.has_owner_of(found));
    if !in_place {
        return fresh.take_place_of(path).map(|()| true).map_err(failed);
    }
    match overwrite(path, bytes) {
        Ok(()) => Ok(true),
        Err(source) => {
            let kept = fresh.keep();
            Err(LocalFileError::Partly { path: path.to_owned(), kept, source })
        }
    }
}

fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The new file beside the old one. Gone when dropped, unless it took its place.
struct Fresh {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Fresh {
    fn create(target: &Path, bytes: &[u8], old: Option<&fs::Metadata>) -> io::Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.pair-{}", std::process::id()));
        // Left behind by a process of the same number that was killed.
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        // Nobody reads what is to be secret before it has its mode. A file that is new has the mode that new files have here.
        let mode = if old.is_some() { 0o600 } else { 0o666 };
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
        let mut fresh = Self { path, file, is_kept: false };
        fresh.file.write_all(bytes)?;
        if let Some(old) = old {
            // Where the file can't be given away, it is seen afterwards that it was not.
            drop(fchown(&fresh.file, Some(old.uid()), Some(old.gid())));
            fresh.file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
        }
        fresh.file.sync_all()?;
        Ok(fresh)
    }

    fn has_owner_of(&self, old: &fs::Metadata) -> bool {
        self.file.metadata().is_ok_and(|new| (new.uid(), new.gid()) == (old.uid(), old.gid()))
    }

    fn take_place_of(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.is_kept = true;
        // The new name is on the disk only with its folder.
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }

    fn keep(mut self) -> PathBuf {
        self.is_kept = true;
        self.path.clone()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.is_kept
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, file = %self.path.display(), "a file that was not needed is still there");
        }
    }
}
