//! How suggestions end. Several may take one at the same time, each at once in their own text; the node of whoever asked says who was first, and
//! the others take back what they put in. From the first part on that somebody took, the rest is theirs alone.

use super::{Name, OPEN_FOR_MS, Proposal, RoomState};
use crate::room::{
    effect::{Effect, Now},
    frame::Frame,
    state::plain_error,
};
use protocol::{
    ErrorCode, ParticipantId,
    message::{
        client::{EndSuggestion, SuggestionEnd, SuggestionOutcome},
        server::{Error, PAST_TEXT_BYTES, SuggestionEnded, SuggestionHistory},
    },
};

/// Taken suggestions whose takers are remembered: more than can be taken while one round trip lasts.
const TAKEN_MAX: usize = 256;

impl RoomState {
    /// A participant ends a suggestion: their own, or another's that they took or put away; or takes a part of one. Whoever takes one that
    /// another took first is told so.
    pub fn end_suggestion(&mut self, from: ParticipantId, ending: &EndSuggestion) {
        let participant = ending.participant.unwrap_or(from);
        // Suggestions of whoever left ended with them.
        let is_elsewhere = self.is_elsewhere(participant);
        if !self.members.contains_key(&participant) && !is_elsewhere {
            let message = format!("no participant {participant} is in the room");
            let error = plain_error(ErrorCode::ParticipantNotFound, message);
            return self.tell_error(from, Error { request: Some(ending.request), ..error });
        }
        if participant != from && !self.may_edit(from, "end others' suggestions") {
            return;
        }
        if is_elsewhere {
            return self.end_elsewhere(from, ending);
        }
        self.end_here(from, ending);
    }

    /// A participant, here or on another node, ends a suggestion that runs here, or claims what is left of it.
    pub(in crate::room::state) fn end_here(&mut self, from: ParticipantId, ending: &EndSuggestion) {
        let name = (ending.participant.unwrap_or(from), ending.request);
        let outcome = outcome_of(ending);
        let is_taken = outcome.end() == SuggestionEnd::Accepted;
        match self.suggestions.open.get_mut(&name) {
            None if is_taken => self.answer_late(from, name),
            None => {}
            Some(Proposal { claim: Some((first, how)), .. }) if *first != from => {
                let (first, how) = (*first, *how);
                if is_taken {
                    self.tell_ended(from, SuggestionEnded { part: true, ..ended(name, how, first) });
                }
            }
            Some(one) if is_taken && ending.part => {
                let is_new = one.claim.replace((from, outcome)).is_none();
                let claimed = SuggestionEnded { part: true, ..ended(name, outcome, from) };
                if is_new {
                    self.effects.push(Effect::Broadcast { frame: Frame::new(claimed, 64), except: None });
                } else {
                    self.tell_ended(from, claimed);
                }
            }
            Some(_) => self.finish(name, outcome, from),
        }
    }

    /// Somebody took what is open no longer: they are told who was first, as long as that is known.
    fn answer_late(&mut self, from: ParticipantId, name: Name) {
        let known = self.suggestions.taken.iter().rev().find(|one| (one.participant, one.request) == name);
        if let Some(known) = known.cloned() {
            self.tell_ended(from, known);
        }
    }

    /// Answers one participant, on whatever node they are: everybody else passes over what they know.
    fn tell_ended(&mut self, to: ParticipantId, ended: SuggestionEnded) {
        let frame = Frame::new(ended, 64);
        let is_here = self.members.contains_key(&to);
        self.effects.push(if is_here { Effect::Send(to, frame) } else { Effect::Broadcast { frame, except: None } });
    }

    /// Suggestions that nobody wanted for long expire.
    pub(in crate::room::state) fn expire_suggestions(&mut self, now: Now) {
        let is_due = |one: &Proposal| one.done.is_some() && one.asked_ms.saturating_add(OPEN_FOR_MS) <= now.ms();
        let due: Vec<_> = self.suggestions.open.iter().filter(|(_, one)| is_due(one)).map(|(name, _)| *name).collect();
        for name in due {
            self.finish(name, SuggestionOutcome::Expired, name.0);
        }
    }

