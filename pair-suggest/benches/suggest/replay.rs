//! Writes a file as somebody would who knows what it should be: key by key from the start, taking each suggestion that is exactly
//! right. Knows no engine, only what completes.
//!
//! What is counted: every character is a key, except the white space at the start of a line, which editors give anyhow. Before each key
//! the system may show one suggestion. It is right if it is what comes, does not stop inside a word, and then one key takes all of
//! it; a suggestion of `n` characters so saves `n - 1`. One that is wrong costs nothing, but each showing of it counts as shown.

use crate::systems::System;
use pair_suggest::{RoomModel, lexer::lexemes, lexis};
use protocol::{ByteOffset, DocumentPath};

/// Next tokens that are looked at.
const RANKS: usize = 10;

/// What came of writing some files.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Keys without suggestions.
    pub characters: usize,
    /// Keys with them.
    pub keys: usize,
    pub shown: usize,
    pub right: usize,
    /// Next tokens that were asked for, how many came first, and the sum of the reciprocal ranks.
    pub tokens: usize,
    pub first: usize,
    pub reciprocal: f64,
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
impl Tally {
    pub fn saved(&self) -> f64 {
        1.0 - self.keys as f64 / self.characters as f64
    }

    pub fn precision(&self) -> f64 {
        self.right as f64 / self.shown.max(1) as f64
    }

    pub fn accuracy(&self) -> f64 {
        self.first as f64 / self.tokens as f64
    }

    pub fn reciprocal_rank(&self) -> f64 {
        self.reciprocal / self.tokens as f64
    }

    pub fn add(&mut self, other: Self) {
        self.characters += other.characters;
        self.keys += other.keys;
        self.shown += other.shown;
        self.right += other.right;
        self.tokens += other.tokens;
        self.first += other.first;
        self.reciprocal += other.reciprocal;
    }
}

/// Writes a file.
pub fn write(system: &mut dyn System, language: &'static str, file: &str) -> Tally {
    let mut tally = Tally::default();
    system.begin(language);
    let mut at = 0;
    while at < file.len() {
        let rest = &file[at..];
        let indentation = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if indentation > 0 && (at == 0 || file[..at].ends_with('\n')) {
            system.grow(&file[..at + indentation], at);
            at += indentation;
            continue;
        }
        let suggestion = if rest.starts_with('\n') { String::new() } else { system.suggest(&file[..at]) };
        tally.shown += usize::from(!suggestion.is_empty());
        let right = !suggestion.is_empty() && is_right(&suggestion, rest, language);
        let grown = if right { suggestion.len() } else { rest.chars().next().map_or(1, char::len_utf8) };
        tally.right += usize::from(right);
        tally.keys += 1;
        tally.characters += rest[..grown].chars().count();
        system.grow(&file[..at + grown], at);
        at += grown;
    }
    tally
}

fn is_right(suggestion: &str, rest: &str, language: &str) -> bool {
    let lexis = lexis::of(language);
    let word = |c: Option<char>| c.is_some_and(|c| lexis.is_word(c));
    rest.strip_prefix(suggestion)
        .is_some_and(|behind| !(word(suggestion.chars().next_back()) && word(behind.chars().next())))
}

/// Asks before each token of a file what it will be, when all before it is written, and the white space too.
pub fn guess(system: &mut dyn System, language: &'static str, file: &str) -> Tally {
    let mut tally = Tally::default();
    system.begin(language);
    let (mut written, mut at) = (0, 0);
    for line in file.split_inclusive('\n') {
        for lexeme in lexemes(line.trim_end_matches('\n'), lexis::of(language)) {
            at += lexeme.before.len();
            system.grow(&file[..at], written);
            written = at;
            let ranked = system.next(&file[..at], RANKS);
            let rank = ranked.iter().position(|guess| begins_with(guess, lexeme.text, language));
            tally.tokens += 1;
            tally.first += usize::from(rank == Some(0));
            tally.reciprocal += rank.map_or(0.0, |rank| 1.0 / f64::from(u32::try_from(rank + 1).unwrap()));
            at += lexeme.text.len();
        }
        at = line.as_ptr() as usize - file.as_ptr() as usize + line.len();
        system.grow(&file[..at], written);
        written = at;
    }
    tally
}

/// Whether the first token of a guess is the one that comes.
fn begins_with(guess: &str, token: &str, language: &str) -> bool {
    lexemes(guess, lexis::of(language)).next().is_some_and(|first| first.text == token)
}

/// Prints for every character what the engine takes for the most likely: its chance, how many characters of the token are typed, and
/// whether it comes (1) or not (0). What the calibrations of the weights were fitted to.
pub fn print_chances(model: &mut RoomModel, language: &'static str, file: &str) {
    let document = DocumentPath::main();
    model.open(&document, "");
    let mut written = 0;
    for line in file.split_inclusive('\n') {
        let start = line.as_ptr() as usize - file.as_ptr() as usize;
        let mut at = start;
        for lexeme in lexemes(line.trim_end_matches('\n'), lexis::of(language)) {
            at += lexeme.before.len();
            for (typed, (offset, _)) in lexeme.text.char_indices().enumerate() {
                let place = ByteOffset(written);
                model.edit(&document, place..place, &file[written..at + offset]);
                written = at + offset;
                if let Some((text, chance)) = model.next_tokens(&document, ByteOffset(written), 1).pop() {
                    let right = is_right(&text, &file[written..start + line.len()], language);
                    println!("{chance:.6} {typed} {}", u8::from(right));
                }
            }
            at += lexeme.text.len();
        }
    }
}
