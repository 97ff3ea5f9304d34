//! What the lexer knows of languages: which characters belong to words, and which signs belong together. One table of families; knows
//! no keywords, which the model learns from the text, and no text.

/// A family of languages that are cut into tokens alike.
#[derive(Debug, PartialEq, Eq)]
pub struct Lexis {
    /// Characters that belong to words, besides letters, digits and `_`.
    pub word_signs: &'static [char],
    /// Signs of several characters that are one token, the longer ones first.
    pub operators: &'static [&'static str],
}

/// What C, its relatives, and most languages have.
const C_LIKE: Lexis = Lexis {
    word_signs: &[],
    operators: &[
        "<<=", ">>=", "...", "->*", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "%=",
        "&=", "|=", "^=", "++", "--", "<<", ">>", "//", "/*", "*/", "..", ":=", "<-",
    ],
};
const RUST: Lexis = Lexis {
    word_signs: &[],
    operators: &[
        "<<=", ">>=", "..=", "...", "///", "//!", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=",
        "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "//", "/*", "*/", "..", "#[", "#!",
    ],
};
const SCRIPT: Lexis = Lexis {
    word_signs: &['$'],
    operators: &[
        "===", "!==", ">>>", "**=", "...", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.",
        "+=", "-=", "*=", "/=", "%=", "++", "--", "**", "<<", ">>", "//", "/*", "*/", "</", "/>", "${",
    ],
};
const PYTHON: Lexis = Lexis {
    word_signs: &[],
    operators: &[
        "\"\"\"", "'''", "...", "**=", "//=", "==", "!=", "<=", ">=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "**",
        "//", "<<", ">>",
    ],
};
const SHELL: Lexis = Lexis {
    word_signs: &[],
    operators: &["<<<", ";;", "&&", "||", "$(", "${", "[[", "]]", "<<", ">>", ">&", "<(", "==", "!=", "=~", "+="],
};
const SQL: Lexis =
    Lexis { word_signs: &[], operators: &["->>", "<>", "<=", ">=", "!=", "||", "::", "--", "/*", "*/", "->"] };
const MARKUP: Lexis =
    Lexis { word_signs: &['-'], operators: &["<!--", "-->", "```", "](", "</", "/>", "**", "##", "=\"", "://"] };
const DATA: Lexis = Lexis { word_signs: &['-'], operators: &["[[", "]]", "//", "/*", "*/", "://"] };
const CSS: Lexis = Lexis { word_signs: &['-'], operators: &["/*", "*/", "::", "//"] };

/// The family of a language, by the names that rooms use; what is not known is cut as C is.
pub fn of(language: &str) -> &'static Lexis {
    match language.trim().to_ascii_lowercase().as_str() {
        "rust" | "rs" => &RUST,
        "javascript" | "js" | "jsx" | "node" | "javascriptreact" | "typescript" | "ts" | "tsx" | "typescriptreact"
        | "php" => &SCRIPT,
        "python" | "py" | "ruby" | "rb" | "elixir" | "r" | "nix" => &PYTHON,
        "shell" | "bash" | "sh" | "shellscript" | "zsh" | "dockerfile" | "docker" | "make" | "makefile" | "perl" => {
            &SHELL
        }
        "sql" | "haskell" | "lua" => &SQL,
        "html" | "markdown" | "md" | "xml" => &MARKUP,
        "json" | "jsonc" | "yaml" | "yml" | "toml" => &DATA,
        "css" | "scss" => &CSS,
        _ => &C_LIKE,
    }
}

impl Lexis {
    /// Whether a character belongs to words.
    pub fn is_word(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_' || self.word_signs.contains(&c)
    }
}
