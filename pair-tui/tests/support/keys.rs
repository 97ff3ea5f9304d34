//! Keys as an xterm sends them. The notation is that of `pair_tui::input::key`: `hello<cr>`, `<c-s>`, `<s-a-down>`.

use pair_tui::input::{Key, KeyCode, key::parse_keys};

/// The bytes that typing these keys sends.
pub fn bytes(notation: &str) -> Vec<u8> {
    parse_keys(notation).expect("keys in our notation").into_iter().flat_map(|key| sequence(key).into_bytes()).collect()
}

fn sequence(key: Key) -> String {
    let modifier = 1 + u8::from(key.shift) + 2 * u8::from(key.alt) + 4 * u8::from(key.ctrl);
    let alt = if key.alt { "\x1b" } else { "" };
    let letter =
        |letter: char| if modifier == 1 { format!("\x1b[{letter}") } else { format!("\x1b[1;{modifier}{letter}") };
    let number =
        |number: u8| if modifier == 1 { format!("\x1b[{number}~") } else { format!("\x1b[{number};{modifier}~") };
    match key.code {
        KeyCode::Char(' ') if key.ctrl => format!("{alt}\0"),
        KeyCode::Char(c) if key.ctrl => format!("{alt}{}", char::from(u8::try_from(c).expect("a letter") & 0x1f)),
        KeyCode::Char(c) => format!("{alt}{c}"),
        KeyCode::Enter => format!("{alt}\r"),
        KeyCode::Tab if key.shift => "\x1b[Z".to_owned(),
        KeyCode::Tab => format!("{alt}\t"),
        KeyCode::Backspace => format!("{alt}{}", if key.ctrl { '\x08' } else { '\x7f' }),
        KeyCode::Esc => "\x1b".to_owned(),
        KeyCode::Up => letter('A'),
        KeyCode::Down => letter('B'),
        KeyCode::Right => letter('C'),
        KeyCode::Left => letter('D'),
        KeyCode::Home => letter('H'),
        KeyCode::End => letter('F'),
        KeyCode::Insert => number(2),
        KeyCode::Delete => number(3),
        KeyCode::PageUp => number(5),
        KeyCode::PageDown => number(6),
        KeyCode::F(1) => "\x1bOP".to_owned(),
        KeyCode::F(2) => "\x1bOQ".to_owned(),
        KeyCode::F(3) => "\x1bOR".to_owned(),
        KeyCode::F(4) => "\x1bOS".to_owned(),
        KeyCode::F(5) => number(15),
        KeyCode::F(many) => number(many + 11),
    }
}
