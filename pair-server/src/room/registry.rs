//! The rooms in memory: each loaded once, by whoever asks first, outside the map's lock. Knows storage's trait and the rooms' tasks.

use super::{
    effect::{Access, Now, SecretHash, Version},
    handle::{Delivery, RoomHandle},
    persistence::{role_of, role_word},
    state::{RoomContent, RoomState},
    task::{JoinedChannel, RoomServices, RoomTask},
};
use crate::{
    clock::unix_ms,
    fanout::Fanout,
    secret,
    storage::{Record, RoomMeta, StorageError, StoredRoom},
};
use bytes::Bytes;
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use protocol::{
    ByteOffset, ClientId, Document, DocumentPath, Limits, RoomId, message::server::ChatMessage, presence::Role,
};
use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore, mpsc};

/// The text of a new room.
pub const NEW_ROOM_TEXT: &str = "# Start collaborating...\n";

/// The language of a new room about which nothing else is known.
pub const NEW_ROOM_LANGUAGE: &str = "python";

/// Loads that go on at a time, for whoever still waits for them. Further ones wait, as long as whoever asks does.
const LOADS_MAX: usize = 1_024;

type Rooms = Arc<Mutex<HashMap<RoomId, Arc<Cell>>>>;

/// A load that goes on whether somebody waits for it or not.
type Loading = Shared<BoxFuture<'static, Result<RoomHandle, OpenError>>>;

/// A room, or what is on the way to be one.
#[derive(Default)]
struct Cell {
    room: OnceCell<RoomHandle>,
    /// The loads under way: one that makes no room, and one that does.
    loads: Mutex<[Option<Loading>; 2]>,
}

impl Cell {
    fn loads(&self) -> std::sync::MutexGuard<'_, [Option<Loading>; 2]> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A room to be created.
#[derive(Debug, Clone)]
pub struct NewRoom {
    /// Its language.
    pub language: String,
    /// Its text.
    pub code: String,
    /// Its default document's path.
    pub document: DocumentPath,
    /// Hash of the token that makes an owner.
    pub owner_token: Option<SecretHash>,
    /// The role of whoever comes without a token.
    pub guest_role: Role,
}

impl Default for NewRoom {
    fn default() -> Self {
        Self {
            language: NEW_ROOM_LANGUAGE.to_owned(),
            code: NEW_ROOM_TEXT.to_owned(),
            document: DocumentPath::main(),
            owner_token: None,
            guest_role: Role::Editor,
        }
    }
}

/// Why a room could not be opened or created.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// There is no such room.
    #[error("there is no room {0}")]
    NotFound(RoomId),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The text is over the limit of a document.
    #[error("the text of {size} bytes is over the limit of {limit} bytes")]
    TooLarge {
        /// Bytes of the text.
        size: usize,
        /// Permitted bytes.
        limit: usize,
    },
    /// No random numbers could be had from the operating system.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

/// The rooms in memory. Clones are the same registry.
#[derive(Clone)]
pub struct Registry {
    rooms: Rooms,
    services: RoomServices,
    limits: Limits,
    loads: Arc<Semaphore>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Registry {
    /// An empty registry.
    pub fn new(services: RoomServices, limits: Limits) -> Self {
        Self { rooms: Rooms::default(), services, limits, loads: Arc::new(Semaphore::new(LOADS_MAX)) }
    }

    /// The bounds in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many inputs wait for all rooms, and for the one that has most of them.
    pub fn waiting_inputs(&self) -> (usize, usize) {
        let rooms = self.lock();
        let waiting = rooms.values().filter_map(|cell| cell.room.get()).map(RoomHandle::waiting);
        waiting.fold((0, 0), |(sum, most), one| (sum + one, most.max(one)))
    }

    /// The way to the other nodes.
    pub fn fanout(&self) -> &dyn Fanout {
        &*self.services.fanout
    }

    /// The way to a room, which is loaded if it is not in memory; with `create`, one that does not exist is made. The loading goes on where
    /// whoever asked gives up, so that those who come back do not begin it anew.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(&self, id: &RoomId, create: bool) -> Result<RoomHandle, OpenError> {
        let place = self.place(id);
        if let Some(room) = place.cell.room.get() {
            return Ok(room.clone());
        }
        let running = place.cell.loads()[usize::from(create)].clone();
        if let Some(loading) = running {
            return loading.await;
        }
        // The semaphore is never closed.
        let permit = Arc::clone(&self.loads).acquire_owned().await.map_err(|_| StorageError::Closed)?;
        let loading = place.cell.loads()[usize::from(create)]
            .get_or_insert_with(|| self.start_loading(id, create, permit))
            .clone();
        loading.await
    }

