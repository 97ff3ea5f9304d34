//! From keys to a command of normal or visual mode: reads what was typed so far from its start each time, which is short. Knows no
//! text and no state.

use super::command::{
    Action, Command, Force, InsertAt, Motion, Operator, PromptKind, RowEnd, ScreenPlace, Scroll, Target,
};
use crate::{
    editor::{
        motion::{Direction, find::FindCharacter, word::WordKind},
        object::ObjectKind,
    },
    input::{Key, KeyCode},
};

/// The largest count.
const COUNT_MAX: usize = 99_999_999;

/// What the keys are so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parsed {
    /// The start of a command.
    Incomplete,
    /// No command.
    Invalid,
    /// A command.
    Complete(Box<Command>),
}

/// Why there is no command: more is to come, or nothing fits.
enum Stop {
    More,
    Wrong,
}

type Read<T> = Result<T, Stop>;

struct Reader<'a> {
    rest: std::slice::Iter<'a, Key>,
    kept: Vec<Key>,
}

/// Reads keys. `is_visual`: something is selected.
pub(super) fn parse(keys: &[Key], is_visual: bool) -> Parsed {
    let mut reader = Reader { rest: keys.iter(), kept: Vec::new() };
    match reader.command(is_visual) {
        Ok(command) => Parsed::Complete(Box::new(command)),
        Err(Stop::More) => Parsed::Incomplete,
        Err(Stop::Wrong) => Parsed::Invalid,
    }
}

