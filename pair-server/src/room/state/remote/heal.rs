//! What was missed is found and made good: nodes compare what they have, exchange state vectors and differences, and read what others
//! stored.

use super::{
    super::{CHAT_SHOWN, RoomState},
    stored::Unconfirmed,
};
use crate::{
    fanout::{
        NodeId,
        envelope::{Event, Have, Want},
    },
    room::{
        effect::{Effect, Now, SecretHash},
        frame::Frame,
    },
};
use bytes::Bytes;
use protocol::{
    ClientId, Document, DocumentPath, ParticipantId,
    document::{
        DocumentError, Refusal,
        update::{StateVector, UpdateSummary},
    },
    message::{
        Blob, DocumentState,
        server::{ChatMessage, Missing},
    },
};
use std::{collections::HashSet, sync::Arc};

/// A node that was asked and did not answer is asked again after this.
const ASK_AGAIN_MS: u64 = 1_500;

/// Two nodes whose texts differ are left alone while somebody types: what one has is on its way to the other. They are compared when
/// nothing has changed for so long,
const QUIET_MS: u64 = 1_000;

/// or after so long without a pause.
const BUSY_MS: u64 = 30_000;

/// Chat messages that nodes compare: the last ones, which every node has.
const CHAT_COMPARED: usize = 50;

/// What was found in storage that another node may have stored.
#[derive(Debug, Default)]
pub struct Found {
    /// Updates of documents, oldest first.
    pub updates: Vec<(DocumentPath, Bytes)>,
    /// Which secret CRDT client ids belong to.
    pub claims: Vec<(ClientId, SecretHash)>,
    /// Chat messages.
    pub chat: Vec<ChatMessage>,
}

/// What an update brought that is not from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absorbed {
    /// Nothing new.
    Nothing,
    /// Something that plain clients don't see.
    Unseen,
    /// The default document's text changed.
    Text,
}

impl RoomState {
    /// Messages of the others were dropped on the way into the room: everybody is asked.
    pub fn missed(&mut self, now: Now) {
        self.publish_effects();
        self.note_time(now);
        if let Some(nodes) = &mut self.nodes {
            nodes.peers.values_mut().for_each(|peer| peer.lacks = true);
        }
        self.ask_again();
    }

    /// What others stored was read.
    pub fn found(&mut self, found: Found, now: Now) {
        self.publish_effects();
        self.note_time(now);
        let counted = self.participants();
        for (client, secret) in found.claims {
            self.merge_claim(client, secret);
        }
        let mut waiting = found.updates;
        for (document, _) in &waiting {
            self.take_document(document.clone(), ParticipantId::from_random(0));
        }
        // One may come before another that it stands on: again as long as that brings something.
        loop {
            let before = waiting.len();
            waiting.retain(|(document, update)| self.take_difference(document, update).is_none());
            if waiting.is_empty() || waiting.len() == before {
                break;
            }
        }
        if !waiting.is_empty() {
            tracing::warn!(room = %self.id, updates = waiting.len(), "updates that others stored stand on some that are not there yet");
        }
        for message in found.chat {
            self.take_chat(message);
        }
        self.told_by_others(counted);
    }

    /// Applies an update that is not from here; tells everybody here by the frame that is made of it. None where something that it stands on is missing.
    pub(super) fn absorb(
        &mut self,
        path: &DocumentPath,
        update: &Bytes,
        frame: impl FnOnce(Bytes) -> Arc<Frame>,
    ) -> Option<Absorbed> {
        let Ok(summary) = UpdateSummary::read(update) else {
            tracing::warn!(room = %self.id, document = %path, "what another node sent as an update is none");
            return Some(Absorbed::Nothing);
        };
        let (index, document) = self.document(path)?;
        let is_new = summary.inserted.iter().any(|range| range.end > document.clock(range.client));
        if summary.inserted.iter().any(|range| range.start > document.clock(range.client)) {
            return None;
        }
        let delta = match document.apply_complete(update) {
            Ok(delta) => delta,
            Err(DocumentError::Refused(Refusal::Incomplete)) => return None,
            Err(error) => {
                tracing::error!(room = %self.id, document = %path, %error, "an update of another node can't be applied");
                return Some(Absorbed::Nothing);
            }
        };
        if !is_new && delta.is_empty() {
            return Some(Absorbed::Nothing);
        }
        self.snapshots.forget(path);
        if let Some(nodes) = &mut self.nodes {
            nodes.changed_at_ms = nodes.now_ms;
        }
        let frame = frame(update.clone());
        let inserted = summary.inserted;
        self.effects.push(Effect::BroadcastEdit { frame, except: None, document: path.clone(), inserted });
        if index == 0 && !delta.is_empty() {
            self.text_changed(&delta);
            self.trim_history();
            return Some(Absorbed::Text);
        }
        Some(Absorbed::Unseen)
    }

