//! Insert and replace mode: where it begins, what a count and a repetition make of it, and what ends it.

mod typing;

pub(super) use typing::insert_newline_at;
use typing::{break_line, clear_line_left, is_last_character, open_line, type_key};

use super::{
    block::{BlockInsert, repeat_in_block},
    command::InsertAt,
    macros::Source,
    marks::map,
    parse::character_of,
    state::{Mode, Repeat, Vim, is_escape},
    work::Work,
};
use crate::{
    editor::{layout, position::LineIndex},
    input::{Key, KeyCode},
};
use protocol::ByteOffset;

/// The largest text that a count may make of what was typed, in keys.
const TYPED_MAX: usize = 1_000_000;

/// What the next key is taken for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Awaits {
    #[default]
    Nothing,
    /// The name of a register, whose text is typed.
    Register,
    /// A character that is inserted as it is.
    Literal,
}

/// A stay in insert or replace mode.
#[derive(Debug, Clone, Default)]
pub(super) struct Insert {
    /// What was typed, for the count.
    keys: Vec<Key>,
    pub times: usize,
    /// Each repetition begins on a line of its own.
    opens_line: bool,
    /// Where it began.
    start: ByteOffset,
    /// Whether the line has nothing but an indentation that nobody typed.
    pub has_fresh_indent: bool,
    /// In replace mode, for each typed character what it replaced; none at the end of a line.
    replaced: Vec<Option<String>>,
    is_overwriting: bool,
    awaits: Awaits,
    /// The other lines of a block, which get what is typed, too.
    pub block: Option<BlockInsert>,
}

impl Insert {
    pub fn new(start: ByteOffset) -> Self {
        Self { start, times: 1, ..Self::default() }
    }

    /// Keeps the other lines of a block on their text after the changes that were made here from a number on.
    fn follow(&mut self, from: usize, work: &Work<'_>) {
        if let Some(block) = &mut self.block {
            let changes = work.changes().iter().skip(from);
            changes.for_each(|change| block.map_lines(change.at, change.removed, change.inserted.len()));
        }
    }

    /// Keeps its start on its text after a change.
    pub fn map(&mut self, at: ByteOffset, removed: usize, inserted: usize) {
        self.start = map(self.start, at, removed, inserted);
        if let Some(block) = &mut self.block {
            block.map(at, removed, inserted);
        }
    }
}

/// Whether insert mode has a use for a key.
pub(super) fn wants(key: Key, insert: Option<&Insert>) -> bool {
    if insert.is_some_and(|insert| insert.awaits != Awaits::Nothing) || is_escape(key) {
        return true;
    }
    let letters = ['w', 'u', 'h', 'r', 't', 'd', 'v', 'e', 'y', 'j', 'm', 'i', 'o'];
    match key.code {
        KeyCode::Char(c) if key.ctrl => !key.alt && letters.contains(&c),
        KeyCode::Char(_) => !key.alt,
        KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace | KeyCode::Delete => !key.alt && !key.ctrl && !key.shift,
        KeyCode::Left | KeyCode::Right | KeyCode::Up | KeyCode::Down | KeyCode::Home | KeyCode::End => {
            !key.alt && !key.ctrl && !key.shift
        }
        _ => false,
    }
}

impl Vim {
    pub(super) fn begin_insert_step(&mut self, work: &mut Work<'_>) {
        work.begin_undo_step();
        self.open_step = Some(false);
    }

    pub(super) fn begin_insert(&mut self, at: InsertAt, times: usize, work: &mut Work<'_>) {
        if self.mode == Mode::VisualBlock {
            return self.insert_at_block(at, times, work);
        }
        if self.is_visual() {
            let region = self.leave_selection(false, work);
            let at = if at == InsertAt::Cursor { region.range.start } else { region.range.end };
            work.go(at.min(work.lines().end(work.lines().of(region.range.end))));
            self.start_insert(Insert { times, ..Insert::new(work.cursor) }, Mode::Insert, work);
            return;
        }
        self.begin_insert_step(work);
        let lines = work.lines();
        let line = work.line();
        let mut insert = Insert { times, ..Insert::default() };
        let place = match at {
            InsertAt::Cursor => work.cursor,
            InsertAt::Behind => lines.right(work.cursor),
            InsertAt::FirstNonblank => lines.first_nonblank(line),
            InsertAt::LineStart => lines.start(line),
            InsertAt::LineEnd => lines.end(line),
            InsertAt::Last => self.marks_of(work.document).get('^').unwrap_or(work.cursor).min(work.lines().text_end()),
            InsertAt::LineBelow | InsertAt::LineAbove => {
                insert.opens_line = true;
                insert.has_fresh_indent = open_line(at == InsertAt::LineAbove, &self.options, work);
                work.cursor
            }
        };
        work.go(place);
        insert.start = place;
        (self.insert, self.mode) = (Some(insert), Mode::Insert);
    }

    pub(super) fn begin_overwrite(&mut self, times: usize, work: &mut Work<'_>) {
        let insert = Insert { times, is_overwriting: true, ..Insert::new(work.cursor) };
        self.start_insert(insert, Mode::Replace, work);
    }

