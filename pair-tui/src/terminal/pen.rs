//! Writes for a terminal with as few bytes as possible: it remembers where the terminal's cursor is and which colours are in force, so
//! that it says only what differs, in the shortest of the ways there are. Collects bytes; whoever holds it writes them.
//!
//! The sequences are those of ECMA-48 and the VT220 that every terminal of today knows (the Linux console, tmux and screen among them):
//! CUP, CUF, CUB, VPA, SGR, EL, ECH, IL, DL, DECSTBM, and DECTCEM for the cursor.

use super::grid::{Clusters, Look, Symbol, Tile};
use ratatui::{
    layout::Position,
    style::{Color, Modifier},
};
use std::io::Write;

/// The pen.
#[derive(Debug, Default)]
pub struct Pen {
    /// What is to be written.
    out: Vec<u8>,
    /// Where the terminal's cursor is; none where that is not certain.
    at: Option<Position>,
    /// What is in force; none where that is not certain.
    look: Option<Look>,
    /// Whether the cursor is shown; none where that is not certain.
    is_shown: Option<bool>,
    /// The other way of saying something, while it is compared.
    other: Vec<u8>,
    /// Columns of the terminal.
    width: u16,
}

impl Pen {
    /// What was collected; it is empty afterwards, and keeps its room.
    pub fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Forgets what the terminal's state is: after a change of its size, or where somebody else wrote.
    pub fn forget(&mut self, width: u16) {
        (self.at, self.look, self.is_shown, self.width) = (None, None, None, width);
    }

    /// Empties the terminal.
    pub fn clear(&mut self) {
        self.out.extend_from_slice(b"\x1b[m\x1b[2J");
        (self.at, self.look) = (None, Some(Look::default()));
    }

    /// Shows or hides the cursor, unless it is so already.
    pub fn show_cursor(&mut self, is_shown: bool) {
        if self.is_shown != Some(is_shown) {
            self.out.extend_from_slice(if is_shown { b"\x1b[?25h" } else { b"\x1b[?25l" });
            self.is_shown = Some(is_shown);
        }
    }

    /// Whether the cursor is where `to` is.
    pub fn is_at(&self, to: Position) -> bool {
        self.at == Some(to)
    }

    /// Brings the cursor to a cell.
    pub fn go(&mut self, to: Position) {
        let Some(from) = self.at else { return self.go_anywhere(to) };
        if from == to {
            return;
        }
        self.other.clear();
        let written = if from.y == to.y {
            sideways(&mut self.other, from.x, to.x)
        } else if to.x == 0 && to.y == from.y + 1 {
            self.other.write_all(b"\r\n")
        } else if to.x == from.x && to.y == from.y + 1 {
            self.other.write_all(b"\n")
        } else if to.x == from.x {
            write!(self.other, "\x1b[{}d", to.y + 1)
        } else {
            return self.go_anywhere(to);
        };
        // Nothing can fail here: it is memory that is written to.
        if written.is_ok() && self.other.len() < absolute_length(to) {
            self.out.extend_from_slice(&self.other);
            self.at = Some(to);
        } else {
            self.go_anywhere(to);
        }
    }

    fn go_anywhere(&mut self, to: Position) {
        absolute(&mut self.out, to);
        self.at = Some(to);
    }

    /// Puts colours and the like in force.
    pub fn take(&mut self, look: Look) {
        if self.look == Some(look) {
            return;
        }
        self.other.clear();
        anew(&mut self.other, look);
        let start = self.out.len();
        if let Some(before) = self.look {
            changed(&mut self.out, before, look);
        }
        if self.look.is_none() || self.out.len() - start > self.other.len() {
            self.out.truncate(start);
            self.out.extend_from_slice(&self.other);
        }
        self.look = Some(look);
    }

    /// Writes a tile where the cursor is.
    pub fn write(&mut self, tile: Tile, width: u16, clusters: &Clusters) {
        self.take_for(tile);
        match tile.symbol.character() {
            Some(c) => self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => self.out.extend_from_slice(clusters.text(tile.symbol).as_bytes()),
        }
        // Not all terminals agree on the width of what is not one simple character; and behind the last column a cursor waits, or not.
        let is_simple = width == 1 && tile.symbol.character().is_some();
        self.at = self.at.map(|at| Position { x: at.x + width, ..at }).filter(|at| is_simple && at.x < self.width);
    }

    /// Colours for a tile; of a blank only the one behind it counts.
    fn take_for(&mut self, tile: Tile) {
        if !self.looks_right_for(tile) {
            self.take(tile.look);
        }
    }

    /// Whether nothing needs to be said about a tile's look.
    fn looks_right_for(&self, tile: Tile) -> bool {
        let is_right_blank = |look: Look| {
            tile.is_plain_blank()
                && look.back == tile.look.back
                && (Tile { symbol: Symbol::BLANK, look }).is_plain_blank()
        };
        self.look.is_some_and(|look| look == tile.look || is_right_blank(look))
    }

