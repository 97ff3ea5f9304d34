//! Registers: what was yanked and deleted (<https://vimhelp.org/change.txt.html#registers>).

use crate::editor::commands::Clip;
use std::collections::HashMap;

/// What a register holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    /// The text; whole lines end with a line break.
    pub text: String,
    /// Whether it is whole lines.
    pub is_linewise: bool,
    /// Whether it is a block, and of how many columns.
    pub block: Option<usize>,
}

/// All registers, and which one `"` stands for.
#[derive(Debug, Default)]
pub(super) struct Registers {
    named: HashMap<char, Register>,
    unnamed: Option<char>,
}

/// How a text comes into the registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Yanked,
    /// Deleted; `is_small`: within a line, by a motion that does not always fill register 1.
    Deleted {
        within_line: bool,
        fills_one: bool,
    },
}

impl Registers {
    /// The content of a register by name; `"` is the one used last.
    pub fn get(&self, name: char) -> Option<Register> {
        let name = if name == '"' { self.unnamed? } else { name.to_ascii_lowercase() };
        self.named.get(&name).cloned()
    }

    /// Sets a register; a capital letter adds to it. `"` stands for it from now on.
    pub fn set(&mut self, name: char, content: Register) {
        let register = if name == '"' { '0' } else { name.to_ascii_lowercase() };
        if name.is_ascii_uppercase() && self.named.contains_key(&register) {
            self.append(register, &content);
        } else {
            self.named.insert(register, content);
        }
        self.unnamed = Some(register);
    }

    /// Sets a register that `"` does not come to stand for.
    pub fn note(&mut self, name: char, content: Register) {
        self.named.insert(name, content);
    }

    /// Puts a yanked or deleted text into the registers it belongs to.
    pub fn take(&mut self, name: Option<char>, content: Register, taken: Taken) {
        let name = name.filter(|name| *name != '"');
        if name == Some('_') {
            return;
        }
        match taken {
            Taken::Yanked => self.set(name.unwrap_or('0'), content),
            Taken::Deleted { within_line, fills_one } => {
                if let Some(name) = name {
                    self.set(name, content.clone());
                }
                if !within_line || fills_one {
                    self.shift();
                    self.named.insert('1', content.clone());
                    if !name.is_some_and(|name| name.is_ascii_uppercase()) {
                        self.unnamed = Some('1');
                    }
                }
                if within_line && name.is_none() {
                    self.set('-', content);
                }
            }
        }
    }

    fn shift(&mut self) {
        for digit in ('1'..='8').rev() {
            if let Some(content) = self.named.remove(&digit)
                && let Some(next) = char::from_digit(digit.to_digit(10).unwrap_or(0) + 1, 10)
            {
                self.named.insert(next, content);
            }
        }
    }

    /// Adds to a register: lines to characters make lines.
    fn append(&mut self, name: char, content: &Register) {
        let register = self.named.entry(name).or_default();
        let becomes_lines = content.is_linewise || register.is_linewise;
        if becomes_lines && !register.is_linewise {
            register.text.push('\n');
        }
        register.text.push_str(&content.text);
        if becomes_lines && !content.is_linewise {
            register.text.push('\n');
        }
        register.is_linewise = becomes_lines;
    }
}

impl From<&Clip> for Register {
    fn from(clip: &Clip) -> Self {
        let is_linewise = clip.is_line || clip.text.ends_with('\n');
        Self { text: clip.text.clone(), is_linewise, block: None }
    }
}
