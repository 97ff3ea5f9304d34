//! The words of each language that may be suggested when the text itself has none.

/// The keywords of a language, the more common ones first; none for a language that is not known.
pub(super) fn of(language: &str) -> &'static [&'static str] {
    match language.to_ascii_lowercase().as_str() {
        "python" | "py" => &PYTHON,
        "rust" | "rs" => &RUST,
        "javascript" | "js" | "jsx" | "javascriptreact" => &JAVASCRIPT,
        "typescript" | "ts" | "tsx" | "typescriptreact" => &TYPESCRIPT,
        "go" => &GO,
        "c" | "cpp" | "c++" => &C,
        "java" | "kotlin" | "csharp" => &JAVA,
        "bash" | "sh" | "shell" | "shellscript" => &SHELL,
        "sql" => &SQL,
        _ => &[],
    }
}

const PYTHON: [&str; 30] = [
    "return", "import", "self", "from", "class", "None", "True", "False", "else", "elif", "while", "with", "raise",
    "except", "lambda", "yield", "async", "await", "break", "continue", "pass", "assert", "finally", "global",
    "nonlocal", "print", "range", "enumerate", "isinstance", "super",
];

const RUST: [&str; 28] = [
    "return", "struct", "impl", "match", "self", "pub", "enum", "trait", "where", "while", "loop", "else", "async",
    "await", "break", "continue", "const", "static", "unsafe", "crate", "super", "String", "Option", "Result", "Some",
    "None", "true", "false",
];

const JAVASCRIPT: [&str; 26] = [
    "return", "function", "const", "import", "export", "default", "async", "await", "class", "extends", "constructor",
    "this", "typeof", "instanceof", "while", "switch", "case", "break", "continue", "throw", "catch", "finally",
    "undefined", "null", "true", "false",
];

const TYPESCRIPT: [&str; 30] = [
    "return", "function", "const", "import", "export", "default", "interface", "readonly", "implements", "async",
    "await", "class", "extends", "constructor", "this", "typeof", "instanceof", "while", "switch", "case", "break",
    "continue", "throw", "catch", "finally", "undefined", "string", "number", "boolean", "unknown",
];

const GO: [&str; 22] = [
    "return", "func", "package", "import", "struct", "interface", "range", "select", "switch", "case", "default",
    "defer", "chan", "const", "continue", "break", "else", "type", "string", "error", "true", "false",
];

const C: [&str; 24] = [
    "return", "include", "define", "struct", "static", "const", "sizeof", "typedef", "unsigned", "while", "switch",
    "case", "default", "break", "continue", "else", "void", "char", "double", "float", "namespace", "template",
    "virtual", "nullptr",
];

const JAVA: [&str; 24] = [
    "return", "public", "private", "protected", "static", "final", "class", "interface", "extends", "implements",
    "import", "package", "void", "boolean", "String", "throws", "throw", "catch", "finally", "switch", "while",
    "continue", "break", "null",
];

const SHELL: [&str; 14] = [
    "then", "else", "elif", "done", "while", "function", "local", "export", "return", "readonly", "shift", "case",
    "esac", "echo",
];

const SQL: [&str; 20] = [
    "SELECT", "FROM", "WHERE", "INSERT", "UPDATE", "DELETE", "CREATE", "TABLE", "VALUES", "ORDER", "GROUP", "HAVING",
    "LIMIT", "select", "from", "where", "insert", "update", "order", "group",
];
