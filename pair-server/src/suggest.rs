//! Suggestions: the trait that every provider serves, and what they all share. Knows neither rooms nor HTTP endpoints; a provider sees a
//! text, a place and a language.
//!
//! [`chain::Chain`] is what the server asks: it tries the configured models one after the other, and the local engine last.

pub mod chain;
pub mod clean;
pub mod events;
mod fence;
mod http;
pub mod limits;
mod llamacpp;
pub mod local;
mod ollama;
mod openai;
pub mod options;
pub mod remote;
pub mod window;

use futures::stream::BoxStream;
use protocol::{ByteOffset, DocumentPath, ParticipantId, RoomId};
use std::net::IpAddr;
use tokio_util::sync::CancellationToken;

/// What a suggestion is wanted for.
#[derive(Debug, Clone)]
pub struct SuggestionRequest {
    /// The whole text.
    pub code: String,
    /// Where the suggested text would go; behind the end counts as the end.
    pub cursor: ByteOffset,
    /// The language's name, such as `rust`.
    pub language: String,
    /// Whether the text may be sent to models.
    pub models: bool,
    /// Whose limits it counts for; never sent to a provider.
    pub spender: Spender,
    /// Which document of which room the text is; none: a text that no room has. Never sent to a model.
    pub of: Option<RoomText>,
}

/// A document of a room, for the provider that learns from the room.
#[derive(Debug, Clone)]
pub struct RoomText {
    /// The room.
    pub room: RoomId,
    /// The document.
    pub document: DocumentPath,
    /// The room's other documents that changed since its last suggestion, with their texts.
    pub others: Vec<(DocumentPath, String)>,
}

/// Whose limits a request counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spender {
    /// Who asks.
    pub who: Who,
    /// In which room; none: `POST /autocomplete`, which knows no room.
    pub room: Option<RoomId>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// A participant of a room.
    Participant(ParticipantId),
    /// Whoever is at this address.
    Address(IpAddr),
}

/// What comes from a provider, in this order: pieces of the text, then whatever else there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuggestionPiece {
    /// The text goes on.
    Text(String),
    /// Another text that would do as well, whole.
    Alternative(Item),
    /// What follows is made by this one, not by the one that was asked first.
    MadeBy(Maker),
    /// Something went wrong on the way, and the suggestion is worth showing all the same; for people.
    Problem(String),
}

impl From<String> for SuggestionPiece {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A provider and its model, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// The provider, such as `local`.
    pub provider: String,
    /// The model.
    pub model: String,
}

/// A text, and what made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The text.
    pub text: String,
    /// What made it.
    pub maker: Maker,
}

/// Why no suggestion could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuggestError {
    /// The provider failed.
    #[error("the provider {provider} could not make a suggestion: {reason}")]
    Failed {
        /// Which provider.
        provider: &'static str,
        /// Why, in words that hold no secret.
        reason: String,
    },
    /// The provider said nothing for too long.
    #[error("the provider {provider} {what} within {milliseconds} ms")]
    TimedOut {
        /// Which provider.
        provider: &'static str,
        /// What it did not do.
        what: &'static str,
        /// How long it had.
        milliseconds: u64,
    },
    /// The provider wants fewer requests.
    #[error("the provider {provider} asks to wait for {seconds} s")]
    Busy {
        /// Which provider.
        provider: &'static str,
        /// How long from now.
        seconds: u64,
    },
}

/// Something that makes suggestions.
pub trait SuggestionProvider: Send + Sync + 'static {
    /// Its name, such as `local`.
    fn name(&self) -> &'static str;

    /// The model that it uses.
    fn model(&self) -> &str;

    /// Makes a suggestion piece by piece; no text at all: nothing to suggest. Ends early when `cancel` is cancelled.
    fn suggest(
        &self,
        request: SuggestionRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<SuggestionPiece, SuggestError>>;

    /// Both names.
    fn maker(&self) -> Maker {
        Maker { provider: self.name().to_owned(), model: self.model().to_owned() }
    }

    /// What answers where the text may not be sent to models; none: this one is no model, and always answers.
    fn local_maker(&self) -> Option<Maker> {
        None
    }
}

/// Bytes of a suggested text; whatever a provider has beyond is left out.
pub const TEXT_BYTES_MAX: usize = 8 << 10;

/// Texts that one suggestion offers, the streamed one included.
pub const ITEMS_MAX: usize = 5;
