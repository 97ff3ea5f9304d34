//! What suggestions save: replays the writing of real source files that the engine has not seen, in an empty room, beside what there is
//! without it; and what they cost in a large one. Run by `scripts/bench suggest`; `suggest/replay.rs` says what is counted.
//!
//! `--seed N` and `--files N` choose other files, `--tuning` the half that the weights were found on, `--engine` leaves the others out, `NAME=VALUE` sets a
//! weight, `--chances` prints what calibrations are fitted to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::cast_precision_loss,
    reason = "a benchmark: what fails ends it"
)]

#[path = "suggest/corpus.rs"]
mod corpus;
#[path = "../../pair-server/benches/report/figures.rs"]
mod figures;
#[path = "suggest/first_provider.rs"]
mod first_provider;
#[path = "suggest/replay.rs"]
mod replay;
#[path = "suggest/speed.rs"]
mod speed;
#[path = "suggest/systems.rs"]
mod systems;

use corpus::{Corpus, Half};
use figures::{Figure, percentile, report};
use pair_suggest::{RoomModel, Weights};
use replay::Tally;
use systems::{CannedHints, Engine, FirstProvider, NearestWord, System};

/// Runs of what is timed.
const RUNS: u64 = 5;

/// The seed of the list of files, and how many there are of each language.
const SEED: u64 = 2_026;
const FILES: u64 = 100;

/// What the engine must save, in times what the nearest word does; how many of a hundred suggestions must be right; microseconds.
const SAVED_GOAL: f64 = 1.5;
const RIGHT_GOAL: f64 = 50.0;
const SUGGESTION_GOAL: f64 = 2_000.0;
const EDIT_GOAL: f64 = 50.0;

/// A weight by its name on the command line: `f3` and `a3` are the doubts about the fourth context.
fn weight<'w>(weights: &'w mut Weights, name: &str) -> &'w mut f64 {
    match name {
        "near" => &mut weights.near,
        "near_tokens" => &mut weights.near_tokens,
        "room" => &mut weights.room,
        "copies" => &mut weights.copies,
        "new_word_first" => &mut weights.new_word.0,
        "new_word_each" => &mut weights.new_word.1,
        "new_word_complete" => &mut weights.new_word_complete,
        "fresh_slope" => &mut weights.calibrations.0.slope,
        "fresh_offset" => &mut weights.calibrations.0.offset,
        "begun_slope" => &mut weights.calibrations.1.slope,
        "begun_offset" => &mut weights.calibrations.1.offset,
        "show" => &mut weights.show,
        "extend" => &mut weights.extend,
        _ => {
            let (kind, number) = name.split_at_checked(1).unwrap();
            let doubt = &mut weights.doubts[number.parse::<usize>().unwrap()];
            if kind == "f" { &mut doubt.per_follower } else { &mut doubt.always }
        }
    }
}

/// What is compared, the engine first, and the one whose savings the goal is about second.
fn systems(weights: &Weights, only_engine: bool) -> Vec<Box<dyn System>> {
    let mut systems: Vec<Box<dyn System>> = vec![
        Box::new(Engine::new(weights.clone())),
        Box::new(NearestWord { upwards: false, language: "" }),
        Box::new(NearestWord { upwards: true, language: "" }),
        Box::new(FirstProvider("")),
        Box::new(CannedHints("")),
    ];
    systems.truncate(if only_engine { 1 } else { systems.len() });
    systems
}

fn tally(system: &mut dyn System, corpus: &Corpus) -> Tally {
    let mut all = Tally::default();
    for source in &corpus.sources {
        all.add(replay::write(system, corpus.language, &source.text));
        all.add(replay::guess(system, corpus.language, &source.text));
    }
    all
}

/// The table of one language, or of all.
fn table(language: &str, systems: &[Box<dyn System>], tallies: &[Tally]) {
    println!("\n{language:<32}{:>10}{:>12}{:>10}{:>16}{:>10}", "saved", "next token", "mrr", "right of shown", "shown");
    for (system, tally) in systems.iter().zip(tallies) {
        println!(
            "  {:<30}{:>8.2} %{:>10.2} %{:>10.4}{:>14.2} %{:>10}",
            system.name(),
            tally.saved() * 100.0,
            tally.accuracy() * 100.0,
            tally.reciprocal_rank(),
            tally.precision() * 100.0,
            tally.shown
        );
    }
}

/// The figures of the tallies of one language, or of all.
fn quality(language: &str, systems: &[Box<dyn System>], tallies: &[Tally], figures: &mut Vec<Figure>) {
    for (system, tally) in systems.iter().zip(tallies) {
        let name = |what: &str| format!("{language}: {}, {what}", system.name());
        figures.push(Figure::new(name("characters saved"), "%", vec![tally.saved() * 100.0]));
        figures.push(Figure::new(name("next token right"), "%", vec![tally.accuracy() * 100.0]));
        figures.push(Figure::new(name("mean reciprocal rank"), "", vec![tally.reciprocal_rank()]));
        figures.push(Figure::new(name("right of shown"), "%", vec![tally.precision() * 100.0]));
    }
    if let [engine, nearest, ..] = tallies {
        let times = engine.saved() / nearest.saved();
        figures
            .push(Figure::new(format!("{language}: saved, times nearest word"), "x", vec![times]).at_least(SAVED_GOAL));
        let right = engine.precision() * 100.0;
        figures.push(Figure::new(format!("{language}: right of what is shown"), "%", vec![right]).at_least(RIGHT_GOAL));
    }
}

