//! What comes in place of a match: vim's notation of it (<https://vimhelp.org/change.txt.html#sub-replace-special>), or plain
//! text.

use regex::Captures;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A group of the match; 0: all of it.
    Group(usize),
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
