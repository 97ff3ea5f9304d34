//! A plan: what a random network of replicas does, step by step, as data that can be saved, replayed and shrunk. Knows no
//! document; places and choices are numbers that `network` takes modulo what there is, so that a plan stays meaningful
//! when steps before are left out.

use super::{random::Random, texts::TEXTS};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path, path::PathBuf};

/// Everything about one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Where the random numbers came from; only a name.
    pub seed: u64,
    /// How many replicas there are, 2 to 6.
    pub replicas: usize,
    /// What they do.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Step {
    /// A replica replaces `remove` characters at a place by a text, and sends that to all others.
    Edit { replica: usize, at: usize, remove: usize, text: String },
    /// A replica takes back its last edits.
    Undo { replica: usize },
    /// A replica does again what it took back.
    Redo { replica: usize },
    /// Time passes at a replica: its next edit is undone by itself.
    Pause { replica: usize },
    /// An update arrives; which one of those under way is free, so that they overtake each other.
    Deliver { from: usize, to: usize, which: usize },
    /// An update arrives, and will arrive again.
    Duplicate { from: usize, to: usize, which: usize },
    /// An update is lost.
    Drop { from: usize, to: usize, which: usize },
    /// Two replicas lose their connection with all that is under way, come back, and exchange what they are missing.
    Reconnect { one: usize, other: usize },
}

impl Plan {
    /// The plan of a seed, of at least 10 and at most `longest` steps.
    pub fn random(seed: u64, longest: usize) -> Self {
        let mut random = Random(seed);
        let replicas = 2 + random.below(5);
        let count = 10 + random.below(longest.max(10) - 9);
        let steps = (0..count).map(|_| Step::random(&mut random, replicas)).collect();
        Self { seed, replicas, steps }
    }

    /// A plan from a saved file.
    pub fn load(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Saves the plan in a folder, and gives the file's path.
    pub fn save(&self, folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(format!("failing-{}.json", self.seed));
        fs::write(&path, serde_json::to_string_pretty(self).unwrap()).unwrap();
        path
    }

    /// A smaller plan that still fails: steps are left out, many at once first, for as long as that helps, within a bound.
    pub fn shrunk(&self, fails: impl Fn(&Self) -> bool) -> Self {
        const TRIES_MAX: usize = 2_000;
        let mut best = self.clone();
        let mut size = best.steps.len() / 2;
        let mut tries = 0;
        while size > 0 && tries < TRIES_MAX {
            let mut start = 0;
            let mut smaller = false;
            while start < best.steps.len() && tries < TRIES_MAX {
                let mut candidate = best.clone();
                candidate.steps.drain(start..best.steps.len().min(start + size));
                tries += 1;
                if fails(&candidate) {
                    best = candidate;
                    smaller = true;
                } else {
                    start += size;
                }
            }
            if !smaller || size > 1 {
                size /= 2;
            }
        }
        best
    }
}

impl Step {
    fn random(random: &mut Random, replicas: usize) -> Self {
        let replica = random.below(replicas);
        let other = (replica + 1 + random.below(replicas - 1)) % replicas;
        let which = random.below(8);
        match random.below(100) {
            0..38 => Self::Edit {
                replica,
                at: random.below(1_000),
                remove: if random.below(3) == 0 { 1 + random.below(6) } else { 0 },
                text: if random.below(5) == 0 { String::new() } else { TEXTS[random.below(TEXTS.len())].to_owned() },
            },
            38..45 => Self::Undo { replica },
            45..49 => Self::Redo { replica },
            49..53 => Self::Pause { replica },
            53..82 => Self::Deliver { from: replica, to: other, which },
            82..88 => Self::Duplicate { from: replica, to: other, which },
            88..94 => Self::Drop { from: replica, to: other, which },
            _ => Self::Reconnect { one: replica, other },
        }
    }
}
