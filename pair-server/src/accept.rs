//! The accept loop: TCP connections in, each served as HTTP/1.1 until it ends, is upgraded, or the server stops. One that begins as TLS
//! does is decrypted first: http and https share the port. Knows no endpoint.

use crate::http::{
    Crowded, Peer,
    limits::{AddressLimiter, CountedConnection},
};
use crate::transport::heard::{Heard, HeardStream};
use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};
use tower_http::normalize_path::NormalizePath;

mod linger;
pub(crate) mod quic;

use linger::{Lingerer, LingeringStream};

/// How long a client may take to send its first byte, and then for each of: the TLS handshake, a request's head. Connections that
/// say nothing are closed then.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that are being served as HTTP at a time; upgraded ones are bounded per address instead. When so many are there,
/// further ones wait in the operating system's queue.
const HTTP_CONNECTIONS_MAX: usize = 4_096;

/// How many of these one address may have at least. Further ones are told so at once.
const HTTP_CONNECTIONS_PER_ADDRESS: usize = HTTP_CONNECTIONS_MAX / 4;

/// Connections that are being told so at a time. Beyond, they are closed without a word.
const REFUSALS_MAX: usize = 64;

/// How long a client that is to be refused may take to send its request's head.
const REFUSED_HEAD_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection is served as HTTP. A client that reads its answers too slowly, or not at all, holds its place no longer.
const AGE_MAX: Duration = Duration::from_mins(2);

/// How long a connection may take to finish the request that it is at when its time is over, or the server stops.
const LAST_REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

/// The first byte of TLS: a record of the type handshake (RFC 8446, section 5.1). No HTTP request begins with it.
const TLS_HANDSHAKE: u8 = 22;

/// The pause after an accept that failed for want of something (file descriptors, memory), which would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections and serves them.
pub(crate) struct Acceptor {
    listener: TcpListener,
    serving: Serving,
    tracker: TaskTracker,
    connections: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    addresses: Arc<AddressLimiter>,
    lingerer: Lingerer,
}

/// What every connection is served with.
#[derive(Clone)]
pub(crate) struct Serving {
    pub(crate) service: NormalizePath<Router>,
    pub(crate) tls: TlsAcceptor,
    pub(crate) shutdown: CancellationToken,
}

impl Acceptor {
    /// An accept loop that has yet to run, for addresses that may each have so many upgraded connections: they may all come back at once, and so
    /// twice as many may be there before they are upgraded.
    pub(crate) fn new(listener: TcpListener, serving: Serving, tracker: TaskTracker, per_address: usize) -> Self {
        let limit = HTTP_CONNECTIONS_PER_ADDRESS.max(per_address.saturating_mul(2));
        Self {
            lingerer: Lingerer::new(tracker.clone()),
            listener,
            serving,
            tracker,
            connections: Arc::new(Semaphore::new(HTTP_CONNECTIONS_MAX)),
            refusals: Arc::new(Semaphore::new(REFUSALS_MAX)),
            addresses: Arc::new(AddressLimiter::new(limit)),
        }
    }

    /// Accepts until the server stops.
    pub(crate) async fn run(self) {
        let shutdown = self.serving.shutdown.clone();
        loop {
            let (accepted, permit) = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                accepted = self.accept() => accepted,
            };
            let (stream, peer) = accepted;
            // A keystroke must not wait for the acknowledgement of the one before.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%peer, %error, "Nagle's algorithm can't be turned off");
            }
            let place = match self.addresses.count(peer.ip()) {
                Some(counted) => Place::Served { _counted: counted, _permit: permit },
                None => match Arc::clone(&self.refusals).try_acquire_owned() {
                    Ok(permit) => Place::Refused { limit: self.addresses.limit(), _permit: permit },
                    Err(_) => continue,
                },
            };
            self.tracker.spawn(serve(self.lingerer.wrap(stream), peer, self.serving.clone(), place));
        }
    }

    /// The next connection, with its place among those that are served.
    async fn accept(&self) -> ((TcpStream, SocketAddr), OwnedSemaphorePermit) {
        loop {
            // The semaphore is never closed.
            let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await else { std::future::pending().await };
            match self.listener.accept().await {
                Ok(accepted) => return (accepted, permit),
                Err(error) if is_of_connection(&error) => tracing::debug!(%error, "a connection ended before it began"),
                Err(error) => {
                    tracing::warn!(%error, "can't accept connections; trying again");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// What a connection holds while it is served.
enum Place {
    /// It is one of those that its address may have.
    Served { _counted: CountedConnection, _permit: OwnedSemaphorePermit },
    /// It is one too many; it is only told so.
    Refused { limit: usize, _permit: OwnedSemaphorePermit },
}

/// Whether an accept failed because of the one connection.
fn is_of_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one connection.
async fn serve(stream: LingeringStream, peer: SocketAddr, serving: Serving, place: Place) {
    let refused = matches!(place, Place::Refused { .. });
    let patience = if refused { REFUSED_HEAD_TIMEOUT } else { HEAD_TIMEOUT };
    let begun = tokio::select! {
        begun = tokio::time::timeout(patience, stream.first_byte()) => begun,
        () = serving.shutdown.cancelled() => return,
    };
    let (stream, heard) = HeardStream::new(stream);
    match begun {
        Ok(Ok(Some(TLS_HANDSHAKE))) => {
            let opening = tokio::time::timeout(patience, serving.tls.accept(stream));
            let opened = tokio::select! {
                opened = opening => opened,
                () = serving.shutdown.cancelled() => return,
            };
            match opened {
                Ok(Ok(stream)) => serve_http(stream, heard, peer, serving, place).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "a TLS handshake did not end in time"),
            }
        }
        Ok(Ok(Some(_))) => serve_http(stream, heard, peer, serving, place).await,
        Ok(Ok(None) | Err(_)) | Err(_) => tracing::debug!(%peer, "a connection said nothing"),
    }
}

/// Serves one connection as HTTP. `heard` knows what comes on the stream.
async fn serve_http<S>(stream: S, heard: Arc<Heard>, peer: SocketAddr, serving: Serving, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Serving { service, shutdown, .. } = serving;
    let crowded = match &place {
        Place::Refused { limit, .. } => Some(Crowded { limit: *limit }),
        Place::Served { .. } => None,
    };
    let refused = crowded.is_some();
    let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(Arc::clone(&heard));
        if let Some(crowded) = crowded {
            request.extensions_mut().insert(crowded);
        }
        let mut service = service.clone();
        async move {
            let ready = ServiceExt::<Request<Body>>::ready(&mut service).await?;
            ready.call(request).await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(!refused)
        .header_read_timeout(if refused { REFUSED_HEAD_TIMEOUT } else { HEAD_TIMEOUT })
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let time_is_over = async { drop(tokio::time::timeout(AGE_MAX, shutdown.cancelled()).await) };
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = time_is_over => {
            connection.as_mut().graceful_shutdown();
            let last = tokio::time::timeout(LAST_REQUEST_TIMEOUT, connection.as_mut()).await;
            last.unwrap_or_else(|_| {
                tracing::debug!(%peer, "a connection did not finish its last request in time");
                Ok(())
            })
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "a connection ended badly");
    }
    drop(place);
}
