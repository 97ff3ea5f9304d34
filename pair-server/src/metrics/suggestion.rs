//! How one suggestion went. Knows its provider's name, not the provider.

use super::{Metrics, values::SuggestionOutcome};
use std::{sync::Arc, time::Instant};

/// A suggestion that runs; when this is dropped it has ended. Without a word about how, nobody wanted it any more.
#[derive(Debug)]
pub struct RunningSuggestion {
    metrics: Arc<Metrics>,
    provider: String,
    begun: Instant,
    outcome: SuggestionOutcome,
}

impl RunningSuggestion {
    /// A provider begins.
    pub fn begin(metrics: Arc<Metrics>, provider: impl Into<String>) -> Self {
        Self { metrics, provider: provider.into(), begun: Instant::now(), outcome: SuggestionOutcome::Cancelled }
    }

    /// Another provider goes on.
    pub fn made_by(&mut self, provider: &str) {
        provider.clone_into(&mut self.provider);
    }

    /// How long it has run.
    pub fn elapsed(&self) -> std::time::Duration {
        self.begun.elapsed()
    }

    /// It ended in a known way.
    pub fn end(mut self, outcome: SuggestionOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for RunningSuggestion {
    fn drop(&mut self) {
        self.metrics.suggestion(&self.provider, self.outcome, self.begun.elapsed());
    }
}
