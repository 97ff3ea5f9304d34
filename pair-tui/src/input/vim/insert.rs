//! Insert and replace mode: typing, and what ends it.

use super::{
    command::InsertAt,
    macros::Source,
    marks::map,
    options::Options,
    parse::character_of,
    register::Registers,
    state::{Mode, Repeat, Vim, is_escape},
    work::Work,
};
use crate::{
    editor::{
        indent::IndentStyle,
        layout::{self, TabWidth},
        lines::{Lines, is_blank},
        motion::word::is_keyword,
        position::LineIndex,
    },
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
    times: usize,
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
}

impl Insert {
    pub fn new(start: ByteOffset) -> Self {
        Self { start, times: 1, ..Self::default() }
    }

    /// Keeps its start on its text after a change.
    pub fn map(&mut self, at: ByteOffset, removed: usize, inserted: usize) {
        self.start = map(self.start, at, removed, inserted);
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
            type_key(key, &mut insert, &self.options, &self.registers, work);
        }
        self.insert = Some(insert);
    }

    fn end_insert(&mut self, mut insert: Insert, work: &mut Work<'_>) {
        let keys = std::mem::take(&mut insert.keys);
        let times = if keys.len().saturating_mul(insert.times) > TYPED_MAX { 1 } else { insert.times };
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
            self.registers.note('.', super::Register { text: inserted, is_linewise: false });
        }
        let at = work.lines().left(work.cursor);
        work.mark(']', at);
        work.mark('[', insert.start.min(at));
        work.go(at);
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

