//! The times of all engines in one process, three runs of everything one after the other, and the table with the goals. Takes the
//! memory figures from `document-memory`, which `scripts/bench` runs before.

use document_bench::{
    engines::{Diamond, Engine, Loro, Ours, Yrs},
    report::{Figures, Goal, folder},
    scenarios, traces,
};
use serde_json::Value;

/// How often everything is measured.
const RUNS: usize = 3;
/// How many fragments there are before one more is inserted.
const FRAGMENTS: [usize; 3] = [10_000, 50_000, 200_000];

fn main() {
    if traces::folder().is_none() {
        println!("no traces found (set PAIR_TRACES): measuring generated typing with a fixed seed instead\n");
    }
    let mut figures = Figures::default();
    let all = traces::sequential();
    for run in 1..=RUNS {
        eprintln!("run {run} of {RUNS}");
        for trace in &all {
            trace_figures::<Ours>(trace, &mut figures);
            trace_figures::<Yrs>(trace, &mut figures);
            trace_figures::<Diamond>(trace, &mut figures);
            trace_figures::<Loro>(trace, &mut figures);
        }
        for count in FRAGMENTS {
            fragment_figures::<Ours>(count, &mut figures);
            fragment_figures::<Yrs>(count, &mut figures);
            fragment_figures::<Diamond>(count, &mut figures);
            if count < 200_000 || run == 1 {
                fragment_figures::<Loro>(count, &mut figures);
            }
        }
        let typed = scenarios::eight_writers::<Ours>(3_000);
        figures.add(EIGHT, "ns", Ours::NAME, scenarios::serve::<Ours>(&typed).mean);
        figures.add(EIGHT, "ns", Yrs::NAME, scenarios::serve::<Yrs>(&typed).mean);
        let typed = scenarios::eight_writers::<Diamond>(500);
        figures.add(EIGHT, "ns", Diamond::NAME, scenarios::serve::<Diamond>(&typed).mean);
        let typed = scenarios::eight_writers::<Loro>(500);
        figures.add(EIGHT, "ns", Loro::NAME, scenarios::serve::<Loro>(&typed).mean);
    }
    add_memory(&mut figures);
    figures.print();
    figures.finish(&goals(&figures, &all));
}

const EIGHT: &str = "8 writers: apply, mean";

fn trace_figures<E: Engine>(trace: &traces::Trace, figures: &mut Figures) {
    let name = |what: &str| format!("{}: {what}", trace.name);
    let local = scenarios::local::<E>(trace, true);
    figures.add(&name("local edit, mean"), "ns", E::NAME, local.mean);
    figures.add(&name("local edit, p99"), "ns", E::NAME, local.p99);
    if E::NAME == Diamond::NAME || E::NAME == Loro::NAME {
        // These make the update on demand, so there is a time without it.
        let alone = scenarios::local::<E>(trace, false);
        figures.add(&name("  change without update, mean"), "ns", E::NAME, alone.mean);
    }
    let updates = scenarios::updates::<E>(trace);
    let remote = scenarios::remote::<E>(trace, &updates);
    figures.add(&name("remote apply, mean"), "ns", E::NAME, remote.mean);
    figures.add(&name("remote apply, p99"), "ns", E::NAME, remote.p99);
    let (join, bytes) = scenarios::join::<E>(&updates);
    figures.add(&name("join"), "ns", E::NAME, join);
    figures.add(&name("snapshot"), "B", E::NAME, bytes as f64);
}

fn fragment_figures<E: Engine>(count: usize, figures: &mut Figures) {
    let (local, remote) = scenarios::fragments::<E>(count);
    figures.add(&format!("{count} fragments: local edit, mean"), "ns", E::NAME, local.mean);
    figures.add(&format!("{count} fragments: remote apply, mean"), "ns", E::NAME, remote.mean);
}

fn add_memory(figures: &mut Figures) {
    let Ok(text) = std::fs::read_to_string(folder().join("document-memory.json")) else { return };
    let memory: Vec<Value> = serde_json::from_str(&text).unwrap();
    for one in memory {
        let (what, engine) = (one["what"].as_str().unwrap(), one["engine"].as_str().unwrap());
        figures.add(what, "B", engine, one["bytes"].as_f64().unwrap());
    }
}

fn goals(figures: &Figures, all: &[traces::Trace]) -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut ratio = |name: String, what: &str, engine: &str, goal: f64| {
        if let Some(figure) = figures.ratio(what, engine) {
            goals.push(Goal { name, figure, goal });
        }
    };
    for trace in all {
        let name = &trace.name;
        let local = format!("{name}: local edit, mean");
        ratio(format!("{name}: local edit in parts of diamond-types'"), &local, "diamond-types", 1.0);
        ratio(format!("{name}: remote apply in parts of yrs'"), &format!("{name}: remote apply, mean"), "yrs", 0.7);
        ratio(format!("{name}: join in parts of yrs'"), &format!("{name}: join"), "yrs", 0.5);
        ratio(format!("{name}: memory in parts of yrs'"), &format!("{name}: memory after updates"), "yrs", 0.5);
    }
    for count in FRAGMENTS {
        let local = format!("{count} fragments: local edit, mean");
        ratio(format!("{count} fragments: local edit in parts of diamond-types'"), &local, "diamond-types", 1.0);
        let remote = format!("{count} fragments: remote apply, mean");
        ratio(format!("{count} fragments: remote apply in parts of yrs'"), &remote, "yrs", 0.7);
    }
    ratio("8 writers in parts of yrs'".to_owned(), EIGHT, "yrs", 0.7);
    let at = |count: usize| figures.median(&format!("{count} fragments: local edit, mean"), "pair");
    if let (Some(few), Some(many)) = (at(FRAGMENTS[0]), at(FRAGMENTS[2])) {
        let name = "local edit at 200000 fragments in parts of that at 10000".to_owned();
        goals.push(Goal { name, figure: many / few, goal: 2.0 });
    }
    goals
}
