//! The way to a room: addresses, the one connection that comes back by itself, and the few calls over HTTP. Must not know the
//! editor, the screen or the program's state: whoever holds the documents answers [`ConnectionEvent::HelloWanted`] and sends
//! edits into the [`Outbox`].

pub mod address;
pub mod connection;
pub mod dial;
pub mod heard;
pub mod http;
pub mod journal;
pub mod known_servers;
pub mod link;
pub mod outbox;
mod own_address;
pub mod quic;
pub mod reconnect;
pub mod stream;
pub mod trust;
pub mod websocket;

pub use address::{AddressError, RoomAddress, ServerUrl};
pub use connection::{Connection, ConnectionEvent, ConnectionSettings, HelloParts};
pub use dial::{Dialer, TransportChoice};
pub use http::HttpError;
pub use known_servers::KnownServers;
pub use link::Transport;
pub use outbox::Outbox;
pub use trust::Trust;

/// What this program calls itself in a Hello, for the server's log.
pub const CLIENT: &str = concat!("pair-tui ", env!("CARGO_PKG_VERSION"));