/// What it costs in a room of 5,000 lines.
fn costs(weights: &Weights, corpus: &Corpus, figures: &mut Vec<Figure>) {
    let (room, written) = speed::room(corpus);
    let before = speed::resident();
    let mut model = RoomModel::new(corpus.language);
    let begun = std::time::Instant::now();
    model.open(&protocol::DocumentPath::main(), &room);
    let built = begun.elapsed().as_secs_f64() * 1e3;
    let taken = speed::resident().saturating_sub(before) as f64 / f64::from(1 << 20);
    let counted = model.memory() as f64 / f64::from(1 << 20);
    println!("\na room of {} lines, {} bytes", speed::LINES, room.len());
    figures.push(Figure::new("a model of the room from nothing", "ms", vec![built]));
    figures.push(Figure::new("memory of the model, by its own count", "MiB", vec![counted]));
    figures.push(Figure::new("memory of the model, by the system's", "MiB", vec![taken]));
    drop(model);
    let mut all = (0..RUNS).map(|run| speed::scattered(corpus.language, &room, SEED + run).0).collect::<Vec<_>>();
    let mut figure = |name: String, share: f64, goal: Option<f64>, times: &mut [Vec<std::time::Duration>]| {
        let name = format!("{name}, p{:.0}", share * 100.0);
        let figure = Figure::new(name, "us", times.iter_mut().map(|times| percentile(times, share)).collect());
        figures.push(match goal {
            Some(goal) => figure.at_most(goal),
            None => figure,
        });
    };
    let (mut edits, mut suggestions): (Vec<_>, Vec<_>) =
        all.drain(..).map(|times| (times.edits, times.suggestions)).unzip();
    for share in [0.5, 0.99] {
        figure("an edit anywhere".to_owned(), share, Some(EDIT_GOAL), &mut edits);
        figure("a suggestion anywhere".to_owned(), share, Some(SUGGESTION_GOAL), &mut suggestions);
    }
    for (nth, mut system) in systems(weights, false).into_iter().enumerate() {
        let runs = (0..RUNS).map(|_| speed::writing(&mut *system, corpus.language, &room, written));
        let (mut edits, mut suggestions): (Vec<_>, Vec<_>) = runs.map(|times| (times.edits, times.suggestions)).unzip();
        let goal = |goal: f64| (nth == 0).then_some(goal);
        for share in [0.5, 0.99] {
            figure(
                format!("a suggestion at the end: {}", system.name()),
                share,
                goal(SUGGESTION_GOAL),
                &mut suggestions,
            );
            if nth == 0 {
                figure("an edit at the end".to_owned(), share, goal(EDIT_GOAL), &mut edits);
            }
        }
    }
}

fn main() {
    let arguments = std::env::args().collect::<Vec<_>>();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let number = |name: &str, otherwise: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(otherwise, |number| number.parse().unwrap())
    };
    let mut weights = Weights::default();
    for (name, value) in arguments.iter().filter_map(|argument| argument.split_once('=')) {
        *weight(&mut weights, name) = value.parse().unwrap();
    }
    let half = if has("--tuning") { Half::Tuning } else { Half::Reporting };
    let files = usize::try_from(number("--files", FILES)).unwrap();
    let corpora = corpus::corpora(half, number("--seed", SEED), files);
    if has("--chances") {
        for corpus in &corpora {
            for source in &corpus.sources {
                let mut model = RoomModel::with_weights(corpus.language, weights.clone());
                replay::print_chances(&mut model, corpus.language, &source.text);
            }
        }
        return;
    }
    println!("suggest: seed {}, half {half:?}", number("--seed", SEED));
    let only_engine = has("--engine");
    let tallies = std::thread::scope(|scope| {
        let weights = &weights;
        let all = corpora.iter().map(|corpus| {
            scope.spawn(move || {
                systems(weights, only_engine).iter_mut().map(|system| tally(&mut **system, corpus)).collect::<Vec<_>>()
            })
        });
        let threads = all.collect::<Vec<_>>();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let (named, mut figures) = (systems(&weights, only_engine), Vec::new());
    let mut sums = vec![Tally::default(); named.len()];
    for (corpus, tallies) in corpora.iter().zip(&tallies) {
        println!(
            "{}: {} of {} files, list {:016x}",
            corpus.language,
            corpus.sources.len(),
            corpus.of,
            corpus.fingerprint()
        );
        table(corpus.language, &named, tallies);
        quality(corpus.language, &named, tallies, &mut figures);
        sums.iter_mut().zip(tallies).for_each(|(sum, tally)| sum.add(*tally));
    }
    table("all", &named, &sums);
    quality("all", &named, &sums, &mut figures);
    if only_engine {
        return;
    }
    costs(&weights, &corpora[0], &mut figures);
    report("suggest", &figures);
}