impl Reader<'_> {
    fn command(&mut self, is_visual: bool) -> Read<Command> {
        let mut register = None;
        let mut count = self.count();
        while self.peek() == Some('"') {
            self.rest.next();
            register = Some(self.character_unkept()?);
            count = times(count, self.count());
        }
        let key = self.key()?;
        let (action, inner) = if is_visual { (self.visual(key)?, None) } else { self.normal(key)? };
        let keys = std::mem::take(&mut self.kept);
        Ok(Command { register, count: times(count, inner), action, keys })
    }

    /// What the next key types, without taking it.
    fn peek(&self) -> Option<char> {
        self.rest.as_slice().first().and_then(|key| key.typed())
    }

    fn key(&mut self) -> Read<Key> {
        let key = *self.rest.next().ok_or(Stop::More)?;
        self.kept.push(key);
        Ok(key)
    }

    /// A key that types a character; Enter and Tab count as theirs.
    fn character(&mut self) -> Read<char> {
        character_of(self.key()?).ok_or(Stop::Wrong)
    }

    fn character_unkept(&mut self) -> Read<char> {
        let key = *self.rest.next().ok_or(Stop::More)?;
        key.typed().ok_or(Stop::Wrong)
    }

    fn count(&mut self) -> Option<usize> {
        let mut count = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            if digit == 0 && count.is_none() {
                break;
            }
            self.rest.next();
            let so_far: usize = count.unwrap_or(0);
            count = Some(so_far.saturating_mul(10).saturating_add(digit as usize).min(COUNT_MAX));
        }
        count
    }

    fn normal(&mut self, key: Key) -> Read<(Action, Option<usize>)> {
        if let Some(operator) = self.operator(key)? {
            return self.operation(operator);
        }
        if let Some(motion) = self.motion(key)? {
            return Ok((Action::Move(motion), None));
        }
        if let Some(action) = self.scroll(key)? {
            return Ok((action, None));
        }
        let delete = |motion| operate(Operator::Delete, Target::Motion(motion));
        let action = match key.typed() {
            None => Self::control(key)?,
            Some('x') => delete(Motion::Right),
            Some('X') => delete(Motion::Left),
            Some('D') => delete(Motion::LineEnd),
            Some('C') => operate(Operator::Change, Target::Motion(Motion::LineEnd)),
            Some('s') => operate(Operator::Change, Target::Motion(Motion::Right)),
            Some('S') => operate(Operator::Change, Target::Lines),
            Some('Y') => operate(Operator::Yank, Target::Lines),
            Some('g') => self.with_g()?,
            Some('Z') => match self.character()? {
                'Z' => Action::Quit { saves: true },
                'Q' => Action::Quit { saves: false },
                _ => return Err(Stop::Wrong),
            },
            Some(c) => self.simple(c)?,
        };
        Ok((action, None))
    }

    fn simple(&mut self, c: char) -> Read<Action> {
        Ok(match c {
            'i' => Action::Insert(InsertAt::Cursor),
            'a' => Action::Insert(InsertAt::Behind),
            'I' => Action::Insert(InsertAt::FirstNonblank),
            'A' => Action::Insert(InsertAt::LineEnd),
            'o' => Action::Insert(InsertAt::LineBelow),
            'O' => Action::Insert(InsertAt::LineAbove),
            'R' => Action::Overwrite,
            'r' => Action::ReplaceCharacter(self.key()?),
            '~' => Action::ToggleCase,
            'J' => Action::Join { spaced: true },
            'p' => Action::Put { before: false, cursor_behind: false },
            'P' => Action::Put { before: true, cursor_behind: false },
            'u' => Action::Undo,
            '.' => Action::Repeat,
            '&' => Action::RepeatSubstitute { everywhere: false },
            'q' => Action::Record(self.character()?),
            '@' => Action::Play(self.character()?),
            'm' => Action::Mark(self.character()?),
            'v' => Action::Select { lines: false },
            'V' => Action::Select { lines: true },
            ':' => Action::Prompt(PromptKind::Ex),
            _ => return Err(Stop::Wrong),
        })
    }

    /// Normal mode's commands that begin with `g` and are no operator, motion or scrolling.
    fn with_g(&mut self) -> Read<Action> {
        Ok(match self.character()? {
            'J' => Action::Join { spaced: false },
            'p' => Action::Put { before: false, cursor_behind: true },
            'P' => Action::Put { before: true, cursor_behind: true },
            'I' => Action::Insert(InsertAt::LineStart),
            'i' => Action::Insert(InsertAt::Last),
            'v' => Action::Reselect,
            '&' => Action::RepeatSubstitute { everywhere: true },
            _ => return Err(Stop::Wrong),
        })
    }

    fn control(key: Key) -> Read<Action> {
        Ok(match (key.code, key.ctrl) {
            (KeyCode::Char('r'), true) => Action::Redo,
            (KeyCode::Char('o'), true) => Action::Jump(Direction::Backward),
            (KeyCode::Char('i'), true) | (KeyCode::Tab, false) => Action::Jump(Direction::Forward),
            (KeyCode::Char('z'), true) => Action::Suspend,
            (KeyCode::Char('a'), true) => Action::Add { negative: false },
            (KeyCode::Char('x'), true) => Action::Add { negative: true },
            (KeyCode::Char('[' | 'c'), true) | (KeyCode::Esc, _) => Action::Escape,
            (KeyCode::Delete, false) => operate(Operator::Delete, Target::Motion(Motion::Right)),
            (KeyCode::Insert, false) => Action::Insert(InsertAt::Cursor),
            _ => return Err(Stop::Wrong),
        })
    }

    fn operator(&mut self, key: Key) -> Read<Option<Operator>> {
        Ok(Some(match key.typed() {
            Some('d') => Operator::Delete,
            Some('c') => Operator::Change,
            Some('y') => Operator::Yank,
            Some('>') => Operator::Indent,
            Some('<') => Operator::Outdent,
            Some('=') => Operator::Reindent,
            Some('g') => {
                let operator = match self.rest.as_slice().first().ok_or(Stop::More)?.typed() {
                    Some('u') => Operator::Lower,
                    Some('U') => Operator::Upper,
                    Some('~') => Operator::Toggle,
                    _ => return Ok(None),
                };
                self.key()?;
                operator
            }
            _ => return Ok(None),
        }))
    }

    /// An operator's target, with the count before it.
    fn operation(&mut self, operator: Operator) -> Read<(Action, Option<usize>)> {
        let mut count = self.count();
        let mut force = None;
        while let Some(c @ ('v' | 'V')) = self.peek() {
            self.key()?;
            force = Some(if c == 'v' { Force::Characters } else { Force::Lines });
            count = times(count, self.count());
        }
        let key = self.key()?;
        let target = match key.typed() {
            Some(c) if c == operator.doubled() => Target::Lines,
            Some('g') if operator.needs_g() && self.takes_own_name(operator)? => Target::Lines,
            Some(c @ ('i' | 'a')) => {
                let kind = ObjectKind::named(self.character()?).ok_or(Stop::Wrong)?;
                Target::Object { kind, around: c == 'a' }
            }
            _ => Target::Motion(self.motion(key)?.ok_or(Stop::Wrong)?),
        };
        Ok((Action::Operate { operator, target, force }, count))
    }

    /// `gUgU` is as good as `gUU`.
    fn takes_own_name(&mut self, operator: Operator) -> Read<bool> {
        let next = self.rest.as_slice().first().ok_or(Stop::More)?.typed();
        let is_own = next == Some(operator.doubled());
        if is_own {
            self.key()?;
        }
        Ok(is_own)
    }

    fn visual(&mut self, key: Key) -> Read<Action> {
        let on_selection = |operator| operate(operator, Target::Selection { as_lines: false });
        let on_lines = |operator| operate(operator, Target::Selection { as_lines: true });
        let action = match key.typed() {
            Some('d' | 'x') => on_selection(Operator::Delete),
            Some('X' | 'D') => on_lines(Operator::Delete),
            Some('c' | 's') => on_selection(Operator::Change),
            Some('C' | 'S' | 'R') => on_lines(Operator::Change),
            Some('y') => on_selection(Operator::Yank),
            Some('Y') => on_lines(Operator::Yank),
            Some('>') => on_selection(Operator::Indent),
            Some('<') => on_selection(Operator::Outdent),
            Some('=') => on_selection(Operator::Reindent),
            Some('u') => on_selection(Operator::Lower),
            Some('U') => on_selection(Operator::Upper),
            Some('~') => on_selection(Operator::Toggle),
            Some('o' | 'O') => Action::SwapEnds,
            Some(c @ ('i' | 'a')) => {
                let kind = ObjectKind::named(self.character()?).ok_or(Stop::Wrong)?;
                Action::SelectObject { kind, around: c == 'a' }
            }
            Some('I') => Action::Insert(InsertAt::Cursor),
            Some('A') => Action::Insert(InsertAt::Behind),
            Some('g') => match self.rest.as_slice().first().ok_or(Stop::More)?.typed() {
                Some('u') => self.then(on_selection(Operator::Lower))?,
                Some('U') => self.then(on_selection(Operator::Upper))?,
                Some('~') => self.then(on_selection(Operator::Toggle))?,
                Some('J') => self.then(Action::Join { spaced: false })?,
                Some('v') => self.then(Action::Reselect)?,
                _ => Action::Move(self.motion(key)?.ok_or(Stop::Wrong)?),
            },
            Some(c @ ('J' | 'p' | 'P' | 'r' | 'm' | 'q' | '@' | 'v' | 'V' | ':')) => self.simple(c)?,
            None if key.code == KeyCode::Delete => on_selection(Operator::Delete),
            _ => match self.motion(key)? {
                Some(motion) => Action::Move(motion),
                None => match self.scroll(key)? {
                    Some(action) => action,
                    None => Self::control(key)?,
                },
            },
        };
        Ok(action)
    }

    /// Takes the key that was looked at.
    fn then(&mut self, action: Action) -> Read<Action> {
        self.key().map(|_| action)
    }

    fn motion(&mut self, key: Key) -> Read<Option<Motion>> {
        use Direction::{Backward, Forward};
        if let Some(motion) = key_motion(key) {
            return Ok(Some(motion));
        }
        let Some(c) = key.typed() else { return Ok(None) };
        Ok(Some(match c {
            'h' => Motion::Left,
            'l' => Motion::Right,
            ' ' => Motion::RightOver,
            '0' => Motion::LineStart,
            '^' => Motion::FirstNonblank,
            '$' => Motion::LineEnd,
            '|' => Motion::Column,
            'j' => Motion::Vertical(Forward),
            'k' => Motion::Vertical(Backward),
            '+' => Motion::VerticalFirst(Forward),
            '-' => Motion::VerticalFirst(Backward),
            '_' => Motion::LinesBelow,
            'G' => Motion::Line { or_last: true },
            '%' => Motion::Match,
            'w' => Motion::NextWord(WordKind::Word),
            'W' => Motion::NextWord(WordKind::Big),
            'e' => Motion::NextWordEnd(WordKind::Word),
            'E' => Motion::NextWordEnd(WordKind::Big),
            'b' => Motion::PreviousWord(WordKind::Word),
            'B' => Motion::PreviousWord(WordKind::Big),
            'f' | 't' | 'F' | 'T' => Motion::Find(FindCharacter {
                character: self.character()?,
                direction: if c.is_lowercase() { Forward } else { Backward },
                before: c.eq_ignore_ascii_case(&'t'),
            }),
            ';' => Motion::RepeatFind { reversed: false },
            ',' => Motion::RepeatFind { reversed: true },
            '}' => Motion::Paragraph(Forward),
            '{' => Motion::Paragraph(Backward),
            ')' => Motion::Sentence(Forward),
            '(' => Motion::Sentence(Backward),
            'H' => Motion::Screen(ScreenPlace::Top),
            'M' => Motion::Screen(ScreenPlace::Middle),
            'L' => Motion::Screen(ScreenPlace::Bottom),
            '\'' | '`' => Motion::Mark { name: self.character()?, as_line: c == '\'' },
            '/' => Motion::Prompt(Forward),
            '?' => Motion::Prompt(Backward),
            'n' => Motion::SearchAgain { reversed: false },
            'N' => Motion::SearchAgain { reversed: true },
            '*' => Motion::Star { direction: Forward, whole_word: true },
            '#' => Motion::Star { direction: Backward, whole_word: true },
            '[' | ']' => match (c, self.character()?) {
                ('[', bracket @ ('(' | '{')) | (']', bracket @ (')' | '}')) => Motion::Unclosed(bracket),
                _ => return Err(Stop::Wrong),
            },
            'g' => {
                let Some(motion) = self.g_motion()? else { return Ok(None) };
                motion
            }
            _ => return Ok(None),
        }))
    }

    /// A motion that begins with `g`; the key behind is taken only if it is one.
    fn g_motion(&mut self) -> Read<Option<Motion>> {
        let next = self.rest.as_slice().first().ok_or(Stop::More)?;
        let motion = match next.typed() {
            Some('g') => Motion::Line { or_last: false },
            Some('_') => Motion::LastNonblank,
            Some('e') => Motion::PreviousWordEnd(WordKind::Word),
            Some('E') => Motion::PreviousWordEnd(WordKind::Big),
            Some('j') => Motion::Row(Direction::Forward),
            Some('k') => Motion::Row(Direction::Backward),
            Some('0') => Motion::RowEnd(RowEnd::First),
            Some('^') => Motion::RowEnd(RowEnd::FirstNonblank),
            Some('$') => Motion::RowEnd(RowEnd::Last),
            None if next.code == KeyCode::Down => Motion::Row(Direction::Forward),
            None if next.code == KeyCode::Up => Motion::Row(Direction::Backward),
            Some('*') => Motion::Star { direction: Direction::Forward, whole_word: false },
            Some('#') => Motion::Star { direction: Direction::Backward, whole_word: false },
            _ => return Ok(None),
        };
        self.key()?;
        Ok(Some(motion))
    }

    fn scroll(&mut self, key: Key) -> Read<Option<Action>> {
        use Direction::{Backward, Forward};
        let scroll = match (key.code, key.ctrl) {
            (KeyCode::Char('d'), true) => Scroll::Half(Forward),
            (KeyCode::Char('u'), true) => Scroll::Half(Backward),
            (KeyCode::Char('f'), true) | (KeyCode::PageDown, false) => Scroll::Page(Forward),
            (KeyCode::Char('b'), true) | (KeyCode::PageUp, false) => Scroll::Page(Backward),
            (KeyCode::Char('e'), true) => Scroll::Line(Forward),
            (KeyCode::Char('y'), true) => Scroll::Line(Backward),
            (KeyCode::Char('z'), false) => {
                let key = self.key()?;
                let (place, first_nonblank) = match (key.code, key.typed()) {
                    (KeyCode::Enter, _) => (ScreenPlace::Top, true),
                    (_, Some('t')) => (ScreenPlace::Top, false),
                    (_, Some('.')) => (ScreenPlace::Middle, true),
                    (_, Some('z')) => (ScreenPlace::Middle, false),
                    (_, Some('-')) => (ScreenPlace::Bottom, true),
                    (_, Some('b')) => (ScreenPlace::Bottom, false),
                    _ => return Err(Stop::Wrong),
                };
                Scroll::CursorTo { place, first_nonblank }
            }
            _ => return Ok(None),
        };
        Ok(Some(Action::Scroll(scroll)))
    }
}

