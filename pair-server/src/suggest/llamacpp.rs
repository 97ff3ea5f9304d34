//! The server of llama.cpp, its endpoint for filling in the middle (<https://github.com/ggml-org/llama.cpp/tree/master/tools/server>,
//! "POST /infill"). Knows requests and events, no connection.

use super::{
    options::ModelOptions,
    remote::{Dialect, Reading},
    window::Window,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// How much the model may make up.
const TEMPERATURE: f64 = 0.2;

/// The dialect.
#[derive(Debug)]
pub(super) struct LlamaCpp {
    /// The suffix and so on.
    pub(super) options: ModelOptions,
    /// Tokens of an answer.
    pub(super) max_tokens: u32,
}

impl Dialect for LlamaCpp {
    fn name(&self) -> &'static str {
        "llamacpp"
    }

    fn path(&self) -> &'static str {
        "/infill"
    }

    fn body(&self, window: &Window) -> Value {
        let suffix = if self.options.sends_suffix { window.suffix.as_str() } else { "" };
        json!({
            "input_prefix": window.prefix, "input_suffix": suffix, "n_predict": self.max_tokens, "temperature": TEMPERATURE,
            "stream": true, "cache_prompt": true,
        })
    }

    fn read(&self, event: &[u8]) -> Option<Reading> {
        if event.trim_ascii() == b"[DONE]" {
            return Some(Reading::End);
        }
        let Event { content, stop, error } = serde_json::from_slice(event).ok()?;
        if error.is_some() {
            return Some(Reading::Failed);
        }
        Some(Reading::Texts { texts: vec![(0, content)], is_last: stop })
    }
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    content: String,
    #[serde(default)]
    stop: bool,
    #[serde(default)]
    error: Option<Value>,
}
