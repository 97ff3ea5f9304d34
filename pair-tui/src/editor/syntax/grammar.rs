//! The grammars: tree-sitter's parser of each language, and its queries, read once for all documents and never changed. What the
//! queries call a piece of text is brought to our few kinds here. Reading a query takes milliseconds: that is the parser's business
//! ([`GrammarName::load`]), never the screen's ([`GrammarName::loaded`]).

use super::highlight::Highlight;
use std::sync::OnceLock;
use tree_sitter::{Language, Query};

/// Which grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrammarName {
    /// Bash and its relatives.
    Bash,
    /// C.
    C,
    /// C++.
    Cpp,
    /// CSS.
    Css,
    /// Go.
    Go,
    /// HTML.
    Html,
    /// Java.
    Java,
    /// JavaScript, with JSX.
    JavaScript,
    /// JSON.
    Json,
    /// The blocks of Markdown.
    Markdown,
    /// What stands inside a block of Markdown.
    MarkdownInline,
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// SQL.
    Sql,
    /// TOML.
    Toml,
    /// TypeScript with JSX.
    Tsx,
    /// TypeScript.
    TypeScript,
    /// YAML.
    Yaml,
}

/// How many there are.
const COUNT: usize = 18;

/// What a capture does to the text it covers; the innermost one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// It is of this kind.
    Kind(Highlight),
    /// It is plain again: code inside a string.
    Plain,
}

/// A grammar that is ready.
#[derive(Debug)]
pub struct Grammar {
    /// The parser's tables.
    pub language: Language,
    /// What is what.
    pub highlights: Query,
    /// What the captures of `highlights` mean, by their index; none: nothing to us.
    pub paints: Vec<Option<Paint>>,
    /// Where other languages stand inside; none: nowhere.
    pub injections: Option<Query>,
}

/// The sources of a grammar: parser, queries for highlights, query for injections.
struct Source {
    language: Language,
    highlights: Vec<&'static str>,
    injections: Option<&'static str>,
}

