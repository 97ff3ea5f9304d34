//! Suggestions of a room that several nodes have open: each runs on the node of whoever asked, and everybody sees it; anybody may take it
//! or put it away. Knows nothing of what makes them.

use super::{super::RoomState, Stamp};
use crate::room::{effect::Effect, frame::Frame};
use protocol::{ParticipantId, ServerMessage, message::server::SuggestionSettings};

impl RoomState {
    /// Everybody here is about to be told what another node says: what concerns suggestions that run here, or the history, is noted.
    pub(super) fn note_suggestions(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::SuggestionEnded(ended) => {
                let name = (ended.participant, ended.request);
                let by = self.elsewhere().find(|one| one.id == ended.by).map(|one| one.name.clone());
                let from = self.effects.len();
                self.settle_suggestion(name, ended.outcome.unwrap_or(ended.end.into()), by);
                self.publish_from(from);
            }
            ServerMessage::SuggestionHistory(history) => self.keep_past(&history.past),
            _ => {}
        }
    }

    /// Another node says whether the text may be sent to models.
    pub(super) fn take_models(&mut self, (stamp, models): (Stamp, Option<bool>), by: Option<ParticipantId>) {
        let Some(nodes) = self.nodes.as_mut().filter(|nodes| stamp > nodes.models) else { return };
        nodes.models = stamp;
        if std::mem::replace(&mut self.content.models, models) == models {
            return;
        }
        let settings = SuggestionSettings { by, ..self.suggestion_settings() };
        self.effects.push(Effect::Broadcast { frame: Frame::new(settings, 256), except: None });
    }
}
