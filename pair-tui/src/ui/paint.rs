//! Small brushes: text into a row, cleaned of what must not reach the terminal, cut or wrapped to a width. Knows no state.

use crate::editor::layout::{Shape, TabWidth, glyphs};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use unicode_width::UnicodeWidthStr;

/// A piece of text in one style.
pub type Piece = (String, Style);

/// Writes pieces into the first row of an area, from left to right, cut at its right end.
pub fn row(buffer: &mut Buffer, area: Rect, pieces: &[Piece]) {
    if area.is_empty() {
        return;
    }
    let mut x = area.x;
    for (text, style) in pieces {
        let room = usize::from(area.right().saturating_sub(x));
        x = buffer.set_stringn(x, area.y, clean(text), room, *style).0;
    }
}

/// How many cells pieces take.
pub fn width(pieces: &[Piece]) -> usize {
    pieces.iter().map(|(text, _)| clean(text).width()).sum()
}

/// The area's row at this distance from its top; empty behind its end.
pub fn line(area: Rect, down: u16) -> Rect {
    if down >= area.height {
        return Rect { height: 0, ..area };
    }
    Rect { y: area.y + down, height: 1, ..area }
}

/// An area without its first column: text does not stick to a line beside it.
pub fn indented(area: Rect) -> Rect {
    Rect { x: area.x.saturating_add(1).min(area.right()), width: area.width.saturating_sub(1), ..area }
}

/// The text with everything harmful or invisible replaced by something that is neither.
pub fn clean(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let piece = |out: String, shape: Shape<'_>, width: usize| match shape {
        Shape::Plain(cluster) => out + cluster,
        Shape::Stand(stand) => out + &stand,
        Shape::Tab => out + &" ".repeat(width),
    };
    glyphs(text, TabWidth::default()).fold(String::new(), |out, glyph| piece(out, glyph.shape, glyph.width))
}

/// The text cut to so many cells, with `…` where something is left out.
pub fn cut(text: &str, cells: usize) -> String {
    let text = clean(text);
    if text.width() <= cells {
        return text;
    }
    let kept = glyphs(&text, TabWidth::default()).take_while(|glyph| glyph.column.0 + glyph.width < cells);
    let mut short: String =
        kept.map(|glyph| if let Shape::Plain(cluster) = glyph.shape { cluster } else { "" }).collect();
    // What is left may end in such a sign itself.
    short.truncate(short.trim_end_matches('…').len());
    short.push('…');
    short
}

/// The text cut to so many cells at its front, with `…` where something is left out: the end of a path tells more.
pub fn cut_front(text: &str, cells: usize) -> String {
    let text = clean(text);
    let mut rest = text.as_str();
    let is_cut = rest.width() > cells;
    let mut characters = rest.chars();
    while is_cut && rest.width() >= cells.max(1) && characters.next().is_some() {
        rest = characters.as_str();
    }
    if is_cut { format!("…{rest}") } else { text }
}

/// Blanks what reaches into an area from its left: of a character that is two cells wide, ratatui would not show what is drawn over the
/// second.
pub fn cut_wide(buffer: &mut Buffer, area: Rect) {
    for row in area.rows().filter(|row| is_second_half(buffer, row.as_position())).collect::<Vec<_>>() {
        if let Some(cell) = buffer.cell_mut((row.x - 1, row.y)) {
            cell.set_symbol(" ");
        }
    }
}

/// Whether a character that is two cells wide begins in the cell before.
pub fn is_second_half(buffer: &Buffer, at: Position) -> bool {
    let before = at.x.checked_sub(1).and_then(|x| buffer.cell((x, at.y)));
    before.is_some_and(|cell| cell.symbol().width() > 1)
}

/// A time as people say it.
pub fn milliseconds(ms: u64) -> String {
    if ms == 0 { "<1 ms".to_owned() } else { format!("{ms} ms") }
}

/// The text in lines of at most so many cells, broken between words where possible.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in clean(text).split_inclusive(' ') {
        if used > 0 && used + word.trim_end().width() > cells {
            lines.push(String::new());
            used = 0;
        }
        for glyph in glyphs(word, TabWidth::default()) {
            let is_over = used + glyph.width > cells && used > 0;
            if is_over && glyph.shape == Shape::Plain(" ") {
                // The space before a break is the break.
                continue;
            }
            if is_over {
                lines.push(String::new());
                used = 0;
            }
            if let (Shape::Plain(cluster), Some(line)) = (&glyph.shape, lines.last_mut()) {
                line.push_str(cluster);
                used += glyph.width;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_and_wrapped_by_cells() {
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!((cut_front("src/main.rs", 8), cut_front("src", 3)), ("…main.rs".into(), "src".into()));
        assert_eq!(wrap("why not a snapshot", 9), ["why not a", "snapshot"]);
        assert_eq!(wrap("日本語日本語", 4), ["日本", "語日", "本語"]);
        assert_eq!(clean("a\u{1b}[0m"), "a^[[0m");
    }
}