    /// Whether a tile is one byte and nothing needs to be said about its look.
    pub fn can_write(&self, tile: Tile) -> bool {
        self.looks_right_for(tile) && matches!(tile.symbol.character(), Some(' '..='~'))
    }

    /// Erases to the end of the row.
    pub fn erase_row(&mut self) {
        self.take_ground();
        self.out.extend_from_slice(b"\x1b[K");
    }

    /// Erases so many cells; the cursor stays.
    pub fn erase(&mut self, cells: usize) {
        self.take_ground();
        // Nothing can fail here: it is memory that is written to.
        drop(write!(self.out, "\x1b[{cells}X"));
    }

    /// Moves the rows from `top` to before `bottom` down by so many (up, if negative).
    pub fn scroll(&mut self, top: u16, bottom: u16, down: i16) {
        self.take_ground();
        let (count, letter) = (down.unsigned_abs(), if down > 0 { 'L' } else { 'M' });
        let count = if count == 1 { String::new() } else { count.to_string() };
        drop(write!(self.out, "\x1b[{};{bottom}r\x1b[{}H\x1b[{count}{letter}\x1b[r", top + 1, top + 1));
        self.at = None;
    }

    /// What is erased gets the colour that is in force, and in some terminals underlines, too: there must be none.
    fn take_ground(&mut self) {
        self.take_for(Tile::ERASED);
    }
}

fn absolute(out: &mut Vec<u8>, to: Position) {
    drop(match (to.x, to.y) {
        (0, 0) => out.write_all(b"\x1b[H"),
        (0, y) => write!(out, "\x1b[{}H", y + 1),
        (x, y) => write!(out, "\x1b[{};{}H", y + 1, x + 1),
    });
}

fn absolute_length(to: Position) -> usize {
    let digits = |number: u16| number.checked_ilog10().map_or(1, |log| usize::try_from(log).unwrap_or_default() + 1);
    match (to.x, to.y) {
        (0, 0) => 3,
        (0, y) => 3 + digits(y + 1),
        (x, y) => 4 + digits(y + 1) + digits(x + 1),
    }
}

fn sideways(out: &mut Vec<u8>, from: u16, to: u16) -> std::io::Result<()> {
    match (from, to) {
        (_, 0) => out.write_all(b"\r"),
        (from, to) if to > from && to - from == 1 => out.write_all(b"\x1b[C"),
        (from, to) if to > from => write!(out, "\x1b[{}C", to - from),
        (from, to) if from - to <= 3 => (0..from - to).try_for_each(|_| out.write_all(b"\x08")),
        (from, to) => write!(out, "\x1b[{}D", from - to),
    }
}

/// Each with the number that begins it and the one that ends it.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Says a look whatever was in force.
fn anew(out: &mut Vec<u8>, look: Look) {
    if look == Look::default() {
        out.extend_from_slice(b"\x1b[m");
        return;
    }
    out.extend_from_slice(b"\x1b[0");
    for (modifier, begin, _) in MODIFIERS {
        if look.modifier.contains(modifier) {
            drop(write!(out, ";{begin}"));
        }
    }
    for (color, is_front) in [(look.front, true), (look.back, false)] {
        if color != Color::Reset {
            out.push(b';');
            say_color(out, color, is_front);
        }
    }
    out.push(b'm');
}

/// Says what differs between two looks.
fn changed(out: &mut Vec<u8>, before: Look, look: Look) {
    out.extend_from_slice(b"\x1b[");
    let start = out.len();
    let separate = |out: &mut Vec<u8>| {
        if out.len() > start {
            out.push(b';');
        }
    };
    let removed = before.modifier.difference(look.modifier);
    let mut kept = before.modifier;
    for (modifier, _, end) in MODIFIERS {
        if removed.contains(modifier) && kept.contains(modifier) {
            separate(out);
            drop(write!(out, "{end}"));
            // What is ended by the same number has ended, too.
            MODIFIERS.iter().filter(|(_, _, other)| *other == end).for_each(|(modifier, _, _)| kept.remove(*modifier));
        }
    }
    for (modifier, begin, _) in MODIFIERS {
        if look.modifier.contains(modifier) && !kept.contains(modifier) {
            separate(out);
            drop(write!(out, "{begin}"));
        }
    }
    for (old, new, is_front) in [(before.front, look.front, true), (before.back, look.back, false)] {
        if old != new {
            separate(out);
            say_color(out, new, is_front);
        }
    }
    out.push(b'm');
}

/// The parameters of SGR for a colour.
fn say_color(out: &mut Vec<u8>, color: Color, is_front: bool) {
    let base = if is_front { 30_u8 } else { 40 };
    let basic = match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::Reset => 9,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Indexed(index) => return drop(write!(out, "{};5;{index}", base + 8)),
        Color::Rgb(red, green, blue) => return drop(write!(out, "{};2;{red};{green};{blue}", base + 8)),
    };
    drop(write!(out, "{}", base + basic));
}
