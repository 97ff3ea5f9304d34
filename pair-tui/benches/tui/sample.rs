//! The texts: Rust, our own sources as often as it takes. Knows no program.

#[path = "../long_file/sources.rs"]
mod sources;

use sources::sources;

/// How many lines are pasted.
const PASTED_LINES: usize = 5_000;

/// A file to be edited.
pub struct Sample {
    /// Its text.
    pub text: String,
    /// How many lines it has.
    pub lines: usize,
    /// A line near its middle (from 1) that ends a statement: what is typed below it stands in a function's body.
    pub middle: usize,
}

impl Sample {
    /// So many lines.
    pub fn of_lines(lines: usize) -> Self {
        let text = sources(lines);
        let is_statement =
            |(at, line): &(usize, &str)| *at >= lines / 2 && line.starts_with("        ") && line.ends_with(';');
        let middle = text.lines().enumerate().find(is_statement).map_or(lines / 2, |(at, _)| at + 1);
        Self { text, lines, middle }
    }

    /// Its first line.
    pub fn first_line(&self) -> &str {
        let line = self.text.lines().next().unwrap_or_default();
        line.get(..40).unwrap_or(line)
    }

    /// What is pasted, and what stands in its last line and nowhere else.
    pub fn pasted() -> (String, String) {
        let last = "// the end of what was pasted".to_owned();
        (sources(PASTED_LINES - 1) + &last, last)
    }
}
