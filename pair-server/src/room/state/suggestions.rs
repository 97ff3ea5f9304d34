//! Suggestions in the room: asked for, streamed to all, kept on their place; and the history of those that ended. `suggestions/ending` says
//! how they end, and who was first to take one. Knows what makes them by name only.

use super::{RoomState, plain_error};
use crate::room::{
    effect::{Effect, Maker, Now, Suggest, SuggestionPolicy},
    frame::Frame,
};
use protocol::{
    Anchor, ByteOffset, DocumentPath, ErrorCode, ParticipantId, RequestId,
    message::{
        client::{RequestSuggestion, SetModels, SuggestionOutcome},
        server::{
            Error, PAST_TEXT_BYTES, PastSuggestion, SuggestionDelta, SuggestionDone, SuggestionEnded,
            SuggestionHistory, SuggestionSettings, SuggestionStarted,
        },
    },
    presence::Role,
    text::TextDelta,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

pub(super) mod ending;

/// Suggestions that one participant may have running at a time.
const RUNNING_MAX: usize = 16;

/// Complete suggestions that a room keeps open at a time; with one more the oldest expires.
pub(super) const OPEN_MAX: usize = 32;

/// A complete suggestion that nobody took or put away for so long expires, in milliseconds.
pub(super) const OPEN_FOR_MS: u64 = 10 * 60 * 1_000;

/// Suggestions of before that a newcomer gets to see. They live as long as the room is in memory; storage does not have them.
pub(super) const PAST_MAX: usize = 50;

/// Bytes of open suggestions that a newcomer is told of, the newest first: far less than an outbox may hold.
const REPLAY_BYTES_MAX: usize = 1 << 20;

/// What names a suggestion: who asked, and the number of the request.
type Name = (ParticipantId, RequestId);

/// A suggestion that runs, or is complete and open.
#[derive(Debug)]
struct Proposal {
    asker: String,
    document: DocumentPath,
    at: Anchor,
    /// Where the anchor is in the text as it is now.
    place: ByteOffset,
    maker: Maker,
    by_pause: bool,
    asked_ms: u64,
    text: String,
    done: Option<SuggestionDone>,
    /// Who took a part of it, and how: the rest is theirs alone.
    claim: Option<(ParticipantId, SuggestionOutcome)>,
}

/// An open suggestion, as everybody is shown it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) started: SuggestionStarted,
    /// All of its text so far.
    pub(super) text: String,
    pub(super) done: Option<SuggestionDone>,
}

/// The suggestions of one room.
#[derive(Debug, Default)]
pub(super) struct Suggestions {
    open: BTreeMap<Name, Proposal>,
    past: VecDeque<PastSuggestion>,
    /// Those that were taken last, the oldest first: whoever took one too, and did not know, is told who was first.
    taken: VecDeque<SuggestionEnded>,
    policy: SuggestionPolicy,
}

impl RoomState {
    /// Takes what the operator says about suggestions.
    #[must_use]
    pub fn with_suggestions(mut self, policy: SuggestionPolicy) -> Self {
        self.suggestions.policy = policy;
        self
    }

    /// A participant asks for a suggestion.
    pub fn request_suggestion(&mut self, from: ParticipantId, ask: &RequestSuggestion, now: Now) {
        let refuse = |code, message| Error {
            request: Some(ask.request),
            document: Some(ask.document.clone()),
            ..plain_error(code, message)
        };
        let Some((role, asker)) =
            self.members.get(&from).map(|member| &member.participant).map(|one| (one.role, one.name.clone()))
        else {
            return;
        };
        if !role.may_edit() {
            let message = "viewers can't ask for suggestions; ask an owner of the room for the editor role".to_owned();
            return self.tell_error(from, refuse(ErrorCode::Forbidden, message));
        }
        let Some((_, document)) = self.document(&ask.document) else {
            let error = refuse(ErrorCode::DocumentNotFound, format!("the room has no document {}", ask.document));
            return self.tell_error(from, error);
        };
        let Some(place) = document.resolve(&ask.at) else {
            let message = "the place of the suggestion is not in the document yet".to_owned();
            return self.tell_error(from, refuse(ErrorCode::SuggestionFailed, message));
        };
        let code = document.text();
        let name = (from, ask.request);
        let running = self.suggestions.open.iter().filter(|((who, _), one)| *who == from && one.done.is_none()).count();
        if running >= RUNNING_MAX || self.suggestions.open.get(&name).is_some_and(|one| one.done.is_none()) {
            let message = format!("request {} is running, or {RUNNING_MAX} others are; cancel one first", ask.request);
            return self.tell_error(from, refuse(ErrorCode::RateLimited, message));
        }
        let (maker, models) = (self.maker().clone(), self.uses_models());
        let proposal = Proposal {
            asker,
            document: ask.document.clone(),
            at: ask.at,
            place,
            maker,
            by_pause: ask.by_pause,
            asked_ms: now.ms(),
            text: String::new(),
            done: None,
            claim: None,
        };
        self.effects.push(Effect::Broadcast { frame: Frame::new(proposal.started(name), 256), except: None });
        self.suggestions.open.insert(name, proposal);
        let language = self.content.language.clone();
        let (request, document) = (ask.request, ask.document.clone());
        let suggest = Suggest { participant: from, request, document, code, cursor: place, language, models };
        self.effects.push(Effect::Suggest(suggest));
    }

