//! Suggestions that a room's task lets be made: each in a task of its own, whose pieces come back through the mailbox. Knows the provider's
//! trait, no provider.

use super::RoomTask;
use crate::{
    metrics::{suggestion::RunningSuggestion, values::SuggestionOutcome},
    room::{
        effect::Suggest,
        handle::{RoomInput, SuggestionReport},
    },
    suggest::SuggestionRequest,
};
use futures::StreamExt;
use protocol::message::server::SuggestionDone;
use std::sync::Arc;
use tracing::Instrument;

/// Bytes of a suggestion that the room gets to see; whatever the provider has beyond is left out.
const SUGGESTION_BYTES_MAX: usize = 8 << 10;

/// Pieces of a suggestion at most. All suggestions that one participant may have running fit into everybody's outbox.
const SUGGESTION_PIECES_MAX: usize = 1_024;

impl RoomTask {
    /// Takes notice of a suggestion's pieces and of its end.
    pub(super) fn suggestion(&mut self, report: SuggestionReport) {
        match report {
            SuggestionReport::Delta(participant, request, text) => {
                self.state.suggestion_delta(participant, request, text);
            }
            SuggestionReport::Done(done) => {
                self.suggestions.remove(&(done.participant, done.request));
                self.state.suggestion_done(done);
            }
            SuggestionReport::Failed(participant, request, message) => {
                self.suggestions.remove(&(participant, request));
                self.state.suggestion_failed(participant, request, message);
            }
        }
    }

    /// Makes a suggestion beside the room; its pieces come back through the mailbox.
    pub(super) fn suggest(&mut self, suggest: Suggest) {
        let Suggest { participant, request, code, cursor, language } = suggest;
        let cancel = self.services.shutdown.child_token();
        self.suggestions.insert((participant, request), cancel.clone());
        let provider = Arc::clone(&self.services.provider);
        let running = RunningSuggestion::begin(Arc::clone(&self.services.metrics), provider.name());
        let room = self.handle.clone();
        let span = tracing::info_span!("suggestion", room = %self.id, %participant, provider = provider.name());
        let making = async move {
            let mut pieces = provider.suggest(SuggestionRequest { code, cursor, language }, cancel.clone());
            let (mut bytes, mut count) = (0, 0);
            let mut outcome = SuggestionOutcome::Done;
            while let Some(piece) = pieces.next().await {
                bytes += piece.as_ref().map_or(0, String::len);
                count += 1;
                if bytes > SUGGESTION_BYTES_MAX || count > SUGGESTION_PIECES_MAX {
                    outcome = SuggestionOutcome::TooLong;
                    break;
                }
                let report = match piece {
                    Ok(text) => SuggestionReport::Delta(participant, request, text),
                    Err(error) => SuggestionReport::Failed(participant, request, error.to_string()),
                };
                let failed = matches!(report, SuggestionReport::Failed(..));
                if cancel.is_cancelled() || room.send(RoomInput::Suggestion(report)).await.is_err() {
                    return;
                }
                if failed {
                    return running.end(SuggestionOutcome::Failed);
                }
            }
            let done = SuggestionDone {
                participant,
                request,
                provider: provider.name().to_owned(),
                model: provider.model().to_owned(),
                milliseconds: u64::try_from(running.elapsed().as_millis()).unwrap_or(u64::MAX),
            };
            running.end(outcome);
            // A room that is gone needs no report.
            let _gone = room.send(RoomInput::Suggestion(SuggestionReport::Done(done))).await;
        };
        self.services.tracker.spawn(making.instrument(span));
    }
}
