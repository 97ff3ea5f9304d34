//! A server in a process of its own, so that it can be killed and started again on the same port with the same database. The
//! process is this very test program, started with the one test that serves.

use super::eventually;
use pair_server::{
    Server,
    config::Config,
    storage::url::DatabaseUrl,
    suggest::options::{ModelOptions, ProviderKind, TimeOuts},
};
use pair_tui::client::{Dialer, RoomAddress, ServerUrl, TransportChoice, http};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Names the folder that the serving process works in.
const FOLDER: &str = "PAIR_TEST_SERVE_IN";

/// A server, as a process. Killed when dropped.
pub struct ServerProcess {
    child: Child,
    folder: TempDir,
    address: String,
    /// For calls over HTTP.
    runtime: Runtime,
}

impl ServerProcess {
    /// Starts one on a free port with an empty database.
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"))
    }

    /// Starts one that asks an Ollama at this address for suggestions.
    pub fn start_with_model(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("model"), url).expect("the folder is there");
        Self::start_in(folder)
    }

    fn start_in(folder: TempDir) -> Self {
        let child = spawn(folder.path());
        let address = wait_for_address(folder.path());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { child, folder, address, runtime }
    }

    /// Kills it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("the server can be killed");
    }

    /// Starts it again on the same port with the same database; returns when it answers.
    pub fn restart(&mut self) {
        fs::write(self.folder.path().join("listen"), &self.address).expect("the folder is there");
        fs::remove_file(address_file(self.folder.path())).expect("it had an address");
        self.child = spawn(self.folder.path());
        assert_eq!(wait_for_address(self.folder.path()), self.address);
    }

    /// Suspends it, as SIGSTOP does, or lets it go on.
    pub fn suspend(&self, is_suspended: bool) {
        use rustix::process::{Signal, kill_process};
        kill_process(self.pid(), if is_suspended { Signal::STOP } else { Signal::CONT }).expect("a running server");
    }

    /// Takes away its right to write files beyond so many bytes, or gives it back: to it that is a disk that takes nothing.
    pub fn limit_files(&self, bytes: Option<u64>) {
        use rustix::process::{Resource, Rlimit, prlimit};
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(Some(self.pid()), Resource::Fsize, limit).expect("a running server");
    }

    /// Its resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a running server");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its resident memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") * 1_024
    }

    fn pid(&self) -> rustix::process::Pid {
        let id = i32::try_from(self.child.id()).ok();
        id.and_then(rustix::process::Pid::from_raw).expect("a process")
    }

    /// Opens connections, and remembers servers in a folder of the test's own.
    pub fn dialer(&self) -> Dialer {
        Dialer::new(TransportChoice::Auto, &self.folder.path().join("client"))
    }

    /// Its address, for sockets.
    pub fn socket_address(&self) -> SocketAddr {
        self.address.parse().expect("an address and a port")
    }

    /// Its address.
    pub fn url(&self) -> ServerUrl {
        self.address.parse().expect("a server's address")
    }

    /// Creates a room with this text; gives a link to it without the owner's token.
    pub fn create_room(&self, name: &str, text: &str) -> String {
        let room = http::NewRoom { code: Some(text.to_owned()), language: None, name: Some(name.to_owned()) };
        let created =
            self.runtime.block_on(http::create_room(&self.url(), &self.dialer().trust, &room)).expect("a room");
        RoomAddress { server: self.url(), room: created.room_id, token: None }.link()
    }

    /// The room's text as the server has it.
    pub fn text(&self, link: &str) -> String {
        let address = RoomAddress::parse(link, &self.url()).expect("a link");
        self.runtime
            .block_on(http::room_text(&address.server, &self.dialer().trust, &address.room))
            .expect("the room")
            .code
    }

    /// Waits until the server's text is this.
    pub fn wait_for_text(&self, link: &str, wanted: &str) {
        super::eventually_or(|| match self.text(link) {
            text if text == wanted => Ok(()),
            text => Err(format!("{wanted:?} on the server, which has {text:?}")),
        });
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(folder: &Path) -> Child {
    // A file that reaches its limit (see `limit_files`) is an error to it, not a deadly signal: exec hands that on.
    Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "serves_when_told", "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts")
}

fn address_file(folder: &Path) -> PathBuf {
    folder.join("address")
}

fn wait_for_address(folder: &Path) -> String {
    eventually("the server's address", || fs::read_to_string(address_file(folder)).ok().filter(|text| !text.is_empty()))
}

/// Serves until killed, where this process was started for it; otherwise does nothing.
pub fn serve_if_told() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let listen = fs::read_to_string(folder.join("listen")).unwrap_or_else(|_| "127.0.0.1:0".to_owned());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut config = Config {
            listen: listen.parse().expect("an address"),
            database: DatabaseUrl::SqliteFile(folder.join("pair.db")),
            ..Config::default()
        };
        if let Ok(url) = fs::read_to_string(folder.join("model")) {
            let (kind, url) = (ProviderKind::Ollama, url.parse().expect("an address"));
            let model = "tiny".to_owned();
            config.suggest.models = vec![ModelOptions { kind, url, model, key: None, sends_suffix: true, items: 1 }];
            // As long as the test wants.
            let long = super::DEADLINE;
            config.suggest.time_outs = TimeOuts { first: long, between: long, total: long };
        }
        let server = Server::start(config).await.expect("a server");
        let fresh = folder.join("address.new");
        fs::write(&fresh, server.address().to_string()).expect("the folder is there");
        fs::rename(&fresh, address_file(&folder)).expect("the folder is there");
        std::future::pending::<()>().await;
    });
}
