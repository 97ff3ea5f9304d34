//! The fan-out of one process that shares its rooms with no other: there is nothing to do, and rooms do nothing for it.

use super::{Channel, Fanout, Link, NodeId};
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use protocol::RoomId;

/// No other nodes.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalFanout;

impl Fanout for LocalFanout {
    fn node(&self) -> Option<NodeId> {
        None
    }

    fn join(&self, _room: &RoomId) -> BoxFuture<'static, Option<Channel>> {
        ready(None).boxed()
    }

    fn recall(&self, _room: &RoomId) -> BoxFuture<'static, Vec<Bytes>> {
        ready(Vec::new()).boxed()
    }

    fn link(&self) -> Link {
        Link::Up
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        ready(()).boxed()
    }
}
