//! Yjs clients, as y-websocket's providers bring them: one document each, no hello, no secret, awareness instead of presence. They are
//! members like those of the room protocol, and what they write goes through the same checks. Knows no frames.

use super::{JoinError, Member, OPEN_CLAIM, RoomState, edits::IncomingEdit, writes_as};
use crate::room::{
    effect::{Effect, Now, SecretHash},
    frame::Frame,
};
use bytes::Bytes;
use protocol::{
    ClientId, Document, DocumentPath, ErrorCode, ParticipantId, Sequence,
    document::update::{UpdateError, UpdateSummary},
    message::server::{ParticipantJoined, PresenceChanged},
    presence::{Dialect, Participant, Presence, Role},
    yjs::awareness::{AwarenessEntry, AwarenessState},
};
use std::collections::HashSet;

/// In the place of a secret's hash: the client id belongs to Yjs clients, who have no secrets. Whoever comes with it takes over from
/// the connection that had it, and no client of the room protocol may have it. No secret is known to have this hash.
pub const YJS_CLAIM: SecretHash = [1; 32];

/// The name of a Yjs client that has not said one.
const NAMELESS: &str = "web";

/// A Yjs client that wants to join.
#[derive(Debug)]
pub struct YjsJoin {
    /// The id that the new participant gets.
    pub participant: ParticipantId,
    /// Which document; none: the default one. One that does not exist is added.
    pub document: Option<DocumentPath>,
    /// Hash of the access token.
    pub token: Option<SecretHash>,
}

/// The room as a Yjs client finds it.
#[derive(Debug)]
pub struct YjsWelcome {
    /// The document.
    pub document: DocumentPath,
    /// What the server has of it, as a state vector.
    pub state_vector: Vec<u8>,
    /// The others; a Yjs client of the same document with its own awareness.
    pub others: Vec<(Participant, Option<AwarenessEntry>)>,
}

/// What is special about a Yjs client.
#[derive(Debug)]
pub(super) struct YjsSeat {
    pub(super) document: DocumentPath,
    pub(super) awareness: Option<AwarenessEntry>,
}

/// Why a Yjs client's update was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YjsRefusal {
    /// It can never be taken: it is none of a text, or another's client id writes it.
    #[error("{0}")]
    Never(String),
    /// The room lacks what it stands on, or somebody who is here is about to bring the same: all of it is wanted again in a moment.
    #[error("{0}")]
    NotYet(String),
    /// The role or a limit forbids it. The client sees the others' edits all the same.
    #[error("{0}")]
    Forbidden(String),
}

impl RoomState {
    /// A Yjs client joins.
    ///
    /// # Errors
    /// [`JoinError`]; nothing happened then.
    pub fn join_yjs(&mut self, join: YjsJoin) -> Result<YjsWelcome, JoinError> {
        let YjsJoin { participant: id, document, token } = join;
        self.lets_in()?;
        if self.participants() >= self.limits.room_participants {
            return Err(JoinError::Full(self.limits.room_participants));
        }
        let role = self.role_for(token)?;
        let path = self.yjs_document(id, document, role)?;
        let participant = Participant {
            id,
            name: NAMELESS.to_owned(),
            color: self.color_for(id, None),
            role,
            dialect: Dialect::Yjs,
            presence: None,
            away: false,
        };
        let others = self.others_for(&path);
        let state_vector = self.document(&path).map(|(_, document)| document.state_vector()).unwrap_or_default();
        let joined = Frame::new(ParticipantJoined { participant: participant.clone() }, 256);
        self.effects.push(Effect::Broadcast { frame: joined, except: Some(id) });
        let seat = YjsSeat { document: path.clone(), awareness: None };
        let member = Member { yjs: Some(seat), ..Member::new(participant) };
        self.members.insert(id, member);
        self.effects.push(Effect::PlainParticipants(self.participants()));
        Ok(YjsWelcome { document: path, state_vector, others })
    }

