//! Suggestions of a room that several nodes have open: each runs on the node of whoever asked, and everybody sees it; anybody may take it
//! or put it away. The others keep what is open, for those who come to them. Knows nothing of what makes suggestions.

use super::{
    super::{
        RoomState,
        suggestions::{OPEN_MAX, Shown, ending::outcome_of, replay},
    },
    Stamp,
};
use crate::{
    fanout::{NodeId, envelope::Event},
    room::{effect::Effect, frame::Frame},
};
use protocol::{
    ParticipantId, RequestId, ServerMessage,
    codec::Codec,
    message::{
        Blob,
        client::{EndSuggestion, SuggestionOutcome},
        server::{SuggestionDelta, SuggestionEnded, SuggestionHistory, SuggestionSettings, SuggestionStarted},
    },
};
use std::collections::HashSet;

/// Open suggestions of the other nodes that are kept, all nodes together.
const SHOWN_MAX: usize = 4 * OPEN_MAX;

/// Endings that other nodes have not answered yet, which are said again; beyond, the oldest is not.
const ENDINGS_MAX: usize = 64;

/// How often an ending is said again, with the node's signs of life, while there is no answer. To some there is none: to put away what has ended.
const ENDING_AGAIN: u8 = 3;

/// Bytes of one that is kept.
const SHOWN_BYTES_MAX: usize = 256 << 10;