/// Motions on keys that type nothing.
fn key_motion(key: Key) -> Option<Motion> {
    use Direction::{Backward, Forward};
    Some(match (key.code, key.ctrl, key.alt) {
        (KeyCode::Left, false, false) => Motion::Left,
        (KeyCode::Right, false, false) => Motion::Right,
        (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, false) => Motion::LeftOver,
        (KeyCode::Down, false, false) | (KeyCode::Char('j' | 'n'), true, false) => Motion::Vertical(Forward),
        (KeyCode::Up, false, false) => Motion::Vertical(Backward),
        (KeyCode::Enter, _, false) | (KeyCode::Char('m'), true, false) => Motion::VerticalFirst(Forward),
        (KeyCode::Home, false, false) => Motion::LineStart,
        (KeyCode::End, false, false) => Motion::LineEnd,
        (KeyCode::Home, true, false) => Motion::Line { or_last: false },
        (KeyCode::End, true, false) => Motion::Line { or_last: true },
        (KeyCode::Left, true, false) => Motion::PreviousWord(WordKind::Big),
        (KeyCode::Right, true, false) => Motion::NextWord(WordKind::Big),
        _ => return None,
    })
}

/// The character a key stands for where one is asked for.
pub(super) fn character_of(key: Key) -> Option<char> {
    match key.code {
        KeyCode::Enter => Some('\n'),
        KeyCode::Tab => Some('\t'),
        _ => key.typed(),
    }
}

fn operate(operator: Operator, target: Target) -> Action {
    Action::Operate { operator, target, force: None }
}

fn times(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_mul(other).min(COUNT_MAX)),
        _ => one.or(other),
    }
}

impl Operator {
    /// The key that, behind the operator, means whole lines.
    fn doubled(self) -> char {
        match self {
            Self::Delete => 'd',
            Self::Change => 'c',
            Self::Yank => 'y',
            Self::Indent => '>',
            Self::Outdent => '<',
            Self::Reindent => '=',
            Self::Lower => 'u',
            Self::Upper => 'U',
            Self::Toggle => '~',
        }
    }

    fn needs_g(self) -> bool {
        matches!(self, Self::Lower | Self::Upper | Self::Toggle)
    }
}
