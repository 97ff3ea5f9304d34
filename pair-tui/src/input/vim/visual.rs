//! Visual mode: selecting, reselecting, and operators on what is selected.

use super::{
    block::Block,
    command::{Operator, Selected},
    region::Region,
    state::{Mode, Vim},
    work::Work,
};
use crate::editor::object::{Object, ObjectKind, Wanted};
use protocol::ByteOffset;

/// How much was selected, for a repetition elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub is_linewise: bool,
    /// Lines touched.
    pub lines: usize,
    /// Characters to go in the last line: from its start, or with one line from where the selection starts.
    pub characters: usize,
    /// Whether it goes on to the end of the line.
    pub to_line_end: bool,
    /// How many columns, of a block.
    pub columns: Option<usize>,
}

/// The mode in which this is selected.
fn mode_of(selected: Selected) -> Mode {
    match selected {
        Selected::Characters => Mode::Visual,
        Selected::Lines => Mode::VisualLine,
        Selected::Block => Mode::VisualBlock,
    }
}

impl Vim {
    /// `v`, `V` and Ctrl-V: begins a selection, changes its kind, or ends it.
    pub(super) fn select(&mut self, selected: Selected, work: &mut Work<'_>) {
        let wanted = mode_of(selected);
        if self.mode == wanted {
            self.escape(work);
        } else {
            if !self.is_visual() {
                work.anchor = work.cursor;
            }
            self.mode = wanted;
        }
    }

    /// `o` and `O`: the cursor goes to the other end.
    pub(super) fn swap_ends(&mut self, in_line: bool, work: &mut Work<'_>) {
        if !in_line || self.mode != Mode::VisualBlock {
            std::mem::swap(&mut work.anchor, &mut work.cursor);
            return;
        }
        let lines = work.lines();
        let (anchor, cursor) = (lines.columns(work.anchor, work.tab).start, lines.columns(work.cursor, work.tab).start);
        let in_line = |place, column| lines.at_column(lines.of(place), column, work.tab, false);
        let ends = (in_line(work.anchor, cursor), in_line(work.cursor, anchor));
        (work.anchor, work.cursor, work.goal) = (ends.0, ends.1, None);
    }

    /// `gv`: selects again what was selected last; in visual mode, both change places.
    pub(super) fn reselect(&mut self, work: &mut Work<'_>) {
        let marks = self.marks_of(work.document);
        let Some((from, to)) = marks.get('<').zip(marks.get('>')) else { return work.fail() };
        let (was, to_line_end) = (marks.selected, marks.selected_to_end);
        let selected_block = marks.selected == Selected::Block;
        if self.is_visual() {
            self.remember_selection(work);
        }
        let end = work.lines().text_end();
        (work.anchor, work.cursor) = (from.min(end), to.min(end));
        work.goal = (selected_block && to_line_end).then_some(super::motion::FAR_RIGHT);
        self.mode = mode_of(was);
    }

    /// Esc: leaves visual mode.
    pub(super) fn escape(&mut self, work: &mut Work<'_>) {
        if self.is_visual() {
            self.remember_selection(work);
            self.mode = Mode::Normal;
        }
    }

    /// Sets the marks of the last selection.
    pub(super) fn remember_selection(&mut self, work: &Work<'_>) {
        let selected = match self.mode {
            Mode::VisualLine => Selected::Lines,
            Mode::VisualBlock => Selected::Block,
            _ => Selected::Characters,
        };
        let to_end = work.goal == Some(super::motion::FAR_RIGHT);
        let marks = self.marks_of(work.document);
        (marks.selected, marks.selected_to_end) = (selected, to_end);
        marks.set('<', work.anchor.min(work.cursor));
        marks.set('>', work.anchor.max(work.cursor));
    }

    /// Ends the selection and gives what it was.
    pub(super) fn leave_selection(&mut self, as_lines: bool, work: &mut Work<'_>) -> Region {
        let as_lines = as_lines || self.mode == Mode::VisualLine;
        let region = Region::selected(work, as_lines, true);
        self.remember_selection(work);
        self.mode = Mode::Normal;
        region
    }

