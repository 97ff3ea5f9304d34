//! Lines that were typed into a prompt, to be had again. Knows no prompt.

/// Lines that a history keeps.
const HISTORY_MAX: usize = 100;

/// Lines that were typed, the newest last.
#[derive(Debug, Clone, Default)]
pub struct History {
    lines: Vec<String>,
}

impl History {
    /// Keeps a line as the newest one.
    pub fn remember(&mut self, line: &str) {
        self.lines.retain(|known| known != line);
        self.lines.push(line.to_owned());
        if self.lines.len() > HISTORY_MAX {
            self.lines.remove(0);
        }
    }

    /// A line by its number, counted from the newest, which is 0.
    pub fn get(&self, from_newest: usize) -> Option<&String> {
        self.lines.len().checked_sub(from_newest + 1).and_then(|at| self.lines.get(at))
    }

    /// The number of the line to show next, older or newer than the one that is shown (none: what is being typed); none where that is
    /// what is being typed.
    pub fn step(&self, shown: Option<usize>, older: bool) -> Option<usize> {
        match (shown, older) {
            (None, true) => Some(0),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
            (None, false) => None,
        }
    }
}
