//! `/`, `?`, `n`, `N`, `*`, `#`: what was searched for, and where the next one is. The searching itself is in `editor/search`.

use super::{
    command::PromptKind,
    motion::{Moved, Span},
    state::Vim,
    work::Work,
};
use crate::{
    editor::{
        lines::is_blank,
        motion::{Direction, word::is_keyword},
        search::Pattern,
    },
    input::History,
};
use protocol::ByteOffset;

/// In texts longer than this, in bytes, matches are not counted: every `n` would read all of it.
const COUNTED_MAX: usize = 1 << 20;
/// Matches that are counted at most.
pub const MATCHES_MAX: usize = 9_999;

/// What was searched for.
#[derive(Debug)]
pub(super) struct Searches {
    pattern: Option<String>,
    direction: Direction,
    /// Whether matches are marked until the next search (`:noh`).
    is_quiet: bool,
    preview: Option<String>,
    pub history: History,
}

impl Default for Searches {
    fn default() -> Self {
        Self {
            pattern: None,
            direction: Direction::Forward,
            is_quiet: false,
            preview: None,
            history: History::default(),
        }
    }
}

impl Searches {
    pub fn last_pattern(&self) -> Option<&str> {
        self.pattern.as_deref()
    }

    pub fn set(&mut self, pattern: &str) {
        self.pattern = Some(pattern.to_owned());
        self.is_quiet = false;
    }

    pub fn preview(&mut self, pattern: Option<String>) {
        self.preview = pattern;
    }

    pub fn hide(&mut self) {
        self.is_quiet = true;
    }
}

impl Vim {
    /// The pattern whose matches are to be marked: what is being typed, else what was searched for last.
    pub fn highlighted(&self) -> Option<&Pattern> {
        self.highlight.as_ref()
    }

    /// Compiles the pattern to be marked, if it is another one than before.
    pub(super) fn highlight_matches(&mut self) {
        let typed = self
            .prompt
            .as_ref()
            .filter(|prompt| matches!(prompt.kind, PromptKind::Search(_)) && self.options.incremental_search)
            .map(|prompt| prompt.text.as_str())
            .filter(|text| !text.is_empty());
        let last =
            self.searches.pattern.as_deref().filter(|_| self.options.highlight_search && !self.searches.is_quiet);
        let wanted = typed.or(last);
        let case = self.options.case();
        let is_known = |known: &Pattern| wanted == Some(known.source()) && known.case() == case;
        if self.highlight.as_ref().is_some_and(is_known) {
            return;
        }
        self.highlight = wanted.and_then(|source| Pattern::vim(source, case).ok());
    }

    /// Searches for a pattern that was typed; an empty one is the last.
    pub(super) fn search(
        &mut self,
        direction: Direction,
        pattern: &str,
        times: usize,
        work: &mut Work<'_>,
    ) -> Option<Moved> {
        let sign = if direction == Direction::Forward { '/' } else { '?' };
        let pattern = without_offset(pattern, sign);
        if !pattern.is_empty() {
            self.searches.set(&pattern);
        }
        self.searches.direction = direction;
        self.next_match(direction, times, work)
    }

    pub(super) fn search_again(&mut self, reversed: bool, times: usize, work: &mut Work<'_>) -> Option<Moved> {
        let direction = self.searches.direction;
        self.next_match(if reversed { direction.reversed() } else { direction }, times, work)
    }

    /// `*` and `#`: the word under the cursor.
    pub(super) fn star(
        &mut self,
        direction: Direction,
        whole_word: bool,
        times: usize,
        work: &mut Work<'_>,
    ) -> Option<Moved> {
        let Some((under, at)) = word_at(work) else {
            work.fail_with("there is no word under the cursor");
            return None;
        };
        let escaped: String =
            under.chars().flat_map(|c| if r"\.*[]~^$/".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
        let is_word = under.chars().next().is_some_and(is_keyword);
        let pattern = if whole_word && is_word { format!("\\<{escaped}\\>") } else { escaped };
        self.searches.set(&pattern);
        self.searches.direction = direction;
        self.searches.history.remember(&pattern);
        let from = work.cursor;
        // Back from the start of the word, so that the word itself is not the next one.
        work.cursor = at;
        let found = self.next_match(direction, times, work);
        work.cursor = from;
        found
    }

    fn next_match(&mut self, direction: Direction, times: usize, work: &mut Work<'_>) -> Option<Moved> {
        let Some(source) = self.searches.pattern.clone() else {
            work.fail_with("nothing was searched for yet; / begins a search");
            return None;
        };
        self.searches.is_quiet = false;
        let pattern = match Pattern::vim(&source, self.options.case()) {
            Ok(pattern) => pattern,
            Err(error) => {
                work.fail_with(error.to_string());
                return None;
            }
        };
        let mut at = work.cursor;
        let mut wrapped = false;
        for _ in 0..times {
            let found = pattern.next(&work.lines(), at, direction, self.options.wrap_scan);
            let Some(found) = found else {
                work.fail_with(format!("not found: {source}"));
                return None;
            };
            wrapped |= found.is_wrapped;
            at = work.lines().on_character(found.range.start);
        }
        let is_short = work.text().len().0 <= COUNTED_MAX;
        self.match_count = is_short.then(|| pattern.count(&work.lines(), at, MATCHES_MAX));
        if wrapped {
            let end =
                if direction == Direction::Forward { "end, went on at the start" } else { "start, went on at the end" };
            work.say(format!("the search came to the {end}"));
        }
        Some(Moved::to(at, Span::Exclusive).jump().filling_one())
    }
}

/// A pattern without the closing sign and what is behind it (offsets are not supported).
fn without_offset(pattern: &str, sign: char) -> String {
    let mut out = String::new();
    let mut rest = pattern.chars();
    let mut in_class = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let next = rest.next();
                if next != Some(sign) {
                    out.push('\\');
                }
                out.extend(next);
                continue;
            }
            '[' => in_class = rest.as_str().contains(']'),
            ']' => in_class = false,
            c if c == sign && !in_class => break,
            _ => {}
        }
        out.push(c);
    }
    out
}

/// The word under the cursor, or the first one behind it in the line; where there is none, the signs. With its start.
pub(super) fn word_at(work: &Work<'_>) -> Option<(String, ByteOffset)> {
    let lines = work.lines();
    let line = work.line();
    let start = lines.start(line);
    let content = lines.content(line);
    let column = work.cursor.0 - start.0;
    let runs = |wanted: fn(char) -> bool| {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (at, c) in content.char_indices().filter(|(_, c)| wanted(*c)) {
            match runs.last_mut() {
                Some((_, end)) if *end == at => *end = at + c.len_utf8(),
                _ => runs.push((at, at + c.len_utf8())),
            }
        }
        runs.into_iter().find(|(_, end)| *end > column)
    };
    let signs = || {
        let (run, to) = runs(|c| !is_blank(c))?;
        let from = runs(|c| !is_blank(c) && !is_keyword(c)).map_or(run, |(from, _)| from.max(run));
        Some((from, to))
    };
    let (from, to) = runs(is_keyword).or_else(signs)?;
    Some((content.get(from..to)?.to_owned(), ByteOffset(start.0 + from)))
}
