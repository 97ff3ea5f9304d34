//! `pair-server ready`: asks a running server whether it is ready, for containers that have no other program to ask with. Knows HTTP just enough
//! for that.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

/// How long the server may take; longer than it gives its storage.
const PATIENCE: Duration = Duration::from_secs(4);

/// Bytes of the answer that are read at most.
const ANSWER_MAX: u64 = 4 << 10;

/// Asks the server that listens on an address; gives whether it is ready, and its answer's last line. A server on every interface is asked on this
/// machine's own.
///
/// # Errors
/// What the connection refuses.
pub fn ask(listen: &str) -> io::Result<(bool, String)> {
    let near = listen.replacen("0.0.0.0:", "127.0.0.1:", 1).replacen("[::]:", "[::1]:", 1);
    let address = near.to_socket_addrs()?.next().ok_or_else(|| io::Error::other(format!("{near} is no address")))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nhost: {near}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_MAX).read_to_string(&mut answer)?;
    let is_ready = answer.split_whitespace().nth(1) == Some("200");
    Ok((is_ready, answer.lines().last().unwrap_or_default().to_owned()))
}
