//! The flags and environment variables about suggestions; gives [`SuggestOptions`]. A key is no flag: whoever lists this machine's
//! processes would read it.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the text of --help, where markup would show"
)]

use super::{boolean, number};
use crate::suggest::{
    options::{ModelOptions, ProviderKind, Rates, Secret, SuggestOptions, TimeOuts},
    window::WindowSize,
};
use clap::{Args, ValueEnum};
use protocol::RoomId;
use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

/// What can be asked for suggestions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProviderName {
    /// The local engine, which always comes last.
    Local,
    /// Any server with OpenAI's interface.
    Openai,
    /// Ollama.
    Ollama,
    /// The server of llama.cpp.
    Llamacpp,
}

/// Which of OpenAI's endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OpenAiApi {
    /// /completions, with the text behind the cursor as suffix.
    Completions,
    /// /chat/completions.
    Chat,
}

/// Suggestions.
#[expect(clippy::struct_field_names, reason = "each field is the flag of that name")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Suggestions")]
pub struct SuggestArgs {
    /// Who is asked for suggestions, in this order, with commas: local, openai, ollama, llamacpp. The local engine always comes last.
    #[arg(
        long,
        env = "PAIR_SUGGEST_PROVIDER",
        value_name = "NAMES",
        default_value = "local",
        value_delimiter = ',',
        value_enum
    )]
    suggest_provider: Vec<ProviderName>,

    /// Where the server with OpenAI's interface is.
    #[arg(long, env = "PAIR_SUGGEST_OPENAI_URL", value_name = "URL", default_value = "https://api.openai.com/v1", value_parser = address("PAIR_SUGGEST_OPENAI_URL"))]
    suggest_openai_url: http::Uri,

    /// Its model. Its key is in PAIR_SUGGEST_OPENAI_KEY, or in the file that PAIR_SUGGEST_OPENAI_KEY_FILE names; it is no flag.
    #[arg(long, env = "PAIR_SUGGEST_OPENAI_MODEL", value_name = "MODEL")]
    suggest_openai_model: Option<String>,

    /// The file with its key.
    #[arg(long, env = "PAIR_SUGGEST_OPENAI_KEY_FILE", value_name = "FILE")]
    suggest_openai_key_file: Option<PathBuf>,

    /// Which of its endpoints.
    #[arg(long, env = "PAIR_SUGGEST_OPENAI_API", value_name = "API", default_value = "completions", value_enum)]
    suggest_openai_api: OpenAiApi,

    /// Where Ollama is.
    #[arg(long, env = "PAIR_SUGGEST_OLLAMA_URL", value_name = "URL", default_value = "http://127.0.0.1:11434", value_parser = address("PAIR_SUGGEST_OLLAMA_URL"))]
    suggest_ollama_url: http::Uri,

    /// Its model, such as qwen2.5-coder:1.5b.
    #[arg(long, env = "PAIR_SUGGEST_OLLAMA_MODEL", value_name = "MODEL")]
    suggest_ollama_model: Option<String>,

    /// The file with its key, where it wants one (or PAIR_SUGGEST_OLLAMA_KEY).
    #[arg(long, env = "PAIR_SUGGEST_OLLAMA_KEY_FILE", value_name = "FILE")]
    suggest_ollama_key_file: Option<PathBuf>,

    /// Where the server of llama.cpp is.
    #[arg(long, env = "PAIR_SUGGEST_LLAMACPP_URL", value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = address("PAIR_SUGGEST_LLAMACPP_URL"))]
    suggest_llamacpp_url: http::Uri,

    /// What its model is called, for people to read.
    #[arg(long, env = "PAIR_SUGGEST_LLAMACPP_MODEL", value_name = "MODEL")]
    suggest_llamacpp_model: Option<String>,

    /// The file with its key, where it wants one (or PAIR_SUGGEST_LLAMACPP_KEY).
    #[arg(long, env = "PAIR_SUGGEST_LLAMACPP_KEY_FILE", value_name = "FILE")]
    suggest_llamacpp_key_file: Option<PathBuf>,

    /// Whether the text behind the cursor is sent as a suffix; some servers refuse that.
    #[arg(long, env = "PAIR_SUGGEST_SUFFIX", value_name = "true|false", default_value = "true", value_parser = boolean("PAIR_SUGGEST_SUFFIX"), action = clap::ArgAction::Set)]
    suggest_suffix: bool,

    /// How many texts a server with OpenAI's interface is asked for at once.
    #[arg(long, env = "PAIR_SUGGEST_ITEMS", value_name = "COUNT", default_value = "1", value_parser = number("PAIR_SUGGEST_ITEMS", 1, 4))]
    suggest_items: u64,

    /// Certificates in PEM form that are trusted for models beside those of the system.
    #[arg(long, env = "PAIR_SUGGEST_CA_FILE", value_name = "FILE")]
    suggest_ca_file: Option<PathBuf>,

    /// How much of the text before the cursor is sent to a model, in bytes.
    #[arg(long, env = "PAIR_SUGGEST_PREFIX_BYTES", value_name = "BYTES", default_value = "6000", value_parser = number("PAIR_SUGGEST_PREFIX_BYTES", 64, 262_144))]
    suggest_prefix_bytes: u64,

    /// How much of the text behind it.
    #[arg(long, env = "PAIR_SUGGEST_SUFFIX_BYTES", value_name = "BYTES", default_value = "2000", value_parser = number("PAIR_SUGGEST_SUFFIX_BYTES", 0, 262_144))]
    suggest_suffix_bytes: u64,

    /// Tokens that a model may answer with.
    #[arg(long, env = "PAIR_SUGGEST_MAX_TOKENS", value_name = "COUNT", default_value = "96", value_parser = number("PAIR_SUGGEST_MAX_TOKENS", 1, 1_024))]
    suggest_max_tokens: u64,

    /// How long a model may take to its first text, in milliseconds.
    #[arg(long, env = "PAIR_SUGGEST_FIRST_MS", value_name = "MS", default_value = "5000", value_parser = number("PAIR_SUGGEST_FIRST_MS", 1, 600_000))]
    suggest_first_ms: u64,

    /// How long from one text to the next.
    #[arg(long, env = "PAIR_SUGGEST_BETWEEN_MS", value_name = "MS", default_value = "2000", value_parser = number("PAIR_SUGGEST_BETWEEN_MS", 1, 600_000))]
    suggest_between_ms: u64,

    /// How long in all.
    #[arg(long, env = "PAIR_SUGGEST_TOTAL_MS", value_name = "MS", default_value = "15000", value_parser = number("PAIR_SUGGEST_TOTAL_MS", 1, 600_000))]
    suggest_total_ms: u64,

    /// How often models are asked for one participant, per minute; beyond, the local engine answers.
    #[arg(long, env = "PAIR_SUGGEST_PER_PARTICIPANT", value_name = "COUNT", default_value = "30", value_parser = number("PAIR_SUGGEST_PER_PARTICIPANT", 1, 1_000_000))]
    suggest_per_participant: u64,

    /// How often for one room.
    #[arg(long, env = "PAIR_SUGGEST_PER_ROOM", value_name = "COUNT", default_value = "60", value_parser = number("PAIR_SUGGEST_PER_ROOM", 1, 1_000_000))]
    suggest_per_room: u64,

    /// How often for everybody.
    #[arg(long, env = "PAIR_SUGGEST_PER_SERVER", value_name = "COUNT", default_value = "600", value_parser = number("PAIR_SUGGEST_PER_SERVER", 1, 1_000_000))]
    suggest_per_server: u64,

    /// Requests to models that are on their way at a time.
    #[arg(long, env = "PAIR_SUGGEST_AT_ONCE", value_name = "COUNT", default_value = "8", value_parser = number("PAIR_SUGGEST_AT_ONCE", 1, 1_024))]
    suggest_at_once: u64,

    /// Whether a room's text may be sent to models where nobody in the room has said.
    #[arg(long, env = "PAIR_SUGGEST_MODELS", value_name = "true|false", default_value = "true", value_parser = boolean("PAIR_SUGGEST_MODELS"), action = clap::ArgAction::Set)]
    suggest_models: bool,

    /// Rooms whose text is never sent to a model, with commas.
    #[arg(long, env = "PAIR_SUGGEST_LOCAL_ROOMS", value_name = "IDS", value_delimiter = ',', value_parser = room)]
    suggest_local_rooms: Vec<RoomId>,
}

