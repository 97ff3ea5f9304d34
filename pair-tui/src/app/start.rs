//! The start screen: create a room, join one, or go back to a recent one. Holds what is chosen and typed; knows no network and no
//! drawing.

use super::effect::Effect;
use crate::input::{Key, KeyCode};
use protocol::RoomId;
use ratatui_textarea::TextArea;

/// A room that this person was in before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentRoom {
    /// Which room.
    pub room: RoomId,
    /// The link that leads there.
    pub link: String,
    /// Who was there last, by name.
    pub people: Vec<String>,
    /// When, in words, such as `2 h ago`.
    pub when: String,
}

/// The rows that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Create a room, from a file if one is typed.
    Create,
    /// Join by id or link.
    Join,
    /// The how-manieth recent room, from 0.
    Recent(usize),
}

/// How it goes with what was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is under way.
    Busy(String),
    /// It did not work; this says why, and what to do.
    Problem(String),
}

/// The start screen's state.
#[derive(Debug, Clone)]
pub struct StartScreen {
    /// The file to create a room from; empty: none.
    pub file: TextArea<'static>,
    /// The room id or link to join.
    pub link: TextArea<'static>,
    /// Rooms of before, newest first.
    pub recent: Vec<RecentRoom>,
    /// How it goes with what was decided.
    pub progress: Option<Progress>,
    chosen: usize,
}

impl StartScreen {
    /// The start screen with these recent rooms.
    pub fn new(recent: Vec<RecentRoom>) -> Self {
        let (mut file, mut link) = (TextArea::default(), TextArea::default());
        file.set_placeholder_text("empty, or a file to start from");
        link.set_placeholder_text("brave-otter-7f3k-9m2q-8xt, or a link");
        Self { file, link, recent, progress: None, chosen: 0 }
    }

    /// The chosen row.
    pub fn row(&self) -> Row {
        match self.chosen {
            0 => Row::Create,
            1 => Row::Join,
            recent => Row::Recent(recent - 2),
        }
    }

    /// Takes a key; gives what is to be done if something was decided.
    pub fn key(&mut self, key: Key) -> Option<Effect> {
        match key.code {
            KeyCode::Up => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::Down | KeyCode::Tab => self.chosen = (self.chosen + 1).min(self.recent.len() + 1),
            KeyCode::Esc => return Some(Effect::Quit),
            KeyCode::Enter => return self.decide(),
            _ => {
                self.progress = None;
                if let Some(field) = self.field() {
                    field.input(super::update::textarea_input(key));
                }
            }
        }
        None
    }

    /// Says how it goes with what was decided.
    pub fn say(&mut self, progress: Progress) {
        self.progress = Some(progress);
    }

    /// Takes a pasted text.
    pub fn paste(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or_default().trim().to_owned();
        if let Some(field) = self.field() {
            field.insert_str(line);
        }
    }

    fn field(&mut self) -> Option<&mut TextArea<'static>> {
        match self.row() {
            Row::Create => Some(&mut self.file),
            Row::Join => Some(&mut self.link),
            Row::Recent(_) => None,
        }
    }

    fn decide(&mut self) -> Option<Effect> {
        match self.row() {
            Row::Create => {
                let file = self.file.lines().concat();
                let file = Some(file.trim()).filter(|file| !file.is_empty()).map(Into::into);
                Some(Effect::CreateRoom { file })
            }
            Row::Join => {
                let address = self.link.lines().concat().trim().to_owned();
                if address.is_empty() {
                    self.progress = Some(Progress::Problem("type a room's id or a link to it".to_owned()));
                    return None;
                }
                Some(Effect::JoinRoom { address })
            }
            Row::Recent(at) => Some(Effect::JoinRoom { address: self.recent.get(at)?.link.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::key::parse_keys;

    fn play(keys: &str) -> (StartScreen, Option<Effect>) {
        let mut screen = StartScreen::new(Vec::new());
        let mut effect = None;
        for key in parse_keys(keys).unwrap() {
            effect = screen.key(key);
        }
        (screen, effect)
    }

    #[test]
    fn what_is_typed_is_created_or_joined() {
        let join = |address: &str| Some(Effect::JoinRoom { address: address.into() });
        assert_eq!(play("<down> brave-otter <cr>").1, join("brave-otter"));
        assert_eq!(play("<down>https://pair.dev/r/brave-otter?x<cr>").1, join("https://pair.dev/r/brave-otter?x"));
        let (screen, effect) = play("<down><cr>");
        assert!(effect.is_none() && matches!(screen.progress, Some(Progress::Problem(_))));
        assert_eq!(play("a.rs<cr>").1, Some(Effect::CreateRoom { file: Some("a.rs".into()) }));
        assert_eq!(play("<cr>").1, Some(Effect::CreateRoom { file: None }));
        assert_eq!(play("<esc>").1, Some(Effect::Quit));
    }
}
