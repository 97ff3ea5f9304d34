//! Places as an editor counts them: lines, and cells of the screen. Knows no text: [`super::text::Text`] and
//! [`super::layout`] convert from and to byte offsets.

/// A line of a text, from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineIndex(pub usize);

impl LineIndex {
    /// The first line.
    pub const FIRST: Self = Self(0);

    /// The line this many lines further down.
    #[must_use]
    pub fn down(self, lines: usize) -> Self {
        Self(self.0.saturating_add(lines))
    }

    /// The line this many lines further up, the first one at most.
    #[must_use]
    pub fn up(self, lines: usize) -> Self {
        Self(self.0.saturating_sub(lines))
    }

    /// The number people know the line by, from 1.
    pub fn number(self) -> usize {
        self.0 + 1
    }
}

/// A distance from the left end of a line in cells of the screen: a wide character takes two, a tab up to the next stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cells(pub usize);

impl Cells {
    /// The left end.
    pub const LEFT: Self = Self(0);

    /// This many cells further right.
    #[must_use]
    pub fn right(self, cells: usize) -> Self {
        Self(self.0.saturating_add(cells))
    }

    /// This many cells further left, the left end at most.
    #[must_use]
    pub fn left(self, cells: usize) -> Self {
        Self(self.0.saturating_sub(cells))
    }
}

/// A place inside one line, counted in bytes from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineByte(pub usize);
