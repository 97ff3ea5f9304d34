//! What QUIC is for, over a link that delays and loses real packets (`quic/link.py`: network namespaces and TUN devices): edits beside
//! those over a WebSocket at 5 % loss, a change of address in the middle of typing, and joining where UDP is blocked. Each
//! participant is a process of its own with the program's own client. Run by `scripts/bench quic`, as root.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark: what fails ends it"
)]

#[path = "../../pair-server/benches/report/figures.rs"]
mod figures;

use figures::{Figure, percentile, report};
use pair_server::{Server, config::Config, storage::url::DatabaseUrl};
use pair_tui::client::{
    Connection, ConnectionEvent, ConnectionSettings, Dialer, HelloParts, Outbox, RoomAddress, TransportChoice,
};
use protocol::{
    ClientId, Document, DocumentPath, Sequence, ServerMessage,
    message::{client::Edit, server::Welcome},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

const RUNS: u64 = 3;

/// Milliseconds that a packet is under way.
const DELAY_MS: u64 = 20;

/// A fast typist: 12 keys a second.
const KEY_EVERY: Duration = Duration::from_millis(80);

/// Keys of each typist at loss: a minute.
const KEYS_AT_LOSS: usize = 750;

/// Keys of the typist whose address changes.
const KEYS_IN_MOTION: usize = 150;

/// Keys of the typist beside whom others join a large room, and beside whom nobody does.
const KEYS_BESIDE_JOINS: usize = 300;

/// Characters of the large room, and of the pieces that it is made of.
const LARGE_ROOM: (usize, usize) = (4 << 20, 256 << 10);

/// Joins of each kind and run.
const JOINS: usize = 5;

const NEAR: &str = "pair-near";
const FAR: &str = "pair-far";

/// A process in one of the namespaces. Its standard input is its life.
struct Role {
    child: Child,
    life: Option<ChildStdin>,
    lines: BufReader<std::process::ChildStdout>,
}

impl Role {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut role = Self { life: child.stdin.take(), child, lines };
        assert_eq!(role.line(), "ready", "{command:?}");
        role
    }

    fn of(namespace: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(std::env::current_exe().unwrap()).arg("--role").args(arguments);
        Self::start(&mut command)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The numbers that it says until its end.
    fn numbers(mut self) -> Vec<u64> {
        let mut said = String::new();
        self.lines.read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success());
        said.lines().map(|line| line.parse().unwrap()).collect()
    }

    fn stop(mut self) {
        drop(self.life.take());
        self.child.wait().unwrap();
    }
}

fn link(loss: u64, seed: u64, more: &[&str]) -> Role {
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/quic/link.py"));
    command.args([DELAY_MS.to_string(), loss.to_string(), seed.to_string()]).args(more);
    Role::start(&mut command)
}

/// How long each key took to the reader, in microseconds.
fn latencies(typist: Role, reader: Role) -> Vec<Duration> {
    let sent = typist.numbers();
    let came = reader.numbers();
    assert_eq!(sent.len(), came.len());
    sent.iter().zip(came).map(|(sent, came)| Duration::from_micros(came.saturating_sub(*sent))).collect()
}

/// Typist and reader near, server far, both transports side by side over one link: gives the 99th percentile of each.
fn at_loss(seed: u64) -> (Vec<Duration>, Vec<Duration>) {
    let link = link(5, seed, &[]);
    let server = Role::of(FAR, &["server"]);
    let keys = KEYS_AT_LOSS.to_string();
    let pair = |transport: &str| {
        let reader = Role::of(NEAR, &["reader", transport, &keys]);
        (Role::of(NEAR, &["typist", transport, &keys]), reader)
    };
    let (quic, websocket) = (pair("quic"), pair("ws"));
    let took = (latencies(quic.0, quic.1), latencies(websocket.0, websocket.1));
    server.stop();
    link.stop();
    took
}

