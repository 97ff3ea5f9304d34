//! What came from a server in bytes, and when the last of them: noted at the socket, below TLS and the WebSocket, so that a message that is
//! long on its way is no silence. Knows no message.

use std::{
    future::Future,
    io,
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
pub struct Heard {
    began: Instant,
    /// Milliseconds from the beginning to the last bytes.
    last_ms: AtomicU64,
    bytes: AtomicU64,
}

impl Heard {
    fn new() -> Self {
        Self { began: Instant::now(), last_ms: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    fn note(&self, bytes: usize) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now, Ordering::Relaxed);
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many bytes came.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn last(&self) -> Instant {
        self.began + Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }

    /// Reads; none where not a byte came for so long. What came before counts for nothing: nobody may have read for a while.
    pub(super) async fn unless_silent<F: Future>(&self, patience: Duration, reading: F) -> Option<F::Output> {
        let began = Instant::now();
        let mut reading = pin!(reading);
        loop {
            let dead_at = self.last().max(began) + patience;
            tokio::select! {
                biased;
                read = &mut reading => return Some(read),
                () = tokio::time::sleep_until(dead_at) => {
                    if self.last().max(began) + patience <= Instant::now() {
                        return None;
                    }
                }
            }
        }
    }
}

/// A stream of which is noted what comes.
#[derive(Debug)]
pub(super) struct HeardStream<S> {
    stream: S,
    heard: Arc<Heard>,
}

impl<S> HeardStream<S> {
    /// Notes from now on.
    pub(super) fn new(stream: S) -> (Self, Arc<Heard>) {
        let heard = Arc::new(Heard::new());
        (Self { stream, heard: Arc::clone(&heard) }, heard)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HeardStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let came = buffer.filled().len().saturating_sub(before);
        if came > 0 {
            this.heard.note(came);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HeardStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
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
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const PATIENCE: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_long_on_its_way_is_no_silence_but_one_that_stops_is() {
        let (near, mut far) = tokio::io::duplex(64);
        let (mut stream, heard) = HeardStream::new(near);
        let began = Instant::now();
        // Bytes of one message, until it has taken longer than any silence may.
        let sending = async {
            while began.elapsed() < 2 * PATIENCE {
                far.write_all(b"x").await.unwrap();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            far.write_all(b"!").await.unwrap();
        };
        let mut message = Vec::new();
        let reading = async {
            while message.last() != Some(&b'!') {
                message.push(stream.read_u8().await.unwrap());
            }
        };
        let (read, ()) = tokio::join!(heard.unless_silent(PATIENCE, reading), sending);
        assert_eq!(read, Some(()));
        assert_eq!(heard.bytes(), u64::try_from(message.len()).unwrap());
        far.write_all(b"the beginning of another").await.unwrap();
        let mut rest = Vec::new();
        let read = heard.unless_silent(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(read.is_none(), "{read:?}");
        assert_eq!(rest, b"the beginning of another");
    }
}
