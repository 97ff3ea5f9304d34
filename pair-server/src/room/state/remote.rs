//! The other nodes that have the room open: who they are, what of them was missed, who is there. Several state machines that are told what
//! the others say, late, twice, in another order or not at all, come to hold the same. Pure: envelopes in, envelopes out.
//!
//! `remote/publish` says to the others what happened here, `remote/receive` takes what they say, `remote/residents` keeps who is there,
//! `remote/heal` finds out what is missing and exchanges it, `remote/handover` gives participants to another node,
//! `remote/stored` sees to it that what one of them took is stored.

use super::{RoomState, plain_error, suggestions::Shown};
use crate::{
    fanout::{
        NodeId,
        envelope::{self, Event, Header, Resident, Settings, Stamp},
    },
    room::{
        effect::{Effect, Now, Version},
        frame::Frame,
    },
};
use protocol::{DocumentPath, ErrorCode, ParticipantId, RequestId, message::client::EndSuggestion};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

mod handover;
mod heal;
#[cfg(test)]
mod missed_tests;
mod publish;
mod receive;
mod residents;
#[cfg(test)]
mod simulation;
mod stored;
mod suggestions;
#[cfg(test)]
mod tests;

pub use heal::Found;

/// A node says what it is as a whole this often.
pub const HEARTBEAT_MS: u64 = 4_000;

/// While no other node is known to have the room, it says so only this often: whoever opens the room asks.
const ALONE_MS: u64 = 30_000;

/// A node that nothing came from for so long is dead, and its participants are gone with it. With the sweep of rooms it is within the 30 s
/// of the contract.
pub const SILENT_MS: u64 = 20_000;

/// The other nodes, as this one knows them.
#[derive(Debug)]
pub(super) struct Nodes {
    node: NodeId,
    /// When the room came into this node's memory.
    stay: u64,
    /// Envelopes that were sent in this stay.
    sent: u64,
    /// The moment of the last input.
    now_ms: u64,
    peers: BTreeMap<NodeId, Peer>,
    residents: BTreeMap<ParticipantId, Remote>,
    /// When each participant whose connection is here came.
    since: HashMap<ParticipantId, Stamp>,
    /// When, and where, the language was set last.
    language: Stamp,
    /// When, and where, the last author's name was set last.
    last_author: Stamp,
    /// When, and where, it was said last whether models may be asked.
    models: Stamp,
    /// How many of the effects that wait were said to the others, or came from them.
    published: usize,
    beat_at_ms: u64,
    /// Edits of this node that are not stored yet: the version, and the number of the envelope.
    unstored: VecDeque<(Version, u64)>,
    /// When a text changed last.
    changed_at_ms: u64,
    is_cut_off: bool,
    /// Messages of nodes that were known already, and did not come in their turn.
    gaps: u64,
    /// What was deleted of each document at a revision, as a number.
    deletions: HashMap<DocumentPath, (u64, u64)>,
    /// The suggestions that are open on other nodes.
    shown: BTreeMap<(ParticipantId, RequestId), Shown>,
    /// What participants here said of suggestions of other nodes, until those answer, and how often it is still to be said again.
    endings: VecDeque<(ParticipantId, EndSuggestion, u8)>,
}

/// Another node.
#[derive(Debug)]
struct Peer {
    stay: u64,
    /// The number of the last envelope that came.
    number: u64,
    heard_at_ms: u64,
    /// It has something that this node lacks, or may have.
    lacks: bool,
    /// When it was asked for that last.
    asked_at_ms: Option<u64>,
    /// When the two were known to be the same last.
    equal_at_ms: u64,
    /// Its edits that it has not said are stored.
    unconfirmed: VecDeque<stored::Unconfirmed>,
    unconfirmed_bytes: usize,
}

/// A participant whose connection is, or was, on another node.
#[derive(Debug)]
struct Remote {
    home: NodeId,
    resident: Resident,
    /// Its node handed it over: when it is seen as away, and when it is gone, unless it comes back first.
    handed_over: Option<HandedOver>,
}

#[derive(Debug, Clone, Copy)]
struct HandedOver {
    away_at_ms: u64,
    until_ms: u64,
}

/// How an envelope stands to those that came from the same node before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// It is the next one.
    Next,
    /// Others before it were lost, or come later.
    Gap,
    /// A newer one came before it: what it says of states may be old.
    Old,
    /// It is of a stay that is over.
    Over,
}

impl Nodes {
    fn stamp(&self) -> Stamp {
        Stamp { at_ms: self.now_ms, node: self.node }
    }

    /// A stamp of now that is later than another, whatever the clock says.
    fn stamp_after(&self, last: Stamp) -> Stamp {
        let now = self.stamp();
        if now > last { now } else { Stamp { at_ms: last.at_ms + 1, node: self.node } }
    }

    /// Takes notice of an envelope's header.
    fn note(&mut self, header: Header) -> Order {
        let now = self.now_ms;
        let new = || Peer {
            stay: header.stay,
            number: 0,
            heard_at_ms: now,
            lacks: false,
            asked_at_ms: None,
            equal_at_ms: now,
            unconfirmed: VecDeque::new(),
            unconfirmed_bytes: 0,
        };
        let peer = self.peers.entry(header.node).or_insert_with(new);
        // It may be the first one that is known, and waits for signs of life from here.
        self.beat_at_ms = self.beat_at_ms.min(now + HEARTBEAT_MS);
        if header.stay < peer.stay {
            return Order::Over;
        }
        if header.stay > peer.stay {
            // What the stay before may not have stored is still to be stored.
            let (unconfirmed, unconfirmed_bytes) = (std::mem::take(&mut peer.unconfirmed), peer.unconfirmed_bytes);
            *peer = Peer { unconfirmed, unconfirmed_bytes, ..new() };
        }
        peer.heard_at_ms = now;
        let (expected, is_known) = (peer.number + 1, peer.number > 0);
        peer.number = peer.number.max(header.number);
        match header.number.cmp(&expected) {
            std::cmp::Ordering::Equal => Order::Next,
            std::cmp::Ordering::Less => Order::Old,
            std::cmp::Ordering::Greater => {
                peer.lacks = true;
                // Whoever is heard of for the first time has talked to others before.
                self.gaps += u64::from(is_known);
                Order::Gap
            }
        }
    }
}

