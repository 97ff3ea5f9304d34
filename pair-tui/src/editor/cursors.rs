//! Several cursors: the selections beside the main one, how they are added, how they stay on their text and become one where they
//! meet. Knows no keys.

use super::{
    Editor, EditorError, layout,
    lines::Lines,
    motion::Direction,
    position::{Cells, LineIndex},
    search::{Pattern, SearchRules},
    selection::{Selection, SelectionKind},
    words,
};
use protocol::{ByteOffset, text::TextDelta};
use std::ops::Range;

/// Most selections at once: each key is an edit for each of them.
pub const SELECTIONS_MAX: usize = 1_000;

/// Which side of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The line before.
    Above,
    /// The line after.
    Below,
}

/// How a column selection grows: its corner moves by one line, or by one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnStep {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// One cell to the left.
    Left,
    /// One cell to the right.
    Right,
}

/// The two corners of a column selection: a place in each one's line, and the column, which may lie behind the line's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Corners {
    anchor: (ByteOffset, Cells),
    head: (ByteOffset, Cells),
}

/// The selections beside the main one, and what adding more of them goes by.
#[derive(Debug, Default)]
pub(super) struct Further {
    /// In no order. While a command is at work at each cursor, all of them, the main one too.
    selections: Vec<Selection>,
    /// Whether the next match to be added must be a whole word: the first one was a word.
    wants_words: bool,
    corners: Option<Corners>,
}

impl Editor {
    /// All selections, the main one first.
    pub fn selections(&self) -> impl Iterator<Item = Selection> {
        std::iter::once(self.selection).chain(self.further.selections.iter().copied())
    }

    /// The selections beside the main one.
    pub fn further_selections(&self) -> &[Selection] {
        &self.further.selections
    }

    /// Whether there is more than one cursor.
    pub fn has_several_cursors(&self) -> bool {
        !self.further.selections.is_empty()
    }

    /// Keeps only the main selection.
    pub fn use_one_cursor(&mut self) {
        self.further = Further::default();
    }

    /// Forgets how the selections were made: what comes now begins anew.
    pub(super) fn forget_corners(&mut self) {
        self.further.corners = None;
        self.further.wants_words = false;
    }

    /// Selects these, the main one first; those that meet become one. None: nothing changes.
    pub(super) fn select_all_of(&mut self, selections: impl IntoIterator<Item = Selection>) {
        let mut selections = selections.into_iter().take(SELECTIONS_MAX);
        let Some(main) = selections.next() else { return };
        self.further.selections = selections.collect();
        self.selection = main;
        self.merge_cursors();
    }

    /// Whether a place is the start of a line.
    pub(super) fn is_line_start(&self, at: ByteOffset) -> bool {
        self.text().line_start(self.text().line_of(at)) == at
    }

    /// Keeps the selections on their text after an edit of this participant. `with_line`: whether what changed began at the start of a
    /// line, so that cursors there go along with their line.
    pub(super) fn follow_local(&mut self, delta: &TextDelta, with_line: bool) {
        self.selection = match self.kind {
            SelectionKind::Between => kept(self.selection, delta, with_line),
            _ => self.selection.mapped_on_characters(delta),
        };
        self.further.follow(delta, |_| with_line);
    }

    /// Keeps the selections on their text after somebody else changed it; `at_line_starts` says of each selection whether its cursor
    /// was at the start of a line.
    pub(super) fn follow_remote(&mut self, delta: &TextDelta, at_line_starts: &[bool]) {
        let at_line_start = |nth: usize| at_line_starts.get(nth).copied().unwrap_or_default();
        self.selection = match self.kind {
            SelectionKind::Between => kept(self.selection, delta, at_line_start(0)),
            _ => self.selection.mapped_on_characters(delta),
        };
        self.further.follow(delta, |nth| at_line_start(nth + 1));
        self.merge_cursors();
    }

    /// Changes each selection.
    pub(super) fn each_selection(&mut self, mut change: impl FnMut(usize, &mut Selection)) {
        change(0, &mut self.selection);
        self.further.selections.iter_mut().enumerate().for_each(|(nth, selection)| change(nth + 1, selection));
    }

    /// Carries something out at each cursor as if it were the only one, from the first to the last in the text; the closure gets its
    /// number, too. The others stay on their text meanwhile, all of it is one step for undo, and cursors that meet become one.
    pub(super) fn each_cursor(
        &mut self,
        mut carry_out: impl FnMut(&mut Self, usize) -> Result<(), EditorError>,
    ) -> Result<(), EditorError> {
        let mut all: Vec<(bool, Selection)> =
            self.selections().enumerate().map(|(nth, selection)| (nth == 0, selection)).collect();
        all.sort_by_key(|(_, selection)| selection.range().start);
        let main = all.iter().position(|(is_main, _)| *is_main).unwrap_or_default();
        self.further.selections = all.into_iter().map(|(_, selection)| selection).collect();
        self.buffer.hold_undo_group();
        let mut result = Ok(());
        for nth in 0..self.further.selections.len() {
            self.selection = self.further.selections[nth];
            result = carry_out(self, nth);
            self.further.selections[nth] = self.selection;
            if result.is_err() {
                break;
            }
        }
        self.buffer.release_undo_group();
        self.selection = self.further.selections.remove(main);
        self.merge_cursors();
        result
    }

