//! What the server asks for suggestions: the models one after the other, each within the limits, and the local engine last, which always
//! answers. Everything that comes out is cleaned and bounded here.

use super::{
    ITEMS_MAX, Item, Maker, SuggestError, SuggestionPiece, SuggestionProvider, SuggestionRequest, TEXT_BYTES_MAX,
    clean::Cleaner, limits::Limits,
};
use futures::{StreamExt, stream, stream::BoxStream};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

type Pieces = BoxStream<'static, Result<SuggestionPiece, SuggestError>>;

/// The providers in their order.
pub struct Chain {
    models: Vec<Arc<dyn SuggestionProvider>>,
    local: Arc<dyn SuggestionProvider>,
    limits: Arc<Limits>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.models.iter().chain([&self.local]).map(|one| one.maker())).finish()
    }
}

impl Chain {
    /// Models in the order in which they are tried, and what answers where none does.
    pub fn new(models: Vec<Arc<dyn SuggestionProvider>>, local: Arc<dyn SuggestionProvider>, limits: Limits) -> Self {
        Self { models, local, limits: Arc::new(limits) }
    }
}

impl SuggestionProvider for Chain {
    fn name(&self) -> &'static str {
        self.models.first().unwrap_or(&self.local).name()
    }

    fn model(&self) -> &str {
        self.models.first().unwrap_or(&self.local).model()
    }

    fn local_maker(&self) -> Option<Maker> {
        (!self.models.is_empty()).then(|| self.local.maker())
    }

    fn suggest(&self, request: SuggestionRequest, cancel: CancellationToken) -> Pieces {
        let models = if request.models { self.models.iter().cloned().collect() } else { VecDeque::new() };
        let first = models.front().unwrap_or(&self.local).maker();
        let run = Run {
            models,
            local: Some(Arc::clone(&self.local)),
            limits: Arc::clone(&self.limits),
            request,
            cancel: cancel.clone(),
            announced: first,
            current: None,
            ready: VecDeque::new(),
            cleaner: Cleaner::default(),
            text: String::new(),
            items: 1,
        };
        stream::unfold(run, Run::step).take_until(cancel.cancelled_owned()).boxed()
    }
}

