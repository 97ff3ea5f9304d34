//! What each key does in insert and replace mode.

use super::{Awaits, Insert};
use crate::{
    editor::{
        indent::IndentStyle,
        layout::{self, TabWidth},
        lines::{Lines, is_blank},
        motion::word::is_keyword,
        position::LineIndex,
        syntax::brackets,
    },
    input::{
        Key, KeyCode,
        vim::{options::Options, parse::character_of, register::Registers, work::Work},
    },
};
use protocol::ByteOffset;

/// Types one key into the text.
pub(super) fn type_key(key: Key, insert: &mut Insert, options: &Options, registers: &Registers, work: &mut Work<'_>) {
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
        (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => backspace(insert, options, work),
        (KeyCode::Delete, _) => delete_forward(work),
        (KeyCode::Char('w'), true) => delete_word(insert, options, work),
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
        (KeyCode::Char(c), false) => {
            if options.smart_indent && !insert.is_overwriting && insert.block.is_none() {
                indent_closing(c, work);
            }
            put_typed(&c.to_string(), insert, work);
        }
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

/// A closing bracket that is the first of its line goes below where its partner's line begins.
fn indent_closing(typed: char, work: &mut Work<'_>) {
    if let Some((indentation, wanted)) = work.levels().where_closes(work.cursor, typed) {
        let at = ByteOffset(indentation.start.0 + wanted.len());
        work.replace(indentation, &wanted);
        work.go(at);
    }
}

fn type_register(key: Key, insert: &mut Insert, registers: &Registers, work: &mut Work<'_>) {
    let Some(name) = key.typed() else { return };
    let content = match name {
        '+' | '*' => work.clip.map(crate::input::vim::Register::from),
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

fn backspace(insert: &mut Insert, options: &Options, work: &mut Work<'_>) {
    let at = work.cursor;
    if insert.is_overwriting {
        return restore(insert, work);
    }
    let before = stop_before(options, work).unwrap_or_else(|| work.text().previous_grapheme(at));
    work.replace(before..at, "");
    work.go(before);
}

/// Where a level less ends in the spaces that the line starts with; none elsewhere, and where `expandtab` was set: then each space is one.
fn stop_before(options: &Options, work: &Work<'_>) -> Option<ByteOffset> {
    let start = work.lines().start(work.line());
    let columns = work.cursor.0 - start.0;
    let IndentStyle::Spaces(width) = work.indent_style(options) else { return None };
    let is_indentation = columns > 1 && work.text().slice(start..work.cursor).bytes().all(|byte| byte == b' ');
    let stop = (columns.saturating_sub(1)) / width.max(1) * width.max(1);
    (options.expand_tab.is_none() && is_indentation).then_some(ByteOffset(start.0 + stop))
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
fn delete_word(insert: &Insert, options: &Options, work: &mut Work<'_>) {
    let end = work.cursor;
    let start_of_line = work.lines().start(work.line());
    if end == start_of_line {
        return backspace(&mut insert.clone(), options, work);
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
        return backspace(&mut insert.clone(), options, work);
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

/// Opens a line below or above the cursor's; whether it got an indentation. Above a closing bracket it is inside of what that closes.
pub(super) fn open_line(above: bool, options: &Options, work: &mut Work<'_>) -> bool {
    let line = work.line();
    let lines = work.lines();
    let mut indent = if options.auto_indent { lines.indentation(line) } else { String::new() };
    if options.smart_indent {
        let (content, end) = (lines.content(line), lines.end(line));
        let code_end = ByteOffset(end.0 - (content.len() - content.trim_end().len()));
        let closes = content.trim_start().starts_with(['}', ')', ']']);
        let unit = work.indent_style(options).unit();
        if if above { closes } else { work.levels().is_deeper_after(code_end) } {
            indent.push_str(&unit);
        } else if !above && work.levels().is_last_of_level(end) {
            indent = indent.strip_suffix(&unit).unwrap_or_default().to_owned();
        }
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
pub(super) fn break_line(options: &Options, work: &mut Work<'_>) -> bool {
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
    let is_deeper = options.smart_indent && work.levels().is_deeper_after(at);
    let opened = text.character_before(at).filter(|_| is_deeper && at > start);
    let closes = opened.and_then(brackets::closing).is_some_and(|close| lines.character(rest) == Some(close));
    let unit = work.indent_style(options).unit();
    if options.smart_indent && !is_deeper && work.levels().is_last_of_level(at) {
        indent = indent.strip_suffix(&unit).unwrap_or_default().to_owned();
    }
    let deeper = if is_deeper { unit } else { String::new() };
    let before = format!("{line_break}{indent}{deeper}");
    let after = if closes { format!("{line_break}{indent}") } else { String::new() };
    let inserted = format!("{before}{after}");
    work.replace(at..rest, &inserted);
    work.go(ByteOffset(at.0 + before.len()));
    options.auto_indent || before.len() > line_break.len()
}

/// Breaks the line at the cursor outside insert mode.
pub(in crate::input::vim) fn insert_newline_at(options: &Options, work: &mut Work<'_>) {
    break_line(options, work);
    let line = work.line();
    if work.lines().is_blank(line) {
        let indent = work.lines().start(line)..work.lines().end(line);
        work.go(indent.start);
        work.replace(indent, "");
    }
    if !(options.auto_indent && is_last_character(work)) {
        let before = work.lines().left(work.cursor);
        work.go(before);
    }
}

/// Whether the cursor is on the last character of its line: after an automatic indentation it stays there.
pub(super) fn is_last_character(work: &Work<'_>) -> bool {
    let lines = work.lines();
    lines.character(work.cursor).is_some() && lines.character(lines.right(work.cursor)).is_none()
}

/// Takes an indentation away that nobody typed, from the line that was left.
pub(super) fn clear_line_left(work: &mut Work<'_>) {
    let line = work.line().up(1);
    if work.lines().is_blank(line) {
        let indent = work.lines().start(line)..work.lines().end(line);
        work.replace(indent, "");
    }
}
