//! `>` and `<` on a block: the text from its left edge on moves to the right, or to the left over the blanks there.

use super::Block;
use crate::{
    editor::{indent::IndentStyle, layout, lines::is_blank, position::LineIndex},
    input::vim::{state::Vim, work::Work},
};
use protocol::ByteOffset;

impl Vim {
    pub(in crate::input::vim) fn shift_block(&self, block: &Block, deeper: bool, times: usize, work: &mut Work<'_>) {
        let style = work.indent_style(&self.options);
        let width = match (style, self.options.shift_width) {
            (IndentStyle::Spaces(width), _) | (IndentStyle::Tab, Some(width)) => width,
            (IndentStyle::Tab, None) => work.tab.0,
        };
        let corner = work.cursor;
        for line in block.lines_up() {
            if !block.part(line, work).is_short && !work.lines().content(line).is_empty() {
                shift_line(line, block.left, (width * times, deeper), style, work);
            }
        }
        work.go(corner);
    }
}

/// Moves the text of a line from a column on by so many cells. To the right, blanks on both sides of the edge become one stretch.
fn shift_line(line: LineIndex, left: usize, (by, deeper): (usize, bool), style: IndentStyle, work: &mut Work<'_>) {
    let lines = work.lines();
    let (start, content) = (lines.start(line), lines.content(line).into_owned());
    let mut blanks: Option<(usize, usize)> = None;
    let (mut text, mut text_column) = (content.len(), layout::width_of(&content, work.tab));
    for glyph in layout::glyphs(&content, work.tab) {
        let is_blank = content.get(glyph.at.0..).and_then(|rest| rest.chars().next()).is_some_and(is_blank);
        if glyph.column.0 >= left && !is_blank {
            (text, text_column) = (glyph.at.0, glyph.column.0);
            break;
        }
        // Where the stretch of blanks around the edge begins.
        blanks = if is_blank { blanks.or(Some((glyph.at.0, glyph.column.0))) } else { None };
    }
    let (from, from_column) = blanks.unwrap_or((text, text_column));
    let wanted =
        if deeper { text_column + by } else { text_column - by.min(text_column.saturating_sub(left.max(from_column))) };
    if deeper || wanted < text_column {
        let cells = wanted.saturating_sub(from_column);
        let tab = work.tab.0.max(1);
        let inserted = match style {
            IndentStyle::Tab if deeper => {
                let stops = wanted / tab - from_column / tab;
                if stops == 0 { " ".repeat(cells) } else { "\t".repeat(stops) + &" ".repeat(wanted % tab) }
            }
            _ => " ".repeat(cells),
        };
        work.replace(ByteOffset(start.0 + from)..ByteOffset(start.0 + text), &inserted);
    }
}
