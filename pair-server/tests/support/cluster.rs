//! Several server processes on one PostgreSQL and one Redis. Knows no story.

use super::{
    postgres::PostgresServer,
    process::{ServerProcess, command},
    redis::RedisServer,
};
use std::{net::SocketAddr, process::ExitStatus};
use tempfile::TempDir;

/// The nodes with what they share.
pub struct Cluster {
    pub postgres: PostgresServer,
    pub redis: RedisServer,
    database: String,
    folder: TempDir,
    nodes: Vec<Option<ServerProcess>>,
    addresses: Vec<SocketAddr>,
}

impl Cluster {
    /// Starts so many nodes.
    pub fn start(count: usize) -> Self {
        let (postgres, redis) = (PostgresServer::start(), RedisServer::start());
        let (database, folder) = (postgres.database(), tempfile::tempdir().unwrap());
        let mut cluster = Self { postgres, redis, database, folder, nodes: Vec::new(), addresses: Vec::new() };
        for _ in 0..count {
            let node = cluster.launch("127.0.0.1:0");
            cluster.addresses.push(node.address());
            cluster.nodes.push(Some(node));
        }
        cluster
    }

    fn launch(&self, listen: &str) -> ServerProcess {
        let mut node = command(self.folder.path());
        node.args(["--listen", listen, "--database-url", &self.database, "--redis-url", &self.redis.url()]);
        node.arg("--log=pair_server=info");
        ServerProcess::start_command(node)
    }

    /// Where a node listens, whether it runs or not.
    pub fn address(&self, at: usize) -> SocketAddr {
        self.addresses[at]
    }

    /// Where all nodes listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// A node that runs.
    pub fn node(&mut self, at: usize) -> &mut ServerProcess {
        self.nodes[at].as_mut().unwrap()
    }

    /// Kills a node on the spot.
    pub fn kill(&mut self, at: usize) {
        self.nodes[at].take().unwrap().kill();
    }

    /// Stops a node in order.
    pub fn stop(&mut self, at: usize) -> ExitStatus {
        let mut node = self.nodes[at].take().unwrap();
        node.signal("TERM");
        node.wait()
    }

    /// Starts a node again, where it was.
    pub fn start_again(&mut self, at: usize) {
        let node = self.launch(&self.addresses[at].to_string());
        self.nodes[at] = Some(node);
    }
}
