//! What languages are called: by people, and by the ends of their files. One table for the server, which takes a new room's language from
//! its first document's name, and for the clients, which know more of each.

/// By which words and files one language is known.
#[derive(Debug, PartialEq, Eq)]
pub struct LanguageName {
    /// The word for it, in rooms and on the screen: `rust`.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// How file names of it end (behind the last dot), or whole file names, in small letters.
    pub files: &'static [&'static str],
}

const fn language(
    name: &'static str,
    aliases: &'static [&'static str],
    files: &'static [&'static str],
) -> LanguageName {
    LanguageName { name, aliases, files }
}

/// Every language with a name, in alphabetical order.
pub static LANGUAGE_NAMES: &[LanguageName] = &[
    language("c", &[], &["c", "h"]),
    language("cpp", &["c++"], &["cpp", "cc", "cxx", "hpp", "hh", "hxx"]),
    language("csharp", &["c#", "cs"], &["cs"]),
    language("css", &[], &["css", "scss"]),
    language("dart", &[], &["dart"]),
    language("dockerfile", &["docker"], &["dockerfile"]),
    language("elixir", &[], &["ex", "exs"]),
    language("erlang", &[], &["erl"]),
    language("go", &["golang"], &["go"]),
    language("haskell", &[], &["hs"]),
    language("html", &[], &["html", "htm"]),
    language("java", &[], &["java"]),
    language("javascript", &["js", "jsx", "node", "javascriptreact"], &["js", "mjs", "cjs", "jsx"]),
    language("json", &["jsonc"], &["json"]),
    language("kotlin", &[], &["kt", "kts"]),
    language("lua", &[], &["lua"]),
    language("make", &["makefile"], &["makefile", "mk"]),
    language("markdown", &["md"], &["md", "markdown"]),
    language("nix", &[], &["nix"]),
    language("ocaml", &[], &["ml", "mli"]),
    language("perl", &[], &["pl", "pm"]),
    language("php", &[], &["php"]),
    language("python", &["py"], &["py", "pyi"]),
    language("r", &[], &["r"]),
    language("ruby", &["rb"], &["rb"]),
    language("rust", &["rs"], &["rs"]),
    language("scala", &[], &["scala"]),
    language("shell", &["bash", "sh", "zsh", "shellscript"], &["sh", "bash", "zsh"]),
    language("sql", &[], &["sql"]),
    language("swift", &[], &["swift"]),
    language("text", &["plain", "plaintext", "txt"], &["txt"]),
    language("toml", &[], &["toml"]),
    language("tsx", &["typescriptreact"], &["tsx"]),
    language("typescript", &["ts"], &["ts", "mts", "cts"]),
    language("yaml", &["yml"], &["yaml", "yml"]),
    language("zig", &[], &["zig"]),
];

/// The language that a word means, in any case.
pub fn named(word: &str) -> Option<&'static LanguageName> {
    let word = word.trim().to_lowercase();
    LANGUAGE_NAMES.iter().find(|language| language.name == word || language.aliases.contains(&word.as_str()))
}

/// The language that a file's name tells; the name may have folders before it.
pub fn of_file(path: &str) -> Option<&'static LanguageName> {
    let name = path.rsplit('/').next()?.to_lowercase();
    let end = name.rsplit_once('.').map_or(name.as_str(), |(_, extension)| extension);
    LANGUAGE_NAMES.iter().find(|language| language.files.contains(&end) || language.files.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_means_one_language() {
        let mut seen = std::collections::HashSet::new();
        for language in LANGUAGE_NAMES {
            for word in std::iter::once(&language.name).chain(language.aliases) {
                assert!(seen.insert(word), "{word}");
                assert_eq!(named(&word.to_uppercase()), Some(language));
            }
            for end in language.files {
                assert_eq!(of_file(&format!("a/b.{end}")), Some(language));
            }
        }
        assert!(LANGUAGE_NAMES.is_sorted_by_key(|language| language.name));
        assert_eq!(of_file("src/Makefile").map(|language| language.name), Some("make"));
        assert_eq!((of_file("passwd"), named("")), (None, None));
    }
}
