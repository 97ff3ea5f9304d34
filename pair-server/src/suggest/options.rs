//! What an operator says about suggestions: which models, where, with which key, how long they may take, how often they may be asked. Plain
//! values; knows neither flags nor the environment (see `cli/suggest`).

use super::window::WindowSize;
use protocol::RoomId;
use std::{collections::HashSet, fmt, net::IpAddr, num::NonZeroU32, path::PathBuf, time::Duration};

/// A secret that is sent to a provider and to nobody else. It shows itself nowhere: not in logs, not in errors.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret; white space around it, such as a file's last line end, is not part of it. None where nothing is left, or where it could
    /// not stand in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The secret itself, for the provider.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// How a server of models is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// `OpenAI`'s completions, with the text behind the cursor as the suffix.
    OpenAiCompletions,
    /// `OpenAI`'s chat.
    OpenAiChat,
    /// Ollama's own endpoint.
    Ollama,
    /// The server of llama.cpp, its own endpoint.
    LlamaCpp,
}

/// One server of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelOptions {
    /// How it is spoken to.
    pub kind: ProviderKind,
    /// Where it is, without the endpoint's path.
    pub url: http::Uri,
    /// The model's name; llama.cpp has one only, and the name is just for people.
    pub model: String,
    /// The key that it wants.
    pub key: Option<Secret>,
    /// Whether the text behind the cursor is sent as a suffix of its own; some servers refuse that.
    pub sends_suffix: bool,
    /// How many texts it is asked for at once.
    pub items: usize,
}

impl ModelOptions {
    /// Whether its key and the rooms' text travel unencrypted over a network.
    pub fn is_exposed(&self) -> bool {
        let host = self.url.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        self.url.scheme_str() == Some("http") && !is_here
    }
}

/// How long a model may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOuts {
    /// To its first text, the connection included.
    pub first: Duration,
    /// From one text to the next.
    pub between: Duration,
    /// In all.
    pub total: Duration,
}

/// How often models may be asked, per minute. Beyond, the local engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// By one participant.
    pub participant: NonZeroU32,
    /// By one room.
    pub room: NonZeroU32,
    /// By everybody on this server.
    pub server: NonZeroU32,
    /// Requests on their way at a time.
    pub at_once: usize,
}

/// Everything about suggestions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestOptions {
    /// The models, in the order in which they are tried; none: the local engine alone.
    pub models: Vec<ModelOptions>,
    /// Certificates (PEM) that are trusted for models beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// How much of the text is sent.
    pub window: WindowSize,
    /// Tokens that a model may answer with.
    pub max_tokens: u32,
    /// How long a model may take.
    pub time_outs: TimeOuts,
    /// How often models may be asked.
    pub rates: Rates,
    /// Whether a room's text may be sent to models where nobody in the room has said.
    pub models_by_default: bool,
    /// Rooms whose text is never sent to a model.
    pub local_rooms: HashSet<RoomId>,
}

impl Default for SuggestOptions {
    fn default() -> Self {
        let rate = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            models: Vec::new(),
            ca_file: None,
            window: WindowSize { prefix: 6_000, suffix: 2_000 },
            max_tokens: 96,
            time_outs: TimeOuts {
                first: Duration::from_secs(5),
                between: Duration::from_secs(2),
                total: Duration::from_secs(15),
            },
            rates: Rates { participant: rate(30), room: rate(60), server: rate(600), at_once: 8 },
            models_by_default: true,
            local_rooms: HashSet::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_nowhere() {
        let key = Secret::new(" sk-very-secret\n");
        assert_eq!(key.as_ref().map(Secret::reveal), Some("sk-very-secret"));
        let options = ModelOptions {
            kind: ProviderKind::OpenAiChat,
            url: http::Uri::from_static("http://localhost/v1"),
            model: "m".to_owned(),
            key,
            sends_suffix: true,
            items: 1,
        };
        let shown = format!("{options:?} {options:#?}");
        assert!(!shown.contains("very") && shown.contains("[secret]"), "{shown}");
        assert!(!options.is_exposed());
        for (url, is_exposed) in [
            ("http://10.0.0.1/v1", true),
            ("http://[::1]:1", false),
            ("http://models.example", true),
            ("https://x", false),
        ] {
            assert_eq!(ModelOptions { url: url.parse().unwrap(), ..options.clone() }.is_exposed(), is_exposed, "{url}");
        }
        assert_eq!(Secret::new(" \n"), None);
        assert_eq!(Secret::new("two\nlines"), None);
    }
}
