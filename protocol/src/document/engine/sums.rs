//! What a stretch of visible text amounts to in each unit that places are counted in. Knows no runs and no tree.

use std::ops::{Add, AddAssign, SubAssign};

/// A length in every unit at once. A document is below 2^31 bytes (see [`super::TEXT_BYTES_MAX`]), so 32 bits hold each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// UTF-8 bytes.
    pub(super) bytes: u32,
    /// UTF-16 code units.
    pub(super) units: u32,
    /// Line feeds.
    pub(super) lines: u32,
}

impl Add for Sums {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.units += other.units;
        self.lines += other.lines;
    }
}

impl SubAssign for Sums {
    fn sub_assign(&mut self, other: Self) {
        self.bytes -= other.bytes;
        self.units -= other.units;
        self.lines -= other.lines;
    }
}

/// A length as the engine stores it.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A stored length or clock as an index.
pub(super) fn index(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