/// The typist near, everything else far; the typist's address changes in the middle. Gives the time of each key.
fn in_motion(seed: u64) -> Vec<Duration> {
    let link = link(0, seed, &[]);
    let server = Role::of(FAR, &["server"]);
    let keys = KEYS_IN_MOTION.to_string();
    let reader = Role::of(FAR, &["reader", "ws", &keys]);
    let typist = Role::of(NEAR, &["typist", "quic", &keys]);
    std::thread::sleep(KEY_EVERY * u32::try_from(KEYS_IN_MOTION / 2).unwrap());
    for change in [["add", "10.77.0.3/24"], ["del", "10.77.0.1/24"]] {
        let done = Command::new("ip").args(["-n", NEAR, "addr"]).args(change).args(["dev", "pairnear"]).status();
        assert!(done.unwrap().success());
    }
    // Deleting the first address of a network takes those behind it along, where the kernel does not promote them.
    let back = Command::new("ip").args(["-n", NEAR, "addr", "replace", "10.77.0.3/24", "dev", "pairnear"]).status();
    assert!(back.unwrap().success());
    let took = latencies(typist, reader);
    server.stop();
    link.stop();
    took
}

/// Joins where UDP is blocked: at the first visit, and later.
fn where_udp_is_blocked(seed: u64) -> (Vec<Duration>, Vec<Duration>) {
    let link = link(0, seed, &["block-udp"]);
    let server = Role::of(FAR, &["server"]);
    let took = |role: Role| role.numbers().into_iter().map(Duration::from_micros).collect::<Vec<_>>();
    let (first, later) =
        (0..JOINS).map(|_| took(Role::of(NEAR, &["join"]))).fold((vec![], vec![]), |(mut first, mut later), one| {
            first.push(one[0]);
            later.extend(&one[1..]);
            (first, later)
        });
    server.stop();
    link.stop();
    (first, later)
}

/// Typist and reader in a large room, on QUIC: alone, and while somebody joins it again and again over the same link.
fn beside_joins(seed: u64) -> (Vec<Duration>, Vec<Duration>) {
    let link = link(0, seed, &[]);
    let server = Role::of(FAR, &["server"]);
    Role::of(FAR, &["grow"]).stop();
    let keys = KEYS_BESIDE_JOINS.to_string();
    let typed = || {
        let reader = Role::of(NEAR, &["reader", "quic", &keys]);
        latencies(Role::of(NEAR, &["typist", "quic", &keys]), reader)
    };
    let alone = typed();
    let joiner = Role::of(NEAR, &["joiner"]);
    let beside = typed();
    joiner.stop();
    server.stop();
    link.stop();
    (alone, beside)
}