impl SuggestArgs {
    /// The options.
    ///
    /// # Errors
    /// A sentence, where a model has no name or a key can't be read.
    pub(super) fn options(&self) -> Result<SuggestOptions, String> {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let rate = |number| NonZeroU32::new(count(number)).unwrap_or(NonZeroU32::MIN);
        let mut models = Vec::new();
        for name in &self.suggest_provider {
            models.extend(self.model(*name)?);
        }
        Ok(SuggestOptions {
            models,
            ca_file: self.suggest_ca_file.clone(),
            window: WindowSize { prefix: size(self.suggest_prefix_bytes), suffix: size(self.suggest_suffix_bytes) },
            max_tokens: count(self.suggest_max_tokens),
            time_outs: TimeOuts {
                first: Duration::from_millis(self.suggest_first_ms),
                between: Duration::from_millis(self.suggest_between_ms),
                total: Duration::from_millis(self.suggest_total_ms),
            },
            rates: Rates {
                participant: rate(self.suggest_per_participant),
                room: rate(self.suggest_per_room),
                server: rate(self.suggest_per_server),
                at_once: size(self.suggest_at_once),
            },
            models_by_default: self.suggest_models,
            local_rooms: self.suggest_local_rooms.iter().cloned().collect(),
        })
    }

    fn model(&self, name: ProviderName) -> Result<Option<ModelOptions>, String> {
        let missing =
            |variable: &str| format!("{variable} must name the model, because PAIR_SUGGEST_PROVIDER names its server");
        let (kind, url, model, key) = match name {
            ProviderName::Local => return Ok(None),
            ProviderName::Openai => (
                match self.suggest_openai_api {
                    OpenAiApi::Completions => ProviderKind::OpenAiCompletions,
                    OpenAiApi::Chat => ProviderKind::OpenAiChat,
                },
                &self.suggest_openai_url,
                self.suggest_openai_model.clone().ok_or_else(|| missing("PAIR_SUGGEST_OPENAI_MODEL"))?,
                key("PAIR_SUGGEST_OPENAI_KEY", self.suggest_openai_key_file.as_deref())?,
            ),
            ProviderName::Ollama => (
                ProviderKind::Ollama,
                &self.suggest_ollama_url,
                self.suggest_ollama_model.clone().ok_or_else(|| missing("PAIR_SUGGEST_OLLAMA_MODEL"))?,
                key("PAIR_SUGGEST_OLLAMA_KEY", self.suggest_ollama_key_file.as_deref())?,
            ),
            ProviderName::Llamacpp => (
                ProviderKind::LlamaCpp,
                &self.suggest_llamacpp_url,
                self.suggest_llamacpp_model.clone().unwrap_or_else(|| "llama.cpp".to_owned()),
                key("PAIR_SUGGEST_LLAMACPP_KEY", self.suggest_llamacpp_key_file.as_deref())?,
            ),
        };
        let items = usize::try_from(self.suggest_items).unwrap_or(1);
        Ok(Some(ModelOptions { kind, url: url.clone(), model, key, sends_suffix: self.suggest_suffix, items }))
    }
}

