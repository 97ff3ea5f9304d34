//! What the editor knows about languages: by which names people and files call them, how they write comments, what opens a level of
//! indentation, and which grammar reads them, if one does. One table; knows no text and no parser.

use super::grammar::GrammarName;
use crate::editor::indent::IndentStyle;

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
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// How file names of it end (behind the last dot), or whole file names, in small letters.
    pub files: &'static [&'static str],
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

const fn language(
    name: &'static str,
    aliases: &'static [&'static str],
    files: &'static [&'static str],
    line_comment: Option<&'static str>,
    block_comment: Option<Around>,
) -> Language {
    let (deeper, indent) = (Deeper::Bracket, IndentStyle::Spaces(4));
    Language { name, aliases, files, line_comment, block_comment, deeper, last_words: &[], indent, grammar: None }
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
    language("c", &[], &["c", "h"], SLASHES, C_BLOCK).read_by(GrammarName::C),
    language("cpp", &["c++"], &["cpp", "cc", "cxx", "hpp", "hh", "hxx"], SLASHES, C_BLOCK).read_by(GrammarName::Cpp),
    language("csharp", &["c#", "cs"], &["cs"], SLASHES, C_BLOCK),
    language("css", &[], &["css", "scss"], None, C_BLOCK).read_by(GrammarName::Css).indented(TWO),
    language("dart", &[], &["dart"], SLASHES, C_BLOCK).indented(TWO),
    language("dockerfile", &["docker"], &["dockerfile"], HASH, None).loosely(),
    language("elixir", &[], &["ex", "exs"], HASH, None).indented(TWO).deeper_after(&["do", "->"]),
    language("erlang", &[], &["erl"], Some("%"), None).deeper_after(&["->"]),
    language("go", &["golang"], &["go"], SLASHES, C_BLOCK).read_by(GrammarName::Go).indented(IndentStyle::Tab),
    language("haskell", &[], &["hs"], DASHES, Some(("{-", "-}"))).deeper_after(&["where", "do", "of", "="]),
    language("html", &[], &["html", "htm"], None, TAG_BLOCK).read_by(GrammarName::Html).indented(TWO).loosely(),
    language("java", &[], &["java"], SLASHES, C_BLOCK).read_by(GrammarName::Java),
    language("javascript", &["js", "jsx", "node", "javascriptreact"], &["js", "mjs", "cjs", "jsx"], SLASHES, C_BLOCK)
        .read_by(GrammarName::JavaScript)
        .indented(TWO),
    language("json", &["jsonc"], &["json"], SLASHES, C_BLOCK).read_by(GrammarName::Json).indented(TWO),
    language("kotlin", &[], &["kt", "kts"], SLASHES, C_BLOCK),
    language("lua", &[], &["lua"], DASHES, None).deeper_after(&["then", "do", "else", "repeat"]),
    language("make", &["makefile"], &["makefile", "mk"], HASH, None).indented(IndentStyle::Tab).deeper_after(&[":"]),
    language("markdown", &["md"], &["md", "markdown"], None, TAG_BLOCK).read_by(GrammarName::Markdown).loosely(),
    language("nix", &[], &["nix"], HASH, C_BLOCK).indented(TWO).loosely(),
    language("ocaml", &[], &["ml", "mli"], None, Some(("(*", "*)"))).indented(TWO).loosely(),
    language("perl", &[], &["pl", "pm"], HASH, None),
    language("php", &[], &["php"], SLASHES, C_BLOCK),
    language("python", &["py"], &["py", "pyi"], HASH, None)
        .read_by(GrammarName::Python)
        .deeper_after(&[":"])
        .ends_with(&["return", "pass", "break", "continue", "raise"]),
    language("r", &[], &["r"], HASH, None).indented(TWO),
    language("ruby", &["rb"], &["rb"], HASH, None).indented(TWO).deeper_after(&["do", "then", "else"]),
    language("rust", &["rs"], &["rs"], SLASHES, C_BLOCK).read_by(GrammarName::Rust),
    language("scala", &[], &["scala"], SLASHES, C_BLOCK).indented(TWO),
    language("shell", &["bash", "sh", "zsh", "shellscript"], &["sh", "bash", "zsh"], HASH, None)
        .read_by(GrammarName::Bash)
        .deeper_after(&["then", "do", "else", "in"]),
    language("sql", &[], &["sql"], DASHES, C_BLOCK).read_by(GrammarName::Sql).loosely(),
    language("swift", &[], &["swift"], SLASHES, C_BLOCK),
    language("text", &["plain", "plaintext", "txt"], &["txt"], None, None).loosely(),
    language("toml", &[], &["toml"], HASH, None).read_by(GrammarName::Toml),
    language("tsx", &["typescriptreact"], &["tsx"], SLASHES, C_BLOCK).read_by(GrammarName::Tsx).indented(TWO),
    language("typescript", &["ts"], &["ts", "mts", "cts"], SLASHES, C_BLOCK)
        .read_by(GrammarName::TypeScript)
        .indented(TWO),
    language("yaml", &["yml"], &["yaml", "yml"], HASH, None)
        .read_by(GrammarName::Yaml)
        .indented(TWO)
        .deeper_after(&[":"]),
    language("zig", &[], &["zig"], SLASHES, None),
];

/// The language that a word means, in any case.
pub fn named(word: &str) -> Option<&'static Language> {
    let word = word.trim().to_lowercase();
    LANGUAGES.iter().find(|language| language.name == word || language.aliases.contains(&word.as_str()))
}

/// The language that a file's name tells; the name may have folders before it.
pub fn of_file(path: &str) -> Option<&'static Language> {
    let name = path.rsplit('/').next()?.to_lowercase();
    let end = name.rsplit_once('.').map_or(name.as_str(), |(_, extension)| extension);
    LANGUAGES.iter().find(|language| language.files.contains(&end) || language.files.contains(&name.as_str()))
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

    #[test]
    fn each_name_means_one_language() {
        let mut seen = std::collections::HashSet::new();
        for language in LANGUAGES {
            for word in std::iter::once(&language.name).chain(language.aliases) {
                assert!(seen.insert(word), "{word}");
                assert_eq!(named(&word.to_uppercase()), Some(language));
            }
            for end in language.files {
                assert_eq!(of_file(&format!("a/b.{end}")), Some(language));
            }
        }
        assert!(LANGUAGES.is_sorted_by_key(|language| language.name));
        assert_eq!(of_file("src/Makefile").map(|language| language.name), Some("make"));
        assert_eq!(of_script("#!/usr/bin/env bash\n").map(|language| language.name), Some("shell"));
        assert_eq!((of_file("passwd"), named("")), (None, None));
    }
}