    fn start_insert(&mut self, insert: Insert, mode: Mode, work: &mut Work<'_>) {
        self.begin_insert_step(work);
        (self.insert, self.mode) = (Some(insert), mode);
    }

    /// Says that a text was typed by other means, such as a suggestion that was taken: `.` repeats it too.
    pub fn typed_elsewhere(&mut self, text: &str) {
        let keys = text.chars().map(|c| match c {
            '\n' => Key::plain(KeyCode::Enter),
            c => Key::plain(KeyCode::Char(c)),
        });
        if let Some(insert) = &mut self.insert {
            insert.has_fresh_indent = false;
            insert.keys.extend(keys.clone());
            if let Some(recorded) = &mut self.recorded {
                recorded.keys.extend(keys);
            }
        }
    }

    pub(super) fn insert_key(&mut self, key: Key, work: &mut Work<'_>) {
        let Some(mut insert) = self.insert.take() else {
            self.mode = Mode::Normal;
            return;
        };
        if work.source != Source::Repeat
            && let Some(recorded) = &mut self.recorded
        {
            recorded.keys.push(key);
        }
        if is_escape(key) && insert.awaits == Awaits::Nothing {
            return self.end_insert(insert, work);
        }
        if is_arrow(key) {
            self.move_in_insert(key, &mut insert, work);
        } else {
            insert.keys.push(key);
            let before = work.changes().len();
            type_key(key, &mut insert, &self.options, &self.registers, work);
            insert.follow(before, work);
        }
        self.insert = Some(insert);
    }

    fn end_insert(&mut self, mut insert: Insert, work: &mut Work<'_>) {
        let keys = std::mem::take(&mut insert.keys);
        let times = if keys.len().saturating_mul(insert.times) > TYPED_MAX { 1 } else { insert.times };
        let before = work.changes().len();
        for _ in 1..times {
            if insert.opens_line {
                let was_fresh = insert.has_fresh_indent;
                insert.has_fresh_indent = break_line(&self.options, work);
                if was_fresh {
                    clear_line_left(work);
                }
            }
            for key in &keys {
                type_key(*key, &mut insert, &self.options, &self.registers, work);
            }
        }
        insert.follow(before, work);
        let corner = insert.block.take().and_then(|others| repeat_in_block(&others, insert.start, work));
        let line = work.line();
        // Vertical moves aim at where the indentation was that nobody wanted.
        let mut goal = None;
        if insert.has_fresh_indent && work.lines().is_blank(line) && !work.lines().is_empty(line) {
            let range = work.lines().start(line)..work.lines().end(line);
            goal = Some(layout::column_of(work.text(), range.end, work.tab));
            work.replace(range.clone(), "");
            work.go(range.start);
        }
        work.mark('^', work.cursor);
        if let Some(inserted) = plain_text(&keys) {
            self.registers.note('.', super::Register { text: inserted, is_linewise: false, block: None });
        }
        let keeps_place = insert.has_fresh_indent && is_last_character(work);
        let at = if keeps_place { work.cursor } else { work.lines().left(work.cursor) };
        work.mark(']', at);
        work.mark('[', insert.start.min(at));
        work.go(corner.unwrap_or(at));
        work.cursor = work.lines().on_character(work.cursor);
        work.goal = goal;
        work.end_undo_step();
        self.mode = Mode::Normal;
        if let Some(recorded) = self.recorded.take() {
            self.last_change = Some(recorded);
        }
    }

    /// Moving away begins another insertion: what is typed from now on is undone, and repeated, by itself.
    fn move_in_insert(&mut self, key: Key, insert: &mut Insert, work: &mut Work<'_>) {
        let lines = work.lines();
        let line = work.line();
        let vertical = |line: LineIndex| {
            let goal = work.goal.unwrap_or_else(|| layout::column_of(work.text(), work.cursor, work.tab));
            (lines.at_column(line, goal, work.tab, true), Some(goal))
        };
        let (at, goal) = match key.code {
            KeyCode::Left => (lines.left(work.cursor), None),
            KeyCode::Right => (lines.right(work.cursor), None),
            KeyCode::Home => (lines.start(line), None),
            KeyCode::End => (lines.end(line), None),
            KeyCode::Up if line > LineIndex::FIRST => vertical(line.up(1)),
            KeyCode::Down if line < lines.last() => vertical(line.down(1)),
            _ => (work.cursor, work.goal),
        };
        (work.cursor, work.goal) = (at, goal);
        let is_overwriting = insert.is_overwriting;
        *insert = Insert { is_overwriting, ..Insert::new(at) };
        if work.source != Source::Repeat {
            let command = if is_overwriting { 'R' } else { 'i' };
            self.recorded = Some(Repeat { keys: vec![Key::plain(KeyCode::Char(command))], ..Repeat::default() });
        }
        self.begin_insert_step(work);
        work.restart_undo_step();
    }
}

fn is_arrow(key: Key) -> bool {
    use KeyCode::{Down, End, Home, Left, Right, Up};
    matches!(key.code, Left | Right | Up | Down | Home | End)
}

/// What was typed, if it is characters only.
fn plain_text(keys: &[Key]) -> Option<String> {
    keys.iter().map(|key| character_of(*key)).collect()
}
