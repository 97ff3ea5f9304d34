//! What comes from a peer in bytes, and when the last of them: noted at the socket, below TLS, HTTP and the WebSocket, so that a message that is
//! long on its way is no silence. Knows no message.
//!
//! A peer that takes what was written lives as well: it may be reading something large, behind which the questions for a sign of life wait. That it
//! takes something is known where a write that had to wait goes on; the operating system takes the first bytes for anybody.

use super::{DEAD_AFTER, ReadError};
use pair_quic::{Progress, progress};
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// What came on one stream.
#[derive(Debug)]
pub(crate) struct Heard {
    began: Instant,
    /// Milliseconds from the beginning to the last sign of life.
    last_ms: AtomicU64,
    bytes: AtomicU64,
}

/// A message that somebody waits for.
#[derive(Debug)]
pub(crate) struct Awaited {
    since: Instant,
    /// What had come before.
    bytes: u64,
    /// How far it is, once something of it came.
    progress: Option<Progress>,
}

impl Heard {
    fn note(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now, Ordering::Relaxed);
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn last(&self) -> Instant {
        self.began + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }

    /// How long there was no sign of life.
    pub(crate) fn silent(&self) -> Duration {
        self.last().elapsed()
    }

    /// The message that is waited for from now on.
    pub(crate) fn awaited(&self) -> Awaited {
        Awaited { since: Instant::now(), bytes: self.bytes(), progress: None }
    }

    /// Reads a message, unless the peer is silent for [`DEAD_AFTER`] or drips: what is held of a message must get on as a [`Progress`] does.
    pub(crate) async fn unless_dead<F: Future>(
        &self,
        awaited: &mut Awaited,
        reading: F,
    ) -> Result<F::Output, ReadError> {
        let mut reading = pin!(reading);
        let mut timer = pin!(tokio::time::sleep_until(awaited.since + DEAD_AFTER));
        std::future::poll_fn(|context| {
            if let Poll::Ready(read) = reading.as_mut().poll(context) {
                return Poll::Ready(Ok(read));
            }
            let bytes = self.bytes();
            if bytes > awaited.bytes {
                awaited.progress.get_or_insert_with(|| Progress::begin(bytes)).note(bytes);
            }
            while timer.as_mut().poll(context).is_ready() {
                // What came before it was waited for counts for nothing: nobody may have read for a while.
                let silent_at = self.last().max(awaited.since) + DEAD_AFTER;
                let slow_at = awaited.progress.as_mut().map(|progress| progress.note(bytes));
                let now = Instant::now();
                if silent_at <= now {
                    return Poll::Ready(Err(ReadError::Silent));
                }
                if slow_at.is_some_and(|at| at <= now) {
                    return Poll::Ready(Err(ReadError::Broken(format!(
                        "of a message came less than {} bytes within {} s",
                        progress::LEAST,
                        progress::WITHIN.as_secs()
                    ))));
                }
                timer.as_mut().reset(slow_at.map_or(silent_at, |at| at.min(silent_at)));
            }
            Poll::Pending
        })
        .await
    }
}

/// A stream of which is noted what comes.
#[derive(Debug)]
pub(crate) struct HeardStream<S> {
    stream: S,
    heard: Arc<Heard>,
    /// Whether the last write had to wait.
    waited: bool,
}

impl<S> HeardStream<S> {
    /// Notes from now on.
    pub(crate) fn new(stream: S) -> (Self, Arc<Heard>) {
        let heard = Arc::new(Heard { began: Instant::now(), last_ms: AtomicU64::new(0), bytes: AtomicU64::new(0) });
        (Self { stream, heard: Arc::clone(&heard), waited: false }, heard)
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if self.waited && matches!(written, Poll::Ready(Ok(1..))) {
            self.heard.note();
        }
        self.waited = written.is_pending();
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HeardStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let came = buffer.filled().len().saturating_sub(before);
        if came > 0 {
            this.heard.note();
            this.heard.bytes.fetch_add(u64::try_from(came).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HeardStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.wrote(written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