impl RoomState {
    /// From here on the room is shared with other nodes.
    pub fn share(&mut self, node: NodeId, now: Now) {
        self.nodes = Some(Box::new(Nodes {
            node,
            stay: now.unix_ms,
            sent: 0,
            now_ms: now.unix_ms,
            peers: BTreeMap::new(),
            residents: BTreeMap::new(),
            since: HashMap::new(),
            language: Stamp::default(),
            last_author: Stamp::default(),
            models: Stamp::default(),
            published: self.effects.len(),
            beat_at_ms: now.unix_ms,
            unstored: VecDeque::new(),
            changed_at_ms: now.unix_ms,
            is_cut_off: false,
            gaps: 0,
            deletions: HashMap::new(),
            shown: BTreeMap::new(),
            endings: VecDeque::new(),
        }));
    }

    /// How late it is; before any input of a room that is shared.
    pub fn note_time(&mut self, now: Now) {
        if let Some(nodes) = &mut self.nodes {
            nodes.now_ms = now.unix_ms;
        }
    }

    /// Time goes by: says that this node lives, asks again for what did not come, and lets those go who are gone.
    pub fn beat(&mut self, now: Now) {
        self.publish_effects();
        self.note_time(now);
        let Some(nodes) = &mut self.nodes else { return };
        if nodes.beat_at_ms <= now.unix_ms {
            self.say_state(false);
            self.say_endings_again();
        }
        let counted = self.participants();
        self.drop_silent_nodes();
        self.expire_handed_over();
        self.ask_again();
        self.told_by_others(counted);
    }

    /// The other nodes can't be reached: everybody is told, and goes on.
    pub fn cut_off(&mut self, now: Now) {
        self.publish_effects();
        self.note_time(now);
        let Some(nodes) = self.nodes.as_mut().filter(|nodes| !nodes.is_cut_off) else { return };
        nodes.is_cut_off = true;
        self.effects.push(Effect::Broadcast { frame: apart(), except: None });
    }

    /// Tells who joined that the other nodes can't be reached, if that is so.
    pub fn tell_apart(&mut self, id: ParticipantId) {
        if self.nodes.as_ref().is_some_and(|nodes| nodes.is_cut_off) {
            self.effects.push(Effect::Send(id, apart()));
        }
    }

    /// How many gaps there were in what other nodes said since the last call.
    pub fn take_gaps(&mut self) -> u64 {
        self.nodes.as_mut().map_or(0, |nodes| std::mem::take(&mut nodes.gaps))
    }

    /// The other nodes can be reached, for the first time or again: they are asked who they are, and storage what they stored.
    pub fn connect(&mut self, now: Now) {
        self.publish_effects();
        self.note_time(now);
        let Some(nodes) = &mut self.nodes else { return };
        for peer in nodes.peers.values_mut() {
            // Nobody could be heard.
            peer.heard_at_ms = now.unix_ms;
            peer.lacks = true;
            peer.asked_at_ms = None;
        }
        if std::mem::take(&mut nodes.is_cut_off) {
            self.effects.push(Effect::ReadStorage);
        }
        self.say_state(true);
    }

    /// Whether so many other nodes were heard of, and nothing is missing of any.
    pub fn knows_others(&self, count: usize) -> bool {
        let Some(nodes) = &self.nodes else { return true };
        nodes.peers.len() >= count && nodes.peers.values().all(|peer| !peer.lacks)
    }

    /// Sends an event to every other node.
    fn say(&mut self, event: &Event) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.sent += 1;
        let header = Header { node: nodes.node, stay: nodes.stay, number: nodes.sent };
        match envelope::write(header, event) {
            Some(bytes) => self.effects.push(Effect::Publish(bytes)),
            None => {
                tracing::warn!(room = %self.id, "an event is too large for the other nodes; they find it in storage");
            }
        }
    }

    /// Marks what waits to be done as told by the others, who need not be told; `counted` is how many participants there were before.
    fn told_by_others(&mut self, counted: usize) {
        let count = self.participants();
        if count != counted {
            self.effects.push(Effect::PlainParticipants(count));
        }
        if let Some(nodes) = &mut self.nodes {
            nodes.published = self.effects.len();
        }
    }

    /// What waited is being done: nothing of it is looked at again.
    pub(super) fn forget_published(&mut self) {
        if let Some(nodes) = &mut self.nodes {
            nodes.published = 0;
        }
    }

    fn settings(&self) -> Settings {
        let stamps = self.nodes.as_ref().map(|nodes| (nodes.language, nodes.last_author, nodes.models));
        let (language, last_author, models) = stamps.unwrap_or_default();
        Settings {
            language: (language, self.content.language.clone()),
            last_author: (last_author, self.content.last_author.clone()),
            models: (models, self.content.models),
        }
    }
}

/// What everybody is told while the other nodes can't be reached.
fn apart() -> Arc<Frame> {
    let message = "this server can't reach the others that serve this room; people who are connected there see your \
                   edits, and you theirs, when it can again; go on typing";
    Frame::new(plain_error(ErrorCode::NodesUnreachable, message.to_owned()), 256)
}