    /// The document that a client asked for, added where it is not there.
    fn yjs_document(
        &mut self,
        from: ParticipantId,
        wished: Option<DocumentPath>,
        role: Role,
    ) -> Result<DocumentPath, JoinError> {
        let default = || self.content.documents.first().map_or_else(DocumentPath::main, |(path, _)| path.clone());
        let path = wished.unwrap_or_else(default);
        if self.document(&path).is_some() {
            return Ok(path);
        }
        if !role.may_edit() {
            return Err(JoinError::NoDocument(path));
        }
        let limit = self.limits.room_documents;
        if self.content.documents.len() >= limit {
            return Err(JoinError::TooManyDocuments(limit));
        }
        self.new_document(from, path.clone());
        Ok(path)
    }

    /// Everybody, as a newcomer to a document is shown them.
    fn others_for(&self, document: &DocumentPath) -> Vec<(Participant, Option<AwarenessEntry>)> {
        let awareness = |participant: &Participant| {
            if let Some(seat) = self.seat_elsewhere(participant.id) {
                return seat.entry().filter(|_| seat.document == *document);
            }
            let seat = self.members.get(&participant.id)?.yjs.as_ref()?;
            seat.awareness.clone().filter(|_| seat.document == *document)
        };
        let shown = |participant: Participant| {
            let awareness = awareness(&participant);
            (participant, awareness)
        };
        self.everybody().into_iter().map(shown).collect()
    }

    /// What a Yjs client is missing of its document.
    ///
    /// # Errors
    /// [`UpdateError`] where the bytes are no state vector.
    pub fn yjs_difference(&mut self, from: ParticipantId, known: &[u8]) -> Result<Bytes, UpdateError> {
        // A state vector of no bytes would count as knowing nothing; y-websocket writes one byte then.
        protocol::document::update::StateVector::read(known)?;
        let seat = self.members.get(&from).and_then(|member| member.yjs.as_ref());
        let documents = &self.content.documents;
        let found = seat.and_then(|seat| documents.iter().find(|(path, _)| *path == seat.document));
        let Some((path, document)) = found else { return Ok(Bytes::from_static(&[0, 0])) };
        Ok(self.snapshots.missing(path, document, known))
    }

    /// What the room has of a Yjs client's document, as a state vector.
    pub fn yjs_state_vector(&mut self, of: ParticipantId) -> Vec<u8> {
        let path = self.yjs_seat(of).map(|seat| seat.document.clone());
        let document = path.as_ref().and_then(|path| self.document(path));
        document.map_or_else(|| vec![0], |(_, document)| document.state_vector())
    }

    /// A Yjs client sends an update, of its own making or with others' text. `everything`: it is the answer to a question for all that
    /// the room lacks, and comes from those too who have nothing to say.
    ///
    /// # Errors
    /// [`YjsRefusal`]; nothing has changed then.
    pub fn yjs_update(
        &mut self,
        from: ParticipantId,
        update: Bytes,
        everything: bool,
        now: Now,
    ) -> Result<(), YjsRefusal> {
        let Some(document) = self.yjs_seat(from).map(|seat| seat.document.clone()) else { return Ok(()) };
        let summary = UpdateSummary::read(&update).map_err(|error| YjsRefusal::Never(error.to_string()))?;
        let reads_only = self.members.get(&from).is_some_and(|member| !member.participant.role.may_edit());
        if everything && reads_only && self.new_writers(&document, &summary).is_empty() {
            return Ok(());
        }
        self.bind_writer(from, &document, &summary);
        let edit = IncomingEdit { document: document.clone(), seq: Sequence::ZERO, update, catches_up: true };
        let refused = match self.try_edit(from, &edit, now) {
            Ok(()) => {
                self.claim_writer(from, &document);
                return Ok(());
            }
            Err(refused) => refused,
        };
        Err(match refused.code {
            _ if refused.incomplete => YjsRefusal::NotYet(refused.message),
            // Somebody who is here wrote it, and brings it too; or it is a forgery, and stays one.
            ErrorCode::ClientIdTaken => YjsRefusal::NotYet(refused.message),
            ErrorCode::InvalidEdit => YjsRefusal::Never(refused.message),
            _ => YjsRefusal::Forbidden(refused.message),
        })
    }

