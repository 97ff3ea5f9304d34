//! The room's suggestions as its task sees them: made beside the room, their pieces come back through the mailbox. Knows the providers'
//! trait, no provider.

use super::{RoomServices, RoomTask};
use crate::{
    metrics::{suggestion::RunningSuggestion, values::SuggestionOutcome},
    room::{
        effect::{Maker, Now, Suggest, SuggestionPolicy},
        handle::{RoomHandle, RoomInput, SuggestionReport},
    },
    suggest::{self, RoomText, Spender, SuggestError, SuggestionPiece, SuggestionRequest, TEXT_BYTES_MAX, Who},
};
use futures::StreamExt;
use protocol::{
    ParticipantId, RequestId, RoomId,
    message::server::{SuggestionDone, SuggestionItem},
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Pieces of a suggestion at most. All suggestions that one participant may have running fit into everybody's outbox.
const PIECES_MAX: usize = 1_024;

/// What the operator says about the suggestions of all rooms.
#[derive(Debug, Clone, Default)]
pub struct SuggestionRules {
    /// After how long without a key clients ask by themselves; zero: they don't.
    pub pause: Duration,
    /// Whether a room's text may be sent to models where nobody in it has said.
    pub models_by_default: bool,
    /// Rooms whose text is never sent to a model.
    pub local_rooms: Arc<HashSet<RoomId>>,
}

impl RoomServices {
    /// What holds for one room.
    pub(in crate::room) fn suggestion_policy(&self, room: &RoomId) -> SuggestionPolicy {
        let rules = &self.suggestions;
        let local = self.provider.local_maker();
        SuggestionPolicy {
            pause_ms: u32::try_from(rules.pause.as_millis()).unwrap_or(u32::MAX),
            allows_models: local.is_some() && !rules.local_rooms.contains(room),
            models_by_default: rules.models_by_default,
            first: named(self.provider.maker()),
            local: named(local.unwrap_or_else(|| self.provider.maker())),
        }
    }
}

fn named(maker: suggest::Maker) -> Maker {
    Maker { provider: maker.provider, model: maker.model }
}

impl RoomTask {
    pub(super) fn suggestion(&mut self, report: SuggestionReport, now: Now) {
        match report {
            SuggestionReport::Delta(participant, request, text) => {
                self.state.suggestion_delta(participant, request, text);
            }
            SuggestionReport::Done(done) => {
                self.suggestions.remove(&(done.participant, done.request));
                self.state.suggestion_done(done, now);
            }
            SuggestionReport::Failed(participant, request, message) => {
                self.suggestions.remove(&(participant, request));
                self.state.suggestion_failed(participant, request, message);
            }
        }
    }

    /// Makes a suggestion beside the room; its pieces come back through the mailbox.
    pub(super) fn suggest(&mut self, suggest: Suggest) {
        let Suggest { participant, request, document, code, cursor, language, models } = suggest;
        let cancel = self.services.shutdown.child_token();
        if let Some(before) = self.suggestions.insert((participant, request), cancel.clone()) {
            before.cancel();
        }
        let spender = Spender { who: Who::Participant(participant), room: Some(self.id.clone()) };
        let provider = &self.services.provider;
        let maker = if models { provider.maker() } else { provider.local_maker().unwrap_or_else(|| provider.maker()) };
        let others = self.taught.news(&self.state.content().documents, &document);
        let of = Some(RoomText { room: self.id.clone(), document, others });
        let wanted = SuggestionRequest { code, cursor, language, models, spender, of };
        let pieces = provider.suggest(wanted, cancel.clone());
        let span = tracing::info_span!("suggestion", room = %self.id, %participant, provider = %maker.provider);
        let making = Making {
            room: self.handle.clone(),
            name: (participant, request),
            cancel,
            running: RunningSuggestion::begin(Arc::clone(&self.services.metrics), maker.provider.as_str()),
            maker,
            text: String::new(),
            others: Vec::new(),
            problems: Vec::new(),
        };
        self.services.tracker.spawn(making.run(pieces).instrument(span));
    }
}

/// One suggestion while it is made.
struct Making {
    room: RoomHandle,
    name: (ParticipantId, RequestId),
    cancel: CancellationToken,
    running: RunningSuggestion,
    maker: suggest::Maker,
    text: String,
    others: Vec<suggest::Item>,
    problems: Vec<String>,
}

impl Making {
    async fn run(mut self, mut pieces: impl futures::Stream<Item = Result<SuggestionPiece, SuggestError>> + Unpin) {
        let (participant, request) = self.name;
        let (mut count, mut outcome) = (0, SuggestionOutcome::Done);
        while let Some(piece) = pieces.next().await {
            count += 1;
            let report = match piece {
                Ok(SuggestionPiece::Text(text)) => {
                    if self.text.len() + text.len() > TEXT_BYTES_MAX || count > PIECES_MAX {
                        outcome = SuggestionOutcome::TooLong;
                        break;
                    }
                    self.text.push_str(&text);
                    SuggestionReport::Delta(participant, request, text)
                }
                Ok(SuggestionPiece::Alternative(item)) => {
                    self.others.push(item);
                    continue;
                }
                Ok(SuggestionPiece::MadeBy(maker)) => {
                    self.running.made_by(&maker.provider);
                    self.maker = maker;
                    continue;
                }
                Ok(SuggestionPiece::Problem(problem)) => {
                    self.problems.push(problem);
                    continue;
                }
                Err(error) => SuggestionReport::Failed(participant, request, error.to_string()),
            };
            let failed = matches!(report, SuggestionReport::Failed(..));
            if self.cancel.is_cancelled() || self.room.send(RoomInput::Suggestion(report)).await.is_err() {
                return;
            }
            if failed {
                return self.running.end(SuggestionOutcome::Failed);
            }
        }
        if !self.cancel.is_cancelled() {
            let room = self.room.clone();
            let done = self.done(outcome);
            // A room that is gone needs no report.
            let _gone = room.send(RoomInput::Suggestion(SuggestionReport::Done(done))).await;
        }
    }

    fn done(self, outcome: SuggestionOutcome) -> SuggestionDone {
        let milliseconds = u64::try_from(self.running.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.running.end(outcome);
        let (participant, request) = self.name;
        let item =
            |suggest::Item { text, maker }| SuggestionItem { text, provider: maker.provider, model: maker.model };
        let mut items = Vec::new();
        if !self.others.is_empty() {
            items.push(item(suggest::Item { text: self.text, maker: self.maker.clone() }));
            items.extend(self.others.into_iter().map(item));
        }
        SuggestionDone {
            participant,
            request,
            provider: self.maker.provider,
            model: self.maker.model,
            milliseconds,
            items,
            problem: Some(self.problems.join("; ")).filter(|problem| !problem.is_empty()),
        }
    }
}
