//! Bytes from strangers: hundreds of thousands of mutated updates, and well-formed updates that no honest replica would make. Nothing
//! panics, a refused update changes nothing, a taken one leaves a document that works and that everybody agrees on.
//!
//! The corpus and what must hold are shared with the fuzz targets in `protocol/fuzz`. `PAIR_HOSTILE_MUTATIONS=N` for a longer run.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/random.rs"]
mod random;

use protocol::{
    ByteOffset, ClientId, Document,
    document::{DocumentError, Refusal},
};
use random::Random;
use std::path::Path;

/// Mutations when nobody says how many.
const MUTATIONS: usize = 300_000;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Changes some bytes: flips, replaces, inserts, removes, repeats, or puts in a piece of something else.
fn mutate(random: &mut Random, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let number = [0, 1, 2, 3, 4, 10, 0x44, 0x7F, 0x80, 0x84, 0xC4, 0xFF, random.below(256)][random.below(13)];
        let number = u8::try_from(number).unwrap();
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = number,
            2 => bytes.insert(at, number),
            3 if at < bytes.len() => drop(bytes.remove(at)),
            4 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(12)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn run(target: &str, share: usize, check: fn(&[u8])) {
    let mutations = std::env::var("PAIR_HOSTILE_MUTATIONS").map_or(MUTATIONS, |number| number.parse().unwrap());
    let inputs = corpus(target);
    assert!(inputs.len() >= 5, "the corpus of {target} is there");
    for input in &inputs {
        check(input);
    }
    let mut random = Random(target.len() as u64);
    for _ in 0..mutations * share / 10 {
        let (one, other) = (random.below(inputs.len()), random.below(inputs.len()));
        let bytes = mutate(&mut random, &inputs[one], &inputs[other]);
        let outcome = std::panic::catch_unwind(|| check(&bytes));
        assert!(outcome.is_ok(), "{target} fails on {bytes:?}");
    }
}

#[test]
fn mutated_bytes_are_read_or_refused() {
    run("decode", 4, hostile::decode);
}

#[test]
fn mutated_updates_are_applied_as_a_whole_or_not_at_all() {
    run("apply", 4, hostile::apply);
}

#[test]
fn a_document_that_took_mutated_updates_goes_on_working() {
    run("apply_then_edit", 2, hostile::apply_then_edit);
}

/// One struct of `client`, well-formed, with any neighbours.
fn forged(client: u8, origin: Option<(u8, u8)>, right: Option<(u8, u8)>) -> Vec<u8> {
    let flags = if origin.is_some() { 0x80 } else { 0 } | if right.is_some() { 0x40 } else { 0 };
    let mut bytes = vec![1, 1, client, 0, 4 | flags];
    for (client, clock) in [origin, right].into_iter().flatten() {
        bytes.extend_from_slice(&[client, clock]);
    }
    if flags == 0 {
        bytes.extend_from_slice(b"\x01\x04code");
    }
    bytes.extend_from_slice(&[2, b'a' + client % 26, b'A' + client % 26, 0]);
    bytes
}

#[test]
fn forged_neighbours_give_everybody_the_same_text_in_any_order() {
    let mut random = Random(3);
    let mut refused = 0;
    for _ in 0..20_000 {
        let count = 3 + random.below(8);
        let neighbour = |random: &mut Random, client: usize| {
            let of = random.below(client + 1);
            (of > 0).then(|| (u8::try_from(100 - of * 7 % 50).unwrap(), u8::try_from(random.below(2)).unwrap()))
        };
        // Client numbers go up and down, so that ties are broken both ways.
        let updates: Vec<Vec<u8>> = (1..=count)
            .map(|number| {
                let client = u8::try_from(100 - number * 7 % 50).unwrap();
                let (origin, right) = (neighbour(&mut random, number - 1), neighbour(&mut random, number - 1));
                forged(client, origin, right)
            })
            .collect();
        let deliver = |order: &[usize]| {
            let mut document = Document::new(ClientId::new(1).unwrap());
            let taken = order.iter().filter(|number| document.apply(&updates[**number]).is_ok()).count();
            hostile::check(&document);
            (document, order.len() - taken)
        };
        let mut order: Vec<usize> = (0..count).collect();
        let (first, many) = deliver(&order);
        refused += many;
        for _ in 0..3 {
            (1..count).for_each(|at| order.swap(at, random.below(at + 1)));
            let (other, _) = deliver(&order);
            assert_eq!(other.text(), first.text(), "{updates:?} in the order {order:?}");
            assert_eq!(other.state(), first.state());
        }
    }
    assert!(refused > 1_000, "the forgeries are worth their name: {refused} refused");
}

#[test]
fn an_update_that_is_refused_half_way_leaves_no_trace() {
    let mut document = hostile::document();
    let before = (document.text(), document.snapshot());
    // Client 3 writes between the halves of the pair in client 1's text, then between two units in the wrong order.
    let cut = [&[1, 2, 3, 0, 0xC4, 1, 6, 1, 7, 1, b'x', 0xC4, 1, 9, 1, 2, 1, b'y', 0][..]];
    for update in cut {
        assert!(matches!(document.apply(update), Err(DocumentError::Refused(_))));
        assert_eq!((document.text(), document.snapshot()), before);
    }
    hostile::check(&document);
}

/// Everything inserted at one place by as many writers is the most work that there is; it is bounded.
#[test]
fn a_crowd_at_one_place_is_refused_beyond_a_bound_and_nothing_changes() {
    let mut document = Document::new(ClientId::new(1).unwrap());
    document.edit(ByteOffset(0)..ByteOffset(0), &"ab".repeat(20_000), 0).unwrap();
    let insert = |client: u64, clock: u32| {
        // At the start, left of unit `clock`, which many other such inserts precede.
        let mut bytes = vec![1, 1];
        varint(&mut bytes, client);
        bytes.extend_from_slice(&[0, 0x44, 1]);
        varint(&mut bytes, u64::from(clock));
        bytes.extend_from_slice(&[1, b'x', 0]);
        bytes
    };
    // Only the first unit was ever side by side with the start.
    assert!(document.apply(&insert(5, 0)).is_ok());
    assert!(matches!(document.apply(&insert(6, 7)), Err(DocumentError::Refused(_))));
    let mut crowd = Vec::new();
    varint(&mut crowd, 6_000);
    for client in 1_000..7_000 {
        crowd.push(1);
        varint(&mut crowd, client);
        crowd.extend_from_slice(&[0, 0x44, 1, 0, 1, b'x']);
    }
    crowd.push(0);
    let before = document.snapshot();
    assert!(matches!(document.apply(&crowd), Err(DocumentError::Refused(_))));
    assert_eq!(document.snapshot(), before);
    // One after the other each of them is fine, and so is all of it from where it was taken in like that.
    let mut stored = Document::from_snapshot(ClientId::new(2).unwrap(), &before).unwrap();
    for client in 1_000..7_000 {
        document.apply(&insert(client, 0)).unwrap();
    }
    assert_eq!(stored.apply(&crowd), Err(DocumentError::Refused(Refusal::TooManyConcurrent)));
    stored.apply_trusted(&crowd).unwrap();
    assert!(stored.text() == document.text() && stored.state() == document.state());
}

fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7F).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
}
