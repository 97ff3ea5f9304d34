//! Searching a text: a compiled pattern, its matches, the next one from a place. Patterns are vim's or plain regular
//! expressions, both carried out by the `regex` crate. Knows no keys and no screen.

use super::{lines::Lines, motion::Direction, position::LineIndex};
use protocol::ByteOffset;
use regex::{Captures, Regex, RegexBuilder};
use std::ops::Range;

pub mod nearest;
pub mod replacement;
pub mod tally;
mod vim_pattern;

pub use replacement::Replacement;
pub use tally::Tally;

/// Memory a compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// Why a pattern can't be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The regular expression is wrong, or too big.
    #[error("the pattern {pattern:?} is no regular expression: {reason}")]
    Malformed {
        /// What was asked for.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// vim has it, this editor does not.
    #[error("{item} is not supported in patterns; see docs/vim.md for what is")]
    Unsupported {
        /// The part of the pattern.
        item: String,
    },
}

/// Whether letters match their other case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaseRule {
    /// They do.
    pub ignores_case: bool,
    /// But not where the pattern has a capital letter.
    pub is_smart: bool,
}

/// How what was typed into a search is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchRules {
    /// Whether capital and small letters differ.
    pub heeds_case: bool,
    /// Whether only whole words match.
    pub whole_words: bool,
    /// Whether it is a regular expression.
    pub is_regex: bool,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    case: CaseRule,
    regex: Regex,
    /// Whether a match may go over a line's end.
    crosses_lines: bool,
    /// Whether the match proper is a group of the expression (`\zs`, `\ze`).
    has_bounds: bool,
    /// Whether it means just its characters: what it finds in many lines at once is what it finds in each of them.
    is_literal: bool,
}

/// A match, and whether the search went round the end of the text to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub range: Range<ByteOffset>,
    /// Whether it was found behind the end, from the start on (or the other way).
    pub is_wrapped: bool,
}

/// How many matches there are, and the how-manieth the cursor is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchCount {
    /// The number of the last match that starts at or before the cursor; 0 before the first.
    pub current: usize,
    /// All matches, up to the limit that was asked for.
    pub total: usize,
}