fn most(took: &[Duration]) -> f64 {
    took.iter().max().unwrap().as_secs_f64() * 1e3
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip_while(|word| word != "--role").skip(1).collect();
    if let Some(role) = arguments.first() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        return runtime.block_on(play(role, &arguments[1..]));
    }
    let mut figures: [Vec<f64>; 12] = Default::default();
    for run in 1..=RUNS {
        println!("run {run} of {RUNS}, about 150 s");
        let (mut quic, mut websocket) = at_loss(run);
        let p99 = [percentile(&mut quic, 0.99) / 1e3, percentile(&mut websocket, 0.99) / 1e3];
        let p50 = [percentile(&mut quic, 0.5) / 1e3, percentile(&mut websocket, 0.5) / 1e3];
        let mut moved = in_motion(run);
        let (first, later) = where_udp_is_blocked(run);
        let (mut alone, mut beside) = beside_joins(run);
        let joins = [percentile(&mut alone, 0.99) / 1e3, percentile(&mut beside, 0.99) / 1e3];
        let all = [
            p50[0],
            p50[1],
            p99[0],
            p99[1],
            p99[0] / p99[1],
            percentile(&mut moved, 0.5) / 1e3,
            most(&moved),
            most(&first),
            most(&later),
            joins[0],
            joins[1],
            joins[1] / joins[0],
        ];
        for (figure, value) in figures.iter_mut().zip(all) {
            figure.push(value);
        }
    }
    let [p50_quic, p50_ws, p99_quic, p99_ws, share, p50_moved, most_moved, first, later, alone, beside, delayed] =
        figures;
    #[allow(clippy::cast_precision_loss, reason = "a few milliseconds")]
    let two_round_trips = (4 * DELAY_MS) as f64;
    report(
        "quic",
        &[
            Figure::new("edit at 5 % loss, QUIC, p50", "ms", p50_quic),
            Figure::new("edit at 5 % loss, WebSocket, p50", "ms", p50_ws),
            Figure::new("edit at 5 % loss, QUIC, p99", "ms", p99_quic),
            Figure::new("edit at 5 % loss, WebSocket, p99", "ms", p99_ws),
            Figure::new("p99 over QUIC, as a share of the WebSocket's", "", share).at_most(0.5),
            Figure::new("edit while the address changes, p50", "ms", p50_moved),
            Figure::new("edit while the address changes, the slowest", "ms", most_moved).at_most(two_round_trips),
            Figure::new("joined with UDP blocked, first visit, the slowest", "ms", first).at_most(400.0),
            Figure::new("joined with UDP blocked, known server, the slowest", "ms", later).at_most(400.0),
            Figure::new("edit in a room of 4 MB, p99", "ms", alone),
            Figure::new("edit in it while somebody joins again and again, p99", "ms", beside),
            Figure::new("what these joins cost the edits' p99, times", "", delayed).at_most(2.0),
        ],
    );
}

/// Says a line to the parent.
fn say(line: impl std::fmt::Display) {
    println!("{line}");
    std::io::stdout().flush().unwrap();
}

fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

async fn play(role: &str, arguments: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let dialer = |word: &str| Dialer::new(word.parse().unwrap(), folder.path());
    let count = || arguments[1].parse::<usize>().unwrap();
    match role {
        "server" => serve(folder.path()).await,
        "reader" => read(&dialer(&arguments[0]), &arguments[0], count()).await,
        "typist" => type_keys(&dialer(&arguments[0]), &arguments[0], count()).await,
        "join" => {
            say("ready");
            for _ in 0..3 {
                let began = Instant::now();
                let (connection, ..) = join(&Dialer::new(TransportChoice::Auto, folder.path()), "join").await;
                say(began.elapsed().as_micros());
                connection.close().await;
            }
        }
        "grow" => grow(&dialer("quic")).await,
        "joiner" => {
            say("ready");
            let quic = dialer("quic");
            let parent = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
            tokio::select! {
                _ = parent => {}
                () = join_again_and_again(&quic) => {}
            }
        }
        other => panic!("no role is called {other}"),
    }
}

async fn serve(folder: &Path) {
    let database = DatabaseUrl::SqliteFile(folder.join("pair.db"));
    let config = Config { listen: "0.0.0.0:8000".parse().unwrap(), database, ..Config::default() };
    let server = Server::start(config).await.unwrap();
    assert!(server.speaks_quic());
    say("ready");
    // The parent's end of standard input closes.
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    server.stop().await;
}

/// Joins a room.
async fn join(dialer: &Dialer, room: &str) -> (Connection, Outbox, Box<Welcome>, ClientId) {
    let server = "https://10.77.0.2:8000".parse().unwrap();
    let address = RoomAddress { server, room: room.parse().unwrap(), token: None };
    let mut connection = Connection::open(ConnectionSettings { address, dialer: dialer.clone() });
    let client = ClientId::from_random_32(std::process::id());
    loop {
        match connection.next().await.unwrap() {
            ConnectionEvent::HelloWanted(answer) => drop(answer.send(HelloParts {
                name: "Ada".into(),
                color: None,
                client,
                secret: "a secret of 16 ch".into(),
                formerly: Vec::new(),
                documents: Vec::new(),
            })),
            ConnectionEvent::Welcomed { welcome, outbox, .. } => return (connection, outbox, welcome, client),
            ConnectionEvent::Disconnected { reason, .. } => eprintln!("{reason}; trying again"),
            ConnectionEvent::Connecting | ConnectionEvent::Message(_) => {}
        }
    }
}

