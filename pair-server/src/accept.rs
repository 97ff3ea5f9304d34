//! The accept loop: TCP connections in, each served as HTTP/1.1 until it ends, is upgraded, or the server stops. Knows no endpoint.

use crate::http::Peer;
use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};
use tower_http::normalize_path::NormalizePath;

/// How long a client may take to send a request's head. Connections that say nothing are closed then.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that are being served as HTTP at a time; upgraded ones are bounded per address instead. When so many are there,
/// further ones wait in the operating system's queue.
const HTTP_CONNECTIONS_MAX: usize = 1_024;

/// The pause after an accept that failed for want of something (file descriptors, memory), which would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections and serves them.
pub(crate) struct Acceptor {
    listener: TcpListener,
    service: NormalizePath<Router>,
    tracker: TaskTracker,
    shutdown: CancellationToken,
    connections: Arc<Semaphore>,
}

impl Acceptor {
    /// An accept loop that has yet to run.
    pub(crate) fn new(
        listener: TcpListener,
        service: NormalizePath<Router>,
        tracker: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        Self { listener, service, tracker, shutdown, connections: Arc::new(Semaphore::new(HTTP_CONNECTIONS_MAX)) }
    }

    /// Accepts until the server stops.
    pub(crate) async fn run(self) {
        let shutdown = self.shutdown.clone();
        loop {
            let (accepted, permit) = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                accepted = self.accept() => accepted,
            };
            let (stream, peer) = accepted;
            self.tracker.spawn(serve(stream, peer, self.service.clone(), self.shutdown.clone(), permit));
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

/// Whether an accept failed because of the one connection.
fn is_of_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one connection.
async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    service: NormalizePath<Router>,
    shutdown: CancellationToken,
    permit: OwnedSemaphorePermit,
) {
    // A keystroke must not wait for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "Nagle's algorithm can't be turned off");
    }
    let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let mut service = service.clone();
        async move {
            let ready = ServiceExt::<Request<Body>>::ready(&mut service).await?;
            ready.call(request).await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "a connection ended badly");
    }
    drop(permit);
}
