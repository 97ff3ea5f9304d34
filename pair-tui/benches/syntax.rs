//! What highlighting costs in a Rust file of 50,000 lines: reading all of it, reading again what a key touched, asking for what is shown,
//! and a key from the event to the last byte for the terminal (the terminal itself left out). Figures only. Run by `scripts/bench syntax`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark: what fails ends it")]

#[path = "../../pair-server/benches/report/figures.rs"]
mod figures;
mod long_file;

use figures::{Figure, percentile, report};
use long_file::{LINES, Places, app, paint, path, source, terminal};
use pair_tui::{
    app::{
        App,
        event::{Event, RoomEvent},
        update::update,
    },
    editor::{
        Editor,
        buffer::Buffer,
        syntax::{Recolor, language},
    },
    input::{Key, KeyCode},
};
use protocol::{ByteOffset, ClientId, Document, ParticipantId, message::server::Edited};
use std::{
    fs,
    time::{Duration, Instant},
};

const RUNS: usize = 3;
/// Keys, edits of a peer and screens looked at per run.
const STEPS: usize = 210;
/// What is typed, again and again, each time at another place: code that is sound when it is complete.
const TYPED: &str = "// note\nlet x = f(\"a\", 1)?; // e\n";

/// Lets the worker's work be done here, and gives how long it took.
fn read(app: &mut App, now_ms: u64) -> Duration {
    let begun = Instant::now();
    let job = app.parse_job().expect("there is something to read");
    let parsed = job.run(&mut || true);
    let took = begun.elapsed();
    update(app, Event::Parsed { parsed: Box::new(parsed), recolor: Recolor::All }, now_ms);
    took
}

/// Resident memory of this process in MB; 0 where the system does not tell.
fn resident_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// One run's times, by figure.
#[derive(Default)]
struct Times {
    first: Vec<Duration>,
    ask: Vec<Duration>,
    key: Vec<Duration>,
    reread: Vec<Duration>,
    peer: Vec<Duration>,
    reread_peer: Vec<Duration>,
    bytes: Vec<f64>,
    megabytes: f64,
}

impl Times {
    #[allow(clippy::cast_precision_loss, reason = "a count of keys")]
    fn bytes_per_key(&self) -> f64 {
        self.bytes.iter().sum::<f64>() / self.bytes.len() as f64
    }
}

fn run(document: &Document, times: &mut Times) {
    let mut places = Places(7);
    let mut app = app(document);
    let (mut screen, counter) = terminal();
    let before = resident_mb();
    times.first.push(read(&mut app, 0));
    times.megabytes = resident_mb() - before;
    let mut peer = Buffer::new(ClientId::from_random_32(2));
    peer.apply(&document.snapshot()).unwrap();
    let mut now_ms = 1_000;
    let mut typed = TYPED.chars().cycle();
    let mut removes = None;
    for step in 0..STEPS {
        now_ms += 600;
        // Where somebody types there is code: the line is gone to as a person goes there, not measured.
        if step % TYPED.len() == 0 {
            for _ in 0..20 + places.below(100) {
                update(&mut app, Event::Key(Key::plain(KeyCode::PageDown)), now_ms);
            }
            update(&mut app, Event::Key(Key::plain(KeyCode::Home)), now_ms);
            paint(&app, &mut screen);
        }
        let begun = Instant::now();
        let highlights = app.editor().map(Editor::highlights);
        times.ask.push(begun.elapsed());
        drop(highlights);

        let code = typed.next().map_or(KeyCode::Enter, |c| if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) });
        let begun = Instant::now();
        let sent = counter.0.get();
        update(&mut app, Event::Key(Key::plain(code)), now_ms);
        paint(&app, &mut screen);
        times.key.push(begun.elapsed());
        times.bytes.push(f64::from(u32::try_from(counter.0.get() - sent).unwrap()));
        times.reread.push(read(&mut app, now_ms));

        // A peer types a letter somewhere, and takes it away again.
        let (range, letter) = if let Some(at) = removes.take() {
            (ByteOffset(at)..ByteOffset(at + 1), "")
        } else {
            let at = peer.text().clamp(ByteOffset(places.below(peer.text().len().0)));
            removes = Some(at.0);
            (at..at, "y")
        };
        let edit = peer.edit(range, letter, now_ms).unwrap();
        let participant = ParticipantId::new(2).unwrap();
        let edited = Edited { document: path(), participant, update: edit.update.into() };
        let begun = Instant::now();
        update(&mut app, Event::Room(RoomEvent::Message(Box::new(edited.into()))), now_ms);
        paint(&app, &mut screen);
        times.peer.push(begun.elapsed());
        times.reread_peer.push(read(&mut app, now_ms));
    }
}

fn main() {
    let begun = Instant::now();
    let rust = language::named("rust").and_then(|language| language.grammar).unwrap();
    rust.load().unwrap();
    let loaded = begun.elapsed();
    let text = source();
    let mut document = Document::new(ClientId::from_random_32(9));
    document.edit(ByteOffset(0)..ByteOffset(0), &text, 0).unwrap();
    let mut runs: Vec<Times> = Vec::new();
    for _ in 0..RUNS {
        let mut times = Times::default();
        run(&document, &mut times);
        runs.push(times);
    }
    println!("syntax: Rust, {LINES} lines, {} bytes; 120x40, 24-bit colours", text.len());
    println!("reading the queries, once per process: {loaded:?}");
    let mut figures = Vec::new();
    let mut figure = |name: &str, share: f64, pick: fn(&mut Times) -> &mut Vec<Duration>| {
        let values = runs.iter_mut().map(|times| percentile(pick(times), share)).collect();
        figures.push(Figure::new(format!("{name}, p{:.0}", share * 100.0), "us", values));
    };
    figure("the first reading of the whole file", 0.5, |times| &mut times.first);
    for share in [0.5, 0.99] {
        figure("a key, from the event to the last byte", share, |times| &mut times.key);
        figure("of it: asking for what is shown", share, |times| &mut times.ask);
        figure("reading again after a key (worker)", share, |times| &mut times.reread);
        figure("a peer's edit, from the message to the last byte", share, |times| &mut times.peer);
        figure("reading again after a peer's edit (worker)", share, |times| &mut times.reread_peer);
    }
    let all = |pick: fn(&Times) -> f64| runs.iter().map(pick).collect();
    figures.push(Figure::new("memory of the tree (the first run's counts)", "MB", all(|times| times.megabytes)));
    figures.push(Figure::new("sent to the terminal per key, mean", "bytes", all(Times::bytes_per_key)));
    report("syntax", &figures);
}
