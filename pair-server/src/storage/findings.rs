//! Reading all that a database holds, as the server would, and saying what is wrong. Knows no backend.

use super::{Storage, StorageError, StoredRoom};
use protocol::{ClientId, Document};

/// Sentences about damage that are given at most; what is beyond is as bad.
pub(super) const PROBLEMS_MAX: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Rooms that were read.
    pub rooms: usize,
    /// Documents of these.
    pub documents: usize,
    /// Updates in their logs.
    pub updates: u64,
    /// What is wrong, for people; none: all is well.
    pub problems: Vec<String>,
}

impl Findings {
    /// Takes note of a room as it was read.
    pub(super) fn take(&mut self, id: &str, stored: Result<StoredRoom, String>) {
        self.rooms += 1;
        match stored {
            Ok(stored) => self.take_documents(id, stored),
            Err(problem) => self.problem(format!("room {id}: {problem}")),
        }
    }

    fn take_documents(&mut self, id: &str, stored: StoredRoom) {
        self.updates += stored.log.length;
        for document in stored.documents {
            self.documents += 1;
            let mut read = Document::new(ClientId::from_random_32(0));
            let broken = document.updates().find_map(|update| read.apply_trusted(update).err());
            if let Some(error) = broken {
                self.problem(format!("room {id}, document {}: {error}", document.path));
            } else if read.has_pending() {
                self.problem(format!("room {id}, document {}: text that others stand on is missing", document.path));
            }
        }
    }

    fn problem(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }
}

/// Reads every room of a storage.
///
/// # Errors
/// [`StorageError`] where the database itself can't be read.
pub async fn check(storage: &dyn Storage) -> Result<Findings, StorageError> {
    let mut findings = Findings::default();
    let mut after = None;
    loop {
        let page = storage.rooms(after).await?;
        let Some(last) = page.last().cloned() else { return Ok(findings) };
        for room in page {
            match storage.export(room.clone()).await {
                // Deleted since it was listed.
                Ok(None) => {}
                Ok(Some(stored)) => findings.take(room.as_str(), Ok(stored)),
                Err(StorageError::Corrupt { reason, .. }) => findings.take(room.as_str(), Err(reason)),
                Err(error) => return Err(error),
            }
        }
        after = Some(last);
    }
}