    /// A suggestion goes on.
    pub fn suggestion_delta(&mut self, participant: ParticipantId, request: RequestId, text: String) {
        let running = self.suggestions.open.get_mut(&(participant, request)).filter(|one| one.done.is_none());
        if let Some(one) = running {
            one.text.push_str(&text);
            let cost = text.len();
            let frame = Frame::new(SuggestionDelta { participant, request, text }, cost);
            self.effects.push(Effect::Broadcast { frame, except: None });
        }
    }

    /// A suggestion is complete. It stays open until somebody takes it or puts it away.
    pub fn suggestion_done(&mut self, done: SuggestionDone, now: Now) {
        let name = (done.participant, done.request);
        let Some(one) = self.suggestions.open.get_mut(&name).filter(|one| one.done.is_none()) else { return };
        one.done = Some(done.clone());
        one.maker = Maker { provider: done.provider.clone(), model: done.model.clone() };
        let cost = 128 + done.items.iter().map(|item| item.text.len() + 64).sum::<usize>();
        self.effects.push(Effect::Broadcast { frame: Frame::new(done, cost), except: None });
        let complete = self.suggestions.open.iter().filter(|(_, one)| one.done.is_some());
        let oldest = complete.clone().min_by_key(|(_, one)| one.asked_ms).map(|(name, _)| *name);
        if complete.count() > OPEN_MAX
            && let Some(oldest) = oldest
        {
            self.finish(oldest, SuggestionOutcome::Expired, oldest.0);
        }
        self.expire_suggestions(now);
    }

    /// No suggestion could be made.
    pub fn suggestion_failed(&mut self, participant: ParticipantId, request: RequestId, message: String) {
        if self.suggestions.open.get(&(participant, request)).is_some_and(|one| one.done.is_none()) {
            let error = Error { request: Some(request), ..plain_error(ErrorCode::SuggestionFailed, message) };
            self.tell_error(participant, error);
            self.finish((participant, request), SuggestionOutcome::Failed, participant);
        }
    }

    /// A participant says whether the room's text may be sent to models.
    pub fn set_models(&mut self, from: ParticipantId, set: &SetModels) {
        if !self.may_edit(from, "say whether models may be asked") {
            return;
        }
        let role = self.members.get(&from).map(|member| member.participant.role);
        if set.models && self.content.access.owner_token.is_some() && role != Some(Role::Owner) {
            let message = "only owners of the room can let its text be sent to models".to_owned();
            return self.tell_error(from, plain_error(ErrorCode::Forbidden, message));
        }
        self.content.models = Some(set.models);
        self.effects.push(Effect::PersistMeta);
        let settings = SuggestionSettings { by: Some(from), ..self.suggestion_settings() };
        self.effects.push(Effect::Broadcast { frame: Frame::new(settings, 256), except: None });
    }

    /// Tells who joined how suggestions are made, what became of those before, and those that are open. A client that comes back
    /// passes over what it has complete already.
    pub fn welcome_suggestions(&mut self, id: ParticipantId) {
        let mut frames = vec![Frame::new(self.suggestion_settings(), 256)];
        if !self.suggestions.past.is_empty() {
            let past: Vec<_> = self.suggestions.past.iter().cloned().collect();
            let cost = past.len() * (PAST_TEXT_BYTES + 256);
            frames.push(Frame::new(SuggestionHistory { past }, cost));
        }
        frames.extend(replay(self.shown_here().chain(self.shown_elsewhere()).collect()));
        self.effects.extend(frames.into_iter().map(|frame| Effect::Send(id, frame)));
    }

    /// The suggestions of this node that anybody may take, as whoever does not know them is told.
    pub(super) fn shown_here(&self) -> impl Iterator<Item = Shown> {
        let open = self.suggestions.open.iter().filter(|(_, one)| one.claim.is_none());
        open.map(|(name, one)| Shown { started: one.started(*name), text: one.text.clone(), done: one.done.clone() })
    }

    /// What became of suggestions before, oldest first.
    pub(super) fn past_suggestions(&self) -> impl Iterator<Item = &PastSuggestion> {
        self.suggestions.past.iter()
    }