impl RoomState {
    /// Everybody here is about to be told what another node says: what concerns suggestions that run here, those that are open there, or
    /// the history, is noted.
    pub(super) fn note_suggestions(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::SuggestionStarted(started) => drop(self.show_suggestion(started)),
            ServerMessage::SuggestionDelta(delta) => {
                let name = (delta.participant, delta.request);
                let Some(one) = self.nodes.as_mut().and_then(|nodes| nodes.shown.get_mut(&name)) else { return };
                one.text.push_str(&delta.text);
                if one.size() > SHOWN_BYTES_MAX {
                    self.forget_shown(name);
                }
            }
            ServerMessage::SuggestionDone(done) => {
                let name = (done.participant, done.request);
                if let Some(one) = self.nodes.as_mut().and_then(|nodes| nodes.shown.get_mut(&name)) {
                    one.done = Some(done.clone());
                }
            }
            ServerMessage::SuggestionEnded(ended) => {
                let name = (ended.participant, ended.request);
                self.forget_shown(name);
                if ended.part {
                    return self.forget_ending(name);
                }
                self.forget_ending(name);
                let by = self.elsewhere().find(|one| one.id == ended.by).map(|one| one.name.clone());
                let from = self.effects.len();
                self.settle_suggestion(name, ended.outcome.unwrap_or(ended.end.into()), by);
                self.publish_from(from);
            }
            ServerMessage::SuggestionHistory(history) => self.keep_past(&history.past),
            _ => {}
        }
    }

    /// The suggestions that are open on other nodes.
    pub(in crate::room::state) fn shown_elsewhere(&self) -> impl Iterator<Item = Shown> {
        self.nodes.iter().flat_map(|nodes| nodes.shown.values().cloned())
    }

    /// A suggestion of another node is open no longer.
    pub(in crate::room::state) fn forget_shown(&mut self, name: (ParticipantId, RequestId)) {
        if let Some(nodes) = &mut self.nodes {
            nodes.shown.remove(&name);
        }
    }

    /// A participant here ends a suggestion of another node: that node decides who was first, and tells everybody. While it can't be reached,
    /// those who are here decide among themselves.
    pub(in crate::room::state) fn end_elsewhere(&mut self, from: ParticipantId, ending: &EndSuggestion) {
        let name = (ending.participant.unwrap_or(from), ending.request);
        let Some(nodes) = self.nodes.as_mut() else { return };
        if nodes.is_cut_off {
            if nodes.shown.remove(&name).is_some() {
                self.say_ended(name, outcome_of(ending), from);
            }
            return;
        }
        if nodes.endings.len() == ENDINGS_MAX {
            nodes.endings.pop_front();
        }
        nodes.endings.push_back((from, ending.clone(), ENDING_AGAIN));
        self.say(&Event::EndSuggestion(from, ending.clone()));
    }

    /// A participant of another node ends a suggestion that runs here.
    pub(super) fn ended_elsewhere(&mut self, from: ParticipantId, ending: &EndSuggestion) {
        let asker = ending.participant.unwrap_or(from);
        if self.members.contains_key(&asker) {
            let effects = self.effects.len();
            self.end_here(from, ending);
            self.publish_from(effects);
        }
    }

    /// What was not answered may have been lost on the way.
    pub(super) fn say_endings_again(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        let mut endings = std::mem::take(&mut nodes.endings);
        for (from, ending, left) in &mut endings {
            *left -= 1;
            self.say(&Event::EndSuggestion(*from, ending.clone()));
        }
        endings.retain(|(.., left)| *left > 0);
        if let Some(nodes) = &mut self.nodes {
            nodes.endings = endings;
        }
    }

    fn forget_ending(&mut self, name: (ParticipantId, RequestId)) {
        if let Some(nodes) = &mut self.nodes {
            nodes.endings.retain(|(from, one, _)| (one.participant.unwrap_or(*from), one.request) != name);
        }
    }

    /// Keeps a suggestion that another node shows; gives false where it is known, or runs here.
    fn show_suggestion(&mut self, started: &SuggestionStarted) -> bool {
        let name = (started.participant, started.request);
        let Some(nodes) = self.nodes.as_mut().filter(|_| !self.members.contains_key(&started.participant)) else {
            return false;
        };
        let new = Shown { started: started.clone(), text: String::new(), done: None };
        let is_new = nodes.shown.insert(name, new).is_none();
        if nodes.shown.len() > SHOWN_MAX {
            let oldest = nodes.shown.iter().min_by_key(|(_, one)| one.started.at_ms).map(|(name, _)| *name);
            oldest.and_then(|oldest| nodes.shown.remove(&oldest));
        }
        is_new
    }

    /// What a node that asks is told of suggestions: the history, and what is open here.
    pub(super) fn told_suggestions(&self) -> Vec<Blob> {
        let past: Vec<_> = self.past_suggestions().cloned().collect();
        let history = (!past.is_empty()).then(|| Frame::new(SuggestionHistory { past }, 0));
        let frames = history.into_iter().chain(replay(self.shown_here().collect()));
        frames.map(|frame| Blob(frame.bytes(Codec::MessagePack))).collect()
    }

    /// A node answers what became of suggestions, and which are open there: whoever is here is told what they don't know.
    pub(super) fn take_suggestions(&mut self, from: NodeId, told: &[Blob]) {
        let mut open = HashSet::new();
        for message in told.iter().filter_map(|bytes| Codec::MessagePack.decode_server(&bytes.0).ok()) {
            match message {
                ServerMessage::SuggestionHistory(history) => {
                    let past = self.merge_past(history.past);
                    if !past.is_empty() {
                        self.tell_here(SuggestionHistory { past });
                    }
                }
                ServerMessage::SuggestionStarted(started) => {
                    let name = (started.participant, started.request);
                    open.insert(name);
                    let is_known = self.nodes.as_ref().is_some_and(|nodes| nodes.shown.contains_key(&name));
                    if !is_known && self.show_suggestion(&started) {
                        self.tell_here(started);
                    }
                }
                ServerMessage::SuggestionDelta(whole) => self.catch_up_shown(whole),
                ServerMessage::SuggestionDone(done) => {
                    let name = (done.participant, done.request);
                    let Some(one) = self.nodes.as_mut().and_then(|nodes| nodes.shown.get_mut(&name)) else { continue };
                    if one.done.is_none() {
                        one.done = Some(done.clone());
                        self.tell_here(done);
                    }
                }
                _ => {}
            }
        }
        self.end_shown_of(from, &open);
    }

    /// All of a suggestion's text as it is on its node: what is new of it is told.
    fn catch_up_shown(&mut self, whole: SuggestionDelta) {
        let name = (whole.participant, whole.request);
        let Some(one) = self.nodes.as_mut().and_then(|nodes| nodes.shown.get_mut(&name)) else { return };
        let Some(text) = whole.text.strip_prefix(one.text.as_str()).filter(|text| !text.is_empty()) else { return };
        let delta = SuggestionDelta { text: text.to_owned(), ..whole.clone() };
        one.text = whole.text;
        self.tell_here(delta);
    }

    /// A node has so many suggestions open; the others of it that are shown here ended, and this node missed it.
    fn end_shown_of(&mut self, home: NodeId, open: &HashSet<(ParticipantId, RequestId)>) {
        let Some(nodes) = &self.nodes else { return };
        let of_home = |id: &ParticipantId| nodes.residents.get(id).is_some_and(|remote| remote.home == home);
        let ended = nodes.shown.keys().filter(|name| of_home(&name.0) && !open.contains(name));
        for (participant, request) in ended.copied().collect::<Vec<_>>() {
            self.forget_shown((participant, request));
            self.forget_ending((participant, request));
            let outcome = SuggestionOutcome::Expired;
            self.tell_here(SuggestionEnded {
                participant,
                request,
                end: outcome.end(),
                by: participant,
                outcome: Some(outcome),
                part: false,
            });
        }
    }

    fn tell_here(&mut self, message: impl Into<ServerMessage>) {
        let frame = Frame::new(message, self.limits.chat_bytes);
        self.effects.push(Effect::Broadcast { frame, except: None });
    }

    /// Another node says whether the text may be sent to models. Without `by` it was missed, and may be missing in storage too.
    pub(super) fn take_models(&mut self, (stamp, models): (Stamp, Option<bool>), by: Option<ParticipantId>) {
        let Some(nodes) = self.nodes.as_mut().filter(|nodes| stamp > nodes.models) else { return };
        nodes.models = stamp;
        if std::mem::replace(&mut self.content.models, models) == models {
            return;
        }
        let settings = SuggestionSettings { by, ..self.suggestion_settings() };
        self.effects.push(Effect::Broadcast { frame: Frame::new(settings, 256), except: None });
        if by.is_none() {
            self.effects.push(Effect::PersistMeta);
        }
    }
}
