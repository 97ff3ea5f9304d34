//! What is measured: typing here, applying what others typed, joining, scattered inserts, eight writers at once. Knows engines by
//! their trait.

use crate::{
    engines::{Engine, Ours},
    random::Random,
    traces::{Patch, Trace},
};
use std::time::{Duration, Instant};

/// A measurement stops after this long, and counts what it got done: some engines take milliseconds for an edit.
const LONGEST: Duration = Duration::from_millis(1_500);

/// Times of many equal steps, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub mean: f64,
    pub p99: f64,
}

/// Times each step until all are done or the time is over.
pub fn time_each<T>(steps: impl IntoIterator<Item = T>, mut step: impl FnMut(T)) -> Times {
    let mut each: Vec<u64> = Vec::new();
    let start = Instant::now();
    for one in steps {
        let before = Instant::now();
        step(one);
        each.push(u64::try_from(before.elapsed().as_nanos()).unwrap());
        if start.elapsed() > LONGEST {
            break;
        }
    }
    let mean = each.iter().sum::<u64>() as f64 / each.len() as f64;
    each.sort_unstable();
    Times { mean, p99: each[each.len() * 99 / 100] as f64 }
}

pub fn patches(trace: &Trace) -> Vec<&Patch> {
    trace.transactions.iter().flat_map(|one| &one.patches).collect()
}

/// The updates of a trace, one per change, in an engine's format.
pub fn updates<E: Engine>(trace: &Trace) -> Vec<Vec<u8>> {
    fn write<W: Engine>(trace: &Trace) -> Vec<Vec<u8>> {
        let mut writer = W::start(1);
        let one = |patch: &&Patch| {
            writer.change(patch, 0);
            writer.take_update()
        };
        patches(trace).iter().map(one).collect()
    }
    if E::speaks_yjs() { write::<Ours>(trace) } else { write::<E>(trace) }
}

/// Typing a trace: with the update for the others, and the change alone.
pub fn local<E: Engine>(trace: &Trace, with_update: bool) -> Times {
    let mut writer = E::start(1);
    time_each(patches(trace).into_iter().enumerate(), |(number, patch)| {
        writer.change(patch, number as u64 * 100);
        if with_update {
            std::hint::black_box(writer.take_update());
        }
    })
}

/// Applying a trace's updates one by one.
pub fn remote<E: Engine>(trace: &Trace, updates: &[Vec<u8>]) -> Times {
    let mut reader = E::start(2);
    let mut applied = 0;
    let times = time_each(updates, |update| {
        reader.apply(update);
        applied += 1;
    });
    if let Some(end) = trace.end.as_ref().filter(|_| applied == updates.len()) {
        assert!(&reader.text() == end, "{}: {}", E::NAME, trace.name);
    }
    times
}

/// From a snapshot's bytes to a text that can be read, in nanoseconds; and how many bytes the snapshot has.
pub fn join<E: Engine>(updates: &[Vec<u8>]) -> (f64, usize) {
    let mut writer = E::start(2);
    updates.iter().for_each(|update| writer.apply(update));
    let snapshot = writer.snapshot();
    let times = time_each(0..10, |_| {
        let mut reader = E::start(3);
        reader.apply(&snapshot);
        std::hint::black_box(reader.text());
    });
    (times.mean, snapshot.len())
}

/// Inserts of one letter each at random places.
pub fn scattered(count: usize) -> Vec<Patch> {
    let mut random = Random(7);
    let one = |length: usize| {
        let at = random.below(length + 1);
        Patch { at, removed: 0, characters: (at, 0), inserted: "x".to_owned() }
    };
    (0..count).map(one).collect()
}

/// One more insert where there are so many fragments already: here, and applied from elsewhere.
pub fn fragments<E: Engine>(count: usize) -> (Times, Times) {
    const MEASURED: usize = 20_000;
    let all = scattered(count + MEASURED);
    let trace = Trace {
        name: "scattered".to_owned(),
        agents: 1,
        transactions: vec![crate::traces::Transaction { agent: 0, parents: Vec::new(), patches: all.clone() }],
        end: None,
    };
    let (first, rest) = all.split_at(count);
    let updates = updates::<E>(&trace);
    let mut writer = E::start(2);
    // Those who speak the same bytes are built from updates, since typing so much takes some of them minutes.
    if E::speaks_yjs() {
        updates[..count].iter().for_each(|update| writer.apply(update));
    } else {
        first.iter().for_each(|patch| writer.change(patch, 0));
    }
    let local = time_each(rest, |patch| {
        writer.change(patch, 0);
        std::hint::black_box(writer.take_update());
    });
    let mut reader = E::start(3);
    updates[..count].iter().for_each(|update| reader.apply(update));
    let remote = time_each(&updates[count..], |update| reader.apply(update));
    (local, remote)
}

/// What eight writers type at once: in each round everybody types one letter without having seen the others' of that round.
pub fn eight_writers<E: Engine>(rounds: usize) -> Vec<Vec<u8>> {
    const WRITERS: usize = 8;
    let mut random = Random(11);
    let mut writers: Vec<E> = (1..=WRITERS as u64).map(E::start).collect();
    let mut cursors = [0; WRITERS];
    let (mut length, mut all) = (0, Vec::new());
    for _ in 0..rounds {
        let mut round = Vec::new();
        for (writer, cursor) in writers.iter_mut().zip(&mut cursors) {
            if random.below(30) == 0 {
                *cursor = random.below(length + 1);
            }
            let at = (*cursor).min(length);
            writer.change(&Patch { at, removed: 0, characters: (at, 0), inserted: "x".to_owned() }, 0);
            *cursor = at + 1;
            round.push(writer.take_update());
        }
        for (number, writer) in writers.iter_mut().enumerate() {
            let others = round.iter().enumerate().filter(|(other, _)| *other != number);
            others.for_each(|(_, update)| writer.apply(update));
        }
        length += WRITERS;
        all.append(&mut round);
    }
    all
}

/// A ninth replica, the server, applies what the eight typed.
pub fn serve<E: Engine>(updates: &[Vec<u8>]) -> Times {
    let mut server = E::start(99);
    time_each(updates, |update| server.apply(update))
}
