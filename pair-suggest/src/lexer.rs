//! Cuts a line into tokens: words and numbers, signs, and the white space between them, so that the line can be put together again
//! exactly. What a line's tokens are depends on that line only (strings and comments are cut into words as code is), so that an edit
//! can never change tokens of lines that it did not touch. Knows no model.

use crate::lexis::Lexis;

/// Bytes of a line that are cut into tokens; the rest of a longer one (minified code, data) teaches nothing and costs nothing.
pub const LINE_BYTES_MAX: usize = 2_048;

/// One token with the white space before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme<'t> {
    /// The white space.
    pub before: &'t str,
    /// The word, number or sign.
    pub text: &'t str,
}

/// The tokens of a line one after the other. What is left when there are no more is white space, or what is beyond
/// [`LINE_BYTES_MAX`].
#[derive(Debug, Clone)]
pub struct Lexemes<'t> {
    lexis: &'static Lexis,
    /// What is still to be cut.
    line: &'t str,
    /// What is beyond the bound.
    beyond: &'t str,
}

/// Cuts a line (without its line break) into tokens.
pub fn lexemes<'t>(line: &'t str, lexis: &'static Lexis) -> Lexemes<'t> {
    let (line, beyond) = line.split_at(line.floor_char_boundary(LINE_BYTES_MAX));
    Lexemes { lexis, line, beyond }
}

impl<'t> Lexemes<'t> {
    /// What was not cut into tokens: see the type.
    pub fn rest(&self) -> (&'t str, &'t str) {
        (self.line, self.beyond)
    }
}

impl<'t> Iterator for Lexemes<'t> {
    type Item = Lexeme<'t>;

    fn next(&mut self) -> Option<Lexeme<'t>> {
        let solid = self.line.trim_start();
        let (before, solid) = self.line.split_at(self.line.len() - solid.len());
        let first = solid.chars().next()?;
        let length = if self.lexis.is_word(first) {
            solid.find(|c| !self.lexis.is_word(c)).unwrap_or(solid.len())
        } else {
            let operator = self.lexis.operators.iter().find(|operator| solid.starts_with(**operator));
            operator.map_or(first.len_utf8(), |operator| operator.len())
        };
        let (text, line) = solid.split_at(length);
        self.line = line;
        Some(Lexeme { before, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexis;
    use proptest::prelude::*;

    /// A piece of each language that has a grammar, with what is hard to cut in it.
    const SAMPLES: [(&str, &str); 16] = [
        ("bash", "for f in \"${names[@]}\"; do [[ $f =~ ^a ]] && echo \"$f\" >&2; done # all"),
        ("c", "static int *p = &x->y[0]; /* a */ if (a <<= 1) return -1;"),
        ("cpp", "std::map<int, std::vector<T>> m = {{1, {2}}}; auto f = [&](auto&& x) -> int { return x.*y; };"),
        ("css", ".a-b::before, #c { --main-colour: rgb(0 0 0 / 50%); margin: -1px auto }"),
        ("go", "ch := make(chan<- int, 1); defer func() { x &^= y }()"),
        ("html", "<a href=\"https://é.org/?q=1&amp;b\" data-x='1'>größe</a><!-- c -->"),
        ("java", "Map<String, List<Integer>> m = xs.stream().map(A::b).toList(); // é"),
        ("javascript", "const {a, ...b} = x?.y ?? `t${z}` !== /re/g; $el.on('x', async () => {})"),
        ("json", "  {\"a-b\": [1.5e-3, null, \"\\u00e9\"]},"),
        ("markdown", "## A *b* [c](https://d.e) `f` — “g” 🎉\u{301}  "),
        ("python", "\tdef f(self, *a: int, **k) -> 'X': return f\"{a!r:>10}\" if a[1:-1] else \"\"\"x\"\"\""),
        ("rust", "    #[cfg(test)] fn f<'a>(&'a self) -> Result<(), E> { let r = 0..=9; m!(\"{x:?}\")?; }"),
        ("sql", "SELECT a->>'b' FROM \"t\" WHERE x <> 1 AND y::int >= 2 -- c"),
        ("toml", "[[bin]]  # x"),
        ("typescript", "export type A<T extends B> = { readonly [K in keyof T]?: T[K] } | undefined;"),
        ("yaml", "- key-a: &anchor {b: [1, 2]}   # c\r"),
    ];

    fn together(line: &str, language: &str) -> String {
        let mut lexemes = lexemes(line, lexis::of(language));
        let mut text = String::new();
        for Lexeme { before, text: token } in lexemes.by_ref() {
            assert!(before.trim().is_empty() && !token.is_empty() && token.trim() == token);
            text.extend([before, token]);
        }
        let (rest, beyond) = lexemes.rest();
        assert!(rest.trim().is_empty());
        text + rest + beyond
    }

    fn tokens<'t>(line: &'t str, language: &str) -> Vec<&'t str> {
        lexemes(line, lexis::of(language)).map(|lexeme| lexeme.text).collect()
    }

    #[test]
    fn every_language_comes_together_again() {
        for (language, line) in SAMPLES {
            assert_eq!(together(line, language), line, "{language}");
        }
    }

    #[test]
    fn what_belongs_together_stays_together() {
        assert_eq!(tokens("a::b->c", "rust"), ["a", "::", "b", "->", "c"]);
        assert_eq!(tokens("$x?.y", "js"), ["$x", "?.", "y"]);
        assert_eq!(tokens("margin-top:1px", "css"), ["margin-top", ":", "1px"]);
        assert_eq!(tokens("größe = 日本", "python"), ["größe", "=", "日本"]);
    }

    #[test]
    fn a_line_without_an_end_is_cut_up_to_the_bound() {
        let line = "é".repeat(LINE_BYTES_MAX);
        assert_eq!(together(&line, "c"), line);
        assert_eq!(tokens(&line, "c").first().map(|token| token.len()), Some(LINE_BYTES_MAX));
    }

    proptest! {
        #[test]
        fn any_line_in_any_language_comes_together_again(line in "\\PC{0,80}", language in 0..SAMPLES.len()) {
            prop_assert_eq!(together(&line, SAMPLES[language].0), line);
        }
    }
}