    /// Applies a difference; none where something that it stands on is missing.
    fn take_difference(&mut self, path: &DocumentPath, update: &Bytes) -> Option<Absorbed> {
        let absorbed = self.absorb(path, update, |update| {
            let cost = update.len();
            Frame::new(Missing { document: path.clone(), update: Blob(update) }, cost)
        });
        if absorbed == Some(Absorbed::Text) {
            self.effects.push(Effect::PlainText { author: self.content.last_author.clone(), every_one: false });
        }
        absorbed
    }

    /// Keeps a chat message for newcomers. Where there are other nodes, all of them keep the same ones in the same order, of two of the same
    /// moment too. Gives false where it is older than all that are kept.
    pub(in crate::room::state) fn keep_chat(&mut self, message: ChatMessage) -> bool {
        let place = |message: &ChatMessage| (message.at_ms, chat_key(message));
        let at = match &self.nodes {
            Some(_) => self.content.chat.partition_point(|known| place(known) <= place(&message)),
            None => self.content.chat.len(),
        };
        if at == 0 && self.content.chat.len() >= CHAT_SHOWN {
            return false;
        }
        self.content.chat.insert(at, ChatMessage { participant: None, ..message });
        if self.content.chat.len() > CHAT_SHOWN {
            self.content.chat.remove(0);
        }
        true
    }

    /// Asks a node for what it has and this one lacks.
    pub(super) fn want(&mut self, of: NodeId) {
        let Some(nodes) = &mut self.nodes else { return };
        let now = nodes.now_ms;
        let Some(peer) = nodes.peers.get_mut(&of) else { return };
        peer.lacks = true;
        if nodes.is_cut_off || peer.asked_at_ms.is_some_and(|at| at + ASK_AGAIN_MS > now) {
            return;
        }
        peer.asked_at_ms = Some(now);
        let documents = self.content.documents.iter().map(|(path, document)| DocumentState {
            document: path.clone(),
            state_vector: document.state_vector().into(),
        });
        let want = Want {
            to: of,
            documents: documents.collect(),
            chat: last_chat(&self.content.chat).map(chat_key).collect(),
        };
        self.say(&Event::Want(want));
    }

    /// Asks those again who did not answer.
    pub(super) fn ask_again(&mut self) {
        let Some(nodes) = &self.nodes else { return };
        let lacking = nodes.peers.iter().filter(|(_, peer)| peer.lacks).map(|(node, _)| *node);
        for node in lacking.collect::<Vec<_>>() {
            self.want(node);
        }
    }

    /// Compares what a node has with what this one has.
    pub(super) fn compare(&mut self, with: NodeId, digest: u64, deletions: Option<u64>) {
        let is_same =
            self.digest() == digest && deletions.is_none_or(|theirs| self.deletions().is_none_or(|own| own == theirs));
        let Some(nodes) = &mut self.nodes else { return };
        let (now, changed) = (nodes.now_ms, nodes.changed_at_ms);
        let Some(peer) = nodes.peers.get_mut(&with) else { return };
        if is_same {
            (peer.equal_at_ms, peer.lacks, peer.asked_at_ms) = (now, false, None);
        } else if changed + QUIET_MS <= now || peer.equal_at_ms + BUSY_MS <= now || peer.number <= 1 {
            self.want(with);
        }
    }

    /// Answers a node that asks; asks it back where it has what is missing here.
    pub(super) fn answer(&mut self, to: NodeId, want: &Want) {
        if self.nodes.as_ref().is_none_or(|nodes| nodes.node != want.to) {
            return;
        }
        let of = |path: &DocumentPath| want.documents.iter().find(|state| state.document == *path);
        let (mut documents, mut writers, mut has_more) = (Vec::new(), HashSet::new(), false);
        for (path, document) in &self.content.documents {
            let known = of(path).map(|state| &*state.state_vector).unwrap_or_default();
            let difference = document.difference(known).unwrap_or_else(|_| document.snapshot());
            if let Ok(summary) = UpdateSummary::read(&difference) {
                writers.extend(summary.writers());
            }
            has_more |= StateVector::read(known)
                .is_ok_and(|known| known.iter().any(|(client, clock)| clock > document.clock(client)));
            documents.push((path.clone(), Blob::from(difference)));
        }
        has_more |=
            want.documents.iter().any(|state| !self.content.documents.iter().any(|(path, _)| *path == state.document));
        let chat_known: HashSet<_> = want.chat.iter().copied().collect();
        let chat = last_chat(&self.content.chat).filter(|message| !chat_known.contains(&chat_key(message)));
        let chat: Vec<_> = chat.cloned().collect();
        let own: HashSet<_> = self.content.chat.iter().map(chat_key).collect();
        has_more |= want.chat.iter().any(|key| !own.contains(key));
        let claims = writers.into_iter().filter_map(|client| Some((client, *self.content.claims.get(&client)?)));
        let claims = claims.collect();
        let state = self.answer_state();
        self.say(&Event::Have(Have { to, documents, claims, chat, state }));
        if has_more {
            self.want(to);
        }
    }

