//! Where each motion goes from the cursor, and how an operator takes what it passes. The geometry is in `editor/motion`.

use super::{
    command::{Motion, Operator, ScreenPlace},
    state::Vim,
    work::Work,
};
use crate::editor::{
    motion::{Direction, bracket, find, paragraph, sentence, word},
    position::{Cells, LineIndex},
};
use protocol::ByteOffset;

/// How an operator takes what a motion passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// Up to the place.
    Exclusive,
    /// The character at the place, too.
    Inclusive,
    /// Whole lines.
    Lines,
}

/// What vertical moves aim at after a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// The column it came to.
    Here,
    /// What they aimed at before.
    Column(Cells),
}

/// Where a motion came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a trait of its own of some motions")]
pub(super) struct Moved {
    pub at: ByteOffset,
    pub span: Span,
    pub goal: Goal,
    /// The column that moves by rows aim at.
    pub row_goal: Option<Cells>,
    /// Whether `''` comes back from it.
    pub is_jump: bool,
    /// Whether a deletion by it always goes to register 1.
    pub fills_one: bool,
    /// Whether an exclusive end at the start of a line is left there.
    pub keeps_end: bool,
    /// Whether it came less far than asked.
    pub is_short: bool,
}

/// The end of each line, as a column.
pub(super) const FAR_RIGHT: Cells = Cells(usize::MAX);

impl Moved {
    pub(super) fn to(at: ByteOffset, span: Span) -> Self {
        Self {
            at,
            span,
            goal: Goal::Here,
            row_goal: None,
            is_jump: false,
            fills_one: false,
            keeps_end: false,
            is_short: false,
        }
    }

    pub(super) fn jump(self) -> Self {
        Self { is_jump: true, ..self }
    }

    pub(super) fn filling_one(self) -> Self {
        Self { fills_one: true, ..self }
    }
}

/// What a motion is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Purpose {
    pub operator: Option<Operator>,
    pub is_visual: bool,
}

impl Vim {
    /// Where a motion goes; none where it can't.
    pub(super) fn target(
        &mut self,
        motion: &Motion,
        count: Option<usize>,
        purpose: Purpose,
        work: &mut Work<'_>,
    ) -> Option<Moved> {
        let times = count.unwrap_or(1);
        match motion {
            Motion::Find(wanted) => {
                let at = find::find(&work.lines(), work.cursor, times, *wanted, false);
                self.find = Some(*wanted);
                at.map(|at| found(at, wanted.direction))
            }
            Motion::RepeatFind { reversed } => {
                let wanted = self.find?;
                let wanted = if *reversed { wanted.reversed() } else { wanted };
                let at = find::find(&work.lines(), work.cursor, times, wanted, true)?;
                Some(found(at, wanted.direction))
            }
            Motion::Mark { name, as_line } => self.mark_target(*name, *as_line, work),
            Motion::Search { direction, pattern } => self.search(*direction, pattern, times, work),
            Motion::SearchAgain { reversed } => self.search_again(*reversed, times, work),
            Motion::Star { direction, whole_word } => self.star(*direction, *whole_word, times, work),
            Motion::Row(direction) => self.by_row(*direction, times, purpose, work),
            Motion::RowEnd(end) => self.row_end(*end, times, purpose, work),
            Motion::Screen(place) => Some(self.screen(*place, times, purpose, work)),
            _ => plain(motion, count, purpose, work),
        }
    }

    fn mark_target(&mut self, name: char, as_line: bool, work: &Work<'_>) -> Option<Moved> {
        let at =
            self.marks_of(work.document).get(name).or_else(|| (name == '\'' || name == '`').then_some(ByteOffset(0)));
        let lines = work.lines();
        let at = work.text().clamp(at?).min(lines.text_end());
        let moved = if as_line {
            Moved::to(lines.first_nonblank(lines.of(at)), Span::Lines)
        } else {
            Moved::to(at, Span::Exclusive).filling_one()
        };
        Some(moved.jump())
    }

    fn screen(&self, place: ScreenPlace, times: usize, purpose: Purpose, work: &Work<'_>) -> Moved {
        let lines = work.lines();
        let height = work.height.max(1);
        let rows = work.rows();
        let lowest = rows.down(work.viewport.top_row(work.text()), height - 1);
        let bottom = lowest.line.min(lines.last());
        let shown = bottom.0 - work.top.0.min(bottom.0) + 1;
        // An operator goes to the edge; a cursor keeps its distance.
        let off = if purpose.operator.is_some() { 0 } else { self.options.scroll_off.min((height - 1) / 2) };
        let top_off = if work.top == LineIndex::FIRST { 0 } else { off };
        let bottom_off = if bottom == lines.last() { 0 } else { off };
        let line = match place {
            ScreenPlace::Top => work.top.down((times - 1).max(top_off)).min(bottom),
            ScreenPlace::Middle => work.top.down(shown.div_ceil(2) - 1),
            ScreenPlace::Bottom => bottom.up((times - 1).max(bottom_off)).max(work.top),
        };
        Moved::to(lines.first_nonblank(line), Span::Lines).jump()
    }
}

