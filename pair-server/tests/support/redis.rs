//! A real Redis for tests: on a free port of 127.0.0.1, keeping nothing. Knows no channel.
//!
//! It ends with the process that started it, however that ends: a shell waits for the end of its standard input, and then kills it.

use super::DEADLINE;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Runs its arguments, until its standard input ends.
const KEEPER: &str = r#""$@" >/dev/null 2>&1 </dev/null & read -r _; kill -9 $!; wait $! 2>/dev/null; exit 0"#;

/// Tries to find a port that nobody takes before Redis does.
const PORT_TRIES: u32 = 5;

/// A Redis server; it is killed when this is dropped.
pub struct RedisServer {
    keeper: Option<Child>,
    port: u16,
    /// For TLS, if it speaks that.
    tls_port: Option<u16>,
    folder: TempDir,
}

impl RedisServer {
    /// Starts one.
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), false)
    }

    /// Starts one that speaks TLS, too, with a certificate for `localhost`: `root.pem` in its folder.
    pub fn start_tls() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("root.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Self::start_in(folder, true)
    }

    fn start_in(folder: TempDir, tls: bool) -> Self {
        let mut server = Self { keeper: None, port: 0, tls_port: None, folder };
        for _ in 0..PORT_TRIES {
            server.port = free_port();
            server.tls_port = tls.then(free_port);
            if server.launch() {
                return server;
            }
        }
        panic!("Redis does not start");
    }

    /// Its address, as operators write it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The same with TLS.
    pub fn tls_url(&self) -> String {
        format!("rediss://localhost:{}", self.tls_port.unwrap())
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Kills it; nothing that it had is kept.
    pub fn kill(&mut self) {
        let Some(mut keeper) = self.keeper.take() else { return };
        drop(keeper.stdin.take());
        keeper.wait().unwrap();
    }

    /// Starts it again, on the same port.
    pub fn start_again(&mut self) {
        assert!(self.keeper.is_none(), "it runs");
        assert!(self.launch(), "Redis does not start again");
    }

    fn launch(&mut self) -> bool {
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh", "redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        keeper.arg("--port").arg(self.port.to_string()).arg("--dir").arg(self.folder.path());
        if let Some(port) = self.tls_port {
            let file = |name: &str| self.folder.path().join(name);
            keeper.arg("--tls-port").arg(port.to_string()).args(["--tls-auth-clients", "no"]);
            keeper.arg("--tls-cert-file").arg(file("root.pem")).arg("--tls-key-file").arg(file("key.pem"));
        }
        let keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.keeper = Some(keeper);
        let end = Instant::now() + DEADLINE / 2;
        while Instant::now() < end {
            if self.answers() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
        false
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address()) else { return false };
        let mut answer = [0; 7];
        stream.write_all(b"PING\r\n").is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"+PONG\r\n"
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
