//! Carries out complete commands of normal and visual mode, and remembers what `.` repeats.

use super::{
    command::{Action, Command, Motion, Operator, PromptKind, Target},
    macros::Source,
    motion::{Goal, Moved, Purpose, down},
    prompt::Prompt,
    region::{Ends, Region},
    state::{Effect, Mode, Repeat, Vim},
    work::Work,
};
use crate::{
    editor::{
        EditorCommand,
        motion::Direction,
        object::{ObjectKind, Wanted},
    },
    input::{Command as ProgramCommand, Key, command::WriteRequest},
};

impl Vim {
    pub(super) fn carry_out(&mut self, mut command: Command, work: &mut Work<'_>) {
        if work.source == Source::Repeat
            && let Some(replayed) = self.replayed.take()
        {
            (command.count, command.register) = (replayed.count, replayed.register);
        }
        self.match_count = None;
        if let Some(direction) = command.prompts_search() {
            self.prompt = Some(Prompt::new(PromptKind::Search(direction)));
            self.waiting = Some(command);
            return;
        }
        let is_repeatable = command.action.is_repeatable();
        if is_repeatable && work.source != Source::Repeat {
            let extent = self.is_visual().then(|| self.extent(work));
            let (keys, count, register) = (command.keys.clone(), command.count, command.register);
            self.recorded = Some(Repeat { keys, count, register, extent });
        }
        self.act(command, work);
        if self.insert.is_none()
            && let Some(recorded) = self.recorded.take()
            && !work.has_failed()
        {
            self.last_change = Some(recorded);
        }
        if self.mode == Mode::Normal {
            work.cursor = work.lines().on_character(work.cursor);
        }
    }

    fn act(&mut self, command: Command, work: &mut Work<'_>) {
        let Command { register, count, action, .. } = command;
        let times = count.unwrap_or(1);
        match action {
            Action::Move(motion) => self.move_cursor(&motion, count, work),
            Action::Operate { operator, target: Target::Selection { as_lines }, .. } => {
                self.operate_on_selection(operator, as_lines, register, times, work);
            }
            Action::Operate { operator, target, force } => match self.region(operator, &target, force, count, work) {
                Some(region) => self.operate(operator, &region, register, 1, work),
                None => work.fail(),
            },
            Action::SelectObject { kind, around } => self.select_object(kind, Wanted { around, count: times }, work),
            Action::Insert(at) => self.begin_insert(at, times, work),
            Action::Overwrite => self.begin_overwrite(times, work),
            Action::ReplaceCharacter(key) if self.is_visual() => self.overwrite_selection(key, work),
            Action::ReplaceCharacter(key) => self.replace_characters(key, times, work),
            Action::ToggleCase => toggle_case(times, work),
            Action::Join { spaced } => self.join_lines(spaced, times, work),
            Action::Put { before, .. } if self.is_visual() => self.put_over_selection(register, times, before, work),
            Action::Put { before, cursor_behind } => self.put(register, times, before, cursor_behind, work),
            Action::Undo => undo_times(&EditorCommand::Undo, times, work),
            Action::Redo => undo_times(&EditorCommand::Redo, times, work),
            Action::Repeat => self.repeat(count, work),
            Action::RepeatSubstitute { everywhere } => self.repeat_substitute(everywhere, work),
            Action::Record(name) => self.record(name, work),
            Action::Play(name) => self.play(name, times, work),
            Action::Mark(name) => self.set_mark(name, work),
            Action::Select { lines } => self.select(lines, work),
            Action::Reselect => self.reselect(work),
            Action::SwapEnds => std::mem::swap(&mut work.anchor, &mut work.cursor),
            Action::Prompt(kind) => self.open_prompt(kind, count, work),
            Action::Scroll(scroll) => self.scroll(scroll, count, work),
            Action::Escape => self.escape(work),
            Action::Quit { saves } => {
                if saves {
                    let request = WriteRequest { only_if_changed: true, ..WriteRequest::default() };
                    work.effect(Effect::Write(request));
                    work.effect(Effect::Run(ProgramCommand::Quit));
                } else {
                    work.effect(Effect::QuitAtOnce);
                }
            }
            Action::Add { negative } => add(times, negative, work),
            Action::Jump(direction) => self.jump(direction, times, work),
            Action::Suspend => work.effect(Effect::Run(ProgramCommand::Suspend)),
        }
    }

