//! A server in a process of its own, so that it can be killed and started again on the same port with the same database. The
//! process is this very test program, started with the one test that serves.

use super::eventually;
use pair_server::{Server, config::Config, storage::url::DatabaseUrl};
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
        let folder = tempfile::tempdir().expect("a folder");
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
    Command::new(std::env::current_exe().expect("this program"))
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
        let config = Config {
            listen: listen.parse().expect("an address"),
            database: DatabaseUrl::SqliteFile(folder.join("pair.db")),
            ..Config::default()
        };
        let server = Server::start(config).await.expect("a server");
        let fresh = folder.join("address.new");
        fs::write(&fresh, server.address().to_string()).expect("the folder is there");
        fs::rename(&fresh, address_file(&folder)).expect("the folder is there");
        std::future::pending::<()>().await;
    });
}
