//! Figures of several runs: percentiles, the table, and `target/bench/NAME.json` with the goals. Knows no benchmark; those of both
//! crates use it.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// The value below which a share of the sorted values lies, in microseconds.
pub fn percentile(values: &mut [Duration], share: f64) -> f64 {
    values.sort_unstable();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
    let at = ((values.len() as f64 - 1.0) * share).round() as usize;
    values.get(at).map_or(f64::NAN, |value| value.as_secs_f64() * 1e6)
}

/// One figure over all runs.
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub runs: Vec<f64>,
    /// What it must not be above, where that was asked for.
    pub at_most: Option<f64>,
    /// What it must not be below.
    pub at_least: Option<f64>,
}

impl Figure {
    /// A figure of some runs.
    pub fn new(name: impl Into<String>, unit: &'static str, runs: Vec<f64>) -> Self {
        Self { name: name.into(), unit, runs, at_most: None, at_least: None }
    }

    /// With a goal.
    pub fn at_most(self, goal: f64) -> Self {
        Self { at_most: Some(goal), ..self }
    }

    /// With a goal that it must reach.
    pub fn at_least(self, goal: f64) -> Self {
        Self { at_least: Some(goal), ..self }
    }

    /// The goal in words, its number, and whether it is met.
    fn goal(&self) -> Option<(&'static str, f64, bool)> {
        let most = self.at_most.map(|goal| ("at most", goal, self.median() <= goal));
        most.or_else(|| self.at_least.map(|goal| ("at least", goal, self.median() >= goal)))
    }

    /// The median of the runs.
    pub fn median(&self) -> f64 {
        let mut runs = self.runs.clone();
        runs.sort_unstable_by(f64::total_cmp);
        runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn spread(&self) -> (f64, f64) {
        let least = self.runs.iter().copied().fold(f64::INFINITY, f64::min);
        (least, self.runs.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    fn json(&self) -> Value {
        let (least, most) = self.spread();
        json!({"name": self.name, "unit": self.unit, "figure": self.median(), "least": least, "most": most, "runs": self.runs})
    }
}

/// Prints the figures as a table and writes them to `target/bench/NAME.json`.
pub fn report(name: &str, figures: &[Figure]) {
    println!("\n{name}: median of {} runs (least to most)", figures.first().map_or(0, |figure| figure.runs.len()));
    for figure in figures {
        let (least, most) = figure.spread();
        let goal = figure.goal().map_or_else(String::new, |(word, goal, met)| {
            format!("  goal: {word} {goal}, {}", if met { "met" } else { "MISSED" })
        });
        println!("  {:<58} {:>12.2} {:<8} ({least:.2} to {most:.2}){goal}", figure.name, figure.median(), figure.unit);
    }
    let goals: Vec<_> = figures
        .iter()
        .filter_map(|figure| {
            let (_, goal, met) = figure.goal()?;
            Some(json!({"name": figure.name, "figure": figure.median(), "goal": goal, "met": met}))
        })
        .collect();
    let all: Vec<_> = figures.iter().map(Figure::json).collect();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(&json!({"name": name, "figures": all, "goals": goals})).unwrap();
    std::fs::write(&file, text + "\n").unwrap();
    println!("  written to target/bench/{name}.json");
}
