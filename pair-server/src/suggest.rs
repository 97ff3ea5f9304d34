//! Suggestions: the trait that every provider serves. Knows neither rooms nor HTTP; a provider sees a text, a place and a language.

pub mod local;

use futures::stream::BoxStream;
use protocol::{ByteOffset, DocumentPath, RoomId};
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
    /// Which document of which room the text is; none: a text that no room has. Never leaves the server.
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

/// Why no suggestion could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuggestError {
    /// The provider failed.
    #[error("the provider {provider} could not make a suggestion: {reason}")]
    Failed {
        /// Which provider.
        provider: &'static str,
        /// Why.
        reason: String,
    },
}

/// Something that makes suggestions.
pub trait SuggestionProvider: Send + Sync + 'static {
    /// Its name, such as `local`.
    fn name(&self) -> &'static str;

    /// The model that it uses.
    fn model(&self) -> &str;

    /// Makes a suggestion piece by piece; no piece at all: nothing to suggest. Ends early when `cancel` is cancelled.
    fn suggest(
        &self,
        request: SuggestionRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<String, SuggestError>>;
}