    fn move_cursor(&mut self, motion: &Motion, count: Option<usize>, work: &mut Work<'_>) {
        let purpose = Purpose { operator: None, is_visual: self.is_visual() };
        let Some(moved) = self.target(motion, count, purpose, work) else {
            if *motion == Motion::LineEnd {
                work.goal = Some(super::motion::FAR_RIGHT);
            }
            return work.fail();
        };
        self.arrive(moved, work);
    }

    /// Puts the cursor where a motion came.
    pub(super) fn arrive(&mut self, moved: Moved, work: &mut Work<'_>) {
        if moved.is_short {
            work.fail();
        }
        if moved.is_jump {
            self.remember_jump(work.cursor, work);
        }
        let lines = work.lines();
        let at = if self.is_visual() { moved.at } else { lines.on_character(moved.at) };
        work.go(at);
        if let Goal::Column(column) = moved.goal {
            work.goal = Some(column);
        }
        self.row_goal = moved.row_goal.map(|column| (at, column));
    }

    /// What an operator applies to.
    pub(super) fn region(
        &mut self,
        operator: Operator,
        target: &Target,
        force: Option<super::command::Force>,
        count: Option<usize>,
        work: &mut Work<'_>,
    ) -> Option<Region> {
        match target {
            // `_` is as good as the operator twice.
            Target::Lines | Target::Motion(Motion::LinesBelow) => {
                let last = down(work, count.unwrap_or(1) - 1)?;
                let mut region = Region::of_lines(work, work.line(), last);
                if operator != Operator::Yank {
                    // The motion goes to the first character of the last line, which may be before the cursor.
                    region.origin = region.origin.min(work.lines().first_nonblank(last));
                }
                Some(region)
            }
            Target::Object { kind, around } => {
                let wanted = Wanted { around: *around, count: count.unwrap_or(1) };
                let object = kind.at(&work.lines(), work.cursor, wanted)?;
                let span = match (object.is_linewise, object.is_inclusive) {
                    (true, _) => super::motion::Span::Lines,
                    (_, true) => super::motion::Span::Inclusive,
                    _ => super::motion::Span::Exclusive,
                };
                // The text of a tag goes up to the next one, even over a line's end.
                let keeps_end = *kind == ObjectKind::Tag;
                let ends = Ends { start: object.start, end: object.end, span, keeps_end, fills_one: false };
                Some(Region::between(work, ends, force, operator))
            }
            Target::Motion(motion) => {
                let purpose = Purpose { operator: Some(operator), is_visual: false };
                let moved = self.target(motion, count, purpose, work)?;
                if moved.is_short && matches!(motion, Motion::PreviousWord(_) | Motion::PreviousWordEnd(_)) {
                    // Fewer words than asked for: nothing is changed, but the cursor goes there, as in vim.
                    work.go(moved.at);
                    return None;
                }
                if moved.is_jump {
                    self.remember_jump(work.cursor, work);
                }
                let ends = Ends {
                    start: work.cursor,
                    end: moved.at,
                    span: moved.span,
                    keeps_end: moved.keeps_end,
                    fills_one: moved.fills_one,
                };
                Some(Region::between(work, ends, force, operator))
            }
            Target::Selection { as_lines } => Some(Region::selected(work, *as_lines, true)),
        }
    }

    /// `.`: the last change again, with another count if one is given.
    fn repeat(&mut self, count: Option<usize>, work: &mut Work<'_>) {
        let Some(mut change) = self.last_change.clone() else { return work.fail() };
        if count.is_some() {
            change.count = count;
            if let Some(last) = &mut self.last_change {
                last.count = count;
            }
        }
        if let Some(digit @ '1'..='8') = change.register {
            // Putting register 1 again and again brings back what was deleted, one by one.
            change.register = char::from_digit(digit.to_digit(10).unwrap_or(0) + 1, 10);
            if let Some(last) = &mut self.last_change {
                last.register = change.register;
            }
        }
        if let Some(extent) = change.extent {
            self.select_extent(extent, work);
        }
        self.queue.push_front(&change.keys, Source::Repeat);
        self.replayed = Some(change);
    }

    fn set_mark(&mut self, name: char, work: &mut Work<'_>) {
        if name.is_ascii_lowercase() || matches!(name, '\'' | '`' | '<' | '>' | '[' | ']') {
            let at = work.cursor;
            self.marks_of(work.document).set(name, at);
        } else {
            work.fail();
        }
    }

    fn record(&mut self, name: char, work: &mut Work<'_>) {
        if name.is_ascii_alphanumeric() || name == '"' {
            if work.source == Source::Typed {
                self.macros.begin(name);
            }
        } else {
            work.fail();
        }
    }