    /// The suggestions of a participant who leaves end with them, and what they have claimed.
    pub(in crate::room::state) fn end_suggestions_of(&mut self, id: ParticipantId) {
        let is_theirs = |name: &Name, one: &Proposal| name.0 == id || one.claim.is_some_and(|(by, _)| by == id);
        let open = self.suggestions.open.iter();
        let theirs: Vec<_> = open.filter(|(name, one)| is_theirs(name, one)).map(|(name, _)| *name).collect();
        for name in theirs {
            self.finish(name, SuggestionOutcome::Cancelled, id);
        }
    }

    /// Ends a suggestion: what makes it stops, everybody is told, and it becomes history. Of one that somebody took a part of by a key, that is
    /// what became of it.
    pub(super) fn finish(&mut self, name: Name, outcome: SuggestionOutcome, by: ParticipantId) {
        let Some(one) = self.suggestions.open.get(&name) else { return };
        let is_taken = outcome.end() == SuggestionEnd::Accepted;
        let (by, outcome) = match one.claim {
            Some((first, how)) if !is_taken && how != SuggestionOutcome::Typed => (first, how),
            _ => (by, outcome),
        };
        self.say_ended(name, outcome, by);
        let by = self.name_of(by);
        self.settle_suggestion(name, outcome, by);
    }

    fn name_of(&self, id: ParticipantId) -> Option<String> {
        let here = self.members.get(&id).map(|member| &member.participant);
        here.or_else(|| self.elsewhere().find(|one| one.id == id)).map(|one| one.name.clone())
    }

    /// Tells everybody that a suggestion has ended.
    pub(in crate::room::state) fn say_ended(&mut self, name: Name, outcome: SuggestionOutcome, by: ParticipantId) {
        let ended = ended(name, outcome, by);
        if ended.end == SuggestionEnd::Accepted {
            if self.suggestions.taken.len() == TAKEN_MAX {
                self.suggestions.taken.pop_front();
            }
            self.suggestions.taken.push_back(ended.clone());
        }
        self.effects.push(Effect::Broadcast { frame: Frame::new(ended, 64), except: None });
    }

    /// A suggestion has ended, as everybody knows: what makes it stops, and it becomes history.
    pub(in crate::room::state) fn settle_suggestion(
        &mut self,
        name: Name,
        outcome: SuggestionOutcome,
        by: Option<String>,
    ) {
        let Some(one) = self.suggestions.open.remove(&name) else { return };
        let (participant, request) = name;
        if one.done.is_none() && outcome != SuggestionOutcome::Failed {
            self.effects.push(Effect::CancelSuggestion(participant, request));
        }
        let was_taken = outcome.end() == SuggestionEnd::Accepted;
        // What came of itself and nobody took says nothing to anybody.
        if one.by_pause && !was_taken || one.text.is_empty() && outcome != SuggestionOutcome::Failed {
            return;
        }
        let by = by.unwrap_or_else(|| one.asker.clone());
        let past = vec![one.into_past(outcome, by)];
        self.keep_past(&past);
        let frame = Frame::new(SuggestionHistory { past }, 2 * PAST_TEXT_BYTES);
        self.effects.push(Effect::Broadcast { frame, except: None });
    }
}

/// What becomes of a suggestion by an ending: words that contradict each other count as the plain one.
pub(in crate::room::state) fn outcome_of(ending: &EndSuggestion) -> SuggestionOutcome {
    let fits = ending.outcome.filter(|outcome| outcome.end() == ending.end);
    fits.unwrap_or(ending.end.into())
}

fn ended((participant, request): Name, outcome: SuggestionOutcome, by: ParticipantId) -> SuggestionEnded {
    SuggestionEnded { participant, request, end: outcome.end(), by, outcome: Some(outcome), part: false }
}
