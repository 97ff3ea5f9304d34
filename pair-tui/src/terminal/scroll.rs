//! Whether moving rows of the terminal saves writing them anew: a line that was inserted or taken out, a wheel that turned. Knows no
//! layout: panes that do not move along are written anew, and count against it. Knows no escape sequence.

use super::grid::{Grid, Tile};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Fewer cells than this are not worth it: the sequences take about 20 bytes.
const CELLS_SAVED_LEAST: usize = 30;
/// Fewer rows that have changed are not looked at.
const ROWS_CHANGED_LEAST: usize = 3;

/// Rows that move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scroll {
    /// The first of them.
    pub top: u16,
    /// The one behind the last of them.
    pub bottom: u16,
    /// How far down; up, if negative.
    pub down: i16,
}

/// The move that brings what is shown nearest to what is wanted, if one saves enough.
pub fn find(shown: &Grid, wanted: &Grid) -> Option<Scroll> {
    let height = wanted.size().height;
    let is_changed = |y: &u16| shown.row(*y) != wanted.row(*y);
    (0..height).filter(is_changed).nth(ROWS_CHANGED_LEAST - 1)?;
    let keys = |grid: &Grid| -> Vec<Option<u64>> { (0..height).map(|y| key(grid.row(y))).collect() };
    let (from, to) = (keys(shown), keys(wanted));
    let down = most_common_way(&from, &to)?;
    let scroll = region(&from, &to, down)?;
    (saved(shown, wanted, scroll)? >= CELLS_SAVED_LEAST).then_some(scroll)
}

/// What tells a row: its middle, where the text is, without the numbers at its left and what stands at its right. None: nothing there.
fn key(row: &[Tile]) -> Option<u64> {
    let part = row.get(row.len() / 8..row.len() / 2)?;
    if part.iter().all(|tile| tile.is_erased()) {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    for tile in part {
        tile.symbol.hash(&mut hasher);
    }
    Some(hasher.finish())
}

fn most_common_way(from: &[Option<u64>], to: &[Option<u64>]) -> Option<i16> {
    let mut votes: Vec<(i16, usize)> = Vec::new();
    for (y, wanted) in to.iter().enumerate().filter(|(_, key)| key.is_some()) {
        for (old, _) in from.iter().enumerate().filter(|(old, key)| *key == wanted && *old != y) {
            let down = i16::try_from(y).ok()? - i16::try_from(old).ok()?;
            match votes.iter_mut().find(|(known, _)| *known == down) {
                Some((_, count)) => *count += 1,
                None => votes.push((down, 1)),
            }
        }
    }
    votes.into_iter().filter(|(_, count)| *count > 1).max_by_key(|(_, count)| *count).map(|(down, _)| down)
}

/// The rows from the first to the last that are found again at this distance.
fn region(from: &[Option<u64>], to: &[Option<u64>], down: i16) -> Option<Scroll> {
    let height = i16::try_from(to.len()).ok()?;
    let at = |keys: &[Option<u64>], y: i16| usize::try_from(y).ok().and_then(|y| keys.get(y).copied().flatten());
    let is_found = |y: &i16| at(to, *y).is_some() && at(to, *y) == at(from, *y - down);
    let (first, last) = ((0..height).find(is_found)?, (0..height).rfind(is_found)?);
    let (top, bottom) = (first.min(first - down), last.max(last - down) + 1);
    (top >= 0 && bottom <= height).then_some(())?;
    Some(Scroll { top: u16::try_from(top).ok()?, bottom: u16::try_from(bottom).ok()?, down })
}

/// How many cells less are to be written.
fn saved(shown: &Grid, wanted: &Grid, scroll: Scroll) -> Option<usize> {
    let blank = vec![Tile::ERASED; usize::from(wanted.size().width)];
    let mut saved: i64 = 0;
    for y in scroll.top..scroll.bottom {
        let from = y.checked_add_signed(-scroll.down).filter(|from| (scroll.top..scroll.bottom).contains(from));
        let moved = from.map_or(&*blank, |from| shown.row(from));
        saved += differing(shown.row(y), wanted.row(y)) - differing(moved, wanted.row(y));
    }
    usize::try_from(saved).ok()
}

fn differing(one: &[Tile], other: &[Tile]) -> i64 {
    i64::try_from(one.iter().zip(other).filter(|(one, other)| one != other).count()).unwrap_or(i64::MAX)
}
