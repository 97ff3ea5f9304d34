//! A server inside the test's process, on a free port, with a database file in a folder that goes with it.

use pair_server::{
    Server,
    config::Config,
    storage::{Storage, url::DatabaseUrl},
};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tempfile::TempDir;

/// A running server.
pub struct TestServer {
    server: Server,
    config: Config,
    folder: TempDir,
}

impl TestServer {
    /// Starts one with the defaults but for what `change` changes.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config_in(&folder);
        change(&mut config);
        let server = Server::start(config.clone()).await.unwrap();
        Self { server, config, folder }
    }

    /// Starts one with the defaults.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one on a storage that is open already.
    pub async fn start_on(storage: Arc<dyn Storage>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config_in(&folder);
        change(&mut config);
        let server = Server::start_on(config.clone(), storage).await.unwrap();
        Self { server, config, folder }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Its database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("pair.db")
    }

    /// Stops it in order and starts it again on the same file; the address is another one.
    pub async fn restart(self) -> Self {
        assert!(self.server.stop().await, "the server should stop before its deadline");
        let server = Server::start(self.config.clone()).await.unwrap();
        Self { server, config: self.config, folder: self.folder }
    }

    /// Stops it; gives whether everything ended before the deadline.
    pub async fn stop(self) -> bool {
        self.server.stop().await
    }
}

fn config_in(folder: &TempDir) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        database: DatabaseUrl::SqliteFile(folder.path().join("pair.db")),
        ..Config::default()
    }
}
