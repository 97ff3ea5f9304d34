//! Real people's keystrokes, replayed as local edits and as remote updates: the final texts are exact, and so is what a newcomer reads
//! from the snapshot. Knows the traces by `support/traces`, which also says where they come from.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

#[path = "support/random.rs"]
mod random;
#[path = "support/traces.rs"]
#[allow(dead_code, reason = "the benchmark reads more of a trace")]
mod traces;

use protocol::{ByteOffset, ClientId, Document};
use traces::{Patch, Trace};

fn document(client: u64) -> Document {
    Document::new(ClientId::new(client).unwrap())
}

fn edit(document: &mut Document, patch: &Patch, at_ms: u64) -> Vec<u8> {
    document.edit(ByteOffset(patch.at)..ByteOffset(patch.at + patch.removed), &patch.inserted, at_ms).unwrap()
}

#[test]
fn one_writer_s_keystrokes_give_the_exact_text_here_there_and_from_the_snapshot() {
    for trace in traces::sequential() {
        let (mut writer, mut reader) = (document(1), document(2));
        let mut replayed = String::new();
        for (number, patch) in trace.transactions.iter().flat_map(|one| &one.patches).enumerate() {
            let update = edit(&mut writer, patch, number as u64 * 100);
            let delta = reader.apply(&update).unwrap();
            delta.apply_to(&mut replayed);
        }
        let end = trace.end.unwrap();
        assert!(writer.text() == end, "{}: the local edits", trace.name);
        assert!(reader.text() == end, "{}: the remote updates", trace.name);
        assert!(replayed == end, "{}: the deltas", trace.name);
        let newcomer = Document::from_snapshot(ClientId::new(3).unwrap(), &writer.snapshot()).unwrap();
        assert!(newcomer.text() == end, "{}: the snapshot", trace.name);
        assert_eq!(newcomer.state(), writer.state());
        assert_eq!(newcomer.snapshot(), reader.snapshot());
    }
}

#[test]
fn a_day_of_typing_is_undone_and_done_again() {
    let Some(trace) = traces::sequential().into_iter().next() else { return };
    let (mut writer, mut reader) = (document(1), document(2));
    for (number, patch) in trace.transactions.iter().flat_map(|one| &one.patches).enumerate() {
        let update = edit(&mut writer, patch, number as u64 * 100);
        reader.apply(&update).unwrap();
    }
    let end = writer.text();
    let mut undone = 0;
    while let Some(edit) = writer.undo(0) {
        reader.apply(&edit.update).unwrap();
        undone += 1;
    }
    while let Some(edit) = writer.redo(0) {
        reader.apply(&edit.update).unwrap();
    }
    assert!(undone > 0 && writer.text() == end && reader.text() == end);
}

/// Replays a trace of several writers, each with its own replica that has exactly what its writer had seen.
fn replay(trace: &Trace) -> Vec<Document> {
    let mut replicas: Vec<Document> = (0..trace.agents).map(|agent| document(agent as u64 + 1)).collect();
    let mut has = vec![vec![false; trace.transactions.len()]; trace.agents];
    let mut updates: Vec<Vec<Vec<u8>>> = Vec::new();
    for (number, transaction) in trace.transactions.iter().enumerate() {
        let (replica, has) = (&mut replicas[transaction.agent], &mut has[transaction.agent]);
        // What the writer had seen by then, parents first.
        let mut missing: Vec<usize> = transaction.parents.clone();
        let mut wanted = std::collections::BTreeSet::new();
        while let Some(parent) = missing.pop() {
            if !has[parent] && wanted.insert(parent) {
                missing.extend(&trace.transactions[parent].parents);
            }
        }
        for parent in wanted {
            for update in &updates[parent] {
                replica.apply(update).unwrap();
            }
            has[parent] = true;
        }
        updates.push(transaction.patches.iter().map(|patch| edit(replica, patch, 0)).collect());
        has[number] = true;
    }
    for (agent, replica) in replicas.iter_mut().enumerate() {
        let missing = updates.iter().enumerate().filter(|(number, _)| !has[agent][*number]);
        for update in missing.flat_map(|(_, updates)| updates) {
            replica.apply(update).unwrap();
        }
    }
    replicas
}

#[test]
fn two_writers_at_once_give_the_exact_text_in_the_order_of_their_parents() {
    let trace = traces::concurrent();
    let replicas = replay(&trace);
    for replica in &replicas {
        assert_eq!(replica.text(), replicas[0].text());
        assert!(!replica.has_pending());
        if let Some(end) = &trace.end {
            assert!(&replica.text() == end, "the text of {} differs", trace.name);
        }
    }
}

#[test]
fn the_generator_types_where_no_traces_are() {
    for agents in [1, 3] {
        let trace = traces::generated("generated", agents, 2_000);
        let replicas = replay(&trace);
        assert!(replicas[0].len().0 > 500);
        assert!(trace.end.is_none_or(|end| end == replicas[0].text()));
        assert!(replicas.iter().all(|replica| replica.text() == replicas[0].text()));
    }
}
