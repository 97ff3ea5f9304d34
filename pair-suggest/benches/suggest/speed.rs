//! What a suggestion and an edit cost in a room of 5,000 lines, and what the model takes. Knows no other system but by its trait.

use crate::{corpus::Corpus, systems::System};
use pair_suggest::RoomModel;
use protocol::{ByteOffset, DocumentPath};
use std::time::{Duration, Instant};

/// Lines of the room.
pub const LINES: usize = 5_000;

/// Keys that are timed per run.
const KEYS: usize = 1_500;

/// The times of one run.
#[derive(Debug, Default)]
pub struct Times {
    pub suggestions: Vec<Duration>,
    pub edits: Vec<Duration>,
}

/// A text of so many lines out of some files, and the file that is written behind it.
pub fn room(corpus: &Corpus) -> (String, &str) {
    let mut sources = corpus.sources.iter().map(|source| source.text.as_str());
    let written = sources.next().unwrap_or_default();
    let lines = sources.flat_map(str::lines).take(LINES).collect::<Vec<_>>();
    assert_eq!(lines.len(), LINES, "the files have too few lines");
    (lines.join("\n") + "\n", written)
}

/// A file is written behind the room's text.
pub fn writing(system: &mut dyn System, language: &'static str, room: &str, written: &str) -> Times {
    let text = [room, written].concat();
    system.begin(language);
    system.grow(room, 0);
    let ends = written.char_indices().map(|(at, c)| (room.len() + at, room.len() + at + c.len_utf8()));
    let mut times = Times::default();
    for (from, to) in ends.take(KEYS) {
        let begun = Instant::now();
        system.grow(&text[..to], from);
        times.edits.push(begun.elapsed());
        let begun = Instant::now();
        std::hint::black_box(system.suggest(&text[..to]));
        times.suggestions.push(begun.elapsed());
    }
    times
}

/// Letters, words and lines come and go all over the room's text; with what the model takes then, in bytes.
pub fn scattered(language: &str, room: &str, seed: u64) -> (Times, usize) {
    let (mut model, document) = (RoomModel::new(language), DocumentPath::main());
    model.open(&document, room);
    let (mut times, mut random, mut length) = (Times::default(), seed, room.len());
    for step in 0..KEYS {
        random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let at = usize::try_from(random >> 33).unwrap() % length;
        let (removed, inserted) = [(0, "x"), (0, "self.name"), (1, ""), (0, "\n    "), (8, "")][step % 5];
        let begun = Instant::now();
        model.edit(&document, ByteOffset(at).span(removed), inserted);
        times.edits.push(begun.elapsed());
        length = model.followed_bytes();
        let begun = Instant::now();
        std::hint::black_box(model.suggest(&document, ByteOffset(at + inserted.len())));
        times.suggestions.push(begun.elapsed());
    }
    (times, model.memory())
}

/// Bytes of memory that this process has taken, as the system counts them.
pub fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4_096
}