impl Pattern {
    /// Compiles a pattern in vim's notation (<https://vimhelp.org/pattern.txt.html>), as far as docs/vim.md says.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn vim(source: &str, case: CaseRule) -> Result<Self, PatternError> {
        let translated = vim_pattern::translate(source)?;
        let has_capital = vim_pattern::has_capital(source);
        let ignores = translated.case.unwrap_or(case.ignores_case && !(case.is_smart && has_capital));
        let mut pattern = Self::compile(source, case, &translated.regex, ignores)?;
        pattern.crosses_lines = translated.crosses_lines;
        pattern.has_bounds = translated.has_bounds;
        Ok(pattern)
    }

    /// Compiles what was typed into a search by these rules: just these characters, or a regular expression in the notation of the
    /// `regex` crate. Only an expression that names a line break (`\n`, `(?s)`) goes over line ends.
    ///
    /// # Errors
    /// [`PatternError::Malformed`], also where it is too long.
    pub fn plain(source: &str, rules: SearchRules) -> Result<Self, PatternError> {
        let body = if rules.is_regex { format!("(?:{source})") } else { regex::escape(source) };
        let is_word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_alphanumeric());
        let bound = |has_word| if rules.whole_words && (rules.is_regex || has_word) { r"\b" } else { "" };
        let (before, after) = (bound(is_word(source.chars().next())), bound(is_word(source.chars().next_back())));
        let case = CaseRule { ignores_case: !rules.heeds_case, is_smart: false };
        // What is wrong with an expression is said of it as it was typed.
        if rules.is_regex {
            Self::compile(source, case, source, case.ignores_case)?;
        }
        let mut pattern = Self::compile(source, case, &format!("{before}{body}{after}"), case.ignores_case)?;
        let names_break = source.contains("\\n") || source.contains("\\r") || source.contains("(?s");
        pattern.crosses_lines = source.contains('\n') || (rules.is_regex && names_break);
        pattern.is_literal = !rules.is_regex;
        Ok(pattern)
    }

    fn compile(source: &str, case: CaseRule, expression: &str, ignores_case: bool) -> Result<Self, PatternError> {
        let built = RegexBuilder::new(expression)
            .multi_line(true)
            .case_insensitive(ignores_case)
            .size_limit(SIZE_LIMIT)
            .build();
        let malformed = |error: regex::Error| PatternError::Malformed {
            pattern: source.to_owned(),
            reason: error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        };
        let regex = built.map_err(malformed)?;
        Ok(Self { source: source.to_owned(), case, regex, crosses_lines: false, has_bounds: false, is_literal: false })
    }

    /// What it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The rule it was compiled by.
    pub fn case(&self) -> CaseRule {
        self.case
    }

    /// The matches that start in a range of lines, in order.
    pub fn matches(&self, lines: &Lines<'_>, range: Range<LineIndex>) -> Vec<Range<ByteOffset>> {
        let mut found = Vec::new();
        let last = range.end.min(lines.last().down(1));
        if self.crosses_lines {
            let start = lines.start(range.start);
            let text = lines.text().slice(start..lines.text_end());
            let behind = if last > lines.last() { usize::MAX } else { lines.start(last).0 };
            self.each(&text, start, &mut |range| {
                let is_inside = range.start.0 < behind;
                if is_inside {
                    found.push(range);
                }
                is_inside
            });
        } else {
            for line in range.start.0..last.0 {
                self.each(&lines.content(LineIndex(line)), lines.start(LineIndex(line)), &mut |range| {
                    found.push(range);
                    true
                });
            }
        }
        found
    }

    /// The next match from a place in a direction. Forward it starts behind the place, backward before it.
    pub fn next(&self, lines: &Lines<'_>, at: ByteOffset, direction: Direction, wraps: bool) -> Option<Found> {
        let here = lines.of(at);
        let place = |range: &Range<ByteOffset>| lines.on_character(range.start);
        let is_ahead = |range: &Range<ByteOffset>| match direction {
            Direction::Forward => place(range) > at,
            Direction::Backward => place(range) < at,
        };
        let pick = |matches: Vec<Range<ByteOffset>>, ahead: bool| {
            let mut fitting = matches.into_iter().filter(|range| !ahead || is_ahead(range));
            if direction == Direction::Forward { fitting.next() } else { fitting.next_back() }
        };
        let found = |range, is_wrapped| Some(Found { range, is_wrapped });
        if self.crosses_lines {
            let all = self.matches(lines, LineIndex::FIRST..lines.last().down(1));
            if let Some(range) = pick(all.clone(), true) {
                return found(range, false);
            }
            return if wraps { pick(all, false).and_then(|range| found(range, true)) } else { None };
        }
        let in_line = |line: usize, ahead| pick(self.matches(lines, LineIndex(line)..LineIndex(line + 1)), ahead);
        if let Some(range) = in_line(here.0, true) {
            return found(range, false);
        }
        let (first, last) = (0, lines.last().0);
        let (ahead, behind): (Vec<usize>, Vec<usize>) = match direction {
            Direction::Forward => ((here.0 + 1..=last).collect(), (first..=here.0).collect()),
            Direction::Backward => ((first..here.0).rev().collect(), (here.0..=last).rev().collect()),
        };
        if let Some(range) = ahead.into_iter().find_map(|line| in_line(line, false)) {
            return found(range, false);
        }
        if !wraps {
            return None;
        }
        behind.into_iter().find_map(|line| in_line(line, false)).and_then(|range| found(range, true))
    }

    /// Counts the matches, at most `limit`, and says which one a place is at.
    pub fn count(&self, lines: &Lines<'_>, at: ByteOffset, limit: usize) -> MatchCount {
        let mut count = MatchCount { current: 0, total: 0 };
        let mut line = LineIndex::FIRST;
        // Matches that cross lines are found all at once, others line by line, so that the limit saves work.
        let step = if self.crosses_lines { lines.count() } else { 1 };
        while line <= lines.last() && count.total < limit {
            for range in self.matches(lines, line..line.down(step)) {
                count.total += 1;
                count.current += usize::from(lines.on_character(range.start) <= at);
            }
            line = line.down(step);
        }
        count
    }

    /// Gives each match in a text that starts at `offset`, until the visitor says that it is enough.
    fn each(&self, text: &str, offset: ByteOffset, visit: &mut dyn FnMut(Range<ByteOffset>) -> bool) {
        let place = |range: Range<usize>| ByteOffset(offset.0 + range.start)..ByteOffset(offset.0 + range.end);
        if self.has_bounds {
            for captures in self.regex.captures_iter(text) {
                if !visit(place(self.bounds(&captures))) {
                    return;
                }
            }
        } else {
            for found in self.regex.find_iter(text) {
                // At the end of a line that has characters, an empty match is one only where nothing else is meant.
                if !visit(place(found.range())) {
                    return;
                }
            }
        }
    }

    /// The match proper.
    fn bounds(&self, captures: &Captures<'_>) -> Range<usize> {
        let whole = captures.get(0).map_or(0..0, |found| found.range());
        if !self.has_bounds {
            return whole;
        }
        captures.name(vim_pattern::BOUNDS).map_or(whole, |found| found.range())
    }

    /// What replacing the matches in a text would change: each match's range in the text and what comes in its place.
    /// `every`: all of them, else the first of each line.
    pub fn replacements(&self, text: &str, replacement: &Replacement, every: bool) -> Vec<(Range<usize>, String)> {
        let mut found = Vec::new();
        let mut last_line_break = None;
        for captures in self.regex.captures_iter(text) {
            let range = self.bounds(&captures);
            let line = text.get(..range.start).map(|before| before.rfind('\n'));
            if !every && last_line_break == line && line.is_some() {
                continue;
            }
            last_line_break = line;
            found.push((range, replacement.expand(&captures, self.bounds(&captures), text)));
        }
        found
    }

    /// Whether a match may go over a line's end.
    pub fn crosses_lines(&self) -> bool {
        self.crosses_lines
    }
}

#[cfg(test)]
mod tests;