/// Types one key into the text.
fn type_key(key: Key, insert: &mut Insert, options: &Options, registers: &Registers, work: &mut Work<'_>) {
    match std::mem::take(&mut insert.awaits) {
        Awaits::Register => return type_register(key, insert, registers, work),
        Awaits::Literal => {
            if let Some(c) = character_of(key) {
                put_typed(&c.to_string(), insert, work);
            }
            return;
        }
        Awaits::Nothing => {}
    }
    match (key.code, key.ctrl) {
        (KeyCode::Enter, _) | (KeyCode::Char('j' | 'm'), true) => {
            let was_fresh = insert.has_fresh_indent;
            insert.has_fresh_indent = break_line(options, work);
            if was_fresh {
                clear_line_left(work);
            }
            if insert.is_overwriting {
                insert.replaced.push(None);
            }
            return;
        }
        (KeyCode::Tab, _) | (KeyCode::Char('i'), true) => put_typed(&tab(options, work), insert, work),
        (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => backspace(insert, work),
        (KeyCode::Delete, _) => delete_forward(work),
        (KeyCode::Char('w'), true) => delete_word(insert, work),
        (KeyCode::Char('u'), true) => delete_line_before(insert, options, work),
        (KeyCode::Char('r'), true) => {
            insert.awaits = Awaits::Register;
            return;
        }
        (KeyCode::Char('v'), true) => {
            insert.awaits = Awaits::Literal;
            return;
        }
        (KeyCode::Char(c @ ('e' | 'y')), true) => copy_from_neighbour(c == 'e', insert, work),
        (KeyCode::Char(c @ ('t' | 'd')), true) => {
            return shift_line(c == 't', options, work);
        }
        (KeyCode::Char(c), false) => put_typed(&c.to_string(), insert, work),
        _ => return,
    }
    insert.has_fresh_indent = false;
}

/// Inserts, or in replace mode writes over what is there.
fn put_typed(text: &str, insert: &mut Insert, work: &mut Work<'_>) {
    let at = work.cursor;
    let lines = work.lines();
    let next = lines.right(at);
    if insert.is_overwriting {
        let old = (next > at).then(|| work.text().slice(at..next));
        insert.replaced.push(old);
        work.replace(at..next, text);
    } else {
        work.insert(at, text);
    }
    work.go(ByteOffset(at.0 + text.len()));
}

fn type_register(key: Key, insert: &mut Insert, registers: &Registers, work: &mut Work<'_>) {
    let Some(name) = key.typed() else { return };
    let content = match name {
        '+' | '*' => work.clip.map(super::Register::from),
        name => registers.get(name),
    };
    if let Some(content) = content {
        let at = work.cursor;
        work.insert(at, &content.text);
        work.go(ByteOffset(at.0 + content.text.len()));
        insert.has_fresh_indent = false;
    }
}

fn tab(options: &Options, work: &Work<'_>) -> String {
    match work.indent_style(options) {
        IndentStyle::Tab => "\t".to_owned(),
        IndentStyle::Spaces(width) => {
            let column = layout::column_of(work.text(), work.cursor, work.tab);
            let width = if options.expand_tab.is_some() { work.tab } else { TabWidth(width) };
            " ".repeat(width.to_next_stop(column))
        }
    }
}

fn backspace(insert: &mut Insert, work: &mut Work<'_>) {
    let at = work.cursor;
    if insert.is_overwriting {
        return restore(insert, work);
    }
    let before = work.text().previous_grapheme(at);
    work.replace(before..at, "");
    work.go(before);
}

/// Backspace in replace mode: brings back what was there; before where it began it only moves.
fn restore(insert: &mut Insert, work: &mut Work<'_>) {
    let at = work.cursor;
    let before = work.text().previous_grapheme(at);
    if let Some(old) = insert.replaced.pop() {
        work.replace(before..at, &old.unwrap_or_default());
    }
    work.go(before);
}

fn delete_forward(work: &mut Work<'_>) {
    let at = work.cursor;
    let lines = work.lines();
    let end = if lines.character(at).is_some() { lines.right(at) } else { lines.next_start(lines.of(at)) };
    work.replace(at..end, "");
    work.go(at);
}

/// Ctrl-W: back over spaces and a word, at most to where insert mode began, if that is in between.
fn delete_word(insert: &Insert, work: &mut Work<'_>) {
    let end = work.cursor;
    let start_of_line = work.lines().start(work.line());
    if end == start_of_line {
        return backspace(&mut insert.clone(), work);
    }
    let stop = if insert.start < end { insert.start.max(start_of_line) } else { start_of_line };
    let text = work.text();
    let mut at = end;
    let mut is_word = None;
    while at > stop {
        let before = text.previous_grapheme(at);
        let c = text.character_at(before).unwrap_or(' ');
        match is_word {
            None if !c.is_whitespace() => is_word = Some(is_keyword(c)),
            Some(kind) if c.is_whitespace() || is_keyword(c) != kind => break,
            _ => {}
        }
        at = before;
    }
    work.replace(at..end, "");
    work.go(at);
}

/// Ctrl-U: back to where insert mode began in the line, or to the line's start; an automatic indentation stays.
fn delete_line_before(insert: &Insert, options: &Options, work: &mut Work<'_>) {
    let end = work.cursor;
    let line = work.line();
    let start_of_line = work.lines().start(line);
    if end == start_of_line {
        return backspace(&mut insert.clone(), work);
    }
    let indent = work.lines().first_nonblank(line);
    let least = if options.auto_indent && indent < end { indent } else { start_of_line };
    let at = if insert.start < end { insert.start.max(least) } else { least };
    work.replace(at..end, "");
    work.go(at);
}

/// Ctrl-E, Ctrl-Y: the character below, or above.
fn copy_from_neighbour(below: bool, insert: &mut Insert, work: &mut Work<'_>) {
    let lines = work.lines();
    let line = work.line();
    let neighbour = if below { Some(line.down(1)) } else { line.0.checked_sub(1).map(LineIndex) };
    let Some(neighbour) = neighbour.filter(|line| *line <= lines.last()) else { return };
    let column = layout::column_of(work.text(), work.cursor, work.tab);
    let at = lines.at_column(neighbour, column, work.tab, true);
    if let Some(c) = lines.character(at) {
        put_typed(&c.to_string(), insert, work);
    }
}

/// Ctrl-T, Ctrl-D: one level of indentation more or less.
fn shift_line(deeper: bool, options: &Options, work: &mut Work<'_>) {
    let style = work.indent_style(options);
    let width = match style {
        IndentStyle::Spaces(width) => width.max(1),
        IndentStyle::Tab => work.tab.0.max(1),
    };
    let line = work.line();
    let (start, end) = (work.lines().start(line), work.lines().first_nonblank(line));
    let columns = layout::width_of(&work.text().slice(start..end), work.tab);
    let wanted = if deeper { (columns / width + 1) * width } else { columns.saturating_sub(1) / width * width };
    let indent = match style {
        IndentStyle::Spaces(_) => " ".repeat(wanted),
        IndentStyle::Tab => "\t".repeat(wanted / work.tab.0.max(1)) + &" ".repeat(wanted % work.tab.0.max(1)),
    };
    let (before, after) = (end.0 - start.0, indent.len());
    let at = ByteOffset((work.cursor.0 + after).saturating_sub(before).max(start.0));
    work.replace(start..end, &indent);
    work.go(at);
}

/// Opens a line below or above the cursor's; whether it got an indentation.
fn open_line(above: bool, options: &Options, work: &mut Work<'_>) -> bool {
    let line = work.line();
    let lines = work.lines();
    let mut indent = if options.auto_indent { lines.indentation(line) } else { String::new() };
    let content = lines.content(line);
    if options.smart_indent && !above && content.trim_end().ends_with(['{', '(', '[']) {
        indent.push_str(&work.indent_style(options).unit());
    }
    let line_break = work.text().line_break();
    if above {
        let at = lines.start(line);
        work.insert(at, &format!("{indent}{line_break}"));
        work.go(ByteOffset(at.0 + indent.len()));
    } else {
        let at = lines.end(line);
        work.insert(at, &format!("{line_break}{indent}"));
        work.go(ByteOffset(at.0 + line_break.len() + indent.len()));
    }
    options.auto_indent
}

/// Breaks the line at the cursor, as Enter does; whether the new line got an indentation.
fn break_line(options: &Options, work: &mut Work<'_>) -> bool {
    let at = work.cursor;
    let lines: Lines<'_> = work.lines();
    let line = work.line();
    let text = work.text();
    let start = lines.start(line);
    let mut indent = String::new();
    let mut rest = at;
    if options.auto_indent {
        indent = text.slice(start..at).chars().take_while(|c| is_blank(*c)).collect();
        while lines.character(rest).is_some_and(is_blank) {
            rest = lines.right(rest);
        }
    }
    let line_break = text.line_break();
    let opens =
        text.character_before(at).filter(|c| options.smart_indent && at > start && matches!(c, '{' | '(' | '['));
    let closes = opens.is_some_and(|open| lines.character(rest) == Some(closing(open)));
    let deeper = if opens.is_some() { work.indent_style(options).unit() } else { String::new() };
    let before = format!("{line_break}{indent}{deeper}");
    let after = if closes { format!("{line_break}{indent}") } else { String::new() };
    let inserted = format!("{before}{after}");
    work.replace(at..rest, &inserted);
    work.go(ByteOffset(at.0 + before.len()));
    options.auto_indent || before.len() > line_break.len()
}

/// Breaks the line at the cursor outside insert mode.
pub(super) fn insert_newline_at(options: &Options, work: &mut Work<'_>) {
    break_line(options, work);
    let line = work.line();
    if work.lines().is_blank(line) {
        let indent = work.lines().start(line)..work.lines().end(line);
        work.go(indent.start);
        work.replace(indent, "");
    }
    let before = work.lines().left(work.cursor);
    work.go(before);
}

fn closing(open: char) -> char {
    match open {
        '{' => '}',
        '(' => ')',
        _ => ']',
    }
}

/// Takes an indentation away that nobody typed, from the line that was left.
fn clear_line_left(work: &mut Work<'_>) {
    let line = work.line().up(1);
    if work.lines().is_blank(line) {
        let indent = work.lines().start(line)..work.lines().end(line);
        work.replace(indent, "");
    }
}
