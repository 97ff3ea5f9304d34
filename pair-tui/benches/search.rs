//! What searching, replacing and several cursors cost in a Rust file of 50,000 lines: each key of the prompt from the event to the last
//! byte for the terminal, a peer's edit while matches are counted, and how long it takes until all are. Run by `scripts/bench search`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark: what fails ends it")]

#[path = "../../pair-server/benches/report/figures.rs"]
mod figures;
mod long_file;

use figures::{Figure, percentile, report};
use long_file::{Counter, LINES, Places, app, paint, path, source, terminal};
use pair_tui::{
    app::{
        App,
        event::{Event, RoomEvent},
        run::REPAINT_EVERY,
        update::update,
    },
    editor::buffer::Buffer,
    input::key::parse_keys,
    terminal::painter::Painter,
};
use protocol::{ByteOffset, ClientId, Document, ParticipantId, message::server::Edited};
use ratatui::Terminal;
use std::time::{Duration, Instant};

const RUNS: usize = 5;
/// Edits of a peer, and keys at several cursors, per run.
const STEPS: u64 = 100;
/// What is typed into the prompt as plain characters: found often, seldom, and not at all.
const PLAIN: &str = "self.documents of nobody";
/// The same as a regular expression; from its first half on nothing is found, which is the most there is to look through.
const EXPRESSION: &str = r"fn \w+\(nobody.*\)";

struct Bench {
    app: App,
    screen: Terminal<Painter<Counter>>,
    now_ms: u64,
}

impl Bench {
    fn new(document: &Document) -> Self {
        Self { app: app(document), screen: terminal().0, now_ms: 1_000 }
    }

    fn event(&mut self, event: Event) -> Duration {
        self.now_ms += 600;
        let begun = Instant::now();
        drop(update(&mut self.app, event, self.now_ms));
        paint(&self.app, &mut self.screen);
        begun.elapsed()
    }

    /// Presses keys, each painted.
    fn keys(&mut self, keys: &str) -> Vec<Duration> {
        parse_keys(keys).unwrap().into_iter().map(|key| self.event(Event::Key(key))).collect()
    }

    /// Lets the clock tick until all matches are counted; how often, and how long that took in all.
    fn count(&mut self) -> (u32, Duration) {
        let (mut ticks, mut work) = (0, Duration::ZERO);
        while self.app.search.is_counting() {
            work += self.event(Event::Tick);
            ticks += 1;
        }
        (ticks, work)
    }
}

/// One run's times, by figure.
#[derive(Default)]
struct Times {
    plain: Vec<Duration>,
    expression: Vec<Duration>,
    next: Vec<Duration>,
    peer: Vec<Duration>,
    counting: Vec<Duration>,
    ticks: f64,
    replace: Vec<Duration>,
    undo: Vec<Duration>,
    replaced: f64,
    hundred: Vec<Duration>,
    thousand: Vec<Duration>,
}

fn run(document: &Document) -> Times {
    let mut times = Times::default();
    let mut bench = Bench::new(document);
    bench.keys("<c-f>");
    times.plain = bench.keys(PLAIN);
    bench.keys("<esc><c-f><a-r>");
    times.expression = bench.keys(EXPRESSION);
    let (ticks, work) = bench.count();
    (times.ticks, times.counting) = (f64::from(ticks), vec![work]);
    bench.keys("<esc><c-f><a-r>");
    bench.keys("let");
    bench.count();
    times.next = bench.keys(&"<cr>".repeat(50));
    edits_of_a_peer(document, &mut bench, &mut times);
    bench.keys("<esc><c-home><c-r>");
    bench.keys("let<cr>leave");
    bench.count();
    let matches = |bench: &Bench| bench.app.editor().unwrap().text().to_string().matches("leave").count();
    let before = matches(&bench);
    times.replace = bench.keys("<a-a>");
    times.replaced = f64::from(u32::try_from(matches(&bench) - before).unwrap());
    times.undo = bench.keys("<c-z>");
    for (cursors, steps) in [(100, &mut times.hundred), (1_000, &mut times.thousand)] {
        let mut bench = Bench::new(document);
        bench.keys(&"<s-a-down>".repeat(cursors - 1));
        for _ in 0..STEPS / 10 {
            steps.extend(bench.keys("x"));
        }
    }
    times
}

/// A peer types letters all over the text while the prompt is open.
fn edits_of_a_peer(document: &Document, bench: &mut Bench, times: &mut Times) {
    let mut places = Places(7);
    let mut peer = Buffer::new(ClientId::from_random_32(2));
    peer.apply(&document.snapshot()).unwrap();
    for step in 0..STEPS {
        let at = peer.text().clamp(ByteOffset(places.below(peer.text().len().0)));
        let edit = peer.edit(at..at, "y", step * 1_000).unwrap();
        let participant = ParticipantId::new(2).unwrap();
        let edited = Edited { document: path(), participant, update: edit.update.into() };
        times.peer.push(bench.event(Event::Room(RoomEvent::Message(Box::new(edited.into())))));
    }
}

fn main() {
    let text = source();
    let mut document = Document::new(ClientId::from_random_32(9));
    document.edit(ByteOffset(0)..ByteOffset(0), &text, 0).unwrap();
    let mut runs: Vec<Times> = (0..RUNS).map(|_| run(&document)).collect();
    println!("search: Rust, {LINES} lines, {} bytes; 120x40, 24-bit colours, no tree", text.len());
    let frame = REPAINT_EVERY.as_secs_f64() * 1e6;
    let mut figures = Vec::new();
    let mut figure = |name: &str, share: f64, goal: Option<f64>, pick: fn(&mut Times) -> &mut Vec<Duration>| {
        let values = runs.iter_mut().map(|times| percentile(pick(times), share)).collect();
        let figure = Figure::new(format!("{name}, {}", if share < 1.0 { "p50" } else { "most" }), "us", values);
        figures.push(match goal {
            Some(goal) => figure.at_most(goal),
            None => figure,
        });
    };
    for (share, goal) in [(0.5, None), (1.0, Some(frame))] {
        figure("a key of a pattern of plain characters", share, goal, |times| &mut times.plain);
        figure("a key of a regular expression", share, goal, |times| &mut times.expression);
        figure("to the next match", share, goal, |times| &mut times.next);
        figure("a peer's edit while the prompt is open", share, goal, |times| &mut times.peer);
    }
    figure("a letter at 100 cursors", 0.5, Some(frame), |times| &mut times.hundred);
    figure("a letter at 1,000 cursors", 0.5, None, |times| &mut times.thousand);
    figure("replacing all", 0.5, None, |times| &mut times.replace);
    figure("undoing that", 0.5, None, |times| &mut times.undo);
    figure("all of the counting of an expression", 0.5, None, |times| &mut times.counting);
    let all = |pick: fn(&Times) -> f64| runs.iter().map(pick).collect();
    figures.push(Figure::new("ticks of the clock for that", "ticks", all(|times| times.ticks)));
    figures.push(Figure::new("matches replaced", "matches", all(|times| times.replaced)));
    report("search", &figures);
}
