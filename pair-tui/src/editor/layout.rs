//! How a line's characters become cells of the screen: tabs to their stops, wide characters in two cells, combining marks with
//! their base, and control or invisible characters as something that can be seen and does no harm. Knows no colours.

use super::{
    position::{Cells, LineByte, LineIndex},
    text::Text,
};
use protocol::ByteOffset;
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The distance between tab stops, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TabWidth(pub usize);

impl Default for TabWidth {
    fn default() -> Self {
        Self(4)
    }
}

impl TabWidth {
    /// How many cells a tab takes that starts at a column.
    pub fn to_next_stop(self, column: Cells) -> usize {
        let width = self.0.max(1);
        width - column.0 % width
    }
}

/// What is drawn for one grapheme cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape<'a> {
    /// The cluster itself.
    Plain(&'a str),
    /// Blank cells up to the next tab stop.
    Tab,
    /// Stands for a character that must not reach the terminal or would not be seen: `^A`, `<202E>`.
    Stand(Cow<'static, str>),
}

/// One grapheme cluster of a line, placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph<'a> {
    /// Where in the line it starts.
    pub at: LineByte,
    /// Where its first cell is.
    pub column: Cells,
    /// How many cells it takes; at least one.
    pub width: usize,
    /// What is drawn.
    pub shape: Shape<'a>,
}

/// The glyphs of a line (without its line break), from left to right.
pub fn glyphs(line: &str, tab: TabWidth) -> impl Iterator<Item = Glyph<'_>> {
    glyphs_from(line, Cells::LEFT, tab)
}

/// The glyphs of a part of a line that is drawn from a column on.
pub fn glyphs_from(part: &str, mut column: Cells, tab: TabWidth) -> impl Iterator<Item = Glyph<'_>> {
    let (mut clusters, mut plain) = (part.grapheme_indices(true), plain(part).then_some(0));
    std::iter::from_fn(move || {
        // Most lines are nothing but characters of one byte and one cell.
        let (at, (shape, width)) = if let Some(next) = &mut plain {
            let at = *next;
            *next += 1;
            (at, (Shape::Plain(part.get(at..at + 1)?), 1))
        } else {
            let (at, cluster) = clusters.next()?;
            (at, shape(cluster, column, tab))
        };
        let glyph = Glyph { at: LineByte(at), column, width, shape };
        column = column.right(width);
        Some(glyph)
    })
}

/// The column of a place in its line.
pub fn column_of(text: &Text, at: ByteOffset, tab: TabWidth) -> Cells {
    let start = text.line_start(text.line_of(at));
    let before = text.slice(start..at);
    if plain(&before) {
        return Cells(before.len());
    }
    glyphs(&before, tab).last().map_or(Cells::LEFT, |glyph| glyph.column.right(glyph.width))
}

/// The place in a line that is nearest to a column: the character whose cell it is (of a wide one the nearer side), or the end
/// of the line.
pub fn place_at(text: &Text, line: LineIndex, column: Cells, tab: TabWidth) -> ByteOffset {
    let content = text.line(line);
    let start = text.line_start(line);
    let mut end = content.len();
    for glyph in glyphs(&content, tab) {
        if column.0 < glyph.column.0 + glyph.width.div_ceil(2) {
            end = glyph.at.0;
            break;
        }
    }
    ByteOffset(start.0 + end)
}

/// How many cells a text takes that stands on its own line.
pub fn width_of(line: &str, tab: TabWidth) -> usize {
    glyphs(line, tab).map(|glyph| glyph.width).sum()
}

/// Whether each byte is a character of one cell.
pub(super) fn plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

fn shape(cluster: &str, column: Cells, tab: TabWidth) -> (Shape<'_>, usize) {
    if cluster == "\t" {
        return (Shape::Tab, tab.to_next_stop(column));
    }
    let width = cluster.width();
    let harmful = cluster.chars().find(|c| c.is_control() || is_invisible(*c));
    match harmful {
        // A joiner inside a visible cluster (an emoji family) is what it is there for.
        None | Some('\u{200c}' | '\u{200d}') if width > 0 => (Shape::Plain(cluster), width),
        None => {
            // A combining mark without a base, at the start of a line for instance.
            let stand = format!("◌{cluster}");
            let width = stand.width().max(1);
            (Shape::Stand(stand.into()), width)
        }
        Some(c) => {
            let stand = stand_in(c);
            let width = stand.width();
            (Shape::Stand(stand.into()), width)
        }
    }
}

/// Characters that show nothing, or turn the direction of what follows: text that reads otherwise than it runs.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}')
}

fn stand_in(c: char) -> String {
    match u32::from(c) {
        code @ 0..0x20 => format!("^{}", char::from_u32(code + 0x40).unwrap_or('?')),
        0x7f => "^?".to_owned(),
        code => format!("<{code:02X}>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(line: &str) -> String {
        let piece = |glyph: Glyph<'_>| match glyph.shape {
            Shape::Plain(cluster) => cluster.to_owned(),
            Shape::Tab => "→".repeat(glyph.width),
            Shape::Stand(stand) => stand.into_owned(),
        };
        glyphs(line, TabWidth(4)).map(piece).collect()
    }

    #[test]
    fn tabs_reach_their_stops_and_nothing_harmful_reaches_the_terminal() {
        assert_eq!(drawn("a\tb"), "a→→→b");
        assert_eq!(drawn("日\tb"), "日→→b");
        assert_eq!(drawn("\u{1b}[31m\u{7f}"), "^[[31m^?");
        assert_eq!(drawn("\u{9b}31m"), "<9B>31m");
        assert_eq!(drawn("if x {\u{202e}}"), "if x {<202E>}");
        assert_eq!(drawn("\u{301}a"), "◌\u{301}a");
        assert_eq!(drawn("👩‍👩‍👧!"), "👩‍👩‍👧!");
    }

    #[test]
    fn columns_and_places_are_inverse() {
        let text = Text::new("x\n\ta日e\u{301}\u{7}b\n");
        for (bytes, column) in [(0, 0), (1, 4), (2, 5), (5, 7), (8, 8), (9, 10), (10, 11)] {
            let at = ByteOffset(2 + bytes);
            assert_eq!(column_of(&text, at, TabWidth(4)), Cells(column), "{bytes}");
            assert_eq!(place_at(&text, LineIndex(1), Cells(column), TabWidth(4)), at, "{column}");
        }
        assert_eq!(place_at(&text, LineIndex(1), Cells(99), TabWidth(4)), ByteOffset(12));
    }
}
