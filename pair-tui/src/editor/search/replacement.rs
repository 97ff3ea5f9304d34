//! What comes in place of a match: plain text, vim's notation of it (<https://vimhelp.org/change.txt.html#sub-replace-special>), or
//! `$1` as most editors have it.

use regex::Captures;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A group of the match; 0: all of it.
    Group(usize),
    /// A group of a regular expression, by its number or name.
    Capture(String),
    Case(Case),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    UpperOne,
    LowerOne,
    Upper,
    Lower,
    End,
}

/// A text to be put in place of matches, with parts of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replacement {
    pieces: Vec<Piece>,
}

impl Replacement {
    /// A replacement that is just this text.
    pub fn literal(text: &str) -> Self {
        Self { pieces: vec![Piece::Text(text.to_owned())] }
    }

    /// Reads the notation of editors whose regular expressions are Perl's: `$1` or `${name}` a group, `$&` or `$0` the match, `$$` a
    /// dollar, `\n` a line break, `\t` a tab, `\\` a backslash; anything else is itself.
    pub fn regex(notation: &str) -> Self {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = notation;
        while let Some(c) = rest.chars().next() {
            let (piece, length) = match c {
                '$' => captured(rest),
                '\\' => escaped(rest),
                _ => (None, 0),
            };
            let taken = if length == 0 { c.len_utf8() } else { length };
            match piece {
                Some(Piece::Text(plain)) => text.push_str(&plain),
                Some(piece) => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(piece);
                }
                None => text.push(c),
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
        pieces.push(Piece::Text(text));
        Self { pieces }
    }

    /// Reads vim's notation: `&` and `\0` the match, `\1` to `\9` its groups, `\r` a line break, `\t`, `\u`, `\l`, `\U`, `\L`,
    /// `\E`; any other character behind a backslash is itself.
    pub fn vim(notation: &str) -> Self {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = notation.chars();
        while let Some(c) = rest.next() {
            let piece = match c {
                '&' => Piece::Group(0),
                '\\' => match rest.next() {
                    Some(digit @ '0'..='9') => Piece::Group(digit.to_digit(10).map_or(0, |digit| digit as usize)),
                    Some('u') => Piece::Case(Case::UpperOne),
                    Some('l') => Piece::Case(Case::LowerOne),
                    Some('U') => Piece::Case(Case::Upper),
                    Some('L') => Piece::Case(Case::Lower),
                    Some('e' | 'E') => Piece::Case(Case::End),
                    Some('r') => Piece::Text("\n".to_owned()),
                    Some('n') => Piece::Text("\0".to_owned()),
                    Some('t') => Piece::Text("\t".to_owned()),
                    Some(other) => Piece::Text(other.to_string()),
                    None => Piece::Text("\\".to_owned()),
                },
                other => {
                    text.push(other);
                    continue;
                }
            };
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(piece);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Self { pieces }
    }

    /// The text for one match; `whole` is the range in `text` that counts as the match.
    pub fn expand(&self, captures: &Captures<'_>, whole: Range<usize>, text: &str) -> String {
        let mut out = String::new();
        let (mut one, mut all) = (None, None);
        for piece in &self.pieces {
            let add = match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Group(0) => text.get(whole.clone()).unwrap_or_default(),
                Piece::Group(number) => {
                    let named = captures.name(&format!("g{number}"));
                    named.map_or("", |found| found.as_str())
                }
                Piece::Capture(name) => {
                    let by_number = name.parse().ok().and_then(|number| captures.get(number));
                    by_number.or_else(|| captures.name(name)).map_or("", |found| found.as_str())
                }
                Piece::Case(Case::End) => {
                    (one, all) = (None, None);
                    ""
                }
                Piece::Case(case @ (Case::UpperOne | Case::LowerOne)) => {
                    one = Some(*case);
                    ""
                }
                Piece::Case(case) => {
                    all = Some(*case);
                    ""
                }
            };
            for c in add.chars() {
                match one.take().or(all) {
                    Some(Case::Upper | Case::UpperOne) => out.extend(c.to_uppercase()),
                    Some(Case::Lower | Case::LowerOne) => out.extend(c.to_lowercase()),
                    _ => out.push(c),
                }
            }
        }
        out
    }
}

/// What a text that begins with `$` means, and how many bytes of it that takes; 0: just the dollar.
fn captured(text: &str) -> (Option<Piece>, usize) {
    let behind = text.get(1..).unwrap_or_default();
    match behind.chars().next() {
        Some('$') => (Some(Piece::Text("$".to_owned())), 2),
        Some('&') => (Some(Piece::Group(0)), 2),
        Some('0'..='9') => {
            let digits: String = behind.chars().take(2).take_while(char::is_ascii_digit).collect();
            let length = 1 + digits.len();
            (Some(if digits == "0" { Piece::Group(0) } else { Piece::Capture(digits) }), length)
        }
        Some('{') => match behind.get(1..).and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (Some(Piece::Capture(name.to_owned())), name.len() + 3),
            None => (None, 0),
        },
        _ => (None, 0),
    }
}

/// What a text that begins with a backslash means, and how many bytes of it that takes; 0: just the backslash.
fn escaped(text: &str) -> (Option<Piece>, usize) {
    let plain = match text.chars().nth(1) {
        Some('n') => "\n",
        Some('t') => "\t",
        Some('\\') => "\\",
        _ => return (None, 0),
    };
    (Some(Piece::Text(plain.to_owned())), 2)
}
