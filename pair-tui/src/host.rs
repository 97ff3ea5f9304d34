//! A server inside this process, for `host`: where it listens, what friends are told. Knows the server only from outside.

use crate::client::ServerUrl;
use pair_server::{
    Server, StartError,
    config::{Config, ListenAddress},
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
};
use tokio::runtime::{Builder, Runtime};
use tokio_util::task::TaskTracker;

/// Where a hosted server listens if nothing is said: the port that clients look at by themselves.
const USUAL: &str = "127.0.0.1:8000";

/// Where it listens if that is taken.
const ANY_PORT: &str = "127.0.0.1:0";

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There are no threads for it.
    #[error("can't start the threads of a server here")]
    Threads(#[from] io::Error),
    /// It ended while it started.
    #[error("the server ended while it started")]
    Ended,
    /// It did not start.
    #[error("can't start a server here: {0}")]
    Start(#[from] StartError),
    /// Its address is none that a client can use.
    #[error("the server listens on {0}, which is no address for clients")]
    Address(SocketAddr),
}

/// A running server and how to reach it. It has threads of its own, so that it never keeps the screen waiting.
#[derive(Debug)]
pub struct Host {
    server: Server,
    threads: Threads,
    /// Its address for this machine.
    pub here: ServerUrl,
    /// Its address for others; the same as `here` where it listens on this machine only.
    pub for_others: ServerUrl,
}

impl Host {
    /// Starts a server on the given address, or on the usual port, or on a free one where that is taken.
    ///
    /// # Errors
    /// [`HostError`].
    pub async fn start(listen: Option<ListenAddress>) -> Result<Self, HostError> {
        let threads = Threads::start()?;
        let server = threads.run(start(listen)).await.ok_or(HostError::Ended)??;
        let bound = server.address();
        let url = |ip: IpAddr| -> Result<ServerUrl, HostError> {
            SocketAddr::new(ip, bound.port()).to_string().parse().map_err(|_| HostError::Address(bound))
        };
        let is_any = bound.ip().is_unspecified();
        let here = url(if is_any { Ipv4Addr::LOCALHOST.into() } else { bound.ip() })?;
        let for_others =
            if is_any { own_address().map(url).transpose()?.unwrap_or_else(|| here.clone()) } else { here.clone() };
        Ok(Self { server, threads, here, for_others })
    }

    /// Stops the server; rooms store what they have first.
    pub async fn stop(self) {
        if self.threads.run(self.server.stop()).await != Some(true) {
            tracing::warn!("the server was stopped before everything of it had ended");
        }
    }
}

/// The threads of the server.
#[derive(Debug)]
struct Threads {
    tasks: TaskTracker,
    runtime: Option<Runtime>,
}

impl Threads {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("server").enable_all().build()?;
        Ok(Self { tasks: TaskTracker::new(), runtime: Some(runtime) })
    }

    /// Lets them do something; none where it panicked.
    async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.tasks.spawn_on(work, self.runtime.as_ref()?.handle()).await.ok()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Dropped as it is, a runtime waits for its threads, which those of another runtime must not.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn start(listen: Option<ListenAddress>) -> Result<Server, StartError> {
    let on = |listen| Server::start(Config { listen, ..Config::default() });
    match listen {
        Some(listen) => on(listen).await,
        None => match on(address(USUAL)).await {
            Err(StartError::Listen { .. }) => on(address(ANY_PORT)).await,
            started => started,
        },
    }
}

#[expect(clippy::expect_used, reason = "both addresses are constants, and a test reads them")]
fn address(text: &str) -> ListenAddress {
    text.parse().expect("a constant address")
}

/// The address that this machine has on its network: the one it would send from. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address that is reserved for examples: only the way there is looked up.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_addresses_are_addresses() {
        assert_eq!((address(USUAL).as_str(), address(ANY_PORT).as_str()), (USUAL, ANY_PORT));
    }
}
