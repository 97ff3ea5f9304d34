//! The log of this program and of a server that it hosts: a file, because the screen belongs to the text. Only `main` starts it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// A log that is larger than this, in bytes, is put aside as `pair-tui.log.old` when the program starts.
pub const LOG_MAX_BYTES: u64 = 16 << 20;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter can't be read.
    #[error("PAIR_LOG {filter:?} is no filter: {reason}; use a level such as debug, or target=level with commas")]
    Filter {
        /// As it was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file can't be written.
    #[error("can't write the log {}: {source}; unset PAIR_LOG, or set XDG_STATE_HOME to a folder of yours", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Starts logging what `filter` lets through to `pair-tui.log` in the state folder.
///
/// # Errors
/// [`LogError`].
pub fn start(filter: &str, state_folder: &Path) -> Result<(), LogError> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| LogError::Filter { filter: filter.to_owned(), reason: error.to_string() })?;
    let path = state_folder.join("pair-tui.log");
    let file = open(&path).map_err(|source| LogError::File { file: path, source })?;
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_ansi(false).with_writer(Mutex::new(file)))
        .init();
    Ok(())
}

fn open(path: &Path) -> io::Result<fs::File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(path).is_ok_and(|found| found.len() > LOG_MAX_BYTES) {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    fs::OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_log_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/pair-tui.log");
        open(&path).unwrap().set_len(LOG_MAX_BYTES + 1).unwrap();
        open(&path).unwrap();
        assert!(fs::metadata(&path).unwrap().len() == 0 && path.with_extension("log.old").exists());
    }
}
