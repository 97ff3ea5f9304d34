//! What comes from the terminal: waits for it in the runtime of whoever asks, without a thread between that would have to be woken first,
//! and lets crossterm read and understand it. Knows no program state.

use crossterm::event::{self, Event};
use futures::{Stream, stream};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, IsTerminal},
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
};

/// The terminal's input, and the word that its size has changed.
struct Input {
    terminal: AsyncFd<OwnedFd>,
    resized: Signal,
    /// What was read and not asked for yet.
    waiting: VecDeque<io::Result<Event>>,
}

/// What comes from the terminal, as crossterm understands it; ends with an error.
///
/// # Errors
/// Where there is no terminal to read from, or it can't be waited for.
pub fn events() -> io::Result<impl Stream<Item = io::Result<Event>> + Unpin> {
    // What the deprecation is about, descriptors that may be closed by others, an owned one rules out; the new name is unsafe code.
    #[allow(deprecated, reason = "the descriptor is owned")]
    let terminal = AsyncFd::with_interest(descriptor()?, Interest::READABLE)?;
    let input = Input { terminal, resized: signal(SignalKind::window_change())?, waiting: VecDeque::new() };
    Ok(Box::pin(stream::unfold(input, |mut input| async move {
        let event = input.next().await;
        Some((event, input))
    })))
}

/// The same that crossterm reads from: standard input, or where that is none this process's terminal.
fn descriptor() -> io::Result<OwnedFd> {
    if io::stdin().is_terminal() {
        io::stdin().as_fd().try_clone_to_owned()
    } else {
        Ok(File::open("/dev/tty")?.into())
    }
}

impl Input {
    async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return event;
            }
            let mut ready = tokio::select! {
                ready = self.terminal.readable() => Some(ready?),
                _ = self.resized.recv() => None,
            };
            // Everything that is there is read, since nobody tells of it again.
            while !is_gone(self.terminal.get_ref())? && event::poll(Duration::ZERO)? {
                self.waiting.push_back(event::read());
            }
            if let Some(ready) = &mut ready {
                ready.clear_ready();
            }
            if is_gone(self.terminal.get_ref())? {
                self.waiting.push_back(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }
}

/// Whether the terminal has hung up: crossterm would read the end of it for ever.
fn is_gone(terminal: &OwnedFd) -> io::Result<bool> {
    let mut asked = [PollFd::new(terminal, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut asked, Some(&at_once))?;
    Ok(asked[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL))
}
