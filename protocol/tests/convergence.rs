//! All replicas end with the same text, whatever the network did: seeded random plans of edits, undo, delays, losses,
//! duplicates, reorders and reconnects. Knows no engine.
//!
//! `PAIR_CONVERGENCE_SEEDS=N` runs N plans instead of 300, `PAIR_CONVERGENCE_STEPS=N` plans of up to N steps instead of 99;
//! `PAIR_REPLAY=path` runs one saved plan. A failing plan is shrunk and saved in `target/convergence/`.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

#[path = "convergence/network.rs"]
mod network;
#[path = "convergence/plan.rs"]
mod plan;
#[path = "support/random.rs"]
mod random;
#[path = "support/texts.rs"]
mod texts;

use network::{Network, Outcome};
use plan::{Plan, Step};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

/// Plans that run when nobody says how many.
const SEEDS: u64 = 300;
/// The steps of the longest plan when nobody says how many.
const STEPS: usize = 99;

/// Carries out a plan; a panic counts as a failure like any other.
fn run(plan: &Plan) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| Network::run(plan))).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", said.unwrap_or("without a word")))
    })
}

/// Where failing plans are saved: beside the other results of the build.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("convergence")
}

#[test]
fn whatever_the_network_does_all_replicas_end_with_the_same_text() {
    if let Some(path) = std::env::var_os("PAIR_REPLAY") {
        Network::run(&Plan::load(Path::new(&path))).unwrap();
        return;
    }
    let seeds = std::env::var("PAIR_CONVERGENCE_SEEDS").map_or(SEEDS, |number| number.parse().unwrap());
    let steps = std::env::var("PAIR_CONVERGENCE_STEPS").map_or(STEPS, |number| number.parse().unwrap());
    let mut failed = Vec::new();
    for plan in (0..seeds).map(|seed| Plan::random(seed, steps)) {
        if run(&plan).is_err() {
            let shrunk = plan.shrunk(|plan| run(plan).is_err());
            let path = shrunk.save(&folder());
            failed.push(format!(
                "{} steps, PAIR_REPLAY={}: {}",
                shrunk.steps.len(),
                path.display(),
                run(&shrunk).err().unwrap_or_default()
            ));
        }
        if failed.len() == 5 {
            break;
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A plan in which the `\r` of step 16, typed once, once ended up twice at three of four replicas: updates overtake each other
/// before it.
#[test]
fn a_plan_that_doubled_a_character_holds() {
    let plan =
        Plan::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/convergence/plans/doubled-character.json"));
    for _ in 0..20 {
        Network::run(&plan).unwrap();
    }
}

#[test]
fn plans_do_all_that_they_can_do() {
    let steps: Vec<Step> = (0..20).flat_map(|seed| Plan::random(seed, STEPS).steps).collect();
    let has = |wanted: fn(&Step) -> bool| steps.iter().filter(|step| wanted(step)).count() > 10;
    assert!(has(|step| matches!(step, Step::Edit { remove: 1.., .. })));
    assert!(has(|step| matches!(step, Step::Edit { text, .. } if text.contains('\u{200D}'))));
    assert!(has(|step| matches!(step, Step::Undo { .. })));
    assert!(has(|step| matches!(step, Step::Redo { .. })));
    assert!(has(|step| matches!(step, Step::Pause { .. })));
    assert!(has(|step| matches!(step, Step::Deliver { which: 1.., .. })));
    assert!(has(|step| matches!(step, Step::Duplicate { .. })));
    assert!(has(|step| matches!(step, Step::Drop { .. })));
    assert!(has(|step| matches!(step, Step::Reconnect { .. })));
    assert_ne!(Plan::random(1, STEPS).steps, Plan::random(2, STEPS).steps);
}

/// A plan in which an update is lost, hidden among a hundred other steps.
fn losing_plan() -> Plan {
    let typing = Step::Edit { replica: 0, at: 0, remove: 0, text: "é".to_owned() };
    let mut steps = vec![Step::Pause { replica: 1 }; 100];
    steps.insert(40, typing);
    steps.insert(70, Step::Drop { from: 0, to: 1, which: 0 });
    Plan { seed: u64::MAX, replicas: 2, steps }
}

#[test]
fn a_lost_update_is_noticed_and_healed() {
    let mut network = Network::new(2);
    network.run_steps(&losing_plan()).unwrap();
    assert!(network.agree().unwrap_err().contains("replica 0 has \"é\", replica 1 has \"\""));
    network.heal().unwrap();
    network.agree().unwrap();
}

#[test]
fn a_failing_plan_is_shrunk_to_what_matters_and_comes_back_from_its_file() {
    let fails = |plan: &Plan| {
        let mut network = Network::new(plan.replicas);
        network.run_steps(plan).and_then(|()| network.agree()).is_err()
    };
    let shrunk = losing_plan().shrunk(fails);
    assert!(matches!(shrunk.steps.as_slice(), [Step::Edit { .. }]), "{:?}", shrunk.steps);
    let folder = tempfile::tempdir().unwrap();
    let path = shrunk.save(folder.path());
    assert_eq!(path, folder.path().join("failing-18446744073709551615.json"));
    assert_eq!(Plan::load(&path), shrunk);
    assert!(fails(&Plan::load(&path)));
}
