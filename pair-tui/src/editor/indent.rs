//! How a text is indented: with tabs or with how many spaces, found from the text itself; `levels` and `reindent` add what the language
//! says. Knows no cursor.

pub mod levels;
pub mod reindent;

use super::{layout::TabWidth, position::LineIndex, text::Text};

/// Lines looked at to find out.
const LINES_READ: usize = 300;

/// What one level of indentation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndentStyle {
    /// One tab.
    Tab,
    /// This many spaces.
    Spaces(usize),
}

impl Default for IndentStyle {
    fn default() -> Self {
        Self::Spaces(4)
    }
}

impl IndentStyle {
    /// The style that most of the first lines use; four spaces where nothing is indented.
    pub fn of(text: &Text) -> Self {
        Self::found(text).unwrap_or_default()
    }

    /// The style that most of the first lines use; none where nothing is indented.
    pub fn found(text: &Text) -> Option<Self> {
        let mut tabs = 0;
        let mut steps = [0_usize; 9];
        let mut previous = 0;
        for line in 0..=text.last_line().0.min(LINES_READ) {
            let start = text.line_start(LineIndex(line));
            let mut characters = text.characters_from(start).take(64).peekable();
            if characters.peek() == Some(&'\t') {
                tabs += 1;
                continue;
            }
            let spaces = characters.by_ref().take_while(|c| *c == ' ').count();
            if text.character_at(protocol::ByteOffset(start.0 + spaces)).is_none_or(char::is_whitespace) {
                continue;
            }
            if let Some(step) = steps.get_mut(spaces.saturating_sub(previous)) {
                *step += 1;
            }
            previous = spaces;
        }
        let best = (2..=8).max_by_key(|step| (steps[*step], std::cmp::Reverse(*step))).unwrap_or(4);
        match (tabs, steps[best]) {
            (0, 0) => None,
            (tabs, spaces) if tabs > spaces => Some(Self::Tab),
            _ => Some(Self::Spaces(best)),
        }
    }

    /// How many cells one level takes.
    pub fn width(self, tab: TabWidth) -> usize {
        match self {
            Self::Tab => tab.0,
            Self::Spaces(count) => count,
        }
    }

    /// One level as text.
    pub fn unit(self) -> String {
        match self {
            Self::Tab => "\t".to_owned(),
            Self::Spaces(count) => " ".repeat(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_is_found_from_the_text() {
        let of = |text: &str| IndentStyle::of(&Text::new(text));
        assert_eq!(of(""), IndentStyle::Spaces(4));
        assert_eq!(of("a\nb\n"), IndentStyle::Spaces(4));
        assert_eq!(of("a\n\tb\n\t\tc\n"), IndentStyle::Tab);
        assert_eq!(of("a:\n  b:\n    c\n  d\n"), IndentStyle::Spaces(2));
        assert_eq!(of("fn a() {\n    b {\n        c\n    }\n}\n"), IndentStyle::Spaces(4));
    }
}
