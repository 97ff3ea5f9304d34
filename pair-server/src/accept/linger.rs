//! A TCP stream that closes in a way that lets the peer read the last words. Knows no protocol.
//!
//! A socket that is closed while bytes of the peer wait unread answers them with a reset, and a reset may take from the peer what it
//! had not read yet: a client in the middle of a frame that is too large would see a broken connection in the place of the error.
//! So the stream is first closed one way, and what still comes is read and dropped for a moment (RFC 9112, section 9.6).

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    sync::Semaphore,
};
use tokio_util::task::TaskTracker;

/// How long what still comes is read.
const LINGER: Duration = Duration::from_secs(1);

/// Streams that linger at a time; further ones are closed at once.
const LINGERING_MAX: usize = 1_024;

/// What lingering streams share.
#[derive(Debug, Clone)]
pub(super) struct Lingerer {
    tracker: TaskTracker,
    places: Arc<Semaphore>,
}

impl Lingerer {
    /// Has the tracker own the last moments of streams.
    pub(super) fn new(tracker: TaskTracker) -> Self {
        Self { tracker, places: Arc::new(Semaphore::new(LINGERING_MAX)) }
    }

    /// A stream that lingers when it is dropped.
    pub(super) fn wrap(&self, stream: TcpStream) -> LingeringStream {
        LingeringStream { stream: Some(stream), lingerer: self.clone() }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct LingeringStream {
    /// There until the drop.
    stream: Option<TcpStream>,
    lingerer: Lingerer,
}

impl LingeringStream {
    /// The first byte that the peer sends, which stays to be read; none where it closes. Cancel safe.
    pub(super) async fn first_byte(&self) -> io::Result<Option<u8>> {
        let stream = self.stream.as_ref().ok_or(ErrorKind::NotConnected)?;
        let mut first = [0];
        Ok((stream.peek(&mut first).await? > 0).then_some(first[0]))
    }

    fn stream(self: Pin<&mut Self>) -> io::Result<Pin<&mut TcpStream>> {
        self.get_mut().stream.as_mut().map(Pin::new).ok_or_else(|| ErrorKind::NotConnected.into())
    }
}

impl Drop for LingeringStream {
    fn drop(&mut self) {
        let Some(mut stream) = self.stream.take() else { return };
        // Without a runtime, or with many others lingering, it just closes.
        let (Ok(runtime), Ok(place)) = (Handle::try_current(), Arc::clone(&self.lingerer.places).try_acquire_owned())
        else {
            return;
        };
        let last = async move {
            let read = async {
                stream.shutdown().await?;
                let mut dropped = [0; 8 << 10];
                while stream.read(&mut dropped).await? > 0 {}
                Ok::<_, io::Error>(())
            };
            // However it ends, the stream closes now.
            drop(tokio::time::timeout(LINGER, read).await);
            drop(place);
        };
        self.lingerer.tracker.spawn_on(last, &runtime);
    }
}

impl AsyncRead for LingeringStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(context, buffer)
    }
}

impl AsyncWrite for LingeringStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }
}