fn found(at: ByteOffset, direction: Direction) -> Moved {
    Moved::to(at, if direction == Direction::Forward { Span::Inclusive } else { Span::Exclusive })
}

/// Motions that need nothing but the text.
fn plain(motion: &Motion, count: Option<usize>, purpose: Purpose, work: &Work<'_>) -> Option<Moved> {
    let (lines, at, times) = (work.lines(), work.cursor, count.unwrap_or(1));
    let line = lines.of(at);
    let exclusive = |at| Some(Moved::to(at, Span::Exclusive));
    match motion {
        Motion::Left => {
            let target = (0..times).fold(at, |at, _| lines.left(at));
            Some(Moved { is_short: target == at, ..Moved::to(target, Span::Exclusive) })
        }
        Motion::Right => Some(right(times, purpose, work)),
        Motion::RightOver => right_over(times, purpose, work),
        Motion::LeftOver => left_over(times, purpose, work),
        Motion::LineStart => exclusive(lines.start(line)),
        Motion::FirstNonblank => exclusive(nonblank_or_last(work, line)),
        Motion::LineEnd => {
            let target = down(work, times - 1)?;
            let at = if purpose.is_visual { lines.end(target) } else { lines.last_character(target) };
            Some(Moved { goal: Goal::Column(FAR_RIGHT), ..Moved::to(at, Span::Inclusive) })
        }
        Motion::LastNonblank => {
            let target = down(work, times - 1)?;
            let mut walker = lines.walk(lines.last_character(target));
            while walker.is_blank() && !walker.is_line_start() {
                walker.back();
            }
            Some(Moved::to(walker.at(), Span::Inclusive))
        }
        Motion::Column => {
            let target = lines.at_column(line, Cells(times - 1), work.tab, purpose.is_visual);
            Some(Moved { goal: Goal::Column(Cells(times - 1)), ..Moved::to(target, Span::Exclusive) })
        }
        Motion::Vertical(direction) => vertical(work, *direction, times, purpose),
        Motion::VerticalFirst(direction) => {
            let target = match direction {
                Direction::Forward => down(work, times)?,
                Direction::Backward => up(work, times)?,
            };
            Some(Moved::to(lines.first_nonblank(target), Span::Lines))
        }
        Motion::LinesBelow => Some(Moved::to(lines.first_nonblank(down(work, times - 1)?), Span::Lines)),
        Motion::Line { or_last } => {
            let wanted =
                count.map_or(if *or_last { lines.last() } else { LineIndex::FIRST }, |n| LineIndex(n.max(1) - 1));
            Some(Moved::to(lines.first_nonblank(wanted.min(lines.last())), Span::Lines).jump())
        }
        Motion::Match => match count {
            None => Some(Moved::to(bracket::matching(&lines, at)?, Span::Inclusive).jump().filling_one()),
            Some(percent) if percent > 100 => None,
            Some(percent) => {
                let target = LineIndex((percent * lines.count()).div_ceil(100).max(1) - 1).min(lines.last());
                Some(Moved::to(lines.first_nonblank(target), Span::Lines).jump())
            }
        },
        Motion::Paragraph(direction) => {
            let end = paragraph::paragraph(&lines, at, times, *direction)?;
            let span = if end.is_inclusive { Span::Inclusive } else { Span::Exclusive };
            Some(Moved::to(end.at, span).jump().filling_one())
        }
        Motion::Sentence(direction) => {
            Some(Moved::to(sentence::sentence(&lines, at, times, *direction)?, Span::Exclusive).jump().filling_one())
        }
        Motion::Unclosed(bracket) => unclosed(*bracket, times, work),
        _ => words(motion, times, purpose, work),
    }
}

fn words(motion: &Motion, times: usize, purpose: Purpose, work: &Work<'_>) -> Option<Moved> {
    let (lines, at) = (work.lines(), work.cursor);
    let has_operator = purpose.operator.is_some();
    let short = |reached: crate::editor::motion::Reached, span| Moved {
        is_short: reached.is_short && !has_operator,
        ..Moved::to(reached.at, span)
    };
    match motion {
        Motion::NextWord(kind) => {
            let on_character = lines.character(at).is_some_and(|c| !crate::editor::lines::is_blank(c));
            if purpose.operator == Some(Operator::Change) && on_character {
                return Some(short(word::next_end(&lines, at, times, *kind, true, false), Span::Inclusive));
            }
            Some(short(word::next_start(&lines, at, times, *kind, has_operator), Span::Exclusive))
        }
        Motion::NextWordEnd(kind) => {
            Some(short(word::next_end(&lines, at, times, *kind, false, false), Span::Inclusive))
        }
        Motion::PreviousWord(kind) => {
            let reached = word::previous_start(&lines, at, times, *kind, false);
            Some(Moved { is_short: reached.is_short, ..Moved::to(reached.at, Span::Exclusive) })
        }
        Motion::PreviousWordEnd(kind) => {
            let reached = word::previous_end(&lines, at, times, *kind, false);
            Some(Moved { is_short: reached.is_short, ..Moved::to(reached.at, Span::Inclusive) })
        }
        _ => None,
    }
}

