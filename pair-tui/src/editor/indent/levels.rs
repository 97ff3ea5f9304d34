//! What a language wants of the line after this one: a level more, one less, or the same. Both key maps ask here. Knows no cursor.

use super::IndentStyle;
use crate::editor::{
    position::LineIndex,
    syntax::{Language, brackets, language::Deeper},
    text::Text,
};
use protocol::ByteOffset;
use std::ops::Range;

/// A text, and the language it is in.
#[derive(Debug, Clone, Copy)]
pub struct Levels<'a> {
    /// The text.
    pub text: &'a Text,
    /// The language; none: plain text.
    pub language: Option<&'static Language>,
}

impl Levels<'_> {
    /// What one level of indentation is here: as the text has it, else as the language is written.
    pub fn style(&self) -> IndentStyle {
        let of_language = || self.language.map(|language| language.indent);
        IndentStyle::found(self.text).or_else(of_language).unwrap_or_default()
    }

    /// Whether a line that begins at a place has one level more than the place's own line: after an opening bracket, or what else the
    /// language says, such as a colon in Python.
    pub fn is_deeper_after(&self, at: ByteOffset) -> bool {
        let start = self.text.line_start(self.text.line_of(at));
        let opens = at > start && self.text.character_before(at).and_then(brackets::closing).is_some();
        opens || self.language.is_some_and(|language| language.ends_deeper(&self.text.slice(start..at)))
    }

    /// Whether the line of a place begins with a word after which its level ends; only where nothing of the line is behind the place.
    pub fn is_last_of_level(&self, at: ByteOffset) -> bool {
        let line = self.text.line_of(at);
        at == self.text.line_end(line)
            && self.language.is_some_and(|language| language.ends_level(&self.text.line(line)))
    }

    /// A closing bracket typed at a place that has only an indentation before it: that indentation, and the one of its partner's line to
    /// put there; none where they are the same, or the place is another one.
    pub fn where_closes(&self, at: ByteOffset, typed: char) -> Option<(Range<ByteOffset>, String)> {
        let open = brackets::opening(typed)?;
        let before = self.text.line_start(self.text.line_of(at))..at;
        let indentation = self.text.slice(before.clone());
        if indentation.is_empty() || !indentation.chars().all(is_indentation) {
            return None;
        }
        let partner = brackets::before(self.text, before.start, open, typed)?;
        let wanted = self.indentation_of(self.text.line_of(partner));
        (wanted != indentation).then_some((before, wanted))
    }

    /// The spaces and tabs that a line starts with.
    pub fn indentation_of(&self, line: LineIndex) -> String {
        self.text.characters_from(self.text.line_start(line)).take_while(|c| is_indentation(*c)).collect()
    }
}

impl Language {
    /// Whether the language wants one level more after this beginning of a line, its comment left out, for other reasons than brackets.
    pub fn ends_deeper(&self, before: &str) -> bool {
        let Deeper::Endings(endings) = self.deeper else { return false };
        let comment = self.line_comment.and_then(|sign| before.find(&format!(" {sign}")));
        let code = before.get(..comment.unwrap_or(before.len())).unwrap_or_default().trim_end();
        endings.iter().any(|ending| {
            let rest = code.strip_suffix(ending);
            let is_word = ending.starts_with(char::is_alphabetic);
            rest.is_some_and(|rest| !is_word || !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    }

    /// Whether a line begins with a word after which its level ends.
    pub fn ends_level(&self, line: &str) -> bool {
        line.split_whitespace().next().is_some_and(|first| self.last_words.contains(&first))
    }
}

/// Whether a character is one that lines are indented with.
pub fn is_indentation(c: char) -> bool {
    matches!(c, ' ' | '\t')
}
