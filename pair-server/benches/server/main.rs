//! pair-server beside a server that only broadcasts (the floor) and npm's servers of Yjs documents, all under the same loads by the same lean
//! clients: a pair, a classroom, 250 rooms, as many edits as go through, joining a long history, 2,000 idle connections. Run by
//! `scripts/bench server`; each server is started anew for each load. Words behind it choose loads and
//! servers, by their names in the table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark: what fails ends it"
)]

mod client;
mod dialect;
#[path = "../report/figures.rs"]
mod figures;
mod floor;
mod load;
mod servers;
#[path = "../../tests/support/mod.rs"]
mod support;

use figures::{Figure, percentile, report};
use load::Typing;
use servers::{FLOOR, Kind, Server};
use std::{collections::BTreeMap, time::Duration};

const RUNS: usize = 3;

/// Every server, the floor first: goals are relative to it.
const KINDS: [Kind; 6] =
    [Kind::Floor, Kind::Pair, Kind::PairPostgres, Kind::PairNodes, Kind::YWebsocket, Kind::Hocuspocus];

/// The loads of people who type.
const TYPING: [(&str, Typing); 3] = [
    ("pair", Typing { rooms: 1, clients: 2, writers: 2, pause: Duration::from_millis(200), edits: 50 }),
    ("classroom", Typing { rooms: 1, clients: 50, writers: 5, pause: Duration::from_millis(200), edits: 15 }),
    ("250 rooms", Typing { rooms: 250, clients: 2, writers: 1, pause: Duration::from_millis(500), edits: 5 }),
];

/// Edits of the history that newcomers get, and how many come.
const HISTORY: (usize, usize) = (100_000, 5);

/// Connections that say nothing, two in a room, or fifty.
const IDLE: (usize, usize, usize) = (2_000, 2, 50);

/// Figures by server and name, in the order that they came in.
type Figures = BTreeMap<(usize, &'static str), (&'static str, Vec<f64>)>;

/// What the command line asks for: all where it says nothing.
struct Wanted(Vec<String>);

impl Wanted {
    /// Whether one of some names is asked for, or none of them.
    fn has(&self, one: &str, all: &[&str]) -> bool {
        let asked = |name: &&str| self.0.iter().any(|word| word == name);
        asked(&one) || !all.iter().any(asked)
    }

    fn kind(&self, kind: Kind) -> bool {
        self.has(kind.name(), &KINDS.map(Kind::name))
    }

    fn load(&self, name: &str) -> bool {
        self.has(name, &["pair", "classroom", "250 rooms", "throughput", "join", "idle"])
    }
}

/// All loads on one kind of server.
async fn measure(place: usize, kind: Kind, wanted: &Wanted, figures: &mut Figures) {
    let mut note = |name, unit, value| figures.entry((place, name)).or_insert((unit, Vec::new())).1.push(value);
    for (what, typing) in TYPING.into_iter().filter(|(what, _)| wanted.load(what)) {
        let mut typed = load::typing(&Server::start(kind), typing).await;
        let names = match what {
            "pair" => ["pair: p50", "pair: p99", "pair: processor"],
            "classroom" => ["classroom: p50", "classroom: p99", "classroom: processor"],
            _ => ["250 rooms: p50", "250 rooms: p99", "250 rooms: processor"],
        };
        note(names[0], "us", percentile(&mut typed.took, 0.5));
        note(names[1], "us", percentile(&mut typed.took, 0.99));
        note(names[2], "%", typed.cpu * 100.0);
    }
    if wanted.load("throughput") {
        let rate = load::throughput(&Server::start(kind), 8, 32, Duration::from_secs(3)).await;
        note("throughput, 8 clients", "edits/s", rate);
    }
    if kind != Kind::Floor && wanted.load("join") {
        let mut joins = load::joins(&Server::start(kind), HISTORY.0, HISTORY.1).await;
        // The first after a change; whoever follows may be served from what it left.
        note("join of 100,000 edits, the first", "us", percentile(&mut joins.took[..1], 0.5));
        note("join of 100,000 edits, p50", "us", percentile(&mut joins.took, 0.5));
        note("join of 100,000 edits, size", "KiB", joins.bytes as f64 / 1_024.0);
    }
    if wanted.load("idle") {
        let (connections, few, many) = IDLE;
        let grown = [
            load::idle(&Server::start(kind), connections, few).await,
            load::idle(&Server::start(kind), connections, many).await,
        ];
        note("idle, rooms of 2: per connection", "KiB", grown[0] / connections as f64 / 1_024.0);
        let rooms = (connections / few - connections / many) as f64;
        note("idle: per room beyond its connections", "KiB", (grown[0] - grown[1]) / rooms / 1_024.0);
    }
}

