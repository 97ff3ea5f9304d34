//! The command palette: a filter line over the table of commands. Knows no drawing and carries nothing out.

use crate::input::{
    Command,
    command::{COMMANDS, CommandInfo},
};
use ratatui_textarea::TextArea;

/// The palette while it is open.
#[derive(Debug, Clone)]
pub struct Palette {
    /// The line that filters.
    pub filter: TextArea<'static>,
    /// Which of the found commands is chosen, from 0.
    pub chosen: usize,
}

impl Default for Palette {
    fn default() -> Self {
        let mut filter = TextArea::default();
        filter.set_placeholder_text("Type to find a command");
        Self { filter, chosen: 0 }
    }
}

impl Palette {
    /// The commands that the filter lets through, the best first.
    pub fn found(&self) -> Vec<&'static CommandInfo> {
        let wanted: Vec<char> =
            self.filter.lines().concat().to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
        let mut found: Vec<_> = COMMANDS.iter().filter_map(|info| Some((score(&wanted, info.title)?, info))).collect();
        found.sort_by_key(|(score, _)| *score);
        found.into_iter().map(|(_, info)| info).collect()
    }

    /// The chosen command.
    pub fn command(&self) -> Option<Command> {
        self.found().get(self.chosen).map(|info| info.command.clone())
    }

    /// Chooses another row, this many further down (up, if negative).
    pub fn choose(&mut self, by: isize) {
        let last = self.found().len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }
}

/// How far apart the wanted letters stand in a title, in order; less is better; none where they don't all stand there.
fn score(wanted: &[char], title: &str) -> Option<usize> {
    let title: Vec<char> = title.to_lowercase().chars().collect();
    let mut at = 0;
    let mut score = 0;
    for letter in wanted {
        let gap = title.get(at..)?.iter().position(|c| c == letter)?;
        let starts_word =
            (at + gap).checked_sub(1).and_then(|before| title.get(before)).is_none_or(|c| !c.is_alphanumeric());
        score += if starts_word { gap.min(2) } else { gap * 2 };
        at += gap + 1;
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_find_a_command() {
        let mut palette = Palette::default();
        assert_eq!(palette.found().len(), COMMANDS.len());
        palette.filter.insert_str("undo");
        assert_eq!(palette.found()[0].title, "Undo my last edit");
        palette.filter = TextArea::default();
        palette.filter.insert_str("dwb");
        assert_eq!(palette.found()[0].title, "Delete the word before");
        palette.filter.insert_str("zzz");
        assert_eq!(palette.command(), None);
    }
}
