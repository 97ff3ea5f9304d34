//! The pair room server: rooms over HTTP and WebSocket, kept in a database. `Server` starts all of it inside any process.

pub mod cli;
mod clock;
pub mod config;
pub mod room;
pub mod storage;
pub mod suggest;
pub mod telemetry;