    /// Ends the recording.
    pub(super) fn end_recording(&mut self) {
        if let Some((name, keys)) = self.macros.end() {
            let text = keys.into_iter().map(key_text).collect();
            let content = super::Register { text, is_linewise: false };
            if name.is_ascii_uppercase() {
                self.registers.set(name, content);
            } else {
                self.registers.note(name, content);
            }
        }
    }

    fn play(&mut self, name: char, times: usize, work: &mut Work<'_>) {
        let name = if name == '@' { self.macros.last_played } else { Some(name) };
        let Some(name) = name else { return work.fail() };
        if name == ':' {
            return self.repeat_ex(times, work);
        }
        let Some(content) = self.registers.get(name) else { return work.fail() };
        self.macros.last_played = Some(name);
        let keys: Vec<Key> = content.text.chars().map(text_key).collect();
        for _ in 0..times {
            self.queue.push_front(&keys, Source::Macro);
        }
    }
}

fn undo_times(command: &EditorCommand, times: usize, work: &mut Work<'_>) {
    for _ in 0..times.min(10_000) {
        work.effect(Effect::Editor(command.clone()));
    }
}

use super::change::{add, toggle_case};

/// A key as a macro's register holds it.
fn key_text(key: Key) -> String {
    use crate::input::KeyCode;
    match key.code {
        KeyCode::Char(c) if key.ctrl && c.is_ascii_alphabetic() => {
            char::from(c.to_ascii_uppercase() as u8 & 0x1f).to_string()
        }
        KeyCode::Char('[') if key.ctrl => "\u{1b}".to_owned(),
        KeyCode::Char(c) if !key.ctrl && !key.alt => c.to_string(),
        KeyCode::Enter => "\r".to_owned(),
        KeyCode::Tab => "\t".to_owned(),
        KeyCode::Esc => "\u{1b}".to_owned(),
        KeyCode::Backspace => "\u{8}".to_owned(),
        _ => SPECIAL.iter().find(|(code, _)| *code == key.code).map(|(_, c)| c.to_string()).unwrap_or_default(),
    }
}

/// Keys that type nothing, as characters of Unicode's private use area: a register is text.
const SPECIAL: [(crate::input::KeyCode, char); 9] = {
    use crate::input::KeyCode;
    [
        (KeyCode::Up, '\u{f700}'),
        (KeyCode::Down, '\u{f701}'),
        (KeyCode::Left, '\u{f702}'),
        (KeyCode::Right, '\u{f703}'),
        (KeyCode::Delete, '\u{f728}'),
        (KeyCode::Home, '\u{f729}'),
        (KeyCode::End, '\u{f72b}'),
        (KeyCode::PageUp, '\u{f72c}'),
        (KeyCode::PageDown, '\u{f72d}'),
    ]
};

/// The key that a character of a macro stands for.
fn text_key(c: char) -> Key {
    use crate::input::KeyCode;
    if let Some((code, _)) = SPECIAL.iter().find(|(_, special)| *special == c) {
        return Key::plain(*code);
    }
    match c {
        '\r' | '\n' => Key::plain(KeyCode::Enter),
        '\t' => Key::plain(KeyCode::Tab),
        '\u{1b}' => Key::plain(KeyCode::Esc),
        '\u{8}' => Key::plain(KeyCode::Backspace),
        '\u{1}'..='\u{1a}' => {
            let letter = char::from_u32(u32::from(c) + 0x60).unwrap_or('a');
            Key { ctrl: true, ..Key::plain(KeyCode::Char(letter)) }
        }
        c => Key::plain(KeyCode::Char(c)),
    }
}

impl Command {
    /// The direction of a search that has to be typed first.
    fn prompts_search(&self) -> Option<Direction> {
        match &self.action {
            Action::Move(Motion::Prompt(direction))
            | Action::Operate { target: Target::Motion(Motion::Prompt(direction)), .. } => Some(*direction),
            _ => None,
        }
    }
}

impl Action {
    /// Whether `.` repeats it.
    fn is_repeatable(&self) -> bool {
        match self {
            Self::Operate { operator, .. } => *operator != Operator::Yank,
            Self::Insert(_)
            | Self::Overwrite
            | Self::ReplaceCharacter(_)
            | Self::ToggleCase
            | Self::Join { .. }
            | Self::Put { .. }
            | Self::RepeatSubstitute { .. }
            | Self::Add { .. } => true,
            _ => false,
        }
    }
}
