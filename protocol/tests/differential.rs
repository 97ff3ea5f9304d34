//! Our engine against the others that speak the same bytes: random concurrent histories of 2 to 8 replicas, of which some are ours,
//! some yrs, some the npm packages yjs and y-protocols in a node process. After every exchange both sides must have the same text
//! and the same state vector; at the end all must, and each engine must read everybody's snapshot.
//!
//! 20,000 histories run with yrs and as many with node. A long run: `PAIR_DIFFERENTIAL_HISTORIES=1000000 cargo test -p protocol
//! --release --test differential`; `PAIR_DIFFERENTIAL_SEED=N` starts with the history of seed N (each message names its seed).
//!
//! The node packages are those of `tests/yjs/package-lock.json`; `scripts/setup test` installs them, and `scripts/test` calls it.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

#[path = "differential/history.rs"]
mod history;
#[path = "differential/node.rs"]
mod node;
#[path = "support/random.rs"]
mod random;
#[path = "differential/replica.rs"]
mod replica;
#[path = "support/texts.rs"]
mod texts;

use history::{History, Kinds};
use node::Node;

/// Histories when nobody says how many.
const HISTORIES: u64 = 20_000;
/// Histories that run side by side, so that node gets its work in few large messages.
const BATCH: u64 = 250;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |number| number.parse().unwrap())
}

fn run(kinds: Kinds, node: &mut Option<Node>) {
    let first = number("PAIR_DIFFERENTIAL_SEED", 0);
    let end = first + number("PAIR_DIFFERENTIAL_HISTORIES", HISTORIES);
    for batch in (first..end).step_by(usize::try_from(BATCH).unwrap()) {
        let mut histories: Vec<History> =
            (batch..end.min(batch + BATCH)).map(|seed| History::random(seed, kinds)).collect();
        history::run(&mut histories, node);
    }
}

#[test]
fn our_replicas_and_those_of_yrs_agree() {
    run(Kinds::OursAndYrs, &mut None);
}

#[test]
fn our_replicas_and_those_of_yjs_in_node_agree() {
    run(Kinds::OursAndYjs, &mut Some(Node::start()));
}

#[test]
fn all_three_engines_agree_in_one_network() {
    let mut node = Some(Node::start());
    let mut histories: Vec<History> = (0..BATCH).map(|seed| History::random(seed, Kinds::All)).collect();
    history::run(&mut histories, &mut node);
}
