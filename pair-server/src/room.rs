//! Rooms: one owner task each, over a pure state machine.

mod change;
pub mod effect;
pub mod frame;
pub mod outbox;
mod plain_replica;
pub mod state;
