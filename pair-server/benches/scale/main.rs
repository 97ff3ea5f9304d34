//! What the server's work costs as it grows: 1 to 5,000 rooms in which somebody types, and 2 to 200 clients in one room. Latency, CPU and memory
//! of the server, which is a process of its own; the clients share the machine with it. Run by `scripts/bench scale`, which writes the table and the
//! picture of docs/measurements.md too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a benchmark: what fails ends it")]

mod crowd;
mod page;
mod plot;
#[path = "../report/mod.rs"]
mod report;
#[path = "../../tests/support/mod.rs"]
mod support;

use crowd::{Crowd, Load};
use pair_server::metrics::{Metrics, values::Dialect};
use report::{Figure, percentile, report};
use std::time::{Duration, Instant};
use support::process::ServerProcess;

const RUNS: usize = 3;

/// Numbers of rooms; two clients in each, one of which types once a second.
const ROOMS: [usize; 5] = [1, 10, 100, 1_000, 5_000];

/// Numbers of clients in one room; a tenth of them types, five times a second.
const CLIENTS: [usize; 4] = [2, 10, 50, 200];

/// How long everybody types at each point.
const TYPING: Duration = Duration::from_secs(5);

/// What was measured at one point, once.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Microseconds from a client's send to another client's receipt.
    pub p50: f64,
    /// The same, of the slowest 1 %.
    pub p99: f64,
    /// Mean milliseconds from the server's receipt to durable, as its own metrics have it.
    pub durable_ms: f64,
    /// Microseconds of the server's CPU for each edit.
    pub cpu_per_edit: f64,
    /// Share of one CPU that the server used.
    pub cpu: f64,
    /// Resident bytes with everybody connected, before anybody typed.
    pub resident: f64,
    /// The same, for each room or client beyond the bare server.
    pub each: f64,
}

/// Measures one point in a fresh server.
fn measure(runtime: &tokio::runtime::Runtime, load: Load) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    // The line with the address is of the level info.
    let arguments = [
        "--log=pair_server=info,pair_server::session=warn",
        "--max-connections-per-address=100000",
        "--http-requests-per-minute=100000000",
    ];
    let process = ServerProcess::start(folder.path(), &arguments);
    let bare = process.resident_bytes();
    runtime.block_on(async {
        let crowd = Crowd::join(process.address(), load).await;
        let resident = process.resident_bytes();
        let (cpu, begun) = (cpu_seconds(process.pid()), Instant::now());
        let mut took = crowd.types().await;
        let (cpu, elapsed) = (cpu_seconds(process.pid()) - cpu, begun.elapsed().as_secs_f64());
        let durable = crowd::durable_seconds(process.address()).await;
        #[allow(clippy::cast_precision_loss, reason = "figures for people")]
        Measured {
            p50: percentile(&mut took, 0.5),
            p99: percentile(&mut took, 0.99),
            durable_ms: durable * 1e3,
            cpu_per_edit: cpu * 1e6 / load.edits() as f64,
            cpu: cpu / elapsed * 100.0,
            resident: resident as f64,
            each: (resident.saturating_sub(bare)) as f64 / load.units() as f64,
        }
    })
}

/// CPU time that a process has used: fields 14 and 15 of `proc_pid_stat(5)`.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    // Linux has counted in hundredths of a second for as long as anybody remembers (USER_HZ).
    ticks / 100.0
}

/// Nanoseconds that counting and timing one edit takes.
#[allow(clippy::cast_precision_loss, reason = "a count")]
fn recording() -> f64 {
    const EDITS: u32 = 2_000_000;
    let metrics = Metrics::default();
    let begun = Instant::now();
    for _ in 0..EDITS {
        let at = Instant::now();
        let edits = &metrics.edits;
        edits.received.of(Dialect::Pair).inc();
        edits.bytes.of(Dialect::Pair).inc_by(30);
        edits.broadcast.observe(at.elapsed());
        edits.durable.observe(at.elapsed());
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(EDITS)
}

fn figures(name: &str, runs: &[Measured]) -> Vec<Figure> {
    let of = |what: &str, unit, value: fn(&Measured) -> f64| {
        Figure::new(format!("{name}: {what}"), unit, runs.iter().map(value).collect())
    };
    vec![
        of("p50", "us", |run| run.p50),
        of("p99", "us", |run| run.p99),
        of("durable, mean", "ms", |run| run.durable_ms),
        of("server CPU per edit", "us", |run| run.cpu_per_edit),
        of("server CPU", "% of one", |run| run.cpu),
        of("resident memory", "MiB", |run| run.resident / f64::from(1 << 20)),
        of("memory for each", "KiB", |run| run.each / 1024.0),
    ]
}

fn main() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let rooms = ROOMS
        .map(|rooms| (rooms, Load { rooms, clients: 2, writers: 1, pause: Duration::from_secs(1), typing: TYPING }));
    let clients = CLIENTS.map(|clients| {
        let writers = (clients / 10).max(1);
        (clients, Load { rooms: 1, clients, writers, pause: Duration::from_millis(200), typing: TYPING })
    });
    let mut points: Vec<(&str, usize, Load, Vec<Measured>)> = Vec::new();
    points.extend(rooms.map(|(n, load)| ("rooms", n, load, Vec::new())));
    points.extend(clients.map(|(n, load)| ("clients", n, load, Vec::new())));
    for run in 1..=RUNS {
        println!("run {run} of {RUNS}, about 90 s");
        for (what, n, load, runs) in &mut points {
            let measured = measure(&runtime, *load);
            println!(
                "  {n:>5} {what:<8} p50 {:>8.0} us  p99 {:>8.0} us  {:>5.1} % CPU",
                measured.p50, measured.p99, measured.cpu
            );
            runs.push(measured);
        }
    }
    let mut all: Vec<Figure> =
        points.iter().flat_map(|(what, n, _, runs)| figures(&format!("{n} {what}"), runs)).collect();
    all.push(
        Figure::new("recording one edit in the metrics", "ns", (0..RUNS).map(|_| recording()).collect()).at_most(500.0),
    );
    report("scale", &all);
    page::write();
}