    /// Loads a room in a task of its own.
    fn start_loading(&self, id: &RoomId, create: bool, permit: OwnedSemaphorePermit) -> Loading {
        let (registry, id) = (self.clone(), id.clone());
        let task = self.services.tracker.spawn(async move {
            let place = registry.place(&id);
            let loading = place.cell.room.get_or_try_init(|| registry.load(&id, create, &place.cell));
            let _under_way = UnderWay { cell: &place.cell, create, _permit: permit };
            let loaded = registry.services.shutdown.run_until_cancelled(loading).await;
            loaded.unwrap_or(Err(StorageError::Closed.into())).cloned()
        });
        async move { task.await.unwrap_or(Err(StorageError::Closed.into())) }.boxed().shared()
    }

    /// Creates a room under an unguessable id.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn create(&self, room: NewRoom) -> Result<RoomId, OpenError> {
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(|_| OpenError::NoRandomness)?;
        let id = RoomId::from_random(random);
        self.create_as(&id, room).await?;
        Ok(id)
    }

    async fn create_as(&self, id: &RoomId, room: NewRoom) -> Result<(), OpenError> {
        let limit = self.limits.document_bytes;
        if room.code.len() > limit {
            return Err(OpenError::TooLarge { size: room.code.len(), limit });
        }
        let mut document = Document::new(seed_client(id, &room.code));
        let start = ByteOffset::START;
        // An empty document takes any text at its start.
        drop(document.edit(start..start, &room.code, 0));
        let meta = RoomMeta {
            language: room.language,
            last_author: None,
            updated_ms: unix_ms(),
            owner_token: room.owner_token,
            guest_role: role_word(room.guest_role).to_owned(),
            models: None,
        };
        self.services.storage.create(id.clone(), meta, room.document, Bytes::from(document.snapshot())).await?;
        Ok(())
    }

    /// What is stored of a room. Where rooms expire, it is noted first that this one is in use, if the last note is old: whoever deletes rooms that nobody
    /// uses does not delete it then.
    async fn stored(&self, id: &RoomId) -> Result<Option<StoredRoom>, StorageError> {
        let storage = &self.services.storage;
        let stored = storage.load(id.clone()).await?;
        let (Some(expiry), Some(found), now) = (self.services.expiry, &stored, unix_ms()) else { return Ok(stored) };
        if !expiry.must_note(found.meta.updated_ms, now) {
            return Ok(stored);
        }
        let note = Record::Meta(RoomMeta { updated_ms: now, ..found.meta.clone() });
        storage.append(id.clone(), found.log.writer, vec![note]).await?;
        // It may have been deleted just before.
        storage.load(id.clone()).await
    }

    /// Loads a room and starts its task.
    async fn load(&self, id: &RoomId, create: bool, cell: &Arc<Cell>) -> Result<RoomHandle, OpenError> {
        // Before the content is read: what other nodes publish from here on is not missed.
        let joined = JoinedChannel::join(&*self.services.fanout, id).await;
        let stored = match self.stored(id).await? {
            Some(stored) => stored,
            None if create => {
                self.create_as(id, NewRoom::default()).await?;
                self.services.storage.load(id.clone()).await?.ok_or_else(|| OpenError::NotFound(id.clone()))?
            }
            None => return Err(OpenError::NotFound(id.clone())),
        };
        let log = stored.log.clone();
        let client = random_client()?;
        let decode = {
            let id = id.clone();
            move || content_of(&id, stored, client)
        };
        // A panic of the decoder is the room's problem, not the server's.
        let content =
            self.services.tracker.spawn_blocking(decode).await.map_err(|_| StorageError::Corrupt {
                room: id.clone(),
                reason: "its log can't be decoded".to_owned(),
            })??;
        self.services.metrics.rooms.loaded.inc();
        let policy = self.services.suggestion_policy(id);
        let mut state = RoomState::new(id.clone(), content, self.limits).with_suggestions(policy);
        if let (Some(_), Some(node)) = (&joined, self.services.fanout.node()) {
            state.share(node, Now { unix_ms: unix_ms() });
        }
        let (handle, inputs) = RoomHandle::new();
        let task = RoomTask::new(id.clone(), state, &log, joined, self.services.clone(), handle.clone());
        self.start(id, task, inputs, cell);
        Ok(handle)
    }

