//! Where each part of the screen is, by its size and by what is open. The one place that decides it: drawing and mouse both ask
//! here. Knows no content.

use ratatui::layout::Rect;

/// From this width on the side pane stands beside the text; below it is a drawer over the text.
pub const WIDE: u16 = 100;
/// Below this width the title line has only the room.
pub const NARROW: u16 = 60;

/// The parts of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Areas {
    /// The first line.
    pub title: Rect,
    /// Line numbers.
    pub numbers: Rect,
    /// The text.
    pub text: Rect,
    /// At the right of the text, one column or two: where everybody is in the document.
    pub marks: Rect,
    /// The thin line between text and side pane; empty without one.
    pub divider: Rect,
    /// Suggestion above chat; empty where it is folded away.
    pub side: Rect,
    /// Notices and hints, above the last line; empty unless wanted.
    pub notice: Rect,
    /// The last line.
    pub status: Rect,
}

/// What decides the layout besides the size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whether the side pane is open.
    pub side: bool,
    /// How many rows are wanted above the last line, for a notice or a prompt.
    pub notice_rows: u16,
    /// Whether several others are here: each of them needs room in the scroll column.
    pub crowd: bool,
    /// How many digits the last line's number has; 0 where no numbers are wanted.
    pub digits: u16,
}

/// Divides a screen of this size.
pub fn areas(width: u16, height: u16, wanted: Wanted) -> Areas {
    let row = |y: u16, rows: u16| Rect::new(0, y, width, rows.min(height.saturating_sub(y)));
    // Three rows of text at least stay to be seen.
    let notice_rows = wanted.notice_rows.min(height.saturating_sub(4));
    let body_rows = height.saturating_sub(2 + notice_rows);
    let body = row(1, body_rows);
    let side_width = match (wanted.side, width) {
        (false, _) => 0,
        (true, WIDE..) => (width * 2 / 5).min(60),
        // A drawer leaves some of the text to be seen, where there is room for both.
        (true, _) => width.saturating_sub(24).max(width * 2 / 3),
    };
    let divider_width = u16::from(side_width > 0);
    let editor_width = width.saturating_sub(side_width + divider_width);
    let numbers_width = if wanted.digits == 0 { 0 } else { (wanted.digits.max(3) + 2).min(editor_width / 3) };
    let column = |x: u16, columns: u16| Rect::new(x, body.y, columns.min(width.saturating_sub(x)), body.height);
    let marks_room = editor_width.saturating_sub(numbers_width);
    let marks_width = if wanted.crowd && width >= NARROW { 2 } else { 1 }.min(marks_room);
    let text_width = editor_width.saturating_sub(numbers_width + marks_width);
    Areas {
        title: row(0, 1),
        numbers: column(0, numbers_width),
        text: column(numbers_width, text_width),
        marks: column(numbers_width + text_width, marks_width),
        divider: column(editor_width, divider_width),
        side: column(editor_width + divider_width, side_width),
        notice: row(1 + body_rows, notice_rows),
        status: row(height.saturating_sub(1), u16::from(height > 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_and_nothing_leaves_the_screen() {
        for width in 0..140 {
            for height in 0..20 {
                for wanted in (0..16_u16).map(|bits| Wanted {
                    side: bits & 1 > 0,
                    notice_rows: bits & 2,
                    crowd: bits & 8 > 0,
                    digits: 2 + (bits & 4),
                }) {
                    let areas = areas(width, height, wanted);
                    let all = [
                        areas.title,
                        areas.numbers,
                        areas.text,
                        areas.marks,
                        areas.divider,
                        areas.side,
                        areas.notice,
                        areas.status,
                    ];
                    for (at, area) in all.iter().enumerate() {
                        assert!(area.right() <= width && area.bottom() <= height.max(1), "{width}x{height} {area:?}");
                        for other in all.get(at + 1..).unwrap_or_default() {
                            assert!(
                                area.intersection(*other).is_empty(),
                                "{width}x{height} {wanted:?} {area:?} {other:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}