/// A provider that answers.
struct Current {
    pieces: Pieces,
    is_model: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

/// One request on its way through the chain.
struct Run {
    /// Those that were not asked yet.
    models: VecDeque<Arc<dyn SuggestionProvider>>,
    /// The last one, until it was asked.
    local: Option<Arc<dyn SuggestionProvider>>,
    limits: Arc<Limits>,
    request: SuggestionRequest,
    cancel: CancellationToken,
    /// Whom the other side takes for the maker.
    announced: Maker,
    current: Option<Current>,
    ready: VecDeque<SuggestionPiece>,
    cleaner: Cleaner,
    text: String,
    items: usize,
}

impl Run {
    async fn step(mut self) -> Option<(Result<SuggestionPiece, SuggestError>, Self)> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some((Ok(piece), self));
            }
            let Some(current) = &mut self.current else {
                self.current = Some(self.next()?);
                continue;
            };
            let piece = current.pieces.next().await;
            // Whoever cancelled hears nothing more: what a provider then says is no failure.
            if self.cancel.is_cancelled() {
                return None;
            }
            match piece {
                Some(Ok(piece)) => self.take(piece),
                Some(Err(error)) => self.failed(&error),
                None if self.text.is_empty() => self.current = None,
                None => self.add_local().await,
            }
        }
    }

    /// The next provider that may be asked.
    fn next(&mut self) -> Option<Current> {
        while let Some(model) = self.models.pop_front() {
            match self.limits.spend(&self.request.spender) {
                Ok(permit) => return Some(self.ask(&model, true, Some(permit))),
                Err(over) => {
                    tracing::info!(provider = model.name(), reason = %over, "a model is not asked");
                    self.ready.push_back(SuggestionPiece::Problem(over.to_string()));
                    self.models.clear();
                }
            }
        }
        let local = self.local.take()?;
        Some(self.ask(&local, false, None))
    }

    fn ask(
        &mut self,
        provider: &Arc<dyn SuggestionProvider>,
        is_model: bool,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Current {
        let maker = provider.maker();
        if maker != self.announced {
            self.announced = maker.clone();
            self.ready.push_back(SuggestionPiece::MadeBy(maker));
        }
        let pieces = provider.suggest(self.request.clone(), self.cancel.clone());
        Current { pieces, is_model, _permit: permit }
    }

    fn take(&mut self, piece: SuggestionPiece) {
        match piece {
            SuggestionPiece::Text(text) => {
                let mut text = self.cleaner.clean(&text);
                text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX.saturating_sub(self.text.len())));
                if text.is_empty() {
                    return;
                }
                self.text.push_str(&text);
                self.ready.push_back(SuggestionPiece::Text(text));
            }
            SuggestionPiece::Alternative(item) => self.alternative(item),
            other @ (SuggestionPiece::MadeBy(_) | SuggestionPiece::Problem(_)) => self.ready.push_back(other),
        }
    }

    fn alternative(&mut self, mut item: Item) {
        item.text = Cleaner::default().clean(&item.text);
        item.text.truncate(item.text.floor_char_boundary(TEXT_BYTES_MAX));
        if self.items < ITEMS_MAX && !item.text.trim().is_empty() && item.text != self.text {
            self.items += 1;
            self.ready.push_back(SuggestionPiece::Alternative(item));
        }
    }

    /// A provider failed: with nothing of it on the screens the next one is asked, otherwise what is there is worth keeping.
    fn failed(&mut self, error: &SuggestError) {
        tracing::warn!(%error, "a provider of suggestions failed");
        let words = if self.text.is_empty() { error.to_string() } else { format!("cut short: {error}") };
        self.ready.push_back(SuggestionPiece::Problem(words));
        self.current = None;
        self.cleaner = Cleaner::default();
        if !self.text.is_empty() {
            self.models.clear();
            self.local = None;
        }
    }

    /// A model's text is complete: what the local engine would have said stands beside it.
    async fn add_local(&mut self) {
        let was_model = self.current.take().is_some_and(|current| current.is_model);
        self.models.clear();
        let Some(local) = self.local.take().filter(|_| was_model) else { return };
        let mut pieces = local.suggest(self.request.clone(), self.cancel.clone());
        let (mut text, mut lesser) = (String::new(), Vec::new());
        while let Some(Ok(piece)) = pieces.next().await {
            match piece {
                SuggestionPiece::Text(more) => text.push_str(&more),
                SuggestionPiece::Alternative(item) => lesser.push(item),
                SuggestionPiece::MadeBy(_) | SuggestionPiece::Problem(_) => {}
            }
        }
        // Its best text may be the last that comes whole, and few have room.
        self.alternative(Item { text, maker: local.maker() });
        for item in lesser {
            self.alternative(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Spender, *};
    use crate::suggest::{Who, options::Rates};
    use std::num::NonZeroU32;

    /// Says the same whenever it is asked.
    struct Scripted(&'static str, &'static [&'static str]);

    impl SuggestionProvider for Scripted {
        fn name(&self) -> &'static str {
            self.0
        }

        fn model(&self) -> &'static str {
            ""
        }

        fn suggest(&self, _: SuggestionRequest, _: CancellationToken) -> Pieces {
            let (last, lesser) = self.1.split_last().unwrap();
            let item = |text: &&str| Item { text: (*text).to_owned(), maker: self.maker() };
            let mut pieces: Vec<_> = lesser.iter().map(item).map(SuggestionPiece::Alternative).map(Ok).collect();
            pieces.push(Ok(SuggestionPiece::Text((*last).to_owned())));
            stream::iter(pieces).boxed()
        }
    }

    #[tokio::test]
    async fn beside_a_model_the_local_engine_s_best_text_comes_before_its_lesser_ones() {
        let local = Arc::new(Scripted("local", &["lesser", "least", "fourth", "best"]));
        let model = Arc::new(Scripted("model", &["said"]));
        let (one, at_once) = (NonZeroU32::MIN, 1);
        let rates = Rates { participant: one, room: one, server: one, at_once };
        let chain = Chain::new(vec![model], local, Limits::new(rates));
        let request = SuggestionRequest {
            code: String::new(),
            cursor: protocol::ByteOffset::START,
            language: "rust".to_owned(),
            models: true,
            spender: Spender { who: Who::Participant(protocol::ParticipantId::from_random(1)), room: None },
            of: None,
        };
        let pieces: Vec<_> = chain.suggest(request, CancellationToken::new()).collect().await;
        let beside = pieces.into_iter().filter_map(|piece| match piece.unwrap() {
            SuggestionPiece::Alternative(item) => Some(item.text),
            _ => None,
        });
        let beside: Vec<_> = beside.collect();
        assert_eq!(beside[..2], ["best", "lesser"]);
        assert_eq!(beside.len(), ITEMS_MAX - 1);
    }
}