/// A figure of one server over that of another, run by run.
fn ratio(figures: &Figures, name: &'static str, one: usize, other: usize) -> Vec<f64> {
    let of = |place| figures.get(&(place, name)).map(|(_, runs)| runs.clone()).unwrap_or_default();
    of(one).iter().zip(of(other)).map(|(one, other)| one / other).collect()
}

/// The goals of issue 8.
fn goals(figures: &Figures) -> Vec<Figure> {
    let (floor, pair, nodes, npm) = (0, 1, 3, [4, 5]);
    let mut goals = Vec::new();
    for name in ["pair: p99", "classroom: p99", "250 rooms: p99"] {
        goals
            .push(Figure::new(format!("{name}, over the floor's"), "", ratio(figures, name, pair, floor)).at_most(1.5));
    }
    let through = "throughput, 8 clients";
    goals.push(
        Figure::new(format!("{through}, over the floor's"), "", ratio(figures, through, pair, floor)).at_least(0.6),
    );
    let better = |name, least: bool| {
        let [one, other] = npm.map(|place| ratio(figures, name, pair, place));
        one.iter()
            .zip(other)
            .map(|(one, other)| if least { one.min(other) } else { one.max(other) })
            .collect::<Vec<_>>()
    };
    goals
        .push(Figure::new(format!("{through}, over the better npm server's"), "", better(through, true)).at_least(3.0));
    let idle = "idle, rooms of 2: per connection";
    goals.push(Figure::new(format!("{idle}, over the floor's"), "", ratio(figures, idle, pair, floor)).at_most(1.5));
    for join in ["join of 100,000 edits, the first", "join of 100,000 edits, p50"] {
        goals.push(Figure::new(format!("{join}, over the better npm server's"), "", better(join, false)).at_most(0.5));
    }
    let across = |name| {
        let of = |place| figures.get(&(place, name)).map(|(_, runs)| runs.clone()).unwrap_or_default();
        let beyond = of(nodes).iter().zip(of(pair)).map(|(two, one)| two - one).collect();
        Figure::new(format!("{name}, two nodes beyond one"), "us", beyond).at_most(1_500.0)
    };
    goals.extend(["pair: p50", "classroom: p50", "250 rooms: p50"].map(across));
    goals.retain(|goal| !goal.runs.is_empty());
    goals
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if std::env::args().any(|argument| argument == FLOOR) {
        return runtime.block_on(floor::serve());
    }
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let wanted = Wanted(std::env::args().skip(1).collect());
    let mut figures = Figures::new();
    for run in 1..=RUNS {
        for (place, kind) in KINDS.into_iter().enumerate().filter(|(_, kind)| wanted.kind(*kind)) {
            println!("run {run} of {RUNS}: {}", kind.name());
            runtime.block_on(measure(place, kind, &wanted, &mut figures));
        }
        // After each run, so that one which is cut short has said something.
        let all = figures.iter().map(|((place, name), (unit, runs))| {
            Figure::new(format!("{}: {name}", KINDS[*place].name()), unit, runs.clone())
        });
        report("server", &all.chain(goals(&figures)).collect::<Vec<_>>());
    }
}
