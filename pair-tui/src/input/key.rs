//! Keys as they are pressed, with a notation for tables and tests (`hello<cr>`, `<c-p>`, `<s-a-down>`) and the name that people
//! see (`Ctrl-P`, `Alt-→`). Knows no command.

use std::{fmt, str::FromStr};

/// Which key, without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyCode {
    /// A character, as it would be typed: with Shift already in it.
    Char(char),
    /// Enter.
    Enter,
    /// Tab; with Shift: back tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Escape.
    Esc,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, from 1.
    F(u8),
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Whether Ctrl was held.
    pub ctrl: bool,
    /// Whether Alt (or Meta, or Option) was held.
    pub alt: bool,
    /// Whether Shift was held; never with a character, which has it in itself.
    pub shift: bool,
}

/// Why a notation names no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name between `<` and `>` is unknown.
    #[error("no key is called {0:?}; keys are written as a, <cr>, <c-p>, <s-down> or <f1>")]
    Unknown(String),
    /// A `<` has no `>`.
    #[error("{0:?} lacks its >; the character < itself is written <lt>")]
    Unclosed(String),
}

/// Names in the notation, and those that people see.
const NAMES: [(KeyCode, &str, &str); 18] = [
    (KeyCode::Enter, "cr", "Enter"),
    (KeyCode::Tab, "tab", "Tab"),
    (KeyCode::Backspace, "bs", "Backspace"),
    (KeyCode::Delete, "del", "Delete"),
    (KeyCode::Insert, "ins", "Insert"),
    (KeyCode::Esc, "esc", "Esc"),
    (KeyCode::Up, "up", "↑"),
    (KeyCode::Down, "down", "↓"),
    (KeyCode::Left, "left", "←"),
    (KeyCode::Right, "right", "→"),
    (KeyCode::Home, "home", "Home"),
    (KeyCode::End, "end", "End"),
    (KeyCode::PageUp, "pageup", "PgUp"),
    (KeyCode::PageDown, "pagedown", "PgDn"),
    (KeyCode::Char(' '), "space", "Space"),
    (KeyCode::Char('<'), "lt", "<"),
    (KeyCode::Char('>'), "gt", ">"),
    (KeyCode::Char('-'), "minus", "-"),
];

impl Key {
    /// A key without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// The character that this key types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// The same key in the one form that tables hold: a character has its Shift in itself, and with Ctrl is a small letter.
    #[must_use]
    pub fn normalized(self) -> Self {
        match self.code {
            KeyCode::Char(c) if self.ctrl => Self { code: KeyCode::Char(c.to_ascii_lowercase()), shift: false, ..self },
            KeyCode::Char(_) => Self { shift: false, ..self },
            _ => self,
        }
    }
}

impl FromStr for Key {
    type Err = KeyError;

    /// Reads what stands between `<` and `>`, such as `c-p` or `s-down`.
    fn from_str(notation: &str) -> Result<Self, KeyError> {
        let unknown = || KeyError::Unknown(notation.to_owned());
        let mut parts: Vec<&str> = notation.split('-').collect();
        let name = parts.pop().unwrap_or_default();
        let mut key = Self::plain(code(name).ok_or_else(unknown)?);
        for modifier in parts {
            match modifier {
                "c" => key.ctrl = true,
                "a" => key.alt = true,
                "s" => key.shift = true,
                _ => return Err(unknown()),
            }
        }
        Ok(key.normalized())
    }
}

fn code(name: &str) -> Option<KeyCode> {
    if let Some((code, _, _)) = NAMES.iter().find(|(_, known, _)| *known == name) {
        return Some(*code);
    }
    let mut characters = name.chars();
    match (characters.next(), characters.as_str()) {
        (Some(c), "") => Some(KeyCode::Char(c)),
        (Some('f'), number) => number.parse().ok().filter(|number| (1..=24).contains(number)).map(KeyCode::F),
        _ => None,
    }
}

/// Reads a sequence of keys: characters as they are typed, other keys in `<` and `>`.
///
/// # Errors
/// [`KeyError`] for a name that no key has, or a `<` without `>`.
pub fn parse_keys(notation: &str) -> Result<Vec<Key>, KeyError> {
    let mut keys = Vec::new();
    let mut rest = notation.chars();
    while let Some(c) = rest.next() {
        if c == '<' {
            let (name, after) =
                rest.as_str().split_once('>').ok_or_else(|| KeyError::Unclosed(format!("<{}", rest.as_str())))?;
            keys.push(name.parse()?);
            rest = after.chars();
        } else {
            keys.push(Key::plain(KeyCode::Char(c)));
        }
    }
    Ok(keys)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        if let Some((_, _, shown)) = NAMES.iter().find(|(code, _, _)| *code == self.code) {
            return f.write_str(shown);
        }
        match self.code {
            KeyCode::F(number) => write!(f, "F{number}"),
            KeyCode::Char(c) if self.ctrl || self.alt => write!(f, "{}", c.to_uppercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_shown() {
        for (notation, shown) in [
            ("<c-p>", "Ctrl-P"),
            ("<c-P>", "Ctrl-P"),
            ("<a-right>", "Alt-→"),
            ("<a-]>", "Alt-]"),
            ("<s-a-down>", "Alt-Shift-↓"),
            ("<f12>", "F12"),
            ("<c-space>", "Ctrl-Space"),
            ("<lt>", "<"),
            ("X", "X"),
        ] {
            let keys = parse_keys(notation).unwrap();
            assert_eq!(keys.iter().map(ToString::to_string).collect::<String>(), shown);
        }
        assert_eq!(parse_keys("<x-y>"), Err(KeyError::Unknown("x-y".into())));
        assert_eq!(parse_keys("a<cr"), Err(KeyError::Unclosed("<cr".into())));
        assert_eq!(parse_keys("<f99>"), Err(KeyError::Unknown("f99".into())));
    }
}
