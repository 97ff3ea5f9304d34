//! The command palette: a filter line over the table of commands, or over the languages. Knows no drawing and carries nothing out.

use crate::{
    editor::syntax::language::{LANGUAGES, Language},
    input::command::{COMMANDS, CommandInfo},
};
use ratatui_textarea::TextArea;

/// Something that the palette offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A command.
    Command(&'static CommandInfo),
    /// A language for the room.
    Language(&'static Language),
}

impl Choice {
    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Command(info) => info.title,
            Self::Language(language) => language.name,
        }
    }
}

/// What there is to choose from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Offer {
    /// Every command.
    #[default]
    Commands,
    /// Every language.
    Languages,
}

impl Offer {
    /// The palette's heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Commands => "Commands",
            Self::Languages => "Language of the room",
        }
    }

    fn all(self) -> Vec<Choice> {
        match self {
            Self::Commands => COMMANDS.iter().map(Choice::Command).collect(),
            Self::Languages => LANGUAGES.iter().map(Choice::Language).collect(),
        }
    }
}

/// The palette while it is open.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What there is to choose from.
    pub offer: Offer,
    /// The line that filters.
    pub filter: TextArea<'static>,
    /// Which of what was found is chosen, from 0.
    pub chosen: usize,
}

impl Default for Palette {
    fn default() -> Self {
        Self::new(Offer::default())
    }
}

impl Palette {
    /// A palette with an empty filter.
    pub fn new(offer: Offer) -> Self {
        let mut filter = TextArea::default();
        filter.set_placeholder_text(match offer {
            Offer::Commands => "Type to find a command",
            Offer::Languages => "Type to find a language",
        });
        Self { offer, filter, chosen: 0 }
    }

    /// What the filter lets through, the best first.
    pub fn found(&self) -> Vec<Choice> {
        let wanted: Vec<char> =
            self.filter.lines().concat().to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
        let scored = |choice: Choice| Some((score(&wanted, choice.title())?, choice));
        let mut found: Vec<_> = self.offer.all().into_iter().filter_map(scored).collect();
        found.sort_by_key(|(score, _)| *score);
        found.into_iter().map(|(_, choice)| choice).collect()
    }

    /// What is chosen.
    pub fn choice(&self) -> Option<Choice> {
        self.found().get(self.chosen).copied()
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
        assert_eq!(palette.found()[0].title(), "Undo my last edit");
        palette.filter = TextArea::default();
        palette.filter.insert_str("dwb");
        assert_eq!(palette.found()[0].title(), "Delete the word before");
        for name in ["sixteen", "16"] {
            palette.filter = TextArea::from([name]);
            assert_eq!(palette.found()[0].title(), "Theme: sixteen, the terminal's 16 colours");
        }
        palette.filter.insert_str("zzz");
        assert_eq!(palette.choice(), None);
        let mut palette = Palette::new(Offer::Languages);
        palette.filter.insert_str("tsc");
        assert_eq!(palette.choice().map(Choice::title), Some("typescript"));
    }
}