/// A key from the environment, or from a file, which comes first.
fn key(variable: &str, file: Option<&Path>) -> Result<Option<Secret>, String> {
    let refuse = |place: String| format!("{place} holds no key: one word of printable ASCII characters is wanted");
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{variable}_FILE: {} can't be read: {error}", file.display()))?;
        return Secret::new(&text).map(Some).ok_or_else(|| refuse(file.display().to_string()));
    }
    match std::env::var(variable) {
        Ok(text) if !text.is_empty() => Secret::new(&text).map(Some).ok_or_else(|| refuse(variable.to_owned())),
        _ => Ok(None),
    }
}

fn address(variable: &'static str) -> impl Fn(&str) -> Result<http::Uri, String> + Clone {
    move |text| {
        let uri = text.parse::<http::Uri>().ok();
        // A password in an address would be logged with it.
        let is_bare = |uri: &http::Uri| uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let good = |uri: &http::Uri| matches!(uri.scheme_str(), Some("http" | "https")) && is_bare(uri);
        let fitting = uri.filter(|uri| good(uri) && uri.query().is_none());
        fitting.ok_or_else(|| format!("{variable} must be an address such as http://127.0.0.1:8080 or https://host/v1"))
    }
}

fn room(text: &str) -> Result<RoomId, String> {
    text.trim().parse().map_err(|error| format!("PAIR_SUGGEST_LOCAL_ROOMS: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;

    fn options(flags: &[&str]) -> Result<SuggestOptions, String> {
        let all = std::iter::once("pair-server").chain(flags.iter().copied());
        let cli = Cli::try_parse_from(all).map_err(|error| error.to_string())?;
        cli.config().map(|config| config.suggest)
    }

    #[test]
    fn models_are_tried_in_the_order_that_is_given() {
        let options = options(&[
            "--suggest-provider=ollama,openai,local",
            "--suggest-ollama-model=m",
            "--suggest-openai-model=n",
            "--suggest-openai-api=chat",
            "--suggest-openai-url=https://models.example/v1",
            "--suggest-local-rooms=one,two",
        ]);
        let options = options.unwrap();
        let kinds: Vec<_> = options.models.iter().map(|model| (model.kind, model.model.as_str())).collect();
        assert_eq!(kinds, [(ProviderKind::Ollama, "m"), (ProviderKind::OpenAiChat, "n")]);
        assert_eq!(options.local_rooms.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (flags, named) in [
            (&["--suggest-provider=openai"][..], "PAIR_SUGGEST_OPENAI_MODEL"),
            (&["--suggest-provider=gpt"], "ollama"),
            (&["--suggest-ollama-url=localhost"], "PAIR_SUGGEST_OLLAMA_URL"),
            (&["--suggest-openai-url=https://me:secret@host/v1"], "PAIR_SUGGEST_OPENAI_URL"),
            (&["--suggest-local-rooms=a b"], "PAIR_SUGGEST_LOCAL_ROOMS"),
            (&["--suggest-first-ms=0"], "PAIR_SUGGEST_FIRST_MS"),
            (
                &["--suggest-provider=ollama", "--suggest-ollama-model=m", "--suggest-ollama-key-file=/nowhere"],
                "PAIR_SUGGEST_OLLAMA_KEY_FILE",
            ),
        ] {
            let error = options(flags).unwrap_err();
            assert!(error.contains(named), "{flags:?}: {error}");
        }
    }

    #[test]
    fn a_key_comes_from_a_file_and_is_shown_nowhere() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "sk-very-secret\n").unwrap();
        let path = format!("--suggest-ollama-key-file={}", file.path().display());
        let options = options(&["--suggest-provider=ollama", "--suggest-ollama-model=m", &path]).unwrap();
        assert_eq!(options.models[0].key, Secret::new("sk-very-secret"));
        assert!(!format!("{options:?}").contains("very"));
        std::fs::write(file.path(), "two words").unwrap();
        assert!(key("X", Some(file.path())).unwrap_err().contains("holds no key"));
    }
}
