//! What the editor knows about languages: how they write comments, what opens a level of indentation, and which grammar reads them, if
//! one does. What people and files call them is in `protocol::language`. One table; knows no text and no parser.

use super::grammar::GrammarName;
use crate::editor::indent::IndentStyle;
use protocol::language::LanguageName;

/// What opens a level of indentation at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deeper {
    /// An opening bracket; all levels are between brackets.
    Bracket,
    /// An opening bracket; there are levels without one, too.
    Loose,
    /// An opening bracket, or one of these words or signs at the end of a line (its comment left out), such as `:` in Python.
    Endings(&'static [&'static str]),
}

/// A pair of signs around a comment.
pub type Around = (&'static str, &'static str);

/// One language.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// The word for it, in rooms and on the screen: `rust`.
    pub name: &'static str,
    /// What begins a comment up to the end of the line.
    pub line_comment: Option<&'static str>,
    /// What stands around a comment.
    pub block_comment: Option<Around>,
    /// What opens a level of indentation.
    pub deeper: Deeper,
    /// Words that begin the last line of a level.
    pub last_words: &'static [&'static str],
    /// One level of indentation, where the text does not tell.
    pub indent: IndentStyle,
    /// What reads it; none: it is shown as plain text.
    pub grammar: Option<GrammarName>,
}

const HASH: Option<&str> = Some("#");
const SLASHES: Option<&str> = Some("//");
const DASHES: Option<&str> = Some("--");
const C_BLOCK: Option<Around> = Some(("/*", "*/"));
const TAG_BLOCK: Option<Around> = Some(("<!--", "-->"));

const fn language(name: &'static str, line_comment: Option<&'static str>, block_comment: Option<Around>) -> Language {
    let (deeper, indent) = (Deeper::Bracket, IndentStyle::Spaces(4));
    Language { name, line_comment, block_comment, deeper, last_words: &[], indent, grammar: None }
}

impl Language {
    const fn read_by(self, grammar: GrammarName) -> Self {
        Self { grammar: Some(grammar), ..self }
    }

    const fn indented(self, indent: IndentStyle) -> Self {
        Self { indent, ..self }
    }

    const fn deeper_after(self, endings: &'static [&'static str]) -> Self {
        Self { deeper: Deeper::Endings(endings), ..self }
    }

    /// Brackets do not say all about its levels.
    const fn loosely(self) -> Self {
        Self { deeper: Deeper::Loose, ..self }
    }

    const fn ends_with(self, last_words: &'static [&'static str]) -> Self {
        Self { last_words, ..self }
    }
}

const TWO: IndentStyle = IndentStyle::Spaces(2);

/// Every language with a name, in alphabetical order.
pub static LANGUAGES: &[Language] = &[
    language("c", SLASHES, C_BLOCK).read_by(GrammarName::C),
    language("cpp", SLASHES, C_BLOCK).read_by(GrammarName::Cpp),
    language("csharp", SLASHES, C_BLOCK),
    language("css", None, C_BLOCK).read_by(GrammarName::Css).indented(TWO),
    language("dart", SLASHES, C_BLOCK).indented(TWO),
    language("dockerfile", HASH, None).loosely(),
    language("elixir", HASH, None).indented(TWO).deeper_after(&["do", "->"]),
    language("erlang", Some("%"), None).deeper_after(&["->"]),
    language("go", SLASHES, C_BLOCK).read_by(GrammarName::Go).indented(IndentStyle::Tab),
    language("haskell", DASHES, Some(("{-", "-}"))).deeper_after(&["where", "do", "of", "="]),
    language("html", None, TAG_BLOCK).read_by(GrammarName::Html).indented(TWO).loosely(),
    language("java", SLASHES, C_BLOCK).read_by(GrammarName::Java),
    language("javascript", SLASHES, C_BLOCK).read_by(GrammarName::JavaScript).indented(TWO),
    language("json", SLASHES, C_BLOCK).read_by(GrammarName::Json).indented(TWO),
    language("kotlin", SLASHES, C_BLOCK),
    language("lua", DASHES, None).deeper_after(&["then", "do", "else", "repeat"]),
    language("make", HASH, None).indented(IndentStyle::Tab).deeper_after(&[":"]),
    language("markdown", None, TAG_BLOCK).read_by(GrammarName::Markdown).loosely(),
    language("nix", HASH, C_BLOCK).indented(TWO).loosely(),
    language("ocaml", None, Some(("(*", "*)"))).indented(TWO).loosely(),
    language("perl", HASH, None),
    language("php", SLASHES, C_BLOCK),
    language("python", HASH, None)
        .read_by(GrammarName::Python)
        .deeper_after(&[":"])
        .ends_with(&["return", "pass", "break", "continue", "raise"]),
    language("r", HASH, None).indented(TWO),
    language("ruby", HASH, None).indented(TWO).deeper_after(&["do", "then", "else"]),
    language("rust", SLASHES, C_BLOCK).read_by(GrammarName::Rust),
    language("scala", SLASHES, C_BLOCK).indented(TWO),
    language("shell", HASH, None).read_by(GrammarName::Bash).deeper_after(&["then", "do", "else", "in"]),
    language("sql", DASHES, C_BLOCK).read_by(GrammarName::Sql).loosely(),
    language("swift", SLASHES, C_BLOCK),
    language("text", None, None).loosely(),
    language("toml", HASH, None).read_by(GrammarName::Toml),
    language("tsx", SLASHES, C_BLOCK).read_by(GrammarName::Tsx).indented(TWO),
    language("typescript", SLASHES, C_BLOCK).read_by(GrammarName::TypeScript).indented(TWO),
    language("yaml", HASH, None).read_by(GrammarName::Yaml).indented(TWO).deeper_after(&[":"]),
    language("zig", SLASHES, None),
];

/// The language that a word means, in any case.
pub fn named(word: &str) -> Option<&'static Language> {
    protocol::language::named(word).and_then(known_as)
}

/// The language that a file's name tells; the name may have folders before it.
pub fn of_file(path: &str) -> Option<&'static Language> {
    protocol::language::of_file(path).and_then(known_as)
}

fn known_as(found: &LanguageName) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.name == found.name)
}

/// The language that the first line of a script tells.
pub fn of_script(text: &str) -> Option<&'static Language> {
    let interpreter = text.lines().next()?.strip_prefix("#!")?;
    let known = [("python", "python"), ("node", "javascript"), ("ruby", "ruby"), ("perl", "perl"), ("sh", "shell")];
    known.into_iter().find(|(word, _)| interpreter.contains(word)).and_then(|(_, language)| named(language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::language::LANGUAGE_NAMES;

    #[test]
    fn each_language_that_has_a_name_is_in_the_table() {
        let names: Vec<_> = LANGUAGE_NAMES.iter().map(|language| language.name).collect();
        assert_eq!(LANGUAGES.iter().map(|language| language.name).collect::<Vec<_>>(), names);
        assert_eq!(named("RS"), of_file("src/a.rs"));
        assert_eq!(of_script("#!/usr/bin/env bash\n").map(|language| language.name), Some("shell"));
        assert_eq!((of_file("passwd"), named("")), (None, None));
    }
}
