//! What happens here is said to the other nodes: read off the effects, so that whatever everybody here is told, everybody elsewhere is told.

use super::{super::RoomState, ALONE_MS, HEARTBEAT_MS};
use crate::{
    fanout::envelope::{Event, NodeEdit, NodePresence, NodeState, Seat},
    room::{
        effect::{Effect, Persist},
        frame::Frame,
    },
};
use protocol::{ParticipantId, ServerMessage, codec::Codec, message::Blob};

impl RoomState {
    /// Says what happened since the last call, unless others said it first.
    pub(in crate::room::state) fn publish_effects(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        let from = nodes.published;
        if from >= self.effects.len() {
            return;
        }
        self.publish_from(from);
        if let Some(nodes) = &mut self.nodes {
            nodes.published = self.effects.len();
        }
    }

    /// Says what the effects from one on are.
    pub(super) fn publish_from(&mut self, from: usize) {
        let effects = std::mem::take(&mut self.effects);
        let mut author = None;
        let mut events = Vec::new();
        for effect in effects.iter().skip(from) {
            let version = if let Effect::Persist(persist) = effect { Some(persist.version) } else { None };
            events.extend(self.event_of(effect, &mut author).map(|event| (event, version)));
        }
        self.effects = effects;
        for (event, version) in &events {
            self.say(event);
            if let Some(version) = version {
                self.said_unstored(*version);
            }
        }
    }

    /// What an effect is to the other nodes. An edit's broadcast names its `author`, the persist right behind it has the rest.
    fn event_of(&mut self, effect: &Effect, author: &mut Option<ParticipantId>) -> Option<Event> {
        match effect {
            Effect::BroadcastEdit { frame, .. } => {
                *author = match frame.message() {
                    ServerMessage::Edited(edited) => Some(edited.participant),
                    _ => None,
                };
                None
            }
            Effect::Persist(persist) => author.take().map(|participant| self.edit_event(participant, persist)),
            Effect::PlainText { author, every_one: true } => {
                if author.is_some() {
                    self.stamp_author();
                }
                let stamp = self.nodes.as_ref().map(|nodes| nodes.last_author).unwrap_or_default();
                Some(Event::PlainText(author.clone(), stamp))
            }
            Effect::Presence(of, frame) => presence_event(*of, frame),
            Effect::Broadcast { frame, .. } => self.broadcast_event(frame),
            Effect::PersistClaim(client, secret) => Some(Event::Claim(*client, *secret)),
            _ => None,
        }
    }

    fn edit_event(&mut self, participant: ParticipantId, persist: &Persist) -> Event {
        if persist.author.is_some() {
            self.stamp_author();
        }
        if let Some(nodes) = &mut self.nodes {
            nodes.changed_at_ms = nodes.now_ms;
        }
        Event::Edit(NodeEdit {
            document: persist.document.clone(),
            participant,
            update: Blob(persist.update.clone()),
            author: persist.author.clone(),
            client: persist.client,
            at_ms: persist.at_ms,
            is_plain: self.plain.contains_key(&participant),
        })
    }

    fn stamp_author(&mut self) {
        if let Some(nodes) = &mut self.nodes {
            nodes.last_author = nodes.stamp_after(nodes.last_author);
        }
    }

    fn broadcast_event(&mut self, frame: &Frame) -> Option<Event> {
        match frame.message() {
            ServerMessage::ParticipantJoined(joined) => {
                let id = joined.participant.id;
                if let Some(nodes) = &mut self.nodes {
                    nodes.since.insert(id, nodes.stamp());
                }
                self.resident(id).map(|resident| Event::Resident(Box::new(resident)))
            }
            ServerMessage::ParticipantChanged(changed) => {
                self.resident(changed.participant.id).map(|resident| Event::Resident(Box::new(resident)))
            }
            ServerMessage::ParticipantLeft(left) => {
                self.nodes.as_mut()?.since.remove(&left.participant);
                Some(Event::Left(left.participant))
            }
            ServerMessage::ChatMessage(message) => Some(Event::Chat(message.clone())),
            ServerMessage::LanguageChanged(changed) => {
                let nodes = self.nodes.as_mut()?;
                nodes.language = nodes.stamp_after(nodes.language);
                Some(Event::Settings(self.settings(), Some(changed.participant)))
            }
            ServerMessage::SuggestionSettings(settings) => {
                let nodes = self.nodes.as_mut()?;
                nodes.models = nodes.stamp_after(nodes.models);
                Some(Event::Settings(self.settings(), settings.by))
            }
            ServerMessage::DocumentAdded(added) => Some(Event::Document(added.document.clone(), added.participant)),
            message if is_notice(message) => Some(Event::Notice(Blob(frame.bytes(Codec::MessagePack)))),
            _ => None,
        }
    }

    /// Says what this node is as a whole; with `asks`, everybody answers with the same.
    pub(super) fn say_state(&mut self, asks: bool) {
        if self.nodes.is_some() {
            let state = self.node_state(asks);
            self.say(&Event::State(state));
        }
    }

    /// What a node is told that asks what this one is like.
    pub(super) fn answer_state(&mut self) -> NodeState {
        let (suggestions, waiting) = (Some(self.told_suggestions()), self.waiting());
        NodeState { suggestions, waiting, ..self.node_state(false) }
    }

    pub(super) fn node_state(&mut self, asks: bool) -> NodeState {
        if let Some(nodes) = &mut self.nodes {
            nodes.beat_at_ms = nodes.now_ms + if nodes.peers.is_empty() { ALONE_MS } else { HEARTBEAT_MS };
        }
        NodeState {
            residents: self.residents(),
            settings: self.settings(),
            digest: self.digest(),
            deletions: self.deletions(),
            suggestions: None,
            waiting: Vec::new(),
            stored: self.stored_number(),
            asks,
        }
    }
}

fn presence_event(of: ParticipantId, frame: &Frame) -> Option<Event> {
    let ServerMessage::PresenceChanged(changed) = frame.message() else { return None };
    let seat = frame.awareness().map(|(document, entry)| Seat::new(document.clone(), Some(entry.clone())));
    Some(Event::Presence(NodePresence { participant: of, presence: changed.presence.clone(), seat }))
}

/// Whether a message is for everybody in the room as it is, on every node.
pub(super) fn is_notice(message: &ServerMessage) -> bool {
    matches!(
        message,
        ServerMessage::Summoned(_)
            | ServerMessage::SuggestionStarted(_)
            | ServerMessage::SuggestionDelta(_)
            | ServerMessage::SuggestionDone(_)
            | ServerMessage::SuggestionEnded(_)
            | ServerMessage::SuggestionHistory(_)
    )
}
