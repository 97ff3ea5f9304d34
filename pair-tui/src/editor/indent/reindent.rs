//! How lines are indented anew. Brackets say where levels begin and end; where they say nothing the lines keep the shape they have among
//! themselves, for in Python or Markdown the indentation is what is meant. Knows no cursor.

use super::{IndentStyle, levels::is_indentation};
use crate::editor::{
    layout::{self, TabWidth},
    lines::Lines,
    position::LineIndex,
    syntax::{Language, brackets, language::Deeper},
};

/// At most so many lines above are looked at.
const LINES_ABOVE: usize = 1_000;

/// How lines are indented anew.
#[derive(Debug, Clone, Copy)]
pub struct Reindent<'a> {
    /// The lines.
    pub lines: Lines<'a>,
    /// Their language; none: by brackets.
    pub language: Option<&'static Language>,
    /// What one level is.
    pub style: IndentStyle,
    /// The distance of tab stops.
    pub tab: TabWidth,
}

/// Lines that are indented alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Level {
    /// How they were indented; none before the first of them.
    old: Option<usize>,
    /// How they are from now on.
    new: usize,
    /// Whether a bracket began it; then how the line is indented that has the bracket.
    opened_at: Option<usize>,
    /// Whether only the language says that they are a level of their own: they were not indented as one.
    was_flat: bool,
}

/// A line that has text.
#[derive(Debug, Clone, Copy)]
struct Before<'a> {
    content: &'a str,
    old: usize,
    new: usize,
}