// Names in capitals are constants: the crate's own pattern for that has a quote too many and matches nothing. A lifetime is marked with
// its quote.
const RUST_NAMES: &str = "((identifier) @constant (#match? @constant \"^[A-Z][A-Z0-9_]+$\")) (lifetime) @label";
// The crate's own patterns for numbers are in Lua's notation.
const SQL_NUMBERS: &str = "((literal) @number (#match? @number \"^[-+]?[0-9.]+$\"))";
// The crate's query calls a whole pair a property, and each key a type.
const TOML_KEYS: &str = "(pair [(bare_key) (quoted_key)] @property) (pair (dotted_key (bare_key) @property))
    (pair [\"=\" (array) (inline_table)] @none)";
// In the crate's query a key is last of all a string, as any other.
const JSON_KEYS: &str = "(pair key: (string) @string.special.key)";
// Quotes belong to the text in them.
const HTML_QUOTES: &str = "(quoted_attribute_value) @string";
// A call of a name with a capital makes an object.
const PYTHON_CLASSES: &str = "((call function: (identifier) @constructor) (#match? @constructor \"^[A-Z]\"))";

impl GrammarName {
    fn source(self) -> Source {
        let plain = |language: tree_sitter_language::LanguageFn, query| Source {
            language: language.into(),
            highlights: vec![query],
            injections: None,
        };
        let and = |source: Source, query| Source { highlights: [source.highlights, vec![query]].concat(), ..source };
        let script = |language| plain(language, tree_sitter_javascript::HIGHLIGHT_QUERY);
        match self {
            Self::Bash => plain(tree_sitter_bash::LANGUAGE, tree_sitter_bash::HIGHLIGHT_QUERY),
            Self::C => plain(tree_sitter_c::LANGUAGE, tree_sitter_c::HIGHLIGHT_QUERY),
            Self::Cpp => {
                and(plain(tree_sitter_cpp::LANGUAGE, tree_sitter_c::HIGHLIGHT_QUERY), tree_sitter_cpp::HIGHLIGHT_QUERY)
            }
            Self::Css => plain(tree_sitter_css::LANGUAGE, tree_sitter_css::HIGHLIGHTS_QUERY),
            Self::Go => plain(tree_sitter_go::LANGUAGE, tree_sitter_go::HIGHLIGHTS_QUERY),
            Self::Html => Source {
                injections: Some(tree_sitter_html::INJECTIONS_QUERY),
                ..and(plain(tree_sitter_html::LANGUAGE, tree_sitter_html::HIGHLIGHTS_QUERY), HTML_QUOTES)
            },
            Self::Java => plain(tree_sitter_java::LANGUAGE, tree_sitter_java::HIGHLIGHTS_QUERY),
            Self::JavaScript => {
                and(script(tree_sitter_javascript::LANGUAGE), tree_sitter_javascript::JSX_HIGHLIGHT_QUERY)
            }
            Self::Json => and(plain(tree_sitter_json::LANGUAGE, tree_sitter_json::HIGHLIGHTS_QUERY), JSON_KEYS),
            Self::Markdown => Source {
                injections: Some(tree_sitter_md::INJECTION_QUERY_BLOCK),
                ..plain(tree_sitter_md::LANGUAGE, tree_sitter_md::HIGHLIGHT_QUERY_BLOCK)
            },
            Self::MarkdownInline => plain(tree_sitter_md::INLINE_LANGUAGE, tree_sitter_md::HIGHLIGHT_QUERY_INLINE),
            Self::Python => {
                and(plain(tree_sitter_python::LANGUAGE, tree_sitter_python::HIGHLIGHTS_QUERY), PYTHON_CLASSES)
            }
            Self::Rust => and(plain(tree_sitter_rust::LANGUAGE, tree_sitter_rust::HIGHLIGHTS_QUERY), RUST_NAMES),
            Self::Sql => and(plain(tree_sitter_sequel::LANGUAGE, tree_sitter_sequel::HIGHLIGHTS_QUERY), SQL_NUMBERS),
            Self::Toml => and(plain(tree_sitter_toml_ng::LANGUAGE, tree_sitter_toml_ng::HIGHLIGHTS_QUERY), TOML_KEYS),
            Self::Tsx => and(
                and(script(tree_sitter_typescript::LANGUAGE_TSX), tree_sitter_javascript::JSX_HIGHLIGHT_QUERY),
                tree_sitter_typescript::HIGHLIGHTS_QUERY,
            ),
            Self::TypeScript => {
                and(script(tree_sitter_typescript::LANGUAGE_TYPESCRIPT), tree_sitter_typescript::HIGHLIGHTS_QUERY)
            }
            Self::Yaml => plain(tree_sitter_yaml::LANGUAGE, tree_sitter_yaml::HIGHLIGHTS_QUERY),
        }
    }

    /// Whether a reading that starts from an earlier tree ends where a fresh one does. The scanners of Bash's here documents and of
    /// Markdown's inner grammar look further around than they tell tree-sitter; both read short texts.
    pub(super) fn is_incremental(self) -> bool {
        !matches!(self, Self::Bash | Self::MarkdownInline)
    }

    /// The grammar that a word in an injection means: a language of ours, or a name that only queries use.
    pub fn of_injection(word: &str) -> Option<Self> {
        if word == "markdown_inline" {
            return Some(Self::MarkdownInline);
        }
        super::language::named(word).and_then(|language| language.grammar)
    }

    /// The grammar, if somebody has read it already.
    pub fn loaded(self) -> Option<&'static Grammar> {
        self.slot()?.get()?.as_ref()
    }

    /// The grammar; the first call reads it. None where parser and query do not fit together, which a test rules out.
    pub fn load(self) -> Option<&'static Grammar> {
        self.slot()?.get_or_init(|| self.read()).as_ref()
    }

    fn slot(self) -> Option<&'static OnceLock<Option<Grammar>>> {
        static GRAMMARS: [OnceLock<Option<Grammar>>; COUNT] = [const { OnceLock::new() }; COUNT];
        GRAMMARS.get(self as usize)
    }

    fn read(self) -> Option<Grammar> {
        let Source { language, highlights, injections } = self.source();
        let highlights = Query::new(&language, &highlights.join("\n")).ok()?;
        let injections = injections.map(|query| Query::new(&language, query)).transpose().ok()?;
        let paints = highlights.capture_names().iter().map(|name| self.paint(name)).collect();
        Some(Grammar { language, highlights, paints, injections })
    }

    /// What a capture's name means, in this grammar. Names are in parts, from the general to the special: `string.special.key`.
    fn paint(self, capture: &str) -> Option<Paint> {
        let is_markdown = matches!(self, Self::Markdown | Self::MarkdownInline);
        // Where most of the text is keys and values, keys are worth a colour; among code, fields would make it restless.
        let is_data = matches!(self, Self::Css | Self::Json | Self::Toml | Self::Yaml);
        let kind = match capture {
            "embedded" | "none" => return Some(Paint::Plain),
            "string.special.key" => Highlight::Property,
            "property" if is_data => Highlight::Property,
            "attribute" if self == Self::Html => Highlight::Property,
            "attribute" if self == Self::Sql => Highlight::Keyword,
            "variable.builtin" | "type.qualifier" => Highlight::Keyword,
            "text.title" => Highlight::Heading,
            "text.strong" => Highlight::Strong,
            "text.emphasis" => Highlight::Emphasis,
            "text.uri" | "text.reference" => Highlight::Link,
            "text.literal" => Highlight::String,
            _ => match capture.split('.').next()? {
                "comment" => Highlight::Comment,
                "keyword" | "tag" | "conditional" | "storageclass" => Highlight::Keyword,
                "string" => Highlight::String,
                "constant" | "number" | "float" | "boolean" | "escape" => Highlight::Constant,
                "type" | "constructor" => Highlight::Type,
                "function" => Highlight::Function,
                "attribute" | "label" => Highlight::Attribute,
                "punctuation" if is_markdown => Highlight::Comment,
                _ => return None,
            },
        };
        Some(Paint::Kind(kind))
    }
}
