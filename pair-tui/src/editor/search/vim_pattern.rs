//! vim's patterns as regular expressions of the `regex` crate: the magic notation (and `\v`, `\V`, `\m`, `\M`), without what needs
//! backtracking. Notation: <https://vimhelp.org/pattern.txt.html>.

use super::PatternError;
use std::{iter::Peekable, str::Chars};

/// The name of the group that is the match proper.
pub(super) const BOUNDS: &str = "bounds";

/// A pattern in the other notation.
pub(super) struct Translated {
    pub regex: String,
    pub crosses_lines: bool,
    /// Whether the pattern itself says that case is ignored.
    pub case: Option<bool>,
    pub has_bounds: bool,
}

/// Which characters mean something without a backslash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Magic {
    Very,
    Usual,
    No,
    VeryNo,
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    magic: Magic,
    out: Translated,
    groups: usize,
    depth: usize,
    /// Whether a `^` here means the start of a line.
    at_start: bool,
    bounds_open: bool,
}

pub(super) fn translate(source: &str) -> Result<Translated, PatternError> {
    let out = Translated { regex: String::new(), crosses_lines: false, case: None, has_bounds: false };
    let mut translator = Translator {
        rest: source.chars().peekable(),
        magic: Magic::Usual,
        out,
        groups: 0,
        depth: 0,
        at_start: true,
        bounds_open: false,
    };
    while let Some(c) = translator.rest.next() {
        translator.item(c)?;
    }
    if translator.bounds_open {
        translator.out.regex.push(')');
    }
    Ok(translator.out)
}

/// Whether a pattern has a capital letter that is no item such as `\S`.
pub(super) fn has_capital(source: &str) -> bool {
    let mut rest = source.chars();
    while let Some(c) = rest.next() {
        if c == '\\' {
            if rest.next() == Some('_') {
                rest.next();
            }
        } else if c.is_uppercase() {
            return true;
        }
    }
    false
}

