//! What tests of storage store: rooms, and updates of real documents, as a room's task makes them. Knows no backend.

use bytes::Bytes;
use pair_server::storage::{
    LogPosition, Record, RoomMeta, Storage, StoredChat, StoredDocument, StoredRoom, StoredVersion, Writer,
};
use protocol::{ClientId, Document, DocumentPath, RoomId};
use std::sync::Arc;

/// A room's id.
pub fn room(name: &str) -> RoomId {
    name.parse().unwrap()
}

/// What a new room has beside its documents.
pub fn meta() -> RoomMeta {
    RoomMeta {
        language: "rust".to_owned(),
        last_author: None,
        updated_ms: 5,
        owner_token: Some([7; 32]),
        guest_role: "editor".to_owned(),
        models: None,
    }
}

/// A chat message.
pub fn chat(text: &str) -> Record {
    Record::Chat(StoredChat { name: "Ada".to_owned(), text: text.to_owned(), at_ms: 9 })
}

/// Creates a room with the text "first "; gives false where it exists.
pub async fn create(storage: &Arc<dyn Storage>, name: &str) -> bool {
    let mut first = Document::new(ClientId::from_random_32(1));
    first.edit(first.len()..first.len(), "first ", 0).unwrap();
    storage.create(room(name), meta(), DocumentPath::main(), first.snapshot().into()).await.unwrap()
}

/// Everything about a room that exists.
pub async fn load(storage: &Arc<dyn Storage>, name: &str) -> StoredRoom {
    storage.load(room(name)).await.unwrap().unwrap()
}

/// What is stored, without who loaded it when.
pub fn content(stored: StoredRoom) -> StoredRoom {
    let log =
        LogPosition { writer: Writer::ONLY, version: 0, cursor: pair_server::storage::Cursor::default(), ..stored.log };
    StoredRoom { log, ..stored }
}

/// A document as it was stored; nothing in it may wait for something that is not.
pub fn read(stored: &StoredDocument) -> Document {
    let mut document = Document::new(ClientId::from_random_32(2));
    for update in stored.updates() {
        document.apply(update).unwrap();
    }
    assert!(!document.has_pending(), "an update is stored whose forerunner is not");
    document
}

/// Its text.
pub fn text(stored: &StoredDocument) -> String {
    read(stored).text()
}

/// Somebody who writes a document, and whose updates are counted.
pub struct Pen {
    /// The document as the writer has it.
    pub document: Document,
    /// Under whom it is stored.
    pub writer: Writer,
    /// The last update's version.
    pub version: StoredVersion,
    path: DocumentPath,
}

impl Pen {
    /// One who goes on with the default document of a room.
    pub async fn loaded(storage: &Arc<dyn Storage>, name: &str) -> Self {
        Self::of(&load(storage, name).await)
    }

    /// One who goes on with what was loaded.
    pub fn of(stored: &StoredRoom) -> Self {
        let mut document = Document::new(random_client());
        for update in stored.documents[0].updates() {
            document.apply(update).unwrap();
        }
        let LogPosition { writer, version, .. } = stored.log.clone();
        Self { document, writer, version, path: stored.documents[0].path.clone() }
    }

    /// One who writes another document of the same room, new and empty.
    pub fn beside(other: &Self, path: &DocumentPath) -> Self {
        Self { document: Document::new(random_client()), writer: other.writer, version: 0, path: path.clone() }
    }

    /// The same, whose next update has a later version.
    pub fn continued(pen: Self, version: StoredVersion) -> Self {
        Self { version, ..pen }
    }

    /// Lets versions be another document's.
    pub fn skip_to(&mut self, version: StoredVersion) {
        self.version = version;
    }

    /// Writes something at the end, as the next version.
    pub fn writes(&mut self, text: &str) -> Record {
        self.writes_as(self.version + 1, text)
    }

    /// Writes something at the end.
    pub fn writes_as(&mut self, version: StoredVersion, text: &str) -> Record {
        self.version = version;
        let end = self.document.len();
        let update = Bytes::from(self.document.edit(end..end, text, 0).unwrap());
        Record::Update {
            version,
            document: self.path.clone(),
            update,
            author: Some("Ada".to_owned()),
            client: self.document.client(),
            at_ms: 1_000 + version,
        }
    }

    /// A snapshot of all that was written.
    pub fn snapshot(&self) -> Record {
        Record::Snapshot {
            document: self.path.clone(),
            snapshot: self.document.snapshot().into(),
            through: self.version,
            author: Some("Ada".to_owned()),
            at_ms: 1_000 + self.version,
        }
    }
}

fn random_client() -> ClientId {
    ClientId::from_random_32(getrandom::u32().unwrap())
}
