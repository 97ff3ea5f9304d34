//! The way out of one connection: a bounded queue that never blocks who types. Knows neither socket nor document.

use protocol::ClientMessage;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::sync::CancellationToken;

/// How many messages may wait for the socket. When they are more, the connection is given up: the next one begins with a
/// difference that holds everything, in one piece.
pub const CAPACITY: usize = 4_096;

/// From this many free places down, what only the newest word of counts (presence, pings) is left out.
const KEPT_FOR_EDITS: usize = CAPACITY / 2;

/// Takes messages for one connection. It belongs to that connection only: what is put in after its end goes nowhere, and the
/// difference of the next connection brings it.
#[derive(Debug, Clone)]
pub struct Outbox {
    queue: mpsc::Sender<ClientMessage>,
    give_up: CancellationToken,
}

impl Outbox {
    /// An outbox, what comes out of it, and the word that it was full.
    pub(super) fn new() -> (Self, mpsc::Receiver<ClientMessage>, CancellationToken) {
        let (queue, messages) = mpsc::channel(CAPACITY);
        let give_up = CancellationToken::new();
        (Self { queue, give_up: give_up.clone() }, messages, give_up)
    }

    /// Puts a message in; at once, in any case.
    pub fn send(&self, message: ClientMessage) {
        let only_newest_counts = matches!(message, ClientMessage::SetPresence(_) | ClientMessage::Ping(_));
        if only_newest_counts && self.queue.capacity() < KEPT_FOR_EDITS {
            return;
        }
        if let Err(TrySendError::Full(_)) = self.queue.try_send(message) {
            self.give_up.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::message::client::{Chat, Ping};

    #[test]
    fn a_full_outbox_gives_its_connection_up_and_never_waits() {
        let (outbox, mut messages, give_up) = Outbox::new();
        for _ in 0..CAPACITY {
            outbox.send(Ping { nonce: 1 }.into());
        }
        assert!(!give_up.is_cancelled(), "pings alone never fill it");
        for _ in 0..CAPACITY {
            outbox.send(Chat { text: String::new() }.into());
        }
        assert!(give_up.is_cancelled());
        assert!(messages.try_recv().is_ok());
    }

    #[test]
    fn an_outbox_without_connection_takes_what_comes() {
        let (outbox, messages, give_up) = Outbox::new();
        drop(messages);
        outbox.send(Ping { nonce: 1 }.into());
        assert!(!give_up.is_cancelled());
    }
}
