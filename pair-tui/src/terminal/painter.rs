//! A backend for ratatui that writes as few bytes as it can, in one piece per frame: over a slow link each byte of a keystroke's echo
//! counts. It keeps what the terminal shows, and compares when the frame is complete: rows that only moved are moved, ends of rows are
//! erased, colours and cursor are spoken of only where they change. Knows nothing of the program.

use super::{
    grid::{Clusters, Grid, Symbol, Tile},
    pen::Pen,
    scroll,
};
use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use std::io::{self, Write};

/// From so many bytes on a frame is marked as one (mode 2026), so that no half of it is seen where terminals know that; the marks are 16.
const SYNCHRONIZED_FROM: usize = 1_024;
/// So many clusters of characters are remembered before those that are not on the screen are forgotten.
const CLUSTERS_MAX: usize = 4_096;
/// Unchanged cells up to so many are written again where that is shorter than a move.
const REWRITTEN_MAX: usize = 3;
/// From so many blanks on a row's end is erased, or a part of it.
const ERASED_ROW_LEAST: usize = 4;
/// From so many blanks on they are erased, and the cursor moved behind them.
const ERASED_LEAST: usize = 11;

/// Says how large the terminal is.
pub type AskSize = fn() -> io::Result<Size>;

/// The backend.
#[derive(Debug)]
pub struct Painter<W> {
    out: W,
    ask_size: AskSize,
    pen: Pen,
    clusters: Clusters,
    /// What the terminal shows.
    shown: Grid,
    /// What it is to show.
    wanted: Grid,
    /// Rows that may differ.
    is_touched: Vec<bool>,
    /// Whether nothing is known of what the terminal shows.
    is_unknown: bool,
    /// Where the cursor is to be; none: hidden.
    cursor: Option<Position>,
    last_cursor: Position,
}

impl<W: Write> Painter<W> {
    /// A backend that writes to `out`; what is on the terminal is erased with the first frame.
    ///
    /// # Errors
    /// Where the terminal does not say how large it is.
    pub fn new(out: W, ask_size: AskSize) -> io::Result<Self> {
        let mut painter = Self {
            out,
            ask_size,
            pen: Pen::default(),
            clusters: Clusters::default(),
            shown: Grid::default(),
            wanted: Grid::default(),
            is_touched: Vec::new(),
            is_unknown: true,
            cursor: None,
            last_cursor: Position::ORIGIN,
        };
        painter.forget(ask_size()?);
        Ok(painter)
    }

    /// Forgets what is shown and wanted, for a terminal of this size.
    fn forget(&mut self, size: Size) {
        (self.shown, self.wanted) = (Grid::new(size), Grid::new(size));
        self.is_touched = vec![false; usize::from(size.height)];
        self.is_unknown = true;
        self.clusters.clear();
        self.pen.forget(size.width);
    }

    fn paint(&mut self) {
        if self.is_unknown {
            self.pen.clear();
            self.is_unknown = false;
        }
        if let Some(moved) = scroll::find(&self.shown, &self.wanted) {
            self.pen.scroll(moved.top, moved.bottom, moved.down);
            self.shown.scroll(moved.top, moved.bottom, moved.down);
            for y in moved.top..moved.bottom {
                self.touch(y);
            }
        }
        for y in 0..self.wanted.size().height {
            if self.is_touched.get_mut(usize::from(y)).is_some_and(std::mem::take) {
                self.paint_row(y);
            }
        }
    }

    fn touch(&mut self, y: u16) {
        if let Some(is_touched) = self.is_touched.get_mut(usize::from(y)) {
            *is_touched = true;
        }
    }

