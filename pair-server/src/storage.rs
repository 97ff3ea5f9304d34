//! Storage: the trait that every backend serves, and what is stored. Knows neither rooms' rules nor HTTP nor another backend.
//!
//! A room's content is an append-only log of updates per document, with snapshots. Compaction deletes from the log only what a snapshot
//! in the same transaction holds.
//!
//! A database may belong to one process, or be shared by several nodes that have the same room in memory and all write it. So each
//! load makes a [`Writer`], whose updates are counted by themselves; what the others have stored meanwhile, [`Storage::since`] tells.

use bytes::Bytes;
use futures::future::BoxFuture;
use protocol::{ClientId, DocumentPath, RoomId};

pub mod copy;
pub mod findings;
pub mod metered;
mod open;
pub mod postgres;
pub mod sqlite;
pub mod url;

pub use open::{open, open_existing, open_to_read};

/// The how-manieth update of a room that a writer stored, over all its documents. Where it begins to count, [`LogPosition`] says.
pub type StoredVersion = u64;

/// Who writes a room: one load of it into one process's memory, until it leaves that again. No two are the same where several may write
/// at once, so that an update is known by its writer and version, and is stored once however often it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Writer(i64);

impl Writer {
    /// The writer of a database that belongs to one process.
    pub const ONLY: Self = Self(0);

    /// A new one.
    ///
    /// # Errors
    /// Where the operating system gives no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        // 63 bits: a number as databases have it, and never the only writer's.
        getrandom::u64().map(|random| Self(i64::try_from(random >> 1).unwrap_or(i64::MAX).max(1)))
    }

    /// The number, as it is stored.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A moment of a shared database: which transactions it had seen committed. What is stored later, or was under way, is what
/// [`Storage::since`] gives. Worth nothing in another database, or after a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor(String);

/// Where the log of a room stands for whoever loaded it, and goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPosition {
    /// Under which whoever loaded the room stores from here on.
    pub writer: Writer,
    /// The version that the writer's next update follows.
    pub version: StoredVersion,
    /// Updates in the log beyond the snapshots.
    pub length: u64,
    /// The moment of the load.
    pub cursor: Cursor,
}

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
    /// The room is not stored any more: somebody deleted it while it was in memory.
    #[error("room {0} is not in storage any more: it was deleted meanwhile")]
    Gone(RoomId),
    /// What is to be stored of a room is refused, and will be again; other rooms are stored.
    #[error("room {room} can't be stored: {reason}")]
    Refused {
        /// Which room.
        room: RoomId,
        /// What the database said, with a hint.
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

/// An update in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpdate {
    /// A Yjs v1 update.
    pub update: Bytes,
    /// The author's display name.
    pub author: Option<String>,
    /// The CRDT client id that the author writes under.
    pub client: ClientId,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

/// One document with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its path.
    pub path: DocumentPath,
    /// The last snapshot, a Yjs v1 update.
    pub snapshot: Bytes,
    /// What the snapshot does not hold, oldest first. Where several nodes write, an update may come before one that it stands on.
    pub log: Vec<StoredUpdate>,
}

impl StoredDocument {
    /// Everything, each a Yjs v1 update, in the order to apply it in.
    pub fn updates(&self) -> impl Iterator<Item = &Bytes> {
        std::iter::once(&self.snapshot).chain(self.log.iter().map(|stored| &stored.update))
    }
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
    /// Where storing goes on.
    pub log: LogPosition,
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
        /// Its place among the writer's.
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
    /// A snapshot of a document, which holds every update of this writer up to a version: those leave the log, or need not come at all.
    /// What others have stored stays stored, whether the snapshot holds it or not.
    Snapshot {
        /// Which document.
        document: DocumentPath,
        /// A Yjs v1 update.
        snapshot: Bytes,
        /// The last version that it holds.
        through: StoredVersion,
        /// Who changed the room last by then, if known.
        author: Option<String>,
        /// When, in milliseconds since 1970.
        at_ms: u64,
    },
}

/// How tables were brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Their version now.
    pub version: i32,
    /// The migrations that were carried out, in order; none: nothing was to do.
    pub carried_out: Vec<String>,
}

impl Migrated {
    /// What refinery did, of migrations of which this is the last.
    fn new(version: i32, report: &refinery::Report) -> Self {
        Self { version, carried_out: report.applied_migrations().iter().map(ToString::to_string).collect() }
    }
}

/// An empty Yjs v1 update.
const EMPTY_UPDATE: &[u8] = &[0, 0];

/// Chat messages that are loaded with a room.
const CHAT_LOADED: i64 = 200;

/// Rooms that [`Storage::rooms`] gives at once.
pub const ROOMS_PAGE: usize = 1_000;

/// Rooms that [`Storage::expire`] deletes at once.
const EXPIRED_PAGE: i64 = 100;

/// A batch that storage has not stored for this long is told of as a failure, until it comes back: a disk may hang rather than fail.
pub const OVERDUE: std::time::Duration = std::time::Duration::from_secs(10);

/// A place where rooms are stored.
pub trait Storage: Send + Sync + 'static {
    /// Whether other processes may write the same rooms at the same time.
    fn is_shared(&self) -> bool;

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

    /// Everything about a room as of one moment, with a new writer for it; none where there is no such room. Of the chat only the last
    /// messages.
    ///
    /// # Errors
    /// [`StorageError`].
    fn load(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>>;

    /// As [`Storage::load`], with all of the chat.
    ///
    /// # Errors
    /// [`StorageError`].
    fn export(&self, room: RoomId) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>>;

    /// What others than a writer have stored since a moment: each of their updates once, new documents, chat messages and claims, and the
    /// snapshots that were written since (they may hold updates that have left the log). The meta is the present one. A document in
    /// which nothing is new is left out, a snapshot that is not new is an empty update. The answer's cursor is the next call's. None where there is no such room, and
    /// where the database is not shared: then there are no others.
    ///
    /// # Errors
    /// [`StorageError`].
    fn since(
        &self,
        room: RoomId,
        writer: Writer,
        cursor: Cursor,
    ) -> BoxFuture<'_, Result<Option<StoredRoom>, StorageError>>;

    /// Stores records of one room in their order, all or none; durable on return. A record that is stored already (a batch that is
    /// tried again after a failure whose outcome was unclear) changes nothing.
    ///
    /// # Errors
    /// [`StorageError`]; nothing of the batch is stored then, or it is unknown whether all of it is.
    fn append(&self, room: RoomId, writer: Writer, records: Vec<Record>) -> BoxFuture<'_, Result<(), StorageError>>;

    /// The ids of rooms in their order, [`ROOMS_PAGE`] at most; those behind one where it is given.
    ///
    /// # Errors
    /// [`StorageError`].
    fn rooms(&self, after: Option<RoomId>) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>>;

    /// Deletes a room with all that is stored about it; gives whether there was one. No process may have it in memory.
    ///
    /// # Errors
    /// [`StorageError`].
    fn delete(&self, room: RoomId) -> BoxFuture<'_, Result<bool, StorageError>>;

    /// Deletes rooms that were changed, or noted to be in use, before a moment and not since (milliseconds since 1970), some at a time; gives which.
    /// Where several processes ask at once, one of them gets to do it. A storage that keeps nothing for long has none.
    ///
    /// # Errors
    /// [`StorageError`].
    fn expire(&self, unused_since_ms: u64) -> BoxFuture<'_, Result<Vec<RoomId>, StorageError>> {
        let _ = unused_since_ms;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Finishes what waits and closes.
    fn close(&self) -> BoxFuture<'_, ()>;
}
