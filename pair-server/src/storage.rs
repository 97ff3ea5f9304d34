//! Storage: the trait that every backend serves, and what is stored. Knows neither rooms' rules nor HTTP nor another backend.
//!
//! A room's content is an append-only log of updates per document, with snapshots. A snapshot holds everything up to a version;
//! compaction deletes from the log only what a snapshot in the same transaction holds.

use bytes::Bytes;
use futures::future::BoxFuture;
use protocol::{ClientId, DocumentPath, RoomId};

pub mod sqlite;
pub mod url;

/// The how-manieth update of a room, over all its documents, from 1 on.
pub type StoredVersion = u64;

/// Why storage did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// It may work again by itself or after somebody cleaned up: a full disk, an interrupted connection.
    #[error("{database} can't be written now: {reason}")]
    Unavailable {
        /// Which database.
        database: String,
        /// What the database said, with a hint.
        reason: String,
    },
    /// The database can't be opened.
    #[error("can't open the database {database}: {reason}")]
    Open {
        /// Which database.
        database: String,
        /// What is wrong, with a hint.
        reason: String,
    },
    /// What is stored can't be read.
    #[error("room {room} can't be read from storage: {reason}")]
    Corrupt {
        /// Which room.
        room: RoomId,
        /// What is wrong.
        reason: String,
    },
    /// The storage was closed.
    #[error("the storage is closed")]
    Closed,
}

/// What is stored about a room beside its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMeta {
    /// Its language.
    pub language: String,
    /// Its last author's name.
    pub last_author: Option<String>,
    /// Milliseconds since 1970 of the last change.
    pub updated_ms: u64,
    /// SHA-256 of the token that makes an owner.
    pub owner_token: Option<[u8; 32]>,
    /// The role of whoever comes without a token, as a word of the protocol.
    pub guest_role: String,
    /// Whether the text may be sent to models for suggestions; none: nobody has said.
    pub models: Option<bool>,
}

/// One document with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its path.
    pub path: DocumentPath,
    /// The last snapshot and what followed it, each a Yjs v1 update, oldest first.
    pub updates: Vec<Bytes>,
}

/// A chat message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChat {
    /// The speaker's name.
    pub name: String,
    /// What was said.
    pub text: String,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// Everything about a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRoom {
    /// Beside the documents.
    pub meta: RoomMeta,
    /// The documents, the default one first.
    pub documents: Vec<StoredDocument>,
    /// The last stored version, 0 before the first.
    pub version: StoredVersion,
    /// Updates in the log beyond the snapshots.
    pub log_length: u64,
    /// The last chat messages, oldest first.
    pub chat: Vec<StoredChat>,
    /// Which secret's hash each CRDT client id belongs to.
    pub claims: Vec<(ClientId, [u8; 32])>,
}

/// One thing to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An update of a document.
    Update {
        /// Its place in the room's order.
        version: StoredVersion,
        /// Which document.
        document: DocumentPath,
        /// A Yjs v1 update.
        update: Bytes,
        /// The author's display name.
        author: Option<String>,
        /// The CRDT client id that the author writes under.
        client: ClientId,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// The room's new meta.
    Meta(RoomMeta),
    /// One document more.
    Document(DocumentPath),
    /// A chat message.
    Chat(StoredChat),
    /// A CRDT client id belongs to the secret with this hash. The first claim stays, except where it was 32 zero bytes: such an id
    /// is open to the next claim.
    Claim(ClientId, [u8; 32]),
    /// A snapshot of a document, which holds every update up to a version: those leave the log, or need not come at all.
    Snapshot {
        /// Which document.
        document: DocumentPath,
        /// A Yjs v1 update.
        snapshot: Bytes,
        /// The last version that it holds.
        through: StoredVersion,
    },
}

/// A place where rooms are stored.
pub trait Storage: Send + Sync + 'static {
    /// Creates a room with its default document; gives false, and changes nothing, where the room exists. Durable on return.
    ///
    /// # Errors
    /// [`StorageError`].
    fn create(
        &self,
        room: RoomId,
        meta: RoomMeta,
        document: DocumentPath,
        snapshot: Bytes,
    ) -> BoxFuture<'_, Result<bool, StorageError>>;

    /// Everything about a room; none where there is no such room.
    ///
    /// # Errors
    /// [`StorageError`].
    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>>;

    /// Stores records of one room in their order, all or none; durable on return. A record that is stored already (a batch that is
    /// tried again after a failure whose outcome was unclear) changes nothing.
    ///
    /// # Errors
    /// [`StorageError`]; nothing of the batch is stored then.
    fn append(&self, room: RoomId, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>>;

    /// Finishes what waits and closes.
    fn close(&self) -> BoxFuture<'_, ()>;
}
