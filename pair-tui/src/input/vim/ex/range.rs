//! The range of an Ex command: `%`, `.`, `$`, numbers, marks, patterns, and offsets from them
//! (<https://vimhelp.org/cmdline.txt.html#cmdline-ranges>).

use super::Range;
use crate::{
    editor::{motion::Direction, position::LineIndex, search::Pattern},
    input::vim::{state::Vim, work::Work},
};

impl Vim {
    /// Reads a range; gives what stands behind it. Without one it is the cursor's line.
    pub(super) fn read_range<'t>(&mut self, text: &'t str, work: &Work<'_>) -> Result<(Range, &'t str), String> {
        let last = work.lines().last();
        if let Some(rest) = text.strip_prefix('%') {
            return Ok((Range { first: LineIndex::FIRST, last, given: 2 }, rest));
        }
        let mut current = work.line();
        let mut found: Vec<LineIndex> = Vec::new();
        let mut rest = text;
        loop {
            let (line, behind) = self.read_address(rest.trim_start(), current, work)?;
            let is_missing = line.is_none();
            rest = behind.trim_start();
            if let Some(sign) = rest.chars().next().filter(|c| matches!(c, ',' | ';')) {
                found.push(line.unwrap_or(current));
                if sign == ';' {
                    current = line.unwrap_or(current);
                }
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            if let Some(line) = line.or((is_missing && !found.is_empty()).then_some(current)) {
                found.push(line);
            }
            break;
        }
        if found.iter().any(|line| *line > last) {
            return Err(format!("the text has only {} lines", last.number()));
        }
        let given = found.len().min(2);
        let to = found.pop().unwrap_or_else(|| work.line());
        let from = found.pop().unwrap_or(to);
        Ok((Range { first: from.min(to), last: from.max(to), given }, rest))
    }

    fn read_address<'t>(
        &mut self,
        text: &'t str,
        current: LineIndex,
        work: &Work<'_>,
    ) -> Result<(Option<LineIndex>, &'t str), String> {
        let tail = |count: usize| text.get(count..).unwrap_or_default();
        let (mut line, mut rest) = match text.chars().next() {
            Some('.') => (Some(current), tail(1)),
            Some('$') => (Some(work.lines().last()), tail(1)),
            Some('\'') => {
                let name = text.chars().nth(1).ok_or("a mark wants its letter")?;
                let at = self.marks_of(work.document).get(name).ok_or_else(|| format!("mark {name} is not set"))?;
                (Some(work.lines().of(at)), tail(1 + name.len_utf8()))
            }
            Some(sign @ ('/' | '?')) => {
                let (pattern, behind) = until(tail(1), sign);
                (Some(self.line_of_match(&pattern, sign, current, work)?), behind)
            }
            Some(c) if c.is_ascii_digit() => {
                let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
                let number: usize =
                    text.get(..end).and_then(|digits| digits.parse().ok()).ok_or("that number is too large")?;
                (Some(LineIndex(number.max(1) - 1)), tail(end))
            }
            _ => (None, text),
        };
        while let Some(sign) = rest.trim_start().chars().next().filter(|c| matches!(c, '+' | '-')) {
            rest = rest.trim_start().get(1..).unwrap_or_default();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let by = rest.get(..end).filter(|digits| !digits.is_empty()).map_or(Ok(1), str::parse::<usize>);
            let by = by.map_err(|_| "that number is too large")?;
            let from = line.unwrap_or(current);
            line = Some(if sign == '+' { from.down(by) } else { from.up(by) });
            rest = rest.get(end..).unwrap_or_default();
        }
        Ok((line, rest))
    }

    fn line_of_match(
        &mut self,
        pattern: &str,
        sign: char,
        current: LineIndex,
        work: &Work<'_>,
    ) -> Result<LineIndex, String> {
        if !pattern.is_empty() {
            self.searches.set(pattern);
        }
        let source = self.searches.last_pattern().ok_or("nothing was searched for yet")?;
        let pattern = Pattern::vim(source, self.options.case()).map_err(|error| error.to_string())?;
        let lines = work.lines();
        let (direction, from) = if sign == '/' {
            (Direction::Forward, lines.last_character(current))
        } else {
            (Direction::Backward, lines.start(current))
        };
        let found = pattern.next(&lines, from, direction, self.options.wrap_scan);
        found.map(|found| lines.of(found.range.start)).ok_or_else(|| format!("not found: {source}"))
    }
}

/// The text up to a sign that no backslash stands before, and what is behind the sign.
pub(super) fn until(text: &str, sign: char) -> (String, &str) {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == sign {
            break;
        }
        if c == '\\' {
            let next = rest.next();
            if next != Some(sign) {
                out.push('\\');
            }
            out.extend(next);
        } else {
            out.push(c);
        }
    }
    (out, rest.as_str())
}
