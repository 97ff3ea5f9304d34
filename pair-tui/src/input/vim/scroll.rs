//! Scrolling: Ctrl-D, Ctrl-U, Ctrl-F, Ctrl-B, Ctrl-E, Ctrl-Y and `z`. By lines, as vim does it; by rows where lines are wrapped, so that
//! a long line does not go by in one jump.

use super::{
    command::{ScreenPlace, Scroll},
    motion::{down, goal_column, up},
    state::{Effect, Vim},
    work::Work,
};
use crate::editor::{motion::Direction, position::LineIndex, wrap::Row};

impl Vim {
    pub(super) fn scroll(&mut self, scroll: Scroll, count: Option<usize>, work: &mut Work<'_>) {
        if work.viewport.wraps {
            return self.scroll_rows(scroll, count, work);
        }
        let height = work.height.max(1);
        let times = count.unwrap_or(1);
        match scroll {
            Scroll::Half(direction) => {
                if count.is_some() {
                    self.half_screen = count;
                }
                let half = self.half_screen.unwrap_or(height / 2).max(1);
                self.scroll_with_cursor(direction, half, work);
            }
            Scroll::Page(direction) => {
                let page = height.saturating_sub(2).max(1);
                self.scroll_page(direction, page * times, work);
            }
            Scroll::Line(direction) => self.scroll_page_keeping(direction, times, work),
            Scroll::CursorTo { place, first_nonblank } => {
                go_to_scrolled_line(count, first_nonblank, work);
                let off = self.options.scroll_off.min((height - 1) / 2);
                let line = work.line();
                let top = match place {
                    ScreenPlace::Top => line.up(off),
                    ScreenPlace::Middle => line.up((height - 1) / 2),
                    ScreenPlace::Bottom => line.down(off + 1).up(height),
                };
                scroll_to(top, work);
            }
        }
    }

    fn scroll_with_cursor(&self, direction: Direction, half: usize, work: &mut Work<'_>) {
        let target = match direction {
            Direction::Forward => down(work, half),
            Direction::Backward => up(work, half),
        };
        let Some(line) = target else { return work.fail() };
        let moved = line.0.abs_diff(work.line().0);
        let lowest = work.lines().last().down(1).up(work.height);
        let top = match direction {
            Direction::Forward => work.top.down(moved).min(lowest.max(work.top)),
            Direction::Backward => work.top.up(moved),
        };
        let (height, last) = (work.height.max(1), work.lines().last());
        let off = self.options.scroll_off.min((height - 1) / 2);
        let line = match direction {
            Direction::Forward if top > LineIndex::FIRST => line.max(top.down(off)).min(last),
            Direction::Backward => line.min(top.down(height - 1).up(off)),
            Direction::Forward => line,
        };
        let at = work.lines().first_nonblank(line);
        work.go(at);
        scroll_to(top, work);
    }

    fn scroll_page(&mut self, direction: Direction, page: usize, work: &mut Work<'_>) {
        let last = work.lines().last();
        let off = self.options.scroll_off.min((work.height.max(1) - 1) / 2);
        let top = match direction {
            Direction::Forward if work.top >= last => return work.fail(),
            Direction::Backward if work.top == LineIndex::FIRST => return work.fail(),
            Direction::Forward => work.top.down(page).min(last),
            Direction::Backward => work.top.up(page),
        };
        let line = match direction {
            Direction::Forward => work.line().max(top.down(off).min(last)),
            Direction::Backward => work.line().min(top.down(work.height.saturating_sub(1 + off)).min(last)),
        };
        let at = work.lines().first_nonblank(line);
        work.go(at);
        scroll_to(top, work);
    }

    /// Scrolls by lines; the cursor moves only as far as it must.
    fn scroll_page_keeping(&mut self, direction: Direction, count: usize, work: &mut Work<'_>) {
        let off = self.options.scroll_off.min((work.height.max(1) - 1) / 2);
        let top = match direction {
            Direction::Forward => work.top.down(count).min(work.lines().last()),
            Direction::Backward => work.top.up(count),
        };
        let first = if top == LineIndex::FIRST { top } else { top.down(off) };
        let last = top.down(work.height).up(1 + off).max(first);
        let line = work.line().clamp(first, last).min(work.lines().last());
        if line != work.line() {
            let goal = goal_column(work, self.is_visual());
            work.cursor = work.lines().at_column(line, goal, work.tab, self.is_visual());
            work.goal = Some(goal);
        }
        scroll_to(top, work);
    }