impl Reindent<'_> {
    /// How many columns each line of a range gets.
    pub fn columns(&self, first: LineIndex, last: LineIndex) -> Vec<usize> {
        let (mut levels, above) = self.above(first);
        let contents: Vec<_> = (first.0..=last.0).map(|line| self.lines.content(LineIndex(line))).collect();
        let mut before = above.as_deref().map(|content| {
            let old = self.old(content);
            Before { content, old, new: old }
        });
        let mut columns = Vec::with_capacity(contents.len());
        for content in &contents {
            if content.trim().is_empty() {
                columns.push(0);
                continue;
            }
            let old = self.old(content);
            let new = match before {
                None => {
                    levels.push(Level { old: Some(old), new: 0, opened_at: None, was_flat: false });
                    0
                }
                Some(before) if self.is_bracketed() => self.by_brackets(content.trim(), old, before, &mut levels),
                Some(before) => self.by_shape(old, before, &mut levels),
            };
            if self.is_bracketed() {
                self.open_and_close(content.trim(), new, &mut levels);
            }
            before = Some(Before { content, old, new });
            columns.push(new);
        }
        columns
    }

    /// Whether brackets say all about levels.
    fn is_bracketed(&self) -> bool {
        self.language.is_none_or(|language| language.deeper == Deeper::Bracket)
    }

    fn width(&self) -> usize {
        self.style.width(self.tab)
    }

    fn old(&self, content: &str) -> usize {
        let indentation: String = content.chars().take_while(|c| is_indentation(*c)).collect();
        layout::width_of(&indentation, self.tab)
    }

    /// The levels that are open above a line, and the last line there that has text.
    fn above(&self, first: LineIndex) -> (Vec<Level>, Option<String>) {
        let above = (0..first.0).rev().take(LINES_ABOVE).map(LineIndex).filter(|line| !self.lines.is_blank(*line));
        // The first line that stands at the left edge begins whatever is open.
        let mut contents = Vec::new();
        for content in above.map(|line| self.lines.content(line).into_owned()) {
            let is_edge = self.old(&content) == 0 && !content.starts_with(['}', ')', ']']);
            contents.push(content);
            if is_edge {
                break;
            }
        }
        let last = contents.first().cloned();
        let level = |old, opened_at| Level { old: Some(old), new: old, opened_at, was_flat: false };
        let mut levels = Vec::new();
        let mut before: Option<Before<'_>> = None;
        for content in contents.iter().rev() {
            let old = self.old(content);
            if !self.is_bracketed() {
                levels.retain(|level: &Level| level.new < old);
                levels.push(level(old, None));
                continue;
            }
            match before {
                None => levels.push(level(old, Some(old.saturating_sub(self.width())))),
                Some(before) => _ = self.by_brackets(content.trim(), old, before, &mut levels),
            }
            // It stays as it is, right or not.
            if let Some(top) = levels.last_mut().filter(|_| !content.trim().starts_with(['}', ')', ']'])) {
                (top.old, top.new) = (Some(old), old);
            }
            self.open_and_close(content.trim(), old, &mut levels);
            before = Some(Before { content, old, new: old });
        }
        (levels, last)
    }

    /// A line of a language whose levels are brackets.
    fn by_brackets(&self, content: &str, old: usize, before: Before<'_>, levels: &mut Vec<Level>) -> usize {
        let closes = content.chars().take_while(|c| brackets::opening(*c).is_some()).count();
        if closes > 0 {
            // What they close is taken off where the line is gone through; here it is only looked up.
            return levels.iter().rev().filter_map(|level| level.opened_at).take(closes).last().unwrap_or(0);
        }
        while levels.last().is_some_and(|level| level.opened_at.is_none() && level.old.is_some_and(|was| was > old)) {
            levels.pop();
        }
        let Some(top) = levels.last_mut() else { return 0 };
        let was = *top.old.get_or_insert(old);
        let new = top.new;
        if old <= was || self.is_ended(before.content) {
            return new;
        }
        // A statement that goes on keeps its own indentation.
        let new = new + old - was;
        levels.push(Level { old: Some(old), new, opened_at: None, was_flat: false });
        new
    }

    /// Goes through the brackets of a line, those in texts and comments left out.
    fn open_and_close(&self, content: &str, new: usize, levels: &mut Vec<Level>) {
        for bracket in self.brackets_in(content) {
            if brackets::closing(bracket).is_some() {
                let deeper = new + self.width();
                levels.push(Level { old: None, new: deeper, opened_at: Some(new), was_flat: false });
                continue;
            }
            while levels.pop_if(|level| level.opened_at.is_none()).is_some() {}
            let closed = levels.pop().and_then(|level| level.opened_at).unwrap_or(0);
            if levels.is_empty() {
                // It was opened above all that is known.
                let opened_at = Some(closed.saturating_sub(self.width()));
                levels.push(Level { old: None, new: closed, opened_at, was_flat: false });
            }
        }
    }

    fn brackets_in(&self, content: &str) -> Vec<char> {
        let comment = self.language.and_then(|language| language.line_comment).unwrap_or("//");
        let mut found = Vec::new();
        let mut rest = content;
        while let Some(c) = rest.chars().next() {
            if rest.starts_with(comment) {
                break;
            }
            let mut characters = rest.chars();
            characters.next();
            match c {
                '"' => while characters.next().is_some_and(|c| c == '\\' && characters.next().is_some() || c != '"') {},
                // A character, or the beginning of a lifetime.
                '\'' => {
                    let inner: String = characters.clone().take(4).collect();
                    let escaped = usize::from(inner.starts_with('\\'));
                    if inner.chars().nth(1 + escaped) == Some('\'') {
                        characters.nth(1 + escaped);
                    }
                }
                c if brackets::opening(c).is_some() || brackets::closing(c).is_some() => found.push(c),
                _ => {}
            }
            rest = characters.as_str();
        }
        found
    }

    /// Whether what a line says is complete, so that the next one begins something.
    fn is_ended(&self, content: &str) -> bool {
        let comment = self.language.and_then(|language| language.line_comment).unwrap_or("//");
        let code = content.split(&format!(" {comment}")).next().unwrap_or_default().trim();
        code.is_empty() || code.starts_with(comment) || code.ends_with([';', ',', '{', '}', '(', '[', ']'])
    }

    /// A line of a language where the indentation itself says what is meant.
    fn by_shape(&self, old: usize, before: Before<'_>, levels: &mut Vec<Level>) -> usize {
        let opens = before.content.trim_end().ends_with(['{', '(', '['])
            || self.language.is_some_and(|language| language.ends_deeper(before.content));
        // Where a level always has a line, as in Python, one that is not indented only lacks its indentation.
        let has_line = self.language.is_some_and(|language| !language.last_words.is_empty());
        let is_flat = has_line && old == before.old;
        if opens && (old > before.old || is_flat) {
            let new = before.new + self.width();
            levels.push(Level { old: Some(old), new, opened_at: None, was_flat: is_flat });
            return new;
        }
        let ends = self.language.is_some_and(|language| language.ends_level(before.content));
        if ends && old == before.old {
            levels.pop_if(|level| level.was_flat);
        }
        while levels.len() > 1 && levels.last().is_some_and(|level| level.old.is_some_and(|was| was > old)) {
            levels.pop();
        }
        let Some((was, new)) = levels.last().map(|level| (level.old.unwrap_or(0), level.new)) else { return old };
        let moved = (new + old).saturating_sub(was);
        if old > was {
            levels.push(Level { old: Some(old), new: moved, opened_at: None, was_flat: false });
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::{syntax::language::named, text::Text};

    fn reindented(language: &str, text: &str, from: usize) -> String {
        let text = Text::new(text);
        let lines = Lines::new(&text);
        let reindent = Reindent { lines, language: named(language), style: IndentStyle::Spaces(4), tab: TabWidth(4) };
        let columns = reindent.columns(LineIndex(from), lines.last());
        let kept = (0..from).map(|line| lines.content(LineIndex(line)).into_owned());
        let moved = (from..)
            .zip(columns)
            .map(|(line, columns)| format!("{}{}", " ".repeat(columns), lines.content(LineIndex(line)).trim_start()));
        kept.chain(moved).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_well_formed_stays_as_it_is() {
        for (language, text) in [
            (
                "python",
                "class A:\n    def f(self):\n        if a:\n            return 1\n        return [\n            2,\n        ]\n\n    def g():\n        pass\n\nx = 1",
            ),
            (
                "rust",
                "fn a() {\n    let x = b\n        .c(|d| {\n            e('{');\n        })\n        .f();\n    match x {\n        Some(_) => \"{\",\n        _ => {\n            g(\n                1,\n            );\n        }\n    }\n}\n\n// a {\nfn b<'a>() {}",
            ),
            (
                "c",
                "void a(void) {\n    switch (b) {\n        case 1:\n            c();\n            break;\n        default:\n            if (d)\n                e();\n            f();\n    }\n}",
            ),
            ("markdown", "- a\n  - b\n    c\n\n      code\n- d"),
            ("yaml", "a:\n- b: 1\n  c:\nd:"),
            ("html", "<a>\n  <b>\n    c\n  </b>\n</a>"),
            ("shell", "if a; then\n    b\nelse\n    c\nfi"),
        ] {
            assert_eq!(reindented(language, text, 0), text, "{language}");
            for from in 1..text.lines().count() {
                assert_eq!(reindented(language, text, from), text, "{language} from line {from}");
            }
        }
    }

    #[test]
    fn levels_get_the_width_and_what_is_flat_gets_levels() {
        for (language, text, wanted) in [
            ("python", "def f():\n  if a:\n    b\n  c", "def f():\n    if a:\n        b\n    c"),
            ("python", "def f():\nx = 1\nreturn x\ny = 2", "def f():\n    x = 1\n    return x\ny = 2"),
            (
                "rust",
                "fn a() {\nb();\n      if c {\nd(\n1);\n}\n  }\nfn e() {}",
                "fn a() {\n    b();\n    if c {\n        d(\n            1);\n    }\n}\nfn e() {}",
            ),
            ("json", "{\n\"a\": [\n1,\n2\n]\n}", "{\n    \"a\": [\n        1,\n        2\n    ]\n}"),
        ] {
            assert_eq!(reindented(language, text, 0), wanted, "{language}");
        }
        assert_eq!(reindented("rust", "    a {\nb;\n}\n}", 1), "    a {\n        b;\n    }\n}");
    }
}
