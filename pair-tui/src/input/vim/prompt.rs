//! The line at the bottom that Ex commands and searches are typed into, with its history.

use super::{
    command::{Action, Command, Motion, PromptKind, Target},
    state::{Vim, is_escape},
    work::Work,
};
use crate::input::{Key, KeyCode};

/// Characters that a line may have.
const LINE_MAX: usize = 4_096;

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What for.
    pub kind: PromptKind,
    /// The text so far.
    pub text: String,
    /// Where its cursor is, in characters.
    pub cursor: usize,
    /// Which line of the history is shown, counted from the newest.
    history: Option<usize>,
    /// The next key names a register whose text is typed.
    awaits_register: bool,
}

impl Prompt {
    pub(super) fn new(kind: PromptKind) -> Self {
        Self { kind, text: String::new(), cursor: 0, history: None, awaits_register: false }
    }

    fn with(kind: PromptKind, text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.chars().count(), ..Self::new(kind) }
    }

    /// The sign before the line.
    pub fn sign(&self) -> char {
        match self.kind {
            PromptKind::Ex => ':',
            PromptKind::Search(crate::editor::motion::Direction::Forward) => '/',
            PromptKind::Search(crate::editor::motion::Direction::Backward) => '?',
        }
    }

    fn insert(&mut self, typed: &str) {
        if self.text.len() + typed.len() > LINE_MAX {
            return;
        }
        let at = self.byte(self.cursor);
        self.text.insert_str(at, typed);
        self.cursor += typed.chars().count();
    }

    fn byte(&self, character: usize) -> usize {
        self.text.char_indices().nth(character).map_or(self.text.len(), |(at, _)| at)
    }

    fn delete(&mut self, from: usize, to: usize) {
        let range = self.byte(from)..self.byte(to);
        self.text.replace_range(range, "");
        self.cursor = from;
    }

    /// Where the word before the cursor starts.
    fn word_start(&self) -> usize {
        let before: Vec<char> = self.text.chars().take(self.cursor).collect();
        let spaces = before.iter().rev().take_while(|c| c.is_whitespace()).count();
        let rest = &before[..before.len() - spaces];
        let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
        let kind = rest.last().is_some_and(is_word);
        let word = rest.iter().rev().take_while(|c| is_word(c) == kind && !c.is_whitespace()).count();
        rest.len() - word
    }

    /// Takes an editing key; whether the line goes on.
    fn edit(&mut self, key: Key) -> bool {
        let length = self.text.chars().count();
        match (key.code, key.ctrl) {
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) if self.text.is_empty() => return false,
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => {
                self.delete(self.cursor.saturating_sub(1), self.cursor);
            }
            (KeyCode::Delete, _) if self.cursor < length => self.delete(self.cursor, self.cursor + 1),
            (KeyCode::Char('w'), true) => self.delete(self.word_start(), self.cursor),
            (KeyCode::Char('u'), true) => self.delete(0, self.cursor),
            (KeyCode::Char('r'), true) => self.awaits_register = true,
            (KeyCode::Left, _) => self.cursor = self.cursor.saturating_sub(1),
            (KeyCode::Right, _) => self.cursor = (self.cursor + 1).min(length),
            (KeyCode::Home, _) | (KeyCode::Char('b'), true) => self.cursor = 0,
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => self.cursor = length,
            (KeyCode::Tab, _) => self.insert("\t"),
            (KeyCode::Char(c), false) if !key.alt => self.insert(&c.to_string()),
            _ => {}
        }
        true
    }
}

impl Vim {
    pub(super) fn open_prompt(&mut self, kind: PromptKind, count: Option<usize>, work: &mut Work<'_>) {
        let text = if self.is_visual() {
            self.escape(work);
            "'<,'>".to_owned()
        } else {
            match count {
                Some(0 | 1) => ".".to_owned(),
                Some(count) => format!(".,.+{}", count - 1),
                None => String::new(),
            }
        };
        self.prompt = Some(Prompt::with(kind, &text));
    }

    pub(super) fn prompt_key(&mut self, key: Key, work: &mut Work<'_>) {
        let Some(mut prompt) = self.prompt.take() else { return };
        if is_escape(key) {
            return self.give_up_prompt(work);
        }
        if std::mem::take(&mut prompt.awaits_register) {
            if let Some(text) = self.register_for_prompt(key, work) {
                prompt.insert(text.trim_end_matches('\n'));
            }
        } else if matches!(key.code, KeyCode::Enter) || (key.ctrl && matches!(key.code, KeyCode::Char('m' | 'j'))) {
            return self.enter(&prompt, work);
        } else if matches!(key.code, KeyCode::Up | KeyCode::Down) {
            self.browse(&mut prompt, key.code == KeyCode::Up);
        } else if !prompt.edit(key) {
            return self.give_up_prompt(work);
        }
        self.prompt = Some(prompt);
    }

    /// A register's text; Ctrl-W is the word under the cursor.
    fn register_for_prompt(&self, key: Key, work: &Work<'_>) -> Option<String> {
        if key.ctrl && key.code == KeyCode::Char('w') {
            return super::search::word_at(work).map(|(word, _)| word);
        }
        self.content(Some(key.typed()?), work).map(|content| content.text)
    }

    fn give_up_prompt(&mut self, work: &mut Work<'_>) {
        if self.waiting.take().is_some() {
            self.recorded = None;
        }
        self.searches.preview(None);
        work.fail();
    }

    fn enter(&mut self, prompt: &Prompt, work: &mut Work<'_>) {
        self.searches.preview(None);
        match prompt.kind {
            PromptKind::Ex => {
                if !prompt.text.trim().is_empty() {
                    self.ex.history.remember(&prompt.text);
                }
                self.run_line(&prompt.text, work);
            }
            PromptKind::Search(direction) => {
                if !prompt.text.is_empty() {
                    self.searches.history.remember(&prompt.text);
                }
                let Some(mut command) = self.waiting.take() else { return };
                let typed: Vec<Key> = prompt.text.chars().map(|c| Key::plain(KeyCode::Char(c))).collect();
                command.keys.extend(typed);
                command.keys.push(Key::plain(KeyCode::Enter));
                command.set_search(Motion::Search { direction, pattern: prompt.text.clone() });
                self.carry_out(command, work);
            }
        }
    }

    fn browse(&self, prompt: &mut Prompt, older: bool) {
        let history = match prompt.kind {
            PromptKind::Ex => &self.ex.history,
            PromptKind::Search(_) => &self.searches.history,
        };
        match history.step(prompt.history, older) {
            Some(at) => {
                if let Some(line) = history.get(at) {
                    *prompt = Prompt { history: Some(at), ..Prompt::with(prompt.kind, line) };
                }
            }
            None => *prompt = Prompt::new(prompt.kind),
        }
    }
}

impl Command {
    /// Puts the search that was typed where it was asked for.
    fn set_search(&mut self, search: Motion) {
        match &mut self.action {
            Action::Move(motion) | Action::Operate { target: Target::Motion(motion), .. } => *motion = search,
            _ => {}
        }
    }
}
