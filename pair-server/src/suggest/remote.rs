//! A server of models as a provider: asks it, reads its stream, keeps to the time-outs, and leaves it alone for as long as it wants to be.
//! How each kind of server speaks is a `Dialect`.

use super::{
    Item, Maker, SuggestError, SuggestionPiece, SuggestionProvider, SuggestionRequest, TEXT_BYTES_MAX,
    events::{EventReader, Framing},
    fence::Fence,
    http::{Answer, ClientError, HttpClient, endpoint, next_bytes},
    llamacpp::LlamaCpp,
    ollama::Ollama,
    openai::{Chat, Completions},
    options::{ModelOptions, ProviderKind, SuggestOptions, TimeOuts},
    window::{Window, WindowSize},
};
use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};
use http::{StatusCode, Uri};
use hyper::body::Incoming;
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Events of one answer that may be no events; with more the answer counts as broken.
const MALFORMED_MAX: usize = 8;

/// Bytes of one answer at most, whatever they say.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// What one event says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Texts go on, each with its number.
    Texts {
        /// Number and text.
        texts: Vec<(usize, String)>,
        /// Nothing follows.
        is_last: bool,
    },
    /// Nothing follows.
    End,
    /// The server failed while it answered.
    Failed,
}

/// How one kind of server is spoken to.
pub(super) trait Dialect: Send + Sync + 'static {
    /// The provider's name.
    fn name(&self) -> &'static str;
    /// The endpoint.
    fn path(&self) -> &'static str;
    /// What is asked.
    fn body(&self, window: &Window) -> Value;
    /// What an event says; none where it is no event of this dialect.
    fn read(&self, event: &[u8]) -> Option<Reading>;
    /// Whether the model may put a code fence around its answer.
    fn may_fence(&self) -> bool {
        false
    }
}

/// A server of models.
pub struct Remote {
    dialect: Box<dyn Dialect>,
    options: ModelOptions,
    url: Uri,
    client: HttpClient,
    window: WindowSize,
    time_outs: TimeOuts,
    /// Until when it wants to be left alone.
    busy_until: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("url", &self.url).field("options", &self.options).finish_non_exhaustive()
    }
}

/// Why a provider can't be made from its options.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// There is no HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The address is none.
    #[error("the address of a model is wrong: {0}")]
    Address(String),
}

/// All servers of models that the options name, in their order.
///
/// # Errors
/// [`ProviderError`] names what is wrong in the options.
pub fn remotes(options: &SuggestOptions) -> Result<Vec<Arc<Remote>>, ProviderError> {
    if options.models.is_empty() {
        return Ok(Vec::new());
    }
    let client = HttpClient::new(options.ca_file.as_deref())?;
    let remote = |model: &ModelOptions| {
        let (own, max_tokens) = (model.clone(), options.max_tokens);
        let dialect: Box<dyn Dialect> = match model.kind {
            ProviderKind::OpenAiCompletions => Box::new(Completions { options: own, max_tokens }),
            ProviderKind::OpenAiChat => Box::new(Chat { options: own, max_tokens }),
            ProviderKind::Ollama => Box::new(Ollama { options: own, max_tokens }),
            ProviderKind::LlamaCpp => Box::new(LlamaCpp { options: own, max_tokens }),
        };
        let url = endpoint(model, dialect.path()).map_err(ProviderError::Address)?;
        Ok(Arc::new(Remote {
            dialect,
            options: model.clone(),
            url,
            client: client.clone(),
            window: options.window,
            time_outs: options.time_outs,
            busy_until: Mutex::default(),
        }))
    };
    options.models.iter().map(remote).collect()
}

impl SuggestionProvider for Arc<Remote> {
    fn name(&self) -> &'static str {
        self.dialect.name()
    }

    fn model(&self) -> &str {
        &self.options.model
    }

    fn suggest(
        &self,
        request: SuggestionRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<SuggestionPiece, SuggestError>> {
        let window = Window::of(&request, self.window);
        let conversation = Conversation::new(Arc::clone(self), &window);
        // What is dropped when it is cancelled closes its connection, and the server stops making what nobody wants.
        stream::unfold(conversation, Conversation::step).take_until(cancel.cancelled_owned()).boxed()
    }
}

impl Remote {
    fn failed(&self, reason: impl Into<String>) -> SuggestError {
        SuggestError::Failed { provider: self.dialect.name(), reason: reason.into() }
    }

    /// How long it wants to be left alone yet.
    fn busy_for(&self) -> Option<Duration> {
        let until = (*self.busy_until.lock().unwrap_or_else(PoisonError::into_inner))?;
        until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    fn be_quiet(&self, wait: Duration) -> SuggestError {
        *self.busy_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + wait);
        self.busy(wait)
    }

    fn busy(&self, wait: Duration) -> SuggestError {
        SuggestError::Busy {
            provider: self.dialect.name(),
            seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
        }
    }

    fn refused(&self, status: StatusCode) -> SuggestError {
        // Of the answer's body nothing is told on: some servers repeat the key in it.
        let hint = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "; check its key",
            StatusCode::NOT_FOUND => "; check its address and the model's name",
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                "; it may take no suffix, or not know the model"
            }
            _ => "",
        };
        self.failed(format!("it answered {status}{hint}"))
    }
}

/// One request with its answer.
struct Conversation {
    remote: Arc<Remote>,
    body: Bytes,
    begun: Instant,
    /// The answer; none before it has begun.
    answer: Option<(Incoming, EventReader)>,
    ready: VecDeque<Result<SuggestionPiece, SuggestError>>,
    /// The texts beside the first one.
    others: BTreeMap<usize, String>,
    fence: Option<Fence>,
    text_bytes: usize,
    answer_bytes: usize,
    malformed: usize,
    last_text: Option<Instant>,
    is_over: bool,
}

