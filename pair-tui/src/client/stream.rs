//! A byte stream to a server over TCP, encrypted where its address begins with https. Knows no HTTP.

use super::{
    address::ServerUrl,
    heard::{Heard, HeardStream},
    trust::{Question, Trust, TrustError},
};
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// What is agreed on in the TLS handshake.
const ALPN: &[u8] = b"http/1.1";

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// A stream of either kind.
pub type Stream = Box<dyn Duplex>;

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// Nobody answers there.
    #[error("no pair server answers there")]
    Unreachable(#[source] io::Error),
    /// The server is not trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The name can't stand in a certificate.
    #[error("the server's name can't stand in a certificate")]
    Name(#[from] InvalidDnsNameError),
    /// No encrypted connection came about.
    #[error("the encrypted connection failed; does the server speak https?")]
    Tls(#[source] io::Error),
    /// This program's own TLS can't be set up.
    #[error("TLS can't be set up here")]
    Setup(#[from] rustls::Error),
}

/// Opens a stream; gives with it what comes on it, as the socket sees it.
///
/// # Errors
/// [`StreamError`].
pub async fn open(server: &ServerUrl, trust: &Trust) -> Result<(Stream, Arc<Heard>), StreamError> {
    let tcp = TcpStream::connect((server.host(), server.port())).await.map_err(StreamError::Unreachable)?;
    // Nagle's algorithm off: a keystroke must not wait for the answer to the one before.
    tcp.set_nodelay(true).map_err(StreamError::Unreachable)?;
    let (tcp, heard) = HeardStream::new(tcp);
    if !server.is_encrypted() {
        return Ok((Box::new(tcp), heard));
    }
    let question: Question = trust.question(server);
    let connector = TlsConnector::from(Arc::new(question.tls(ALPN)?));
    let name = ServerName::try_from(server.host().to_owned())?;
    match connector.connect(name, tcp).await {
        Ok(stream) => {
            question.settle()?;
            Ok((Box::new(stream), heard))
        }
        Err(error) => Err(question.refusal().map_or(StreamError::Tls(error), StreamError::Trust)),
    }
}