/// Fills the room of those who are on QUIC.
async fn grow(dialer: &Dialer) {
    let (mut connection, outbox, welcome, client) = join(dialer, "quic").await;
    let mut document = Document::new(client);
    document.apply(&welcome.documents[0].difference).unwrap();
    let (mut seq, line) = (Sequence::ZERO, "a line of text that somebody wrote long ago\n");
    let piece = line.repeat(LARGE_ROOM.1 / line.len());
    let mut durable = Sequence::ZERO;
    while document.len().0 < LARGE_ROOM.0 || durable < seq {
        if durable == seq {
            let update = document.edit(document.len()..document.len(), &piece, 0).unwrap();
            seq = seq.next();
            outbox.send(Edit { document: DocumentPath::main(), seq, update: update.into() }.into());
        }
        if let ConnectionEvent::Message(message) = connection.next().await.unwrap()
            && let ServerMessage::Receipt(receipt) = *message
        {
            durable = receipt.durable;
        }
    }
    drop(outbox);
    connection.close().await;
    say("ready");
}

/// Joins, takes the whole text, leaves, and so on.
async fn join_again_and_again(dialer: &Dialer) {
    loop {
        let (mut connection, outbox, welcome, _) = join(dialer, "quic").await;
        let mut has_text = !welcome.documents[0].snapshot;
        while !has_text {
            let event = connection.next().await.unwrap();
            has_text =
                matches!(&event, ConnectionEvent::Message(message) if matches!(**message, ServerMessage::Missing(_)));
        }
        drop(outbox);
        connection.close().await;
    }
}

/// Says when each edit came.
async fn read(dialer: &Dialer, room: &str, count: usize) {
    // The room of the typist who types on QUIC, whatever this reader is on: see `in_motion`.
    let room = if count == KEYS_IN_MOTION { "quic" } else { room };
    let (mut connection, _outbox, welcome, _) = join(dialer, room).await;
    let mut waits_for_text = welcome.documents[0].snapshot;
    if !waits_for_text {
        say("ready");
    }
    let mut came = Vec::new();
    while came.len() < count {
        match connection.next().await.unwrap() {
            ConnectionEvent::Message(message) => match *message {
                ServerMessage::Edited(_) => came.push(now()),
                ServerMessage::Missing(_) if waits_for_text => {
                    waits_for_text = false;
                    say("ready");
                }
                ServerMessage::Missing(_) => panic!("the reader fell behind, so that there is nothing to measure"),
                _ => {}
            },
            other => panic!("the reader lost its connection: {other:?}"),
        }
    }
    came.iter().for_each(say);
}

/// Types, and says when each key was pressed.
async fn type_keys(dialer: &Dialer, room: &str, count: usize) {
    let (mut connection, outbox, welcome, client) = join(dialer, room).await;
    let mut document = Document::new(client);
    document.apply(&welcome.documents[0].difference).unwrap();
    say("ready");
    let mut keys = tokio::time::interval(KEY_EVERY);
    let (mut sent, mut seq) = (Vec::new(), Sequence::ZERO);
    let mut durable = Sequence::ZERO;
    while sent.len() < count || durable < seq {
        tokio::select! {
            _ = keys.tick(), if sent.len() < count => {
                let update = document.edit(document.len()..document.len(), "k", 0).unwrap();
                seq = seq.next();
                sent.push(now());
                outbox.send(Edit { document: DocumentPath::main(), seq, update: update.into() }.into());
            }
            event = connection.next() => match event.unwrap() {
                ConnectionEvent::Message(message) => {
                    if let ServerMessage::Receipt(receipt) = *message {
                        durable = receipt.durable;
                    }
                }
                other => panic!("the typist lost its connection: {other:?}"),
            },
        }
    }
    sent.iter().for_each(say);
}
