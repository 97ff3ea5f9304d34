//! The servers whose certificates are remembered, in the file `known_servers`: one line each with `HOST:PORT` and the certificate's
//! fingerprint, as ssh's `known_hosts` has them. Knows files and texts; who is trusted is `trust`'s.

use pair_quic::Fingerprint;
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The certificate.
    pub fingerprint: Fingerprint,
    /// Where it stands, from 1 on.
    pub line: usize,
}

/// Why the file says nothing.
#[derive(Debug, thiserror::Error)]
pub enum KnownServersError {
    /// It can't be read or written.
    #[error("can't {doing} {}: {source}", file.display())]
    File {
        /// `read` or `write`.
        doing: &'static str,
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line about the server can't be read.
    #[error("line {line} of {} is no host and fingerprint; repair it, or use `pair-tui forget {host}`", file.display())]
    Line {
        /// Which.
        file: PathBuf,
        /// From 1 on.
        line: usize,
        /// The server that it begins with.
        host: String,
    },
}

/// The file; it need not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownServers {
    file: PathBuf,
}

impl KnownServers {
    /// The file in this folder.
    pub fn new(state_folder: &Path) -> Self {
        Self { file: state_folder.join("known_servers") }
    }

    /// Where it is.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The pins of a server, given as `HOST:PORT`.
    ///
    /// # Errors
    /// [`KnownServersError`]; a line that can't be read is no reason to trust anew.
    pub fn pins(&self, host: &str) -> Result<Vec<Pin>, KnownServersError> {
        let text = self.read()?;
        let about = text.lines().enumerate().filter(|(_, line)| host_of(line) == Some(host));
        about
            .map(|(at, line)| {
                let fingerprint = line.split_whitespace().nth(1).and_then(|word| word.parse().ok());
                let line = at + 1;
                fingerprint.map(|fingerprint| Pin { fingerprint, line }).ok_or_else(|| KnownServersError::Line {
                    file: self.file.clone(),
                    line,
                    host: host.to_owned(),
                })
            })
            .collect()
    }

    /// Remembers a certificate.
    ///
    /// # Errors
    /// [`KnownServersError::File`].
    pub fn pin(&self, host: &str, fingerprint: Fingerprint) -> Result<(), KnownServersError> {
        let written = || {
            if let Some(folder) = self.file.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = fs::OpenOptions::new().create(true).append(true).open(&self.file)?;
            // One write: lines of two programs that run at once stay whole.
            file.write_all(format!("{host} {fingerprint}\n").as_bytes())
        };
        written().map_err(|source| self.error("write", source))
    }

    /// Forgets a server, given as `HOST:PORT`, or as `HOST` with all its ports. Gives how many lines that were.
    ///
    /// # Errors
    /// [`KnownServersError::File`].
    pub fn forget(&self, host: &str) -> Result<usize, KnownServersError> {
        let text = self.read()?;
        let is_about = |line: &str| {
            host_of(line)
                .is_some_and(|known| known == host || known.rsplit_once(':').is_some_and(|(name, _)| name == host))
        };
        let kept: Vec<&str> = text.lines().filter(|line| !is_about(line)).collect();
        let forgotten = text.lines().count() - kept.len();
        if forgotten > 0 {
            let fresh = self.file.with_extension(std::process::id().to_string());
            let lines: String = kept.iter().flat_map(|line| [line, "\n"]).collect();
            let written = fs::write(&fresh, lines).and_then(|()| fs::rename(&fresh, &self.file));
            written.map_err(|source| self.error("write", source))?;
        }
        Ok(forgotten)
    }

    fn read(&self) -> Result<String, KnownServersError> {
        match fs::read_to_string(&self.file) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(source) => Err(self.error("read", source)),
        }
    }

    fn error(&self, doing: &'static str, source: io::Error) -> KnownServersError {
        KnownServersError::File { doing, file: self.file.clone(), source }
    }
}

/// The server that a line is about; none for an empty one and for a comment.
fn host_of(line: &str) -> Option<&str> {
    line.split_whitespace().next().filter(|word| !word.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_kept_found_by_host_and_port_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let known = KnownServers::new(&folder.path().join("not/there/yet"));
        let [one, two] = [b"one", b"two"].map(|bytes| Fingerprint::of(bytes));
        assert_eq!(known.pins("pair.dev:8000").unwrap(), []);
        known.pin("pair.dev:8000", one).unwrap();
        known.pin("pair.dev:9000", two).unwrap();
        known.pin("[::1]:8000", two).unwrap();
        fs::write(known.file(), format!("# mine\n{}", fs::read_to_string(known.file()).unwrap())).unwrap();
        assert_eq!(known.pins("pair.dev:8000").unwrap(), [Pin { fingerprint: one, line: 2 }]);
        assert_eq!(known.pins("pair.dev:9000").unwrap(), [Pin { fingerprint: two, line: 3 }]);
        assert_eq!(known.forget("pair.dev:9000").unwrap(), 1);
        assert_eq!(known.forget("pair.dev").unwrap(), 1);
        assert_eq!(known.forget("pair.dev").unwrap(), 0);
        assert_eq!(known.forget("[::1]").unwrap(), 1);
        assert_eq!(fs::read_to_string(known.file()).unwrap(), "# mine\n");
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named_and_trusts_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let known = KnownServers::new(folder.path());
        fs::write(known.file(), "other:1 x\n\npair.dev:8000 SHA256:abc\n").unwrap();
        let error = known.pins("pair.dev:8000").unwrap_err().to_string();
        assert!(error.starts_with("line 3 of ") && error.ends_with("`pair-tui forget pair.dev:8000`"), "{error}");
        assert!(known.pins("elsewhere:1").unwrap().is_empty());
        assert_eq!(known.forget("pair.dev:8000").unwrap(), 1);
    }
}
