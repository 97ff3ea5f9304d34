//! Several nodes with one room and a bus between them that delays, drops, reorders and parts them, from a seed: the same seed is the same
//! story. What each node's participants are shown is kept, so that tests can say what everybody saw.

use crate::{
    fanout::{NodeId, envelope::Header},
    room::{
        effect::{Access, ConnectionId, Effect, Now, PairJoin, Persist, SecretHash, Version},
        state::{RoomContent, RoomState, edits::IncomingEdit, remote::Found},
    },
};
use bytes::Bytes;
use protocol::{
    ByteOffset, ClientId, Document, DocumentPath, ErrorCode, Limits, ParticipantId, Sequence, ServerMessage,
    message::{client::Hello, server::ChatMessage},
    presence::Role,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Chance from a seed (xorshift, Marsaglia 2003).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// Everything that all nodes stored.
#[derive(Default)]
pub struct SharedStorage {
    pub updates: Vec<Persist>,
    pub claims: Vec<(ClientId, SecretHash)>,
    pub chat: Vec<ChatMessage>,
    /// Whether models may be asked, as often as a node stored it.
    pub models: Vec<(usize, Option<bool>)>,
}

/// A participant with a replica.
pub struct Person {
    pub client: u32,
    pub at: usize,
    pub id: ParticipantId,
    pub document: Document,
    seq: u64,
    pub chat: Vec<String>,
    /// Whom it saw join and leave.
    pub seen: Vec<(&'static str, ParticipantId)>,
    /// What it was told of suggestions, in short.
    pub suggestions: Vec<String>,
    /// Codes of the errors that it was told.
    pub errors: Vec<ErrorCode>,
}

/// One node.
pub struct Node {
    id: NodeId,
    pub state: RoomState,
    pub is_cut_off: bool,
    /// What it has to store is stored at once; else never.
    pub stores: bool,
    inbox: VecDeque<Bytes>,
    /// What comes from this node is late, and kept here meanwhile.
    late: Option<(NodeId, Vec<Bytes>)>,
    storage_read: usize,
}

/// How bad the bus is.
#[derive(Clone, Copy)]
pub struct Faults {
    /// One in so many messages is dropped; 0: none.
    pub drop_one_in: usize,
    /// How far a message may jump ahead.
    pub reorder: usize,
}

/// All of it.
pub struct World {
    pub nodes: Vec<Option<Node>>,
    pub people: Vec<Person>,
    pub storage: SharedStorage,
    pub kept: Vec<Bytes>,
    pub chance: Chance,
    pub faults: Faults,
    pub now: u64,
    next_client: u32,
}

pub const STEP_MS: u64 = 100;

fn content(server: u32) -> RoomContent {
    let mut document = Document::new(ClientId::from_random_32(1));
    let first = document.edit(ByteOffset(0)..ByteOffset(0), "text\n", 0).unwrap();
    let mut own = Document::new(ClientId::from_random_32(server));
    own.apply(&first).unwrap();
    RoomContent {
        language: "python".to_owned(),
        last_author: None,
        updated_ms: 0,
        access: Access { owner_token: None, guest_role: Role::Editor },
        documents: vec![(DocumentPath::main(), own)],
        version: Version(0),
        chat: Vec::new(),
        models: None,
        claims: HashMap::new(),
    }
}

impl World {
    pub fn new(seed: u64, nodes: usize, faults: Faults) -> Self {
        let mut world = Self {
            nodes: (0..nodes).map(|_| None).collect(),
            people: Vec::new(),
            storage: SharedStorage::default(),
            kept: Vec::new(),
            chance: Chance::new(seed),
            faults,
            now: 1_000_000,
            next_client: 1_000,
        };
        (0..nodes).for_each(|at| world.start(at));
        world
    }

    pub fn now(&self) -> Now {
        Now { unix_ms: self.now }
    }

    /// Starts a node: it loads what is stored and asks the others.
    pub fn start(&mut self, at: usize) {
        self.next_client += 1;
        let mut state = RoomState::new("room".parse().unwrap(), content(self.next_client), Limits::default());
        let id = NodeId(u64::from(self.next_client) << 8 | at as u64);
        state.share(id, self.now());
        state.take_effects();
        self.nodes[at] = Some(Node {
            id,
            state,
            is_cut_off: false,
            stores: true,
            inbox: VecDeque::new(),
            late: None,
            storage_read: 0,
        });
        self.read_storage(at);
        if self.nodes.iter().flatten().count() == 1 {
            for kept in std::mem::take(&mut self.kept) {
                self.with(at, |state, now| state.recall(&kept, now));
            }
        }
        self.with(at, RoomState::connect);
    }

    /// Does something with a node's state, and what follows from it.
    pub fn with<T>(&mut self, at: usize, act: impl FnOnce(&mut RoomState, Now) -> T) -> T {
        let now = self.now();
        let node = self.nodes[at].as_mut().unwrap();
        node.state.note_time(now);
        let done = act(&mut node.state, now);
        self.perform(at);
        done
    }

    fn perform(&mut self, at: usize) {
        let effects = self.nodes[at].as_mut().unwrap().state.take_effects();
        for effect in effects {
            match effect {
                Effect::Publish(bytes) => self.publish(at, &bytes),
                Effect::Keep(bytes, _) => self.kept.push(bytes),
                Effect::Persist(_) if !self.nodes[at].as_ref().unwrap().stores => {}
                Effect::Persist(persist) => {
                    let version = persist.version;
                    self.storage.updates.push(persist);
                    self.nodes[at].as_mut().unwrap().state.stored(version);
                }
                Effect::PersistClaim(client, secret) => self.storage.claims.push((client, secret)),
                Effect::PersistChat(message) => self.storage.chat.push(message),
                Effect::PersistMeta => {
                    let models = self.nodes[at].as_ref().unwrap().state.content().models;
                    self.storage.models.push((at, models));
                }
                Effect::ReadStorage => self.read_storage(at),
                Effect::Broadcast { frame, except } | Effect::BroadcastEdit { frame, except, .. } => {
                    for person in self.people.iter_mut().filter(|person| person.at == at && Some(person.id) != except) {
                        person.hear(frame.message());
                    }
                }
                Effect::Send(to, frame) => {
                    for person in self.people.iter_mut().filter(|person| person.at == at && person.id == to) {
                        person.hear(frame.message());
                    }
                }
                _ => {}
            }
        }
    }

    fn publish(&mut self, from: usize, bytes: &Bytes) {
        assert!(Header::read(bytes).is_ok());
        if self.nodes[from].as_ref().unwrap().is_cut_off {
            return;
        }
        for at in 0..self.nodes.len() {
            let dropped = self.faults.drop_one_in > 0 && self.chance.one_in(self.faults.drop_one_in);
            let jump = self.chance.below(self.faults.reorder + 1);
            let Some(node) = self.nodes[at].as_mut().filter(|node| at != from && !node.is_cut_off) else { continue };
            let sender = Header::read(bytes).map(|header| header.node);
            if let Some((_, late)) = node.late.as_mut().filter(|(of, _)| sender == Ok(*of)) {
                late.push(bytes.clone());
            } else if !dropped {
                let place = node.inbox.len().saturating_sub(jump);
                node.inbox.insert(place, bytes.clone());
            }
        }
    }

    fn read_storage(&mut self, at: usize) {
        let node = self.nodes[at].as_mut().unwrap();
        let from = std::mem::replace(&mut node.storage_read, self.storage.updates.len());
        let updates =
            self.storage.updates[from..].iter().map(|one| (one.document.clone(), one.update.clone())).collect();
        let (claims, chat) = (self.storage.claims.clone(), self.storage.chat.clone());
        self.with(at, |state, now| state.found(Found { updates, claims, chat }, now));
    }

    /// The text that a node would load now.
    pub fn stored_text(&self) -> String {
        let mut content = content(1);
        let document = &mut content.documents[0].1;
        for one in &self.storage.updates {
            document.apply(&one.update).unwrap();
        }
        document.text()
    }

    /// Some of what is on its way arrives, and time goes by.
    pub fn step(&mut self) {
        self.now += STEP_MS;
        for at in 0..self.nodes.len() {
            let waiting = self.nodes[at].as_ref().map_or(0, |node| node.inbox.len());
            let count = self.chance.below(waiting + 1);
            self.deliver(at, count);
            if self.nodes[at].is_some() && self.now.is_multiple_of(2_000) {
                self.with(at, |state, now| {
                    state.expire(now);
                    state.beat(now);
                });
            }
        }
    }

    fn deliver(&mut self, at: usize, count: usize) {
        for _ in 0..count {
            let Some(bytes) = self.nodes[at].as_mut().and_then(|node| node.inbox.pop_front()) else { return };
            self.with(at, |state, now| state.receive(&bytes, now));
        }
    }

    /// Time goes by, and everything arrives.
    pub fn settle(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.now < end {
            self.step();
            (0..self.nodes.len()).for_each(|at| self.deliver(at, usize::MAX));
        }
    }

    /// Somebody new joins at a node; gives their place among the people.
    pub fn join(&mut self, at: usize) -> usize {
        self.next_client += 1;
        let client = self.next_client;
        let person = Person {
            client,
            at,
            id: ParticipantId::from_random(u64::from(client)),
            document: Document::new(ClientId::from_random_32(client)),
            seq: 0,
            chat: Vec::new(),
            seen: Vec::new(),
            suggestions: Vec::new(),
            errors: Vec::new(),
        };
        self.people.push(person);
        let who = self.people.len() - 1;
        self.come(who, at);
        who
    }

    /// Somebody comes to a node, for the first time or again, and brings what it lacks; gives whether they are the same participant.
    pub fn come(&mut self, who: usize, at: usize) -> bool {
        let client = self.people[who].client;
        let id = ParticipantId::from_random(u64::from(client));
        let hello = Hello {
            version: 1,
            min_version: None,
            client: String::new(),
            name: format!("p{client}"),
            color: None,
            token: None,
            client_id: ClientId::from_random_32(client),
            client_secret: String::new(),
            formerly: Vec::new(),
            documents: Vec::new(),
        };
        let secret = [u8::try_from(client % 251).unwrap() + 2; 32];
        let connection = ConnectionId(u64::from(client) << 20 | self.now);
        let join =
            PairJoin { connection, participant: id, hello, version: 1, secret, formerly: Vec::new(), token: None };
        self.people[who].at = usize::MAX;
        let welcome = self.with(at, |state, _| state.join(join)).unwrap();
        let person = &mut self.people[who];
        (person.at, person.id, person.seq) = (at, welcome.participant, 0);
        person.document.apply(&welcome.documents[0].difference).unwrap();
        let missing = person.document.difference(&welcome.documents[0].state_vector).unwrap();
        self.send(who, missing, true);
        let id = self.people[who].id;
        self.with(at, |state, _| {
            state.welcome_suggestions(id);
            state.tell_apart(id);
        });
        welcome.resumed
    }

    fn send(&mut self, who: usize, update: Vec<u8>, catches_up: bool) {
        let person = &mut self.people[who];
        person.seq += 1;
        let seq = Sequence::new(person.seq).unwrap();
        let (id, at) = (person.id, person.at);
        let edit = IncomingEdit { document: DocumentPath::main(), seq, update: update.into(), catches_up };
        self.with(at, |state, now| state.edit(id, &edit, now));
    }

    /// Somebody types or deletes somewhere.
    pub fn edit(&mut self, who: usize) {
        let length = self.people[who].document.len().0;
        let (at, client) = (self.chance.below(length + 1), self.people[who].client);
        let removed = if self.chance.one_in(3) { self.chance.below(4).min(length - at) } else { 0 };
        let text = if removed > 0 { String::new() } else { format!("{}", client % 10) };
        let now = self.now;
        let document = &mut self.people[who].document;
        let update = document.edit(ByteOffset(at)..ByteOffset(at + removed), &text, now).unwrap();
        self.send(who, update, false);
    }

    /// Somebody deletes so many bytes somewhere.
    pub fn delete(&mut self, who: usize, at: usize, count: usize) {
        let range = ByteOffset(at)..ByteOffset(at + count);
        let update = self.people[who].document.edit(range, "", self.now).unwrap();
        self.send(who, update, false);
    }

    /// Somebody who is nowhere types.
    pub fn edit_offline(&mut self, who: usize) {
        let document = &mut self.people[who].document;
        document.edit(ByteOffset(0)..ByteOffset(0), "offline ", self.now).unwrap();
    }

    /// A node stops in order: hands over, stores, says goodbye. Its people are nowhere then.
    pub fn stop(&mut self, at: usize) -> Vec<usize> {
        self.with(at, RoomState::hand_over);
        self.with(at, |state, _| state.say_goodbye());
        self.kill(at)
    }

    /// A node dies.
    pub fn kill(&mut self, at: usize) -> Vec<usize> {
        self.nodes[at] = None;
        let here = (0..self.people.len()).filter(|who| self.people[*who].at == at).collect::<Vec<_>>();
        for who in &here {
            self.people[*who].at = usize::MAX;
        }
        here
    }

    /// What comes to a node from another one is late from now on.
    pub fn hold_back(&mut self, at: usize, from: usize) {
        let of = self.nodes[from].as_ref().unwrap().id;
        self.nodes[at].as_mut().unwrap().late = Some((of, Vec::new()));
    }

    /// What was late arrives.
    pub fn hear_held_back(&mut self, at: usize) {
        let (_, late) = self.nodes[at].as_mut().unwrap().late.take().unwrap();
        for bytes in late {
            self.with(at, |state, now| state.receive(&bytes, now));
        }
    }

    /// Cuts a node off from the bus, or lets it back.
    pub fn cut(&mut self, at: usize, off: bool) {
        let Some(node) = self.nodes[at].as_mut() else { return };
        if std::mem::replace(&mut node.is_cut_off, off) == off {
            return;
        }
        node.inbox.clear();
        if off { self.with(at, RoomState::cut_off) } else { self.with(at, RoomState::connect) }
    }

    /// Somebody leaves.
    pub fn leave(&mut self, who: usize) {
        let (at, id) = (self.people[who].at, self.people[who].id);
        self.people[who].at = usize::MAX;
        self.with(at, |state, _| state.leave(id));
    }

    /// Everybody who is somewhere.
    pub fn present(&self) -> Vec<usize> {
        (0..self.people.len()).filter(|who| self.people[*who].at != usize::MAX).collect()
    }

    /// All nodes, and all who are on one, hold and show the same.
    pub fn check(&self, seed: u64) {
        let views: Vec<_> = self.nodes.iter().flatten().map(|node| view(&node.state)).collect();
        let first = views.first().unwrap();
        for other in &views {
            assert_eq!(first, other, "seed {seed}");
        }
        let here: BTreeSet<_> = self.present().iter().map(|who| self.people[*who].id).collect();
        assert_eq!(first.participants.keys().copied().collect::<BTreeSet<_>>(), here, "seed {seed}");
        assert_eq!(first.count, here.len(), "seed {seed}");
        for who in self.present() {
            assert_eq!(self.people[who].document.text(), first.text, "seed {seed}, person {who}");
            let mut said = self.people[who].chat.clone();
            said.sort();
            let all = said.len();
            said.dedup();
            assert_eq!(said.len(), all, "seed {seed}: something was said twice to person {who}");
        }
    }
}

/// What a node's people are shown.
#[derive(Debug, PartialEq, Eq)]
pub struct View {
    pub text: String,
    pub language: String,
    last_author: Option<String>,
    pub count: usize,
    pub participants: BTreeMap<ParticipantId, (String, String, bool)>,
    chat: Vec<String>,
    documents: BTreeSet<String>,
}

pub fn view(state: &RoomState) -> View {
    let summary = state.summary();
    let shown = |one: protocol::presence::Participant| (one.id, (one.name, one.color.to_string(), one.away));
    View {
        text: state.content().documents[0].1.text(),
        language: summary.language,
        last_author: summary.last_author,
        count: summary.participants,
        participants: state.everybody().into_iter().map(shown).collect(),
        chat: state.content().chat.iter().map(|message| message.text.clone()).collect(),
        documents: state.document_paths().map(ToString::to_string).collect(),
    }
}

impl Person {
    fn hear(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Edited(edited) if edited.document == DocumentPath::main() => {
                self.document.apply(&edited.update).unwrap();
            }
            ServerMessage::Missing(missing) if missing.document == DocumentPath::main() => {
                self.document.apply(&missing.update).unwrap();
            }
            ServerMessage::ChatMessage(message) => self.chat.push(message.text.clone()),
            ServerMessage::ParticipantJoined(joined) => self.seen.push(("joined", joined.participant.id)),
            ServerMessage::ParticipantLeft(left) => self.seen.push(("left", left.participant)),
            ServerMessage::SuggestionStarted(one) => self.suggestions.push(format!("started {}", one.request)),
            ServerMessage::SuggestionDelta(one) => self.suggestions.push(one.text.clone()),
            ServerMessage::SuggestionDone(one) => self.suggestions.push(format!("done {}", one.request)),
            ServerMessage::SuggestionEnded(one) => {
                self.suggestions.push(format!("ended {} by {}", one.request, one.by));
            }
            ServerMessage::SuggestionHistory(history) => {
                self.suggestions.extend(history.past.iter().map(|one| format!("{} was {:?}", one.text, one.outcome)));
            }
            ServerMessage::Error(error) if error.seq.is_some() => panic!("an edit was refused: {}", error.message),
            ServerMessage::Error(error) => self.errors.push(error.code.clone()),
            _ => {}
        }
    }
}
