//! Finding places in the visible text, in each unit, from the root down. Knows no runs.

use super::{Child, LeafId, Tree};
use crate::document::{
    engine::sums::{Sums, count, index},
    units::{Landing, byte_of_utf16, count_lines, utf16_len},
};
use std::ops::Range;

impl Tree {
    /// The leaf in whose text the byte before `at` lies, the first leaf for 0, and the visible text before that leaf.
    pub(in crate::document::engine) fn seek_byte(&self, at: usize) -> (LeafId, Sums) {
        self.seek(count(at), |sums| sums.bytes)
    }

    /// A place in UTF-16 code units as one in bytes. Inside a character it counts as its start, behind the end as the end.
    pub(in crate::document::engine) fn byte_of_utf16(&self, at: usize) -> usize {
        let (leaf, before) = self.seek(count(at), |sums| sums.units);
        let (text, rest) = (self.leaf(leaf).text(), at.saturating_sub(index(before.units)));
        let within = match byte_of_utf16(text, rest) {
            Landing::Boundary(byte) | Landing::InsidePair(byte) => byte,
            Landing::Beyond => text.len(),
        };
        index(before.bytes) + within
    }

    /// A place in bytes as one in UTF-16 code units, and the line it is in. Inside a character it counts as its start, behind the
    /// end as the end.
    pub(in crate::document::engine) fn place_of_byte(&self, at: usize) -> (usize, usize) {
        let (leaf, before) = self.seek_byte(at);
        let text = self.leaf(leaf).text();
        let within = text.floor_char_boundary(at.saturating_sub(index(before.bytes)));
        let left = text.get(..within).unwrap_or_default();
        (index(before.units) + utf16_len(left), index(before.lines) + count_lines(left))
    }

    /// Where a line starts, in bytes; none where there are fewer lines.
    pub(in crate::document::engine) fn line_start(&self, line: usize) -> Option<usize> {
        if line == 0 {
            return Some(0);
        }
        if line > index(self.total.lines) {
            return None;
        }
        let (leaf, before) = self.seek(count(line), |sums| sums.lines);
        let wanted = line - index(before.lines) - 1;
        let (feed, _) = self.leaf(leaf).text().match_indices('\n').nth(wanted)?;
        Some(index(before.bytes) + feed + 1)
    }

    /// Whether a place in bytes is between two characters, or at an end of the text.
    pub(in crate::document::engine) fn is_char_boundary(&self, at: usize) -> bool {
        let (leaf, before) = self.seek_byte(at);
        self.leaf(leaf).text().is_char_boundary(at.saturating_sub(index(before.bytes)))
    }

    /// The visible text in a range of bytes.
    pub(in crate::document::engine) fn text_in(&self, range: Range<usize>) -> String {
        let range = range.start..range.end.min(index(self.total.bytes));
        let mut text = String::with_capacity(range.len());
        let (leaf, before) = self.seek_byte(range.start);
        let mut at = index(before.bytes);
        for leaf in self.leaves_from(leaf) {
            let (part, end) = (leaf.text(), at + leaf.text().len());
            let from = range.start.clamp(at, end) - at;
            let to = range.end.clamp(at, end) - at;
            text.push_str(part.get(from..to).unwrap_or_default());
            at = end;
            if at >= range.end {
                break;
            }
        }
        text
    }

    /// The first leaf that, with everything before it, reaches `target` in the unit that `of` picks; the last leaf for a target behind
    /// the end.
    fn seek(&self, target: u32, of: fn(&Sums) -> u32) -> (LeafId, Sums) {
        let mut before = Sums::default();
        let Some(root) = self.root else { return (self.first, before) };
        let mut handle = root.0;
        for _ in 0..self.height {
            let children: &[Child] = &self.nodes.get(handle).children;
            let last = children.len().saturating_sub(1);
            for (at, child) in children.iter().enumerate() {
                if at == last || of(&before) + of(&child.sums) >= target {
                    handle = child.handle;
                    break;
                }
                before += child.sums;
            }
        }
        (LeafId(handle), before)
    }
}