    /// Makes one of selections that overlap, and of a cursor and what it touches. The main one stays the main one.
    pub(super) fn merge_cursors(&mut self) {
        if !self.has_several_cursors() {
            return;
        }
        let mut all: Vec<(bool, Selection)> =
            self.selections().enumerate().map(|(nth, selection)| (nth == 0, selection)).collect();
        all.sort_by_key(|(_, selection)| (selection.range().start, selection.range().end));
        let mut merged: Vec<(bool, Selection)> = Vec::with_capacity(all.len());
        for (is_main, selection) in all {
            match merged.last_mut() {
                Some((was_main, last)) if meet(*last, selection) => {
                    *last = union(*last, selection, is_main);
                    *was_main |= is_main;
                }
                _ => merged.push((is_main, selection)),
            }
        }
        self.further.selections.clear();
        for (is_main, selection) in merged {
            if is_main {
                self.selection = selection;
            } else {
                self.further.selections.push(selection);
            }
        }
    }

    /// Adds a cursor in the row above the first one, or below the last one, in the same column, with as much selected.
    pub(super) fn add_cursor(&mut self, side: Side) {
        let by_line = |selection: &Selection| self.text().line_of(selection.head);
        let outermost = match side {
            Side::Above => self.selections().min_by_key(by_line),
            Side::Below => self.selections().max_by_key(by_line),
        };
        let Some(from) = outermost else { return };
        let rows = self.rows();
        let shifted = |at: ByteOffset, goal: Option<Cells>| {
            let row = rows.of(at);
            let wanted = match side {
                Side::Above => rows.up(row, 1),
                Side::Below => rows.down(row, 1),
            };
            let column = goal.unwrap_or_else(|| rows.column_of(&row, at));
            (wanted != row).then(|| (rows.place_at(&wanted, column), column))
        };
        let Some((head, goal)) = shifted(from.head, from.goal) else { return };
        let anchor = if from.is_cursor() { Some(head) } else { shifted(from.anchor, None).map(|(at, _)| at) };
        let Some(anchor) = anchor else { return };
        self.add_selection(Selection { anchor, head, goal: Some(goal) });
    }

    /// Adds a selection and makes it the main one.
    pub(super) fn add_selection(&mut self, selection: Selection) {
        if self.further.selections.len() + 1 < SELECTIONS_MAX {
            self.further.selections.push(self.selection);
            self.selection = selection;
            self.merge_cursors();
        }
    }

    /// Adds a cursor at a place; takes it away where one is already, and others remain.
    pub fn toggle_cursor(&mut self, at: ByteOffset) {
        self.buffer.stop_undo_group();
        let is_here = |selection: &Selection| *selection == Selection { goal: selection.goal, ..Selection::cursor(at) };
        if self.has_several_cursors() && self.selections().any(|selection| is_here(&selection)) {
            let rest: Vec<_> = self.selections().filter(|selection| !is_here(selection)).collect();
            self.select_all_of(rest);
        } else {
            self.add_selection(Selection::cursor(at));
        }
    }

    /// Selects the word at a cursor; from a selection on adds the next place with the same text. Gives whether there was anything to
    /// select.
    pub(super) fn add_next_match(&mut self) -> bool {
        if self.selections().any(|selection| selection.is_cursor()) {
            let words: Vec<_> = self.selections().map(|selection| self.word_or_selection(selection)).collect();
            if words.iter().all(Selection::is_cursor) {
                return false;
            }
            self.select_all_of(words);
            self.further.wants_words = true;
            return true;
        }
        let Some(pattern) = self.selected_pattern() else { return false };
        let lines = Lines::new(self.text());
        let is_free = |range: &Range<ByteOffset>| {
            self.selections().all(|one| one.range().end <= range.start || range.end <= one.range().start)
        };
        let mut from = self.selection.range().end;
        let mut found = None;
        for _ in 0..=self.further.selections.len() {
            let Some(next) = pattern.nearest(&lines, from, Direction::Forward, usize::MAX) else { break };
            if is_free(&next.range) {
                found = Some(next.range);
                break;
            }
            from = next.range.end;
        }
        let Some(range) = found else { return false };
        self.add_selection(Selection::new(range.start, range.end));
        true
    }

    /// Selects every place that has the text of the main selection, or of the word at the cursor. Gives whether there was anything
    /// to select.
    pub(super) fn add_all_matches(&mut self) -> bool {
        if self.selection.is_cursor() {
            let word = self.word_or_selection(self.selection);
            if word.is_cursor() {
                return false;
            }
            (self.selection, self.further.wants_words) = (word, true);
        }
        let Some(pattern) = self.selected_pattern() else { return false };
        let lines = Lines::new(self.text());
        let mut matches = pattern.matches(&lines, LineIndex::FIRST..lines.last().down(1));
        let main = self.selection.range();
        matches.retain(|range| range.end <= main.start || main.end <= range.start);
        let others = matches.into_iter().map(|range| Selection::new(range.start, range.end));
        let all: Vec<_> = std::iter::once(self.selection).chain(others).collect();
        self.select_all_of(all);
        true
    }

