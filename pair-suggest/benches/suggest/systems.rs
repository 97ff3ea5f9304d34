//! What is compared: the engine, and what there is without it. Each sees the text up to the cursor grow, and may suggest. Knows no
//! files and no figures.

use crate::first_provider;
use pair_suggest::{RoomModel, Weights, lexis};
use protocol::{ByteOffset, DocumentPath};

/// Something that completes a text which is written from its start to its end.
pub trait System {
    fn name(&self) -> &'static str;
    /// An empty document in an empty room.
    fn begin(&mut self, language: &'static str);
    /// The text grew at its end.
    fn grow(&mut self, _text: &str, _from: usize) {}
    /// What it would insert at the end of the text; nothing where it shows nothing.
    fn suggest(&mut self, text: &str) -> String;
    /// What may come next when nothing of it is typed, the best first: whole tokens or more.
    fn next(&mut self, text: &str, most: usize) -> Vec<String>;
}

/// The engine.
pub struct Engine {
    model: RoomModel,
    weights: Weights,
    document: DocumentPath,
}

impl Engine {
    pub fn new(weights: Weights) -> Self {
        Self { model: RoomModel::new(""), weights, document: DocumentPath::main() }
    }
}

impl System for Engine {
    fn name(&self) -> &'static str {
        "the engine"
    }

    fn begin(&mut self, language: &'static str) {
        self.model = RoomModel::with_weights(language, self.weights.clone());
        self.model.open(&self.document, "");
    }

    fn grow(&mut self, text: &str, from: usize) {
        if from == 0 {
            // A text that is there from the start may be large.
            self.model.open(&self.document, text);
        } else {
            self.model.edit(&self.document, ByteOffset(from)..ByteOffset(from), &text[from..]);
        }
    }

    fn suggest(&mut self, text: &str) -> String {
        let candidates = self.model.suggest(&self.document, ByteOffset(text.len()));
        candidates.into_iter().next().map(|best| best.text).unwrap_or_default()
    }

    fn next(&mut self, text: &str, most: usize) -> Vec<String> {
        let next = self.model.next_tokens(&self.document, ByteOffset(text.len()), most);
        next.into_iter().map(|(text, _)| text).collect()
    }
}

/// The nearest word that begins so: vim's Ctrl-N looks behind the cursor, then from the start of the text; Ctrl-P looks upwards.
pub struct NearestWord {
    pub upwards: bool,
    pub language: &'static str,
}

impl NearestWord {
    fn words(&self, text: &str, most: usize) -> Vec<String> {
        let lexis = lexis::of(self.language);
        let start = text.rfind(|c| !lexis.is_word(c)).map_or(0, |at| text.ceil_char_boundary(at + 1));
        let (before, begun) = text.split_at(start);
        let rest = |word: &'_ str| word.strip_prefix(begun).filter(|rest| !rest.is_empty()).map(str::to_owned);
        let words = |c: char| !lexis.is_word(c);
        let mut found: Vec<String> = Vec::new();
        let mut take = |rest: String| {
            if !found.contains(&rest) {
                found.push(rest);
            }
            found.len() < most
        };
        if self.upwards {
            let _all = before.rsplit(words).filter_map(rest).all(&mut take);
        } else {
            let _all = before.split(words).filter_map(rest).all(&mut take);
        }
        found
    }
}

impl System for NearestWord {
    fn name(&self) -> &'static str {
        if self.upwards { "nearest word upwards (Ctrl-P)" } else { "nearest word (Ctrl-N)" }
    }

    fn begin(&mut self, language: &'static str) {
        self.language = language;
    }

    fn suggest(&mut self, text: &str) -> String {
        // Nobody asks for a word of which nothing is typed.
        let begun = text.chars().next_back().is_some_and(|c| lexis::of(self.language).is_word(c));
        if begun { self.words(text, 1).pop().unwrap_or_default() } else { String::new() }
    }

    fn next(&mut self, text: &str, most: usize) -> Vec<String> {
        self.words(text, most)
    }
}

/// What this project had before the engine.
pub struct FirstProvider(pub &'static str);

impl System for FirstProvider {
    fn name(&self) -> &'static str {
        "our first provider"
    }

    fn begin(&mut self, language: &'static str) {
        self.0 = language;
    }

    fn suggest(&mut self, text: &str) -> String {
        first_provider::suggestion(text, text.len(), self.0)
    }

    fn next(&mut self, text: &str, _most: usize) -> Vec<String> {
        vec![self.suggest(text)]
    }
}

/// Hints that are the same in every room, as simple servers have them: this repository never did, so these are what such a server says
/// behind the words that begin the commonest statements.
pub struct CannedHints(pub &'static str);

const PYTHON_HINTS: [(&str, &str); 10] = [
    ("def ", "function_name():\n    pass"),
    ("class ", "ClassName:\n    pass"),
    ("for ", "i in range(10):"),
    ("if ", "True:"),
    ("while ", "True:"),
    ("import ", "os"),
    ("from ", "typing import Any"),
    ("print", "()"),
    ("return", " None"),
    ("self", "."),
];
const RUST_HINTS: [(&str, &str); 10] = [
    ("fn ", "main() {"),
    ("let ", "mut "),
    ("use ", "std::"),
    ("impl ", "Default for "),
    ("pub ", "fn "),
    ("match ", "self {"),
    ("for ", "i in 0..10 {"),
    ("if ", "let Some("),
    ("println", "!(\"{}\", );"),
    ("self", "."),
];
const JAVASCRIPT_HINTS: [(&str, &str); 10] = [
    ("function ", "name() {"),
    ("const ", "value = "),
    ("for ", "(let i = 0; i < 10; i++) {"),
    ("if ", "(true) {"),
    ("while ", "(true) {"),
    ("import ", "React from 'react'"),
    ("return", " null"),
    ("console", ".log()"),
    ("require", "('')"),
    ("this", "."),
];

impl System for CannedHints {
    fn name(&self) -> &'static str {
        "canned hints"
    }

    fn begin(&mut self, language: &'static str) {
        self.0 = language;
    }

    fn suggest(&mut self, text: &str) -> String {
        let hints = match self.0 {
            "python" => &PYTHON_HINTS,
            "rust" => &RUST_HINTS,
            _ => &JAVASCRIPT_HINTS,
        };
        hints.iter().find(|(behind, _)| text.ends_with(behind)).map(|(_, hint)| (*hint).to_owned()).unwrap_or_default()
    }

    fn next(&mut self, text: &str, _most: usize) -> Vec<String> {
        vec![self.suggest(text)]
    }
}
