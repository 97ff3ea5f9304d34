//! Moves by words as in vi: a word is a run of letters, digits and `_`, or a run of other signs; a WORD is anything between spaces;
//! an empty line is a word of its own (<https://vimhelp.org/motion.txt.html#word-motions>).

use super::Reached;
use crate::editor::lines::{Lines, Step, Walker};
use protocol::ByteOffset;

/// What counts as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WordKind {
    /// Runs of letters, or of signs.
    Word,
    /// Anything between spaces.
    Big,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::editor) enum Class {
    Blank,
    Sign,
    Letter,
    /// Scripts without spaces between words are each a class.
    Ideograph,
    Kana,
    Hangul,
    Emoji,
}

/// The class of a character, which words are runs of.
pub(in crate::editor) fn class(c: Option<char>, kind: WordKind) -> Class {
    match c {
        None | Some(' ' | '\t' | '\u{3000}') => Class::Blank,
        Some(_) if kind == WordKind::Big => Class::Letter,
        Some('\u{3040}'..='\u{30ff}') => Class::Kana,
        Some('\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2fa1f}') => Class::Ideograph,
        Some('\u{ac00}'..='\u{d7a3}') => Class::Hangul,
        Some('\u{1f000}'..='\u{1faff}') => Class::Emoji,
        Some(c) if c == '_' || c.is_alphanumeric() => Class::Letter,
        Some(_) => Class::Sign,
    }
}

/// Whether a character belongs to a keyword.
pub fn is_keyword(c: char) -> bool {
    !matches!(class(Some(c), WordKind::Word), Class::Blank | Class::Sign)
}

fn here(walker: &Walker<'_>, kind: WordKind) -> Class {
    class(walker.character(), kind)
}

fn is_empty_line(walker: &Walker<'_>) -> bool {
    walker.is_line_start() && walker.is_empty_line()
}

/// To the start of the next word, `count` times. `stop_at_line_end`: the last of them ends at the end of its line.
pub fn next_start(lines: &Lines<'_>, at: ByteOffset, count: usize, kind: WordKind, stop_at_line_end: bool) -> Reached {
    let mut walker = lines.walk(at);
    for left in (0..count).rev() {
        let stops = stop_at_line_end && left == 0;
        match step_to_next_start(lines, &mut walker, kind, stops) {
            Progress::Done => {}
            Progress::Ended => return Reached { at: walker.at(), is_short: false },
            Progress::Short => return Reached { at: walker.at(), is_short: true },
        }
    }
    Reached { at: walker.at(), is_short: false }
}

enum Progress {
    Done,
    Ended,
    Short,
}

fn step_to_next_start(lines: &Lines<'_>, walker: &mut Walker<'_>, kind: WordKind, stops: bool) -> Progress {
    let from = here(walker, kind);
    let is_last_line = walker.line() == lines.last();
    let step = walker.forward();
    if step == Step::Stuck || (step != Step::Character && is_last_line) {
        return Progress::Short;
    }
    if step != Step::Character && stops {
        return Progress::Ended;
    }
    while from != Class::Blank && here(walker, kind) == from {
        let step = walker.forward();
        if step == Step::Stuck || (step != Step::Character && stops) {
            return Progress::Ended;
        }
    }
    while here(walker, kind) == Class::Blank && !is_empty_line(walker) {
        let step = walker.forward();
        if step == Step::Stuck || (step != Step::Character && (is_last_line || stops)) {
            return Progress::Ended;
        }
    }
    Progress::Done
}

/// To the end of the next word, `count` times. `stays`: a place at the end of a word is that end already. `stops_empty`: an
/// empty line ends the way.
pub fn next_end(
    lines: &Lines<'_>,
    at: ByteOffset,
    count: usize,
    kind: WordKind,
    stays: bool,
    stops_empty: bool,
) -> Reached {
    let mut walker = lines.walk(at);
    for turn in 0..count {
        if !step_to_next_end(&mut walker, kind, stays && turn == 0, stops_empty) {
            return Reached { at: walker.at(), is_short: true };
        }
    }
    Reached { at: walker.at(), is_short: false }
}

