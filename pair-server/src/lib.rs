//! The pair room server: rooms over HTTP and WebSocket, kept in a database. [`Server`] starts all of it inside any process.

mod accept;
pub mod cli;
mod clock;
pub mod config;
pub mod expiry;
pub mod fanout;
mod http;
pub mod metrics;
mod readiness;
pub mod room;
pub mod rooms;
mod secret;
pub mod server;
mod session;
pub mod storage;
pub mod suggest;
pub mod telemetry;
mod text;
mod transport;
pub mod upkeep;

pub use server::{Server, StartError};
