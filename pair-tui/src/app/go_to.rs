//! The prompt for a line to go to: `12`, `12:5`, `+3`, `-3`. Knows no keys, no drawing and moves no cursor.

use super::search::Origin;
use crate::editor::{Editor, lines::Lines, position::LineIndex};
use protocol::ByteOffset;
use ratatui_textarea::TextArea;

/// The prompt, while it is open.
#[derive(Debug, Clone)]
pub struct GoTo {
    /// What is typed.
    pub field: TextArea<'static>,
    /// Where this participant was.
    pub origin: Origin,
}

impl GoTo {
    /// An empty prompt.
    pub fn new(editor: &Editor) -> Self {
        Self { field: TextArea::default(), origin: Origin::of(editor) }
    }

    /// The place that is asked for.
    ///
    /// # Errors
    /// What is wrong with it, in words; empty while nothing is typed.
    pub fn place(&self, editor: &Editor) -> Result<ByteOffset, String> {
        let typed = self.field.lines().concat();
        let (line, column) = typed.trim().split_once(':').map_or((typed.trim(), ""), |(line, column)| (line, column));
        if line.is_empty() {
            return Err(String::new());
        }
        let help = || "a line is 12, 12:5, +3 or -3".to_owned();
        let number = |digits: &str| digits.parse::<usize>().map_err(|_| help());
        let lines = Lines::new(editor.text());
        let here = lines.of(self.origin.start());
        let wanted = match line.as_bytes() {
            [b'+', ..] => here.down(number(line.trim_start_matches('+'))?),
            [b'-', ..] => here.up(number(line.trim_start_matches('-'))?),
            _ => LineIndex(number(line)?.saturating_sub(1)),
        };
        if wanted > lines.last() {
            return Err(format!("there are {} lines", lines.count()));
        }
        let start = lines.start(wanted);
        let skipped = if column.is_empty() { 0 } else { number(column)?.saturating_sub(1) };
        // Columns are counted in characters, as the status line does.
        let before: usize = lines.content(wanted).chars().take(skipped).map(char::len_utf8).sum();
        Ok(editor.text().clamp(ByteOffset(start.0 + before)))
    }
}
