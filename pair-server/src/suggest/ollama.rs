//! Ollama's own endpoint, which fills in between a prompt and a suffix (<https://github.com/ollama/ollama/blob/main/docs/api.md>,
//! "Generate a completion"). Knows requests and events, no connection.

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
pub(super) struct Ollama {
    /// The model, the suffix and so on.
    pub(super) options: ModelOptions,
    /// Tokens of an answer.
    pub(super) max_tokens: u32,
}

impl Dialect for Ollama {
    fn name(&self) -> &'static str {
        "ollama"
    }

    fn path(&self) -> &'static str {
        "/api/generate"
    }

    fn body(&self, window: &Window) -> Value {
        let mut body = json!({
            "model": self.options.model, "prompt": window.prefix, "stream": true,
            "options": {"num_predict": self.max_tokens, "temperature": TEMPERATURE},
        });
        if self.options.sends_suffix {
            body["suffix"] = json!(window.suffix);
        }
        body
    }

    fn read(&self, event: &[u8]) -> Option<Reading> {
        let Event { response, done, error } = serde_json::from_slice(event).ok()?;
        if error.is_some() {
            return Some(Reading::Failed);
        }
        Some(Reading::Texts { texts: vec![(0, response)], is_last: done })
    }
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    response: String,
    #[serde(default)]
    done: bool,
    #[serde(default)]
    error: Option<Value>,
}
