//! Figures of several runs, the table, and `target/bench/document.json` with the goals. Knows names and numbers only.

use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf};

/// All figures: what, which engine, one number per run. What is measured keeps its order.
#[derive(Debug, Default)]
pub struct Figures {
    order: Vec<(String, &'static str)>,
    runs: BTreeMap<(String, String), Vec<f64>>,
}

/// The engines in the order of the columns.
pub const ENGINES: [&str; 4] = ["pair", "yrs", "diamond-types", "loro"];

/// Where the results go: the folder of the workspace's builds.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/bench")
}

impl Figures {
    /// Adds one run's number, in a unit (`ns`, `B`).
    pub fn add(&mut self, what: &str, unit: &'static str, engine: &str, number: f64) {
        if !self.order.iter().any(|(known, _)| known == what) {
            self.order.push((what.to_owned(), unit));
        }
        self.runs.entry((what.to_owned(), engine.to_owned())).or_default().push(number);
    }

    /// The median of the runs.
    pub fn median(&self, what: &str, engine: &str) -> Option<f64> {
        let mut runs = self.runs.get(&(what.to_owned(), engine.to_owned()))?.clone();
        runs.sort_by(f64::total_cmp);
        runs.get(runs.len() / 2).copied()
    }

    /// Our number in parts of another engine's.
    pub fn ratio(&self, what: &str, engine: &str) -> Option<f64> {
        Some(self.median(what, "pair")? / self.median(what, engine)?)
    }

    fn cell(&self, what: &str, unit: &str, engine: &str) -> String {
        let Some(median) = self.median(what, engine) else { return "-".to_owned() };
        let runs = &self.runs[&(what.to_owned(), engine.to_owned())];
        let (low, high) = runs.iter().fold((f64::MAX, 0.0_f64), |(low, high), run| (low.min(*run), high.max(*run)));
        if low == high {
            show(median, unit)
        } else {
            format!("{} ({}-{})", show(median, unit), show(low, unit), show(high, unit))
        }
    }

    /// Prints everything: the median of the runs with the lowest and highest, and our share of each other engine's.
    pub fn print(&self) {
        println!("{:<44}{}", "", ENGINES.map(|engine| format!("{engine:<28}")).concat());
        for (what, unit) in &self.order {
            let cells: Vec<String> = ENGINES
                .iter()
                .map(|engine| {
                    let ratio = self.ratio(what, engine).filter(|_| *engine != "pair");
                    let share = ratio.map_or(String::new(), |ratio| format!(" x{ratio:.2}"));
                    format!("{:<28}", format!("{}{share}", self.cell(what, unit, engine)))
                })
                .collect();
            println!("{what:<44}{}", cells.concat());
        }
        println!("\nmedian of the runs (lowest-highest); xN: our figure in parts of that engine's");
    }

    /// Prints the goals and writes the file.
    pub fn finish(&self, goals: &[Goal]) {
        println!();
        for goal in goals {
            let met = if goal.met() { "met   " } else { "MISSED" };
            println!("{met} {}: {:.2} (goal: at most {:.2})", goal.name, goal.figure, goal.goal);
        }
        let goals: Vec<Value> = goals
            .iter()
            .map(|goal| json!({"name": goal.name, "figure": goal.figure, "goal": goal.goal, "met": goal.met()}))
            .collect();
        let figures: Vec<Value> = self
            .order
            .iter()
            .flat_map(|(what, unit)| {
                ENGINES.iter().filter_map(move |engine| {
                    let runs = self.runs.get(&(what.clone(), (*engine).to_owned()))?;
                    Some(json!({"what": what, "unit": unit, "engine": engine, "runs": runs}))
                })
            })
            .collect();
        std::fs::create_dir_all(folder()).unwrap();
        let path = folder().join("document.json");
        std::fs::write(&path, serde_json::to_string_pretty(&json!({"goals": goals, "figures": figures})).unwrap())
            .unwrap();
        println!("written to {}", path.display());
    }
}

/// Something that should be at most so much.
#[derive(Debug)]
pub struct Goal {
    pub name: String,
    pub figure: f64,
    pub goal: f64,
}

impl Goal {
    pub fn met(&self) -> bool {
        self.figure <= self.goal
    }
}

fn show(number: f64, unit: &str) -> String {
    let (scaled, unit) = match unit {
        "ns" if number >= 1e6 => (number / 1e6, "ms"),
        "ns" if number >= 1e3 => (number / 1e3, "us"),
        "B" if number >= 1e6 => (number / 1e6, "MB"),
        "B" if number >= 1e3 => (number / 1e3, "kB"),
        _ => (number, unit),
    };
    if scaled >= 100.0 { format!("{scaled:.0}{unit}") } else { format!("{scaled:.2}{unit}") }
}
