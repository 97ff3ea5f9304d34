//! Chaos: real clients, a real server, and everything that can happen to them, from a seed. A few seeds here; `scripts/chaos SEEDS` runs many,
//! and `PAIR_CHAOS_SEEDS=17-17` one again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "what fails here is a failed test")]

mod client;
mod datagrams;
mod long;
mod proxy;
#[allow(dead_code, reason = "only the stream is used here")]
#[path = "../../../pair-server/tests/support/random.rs"]
mod random;
mod story;
#[path = "../support/mod.rs"]
mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use story::{Plan, Story, Tally};

support::server_entry!();

#[test]
fn is_a_client_when_told() {
    client::be_if_told();
}

/// Steps of a run.
const STEPS: usize = 60;

#[test]
fn nothing_is_lost_or_doubled_whatever_happens() {
    let (first, last) = seeds();
    let jobs = variable("PAIR_CHAOS_JOBS").unwrap_or(2);
    let steps = variable("PAIR_CHAOS_STEPS").and_then(|steps| usize::try_from(steps).ok()).unwrap_or(STEPS);
    let next = AtomicU64::new(first);
    let runs = || {
        let mut results = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed > last {
                return results;
            }
            let plan = Plan { seed, steps };
            let result = Story::new(plan.seed).run(plan.steps);
            match &result {
                Ok(tally) => println!("seed {seed}: {tally:?}"),
                Err(what) => println!("seed {seed} FAILED: {what}"),
            }
            results.push((seed, result));
        }
    };
    let results: Vec<(u64, Result<Tally, String>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(runs)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    println!("{} runs: {:?}", results.len(), sum(results.iter().filter_map(|(_, result)| result.as_ref().ok())));
    let failed: Vec<_> = results.iter().filter(|(_, result)| result.is_err()).collect();
    assert!(failed.is_empty(), "seeds that failed: {failed:#?}");
}

fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::default(), |sum, one| Tally {
        tokens: sum.tokens + one.tokens,
        doubtful: sum.doubtful + one.doubtful,
        server_kills: sum.server_kills + one.server_kills,
        server_stops: sum.server_stops + one.server_stops,
        full_disks: sum.full_disks + one.full_disks,
        client_kills: sum.client_kills + one.client_kills,
        kept_kills: sum.kept_kills + one.kept_kills,
        cuts: sum.cuts + one.cuts,
        moves: sum.moves + one.moves,
        over_quic: sum.over_quic + one.over_quic,
        datagrams: sum.datagrams + one.datagrams,
        settle_ms: sum.settle_ms.max(one.settle_ms),
    })
}

/// The first and the last seed.
fn seeds() -> (u64, u64) {
    let wanted = std::env::var("PAIR_CHAOS_SEEDS").unwrap_or_else(|_| "1-4".to_owned());
    let (first, last) = wanted.split_once('-').expect("PAIR_CHAOS_SEEDS is FIRST-LAST");
    (first.parse().expect("a number"), last.parse().expect("a number"))
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}
