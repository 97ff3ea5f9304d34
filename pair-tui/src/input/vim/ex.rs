//! Ex commands: the line behind `:`, its range and its command.

use super::{
    options::Set,
    state::{Effect, Vim},
    work::Work,
};
use crate::{editor::position::LineIndex, input::Command as ProgramCommand, input::History};

mod line;
mod range;
mod substitute;
mod write;

pub(super) use substitute::Confirm;
use substitute::LastSubstitute;

/// What Ex commands remember.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub history: History,
    last_line: Option<String>,
    substitute: Option<LastSubstitute>,
}

impl Memory {
    pub fn last_line(&self) -> Option<&str> {
        self.last_line.as_deref()
    }
}

/// The lines a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: LineIndex,
    last: LineIndex,
    /// Whether it was written, and with how many numbers.
    given: usize,
}

impl Vim {
    /// Carries out a line.
    pub(super) fn run_line(&mut self, text: &str, work: &mut Work<'_>) {
        let text = text.trim_start_matches([':', ' ', '\t']);
        if text.trim().is_empty() {
            return;
        }
        self.ex.last_line = Some(text.to_owned());
        if let Err(problem) = self.execute(text, work) {
            work.fail_with(problem);
        }
        if self.mode == super::Mode::Normal {
            work.cursor = work.lines().on_character(work.cursor);
        }
    }

    /// `@:`
    pub(super) fn repeat_ex(&mut self, times: usize, work: &mut Work<'_>) {
        let Some(line) = self.ex.last_line.clone() else { return work.fail() };
        self.macros.last_played = Some(':');
        for _ in 0..times {
            self.run_line(&line, work);
        }
    }

    fn execute(&mut self, text: &str, work: &mut Work<'_>) -> Result<(), String> {
        let (range, rest) = self.read_range(text, work)?;
        let (name, arguments) = line::split(rest);
        if let Some(written) = Self::write(name, range, arguments, work) {
            return written;
        }
        match name {
            "" if !arguments.trim().is_empty() => return Err(format!("{arguments:?} is no command")),
            "" => Self::go_to_line(range, work),
            "q" | "quit" | "qa" | "qall" => work.effect(Effect::Run(ProgramCommand::Quit)),
            "q!" | "quit!" | "qa!" | "qall!" | "cq" => work.effect(Effect::QuitAtOnce),
            "e" | "edit" | "e!" | "edit!" => Self::edit_other(arguments, work),
            "n" | "next" | "bn" | "bnext" => work.effect(Effect::Run(ProgramCommand::NextDocument)),
            "h" | "help" => work.effect(Effect::Run(ProgramCommand::Help)),
            "noh" | "nohl" | "nohlsearch" => self.searches.hide(),
            "se" | "set" => self.set(arguments, work)?,
            "s" | "substitute" => self.substitute(range, arguments, work)?,
            "&" | "&&" => self.substitute_again(range, name == "&&", arguments, work)?,
            "d" | "delete" => self.delete_range(range, arguments, work),
            "y" | "yank" => self.yank_range(range, arguments, work),
            "j" | "join" => self.join_range(range, work),
            "m" | "move" => self.move_range(range, arguments, work)?,
            "t" | "co" | "copy" => self.copy_range(range, arguments, work)?,
            "k" | "ma" | "mark" => {
                let name =
                    arguments.trim().chars().next().filter(char::is_ascii_lowercase).ok_or("mark wants a letter")?;
                let at = work.lines().start(range.last);
                self.marks_of(work.document).set(name, at);
            }
            name if name.chars().all(|c| c == '>') || name.chars().all(|c| c == '<') => {
                self.shift_range(range, name, work);
            }
            "u" | "undo" => work.effect(Effect::Editor(crate::editor::EditorCommand::Undo)),
            "red" | "redo" => work.effect(Effect::Editor(crate::editor::EditorCommand::Redo)),
            other => return Err(format!("no command is called {other}; :help lists what there is")),
        }
        Ok(())
    }

    fn go_to_line(range: Range, work: &mut Work<'_>) {
        let at = work.lines().first_nonblank(range.last);
        work.go(at);
    }

    /// `:e`: a room has its documents; without a name there is nothing to read again, as all edits are shared at once.
    fn edit_other(arguments: &str, work: &mut Work<'_>) {
        if arguments.trim().is_empty() {
            work.say("the text is always the room's newest");
        } else {
            work.effect(Effect::Open(arguments.trim().to_owned()));
        }
    }

    fn set(&mut self, arguments: &str, work: &mut Work<'_>) -> Result<(), String> {
        if arguments.trim().is_empty() {
            let case = if self.options.ignore_case { "ignorecase" } else { "noignorecase" };
            work.say(format!("{case}  :help lists all options"));
        }
        for argument in arguments.split_whitespace() {
            match self.options.set(argument, work.tab)? {
                Set::Done => {}
                Set::Effect(effect) => work.effect(effect),
                Set::Show(shown) => work.say(shown),
            }
        }
        Ok(())
    }
}