impl Translator<'_> {
    fn item(&mut self, c: char) -> Result<(), PatternError> {
        let (c, escaped) = if c == '\\' { (self.rest.next().unwrap_or('\\'), true) } else { (c, false) };
        let is_special = match self.magic {
            Magic::Very => !(escaped || c.is_alphanumeric() || c == '_'),
            Magic::Usual => match c {
                '.' | '*' | '[' | '~' | '^' | '$' => !escaped,
                _ => escaped,
            },
            Magic::No => matches!(c, '^' | '$') != escaped,
            Magic::VeryNo => escaped,
        };
        // Letters mean something with a backslash in every mode.
        if escaped && (c.is_alphabetic() || c == '_') {
            return self.letter(c);
        }
        if is_special {
            return self.special(c);
        }
        self.literal(c);
        Ok(())
    }

    fn literal(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.push(&regex::escape(c.encode_utf8(&mut buffer)));
    }

    fn push(&mut self, piece: &str) {
        self.out.regex.push_str(piece);
        self.at_start = false;
    }

    fn special(&mut self, c: char) -> Result<(), PatternError> {
        match c {
            '.' => self.push("[^\n]"),
            '*' if self.at_start => self.push("\\*"),
            '*' => self.push("*"),
            '+' => self.push("+"),
            '?' | '=' => self.push("?"),
            '{' => self.repetition()?,
            '[' => self.collection(),
            '^' if self.at_start => {
                self.out.regex.push('^');
                return Ok(());
            }
            '$' if self.ends_branch() => self.push("$"),
            '(' => {
                self.groups += 1;
                self.depth += 1;
                let open = format!("(?P<g{}>", self.groups);
                self.push(&open);
                self.at_start = true;
            }
            '%' => self.percent()?,
            ')' => {
                self.depth = self.depth.saturating_sub(1);
                self.push(")");
            }
            '|' => {
                if self.depth == 0 && self.out.has_bounds {
                    return Err(unsupported("\\zs with \\|"));
                }
                self.push("|");
                self.at_start = true;
            }
            '<' => self.push("\\b{start}"),
            '>' => self.push("\\b{end}"),
            '&' => return Err(unsupported("\\&")),
            '@' => return Err(unsupported("\\@ (looking ahead or behind)")),
            '~' if self.magic != Magic::Very => return Err(unsupported("~ (the last substitute string)")),
            '1'..='9' => return Err(unsupported("a reference back such as \\1")),
            other => self.literal(other),
        }
        Ok(())
    }

    /// What a letter behind a backslash means.
    fn letter(&mut self, c: char) -> Result<(), PatternError> {
        let class = match c {
            's' => "[ \t]",
            'S' => "[^ \t\n]",
            'd' => "[0-9]",
            'D' => "[^0-9\n]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_\n]",
            'h' => "[A-Za-z_]",
            'H' => "[^A-Za-z_\n]",
            'a' => "[A-Za-z]",
            'A' => "[^A-Za-z\n]",
            'l' => "[a-z]",
            'L' => "[^a-z\n]",
            'u' => "[A-Z]",
            'U' => "[^A-Z\n]",
            'x' => "[0-9A-Fa-f]",
            'X' => "[^0-9A-Fa-f\n]",
            'o' => "[0-7]",
            'O' => "[^0-7\n]",
            'k' | 'i' => "[0-9_\\p{Alphabetic}]",
            't' => "\t",
            'e' => "\u{1b}",
            'r' => "\r",
            'n' => {
                self.out.crosses_lines = true;
                "\n"
            }
            _ => "",
        };
        if !class.is_empty() {
            self.push(class);
            return Ok(());
        }
        match c {
            'c' => self.out.case = Some(true),
            'C' => self.out.case = Some(false),
            'v' => self.magic = Magic::Very,
            'm' => self.magic = Magic::Usual,
            'M' => self.magic = Magic::No,
            'V' => self.magic = Magic::VeryNo,
            'z' => return self.bounds(),
            '_' => return self.with_line_break(),
            other => self.literal(other),
        }
        Ok(())
    }

    fn bounds(&mut self) -> Result<(), PatternError> {
        let opening = format!("(?P<{BOUNDS}>");
        match self.rest.next() {
            Some('s') if self.depth == 0 && !self.out.has_bounds && !self.out.regex.contains('|') => {
                self.out.regex.push_str(&opening);
                self.bounds_open = true;
            }
            Some('e') if self.depth == 0 && self.bounds_open => {
                self.out.regex.push(')');
                self.bounds_open = false;
            }
            Some('e') if self.depth == 0 && !self.out.has_bounds => {
                self.out.regex = format!("{opening}{})", self.out.regex);
            }
            _ => return Err(unsupported("\\zs or \\ze inside a group or twice")),
        }
        self.out.has_bounds = true;
        Ok(())
    }

    /// `\_x`: the class, or a line break.
    fn with_line_break(&mut self) -> Result<(), PatternError> {
        self.out.crosses_lines = true;
        match self.rest.next() {
            Some('s') => self.push("[ \t\n]"),
            Some('.') => self.push("(?s:.)"),
            Some('d') => self.push("[0-9\n]"),
            Some('w') => self.push("[0-9A-Za-z_\n]"),
            Some('a') => self.push("[A-Za-z\n]"),
            Some('^') => self.push("^"),
            Some('$') => self.push("$"),
            Some(other) => return Err(unsupported(&format!("\\_{other}"))),
            None => return Err(unsupported("\\_")),
        }
        Ok(())
    }

    /// `\%[…]` and the like; only the group that captures nothing is known.
    fn percent(&mut self) -> Result<(), PatternError> {
        match self.rest.next() {
            Some('(') => {
                self.depth += 1;
                self.push("(?:");
                self.at_start = true;
                Ok(())
            }
            Some('^') => {
                self.push("\\A");
                Ok(())
            }
            Some('$') => {
                self.push("\\z");
                Ok(())
            }
            Some(other) => Err(unsupported(&format!("\\%{other}"))),
            None => {
                self.literal('%');
                Ok(())
            }
        }
    }

    /// `\{n,m}`, `\{-n,m}` (as few as possible).
    fn repetition(&mut self) -> Result<(), PatternError> {
        let inner: String = std::iter::from_fn(|| self.rest.next_if(|c| *c != '}')).collect();
        self.rest.next();
        let inner = inner.trim_end_matches('\\');
        let (is_lazy, bounds) = inner.strip_prefix('-').map_or((false, inner), |bounds| (true, bounds));
        let lazy = if is_lazy { "?" } else { "" };
        let repeated = match bounds.split_once(',') {
            _ if bounds.is_empty() || bounds == "," => format!("*{lazy}"),
            Some(("", most)) => format!("{{0,{most}}}{lazy}"),
            _ => format!("{{{bounds}}}{lazy}"),
        };
        if !bounds.chars().all(|c| c.is_ascii_digit() || c == ',') {
            return Err(unsupported(&format!("\\{{{inner}}}")));
        }
        self.push(&repeated);
        Ok(())
    }

    /// `[…]`; without its closing bracket it is the character `[`.
    fn collection(&mut self) {
        let mut ahead = self.rest.clone();
        let negated = ahead.next_if_eq(&'^').is_some();
        let mut inner = String::new();
        let mut is_first = true;
        loop {
            match ahead.next() {
                None => {
                    self.push("\\[");
                    return;
                }
                Some(']') if !is_first => break,
                Some('\\') => match ahead.next() {
                    Some('n') => {
                        self.out.crosses_lines = true;
                        inner.push_str("\\n");
                    }
                    Some('e') => inner.push('\u{1b}'),
                    Some(c @ ('t' | 'r' | ']' | '^' | '-' | '\\')) => inner.extend(['\\', c]),
                    Some(c) => {
                        inner.push_str("\\\\");
                        push_in_collection(&mut inner, c);
                    }
                    None => inner.push_str("\\\\"),
                },
                Some('[') if ahead.peek() == Some(&':') => {
                    let name: String = std::iter::from_fn(|| ahead.next_if(|c| *c != ']')).collect();
                    ahead.next();
                    inner.extend(["[", &name, "]"]);
                }
                Some('-') => inner.push('-'),
                Some(c) => push_in_collection(&mut inner, c),
            }
            is_first = false;
        }
        self.rest = ahead;
        let inner = if inner.starts_with('-') { format!("\\{inner}") } else { inner };
        let inner = match inner.strip_suffix('-') {
            Some(head) if !head.ends_with('\\') && !head.is_empty() => format!("{head}\\-"),
            _ => inner,
        };
        let piece = if negated { format!("[^\\n{inner}]") } else { format!("[{inner}]") };
        self.push(&piece);
    }

    /// Whether nothing more of this branch follows, so that `$` means the end of a line.
    fn ends_branch(&self) -> bool {
        let mut ahead = self.rest.clone();
        matches!(
            (self.magic, ahead.next(), ahead.next()),
            (_, None, _) | (Magic::Very, ..) | (_, Some('\\'), Some('|' | ')' | 'n' | '&'))
        )
    }
}

fn push_in_collection(inner: &mut String, c: char) {
    if matches!(c, '[' | '&' | '~' | '\\' | ']' | '^') {
        inner.push('\\');
    }
    inner.push(c);
}

fn unsupported(item: &str) -> PatternError {
    PatternError::Unsupported { item: item.to_owned() }
}