/// The first character that is no space; in a line of spaces the last one.
pub(super) fn nonblank_or_last(work: &Work<'_>, line: LineIndex) -> ByteOffset {
    let lines = work.lines();
    lines.first_nonblank(line).min(lines.last_character(line))
}

/// The line this many further down, the last one at most; none where there is none.
pub(super) fn down(work: &Work<'_>, count: usize) -> Option<LineIndex> {
    let (line, last) = (work.line(), work.lines().last());
    if count > 0 && line >= last { None } else { Some(line.down(count).min(last)) }
}

pub(super) fn up(work: &Work<'_>, count: usize) -> Option<LineIndex> {
    let line = work.line();
    if count > 0 && line == LineIndex::FIRST { None } else { Some(line.up(count)) }
}

/// The column that vertical moves aim at.
pub(super) fn goal_column(work: &Work<'_>, is_visual: bool) -> Cells {
    let columns = work.lines().columns(work.cursor, work.tab);
    // Of a tab, a cursor that selects nothing behind it is drawn in the last cell.
    let is_tab = work.lines().character(work.cursor) == Some('\t');
    let at_start = !is_tab || (is_visual && work.cursor <= work.anchor);
    work.goal.unwrap_or(if at_start { columns.start } else { columns.end })
}

pub(super) fn vertical(work: &Work<'_>, direction: Direction, times: usize, purpose: Purpose) -> Option<Moved> {
    let line = match direction {
        Direction::Forward => down(work, times)?,
        Direction::Backward => up(work, times)?,
    };
    let goal = goal_column(work, purpose.is_visual);
    let at = work.lines().at_column(line, goal, work.tab, purpose.is_visual);
    Some(Moved { goal: Goal::Column(goal), ..Moved::to(at, Span::Lines) })
}

/// `l`: an operator may take the last character of the line; a selection may go behind it.
fn right(times: usize, purpose: Purpose, work: &Work<'_>) -> Moved {
    let lines = work.lines();
    let mut at = work.cursor;
    for turn in 0..times {
        let next = lines.right(at);
        let is_past = next == at || (lines.character(next).is_none() && !purpose.is_visual);
        if is_past {
            let takes_last = purpose.operator.is_some() && lines.character(at).is_some();
            let span = if takes_last { Span::Inclusive } else { Span::Exclusive };
            let is_short = turn == 0 && purpose.operator.is_none();
            return Moved { is_short, ..Moved::to(at, span) };
        }
        at = next;
    }
    Moved::to(at, Span::Exclusive)
}

/// Space: over line ends.
fn right_over(times: usize, purpose: Purpose, work: &Work<'_>) -> Option<Moved> {
    let lines = work.lines();
    let (mut at, mut span) = (work.cursor, Span::Exclusive);
    for turn in 0..times {
        let next = lines.right(at);
        if next != at && (lines.character(next).is_some() || purpose.is_visual) {
            at = next;
            continue;
        }
        let line = lines.of(at);
        if line >= lines.last() {
            if purpose.operator.is_some() {
                span = if lines.is_empty(line) { span } else { Span::Inclusive };
            } else if turn == 0 {
                return None;
            }
            break;
        }
        let takes_last = purpose.operator.is_some() && span == Span::Exclusive && lines.character(at).is_some();
        if takes_last {
            span = Span::Inclusive;
        } else {
            (at, span) = (lines.start(line.down(1)), Span::Exclusive);
        }
    }
    Some(Moved::to(at, span))
}

/// Backspace: over line ends.
fn left_over(times: usize, purpose: Purpose, work: &Work<'_>) -> Option<Moved> {
    let lines = work.lines();
    let mut moved = Moved::to(work.cursor, Span::Exclusive);
    for turn in 0..times {
        let before = lines.left(moved.at);
        if before != moved.at {
            moved.at = before;
            continue;
        }
        let line = lines.of(moved.at);
        if line == LineIndex::FIRST {
            if turn == 0 && purpose.operator.is_none() {
                return None;
            }
            break;
        }
        let above = line.up(1);
        let takes_break =
            matches!(purpose.operator, Some(Operator::Delete | Operator::Change)) && !lines.is_empty(above);
        moved.keeps_end |= takes_break;
        moved.at = if takes_break || purpose.is_visual { lines.end(above) } else { lines.last_character(above) };
    }
    Some(moved)
}

fn unclosed(bracket: char, times: usize, work: &Work<'_>) -> Option<Moved> {
    let lines = work.lines();
    let mut at = work.cursor;
    for _ in 0..times {
        let further = match bracket {
            '(' => bracket::unclosed_before(&lines, at, (b'(', b')'), true),
            '{' => bracket::unclosed_before(&lines, at, (b'{', b'}'), true),
            ')' => bracket::unopened_after(&lines, at, (b'(', b')'), true),
            _ => bracket::unopened_after(&lines, at, (b'{', b'}'), true),
        };
        let Some(further) = further else { break };
        at = further;
    }
    if at == work.cursor {
        return None;
    }
    let span = if matches!(bracket, '(' | '{') { Span::Exclusive } else { Span::Inclusive };
    Some(Moved::to(at, span).jump().filling_one())
}
