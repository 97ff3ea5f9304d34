//! From keys to commands, by what is on the screen. Made from the table in [`super::command`]; another key map is another table.
//! Knows no state beyond [`When`].

use super::{
    command::{COMMANDS, Command, VIM_KEYS},
    key::Key,
};
use crate::{editor::EditorCommand, named::Named};
use std::collections::HashMap;

/// What the keys apply to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum When {
    /// The text.
    #[default]
    Text,
    /// The text, with a suggestion of this participant's own right at the cursor.
    SuggestionHere,
    /// The text, with a suggestion on the screen that belongs elsewhere.
    SuggestionShown,
}

/// Keys that mean something else while a suggestion is shown: the key, whether the suggestion must be at the cursor, and what
/// the key does then.
const WITH_SUGGESTION: [(&str, bool, Command); 4] = [
    ("tab", true, Command::AcceptSuggestion),
    ("a-right", true, Command::AcceptWord),
    ("a-down", true, Command::AcceptLine),
    ("esc", false, Command::DismissSuggestion),
];

/// The key maps there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum KeymapName {
    /// What nano, VS Code and browsers taught people.
    #[default]
    Default,
    /// What vim taught people.
    Vim,
}

impl Named for KeymapName {
    const WHAT: &'static str = "key map";
    const ALL: &'static [(Self, &'static str)] = &[(Self::Default, "default"), (Self::Vim, "vim")];
}

impl std::str::FromStr for KeymapName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::of_name(name)
    }
}

/// A table from keys to commands.
#[derive(Debug, Clone)]
pub struct Keymap {
    /// Which key map the shown keys are of.
    pub name: KeymapName,
    always: HashMap<Key, Command>,
    suggestion: HashMap<Key, (bool, Command)>,
}

impl Default for Keymap {
    /// The keys that nano, VS Code and browsers taught people.
    fn default() -> Self {
        let always = COMMANDS
            .iter()
            .flat_map(|info| info.keys.iter().map(move |key| (key, &info.command)))
            .filter_map(|(key, command)| Some((key.parse().ok()?, command.clone())))
            .collect();
        let suggestion = WITH_SUGGESTION
            .into_iter()
            .filter_map(|(key, here, command)| Some((key.parse().ok()?, (here, command))))
            .collect();
        Self { name: KeymapName::Default, always, suggestion }
    }
}

impl Keymap {
    /// What a key asks for; none where it means nothing.
    pub fn command(&self, key: Key, when: When) -> Option<Command> {
        let key = key.normalized();
        if when != When::Text
            && let Some((here, command)) = self.suggestion.get(&key)
            && (!here || when == When::SuggestionHere)
        {
            return Some(command.clone());
        }
        if let Some(command) = self.always.get(&key) {
            return Some(command.clone());
        }
        let typed = key.typed().filter(|c| !c.is_control())?;
        Some(Command::Editor(EditorCommand::Insert(typed.to_string())))
    }

    /// The key to show beside a command; empty where it has none.
    pub fn shown(&self, command: &Command) -> String {
        if self.name == KeymapName::Vim
            && let Some((_, keys)) = VIM_KEYS.iter().find(|(known, _)| known == command)
        {
            return (*keys).to_owned();
        }
        let info = COMMANDS.iter().find(|info| info.command == *command);
        let key = info.and_then(|info| info.keys.first()).and_then(|key| key.parse::<Key>().ok());
        key.map(|key| key.to_string()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_key_of_the_table_is_one_and_stands_there_once() {
        let mut seen = HashSet::new();
        for info in COMMANDS {
            assert!(!info.title.is_empty());
            for notation in info.keys {
                let key = notation.parse::<Key>().unwrap();
                assert!(seen.insert(key), "{notation} stands twice");
            }
        }
    }

    #[test]
    fn tab_takes_a_suggestion_only_where_it_stands() {
        let map = Keymap::default();
        let command = |key: &str, when| map.command(key.parse().unwrap(), when);
        let tab = Some(Command::Editor(EditorCommand::Tab));
        assert_eq!(command("tab", When::Text), tab);
        assert_eq!(command("tab", When::SuggestionShown), tab);
        assert_eq!(command("tab", When::SuggestionHere), Some(Command::AcceptSuggestion));
        assert_eq!(command("esc", When::SuggestionShown), Some(Command::DismissSuggestion));
        assert_eq!(command("esc", When::Text), Some(Command::Back));
        assert_eq!(command("c-j", When::Text), None);
        assert_eq!(command("é", When::Text), Some(Command::Editor(EditorCommand::Insert("é".into()))));
    }
}
