//! Rooms.

mod change;
mod plain_replica;
