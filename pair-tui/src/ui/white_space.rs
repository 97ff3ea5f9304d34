//! What is drawn where there is nothing to read: signs for spaces and tabs, and a thin line at each level of indentation. Both only
//! on request.

use super::theme::Theme;
use crate::{
    app::ViewOptions,
    editor::{
        Editor,
        layout::{self, Glyph, Shape},
        position::LineIndex,
        wrap::Row,
    },
};
use ratatui::{buffer::Buffer, layout::Rect};

/// An empty line is looked around for its neighbours this far.
const NEIGHBOURS: usize = 50;

/// The sign for a space or a tab, if it is to be seen.
pub fn sign(glyph: &Glyph<'_>, options: ViewOptions) -> Option<char> {
    match glyph.shape {
        Shape::Tab if options.white_space => Some('→'),
        Shape::Plain(" ") if options.white_space => Some('·'),
        _ => None,
    }
}

/// Draws the thin lines over the blank cells of a row that is drawn already.
pub fn guides(buffer: &mut Buffer, theme: Theme, editor: &Editor, area: Rect, row: &Row) {
    let left = editor.viewport().left.0;
    let depth = depth(editor, row.line);
    // A row that goes on with a line has no blanks of its own before its text.
    let depth = if row.is_first { depth } else { depth.min(row.indent.0) };
    for column in (0..depth).step_by(editor.indent_width().max(1)) {
        let Some(x) = column.checked_sub(left).and_then(|x| u16::try_from(x).ok()).filter(|x| *x < area.width) else {
            continue;
        };
        if let Some(cell) = buffer.cell_mut((area.x + x, area.y)).filter(|cell| cell.symbol() == " ") {
            cell.set_char('│').set_style(theme.quiet());
        }
    }
}

/// How many cells of a line are indentation; an empty line belongs to the block around it.
fn depth(editor: &Editor, line: LineIndex) -> usize {
    let own = |line: LineIndex| {
        let content = editor.text().line(line);
        let code = content.trim_start_matches([' ', '\t']);
        let indentation = content.get(..content.len() - code.len()).unwrap_or_default();
        (!code.is_empty()).then(|| layout::width_of(indentation, editor.tab()))
    };
    let last = editor.text().last_line();
    own(line).unwrap_or_else(|| {
        let above = (1..=NEIGHBOURS.min(line.0)).find_map(|distance| own(line.up(distance)));
        let below = (1..=NEIGHBOURS.min(last.0 - line.0)).find_map(|distance| own(line.down(distance)));
        above.zip(below).map_or(0, |(above, below)| above.min(below))
    })
}
