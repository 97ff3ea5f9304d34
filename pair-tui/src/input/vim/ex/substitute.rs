//! `:s` with its flags, one by one on request, and its repetition.

use super::{Range, range::until};
use crate::{
    editor::{
        position::LineIndex,
        search::{CaseRule, Pattern, Replacement},
    },
    input::{
        Key,
        vim::{
            marks::map,
            state::{Vim, is_escape},
            work::Work,
        },
    },
};
use protocol::ByteOffset;

/// The flags of `:s`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own, as in vim")]
struct Flags {
    every: bool,
    /// `i` or `I`.
    case: Option<bool>,
    asks: bool,
    quiet: bool,
    counts_only: bool,
}

/// The last `:s`, for `&`.
#[derive(Debug, Clone)]
pub(super) struct LastSubstitute {
    pattern: String,
    replacement: String,
    flags: Flags,
}

/// Replacements that are asked for one by one.
#[derive(Debug, Clone)]
pub(in crate::input::vim) struct Confirm {
    /// What is left, in order, with the present one first: the range and what comes.
    left: Vec<(std::ops::Range<ByteOffset>, String)>,
    done: usize,
    shown: String,
    /// Somebody changed the one that was asked about: nothing is replaced before the next one has been shown.
    is_gone: bool,
}

impl Confirm {
    pub fn question(&self) -> String {
        if self.is_gone {
            return "somebody changed this one; any key shows the next, q quits".to_owned();
        }
        format!("replace with {}? (y)es (n)o (a)ll (l)ast (q)uit", self.shown)
    }

    /// Keeps what is left on its text; a place that is changed is given up.
    pub fn map(&mut self, at: ByteOffset, removed: usize, inserted: usize) {
        let end = ByteOffset(at.0 + removed);
        self.is_gone |= self.left.first().is_some_and(|(range, _)| end > range.start && at < range.end);
        self.left.retain(|(range, _)| end <= range.start || at >= range.end);
        for (range, _) in &mut self.left {
            let size = range.end.0 - range.start.0;
            let start = map(range.start, at, removed, inserted);
            *range = start..ByteOffset(start.0 + size);
        }
    }
}

impl Vim {
    pub(super) fn substitute(&mut self, range: Range, arguments: &str, work: &mut Work<'_>) -> Result<(), String> {
        let arguments = arguments.trim_start();
        let Some(sign) =
            arguments.chars().next().filter(|c| !c.is_alphanumeric() && !matches!(c, '"' | '|' | '\\' | ' '))
        else {
            return self.substitute_again(range, false, arguments, work);
        };
        let (pattern, rest) = until(arguments.get(sign.len_utf8()..).unwrap_or_default(), sign);
        let (replacement, flags) = until(rest, sign);
        let pattern = if pattern.is_empty() {
            self.searches.last_pattern().ok_or("nothing was searched for yet")?.to_owned()
        } else {
            pattern
        };
        let (flags, count) = self.flags(flags, None)?;
        self.ex.substitute = Some(LastSubstitute { pattern, replacement, flags });
        self.run_substitute(counted(range, count, work), work)
    }

    /// `:&`, `:&&`, `&`, `g&`.
    pub(super) fn substitute_again(
        &mut self,
        range: Range,
        keeps_flags: bool,
        arguments: &str,
        work: &mut Work<'_>,
    ) -> Result<(), String> {
        let last = self.ex.substitute.clone().ok_or("nothing was replaced yet; :s/pattern/text/ does it")?;
        let (flags, count) = self.flags(arguments, keeps_flags.then_some(last.flags))?;
        self.ex.substitute = Some(LastSubstitute { flags, ..last });
        self.run_substitute(counted(range, count, work), work)
    }

    pub(in crate::input::vim) fn repeat_substitute(&mut self, everywhere: bool, work: &mut Work<'_>) {
        let line = work.line();
        let range = if everywhere {
            Range { first: LineIndex::FIRST, last: work.lines().last(), given: 2 }
        } else {
            Range { first: line, last: line, given: 0 }
        };
        if let Err(problem) = self.substitute_again(range, everywhere, "", work) {
            work.fail_with(problem);
        }
    }

    fn flags(&self, text: &str, kept: Option<Flags>) -> Result<(Flags, Option<usize>), String> {
        let mut flags = kept.unwrap_or(Flags { every: self.options.g_default, ..Flags::default() });
        let mut rest = text.trim();
        if let Some(behind) = rest.strip_prefix('&') {
            if let Some(last) = &self.ex.substitute {
                flags = last.flags;
            }
            rest = behind;
        }
        let end = rest.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(rest.len());
        for flag in rest.get(..end).unwrap_or_default().chars() {
            match flag {
                'g' => flags.every = !flags.every,
                'i' => flags.case = Some(true),
                'I' => flags.case = Some(false),
                'c' => flags.asks = true,
                'n' => flags.counts_only = true,
                'e' => flags.quiet = true,
                '&' | 'p' | 'r' => {}
                other => return Err(format!(":s has no flag {other}; it has g, i, I, c, n and e")),
            }
        }
        let number = rest.get(end..).unwrap_or_default().trim();
        let count =
            if number.is_empty() { None } else { Some(number.parse().map_err(|_| format!("{number} is no count"))?) };
        Ok((flags, count))
    }

