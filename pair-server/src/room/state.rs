//! A room as a pure state machine: inputs and the time go in, effects come out. Knows no tasks, sockets, storage or clock.
//!
//! What concerns everybody is here (who is in the room, joining and leaving); `state/edits` applies edits, `state/talk` and
//! `state/suggestions` do what changes no text, `state/plain` speaks with plain clients, `state/remote` with other nodes that have the
//! room open.

use super::{
    effect::{Access, Effect, Now, PairJoin, SecretHash, Version},
    frame::Frame,
    plain_replica::{PlainReplica, TextHistory},
};
use protocol::{
    ClientId, Document, DocumentPath, ErrorCode, Limits, ParticipantId, RoomId, Sequence,
    message::{
        Blob,
        server::{ChatMessage, DocumentWelcome, Error, ParticipantJoined, ParticipantLeft, StorageState, Welcome},
    },
    presence::{Color, Dialect, Participant, Role},
};
use ropey::Rope;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

#[cfg(test)]
mod catch_up_tests;
pub mod edits;
mod looks;
pub mod plain;
pub mod remote;
pub mod resume;
#[cfg(test)]
mod snapshot_tests;
mod snapshots;
#[cfg(test)]
mod suggestion_tests;
mod suggestions;
mod talk;
#[cfg(test)]
mod tests;
pub mod yjs;

/// Chat messages that a newcomer gets to see.
pub const CHAT_SHOWN: usize = 200;

/// In the place of a secret's hash: the client id has text in the room, and belongs to whoever claims it first. No secret is known
/// to have this hash.
pub const OPEN_CLAIM: SecretHash = [0; 32];

/// When somebody should come back who was sent away because nothing can be stored, in milliseconds.
pub const UNSTORED_RETRY_MS: u32 = 5_000;

/// Edits of one participant that may wait to be durable one by one. From there on the newest one stands for the one before it too:
/// that one's receipt then comes a little later, and an outage of the storage takes no more memory.
const UNDURABLE_MAX: usize = 4_096;

/// A room's content as it was stored.
#[derive(Debug)]
pub struct RoomContent {
    /// The room's language.
    pub language: String,
    /// The last author's name.
    pub last_author: Option<String>,
    /// The last change, in milliseconds since 1970.
    pub updated_ms: u64,
    /// Who may do what.
    pub access: Access,
    /// Whether the text may be sent to models for suggestions; none: nobody has said.
    pub models: Option<bool>,
    /// The documents, the default one first.
    pub documents: Vec<(DocumentPath, Document)>,
    /// The last stored version.
    pub version: Version,
    /// The last chat messages, oldest first.
    pub chat: Vec<ChatMessage>,
    /// Which secret each CRDT client id belongs to.
    pub claims: HashMap<ClientId, SecretHash>,
}

/// The room as the standard endpoints show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSummary {
    /// The default document's text.
    pub code: String,
    /// The room's language.
    pub language: String,
    /// Connections now.
    pub participants: usize,
    /// The last change, in milliseconds since 1970.
    pub updated_ms: u64,
    /// The last author's name.
    pub last_author: Option<String>,
}

/// One participant of the room protocol.
#[derive(Debug)]
struct Member {
    participant: Participant,
    /// The CRDT client id that it writes as; a Yjs client's is not known before it says or writes something.
    client: Option<ClientId>,
    /// Client ids that it wrote under before it was started anew.
    former: Vec<ClientId>,
    /// What is special about a Yjs client.
    yjs: Option<yjs::YjsSeat>,
    /// The last edit that was handled.
    received: Sequence,
    /// The last edit that is stored.
    durable: Sequence,
    /// Versions that are not stored yet, with the participant's edit of each.
    undurable: VecDeque<(Version, Sequence)>,
    /// The documents that it has sent an edit of since it joined: what it brought of them from a lost connection is then here.
    caught_up: HashSet<DocumentPath>,
    /// The connection is lost: until then, in milliseconds since 1970, the client may come back as this participant.
    away_until_ms: Option<u64>,
}

impl Member {
    /// One who has just come.
    fn new(participant: Participant) -> Self {
        Self {
            participant,
            client: None,
            former: Vec::new(),
            yjs: None,
            received: Sequence::ZERO,
            durable: Sequence::ZERO,
            undurable: VecDeque::new(),
            caught_up: HashSet::new(),
            away_until_ms: None,
        }
    }
}