    /// Takes a history that another node has; gives what of it is new here, and is kept.
    pub(super) fn merge_past(&mut self, past: Vec<PastSuggestion>) -> Vec<PastSuggestion> {
        let mut new: Vec<_> = past.into_iter().filter(|one| !self.suggestions.past.contains(one)).collect();
        self.suggestions.past.extend(new.iter().cloned());
        self.suggestions.past.make_contiguous().sort_by_key(|one| one.at_ms);
        self.keep_past(&[]);
        new.retain(|one| self.suggestions.past.contains(one));
        new
    }

    /// Keeps suggestions on their places after a change of a document; those that are somebody's alone are in their hands. One whose place was deleted, with the text on both sides of it, dies.
    pub(super) fn suggestions_follow(&mut self, document: &DocumentPath, delta: &TextDelta) {
        let Some((_, text)) = self.content.documents.iter().find(|(path, _)| path == document) else { return };
        let mut dead = Vec::new();
        let stands = |one: &Proposal| one.document == *document && one.claim.is_none();
        for (name, one) in self.suggestions.open.iter_mut().filter(|(_, one)| stands(one)) {
            let mut place = one.place;
            for splice in &delta.splices {
                let gone = splice.range();
                if gone.start < place && place < gone.end {
                    dead.push(*name);
                    break;
                }
                place = splice.map(place, true);
            }
            one.place = text.resolve(&one.at).unwrap_or(place);
        }
        for name in dead {
            self.finish(name, SuggestionOutcome::Expired, name.0);
        }
    }

    /// Where a suggestion would go now.
    #[cfg(test)]
    pub(super) fn suggestion_place(&self, participant: ParticipantId, request: RequestId) -> Option<ByteOffset> {
        self.suggestions.open.get(&(participant, request)).map(|one| one.place)
    }

    /// Keeps what became of suggestions, the oldest of it only as long as there is room.
    pub(super) fn keep_past(&mut self, past: &[PastSuggestion]) {
        self.suggestions.past.extend(past.iter().cloned());
        while self.suggestions.past.len() > PAST_MAX {
            self.suggestions.past.pop_front();
        }
    }

    /// Whether the room's text may be sent to models.
    fn uses_models(&self) -> bool {
        let policy = &self.suggestions.policy;
        policy.allows_models && self.content.models.unwrap_or(policy.models_by_default)
    }

    /// What is asked first.
    fn maker(&self) -> &Maker {
        let policy = &self.suggestions.policy;
        if self.uses_models() { &policy.first } else { &policy.local }
    }

    pub(super) fn suggestion_settings(&self) -> SuggestionSettings {
        let Maker { provider, model } = self.maker().clone();
        let SuggestionPolicy { pause_ms, allows_models: changeable, .. } = self.suggestions.policy;
        SuggestionSettings { pause_ms, provider, model, models: self.uses_models(), changeable, by: None }
    }
}

/// Tells of open suggestions, the newest first, as far as they fit.
pub(super) fn replay(mut open: Vec<Shown>) -> Vec<Arc<Frame>> {
    open.sort_by_key(|one| std::cmp::Reverse(one.started.at_ms));
    let mut bytes = 0;
    let fits = |one: &Shown| {
        bytes += one.size();
        bytes <= REPLAY_BYTES_MAX
    };
    open.into_iter().take_while(fits).flat_map(Shown::frames).collect()
}

impl Shown {
    /// About how many bytes tell of it.
    pub(super) fn size(&self) -> usize {
        let items = self.done.iter().flat_map(|done| &done.items).map(|item| item.text.len() + 64);
        512 + self.text.len() + items.sum::<usize>()
    }

    fn frames(self) -> impl Iterator<Item = Arc<Frame>> {
        let (size, Self { started, text, done }) = (self.size(), self);
        let delta = SuggestionDelta { participant: started.participant, request: started.request, text };
        let (started, delta) = (Frame::new(started, 256), Frame::new(delta, size));
        [started, delta].into_iter().chain(done.map(|done| Frame::new(done, size)))
    }
}

impl Proposal {
    fn started(&self, (participant, request): Name) -> SuggestionStarted {
        SuggestionStarted {
            participant,
            request,
            document: self.document.clone(),
            at: self.at,
            provider: self.maker.provider.clone(),
            model: self.maker.model.clone(),
            at_ms: self.asked_ms,
            by_pause: self.by_pause,
        }
    }

    fn into_past(self, outcome: SuggestionOutcome, by: String) -> PastSuggestion {
        let mut text = self.text;
        text.truncate(text.floor_char_boundary(PAST_TEXT_BYTES));
        PastSuggestion {
            name: self.asker,
            document: self.document,
            provider: self.maker.provider,
            model: self.maker.model,
            at_ms: self.asked_ms,
            milliseconds: self.done.map(|done| done.milliseconds),
            text,
            outcome,
            by,
        }
    }
}
