//! What the other nodes say: read, put in its place among what came before, and carried out.

use super::{
    super::RoomState,
    Order,
    heal::{Absorbed, chat_key},
    publish::is_notice,
    stored::Unconfirmed,
};
use crate::{
    fanout::{
        NodeId,
        envelope::{self, Event, Header, NodeEdit, NodeState, Settings, Stamp},
    },
    room::{
        effect::{Effect, Now},
        frame::Frame,
    },
};
use protocol::{
    Document, DocumentPath, ParticipantId,
    codec::Codec,
    limits::LANGUAGE_MAX_BYTES,
    message::{
        Blob,
        server::{ChatMessage, DocumentAdded, Edited, LanguageChanged, ParticipantChanged},
    },
    presence::Role,
};

/// Bytes of another node's chat message at most. Its own bound, which it keeps, may be another one than this node's.
const CHAT_BYTES_MAX: usize = 64 << 10;

impl RoomState {
    /// Another node said something.
    pub fn receive(&mut self, bytes: &[u8], now: Now) {
        self.publish_effects();
        self.note_time(now);
        let (header, event) = match envelope::read(bytes) {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(room = %self.id, %error, "a message of another node is skipped");
                return;
            }
        };
        let counted = self.participants();
        let Some(nodes) = self.nodes.as_mut().filter(|nodes| nodes.node != header.node) else { return };
        let order = nodes.note(header);
        match order {
            Order::Over => return,
            Order::Old => self.take_late(header, event),
            Order::Next | Order::Gap => self.take(header, event),
        }
        self.ask_again();
        self.told_by_others(counted);
    }

    /// Carries out what a node says.
    fn take(&mut self, header: Header, event: Event) {
        let from = header.node;
        match event {
            Event::Presence(moved) => self.move_resident(from, moved),
            Event::Resident(resident) => self.put_resident(from, *resident, None),
            Event::Left(id) => self.drop_resident(from, id),
            Event::Role(id, role) => self.set_role_here(id, role),
            Event::Notice(message) => self.pass_on(&message),
            Event::State(state) => self.take_state(from, state),
            Event::Want(want) => self.answer(from, &want),
            Event::Have(have) => self.take_what_was_missing(from, have),
            Event::Handover(residents) => self.keep_handed_over(from, residents),
            Event::Goodbye => {
                self.drop_node(from);
                self.effects.push(Effect::ReadStorage);
            }
            Event::Edit(edit) => {
                if !self.take_edit(header, edit) {
                    self.want(from);
                }
            }
            event => self.take_late(header, event),
        }
    }

    /// Carries out what does no harm when it comes late: whatever orders itself.
    fn take_late(&mut self, header: Header, event: Event) {
        match event {
            // One that fits nowhere is in what the gap made this node ask for.
            Event::Edit(edit) => {
                self.take_edit(header, edit);
            }
            Event::PlainText(author, stamp) => self.show_plain_text(author, stamp),
            Event::Chat(message) => self.take_chat(message),
            Event::Document(document, by) => self.take_document(document, by),
            Event::Settings(settings, by) => self.take_settings(settings, by),
            Event::Claim(client, secret) => self.merge_claim(client, secret),
            Event::EndSuggestion(from, ending) => self.ended_elsewhere(from, &ending),
            _ => {}
        }
    }

    /// Somebody on another node edited a document; gives false where something that it stands on is missing. Who may edit what, and the
    /// size, was checked there: to refuse here what the others have would only part the texts.
    fn take_edit(&mut self, header: Header, edit: NodeEdit) -> bool {
        let NodeEdit { document, participant, update, author, client, at_ms, is_plain } = edit;
        let Some(absorbed) = self.absorb(&document, &update.0, |update| {
            let cost = update.len();
            Frame::new(Edited { document: document.clone(), participant, update: Blob(update) }, cost)
        }) else {
            return false;
        };
        self.content.updated_ms = self.content.updated_ms.max(at_ms);
        self.take_author(author.as_ref(), Stamp { at_ms, node: header.node });
        if absorbed == Absorbed::Nothing {
            return true;
        }
        if absorbed == Absorbed::Text && !is_plain {
            self.effects.push(Effect::PlainText { author: author.clone(), every_one: false });
        }
        let (number, update) = (header.number, update.0);
        self.keep_unconfirmed(
            header.node,
            Unconfirmed { number, participant, document, update, author, client, at_ms },
        );
        true
    }

    /// A plain client on another node sent a text: as here, every plain client gets one then, whether it changed anything or not.
    fn show_plain_text(&mut self, author: Option<String>, stamp: Stamp) {
        self.take_author(author.as_ref(), stamp);
        self.effects.push(Effect::PlainText { author, every_one: true });
    }

    fn take_author(&mut self, author: Option<&String>, stamp: Stamp) {
        let Some(nodes) = &mut self.nodes else { return };
        if author.is_some() && stamp > nodes.last_author {
            nodes.last_author = stamp;
            self.content.last_author = author.cloned();
            self.content.updated_ms = self.content.updated_ms.max(stamp.at_ms);
        }
    }

    /// Somebody on another node said something; what is known is not said twice. What is older than all that is kept was known once.
    pub(super) fn take_chat(&mut self, message: ChatMessage) {
        let key = chat_key(&message);
        let is_known = self.content.chat.iter().any(|known| chat_key(known) == key);
        if is_known || message.text.len() > CHAT_BYTES_MAX {
            return;
        }
        if !self.keep_chat(message.clone()) {
            return;
        }
        let cost = message.text.len() + message.name.len();
        self.effects.push(Effect::Broadcast { frame: Frame::new(message, cost), except: None });
    }

    /// A document was added on another node.
    pub(super) fn take_document(&mut self, document: DocumentPath, by: ParticipantId) {
        if self.document(&document).is_some() {
            return;
        }
        let Some(client) = self.content.documents.first().map(|(_, first)| first.client()) else { return };
        self.content.documents.push((document.clone(), Document::new(client)));
        // Edits of it may be stored from here before the other node has stored that it is there.
        self.effects.push(Effect::PersistDocument(document.clone()));
        let frame = Frame::new(DocumentAdded { document, participant: by }, 256);
        self.effects.push(Effect::Broadcast { frame, except: None });
    }

    /// A setting changed on another node. Without `by` it is one that was missed, and may be missing in storage too.
    fn take_settings(&mut self, settings: Settings, by: Option<ParticipantId>) {
        let Some(nodes) = &mut self.nodes else { return };
        let Settings { language: (stamp, language), last_author: (author_stamp, last_author), models } = settings;
        if author_stamp > nodes.last_author {
            nodes.last_author = author_stamp;
            self.content.last_author = last_author;
            self.content.updated_ms = self.content.updated_ms.max(author_stamp.at_ms);
        }
        if stamp > nodes.language {
            nodes.language = stamp;
            self.take_language(language, by);
        }
        self.take_models(models, by);
    }

    fn take_language(&mut self, language: String, by: Option<ParticipantId>) {
        if language == self.content.language || language.is_empty() || language.len() > LANGUAGE_MAX_BYTES {
            return;
        }
        self.content.language.clone_from(&language);
        let participant = by.unwrap_or(ParticipantId::from_random(0));
        let frame = Frame::new(LanguageChanged { language, participant }, 128);
        self.effects.push(Effect::Broadcast { frame, except: None });
        if by.is_none() {
            self.effects.push(Effect::PersistMeta);
        }
    }

    /// An owner on another node gave somebody here another role.
    fn set_role_here(&mut self, id: ParticipantId, role: Role) {
        let Some(member) = self.members.get_mut(&id) else { return };
        member.participant.role = role;
        let frame = Frame::new(ParticipantChanged { participant: member.participant.clone() }, 256);
        self.effects.push(Effect::Broadcast { frame, except: None });
        self.say_resident(id);
    }

    /// An owner here gives somebody on another node another role; gives whether they are on one.
    pub(in crate::room::state) fn set_role_elsewhere(&mut self, id: ParticipantId, role: Role) -> bool {
        let is_elsewhere = self.is_elsewhere(id);
        if is_elsewhere {
            self.say(&Event::Role(id, role));
        }
        is_elsewhere
    }

    /// A message that is for everybody as it is.
    fn pass_on(&mut self, message: &Blob) {
        match Codec::MessagePack.decode_server(&message.0) {
            Ok(message) if is_notice(&message) => {
                self.note_suggestions(&message);
                let frame = Frame::new(message, message_cost(&self.limits));
                self.effects.push(Effect::Broadcast { frame, except: None });
            }
            Ok(message) => {
                tracing::warn!(room = %self.id, word = message.type_word(), "a node passes on what is no notice");
            }
            Err(error) => tracing::debug!(room = %self.id, %error, "a notice of another node can't be read"),
        }
    }

    /// A node says what it is as a whole.
    pub(super) fn take_state(&mut self, from: NodeId, state: NodeState) {
        let (digest, deletions, asks) = (state.digest, state.deletions, state.asks);
        self.merge_state(from, state);
        if asks {
            let state = self.answer_state();
            self.say(&Event::State(state));
        }
        self.compare(from, digest, deletions);
    }

    pub(super) fn merge_state(&mut self, from: NodeId, state: NodeState) {
        self.confirm(from, state.stored);
        self.replace_residents(from, state.residents);
        self.take_waiting(state.waiting);
        self.take_settings(state.settings, None);
        if let Some(told) = state.suggestions {
            self.take_suggestions(from, &told);
        }
    }
}

/// About what a notice takes: a piece of a suggestion at most.
fn message_cost(limits: &protocol::Limits) -> usize {
    limits.chat_bytes
}