    /// A pattern that means just the text of the main selection.
    fn selected_pattern(&self) -> Option<Pattern> {
        let wanted = SearchRules { heeds_case: true, whole_words: self.further.wants_words, is_regex: false };
        Pattern::plain(&self.text().slice(self.selection.range()), wanted).ok()
    }

    /// The selection; of a cursor the word at it, if there is one.
    fn word_or_selection(&self, selection: Selection) -> Selection {
        if !selection.is_cursor() {
            return selection;
        }
        let word = words::around(self.text(), selection.head);
        let is_word = self.text().character_at(word.start).is_some_and(|c| c == '_' || c.is_alphanumeric());
        if is_word { Selection::new(word.start, word.end) } else { selection }
    }

    /// Moves the corner of a column selection; begins one at the main selection.
    pub(super) fn grow_columns(&mut self, step: ColumnStep) {
        let mut corners = self.further.corners.unwrap_or_else(|| self.corners_of_selection());
        let (at, column) = corners.head;
        let line = self.text().line_of(at);
        let below = line.down(1).min(self.text().last_line());
        corners.head = match step {
            ColumnStep::Up => (self.text().line_start(line.up(1)), column),
            ColumnStep::Down => (self.text().line_start(below), column),
            ColumnStep::Left => (at, column.left(1)),
            ColumnStep::Right => (at, column.right(1).min(self.widest(corners))),
        };
        self.select_corners(corners);
    }

    /// Selects the columns between two corners, each a place in its line and a column, which may lie behind the line's end.
    pub fn select_columns(&mut self, anchor: (ByteOffset, Cells), head: (ByteOffset, Cells)) {
        self.buffer.stop_undo_group();
        self.select_corners(Corners { anchor, head });
    }

    fn corners_of_selection(&self) -> Corners {
        let corner = |at| (at, layout::column_of(self.text(), at, self.tab()));
        Corners { anchor: corner(self.selection.anchor), head: corner(self.selection.head) }
    }

    /// The column behind the longest line between two corners.
    fn widest(&self, corners: Corners) -> Cells {
        let width = |line| layout::column_of(self.text(), self.text().line_end(line), self.tab());
        self.lines_between(corners).map(width).max().unwrap_or_default()
    }

    fn lines_between(&self, corners: Corners) -> impl Iterator<Item = LineIndex> + use<> {
        let (one, other) = (self.text().line_of(corners.anchor.0).0, self.text().line_of(corners.head.0).0);
        (one.min(other)..=one.max(other)).take(SELECTIONS_MAX).map(LineIndex)
    }

    /// One selection in each line; lines that end before the columns begin have none.
    fn select_corners(&mut self, corners: Corners) {
        let ((anchor_at, anchor_column), (head_at, head_column)) = (corners.anchor, corners.head);
        let (anchor_line, head_line) = (self.text().line_of(anchor_at), self.text().line_of(head_at));
        let in_line = |line: LineIndex| {
            let end = self.text().line_end(line);
            let is_short = layout::column_of(self.text(), end, self.tab()) < anchor_column.min(head_column);
            let place = |column| layout::place_at(self.text(), line, column, self.tab());
            let selection =
                Selection { goal: Some(head_column), ..Selection::new(place(anchor_column), place(head_column)) };
            (!is_short || line == anchor_line).then_some(selection)
        };
        let mut selections: Vec<_> = self.lines_between(corners).filter_map(in_line).collect();
        if head_line >= anchor_line {
            selections.reverse();
        }
        self.select_all_of(selections);
        self.further.corners = Some(corners);
    }
}

impl Further {
    fn follow(&mut self, delta: &TextDelta, at_line_start: impl Fn(usize) -> bool) {
        for (nth, selection) in self.selections.iter_mut().enumerate() {
            *selection = kept(*selection, delta, at_line_start(nth));
        }
        if let Some(Corners { anchor, head }) = &mut self.corners {
            anchor.0 = delta.map(anchor.0, true);
            head.0 = delta.map(head.0, true);
        }
    }
}

/// A selection on the same text after a change.
fn kept(selection: Selection, delta: &TextDelta, at_line_start: bool) -> Selection {
    if at_line_start { selection.mapped_with_line(delta) } else { selection.mapped(delta) }
}

/// Whether two selections, the first of which starts first, can't both be.
fn meet(one: Selection, other: Selection) -> bool {
    let (one, other) = (one.range(), other.range());
    other.start < one.end || (other.start == one.end && (one.is_empty() || other.is_empty()))
}

/// One selection in place of two; it points the way the main one does.
fn union(one: Selection, other: Selection, other_is_main: bool) -> Selection {
    let leading = if other_is_main || one.is_cursor() { other } else { one };
    let (start, end) = (one.range().start.min(other.range().start), one.range().end.max(other.range().end));
    let is_backward = leading.head < leading.anchor;
    let (anchor, head) = if is_backward { (end, start) } else { (start, end) };
    Selection { anchor, head, goal: leading.goal }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