/// One plain client.
#[derive(Debug)]
struct PlainMember {
    name: Option<String>,
    color: Color,
    replica: PlainReplica,
}

/// A room.
#[derive(Debug)]
pub struct RoomState {
    id: RoomId,
    limits: Limits,
    content: RoomContent,
    members: BTreeMap<ParticipantId, Member>,
    plain: BTreeMap<ParticipantId, PlainMember>,
    /// The default document's text again: whole texts are cut from it without copying the document.
    text: Rope,
    history: TextHistory,
    /// The last version that is stored.
    durable: Version,
    suggestions: suggestions::Suggestions,
    snapshots: snapshots::Snapshots,
    storage: StorageState,
    /// Why everybody was sent away and nobody gets in, if so.
    turned_away: Option<JoinError>,
    effects: Vec<Effect>,
    /// The other nodes, where there can be any.
    nodes: Option<Box<remote::Nodes>>,
}

/// Why somebody could not join.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// The room has as many participants as it may.
    #[error("the room has {0} participants, as many as it may; try again later")]
    Full(usize),
    /// The CRDT client id is somebody else's.
    #[error("client id {0} belongs to another client of this room; choose another one")]
    ClientIdTaken(ClientId),
    /// Storage fails, and as much waits for it as may.
    #[error(
        "the server can't store edits now, and keeps as many in memory as it may; go on typing, and come back later"
    )]
    Unstored,
    /// The room was deleted.
    #[error("room {0} was deleted on the server; what you have of its text stays with you, save it if you need it")]
    Deleted(RoomId),
    /// The token fits no role.
    #[error("the access token fits no role in this room")]
    InvalidToken,
    /// There is no such document, and the role does not allow to add one.
    #[error("the room has no document {0}, and viewers can't add one")]
    NoDocument(DocumentPath),
    /// There is no such document, and the room has as many as it may.
    #[error("the room has {0} documents, as many as it may")]
    TooManyDocuments(usize),
}

impl JoinError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Full(_) => ErrorCode::RoomFull,
            Self::ClientIdTaken(_) => ErrorCode::ClientIdTaken,
            Self::InvalidToken => ErrorCode::InvalidToken,
            Self::Unstored => ErrorCode::StorageUnavailable,
            Self::Deleted(_) => ErrorCode::RoomNotFound,
            Self::NoDocument(_) => ErrorCode::DocumentNotFound,
            Self::TooManyDocuments(_) => ErrorCode::TooManyDocuments,
        }
    }

    /// When to come back at the earliest, in milliseconds; none: as usual, or not at all.
    pub fn retry_after_ms(&self) -> Option<u32> {
        (*self == Self::Unstored).then_some(UNSTORED_RETRY_MS)
    }
}

impl RoomState {
    /// A room with what was stored of it. The first document of `content` is the default one.
    pub fn new(id: RoomId, content: RoomContent, limits: Limits) -> Self {
        let text =
            content.documents.first().map(|(_, document)| document.chunks().collect::<Rope>()).unwrap_or_default();
        Self {
            id,
            limits,
            durable: content.version,
            content,
            members: BTreeMap::new(),
            plain: BTreeMap::new(),
            text,
            history: TextHistory::default(),
            suggestions: suggestions::Suggestions::default(),
            snapshots: snapshots::Snapshots::default(),
            storage: StorageState::default(),
            turned_away: None,
            effects: Vec::new(),
            nodes: None,
        }
    }

