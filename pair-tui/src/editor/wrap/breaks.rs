//! Where a line is broken into rows: behind blanks, between wide characters, behind a hyphen or slash inside a word; a word that is
//! longer than half a row, anywhere. And how far the rows that follow are indented: to where the line's text begins, so that the
//! items of a list and the lines of a comment stay in their column.

use crate::editor::{
    layout::{self, Glyph, Shape, TabWidth},
    position::Cells,
};
use unicode_width::UnicodeWidthStr;

/// So many bytes of a line are looked at to find out how far its text is indented.
pub(super) const HEAD: usize = 256;

/// Below this width nothing is indented: there are no cells to spare.
const NARROW: usize = 20;

/// What may stand between the indentation of a line and its text, in lists, quotes and comments; a blank comes behind it.
const MARKERS: [&str; 13] = ["-", "*", "+", ">", "#", "##", "###", "//", "///", "//!", "--", ";;", "[ ]"];

/// What begins no row.
const NO_START: &str = "、。，．！？：；）」』】〉》〕ー…々ゝゞ";
/// What ends no row.
const NO_END: &str = "（「『【〈《〔";

/// How many bytes of `rest` (not empty, up to the end of a line or piece) a row takes that begins at a column and has `width`
/// cells. A blank that comes right behind them is taken, too, unless it is the last character: the cursor needs a cell behind that. At
/// least one character is taken.
pub(super) fn row_length(rest: &str, indent: Cells, width: usize, tab: TabWidth) -> usize {
    // Where the row could end, and in which column.
    let mut chance: Option<(usize, usize)> = None;
    let mut has_text = false;
    let mut before = ["", ""];
    for glyph in layout::glyphs_from(rest, indent, tab) {
        let cluster = cluster_of(rest, &glyph);
        if has_text && may_break(before, cluster) {
            chance = Some((glyph.at.0, glyph.column.0));
        }
        if glyph.column.0 + glyph.width > width && glyph.at.0 > 0 {
            let behind = glyph.at.0 + cluster.len();
            if is_blank(cluster) && has_text && glyph.column.0 <= width && behind < rest.len() {
                return behind;
            }
            let half = indent.0 + width.saturating_sub(indent.0) / 2;
            return chance.filter(|(_, column)| *column > half).map_or(glyph.at.0, |(at, _)| at);
        }
        has_text |= !is_blank(cluster);
        before = [before[1], cluster];
    }
    rest.len()
}

/// The column of the rows that go on with a line which starts like this.
pub(super) fn hanging_indent(head: &str, width: usize, tab: TabWidth) -> usize {
    if width < NARROW {
        return 0;
    }
    let text = head.trim_start_matches([' ', '\t']);
    let mut rest = text;
    while let Some(behind) = behind_marker(rest) {
        rest = behind;
    }
    let rest = if rest.trim_start_matches([' ', '\t']).is_empty() { text } else { rest };
    let before = head.get(..head.len() - rest.len()).unwrap_or_default();
    layout::width_of(before, tab).min(width / 2)
}

/// What comes behind a marker and its blank.
fn behind_marker(text: &str) -> Option<&str> {
    let (marker, rest) = text.split_once(' ')?;
    let number = marker.strip_suffix(['.', ')']);
    let is_number =
        number.is_some_and(|number| (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()));
    (is_number || MARKERS.contains(&marker)).then_some(rest)
}

/// Whether a row may end between the last two clusters and the next one.
fn may_break([earlier, previous]: [&str; 2], next: &str) -> bool {
    if is_blank(next) {
        return false;
    }
    if is_blank(previous) {
        return true;
    }
    if NO_START.contains(next) || (!previous.is_empty() && NO_END.contains(previous)) {
        return false;
    }
    let is_letter = |cluster: &str| cluster.chars().next().is_some_and(char::is_alphanumeric);
    if matches!(previous, "-" | "/") {
        return is_letter(earlier) && is_letter(next);
    }
    previous.width() > 1 || (next.width() > 1 && !previous.is_empty())
}

fn is_blank(cluster: &str) -> bool {
    matches!(cluster, " " | "\t")
}

fn cluster_of<'a>(rest: &'a str, glyph: &Glyph<'a>) -> &'a str {
    match &glyph.shape {
        Shape::Plain(cluster) => cluster,
        Shape::Tab => "\t",
        Shape::Stand(_) => {
            let behind = rest.get(glyph.at.0..).unwrap_or_default();
            unicode_segmentation::UnicodeSegmentation::graphemes(behind, true).next().unwrap_or_default()
        }
    }
}
