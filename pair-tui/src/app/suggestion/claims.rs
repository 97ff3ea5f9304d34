//! What this participant took of suggestions, until the room says who was first: a take goes into the text at once, and several may take the
//! same. Knows ids of text, no text.

use super::Suggestion;
use protocol::{
    DocumentPath, ParticipantId, RequestId,
    document::update::IdRange,
    message::client::{EndSuggestion, SuggestionOutcome},
};
use std::collections::VecDeque;

/// Claims that are remembered; beyond, the oldest is forgotten, and what it took stays.
const CLAIMS_MAX: usize = 64;

/// What was taken of one suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who asked for it.
    pub participant: ParticipantId,
    /// Which of their requests.
    pub request: RequestId,
    /// Which document it is for.
    pub document: DocumentPath,
    /// The text that came of it, but what was typed by hand.
    pub taken: Vec<IdRange>,
    how: SuggestionOutcome,
    /// Whether it goes on here.
    is_part: bool,
    /// Who this participant was, each time that the room was told.
    takers: Vec<ParticipantId>,
}

impl Claim {
    fn is_of(&self, participant: ParticipantId, request: RequestId) -> bool {
        self.participant == participant && self.request == request
    }

    /// Whether this participant is, or was, somebody when the room was told.
    pub fn is_by(&self, who: ParticipantId) -> bool {
        self.takers.contains(&who)
    }

    /// What tells the room, where `me` is this participant.
    pub fn said(&self, me: Option<ParticipantId>) -> EndSuggestion {
        EndSuggestion {
            participant: Some(self.participant).filter(|who| Some(*who) != me),
            request: self.request,
            end: self.how.end(),
            outcome: Some(self.how),
            part: self.is_part,
        }
    }
}

/// All claims that the room has not settled, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Claims(VecDeque<Claim>);

impl Claims {
    /// Notes that something of a suggestion was taken; gives the claim where it is the first of that suggestion, and the room is to be told.
    pub fn take(
        &mut self,
        of: &Suggestion,
        how: SuggestionOutcome,
        ids: Option<IdRange>,
        me: Option<ParticipantId>,
    ) -> Option<&Claim> {
        let known = self.0.iter_mut().find(|claim| claim.is_of(of.participant, of.request));
        if let Some(known) = known {
            known.taken.extend(ids);
            known.how = how;
            return None;
        }
        if self.0.len() == CLAIMS_MAX {
            self.0.pop_front();
        }
        let (participant, request, document) = (of.participant, of.request, of.document.clone());
        let taken = ids.into_iter().collect();
        self.0.push_back(Claim {
            participant,
            request,
            document,
            taken,
            how,
            is_part: true,
            takers: me.into_iter().collect(),
        });
        self.0.back()
    }

    /// Nothing more of a suggestion will be taken.
    pub fn end(&mut self, participant: ParticipantId, request: RequestId, how: SuggestionOutcome) {
        if let Some(claim) = self.0.iter_mut().find(|claim| claim.is_of(participant, request)) {
            (claim.how, claim.is_part) = (how, false);
        }
    }

    /// Whether something of a suggestion was taken here.
    pub fn has(&self, participant: ParticipantId, request: RequestId) -> bool {
        self.0.iter().any(|claim| claim.is_of(participant, request))
    }

    /// The room says that this participant was first: what was taken stays, whatever becomes of the rest.
    pub fn confirm(&mut self, participant: ParticipantId, request: RequestId) {
        if let Some(claim) = self.0.iter_mut().find(|claim| claim.is_of(participant, request)) {
            claim.taken.clear();
        }
    }

    /// The room has settled whose a suggestion is.
    pub fn settle(&mut self, participant: ParticipantId, request: RequestId) -> Option<Claim> {
        let at = self.0.iter().position(|claim| claim.is_of(participant, request))?;
        self.0.remove(at)
    }

    /// The connection is new: gives what the room may not have heard. Claims of those who are not there any more are settled; of parts, nothing
    /// goes on but where `is_open` says so.
    pub fn again(
        &mut self,
        is_here: impl Fn(ParticipantId) -> bool,
        is_open: impl Fn(ParticipantId, RequestId) -> bool,
        me: Option<ParticipantId>,
    ) -> impl Iterator<Item = &Claim> {
        self.0.retain(|claim| is_here(claim.participant));
        for claim in &mut self.0 {
            claim.is_part &= is_open(claim.participant, claim.request);
            claim.takers.extend(me.filter(|me| !claim.takers.contains(me)));
        }
        self.0.iter()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