/// Whether there was an end.
fn step_to_next_end(walker: &mut Walker<'_>, kind: WordKind, stays: bool, stops_empty: bool) -> bool {
    let from = here(walker, kind);
    if walker.forward() == Step::Stuck {
        return false;
    }
    if here(walker, kind) == from && from != Class::Blank {
        if !skip(walker, kind, from, Walker::forward) {
            return false;
        }
    } else if !stays || from == Class::Blank {
        while here(walker, kind) == Class::Blank {
            if stops_empty && is_empty_line(walker) {
                return true;
            }
            if walker.forward() == Step::Stuck {
                return false;
            }
        }
        let class = here(walker, kind);
        if !skip(walker, kind, class, Walker::forward) {
            return false;
        }
    }
    walker.back();
    true
}

/// To the start of the word before, `count` times. `stays`: a place at the start of a word is that start already.
pub fn previous_start(lines: &Lines<'_>, at: ByteOffset, count: usize, kind: WordKind, stays: bool) -> Reached {
    let mut walker = lines.walk(at);
    for turn in 0..count {
        let from = here(&walker, kind);
        if walker.back() == Step::Stuck {
            return Reached { at: walker.at(), is_short: true };
        }
        if !(stays && turn == 0) || from == here(&walker, kind) || from == Class::Blank {
            let mut stopped = false;
            while here(&walker, kind) == Class::Blank {
                if is_empty_line(&walker) {
                    stopped = true;
                    break;
                }
                if walker.back() == Step::Stuck {
                    return Reached { at: walker.at(), is_short: false };
                }
            }
            if stopped {
                continue;
            }
            let class = here(&walker, kind);
            if !skip(&mut walker, kind, class, Walker::back) {
                return Reached { at: walker.at(), is_short: false };
            }
        }
        walker.forward();
    }
    Reached { at: walker.at(), is_short: false }
}

/// To the end of the word before, `count` times. `stops_at_line_start`: the way ends where the line does.
pub fn previous_end(
    lines: &Lines<'_>,
    at: ByteOffset,
    count: usize,
    kind: WordKind,
    stops_at_line_start: bool,
) -> Reached {
    let mut walker = lines.walk(at);
    let ended = |step: Step| step == Step::Stuck || (stops_at_line_start && step == Step::Line);
    for _ in 0..count {
        let from = here(&walker, kind);
        let step = walker.back();
        if step == Step::Stuck {
            return Reached { at: walker.at(), is_short: true };
        }
        if stops_at_line_start && step == Step::Line {
            return Reached { at: walker.at(), is_short: false };
        }
        while from != Class::Blank && here(&walker, kind) == from {
            if ended(walker.back()) {
                return Reached { at: walker.at(), is_short: false };
            }
        }
        while here(&walker, kind) == Class::Blank && !is_empty_line(&walker) {
            if ended(walker.back()) {
                return Reached { at: walker.at(), is_short: false };
            }
        }
    }
    Reached { at: walker.at(), is_short: false }
}

/// Passes a run of one class; whether the text goes on behind it.
fn skip<'a>(walker: &mut Walker<'a>, kind: WordKind, class: Class, step: fn(&mut Walker<'a>) -> Step) -> bool {
    while here(walker, kind) == class {
        if step(walker) == Step::Stuck {
            return false;
        }
    }
    true
}

/// The start of the run of one class that a place is in, within its line.
pub fn run_start(lines: &Lines<'_>, at: ByteOffset, kind: WordKind) -> ByteOffset {
    let mut walker = lines.walk(at);
    let class = here(&walker, kind);
    let mut start = at;
    while !walker.is_line_start() {
        walker.back();
        if here(&walker, kind) != class {
            break;
        }
        start = walker.at();
    }
    start
}