    /// What must be done since the last call.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        self.publish_effects();
        self.forget_published();
        std::mem::take(&mut self.effects)
    }

    /// How many connections there are on this node.
    pub fn participants_here(&self) -> usize {
        let here = self.members.values().filter(|member| member.away_until_ms.is_none()).count();
        here + self.plain.len()
    }

    /// What everybody who has a connection speaks.
    pub fn here(&self) -> impl Iterator<Item = Dialect> {
        let members = self.members.values().filter(|member| member.away_until_ms.is_none());
        members.map(|member| member.participant.dialect).chain(self.plain.values().map(|_| Dialect::Plain))
    }

    /// Notes that the room is in use, so that it is not taken for one that nobody wants any more.
    pub fn note_use(&mut self, now: Now) {
        self.content.updated_ms = now.ms();
        self.effects.push(Effect::PersistMeta);
    }

    /// The room as the standard endpoints show it.
    pub fn summary(&self) -> RoomSummary {
        RoomSummary {
            code: self.text.to_string(),
            language: self.content.language.clone(),
            participants: self.participants(),
            updated_ms: self.content.updated_ms,
            last_author: self.content.last_author.clone(),
        }
    }

    /// The room's content.
    pub fn content(&self) -> &RoomContent {
        &self.content
    }

    /// Bytes of snapshots that are kept for newcomers.
    pub fn kept_snapshot_bytes(&self) -> usize {
        self.snapshots.bytes()
    }

    /// Somebody joins through the room protocol; gives their Welcome, which must be the first that they are sent.
    ///
    /// # Errors
    /// [`JoinError`]; nothing happened then.
    pub fn join(&mut self, join: PairJoin) -> Result<Welcome, JoinError> {
        self.lets_in()?;
        let returning = self.returning(&join);
        let elsewhere = if returning.is_empty() { self.returning_from_elsewhere(&join) } else { None };
        let PairJoin { participant: new, hello, version, secret, token, .. } = join;
        let resumed = !returning.is_empty() || elsewhere.is_some();
        if !resumed && self.participants() >= self.limits.room_participants {
            return Err(JoinError::Full(self.limits.room_participants));
        }
        // A connection of before that was on its way for long: who had that id is here under another one.
        if self.members.values().any(|member| member.former.contains(&hello.client_id)) {
            return Err(JoinError::ClientIdTaken(hello.client_id));
        }
        let role = self.role_for(token)?;
        self.claim(hello.client_id, secret)?;
        self.store_unconfirmed_by([Some(new), elsewhere]);
        let taken_over = elsewhere.and_then(|id| self.take_over(id, hello.client_id));
        let (id, role) = match (self.unite(&returning), taken_over) {
            (Some(id), _) => (id, self.resume(id, &hello).unwrap_or(role)),
            (None, Some((id, role))) => {
                self.look_as(id, Some(&hello.name), hello.color);
                (id, role)
            }
            (None, None) => (self.enter(new, &hello, role), role),
        };
        self.effects.push(Effect::PlainParticipants(self.participants()));
        Ok(Welcome {
            version,
            server: concat!("pair-server ", env!("CARGO_PKG_VERSION")).to_owned(),
            room: self.id.clone(),
            participant: id,
            resumed,
            role,
            limits: self.limits,
            language: self.content.language.clone(),
            participants: self.everybody(),
            documents: self.welcome_documents(&hello),
            chat: self.content.chat.clone(),
            storage: self.storage.clone(),
        })
    }

    /// Everybody in the room.
    pub fn everybody(&self) -> Vec<Participant> {
        let pair = self.members.values().map(|member| member.participant.clone());
        let plain = self.plain.iter().map(|(id, member)| self.plain_participant(*id, member));
        pair.chain(plain).chain(self.elsewhere().cloned()).collect()
    }

    /// A plain client as the others see it. It brings no token, so that it has the role of guests.
    fn plain_participant(&self, id: ParticipantId, member: &PlainMember) -> Participant {
        Participant {
            id,
            name: member.name.clone().unwrap_or_else(|| "web".to_owned()),
            color: member.color,
            role: self.content.access.guest_role,
            dialect: Dialect::Plain,
            presence: None,
            away: false,
        }
    }

    /// Somebody's connection ended. Asking twice changes nothing.
    pub fn leave(&mut self, id: ParticipantId) {
        self.end_suggestions_of(id);
        let known = self.members.remove(&id).is_some() || self.plain.remove(&id).is_some();
        if !known {
            return;
        }
        self.trim_history();
        let frame = Frame::new(ParticipantLeft { participant: id }, 64);
        self.effects.push(Effect::Broadcast { frame, except: Some(id) });
        self.effects.push(Effect::Close(id));
        self.effects.push(Effect::PlainParticipants(self.participants()));
    }

    /// What each document of the room is, and what the client is missing of it.
    fn welcome_documents(&mut self, hello: &protocol::message::client::Hello) -> Vec<DocumentWelcome> {
        let Self { content, snapshots, .. } = self;
        let of = |path: &DocumentPath| hello.documents.iter().find(|state| state.document == *path);
        let welcome = |(path, document): &(DocumentPath, Document)| {
            let known = of(path).map(|state| &*state.state_vector).unwrap_or_default();
            DocumentWelcome {
                document: path.clone(),
                difference: Blob(snapshots.missing(path, document, known)),
                snapshot: false,
                state_vector: document.state_vector().into(),
            }
        };
        content.documents.iter().map(welcome).collect()
    }

    fn role_for(&self, token: Option<SecretHash>) -> Result<Role, JoinError> {
        match (token, self.content.access.owner_token) {
            (None, _) => Ok(self.content.access.guest_role),
            (Some(token), Some(owner)) if token == owner => Ok(Role::Owner),
            (Some(_), _) => Err(JoinError::InvalidToken),
        }
    }

    /// Ties a CRDT client id to a secret, or checks that it is tied to this one.
    fn claim(&mut self, client: ClientId, secret: SecretHash) -> Result<(), JoinError> {
        match self.content.claims.get(&client) {
            Some(known) if *known == secret => return Ok(()),
            Some(known) if *known != OPEN_CLAIM => return Err(JoinError::ClientIdTaken(client)),
            None if self.content.documents.iter().any(|(_, document)| writes_as(document, client)) => {
                return Err(JoinError::ClientIdTaken(client));
            }
            Some(_) | None => {}
        }
        self.content.claims.insert(client, secret);
        self.effects.push(Effect::PersistClaim(client, secret));
        Ok(())
    }

    /// The writers among some whom the room has neither a claim nor text of.
    fn unknown_writers(&self, writers: impl Iterator<Item = ClientId>) -> Vec<ClientId> {
        let documents = &self.content.documents;
        let known = |writer: &ClientId| {
            self.content.claims.contains_key(writer)
                || documents.iter().any(|(_, document)| writes_as(document, *writer))
        };
        writers.filter(|writer| !known(writer)).collect()
    }

    /// Notes that text of writers whom nobody knew came through somebody else: their own claims were lost in a crash of the server,
    /// and the first hello under such an id may claim it, or the writer's later edits could never come in.
    fn adopt(&mut self, writers: Vec<ClientId>) {
        for writer in writers {
            self.content.claims.insert(writer, OPEN_CLAIM);
            self.effects.push(Effect::PersistClaim(writer, OPEN_CLAIM));
        }
    }

    /// A new participant comes in; gives their id.
    fn enter(&mut self, id: ParticipantId, hello: &protocol::message::client::Hello, role: Role) -> ParticipantId {
        let participant = Participant {
            id,
            name: self.display_name(&hello.name),
            color: self.color_for(id, hello.color),
            role,
            dialect: Dialect::Pair,
            presence: None,
            away: false,
        };
        let joined = Frame::new(ParticipantJoined { participant: participant.clone() }, 256);
        self.effects.push(Effect::Broadcast { frame: joined, except: Some(id) });
        let member = Member { client: Some(hello.client_id), ..Member::new(participant) };
        self.members.insert(id, member);
        id
    }

    /// Connections end because the same client is here on another one.
    fn replace(&mut self, old: &[ParticipantId]) {
        for id in old.iter().copied() {
            self.replaced(id);
            self.leave(id);
        }
    }

    fn document(&mut self, path: &DocumentPath) -> Option<(usize, &mut Document)> {
        let found = self.content.documents.iter_mut().enumerate().find(|(_, (known, _))| known == path);
        found.map(|(index, (_, document))| (index, document))
    }

    fn tell_error(&mut self, id: ParticipantId, error: Error) {
        let cost = error.message.len();
        self.effects.push(Effect::Send(id, Frame::new(error, cost)));
    }

    fn trim_history(&mut self) {
        let oldest = self.plain.values().filter_map(|member| member.replica.oldest_version()).min();
        self.history.forget_through(oldest.unwrap_or_else(|| self.history.version()));
    }
}

/// Whether a document holds text of a client already, or the server itself writes as it.
fn writes_as(document: &Document, client: ClientId) -> bool {
    document.client() == client || document.clock(client) > 0
}

/// An error message without anything it refers to.
pub(super) fn plain_error(code: ErrorCode, message: String) -> Error {
    Error { code, message, seq: None, request: None, document: None }
}

/// The moment as Yjs undo groups and such need it.
impl Now {
    /// Milliseconds since 1970.
    pub fn ms(self) -> u64 {
        self.unix_ms
    }
}
