//! Somebody who types words that nobody else types, as fast as their own screen shows them, and remembers which of them the status
//! line called durable.

use super::Tui;
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

/// Words on a line.
const LINE: usize = 6;

/// How long the typist looks at the status line at the end of a line, waiting for it to say that all is durable.
const LOOK: Duration = Duration::from_millis(500);

/// What a typist has done so far, for others to see while it types.
#[derive(Debug)]
pub struct Typed {
    name: &'static str,
    /// How many words are on the typist's screen.
    shown: AtomicUsize,
    /// How many of them were durable when the typist last looked.
    durable: AtomicUsize,
}

impl Typed {
    /// Nothing yet, by somebody whose words begin with `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, shown: AtomicUsize::new(0), durable: AtomicUsize::new(0) }
    }

    fn word(&self, number: usize) -> String {
        format!("{}{number:05}", self.name)
    }

    /// The words that are on the typist's screen.
    pub fn words(&self) -> Vec<String> {
        (0..self.shown.load(Ordering::SeqCst)).map(|number| self.word(number)).collect()
    }

    /// The words that were durable when the typist last looked.
    pub fn durable(&self) -> Vec<String> {
        (0..self.durable.load(Ordering::SeqCst)).map(|number| self.word(number)).collect()
    }

    /// How many words were typed.
    pub fn count(&self) -> usize {
        self.shown.load(Ordering::SeqCst)
    }

    /// Panics unless each typed word stands exactly once in a text.
    pub fn assert_each_once(&self, text: &str) {
        for word in self.words() {
            assert_eq!(text.matches(&word).count(), 1, "{word} must stand once in the text:\n{text}");
        }
    }

    /// Types until it is told to stop. Each word is on the typist's own screen before the next one comes.
    pub fn type_until(&self, tui: &mut Tui, stop: &AtomicBool) {
        while !stop.load(Ordering::SeqCst) {
            let number = self.count();
            let word = self.word(number);
            tui.keys(&format!("{word} "));
            tui.wait_for(&word);
            self.shown.store(number + 1, Ordering::SeqCst);
            // The status line and the word are painted together: it speaks of this word too.
            let is_safe = |screen: &vt100::Screen| screen.contents().contains("durable ✓");
            if (number + 1).is_multiple_of(LINE) {
                if tui.holds_within(LOOK, is_safe) {
                    self.durable.store(number + 1, Ordering::SeqCst);
                }
                tui.keys("<cr>");
            }
        }
    }
}
