//! Rooms: one owner task each, over a pure state machine. Everything outside speaks with a room through [`handle::RoomHandle`].

mod change;
pub mod effect;
pub mod frame;
pub mod handle;
mod meter;
pub mod outbox;
mod persistence;
mod plain_replica;
#[cfg(test)]
mod plain_story;
pub mod registry;
pub mod state;
pub mod task;
