//! How much memory a document takes in each engine, counted by the allocator: after a trace was applied update by update, and after
//! joining from its snapshot. Writes `target/bench/document-memory.json` for `document-time`.

use document_bench::{
    engines::{Diamond, Engine, Loro, Ours, Yrs},
    report::folder,
    scenarios, traces,
};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The bytes that what is made holds.
fn held<T>(make: impl FnOnce() -> T) -> f64 {
    let region = Region::new(ALLOCATOR);
    let made = make();
    let change = region.change();
    let bytes = change.bytes_allocated as i64 - change.bytes_deallocated as i64;
    drop(made);
    bytes as f64
}

fn measure<E: Engine>(trace: &traces::Trace, figures: &mut Vec<Value>) {
    let updates = scenarios::updates::<E>(trace);
    let mut snapshot = Vec::new();
    let typed = held(|| {
        let mut reader = E::start(2);
        updates.iter().for_each(|update| reader.apply(update));
        reader
    });
    {
        let mut reader = E::start(2);
        updates.iter().for_each(|update| reader.apply(update));
        snapshot.append(&mut reader.snapshot());
    }
    let joined = held(|| {
        let mut reader = E::start(3);
        reader.apply(&snapshot);
        reader
    });
    for (what, bytes) in [("memory after updates", typed), ("memory after joining", joined)] {
        figures.push(json!({"what": format!("{}: {what}", trace.name), "engine": E::NAME, "bytes": bytes}));
    }
}

fn main() {
    let mut figures = Vec::new();
    let mut all = traces::sequential();
    all.push(traces::Trace {
        name: "200000 fragments".to_owned(),
        agents: 1,
        transactions: vec![traces::Transaction {
            agent: 0,
            parents: Vec::new(),
            patches: scenarios::scattered(200_000),
        }],
        end: None,
    });
    for trace in all {
        measure::<Ours>(&trace, &mut figures);
        measure::<Yrs>(&trace, &mut figures);
        measure::<Diamond>(&trace, &mut figures);
        measure::<Loro>(&trace, &mut figures);
    }
    std::fs::create_dir_all(folder()).unwrap();
    std::fs::write(folder().join("document-memory.json"), serde_json::to_string(&figures).unwrap()).unwrap();
}