impl Conversation {
    fn new(remote: Arc<Remote>, window: &Window) -> Self {
        let body = Bytes::from(remote.dialect.body(window).to_string());
        let fence = remote.dialect.may_fence().then(Fence::default);
        Self {
            remote,
            body,
            begun: Instant::now(),
            answer: None,
            ready: VecDeque::new(),
            others: BTreeMap::new(),
            fence,
            text_bytes: 0,
            answer_bytes: 0,
            malformed: 0,
            last_text: None,
            is_over: false,
        }
    }

    async fn step(mut self) -> Option<(Result<SuggestionPiece, SuggestError>, Self)> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some((piece, self));
            }
            if self.is_over {
                return None;
            }
            let (deadline, error) = self.deadline();
            let outcome = tokio::time::timeout_at(deadline, self.go_on()).await;
            if let Err(error) = outcome.unwrap_or(Err(error)) {
                self.is_over = true;
                self.ready.push_back(Err(error));
            }
        }
    }

    /// When the next text must be here, and what it means if it is not.
    fn deadline(&self) -> (Instant, SuggestError) {
        let TimeOuts { first, between, total } = self.remote.time_outs;
        let error = |what, time: Duration| SuggestError::TimedOut {
            provider: self.remote.dialect.name(),
            what,
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        };
        let next = match self.last_text {
            None => (self.begun + first, error("said nothing", first)),
            Some(last) => (last + between, error("did not go on", between)),
        };
        let end = self.begun + total;
        if next.0 <= end { next } else { (end, error("was not done", total)) }
    }

    /// Connects, or reads on. Cancel safe as far as it matters: after a time-out nothing is read any more.
    async fn go_on(&mut self) -> Result<(), SuggestError> {
        let remote = Arc::clone(&self.remote);
        let Some((body, reader)) = &mut self.answer else { return self.ask().await };
        let Some(bytes) = next_bytes(body).await else {
            if let Some(event) = reader.finish() {
                self.event(&event)?;
            }
            self.end();
            return Ok(());
        };
        let bytes = bytes.map_err(|reason| remote.failed(format!("its answer broke off: {reason}")))?;
        self.answer_bytes += bytes.len();
        let events = reader.push(&bytes).map_err(|error| remote.failed(error.to_string()))?;
        if self.answer_bytes > ANSWER_BYTES_MAX {
            return Err(remote.failed(format!("its answer is longer than {ANSWER_BYTES_MAX} bytes")));
        }
        for event in events {
            if !self.is_over {
                self.event(&event)?;
            }
        }
        Ok(())
    }

    async fn ask(&mut self) -> Result<(), SuggestError> {
        let remote = Arc::clone(&self.remote);
        if let Some(left) = remote.busy_for() {
            return Err(remote.busy(left));
        }
        let key = remote.options.key.as_ref();
        let answer = remote.client.post(&remote.url, key, self.body.clone()).await;
        match answer.map_err(|reason| remote.failed(reason))? {
            Answer::Later(wait) => Err(remote.be_quiet(wait)),
            Answer::Refused(status) => Err(remote.refused(status)),
            Answer::Stream { content_type, body } => {
                // A server that does not stream answers with one JSON value.
                let framing = match content_type.as_str() {
                    kind if kind.starts_with("text/event-stream") => Framing::ServerSent,
                    kind if kind.starts_with("application/json") && remote.dialect.name() != "ollama" => Framing::Whole,
                    _ => Framing::Lines,
                };
                self.answer = Some((body, EventReader::new(framing)));
                Ok(())
            }
        }
    }

    fn event(&mut self, event: &[u8]) -> Result<(), SuggestError> {
        match self.remote.dialect.read(event) {
            None => {
                self.malformed += 1;
                if self.malformed > MALFORMED_MAX {
                    return Err(self.remote.failed("its answer is not what such a server sends; check its address"));
                }
            }
            Some(Reading::Failed) => return Err(self.remote.failed("it failed while it answered")),
            Some(Reading::End) => self.end(),
            Some(Reading::Texts { texts, is_last }) => {
                for (number, text) in texts {
                    self.text(number, &text);
                }
                if is_last {
                    self.end();
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, number: usize, text: &str) {
        if text.is_empty() || self.is_over {
            return;
        }
        self.last_text = Some(Instant::now());
        self.text_bytes += text.len();
        if self.text_bytes > TEXT_BYTES_MAX * self.remote.options.items.max(1) {
            return self.end();
        }
        if number > 0 {
            if self.others.len() < self.remote.options.items {
                self.others.entry(number).or_default().push_str(text);
            }
            return;
        }
        let text = self.fence.as_mut().map_or_else(|| text.to_owned(), |fence| fence.push(text));
        if !text.is_empty() {
            self.ready.push_back(Ok(text.into()));
        }
    }

    /// Nothing follows: what was held back is told, and the connection can be used again.
    fn end(&mut self) {
        self.is_over = true;
        let rest = self.fence.take().map(Fence::finish).filter(|rest| !rest.is_empty());
        self.ready.extend(rest.map(|rest| Ok(rest.into())));
        let maker =
            || Maker { provider: self.remote.dialect.name().to_owned(), model: self.remote.options.model.clone() };
        let others = std::mem::take(&mut self.others).into_values();
        let items: Vec<_> =
            others.map(|text| Ok(SuggestionPiece::Alternative(Item { text, maker: maker() }))).collect();
        self.ready.extend(items);
    }
}
