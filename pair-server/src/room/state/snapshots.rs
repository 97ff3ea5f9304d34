//! What newcomers get: the snapshot of a large document is kept while nothing changes, so that who comes next needs no encoding. Knows no
//! participant.

use bytes::Bytes;
use protocol::{Document, DocumentPath};
use std::collections::HashMap;

/// A snapshot of fewer bytes is quicker made than worth keeping.
const KEPT_FROM_BYTES: usize = 64 * 1_024;

/// The state vector of a document without text: no writer.
const NOTHING: &[u8] = &[0];

/// The snapshots that are kept, each with the revision that its document had.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    kept: HashMap<DocumentPath, (u64, Bytes)>,
}

impl Snapshots {
    /// The snapshot of a document as it is now.
    pub fn of(&mut self, path: &DocumentPath, document: &Document) -> Bytes {
        let revision = document.revision();
        if let Some((_, snapshot)) = self.kept.get(path).filter(|(kept, _)| *kept == revision) {
            return snapshot.clone();
        }
        self.kept.remove(path);
        let snapshot = Bytes::from(document.snapshot());
        if snapshot.len() >= KEPT_FROM_BYTES {
            self.kept.insert(path.clone(), (revision, snapshot.clone()));
        }
        snapshot
    }

    /// What somebody with a state vector is missing of a document.
    pub fn missing(&mut self, path: &DocumentPath, document: &Document, known: &[u8]) -> Bytes {
        if known.is_empty() || known == NOTHING {
            return self.of(path, document);
        }
        // A state vector that is none counts as knowing nothing: the client gets everything, and loses nothing.
        document.difference(known).map_or_else(|_| self.of(path, document), Bytes::from)
    }

    /// A document changed: its snapshot would only take memory from now on.
    pub fn forget(&mut self, path: &DocumentPath) {
        self.kept.remove(path);
    }

    /// How many bytes are kept.
    pub fn bytes(&self) -> usize {
        self.kept.values().map(|(_, snapshot)| snapshot.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::ClientId;

    #[test]
    fn a_kept_snapshot_is_given_until_the_document_changes() {
        let (path, mut snapshots) = (DocumentPath::main(), Snapshots::default());
        let mut document = Document::new(ClientId::from_random_32(7));
        let end = |document: &Document| document.len()..document.len();
        document.edit(end(&document), &"a line of text\n".repeat(8_000), 0).unwrap();
        let first = snapshots.of(&path, &document);
        assert_eq!(first.as_ptr(), snapshots.of(&path, &document).as_ptr());

        document.edit(end(&document), "more", 0).unwrap();
        let second = snapshots.of(&path, &document);
        assert_eq!(*second, *document.snapshot());
        assert_ne!(first, second);
        snapshots.forget(&path);
        assert!(snapshots.kept.is_empty());
    }
}
