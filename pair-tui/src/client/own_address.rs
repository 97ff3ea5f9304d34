//! Which address this machine would send from, and when that changes: another network, a cable, a tunnel. Sends nothing, and knows no
//! transport.

use super::ServerUrl;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::Duration,
};

/// So often it is looked whether this machine has another address now. A look is three system calls.
pub const ADDRESS_LOOKED_EVERY: Duration = Duration::from_secs(1);

/// Addresses that nobody has (RFC 5737 and RFC 3849), for looking where the way to everybody begins: names can't be resolved while there
/// is no network.
const NOBODY: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 9),
];

/// Any free port of any address of this machine, of the peer's family.
pub fn any_address(peer: SocketAddr) -> SocketAddr {
    let ip: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    SocketAddr::new(ip, 0)
}

/// The address that this machine would send from; none where there is no way. Nothing is sent.
pub fn own_address(peer: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(any_address(peer)).ok()?;
    socket.connect(peer).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

/// Where the ways to a server begin.
pub fn ways_to(server: &ServerUrl) -> Vec<Option<IpAddr>> {
    match server.host().trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => vec![own_address(SocketAddr::new(ip, server.port()))],
        Err(_) => NOBODY.map(own_address).to_vec(),
    }
}

/// Waits until a look gives something else than the first, and something at all: without any way there is nothing to be done.
pub async fn changed<T: PartialEq>(every: Duration, mut look: impl FnMut() -> Vec<Option<T>>) {
    let before = look();
    loop {
        tokio::time::sleep(every).await;
        let now = look();
        if now != before && now.iter().any(Option::is_some) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, collections::VecDeque};

    #[tokio::test]
    async fn a_new_way_is_noticed_and_the_loss_of_all_is_none() {
        let looks = Cell::new(0);
        let mut ways =
            VecDeque::from([vec![Some(1), None], vec![Some(1), None], vec![None, None], vec![None, Some(2)]]);
        let look = || {
            looks.set(looks.get() + 1);
            ways.pop_front().unwrap_or_default()
        };
        changed(Duration::from_micros(1), look).await;
        assert_eq!(looks.get(), 4);
    }

    #[test]
    fn the_way_to_this_machine_begins_here() {
        let server: ServerUrl = "http://127.0.0.1:8000".parse().unwrap();
        assert_eq!(ways_to(&server), [Some(Ipv4Addr::LOCALHOST.into())]);
        let named: ServerUrl = "https://pair.example".parse().unwrap();
        assert_eq!(ways_to(&named).len(), NOBODY.len());
    }
}