    fn paint_row(&mut self, y: u16) {
        let Self { pen, clusters, shown, wanted, .. } = self;
        let (wanted, shown) = (wanted.row(y), shown.row_mut(y));
        let blank_from = wanted.iter().rposition(|tile| !tile.is_erased()).map_or(0, |last| last + 1);
        let mut x = 0;
        while let Some(next) = first_difference(wanted, shown, x) {
            let differing = |part: &[Tile]| part.iter().filter(|tile| !tile.is_erased()).count();
            if next >= blank_from && differing(shown.get(next..).unwrap_or_default()) >= ERASED_ROW_LEAST {
                go(pen, (next, y), wanted, clusters);
                pen.erase_row();
                break;
            }
            let blanks = wanted.get(next..).unwrap_or_default().iter().take_while(|tile| tile.is_erased()).count();
            let changed = shown.get(next..next + blanks).map_or(0, differing);
            go(pen, (next, y), wanted, clusters);
            if changed >= ERASED_LEAST {
                pen.erase(blanks);
                x = next + blanks;
                continue;
            }
            let Some(tile) = wanted.get(next) else { break };
            let is_wide = wanted.get(next + 1).is_some_and(|rest| rest.symbol == Symbol::REST);
            pen.write(*tile, if is_wide { 2 } else { 1 }, clusters);
            x = next + if is_wide { 2 } else { 1 };
        }
        shown.copy_from_slice(wanted);
    }

    fn send(&mut self) -> io::Result<()> {
        let bytes = self.pen.bytes();
        if bytes.len() >= SYNCHRONIZED_FROM {
            bytes.splice(0..0, *b"\x1b[?2026h");
            bytes.extend_from_slice(b"\x1b[?2026l");
        }
        let sent = if bytes.is_empty() { Ok(()) } else { self.out.write_all(bytes).and_then(|()| self.out.flush()) };
        bytes.clear();
        sent
    }
}

/// The first cell from `x` on that is to be written: where a wide one begins, if its second cell differs.
fn first_difference(wanted: &[Tile], shown: &[Tile], x: usize) -> Option<usize> {
    let differs = |(wanted, shown): (&Tile, &Tile)| wanted != shown;
    let at = x + wanted.get(x..)?.iter().zip(shown.get(x..)?).position(differs)?;
    let is_rest = wanted.get(at).is_some_and(|tile| tile.symbol == Symbol::REST);
    Some(if is_rest && at > 0 { at - 1 } else { at })
}

/// Brings the cursor to a cell of a row: by writing again what stands between, where that is shorter.
fn go(pen: &mut Pen, (x, y): (usize, u16), wanted: &[Tile], clusters: &Clusters) {
    let position = |x: usize| Position { x: u16::try_from(x).unwrap_or(u16::MAX), y };
    for gap in 1..=REWRITTEN_MAX.min(x) {
        let between = wanted.get(x - gap..x).unwrap_or_default();
        if pen.is_at(position(x - gap)) && between.iter().all(|tile| pen.can_write(*tile)) {
            for tile in between {
                pen.write(*tile, 1, clusters);
            }
        }
    }
    pen.go(position(x));
}

impl<W: Write> Backend for Painter<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        for (x, y, cell) in content {
            let (tile, width) = self.clusters.tile(cell);
            self.wanted.put(x, y, tile, width);
            self.touch(y);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.cursor = Some(self.last_cursor);
        Ok(())
    }

    /// Where it was put last; the terminal is not asked.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.last_cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.last_cursor = position.into();
        self.cursor = self.cursor.map(|_| self.last_cursor);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// Erases everything, whatever the region; what stays wanted is drawn again.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.forget((self.ask_size)()?);
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        (self.ask_size)()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: (self.ask_size)()?, pixels: Size::ZERO })
    }

    /// Writes what the frame has changed.
    fn flush(&mut self) -> io::Result<()> {
        if self.clusters.len() > CLUSTERS_MAX {
            self.clusters.keep(&mut [&mut self.shown, &mut self.wanted]);
        }
        self.paint();
        if let Some(position) = self.cursor {
            self.pen.go(position);
        }
        self.pen.show_cursor(self.cursor.is_some());
        self.send()
    }
}