    /// The same where lines are wrapped: everything is counted in rows, and the cursor keeps its column.
    fn scroll_rows(&mut self, scroll: Scroll, count: Option<usize>, work: &mut Work<'_>) {
        let height = work.height.max(1);
        let off = self.options.scroll_off.min((height - 1) / 2);
        let top = work.viewport.top_row(work.text());
        let times = count.unwrap_or(1);
        match scroll {
            Scroll::Half(direction) => {
                if count.is_some() {
                    self.half_screen = count;
                }
                let half = self.half_screen.unwrap_or(height / 2).max(1);
                let rows = work.rows();
                let cursor = rows.of(work.cursor);
                let target = step(work, cursor, direction, half);
                if target == cursor {
                    return work.fail();
                }
                let lowest = rows.up(last_row(work), height - 1);
                let wanted = step(work, top, direction, half);
                let new_top = if wanted.start > lowest.start.max(top.start) { lowest } else { wanted };
                self.go_to_row(target, work);
                self.show(new_top, off, work);
            }
            Scroll::Page(direction) => {
                let page = height.saturating_sub(2).max(1) * times;
                let new_top = step(work, top, direction, page);
                if new_top == top {
                    return work.fail();
                }
                self.show(new_top, off, work);
            }
            Scroll::Line(direction) => self.show(step(work, top, direction, times), off, work),
            Scroll::CursorTo { place, first_nonblank } => {
                go_to_scrolled_line(count, first_nonblank, work);
                let above = match place {
                    ScreenPlace::Top => off,
                    ScreenPlace::Middle => (height - 1) / 2,
                    ScreenPlace::Bottom => height - 1 - off,
                };
                let rows = work.rows();
                let top = rows.up(rows.of(work.cursor), above);
                work.effect(Effect::ScrollTo(top.start));
            }
        }
    }

    /// Shows a row at the top; the cursor moves only as far as it must to be seen.
    fn show(&mut self, top: Row, off: usize, work: &mut Work<'_>) {
        let rows = work.rows();
        let cursor = rows.of(work.cursor);
        let is_start = top.start == rows.of(protocol::ByteOffset::START).start;
        let first = if is_start { top } else { step(work, top, Direction::Forward, off) };
        let last = step(work, top, Direction::Forward, work.height.max(1) - 1 - off);
        if cursor.start < first.start {
            self.go_to_row(first, work);
        } else if cursor.start > last.start {
            self.go_to_row(last, work);
        }
        work.effect(Effect::ScrollTo(top.start));
    }
}

/// The row this many further; the last one that vi knows at most.
fn step(work: &Work<'_>, from: Row, direction: Direction, count: usize) -> Row {
    let rows = work.rows();
    match direction {
        Direction::Backward => rows.up(from, count),
        Direction::Forward => {
            let (target, last) = (rows.down(from, count), last_row(work));
            if target.start > last.start { last } else { target }
        }
    }
}

fn last_row(work: &Work<'_>) -> Row {
    work.rows().of(work.lines().text_end())
}

/// Shows a line at the top.
fn scroll_to(top: LineIndex, work: &mut Work<'_>) {
    let at = work.lines().start(top);
    work.effect(Effect::ScrollTo(at));
}

/// `z` with a count first goes to that line.
fn go_to_scrolled_line(count: Option<usize>, first_nonblank: bool, work: &mut Work<'_>) {
    if let Some(number) = count {
        let line = LineIndex(number.max(1) - 1).min(work.lines().last());
        let goal = goal_column(work, false);
        work.cursor = work.lines().at_column(line, goal, work.tab, false);
    }
    if first_nonblank {
        let at = work.lines().first_nonblank(work.line());
        work.go(at);
    }
}
