//! The pair room server: rooms over HTTP and WebSocket, kept in a database. `Server` starts all of it inside any process.

pub mod room;
