//! A server inside this process, for `host`: where it listens, what friends are told. Knows the server only from outside.

use crate::client::ServerUrl;
use pair_quic::Fingerprint;
use pair_server::{
    Server, StartError,
    config::{Config, ListenAddress},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// Where a hosted server listens if nothing is said: the port that clients look at by themselves.
const USUAL: &str = "127.0.0.1:8000";

/// Where it listens if that is taken.
const ANY_PORT: &str = "127.0.0.1:0";

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// It did not start.
    #[error("can't start a server here: {0}")]
    Start(#[from] StartError),
    /// Its address is none that a client can use.
    #[error("the server listens on {0}, which is no address for clients")]
    Address(SocketAddr),
}

/// A running server and how to reach it.
#[derive(Debug)]
pub struct Host {
    server: Server,
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
        let server = match listen {
            Some(listen) => start(listen).await?,
            None => match start(address(USUAL)).await {
                Err(StartError::Listen { .. }) => start(address(ANY_PORT)).await?,
                started => started?,
            },
        };
        let bound = server.address();
        let url = |scheme: &str, ip: IpAddr| -> Result<ServerUrl, HostError> {
            let address = SocketAddr::new(ip, bound.port());
            format!("{scheme}://{address}").parse().map_err(|_| HostError::Address(bound))
        };
        let is_any = bound.ip().is_unspecified();
        let here = url("http", if is_any { Ipv4Addr::LOCALHOST.into() } else { bound.ip() })?;
        let outside = if is_any { own_address() } else { Some(bound.ip()) };
        // What goes over a network is encrypted, and may be QUIC.
        let for_others = match outside.filter(|ip| !ip.is_loopback()) {
            Some(ip) => url("https", ip)?,
            None => here.clone(),
        };
        Ok(Self { server, here, for_others })
    }

    /// The fingerprint of the server's certificate, for friends to compare.
    pub fn fingerprint(&self) -> Fingerprint {
        self.server.fingerprint()
    }

    /// Stops the server; rooms store what they have first.
    pub async fn stop(self) {
        if !self.server.stop().await {
            tracing::warn!("the server was stopped before everything of it had ended");
        }
    }
}

async fn start(listen: ListenAddress) -> Result<Server, StartError> {
    Server::start(Config { listen, ..Config::default() }).await
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
