//! Our first provider, as it was before the engine: the rest of the nearest line that begins alike, the nearest word, what followed
//! the last two or three tokens, the line that followed the line above. Kept to be measured against; knows no engine.

#[path = "keywords.rs"]
mod keywords;

use std::ops::Range;

/// Bytes of text on each side of the cursor that are looked at, so that a suggestion costs below a millisecond or so in any text.
const WINDOW_BYTES: usize = 128 << 10;

/// Bytes of a suggestion: beyond, nobody reads it, and a line of a minified file may be as long as the file.
const SUGGESTION_BYTES_MAX: usize = 1_024;

/// Characters (spaces not counted) that a line must have before the rest of another one is suggested for it.
const LINE_MIN_CHARACTERS: usize = 4;

/// Characters that a word must have before its rest is suggested.
const WORD_MIN_CHARACTERS: usize = 2;

/// Tokens that must agree for what followed them to be suggested; more are tried first.
const CONTEXT_TOKENS: [usize; 2] = [3, 2];

/// What fits at a place in a text; empty where nothing does.
pub fn suggestion(code: &str, cursor: usize, language: &str) -> String {
    let (before, after) = around(code, cursor);
    let (earlier, line) = before.rsplit_once('\n').map_or(("", before), |(earlier, line)| (earlier, line));
    let (rest, later) = after.split_once('\n').unwrap_or((after, ""));
    if rest.chars().next().is_some_and(is_word) {
        return String::new();
    }
    let at_line_end = rest.trim().is_empty();
    let found = at_line_end.then(|| rest_of_line(earlier, line, later)).flatten();
    let found = found.or_else(|| rest_of_word(before, after, language));
    let found = found.or_else(|| at_line_end.then(|| what_followed(before, line)).flatten());
    let found = found.or_else(|| at_line_end.then(|| next_line(earlier, line, later)).flatten());
    let mut found = found.unwrap_or_default();
    found.truncate(found.floor_char_boundary(SUGGESTION_BYTES_MAX));
    found
}

/// The text on both sides of a place, each at most [`WINDOW_BYTES`] long.
fn around(code: &str, cursor: usize) -> (&str, &str) {
    let cursor = code.floor_char_boundary(cursor);
    let from = code.ceil_char_boundary(cursor.saturating_sub(WINDOW_BYTES));
    let to = code.floor_char_boundary(cursor.saturating_add(WINDOW_BYTES));
    (slice(code, from.min(cursor)..cursor), slice(code, cursor..to))
}

/// The rest of the nearest line that begins as this one does; lines above come first.
fn rest_of_line(earlier: &str, line: &str, later: &str) -> Option<String> {
    let begun = line.trim_start();
    if begun.chars().filter(|c| !c.is_whitespace()).count() < LINE_MIN_CHARACTERS {
        return None;
    }
    let mut near = earlier.rsplit('\n').chain(later.split('\n'));
    let rest = near.find_map(|line| line.trim().strip_prefix(begun).filter(|rest| !rest.trim().is_empty()))?;
    Some(rest.to_owned())
}

/// The rest of the word that is being typed: the nearest word before the cursor, else after it, else a keyword.
fn rest_of_word(before: &str, after: &str, language: &str) -> Option<String> {
    let start = before.rfind(|c| !is_word(c)).map_or(0, |at| before.ceil_char_boundary(at + 1));
    let begun = slice(before, start..before.len());
    if begun.chars().count() < WORD_MIN_CHARACTERS || begun.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = |word: &'_ str| word.strip_prefix(begun).filter(|rest| !rest.is_empty()).map(str::to_owned);
    let text_before = slice(before, 0..start);
    let nearest = text_before.rsplit(|c| !is_word(c)).find_map(rest);
    let nearest = nearest.or_else(|| after.split(|c| !is_word(c)).find_map(rest));
    nearest.or_else(|| keywords::of(language).iter().copied().find_map(rest))
}

/// What stood behind the same tokens the last time, to the end of that line.
fn what_followed(before: &str, line: &str) -> Option<String> {
    let all = tokens(before);
    let on_line = tokens(line).into_iter().filter(|token| !slice(line, token.clone()).trim().is_empty()).count();
    let solid =
        all.iter().filter(|token| !slice(before, (*token).clone()).trim().is_empty()).cloned().collect::<Vec<_>>();
    CONTEXT_TOKENS.into_iter().filter(|count| on_line >= *count).find_map(|count| {
        let context = solid.get(solid.len().checked_sub(count)?..)?;
        let word = |range: &Range<usize>| slice(before, range.clone());
        let agrees = |seen: &[Range<usize>]| seen.iter().zip(context).all(|(seen, wanted)| word(seen) == word(wanted));
        let earlier = solid.get(..solid.len() - 1)?;
        let seen = earlier.windows(count).rev().find(|seen| agrees(seen))?;
        let behind = slice(before, seen.last()?.end..before.len());
        let rest = behind.split('\n').next().unwrap_or_default().trim_end();
        let rest = if line.ends_with(char::is_whitespace) { rest.trim_start() } else { rest };
        (!rest.trim().is_empty()).then(|| rest.to_owned())
    })
}

/// On a blank line: the line that followed a line like the one above, where it stands elsewhere too.
fn next_line(earlier: &str, line: &str, later: &str) -> Option<String> {
    if !line.trim().is_empty() {
        return None;
    }
    let (before, above) = earlier.rsplit_once('\n').unwrap_or(("", earlier));
    let above = above.trim();
    if above.chars().count() < LINE_MIN_CHARACTERS {
        return None;
    }
    let follows = |text: &str| {
        let lines = text.split('\n').collect::<Vec<_>>();
        let pair = lines.windows(2).rev().find(|pair| matches!(pair, [first, _] if first.trim() == above));
        pair.and_then(|pair| pair.last()).map(|next| next.trim().to_owned()).filter(|next| !next.is_empty())
    };
    follows(before).or_else(|| follows(later))
}

/// Cuts a text into words, runs of spaces, and single other characters. The ranges are bytes, and cover the text.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let kind = |c: char| match c {
        c if is_word(c) => 1,
        c if c.is_whitespace() => 2,
        _ => 0,
    };
    let mut tokens: Vec<(u8, Range<usize>)> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match tokens.last_mut() {
            Some((last, range)) if *last == kind(c) && kind(c) != 0 => range.end = end,
            _ => tokens.push((kind(c), at..end)),
        }
    }
    tokens.into_iter().map(|(_, range)| range).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A part of a text; empty where the range does not fit, which no caller asks for.
fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}
