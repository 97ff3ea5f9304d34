//! What a terminal shows, cell by cell, in a form that is quick to compare and to copy. Knows no escape sequence.

use ratatui::{
    buffer,
    layout::Size,
    style::{Color, Modifier},
};
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// How a character looks. A colour of the underline is not among it; the screen uses none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Its colour.
    pub front: Color,
    /// The colour behind it.
    pub back: Color,
    /// Bold, underlined and so on.
    pub modifier: Modifier,
}

/// What of a blank is seen besides the colour behind it.
const SEEN_ON_BLANKS: Modifier =
    Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT).union(Modifier::HIDDEN);

/// A character, or a number for a cluster of several; see [`Clusters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// A blank.
    pub const BLANK: Self = Self(' ' as u32);
    /// The second cell of what is two cells wide; nothing is written there.
    pub const REST: Self = Self(0);
    /// From here on numbers are those of clusters; no character has them.
    const FIRST_CLUSTER: u32 = 0x8000_0000;

    fn is_cluster(self) -> bool {
        self.0 >= Self::FIRST_CLUSTER
    }

    /// The character, if it is one.
    pub fn character(self) -> Option<char> {
        char::from_u32(self.0).filter(|_| self != Self::REST)
    }
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// What stands in it.
    pub symbol: Symbol,
    /// How.
    pub look: Look,
}

impl Tile {
    /// What a terminal shows where nothing was written, or everything was erased.
    pub const ERASED: Self = Self {
        symbol: Symbol::BLANK,
        look: Look { front: Color::Reset, back: Color::Reset, modifier: Modifier::empty() },
    };

    /// A blank that erasing gives, too.
    pub fn is_erased(self) -> bool {
        self == Self::ERASED
    }

    /// A blank of which only the colour behind it is seen.
    pub fn is_plain_blank(self) -> bool {
        self.symbol == Symbol::BLANK && !self.look.modifier.intersects(SEEN_ON_BLANKS)
    }
}

/// Clusters of several characters, by their numbers.
#[derive(Debug, Default)]
pub struct Clusters {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Clusters {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Forgets all; tiles that name one must be forgotten, too.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets all but those that some grids show, and numbers them anew.
    pub fn keep(&mut self, grids: &mut [&mut Grid]) {
        let before = std::mem::take(self);
        for tile in grids.iter_mut().flat_map(|grid| grid.tiles.iter_mut()).filter(|tile| tile.symbol.is_cluster()) {
            tile.symbol = self.number(before.text(tile.symbol));
        }
    }

    /// The text of a symbol that is no character.
    pub fn text(&self, symbol: Symbol) -> &str {
        let at = symbol.0.checked_sub(Symbol::FIRST_CLUSTER).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.texts.get(at)).map_or("", |text| text)
    }

    /// The tile of a cell of ratatui's, and how many cells it takes. What can't be seen of a blank is left out.
    pub fn tile(&mut self, cell: &buffer::Cell) -> (Tile, u16) {
        let text = cell.symbol();
        let mut characters = text.chars();
        let (symbol, width) = match (characters.next(), characters.next()) {
            (None, _) => (Symbol::BLANK, 1),
            (Some(c @ ' '..='~'), None) => (Symbol(c.into()), 1),
            (Some(c), None) => (Symbol(c.into()), text.width()),
            _ => (self.number(text), text.width()),
        };
        let mut tile = Tile { symbol, look: Look { front: cell.fg, back: cell.bg, modifier: cell.modifier } };
        if tile.is_plain_blank() {
            tile.look = Look { back: cell.bg, ..Look::default() };
        }
        (tile, if width > 1 { 2 } else { 1 })
    }

    fn number(&mut self, text: &str) -> Symbol {
        if let Some(number) = self.numbers.get(text) {
            return Symbol(*number);
        }
        let number = u32::try_from(self.texts.len()).map_or(u32::MAX, |at| Symbol::FIRST_CLUSTER + at);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        Symbol(number)
    }
}

/// All cells of a screen.
#[derive(Debug, Default)]
pub struct Grid {
    size: Size,
    tiles: Vec<Tile>,
}

impl Grid {
    /// A screen with nothing on it.
    pub fn new(size: Size) -> Self {
        let cells = usize::from(size.width) * usize::from(size.height);
        Self { size, tiles: vec![Tile::ERASED; cells] }
    }

    /// Columns and rows.
    pub fn size(&self) -> Size {
        self.size
    }

    /// A row; empty below the last one.
    pub fn row(&self, y: u16) -> &[Tile] {
        let width = usize::from(self.size.width);
        self.tiles.get(usize::from(y) * width..(usize::from(y) + 1) * width).unwrap_or_default()
    }

    /// A row, to be changed.
    pub fn row_mut(&mut self, y: u16) -> &mut [Tile] {
        let width = usize::from(self.size.width);
        self.tiles.get_mut(usize::from(y) * width..(usize::from(y) + 1) * width).unwrap_or_default()
    }

    /// Puts a tile of some cells' width into its place; what is outside is left out.
    pub fn put(&mut self, x: u16, y: u16, tile: Tile, width: u16) {
        let row = self.row_mut(y);
        // Of what was two cells wide no half is left.
        if let Some(half) = row.get_mut(usize::from(x + width)).filter(|behind| behind.symbol == Symbol::REST) {
            *half = Tile::ERASED;
        }
        if let Some(cell) = row.get_mut(usize::from(x)) {
            *cell = tile;
        }
        if let Some(cell) = row.get_mut(usize::from(x) + 1).filter(|_| width == 2) {
            *cell = Tile { symbol: Symbol::REST, look: tile.look };
        }
    }

    /// Moves the rows from `top` to before `bottom` down by so many (up, if negative), as a terminal does: what leaves is gone, and
    /// where rows come free nothing is.
    pub fn scroll(&mut self, top: u16, bottom: u16, down: i16) {
        let (width, rows) = (usize::from(self.size.width), usize::from(down.unsigned_abs()));
        let range = usize::from(top) * width..usize::from(bottom) * width;
        let Some(region) = self.tiles.get_mut(range) else { return };
        let cells = (rows * width).min(region.len());
        if down > 0 {
            region.rotate_right(cells);
            region.iter_mut().take(cells).for_each(|tile| *tile = Tile::ERASED);
        } else {
            region.rotate_left(cells);
            region.iter_mut().rev().take(cells).for_each(|tile| *tile = Tile::ERASED);
        }
    }
}
