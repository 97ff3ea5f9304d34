//! Keys that wait to be carried out, and the macros that put them there (`q`, `@`).

use crate::input::Key;
use std::collections::VecDeque;

/// Keys that may wait: a macro that calls itself without end stops here.
const QUEUE_MAX: usize = 100_000;
/// Steps that one pressed key may lead to: a macro that repeats itself without failing stops here.
const STEPS_MAX: usize = 200_000;

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Typed,
    Macro,
    /// The repetition of a change, which is not recorded as one.
    Repeat,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    keys: VecDeque<(Key, Source)>,
    steps: usize,
}

impl Queue {
    pub fn push(&mut self, key: Key, source: Source) {
        if self.keys.is_empty() {
            self.steps = 0;
        }
        self.keys.push_back((key, source));
    }

    /// Puts keys before all others.
    pub fn push_front(&mut self, keys: &[Key], source: Source) {
        if self.keys.len() + keys.len() > QUEUE_MAX || self.steps > STEPS_MAX {
            self.drop_played();
            return;
        }
        for key in keys.iter().rev() {
            self.keys.push_front((*key, source));
        }
    }

    pub fn next(&mut self) -> Option<(Key, Source)> {
        self.steps += 1;
        self.keys.pop_front()
    }

    /// Drops what was not typed: something failed.
    pub fn drop_played(&mut self) {
        self.keys.retain(|(_, source)| *source == Source::Typed);
    }
}

/// The macro that is recorded, and the last one that was played.
#[derive(Debug, Default)]
pub(super) struct Macros {
    recording: Option<(char, Vec<Key>)>,
    pub last_played: Option<char>,
}

impl Macros {
    pub fn recording(&self) -> Option<char> {
        self.recording.as_ref().map(|(name, _)| *name)
    }

    pub fn begin(&mut self, register: char) {
        self.recording = Some((register, Vec::new()));
    }

    /// Adds a key that was pressed.
    pub fn record(&mut self, key: Key) {
        if let Some((_, keys)) = &mut self.recording {
            keys.push(key);
        }
    }

    /// Ends the recording; the key that ended it does not belong to it.
    pub fn end(&mut self) -> Option<(char, Vec<Key>)> {
        let (register, mut keys) = self.recording.take()?;
        keys.pop();
        Some((register, keys))
    }
}
