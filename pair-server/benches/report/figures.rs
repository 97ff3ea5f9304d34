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

/// What was asked of a figure.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// It must not be above.
    AtMost(f64),
    /// It must not be below.
    AtLeast(f64),
}

impl Goal {
    fn bound(self) -> f64 {
        let (Self::AtMost(bound) | Self::AtLeast(bound)) = self;
        bound
    }

    fn is_met(self, figure: f64) -> bool {
        match self {
            Self::AtMost(bound) => figure <= bound,
            Self::AtLeast(bound) => figure >= bound,
        }
    }

    fn words(self, figure: f64) -> String {
        let (most, met) = (matches!(self, Self::AtMost(_)), if self.is_met(figure) { "met" } else { "MISSED" });
        format!("  goal: at {} {}, {met}", if most { "most" } else { "least" }, self.bound())
    }
}

/// One figure over all runs.
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub runs: Vec<f64>,
    /// What was asked of it, where something was.
    pub goal: Option<Goal>,
}

impl Figure {
    /// A figure of some runs.
    pub fn new(name: impl Into<String>, unit: &'static str, runs: Vec<f64>) -> Self {
        Self { name: name.into(), unit, runs, goal: None }
    }

    /// With a bound above as its goal.
    pub fn at_most(self, bound: f64) -> Self {
        Self { goal: Some(Goal::AtMost(bound)), ..self }
    }

    /// With a bound below as its goal.
    pub fn at_least(self, bound: f64) -> Self {
        Self { goal: Some(Goal::AtLeast(bound)), ..self }
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
        let goal = figure.goal.map_or_else(String::new, |goal| goal.words(figure.median()));
        println!("  {:<58} {:>12.2} {:<8} ({least:.2} to {most:.2}){goal}", figure.name, figure.median(), figure.unit);
    }
    let goals: Vec<_> = figures
        .iter()
        .filter_map(|figure| {
            let (goal, median) = (figure.goal?, figure.median());
            Some(json!({"name": figure.name, "figure": median, "goal": goal.bound(), "met": goal.is_met(median)}))
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