    /// A node answered, this one or another.
    pub(super) fn take_what_was_missing(&mut self, from: NodeId, have: Have) {
        let Some(nodes) = &self.nodes else { return };
        if have.to == nodes.node {
            for (client, secret) in have.claims {
                self.merge_claim(client, secret);
            }
            let mut is_whole = true;
            for (path, update) in have.documents {
                self.take_document(path.clone(), ParticipantId::from_random(0));
                let absorbed = self.take_difference(&path, &update.0);
                is_whole &= absorbed.is_some();
                if absorbed.is_some_and(|absorbed| absorbed != Absorbed::Nothing) {
                    self.store_difference(path, update.0);
                }
            }
            for message in have.chat {
                self.take_chat(message);
            }
            if let Some(peer) = self.nodes.as_mut().and_then(|nodes| nodes.peers.get_mut(&from)) {
                peer.lacks = !is_whole;
                peer.asked_at_ms = peer.asked_at_ms.filter(|_| !is_whole);
            }
        }
        self.merge_state(from, have.state);
    }

    /// Stores what another node had and this one lacked: nobody knows whether whoever took it has stored it.
    fn store_difference(&mut self, document: DocumentPath, update: Bytes) {
        let Some(client) = self.content.documents.first().map(|(_, first)| first.client()) else { return };
        let (author, at_ms) = (self.content.last_author.clone(), self.content.updated_ms);
        let participant = ParticipantId::from_random(0);
        self.store_for(Unconfirmed { number: 0, participant, document, update, author, client, at_ms });
    }

    /// What the documents and the chat are, as a number that differs where they do.
    pub(super) fn digest(&self) -> u64 {
        let mut sum = 0_u64;
        for (path, document) in &self.content.documents {
            let mut hash = fold(FNV_OFFSET, path.as_str().as_bytes());
            hash = fold(hash, &document.state_vector());
            hash = fold(hash, &document.len_utf16().0.to_be_bytes());
            hash = fold(hash, &document.len().0.to_be_bytes());
            // In whatever order the documents were added.
            sum = sum.wrapping_add(hash);
        }
        last_chat(&self.content.chat).fold(sum, |sum, message| sum.wrapping_add(chat_key(message)))
    }

    /// What is deleted of the documents, as a number that differs where that does; none while a document waits for something. Of a document that
    /// does not change it is made once.
    pub(super) fn deletions(&mut self) -> Option<u64> {
        let known = &mut self.nodes.as_mut()?.deletions;
        self.content.documents.iter().try_fold(0_u64, |sum, (path, document)| {
            let revision = document.revision();
            let (of, mut number) = known.get(path).copied().unwrap_or((u64::MAX, 0));
            if of != revision {
                number = deleted(path, document);
                known.insert(path.clone(), (revision, number));
            }
            (!document.has_pending()).then_some(sum.wrapping_add(number))
        })
    }
}

/// What is deleted of a document as a number: a difference to itself is nothing else.
fn deleted(path: &DocumentPath, document: &Document) -> u64 {
    let hash = fold(FNV_OFFSET, path.as_str().as_bytes());
    let summary = document.difference(&document.state_vector()).ok().and_then(|bytes| UpdateSummary::read(&bytes).ok());
    summary.unwrap_or_default().deleted.iter().fold(hash, |hash, range| {
        let hash = fold(hash, &range.client.get().to_be_bytes());
        fold(fold(hash, &range.start.to_be_bytes()), &range.end.to_be_bytes())
    })
}

/// The chat messages that nodes compare.
fn last_chat(chat: &[ChatMessage]) -> impl Iterator<Item = &ChatMessage> {
    chat.iter().skip(chat.len().saturating_sub(CHAT_COMPARED))
}

/// A chat message as a number that differs where the message does. Nodes need not agree on ids for what is the same wherever it is read.
pub(super) fn chat_key(message: &ChatMessage) -> u64 {
    let hash = fold(FNV_OFFSET, &message.at_ms.to_be_bytes());
    fold(fold(hash, message.name.as_bytes()), message.text.as_bytes())
}

/// FNV-1a with 64 bits (draft-eastlake-fnv): the same on every machine and version, and nobody gains by a collision.
fn fold(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

const FNV_OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
