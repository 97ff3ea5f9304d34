//! The pair room server: rooms over HTTP and WebSocket, kept in a database. `Server` starts all of it inside any process.

mod clock;
pub mod room;
pub mod storage;
pub mod suggest;
