//! What the program wants from the world outside. Whoever runs it carries these out, in order.

use super::files::WriteOrder;
pub use crate::client::journal::{Entry, Order};
use protocol::ClientMessage;
use std::path::PathBuf;

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send this to the room. Dropped where there is no connection: what was not received is sent again after the next Welcome.
    Send(ClientMessage),
    /// Write this into the journal. Never waits; the outcome comes as an event.
    Keep(Order),
    /// Put this into the system clipboard (OSC 52).
    CopyToClipboard(String),
    /// Write a text to a file.
    WriteFile(Box<WriteOrder>),
    /// Create a room, with a file's text if one is named, and connect to it.
    CreateRoom {
        /// The file.
        file: Option<PathBuf>,
    },
    /// Connect to a room.
    JoinRoom {
        /// The room's id or a link to it, as somebody typed it.
        address: String,
    },
    /// Clear the terminal and draw everything anew.
    Redraw,
    /// Come back to the room as a new writer with an empty document: both hold different texts.
    StartOver {
        /// Why, for a person.
        reason: &'static str,
    },
    /// Try the connection at once: somebody types, and should not wait for the next attempt.
    RetryNow,
    /// Stop the program until the shell continues it.
    Suspend,
    /// Leave.
    Quit,
}