    /// Starts a room's task. A panic in it is logged, and the room is loaded anew when somebody asks for it.
    fn start(&self, id: &RoomId, task: RoomTask, inputs: mpsc::Receiver<Delivery>, cell: &Arc<Cell>) {
        let (rooms, id, weak) = (Arc::clone(&self.rooms), id.clone(), Arc::downgrade(cell));
        let metrics = Arc::clone(&self.services.metrics);
        self.services.tracker.spawn(async move {
            let forget_it = || {
                if let Some(cell) = weak.upgrade() {
                    forget(&rooms, &id, &cell);
                }
            };
            let ended = AssertUnwindSafe(task.run(inputs, forget_it)).catch_unwind().await;
            forget_it();
            if let Ok(ended) = ended {
                tracing::debug!(room = %id, ?ended, "the room's task ended");
            } else {
                metrics.rooms.panicked.inc();
                tracing::error!(room = %id, "the room's task panicked; the room is loaded anew from storage");
            }
        });
    }

    /// The room's place in the map, made if it is not there.
    fn place<'a>(&'a self, id: &'a RoomId) -> Place<'a> {
        let cell = Arc::clone(self.lock().entry(id.clone()).or_default());
        Place { rooms: &self.rooms, id, cell }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RoomId, Arc<Cell>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A load that is under way, until it ends, be it by a panic.
struct UnderWay<'a> {
    cell: &'a Cell,
    create: bool,
    _permit: OwnedSemaphorePermit,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.cell.loads()[usize::from(self.create)] = None;
    }
}

/// A room's place in the map, held by somebody who wants the room. Whoever is the last to give up an empty place takes it out of
/// the map; nobody else may, because the others would then load the room into a place where no one finds it, and the room would
/// get a second owner.
struct Place<'a> {
    rooms: &'a Rooms,
    id: &'a RoomId,
    cell: Arc<Cell>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.cell.room.initialized() {
            return;
        }
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's own and this one: everybody who comes takes theirs under the lock, and gives it up in here.
        let last = Arc::strong_count(&self.cell) <= 2;
        if last
            && !self.cell.room.initialized()
            && rooms.get(self.id).is_some_and(|known| Arc::ptr_eq(known, &self.cell))
        {
            rooms.remove(self.id);
        }
        // Given up under the lock, so that of two who give up at once the second one is the last.
        self.cell = Arc::default();
    }
}

/// Takes a room out of the map, if it is still the same one.
fn forget(rooms: &Rooms, id: &RoomId, cell: &Arc<Cell>) {
    let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
    if rooms.get(id).is_some_and(|known| Arc::ptr_eq(known, cell)) {
        rooms.remove(id);
    }
}

/// Builds a room's content from what was stored.
fn content_of(id: &RoomId, stored: StoredRoom, client: ClientId) -> Result<RoomContent, OpenError> {
    let mut documents = Vec::with_capacity(stored.documents.len());
    for document in stored.documents {
        let mut loaded = Document::new(client);
        for update in document.updates() {
            loaded.apply_trusted(update).map_err(|error| StorageError::Corrupt {
                room: id.clone(),
                reason: format!("document {}: {error}", document.path),
            })?;
        }
        documents.push((document.path, loaded));
    }
    let chat = stored.chat.into_iter();
    Ok(RoomContent {
        language: stored.meta.language,
        last_author: stored.meta.last_author,
        updated_ms: stored.meta.updated_ms,
        access: Access { owner_token: stored.meta.owner_token, guest_role: role_of(&stored.meta.guest_role) },
        models: stored.meta.models,
        documents,
        version: Version(stored.log.version),
        chat: chat
            .map(|chat| ChatMessage { name: chat.name, participant: None, text: chat.text, at_ms: chat.at_ms })
            .collect(),
        claims: stored.claims.into_iter().collect(),
    })
}

/// The client id that a room's first text is written under: the same for the same text in the same room. Where a room is made anew
/// after its database was lost, the text that clients kept is then the very same text, not a second one.
fn seed_client(id: &RoomId, code: &str) -> ClientId {
    let [a, b, c, d, ..] = secret::hash(&format!("{id}\n{code}"));
    ClientId::from_random_32(u32::from_be_bytes([a, b, c, d]))
}

fn random_client() -> Result<ClientId, OpenError> {
    getrandom::u32().map(ClientId::from_random_32).map_err(|_| OpenError::NoRandomness)
}
