//! A real PostgreSQL for tests: made in a temporary folder, on a free port of 127.0.0.1, with a database for each who asks. Knows no
//! table.
//!
//! PostgreSQL refuses to run as root, so that root's tests run it as Debian's user `postgres`. It ends with the process that started it,
//! however that ends: a shell waits for the end of its standard input, and then stops the server and removes its folder.

use super::DEADLINE;
use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The role that owns everything; nobody asks for its password unless a test changes that.
pub const ROLE: &str = "pair";

/// Tries to find a port that nobody takes before PostgreSQL does.
const PORT_TRIES: u32 = 5;

/// Runs its arguments behind the first, and lets them end when told to ("stop") or when whoever could tell is gone: then the folder, the
/// first argument, goes too.
const KEEPER: &str = r#"
folder=$1; shift
"$@" >>"$folder/log" 2>&1 </dev/null &
if read -r _; then wait; else kill -QUIT $!; wait; rm -rf "$folder"; fi
"#;

/// What makes tests quick and what they show untouched: nothing here has to survive the power. A commit still is with the operating system
/// before it is answered, and so survives a crash of the server.
const QUICK: [&str; 2] = ["fsync=off", "full_page_writes=off"];

/// What a server for durability is told instead.
const DURABLE: [&str; 1] = ["fsync=on"];

/// How a server is stopped.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    /// In order; connections are ended (`pg_ctl stop -m fast`).
    Fast,
    /// As a crash of the machine would, but for the disk (`pg_ctl stop -m immediate`): the next start recovers from the log.
    Immediate,
}

/// A PostgreSQL server; it stops when this is dropped.
pub struct PostgresServer {
    keeper: Option<Child>,
    port: u16,
    settings: Vec<String>,
    folder: TempDir,
    databases: AtomicU32,
}

impl PostgresServer {
    /// One for all tests of this process, which each take a database of it. Don't stop it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// One of the test's own.
    pub fn start() -> Self {
        Self::start_with(&QUICK)
    }

    /// One that flushes to the disk, as an operator's does.
    pub fn start_durable() -> Self {
        Self::start_with(&DURABLE)
    }

    /// One with settings, each `NAME=VALUE` as in `postgresql.conf`.
    pub fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The folder itself is its owner's only, and PostgreSQL may be another user.
        run(Command::new("chmod").arg("755").arg(folder.path()));
        let mut install = Command::new("install");
        install.args(["-d", "-m", "700"]);
        if is_root() {
            install.args(["-o", "postgres"]);
        }
        run(install.arg(folder.path().join("data")));
        let mut initdb = as_postgres(&binary("initdb"));
        initdb.args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]);
        run(initdb.args(["--username", ROLE, "--pgdata"]).arg(folder.path().join("data")));
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut server = Self { keeper: None, port: 0, settings, folder, databases: AtomicU32::new(0) };
        for _ in 0..PORT_TRIES {
            server.port = free_port();
            if server.launch() {
                return server;
            }
        }
        panic!("PostgreSQL does not start:\n{}", server.log());
    }

    /// Starts it again, on the same port.
    pub fn start_again(&mut self) {
        assert!(self.keeper.is_none(), "it runs");
        assert!(self.launch(), "PostgreSQL does not start again:\n{}", self.log());
    }

    /// Stops it and waits until it is gone.
    pub fn stop(&mut self, how: Stop) {
        let Some(mut keeper) = self.keeper.take() else { return };
        let signal = match how {
            Stop::Fast => "INT",
            Stop::Immediate => "QUIT",
        };
        run(Command::new("kill").arg(format!("-{signal}")).arg(self.postmaster().to_string()));
        let told = keeper.stdin.take().map(|mut stdin| stdin.write_all(b"stop\n"));
        told.unwrap().unwrap();
        keeper.wait().unwrap();
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Its folder; `data` in it is the cluster's.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("pair_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The address of a database, as operators write it.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{ROLE}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL in a database; gives what came out, fields with `|` between them.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(binary("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", ROLE]);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]);
        String::from_utf8(run(&mut psql)).unwrap().trim_end().to_owned()
    }

    /// What operators back a database up with: all of it as SQL, while servers use it (`pg_dump`).
    pub fn dump(&self, database: &str) -> Vec<u8> {
        let mut dump = Command::new(binary("pg_dump"));
        run(dump.args(["-h", "127.0.0.1", "-U", ROLE, "-p", &self.port.to_string(), "-d", database]))
    }

    /// Plays a dump back into a database (`psql`).
    pub fn play_back(&self, database: &str, dump: &[u8]) {
        let file = self.folder.path().join("dump.sql");
        std::fs::write(&file, dump).unwrap();
        let mut psql = Command::new(binary("psql"));
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", ROLE]);
        run(psql.args(["-p", &self.port.to_string(), "-d", database, "-f"]).arg(file));
    }

    /// Everything that it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The process id of its first process.
    pub fn postmaster(&self) -> u32 {
        let file = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }

    /// Starts it and waits until it answers; gives false where it ended instead.
    fn launch(&mut self) -> bool {
        let postgres = as_postgres(&binary("postgres"));
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(self.folder.path()).arg(postgres.get_program()).args(postgres.get_args());
        keeper.arg("-D").arg(self.folder.path().join("data")).args(["-p", &self.port.to_string()]);
        for setting in
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "shared_buffers=32MB"]
        {
            keeper.args(["-c", setting]);
        }
        for setting in &self.settings {
            keeper.args(["-c", setting]);
        }
        let keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let before = self.log().matches("database system is shut down").count();
        self.keeper = Some(keeper);
        let end = Instant::now() + DEADLINE;
        let mut ready = Command::new(binary("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-U", ROLE, "-p", &self.port.to_string()]);
        while !ready.status().unwrap().success() {
            let refused = self.log().matches("database system is shut down").count() > before;
            if refused || Instant::now() > end {
                self.drop_keeper();
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Lets go of a server that has ended.
    fn drop_keeper(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take().map(|mut stdin| stdin.write_all(b"stop\n")));
            drop(keeper.wait());
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if self.keeper.is_some() {
            self.stop(Stop::Immediate);
        }
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A program as the user whom PostgreSQL accepts.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// One of PostgreSQL's programs: Debian keeps most of them beside each other's versions, the newest is taken; else they are in the path.
fn binary(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists());
    let number = |path: &PathBuf| {
        let version = path.parent().and_then(Path::parent).and_then(Path::file_name);
        version.and_then(|version| version.to_str()?.parse::<u32>().ok())
    };
    found.max_by_key(number).unwrap_or_else(|| name.into())
}

/// Runs a command to its good end; gives what it wrote.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}; scripts/setup test installs what is missing");
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
