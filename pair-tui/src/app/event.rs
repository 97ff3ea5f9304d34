//! What happens to the program: keys, the mouse, the clock, and what the connection reports. Knows no terminal library and no
//! socket; `terminal` and `client` translate into these types.

use super::files::{OpenedFile, WriteReport};
use crate::{
    editor::syntax::{Parsed, Recolor},
    input::{Key, MouseEvent},
    ui::theme::color::Rgb,
};
use protocol::{
    ClientId, DocumentPath, ServerMessage,
    message::{Blob, server::Welcome},
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted through the terminal.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal has this size now, in cells.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The terminal told its background.
    Ground(Rgb),
    /// Time passed: due presence is sent, old notices go. Wanted about every 50 ms.
    Tick,
    /// The room that was chosen is being connected to; this is what a friend needs to join, one line per way.
    Chosen {
        /// The lines.
        invitation: Vec<String>,
    },
    /// A room was created from a file.
    Opened(Box<OpenedFile>),
    /// It was tried to write a file.
    Wrote(Box<WriteReport>),
    /// Something that was wanted outside did not work; this says what, and what to do.
    Failed(String),
    /// The room does not take this program's text any more: it begins anew as another writer.
    StartOver {
        /// The new CRDT client id.
        client: ClientId,
        /// Why, for people.
        reason: String,
    },
    /// A worker has read a document's text: see [`crate::app::App::parse_job`].
    Parsed {
        /// What came of it.
        parsed: Box<Parsed>,
        /// How much of what is shown takes the look that this gives it.
        recolor: Recolor,
    },
    /// The connection to the room reports.
    Room(RoomEvent),
    /// The journal reports.
    Journal(JournalEvent),
}

/// What the journal reports.
#[derive(Debug, Clone, PartialEq)]
pub enum JournalEvent {
    /// There is an empty one from now on.
    Opened,
    /// An earlier run left this: text that the server may lack.
    Recovered {
        /// Updates per document, in the order in which they were made.
        updates: Vec<(DocumentPath, Blob)>,
        /// How many edits of that run are not known to be durable.
        edits: u64,
    },
    /// It has all edits up to this number; they survive the end of the program and of the machine.
    Written {
        /// The number.
        made: u64,
    },
    /// It can't be written; this says why.
    Failed(String),
    /// Something in its folder made no sense, and was set aside; this says what, and where it is.
    SetAside(String),
}

/// What the connection to a room reports.
#[derive(Debug, Clone, PartialEq)]
pub enum RoomEvent {
    /// A connection is being made.
    Connecting,
    /// The room answered the Hello.
    Connected(Box<Welcome>),
    /// What the connection is on, in a word for the status line.
    On(String),
    /// The connection is gone, or could not be made.
    Disconnected {
        /// Why, for people.
        reason: String,
        /// When it is tried again, in milliseconds from now; none: it is not tried again.
        retry_in_ms: Option<u64>,
    },
    /// The server said something else than a Welcome.
    Message(Box<ServerMessage>),
}