    /// A Yjs client says where it is. Providers repeat what they heard of others, which does not count.
    pub fn set_awareness(&mut self, from: ParticipantId, entries: Vec<AwarenessEntry>) {
        let Some(seat) = self.yjs_seat(from) else { return };
        let document = seat.document.clone();
        // The first thing that a provider says is its own state alone.
        if let [only] = entries.as_slice() {
            self.bind(from, &document, only.client);
        }
        let own = self.members.get(&from).and_then(|member| member.client);
        let Some(entry) = entries.into_iter().find(|entry| Some(entry.client) == own) else { return };
        let state = entry.state.as_deref().map(AwarenessState::read).unwrap_or_default();
        self.look_as(from, state.name.as_deref(), state.color);
        let presence = state.presence(document.clone());
        self.show_awareness(from, presence, document, entry.in_every_field());
    }

    fn show_awareness(&mut self, from: ParticipantId, presence: Presence, path: DocumentPath, entry: AwarenessEntry) {
        let Some(member) = self.members.get_mut(&from) else { return };
        let Some(seat) = member.yjs.as_mut() else { return };
        member.participant.presence = Some(presence.clone());
        seat.awareness = Some(entry.clone());
        let frame = Frame::with_awareness(PresenceChanged { participant: from, presence }, path, entry);
        self.effects.push(Effect::Presence(from, frame));
    }

    fn yjs_seat(&self, id: ParticipantId) -> Option<&YjsSeat> {
        self.members.get(&id)?.yjs.as_ref()
    }

    /// Takes the one writer of new text in an update for the client itself, where it has not said who it is.
    fn bind_writer(&mut self, from: ParticipantId, path: &DocumentPath, summary: &UpdateSummary) {
        let writers = self.new_writers(path, summary);
        if let (1, Some(writer)) = (writers.len(), writers.into_iter().next()) {
            self.bind(from, path, writer);
        }
    }

    /// Whose text an update brings that the room does not have.
    fn new_writers(&mut self, path: &DocumentPath, summary: &UpdateSummary) -> HashSet<ClientId> {
        let Some((_, document)) = self.document(path) else { return HashSet::new() };
        let new = summary.inserted.iter().filter(|range| range.end > document.clock(range.client));
        new.map(|range| range.client).collect()
    }

    /// Ties a connection that has said nothing of itself so far to a CRDT client id, if it may have that. The connection that had it
    /// before, in the same document, is an old one of the same client.
    fn bind(&mut self, from: ParticipantId, path: &DocumentPath, client: ClientId) {
        let unbound = self.members.get(&from).is_some_and(|member| member.client.is_none());
        if !unbound || !self.may_bind(client) {
            return;
        }
        let same = |member: &Member| {
            member.client == Some(client) && member.yjs.as_ref().is_some_and(|seat| seat.document == *path)
        };
        let old: Vec<_> = self.members.iter().filter(|(_, member)| same(member)).map(|(id, _)| *id).collect();
        self.replace(&old);
        if let Some(member) = self.members.get_mut(&from) {
            member.client = Some(client);
        }
    }

    /// Whether Yjs clients may write as a client: nobody proved to be it with a secret, and no text of it is here that nobody claimed.
    fn may_bind(&self, client: ClientId) -> bool {
        let writes = |(_, document): &(DocumentPath, Document)| writes_as(document, client);
        match self.content.claims.get(&client) {
            Some(claim) => *claim == YJS_CLAIM || *claim == OPEN_CLAIM,
            None => !self.content.documents.iter().any(writes),
        }
    }

    /// Notes that a connection's CRDT client id belongs to Yjs clients, once it has text in the document.
    fn claim_writer(&mut self, from: ParticipantId, path: &DocumentPath) {
        let Some(client) = self.members.get(&from).and_then(|member| member.client) else { return };
        let written = self.document(path).is_some_and(|(_, document)| document.clock(client) > 0);
        if written && self.content.claims.get(&client) != Some(&YJS_CLAIM) {
            self.content.claims.insert(client, YJS_CLAIM);
            self.effects.push(Effect::PersistClaim(client, YJS_CLAIM));
        }
    }
}
