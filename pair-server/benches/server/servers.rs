//! The servers that are measured, each as processes of its own: started, asked for their processor time and memory, killed. Knows no client.

use super::dialect::Dialect;
use crate::support::{postgres::PostgresServer, process::ServerProcess, redis::RedisServer};
use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};
use tempfile::TempDir;

/// Told to this program, it is the floor.
pub const FLOOR: &str = "--floor";

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only broadcasts.
    Floor,
    /// pair-server on SQLite.
    Pair,
    /// pair-server on PostgreSQL, one node.
    PairPostgres,
    /// pair-server on PostgreSQL and Redis, two nodes, with every second client of a room on the other.
    PairNodes,
    /// `@y/websocket-server`, the server of y-websocket.
    YWebsocket,
    /// `@hocuspocus/server`.
    Hocuspocus,
}

impl Kind {
    /// As it is called in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Pair => "pair, SQLite",
            Self::PairPostgres => "pair, PostgreSQL",
            Self::PairNodes => "pair, two nodes",
            Self::YWebsocket => "y-websocket",
            Self::Hocuspocus => "hocuspocus",
        }
    }

    /// What it is spoken to in.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Floor => Dialect::Floor,
            Self::Pair | Self::PairPostgres | Self::PairNodes => Dialect::Pair,
            Self::YWebsocket => Dialect::Yjs,
            Self::Hocuspocus => Dialect::Hocuspocus,
        }
    }
}

/// A running server.
pub struct Server {
    pub kind: Kind,
    /// Where its nodes listen; clients are spread over them.
    pub nodes: Vec<SocketAddr>,
    processes: Vec<Running>,
    _redis: Option<RedisServer>,
    _folder: TempDir,
}

enum Running {
    Pair(ServerProcess),
    Other(Child),
}

impl Running {
    fn pid(&self) -> u32 {
        match self {
            Self::Pair(process) => process.pid(),
            Self::Other(child) => child.id(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Self::Other(child) = self {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Server {
    /// Starts one and waits until it listens.
    pub fn start(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let redis = (kind == Kind::PairNodes).then(RedisServer::start);
        let started = match kind {
            Kind::Floor => vec![other(Command::new(std::env::current_exe().unwrap()).arg(FLOOR), 0)],
            Kind::Pair => vec![pair(folder.path(), "sqlite:pair.db", None)],
            Kind::PairPostgres => vec![pair(folder.path(), &postgres().database(), None)],
            Kind::PairNodes => {
                let database = postgres().database();
                ["one", "other"].map(|node| pair(&folder.path().join(node), &database, redis.as_ref())).into()
            }
            Kind::YWebsocket => vec![node("node_modules/@y/websocket-server/src/server.js")],
            Kind::Hocuspocus => vec![node("hocuspocus.mjs")],
        };
        let (nodes, processes) = started.into_iter().unzip();
        Self { kind, nodes, processes, _redis: redis, _folder: folder }
    }

    /// The node of a client.
    pub fn node(&self, client: usize) -> SocketAddr {
        self.nodes[client % self.nodes.len()]
    }

    /// Processor time of all its processes so far, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.processes.iter().map(|process| cpu_seconds(process.pid())).sum()
    }

    /// Resident memory of all its processes, in bytes.
    #[allow(clippy::cast_precision_loss, reason = "bytes of memory")]
    pub fn resident_bytes(&self) -> f64 {
        self.processes.iter().map(|process| resident_bytes(process.pid())).sum::<u64>() as f64
    }
}

/// One PostgreSQL for all runs; it flushes to the disk as SQLite beside it does.
fn postgres() -> &'static PostgresServer {
    static POSTGRES: OnceLock<PostgresServer> = OnceLock::new();
    POSTGRES.get_or_init(PostgresServer::start_durable)
}

fn pair(folder: &Path, database: &str, redis: Option<&RedisServer>) -> (SocketAddr, Running) {
    std::fs::create_dir_all(folder).unwrap();
    // The others have no limits that could be measured in place of the server.
    let limits = ["--max-connections-per-address=100000", "--max-edits-per-second=10000000"];
    let mut arguments = vec!["--log=error,pair_server=info", "--quic=false"];
    arguments.extend(limits);
    let redis = redis.map(|redis| format!("--redis-url={}", redis.url()));
    arguments.extend(redis.as_deref());
    let process = ServerProcess::start_on(folder, database, &arguments);
    (process.address(), Running::Pair(process))
}

fn node(script: &str) -> (SocketAddr, Running) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut node = Command::new("node");
    node.arg(script).current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/server/npm"));
    other(node.env("HOST", "127.0.0.1").env("PORT", port.to_string()), port)
}

/// Starts a program that says one line when it listens: at the address in that, or at a port that is known.
fn other(command: &mut Command, port: u16) -> (SocketAddr, Running) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told = line.trim().rsplit(' ').next().and_then(|word| word.parse().ok());
    (told.unwrap_or(([127, 0, 0, 1], port).into()), Running::Other(child))
}

/// User and system time (proc(5), fields 14 and 15 of `/proc/PID/stat`), in seconds; a tick is a hundredth.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u32>().unwrap();
    f64::from(ticks(11) + ticks(12)) / 100.0
}

fn resident_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}
