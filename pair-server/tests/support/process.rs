//! The server's binary as a process of its own: started, asked for its memory, told to stop, killed.

use super::DEADLINE;
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

/// A running server. It is killed when this is dropped.
pub struct ServerProcess {
    child: Child,
    lines: Receiver<String>,
    log: Arc<Mutex<String>>,
    address: SocketAddr,
}

/// The binary in a folder, which is also its home, with nothing of the test's own environment.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pair-server"));
    command.env_clear().env("HOME", folder).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

impl ServerProcess {
    /// Starts it on a free port, or the one that `arguments` name, and waits until it listens.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_on(folder, "sqlite:pair.db", arguments)
    }

    /// Starts it on a database.
    pub fn start_on(folder: &Path, database: &str, arguments: &[&str]) -> Self {
        let mut command = command(folder);
        command.args(["--listen=127.0.0.1:0", &format!("--database-url={database}")]).args(arguments);
        Self::start_command(command)
    }

    /// Starts a prepared command and waits until it listens.
    pub fn start_command(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, whole) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut whole = whole.lock().unwrap();
                whole.push_str(&line);
                whole.push('\n');
                drop(whole);
                drop(sender.send(line));
            }
        });
        let mut process = Self { child, lines, log, address: ([127, 0, 0, 1], 0).into() };
        let line = process.until_line("listening on http://");
        process.address = line.split("http://").nth(1).unwrap().split([',', ' ']).next().unwrap().parse().unwrap();
        process
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of the log that holds this.
    pub fn until_line(&mut self, part: &str) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(part) => return line,
                Ok(_) => {}
                Err(error) => panic!("no line {part:?} came: {error}; the log was:\n{}", self.log()),
            }
        }
    }

    /// Everything that it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Kills it on the spot, as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "the server did not end; its log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
