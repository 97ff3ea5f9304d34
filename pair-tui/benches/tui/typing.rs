//! Keys at a steady pace, and what each costs: the time to the first and to the last byte that the program writes because of it, and how
//! many bytes those are. Nothing looks for the end of a repaint: **everything that is written before the next key belongs to the key**,
//! so that a second repaint (colours that come later, a status line that changes) counts, in time and in bytes. Knows no editor.

use super::terminal::{Chunk, Terminal, before_cursor};
use std::{
    fs::OpenOptions,
    io::Write,
    thread,
    time::{Duration, Instant},
};

/// What is typed: code as it comes, incomplete until each line's end.
const CODE: &str = "let total: usize = lines.iter().map(len).sum();
if total > limit { return Err(\"too long\".into()); }
";

/// What one key cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From the key to the first byte; none where nothing was written.
    pub first: Option<Duration>,
    /// From the key to the last byte.
    pub last: Option<Duration>,
    /// From the key until what was typed so far stands before the cursor.
    pub echo: Option<Duration>,
    /// How many bytes.
    pub bytes: usize,
}

/// One key: what it sends, and what stands before the cursor when it is on the screen (none: that is not looked at).
#[derive(Debug, Clone)]
pub struct Press {
    bytes: Vec<u8>,
    echo: Option<String>,
}

/// So many keys of [`CODE`].
pub fn code(keys: usize) -> Vec<Press> {
    let mut line = String::new();
    let press = |c: char| {
        if c == '\n' {
            line.clear();
            return Press { bytes: b"\r".to_vec(), echo: Some(String::new()) };
        }
        line.push(c);
        Press { bytes: c.to_string().into_bytes(), echo: Some(line.clone()) }
    };
    CODE.chars().cycle().take(keys).map(press).collect()
}

/// The same key so many times.
pub fn same(key: &[u8], keys: usize) -> Vec<Press> {
    vec![Press { bytes: key.to_vec(), echo: None }; keys]
}

/// Presses keys at a pace.
pub fn press_all(terminal: &mut Terminal, presses: &[Press], pace: Duration) -> Vec<Cost> {
    terminal.take();
    presses.iter().map(|press| press_one(terminal, press, pace)).collect()
}

/// Adds what a key cost to the file that `PAIR_BENCH_KEYS` names, if it does: when each piece came, in microseconds, and what it was. For
/// whoever looks for where the time or the bytes go.
fn note(press: &Press, at: Instant, chunks: &[Chunk]) {
    let Some(path) = std::env::var_os("PAIR_BENCH_KEYS") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a file for the keys");
    writeln!(file, "key {}", press.bytes.escape_ascii()).expect("room for the keys");
    for chunk in chunks {
        let after = chunk.at.duration_since(at).as_micros();
        writeln!(file, "  {after:>6} us {:>4} bytes  {}", chunk.bytes.len(), chunk.bytes.escape_ascii()).expect("room");
    }
}

fn press_one(terminal: &mut Terminal, press: &Press, pace: Duration) -> Cost {
    let mut before = press.echo.as_ref().map(|_| terminal.copy_of_screen());
    let at = terminal.send(&press.bytes);
    thread::sleep(pace);
    let chunks = terminal.take();
    note(press, at, &chunks);
    let since = |chunk: &Chunk| chunk.at.duration_since(at);
    let echo = press.echo.as_ref().zip(before.as_mut()).and_then(|(wanted, screen)| {
        let shows = |chunk: &&Chunk| {
            screen.process(&chunk.bytes);
            is_typed(screen.screen(), wanted)
        };
        chunks.iter().find(shows).map(since)
    });
    Cost {
        first: chunks.first().map(since),
        last: chunks.last().map(since),
        echo,
        bytes: chunks.iter().map(|chunk| chunk.bytes.len()).sum(),
    }
}

/// Whether the typed part of a line stands before the cursor; of an empty one, nothing but a line number and blanks.
fn is_typed(screen: &vt100::Screen, wanted: &str) -> bool {
    let before = before_cursor(screen);
    if wanted.is_empty() {
        return before.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || c == '│');
    }
    before.trim_end().ends_with(wanted.trim_end())
}

/// Sends what a terminal makes of a paste; gives the time until its last line is on the screen.
pub fn paste(terminal: &mut Terminal, pasted: &str, last_line: &str) -> Duration {
    terminal.take();
    let begun = Instant::now();
    terminal.send(pasted.as_bytes());
    terminal.wait_for("the end of the paste", |screen| screen.contents().contains(last_line)).duration_since(begun)
}