    fn run_substitute(&mut self, range: Range, work: &mut Work<'_>) -> Result<(), String> {
        let Some(LastSubstitute { pattern: source, replacement, flags }) = self.ex.substitute.clone() else {
            return Ok(());
        };
        self.searches.set(&source);
        let case = match flags.case {
            Some(ignores_case) => CaseRule { ignores_case, is_smart: false },
            None => self.options.case(),
        };
        let pattern = Pattern::vim(&source, case).map_err(|error| error.to_string())?;
        let found = replacements(&pattern, &Replacement::vim(&replacement), flags.every, range, work);
        let lines: std::collections::BTreeSet<usize> =
            found.iter().map(|(place, _)| work.lines().of(place.start).0).collect();
        if found.is_empty() {
            return if flags.quiet { Ok(()) } else { Err(format!("not found: {source}")) };
        }
        let said =
            format!("{} on {}", counted_as(found.len(), "match", "matches"), counted_as(lines.len(), "line", "lines"));
        if flags.counts_only {
            work.say(said);
            let at = work.lines().first_nonblank(work.line());
            work.go(at);
            return Ok(());
        }
        if flags.asks {
            self.ask(found, work);
            return Ok(());
        }
        let from = work.cursor;
        self.remember_jump(from, work);
        let count = found.len();
        let mut grown = 0_isize;
        let mut last = from;
        work.cursor = work.lines().start(work.lines().of(found[0].0.start));
        for (place, text) in found {
            let start = ByteOffset(place.start.0.saturating_add_signed(grown));
            let size = place.end.0 - place.start.0;
            grown += isize::try_from(text.len()).unwrap_or(0) - isize::try_from(size).unwrap_or(0);
            work.replace(start..ByteOffset(start.0 + size), &text);
            last = ByteOffset(start.0 + text.len());
        }
        let line = work.lines().of(last.min(work.lines().text_end()));
        let at = work.lines().first_nonblank(line);
        work.go(at);
        if count > 2 {
            work.say(said);
        }
        Ok(())
    }

    fn ask(&mut self, found: Vec<(std::ops::Range<ByteOffset>, String)>, work: &mut Work<'_>) {
        let shown = found.first().map(|(_, text)| text.clone()).unwrap_or_default();
        if let Some((place, _)) = found.first() {
            work.go(place.start);
        }
        self.begin_insert_step(work);
        self.confirm = Some(Confirm { left: found, done: 0, shown, is_gone: false });
    }

    /// An answer to the question whether the present one is replaced.
    pub(in crate::input::vim) fn answer(&mut self, key: Key, work: &mut Work<'_>) {
        let Some(mut confirm) = self.confirm.take() else { return };
        let letter = if is_escape(key) { 'q' } else { key.typed().unwrap_or(' ') };
        let is_gone = std::mem::take(&mut confirm.is_gone);
        let count = match letter {
            'q' => {
                confirm.left.clear();
                0
            }
            _ if is_gone => 0,
            'y' | 'l' => 1,
            'a' => confirm.left.len(),
            'n' if !confirm.left.is_empty() => {
                confirm.left.remove(0);
                0
            }
            _ => 0,
        };
        for _ in 0..count.min(confirm.left.len()) {
            let (place, text) = confirm.left.remove(0);
            let (at, removed) = (place.start, place.end.0 - place.start.0);
            work.replace(place, &text);
            confirm.map(at, removed, text.len());
            confirm.done += 1;
            work.go(at);
        }
        if letter == 'l' && !is_gone {
            confirm.left.clear();
        }
        if let Some((place, text)) = confirm.left.first() {
            confirm.shown.clone_from(text);
            work.go(place.start);
            self.confirm = Some(confirm);
        } else {
            work.end_undo_step();
            let line = work.line();
            match letter {
                'q' => {}
                'l' => work.go(work.lines().start(line)),
                _ => work.go(work.lines().first_nonblank(line)),
            }
            work.say(counted_as(confirm.done, "replacement", "replacements"));
        }
    }
}

/// What is to be replaced in a range of lines, by what, in order.
fn replacements(
    pattern: &Pattern,
    replacement: &Replacement,
    every: bool,
    range: Range,
    work: &Work<'_>,
) -> Vec<(std::ops::Range<ByteOffset>, String)> {
    let lines = work.lines();
    let mut found = Vec::new();
    let mut line = range.first;
    while line <= range.last {
        let last = if pattern.crosses_lines() { range.last } else { line };
        let start = lines.start(line);
        let text = lines.text().slice(start..lines.next_start(last));
        let text = if pattern.crosses_lines() { text.as_str() } else { text.trim_end_matches(['\n', '\r']) };
        for (place, inserted) in pattern.replacements(text, replacement, every) {
            found.push((ByteOffset(start.0 + place.start)..ByteOffset(start.0 + place.end), inserted));
        }
        line = last.down(1);
    }
    found
}

fn counted(range: Range, count: Option<usize>, work: &Work<'_>) -> Range {
    match count {
        Some(count) => Range {
            first: range.last,
            last: range.last.down(count.max(1) - 1).min(work.lines().last()),
            given: range.given,
        },
        None => range,
    }
}

fn counted_as(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