    pub(super) fn operate_on_selection(
        &mut self,
        operator: Operator,
        as_lines: bool,
        register: Option<char>,
        times: usize,
        work: &mut Work<'_>,
    ) {
        let takes_lines = matches!(operator, Operator::Indent | Operator::Outdent | Operator::Reindent);
        let region = self.leave_selection(as_lines, work);
        let region = if takes_lines { region.into_lines(work) } else { region };
        self.operate(operator, &region, register, times, work);
    }

    pub(super) fn select_object(&mut self, kind: ObjectKind, wanted: Wanted, work: &mut Work<'_>) {
        let lines = work.lines();
        let is_extended = work.anchor != work.cursor;
        let spans_lines = lines.of(work.anchor) != lines.of(work.cursor);
        let grows = is_extended && (kind != ObjectKind::Paragraph || spans_lines);
        let ends = if grows {
            kind.extended(&lines, (work.anchor, work.cursor), wanted).map(|ends| (ends, false))
        } else {
            // The start of a line as the end of words is selected itself.
            let last = |object: Object| {
                if matches!(kind, ObjectKind::Word(_)) { object.end } else { object.last(&lines) }
            };
            kind.at(&lines, work.cursor, wanted).map(|object| ((object.start, last(object)), object.is_linewise))
        };
        let Some(((anchor, head), is_linewise)) = ends else {
            work.goal = None;
            return work.fail();
        };
        let is_one_line = kind == ObjectKind::Paragraph
            && self.mode == Mode::VisualLine
            && lines.of(anchor) == lines.of(head)
            && lines.of(anchor) == lines.of(work.anchor)
            && !grows;
        let (anchor, head) = if is_one_line {
            let lines = work.lines();
            let Some(next) = kind.extended(&lines, (anchor, head), wanted) else { return work.fail() };
            next
        } else {
            (anchor, head)
        };
        let byte = work.anchor.0 - work.lines().start(work.lines().of(work.anchor)).0;
        work.anchor = anchor;
        if kind == ObjectKind::Paragraph && !grows {
            // The end that `o` goes to keeps its column.
            let lines = work.lines();
            let line = lines.of(anchor);
            work.anchor = work.text().clamp(ByteOffset(anchor.0 + byte).min(lines.end(line)));
        }
        work.go(head);
        if is_linewise || (kind == ObjectKind::Paragraph && !grows) {
            self.mode = Mode::VisualLine;
        } else if self.mode == Mode::VisualLine && kind != ObjectKind::Paragraph {
            self.mode = Mode::Visual;
        }
    }

    /// How much is selected now.
    pub(super) fn extent(&self, work: &Work<'_>) -> Extent {
        let lines = work.lines();
        let (start, last) = (work.anchor.min(work.cursor), work.anchor.max(work.cursor));
        let (first_line, last_line) = (lines.of(start), lines.of(last));
        let from = if first_line == last_line { start } else { lines.start(last_line) };
        Extent {
            is_linewise: self.mode == Mode::VisualLine,
            lines: last_line.0 - first_line.0 + 1,
            characters: lines.text().characters(from..last),
            to_line_end: work.goal == Some(super::motion::FAR_RIGHT),
            columns: (self.mode == Mode::VisualBlock).then(|| {
                let block = Block::selected(work, None);
                block.right - block.left + 1
            }),
        }
    }

    /// Selects as much from the cursor on.
    pub(super) fn select_extent(&mut self, extent: Extent, work: &mut Work<'_>) {
        let lines = work.lines();
        let line = work.line().down(extent.lines - 1).min(lines.last());
        if let Some(columns) = extent.columns {
            let left = lines.columns(work.cursor, work.tab).start;
            let at = lines.at_column(line, left.right(columns - 1), work.tab, false);
            work.anchor = work.cursor;
            work.go(at);
            work.goal = extent.to_line_end.then_some(super::motion::FAR_RIGHT);
            self.mode = Mode::VisualBlock;
            self.block_width = Some(columns);
            return;
        }
        let from = if extent.lines == 1 { work.cursor } else { lines.start(line) };
        let at = if extent.to_line_end {
            lines.end(line)
        } else {
            (0..extent.characters).fold(from, |at, _| lines.right(at))
        };
        work.anchor = work.cursor;
        work.go(at);
        self.mode = if extent.is_linewise { Mode::VisualLine } else { Mode::Visual };
    }
}
