//! The way to a room: addresses, the one connection that comes back by itself, and the few calls over HTTP. Must not know the
//! editor, the screen or the program's state: whoever holds the documents answers [`ConnectionEvent::HelloWanted`] and sends
//! edits into the [`Outbox`].

pub mod address;
pub mod connection;
pub mod http;
pub mod journal;
pub mod outbox;
pub mod reconnect;
pub mod websocket;

pub use address::{AddressError, RoomAddress, ServerUrl};
pub use connection::{Connection, ConnectionEvent, ConnectionSettings, HelloParts};
pub use http::HttpError;
pub use outbox::Outbox;

/// What this program calls itself in a Hello, for the server's log.
pub const CLIENT: &str = concat!("pair-tui ", env!("CARGO_PKG_VERSION"));
