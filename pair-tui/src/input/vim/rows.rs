//! Motions by rows of the screen: `gj`, `gk`, `g0`, `g^`, `g$`. Where lines are not wrapped, a row is the part of a line that is seen.

use super::{
    command::RowEnd,
    motion::{FAR_RIGHT, Goal, Moved, Purpose, Span, vertical},
    state::Vim,
    work::Work,
};
use crate::editor::{lines::is_blank, motion::Direction, position::Cells, wrap::Row};
use protocol::ByteOffset;

impl Vim {
    /// `gj` and `gk`.
    pub(super) fn by_row(
        &self,
        direction: Direction,
        times: usize,
        purpose: Purpose,
        work: &Work<'_>,
    ) -> Option<Moved> {
        if !work.viewport.wraps {
            return vertical(work, direction, times, purpose);
        }
        let (rows, lines) = (work.rows(), work.lines());
        let row = rows.of(work.cursor);
        let column = self.row_column(&row, work);
        let target = match direction {
            Direction::Forward => rows.down(row, times),
            Direction::Backward => rows.up(row, times),
        };
        let target = if target.line > lines.last() { rows.of(lines.text_end()) } else { target };
        let at = rows.place_at(&target, column);
        (target != row).then(|| Moved { row_goal: Some(column), ..Moved::to(at, Span::Exclusive) })
    }

    /// Puts the cursor into a row, in the column that moves by rows aim at.
    pub(super) fn go_to_row(&mut self, row: Row, work: &mut Work<'_>) {
        let column = self.row_column(&work.rows().of(work.cursor), work);
        let at = work.rows().place_at(&row, column);
        let at = if self.is_visual() { at } else { work.lines().on_character(at) };
        work.go(at);
        self.row_goal = Some((at, column));
    }

    fn row_column(&self, row: &Row, work: &Work<'_>) -> Cells {
        match self.row_goal {
            Some((at, column)) if at == work.cursor => column,
            _ if work.goal == Some(FAR_RIGHT) => FAR_RIGHT,
            _ => work.rows().column_of(row, work.cursor),
        }
    }

    /// `g0`, `g^`, `g$`; a count of the last goes to rows further down.
    pub(super) fn row_end(&self, end: RowEnd, times: usize, purpose: Purpose, work: &Work<'_>) -> Option<Moved> {
        let below = if end == RowEnd::Last && times > 1 {
            Some(self.by_row(Direction::Forward, times - 1, purpose, work)?)
        } else {
            None
        };
        let from = below.map_or(work.cursor, |moved| moved.at);
        let (rows, lines) = (work.rows(), work.lines());
        let line = lines.of(from);
        let (first, last) = if work.viewport.wraps {
            let row = rows.of(from);
            (
                row.start,
                if row.is_last && !purpose.is_visual { lines.last_character(line) } else { rows.last_place(&row) },
            )
        } else {
            let left = work.viewport.left;
            let at = |column| lines.at_column(line, column, work.tab, purpose.is_visual);
            (at(left), at(left.right(work.viewport.width.saturating_sub(1))))
        };
        let wraps = work.viewport.wraps;
        Some(match end {
            RowEnd::First => Moved::to(first, Span::Exclusive),
            RowEnd::FirstNonblank => Moved::to(nonblank_from(first, last, work), Span::Exclusive),
            RowEnd::Last => {
                let goal = if wraps { Goal::Column(FAR_RIGHT) } else { Goal::Here };
                Moved { goal, row_goal: wraps.then_some(FAR_RIGHT), ..Moved::to(last, Span::Inclusive) }
            }
        })
    }
}

/// The first place that shows something, from one place of a line up to another.
fn nonblank_from(first: ByteOffset, last: ByteOffset, work: &Work<'_>) -> ByteOffset {
    let blanks = work.text().characters_from(first).take_while(|c| is_blank(*c)).count();
    ByteOffset(first.0 + blanks).min(last.max(first))
}
