//! Fan-out between nodes: what one server process publishes to a room's channel reaches every other one that has the room open. Messages
//! may get lost, never doubled; what is lost is said, and healed by the rooms. Knows neither storage nor rooms nor HTTP: a message is
//! bytes, of which it reads no more than who sent them.

use crate::metrics::{Metrics, values::FanoutFailure};
use bytes::Bytes;
use futures::future::BoxFuture;
use protocol::RoomId;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, watch};

pub mod envelope;
pub mod local;
pub mod redis;

/// Messages of one room that may wait for its task. When they are more, newer ones are dropped, and the room is told: it asks the others
/// for what it lacks.
pub const DELIVERIES_CAPACITY: usize = 4_096;

/// Messages of all rooms that may wait for the way out. When they are more, newer ones are dropped: the others find the gap in the numbers
/// of the envelopes.
pub const OUTGOING_CAPACITY: usize = 16_384;

/// How long a server that starts waits for the other nodes to be reachable. It serves its rooms alone then, until they are.
const START_PATIENCE: Duration = Duration::from_secs(2);

/// Names one server process among those that share rooms: random, another one after each start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u64);

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Whether the other nodes can be reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Link {
    /// Messages go out and come in.
    #[default]
    Up,
    /// Nothing goes out or comes in; it is tried again.
    Down(String),
}

/// What a room gets from its channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// What another node published.
    Message(Bytes),
    /// Messages were dropped, because the room took them too slowly.
    Lost,
    /// The link went down, or came up again: whatever was published in between is lost.
    Link(Link),
}

/// What goes out.
#[derive(Debug)]
enum Outgoing {
    /// To everybody who has the room open.
    Publish(RoomId, Bytes),
    /// For whoever opens the room within a while.
    Keep(RoomId, Bytes, Duration),
    /// The room's channel is not wanted any more.
    Leave(RoomId),
}

/// One room's channel. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Channel {
    room: RoomId,
    outgoing: mpsc::Sender<Outgoing>,
    deliveries: mpsc::Receiver<Bytes>,
    /// Messages were dropped since the room looked last.
    lost: Arc<AtomicBool>,
    link: watch::Receiver<Link>,
    others: usize,
    metrics: Arc<Metrics>,
}

impl Channel {
    /// How many other nodes had the room open when the channel was joined; 0 where nobody can say.
    pub fn others(&self) -> usize {
        self.others
    }

    /// Whether the other nodes can be reached now.
    pub fn link(&self) -> Link {
        self.link.borrow().clone()
    }

    /// Sends a message to every other node that has the room open, without waiting. It is dropped where too much waits already, or the
    /// link is down.
    pub fn publish(&self, message: Bytes) {
        self.send(Outgoing::Publish(self.room.clone(), message));
    }

    /// Keeps a message for whoever opens the room within a while, without waiting.
    pub fn keep(&self, message: Bytes, for_: Duration) {
        self.send(Outgoing::Keep(self.room.clone(), message, for_));
    }

    /// Takes no more messages, and is not counted among those who have the room; what is published still goes out.
    pub fn stop_listening(&mut self) {
        self.deliveries.close();
        self.send(Outgoing::Leave(self.room.clone()));
    }

    fn send(&self, outgoing: Outgoing) {
        if let Err(error) = self.outgoing.try_send(outgoing) {
            self.metrics.fanout_failed(FanoutFailure::Publish);
            tracing::debug!(room = %self.room, %error, "a message for the other nodes is dropped");
        }
    }

    /// Waits for what comes next. Cancel safe.
    pub async fn next(&mut self) -> Delivery {
        if self.lost.swap(false, Ordering::AcqRel) {
            return Delivery::Lost;
        }
        tokio::select! {
            biased;
            Ok(()) = self.link.changed() => Delivery::Link(self.link.borrow_and_update().clone()),
            Some(message) = self.deliveries.recv() => Delivery::Message(message),
            // The fan-out was closed.
            else => std::future::pending().await,
        }
    }

    /// What came already, without waiting.
    pub fn try_next(&mut self) -> Option<Bytes> {
        self.deliveries.try_recv().ok()
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.send(Outgoing::Leave(self.room.clone()));
    }
}

/// The fan-out's end of a room's channel.
#[derive(Debug, Clone)]
struct Subscriber {
    deliveries: mpsc::Sender<Bytes>,
    lost: Arc<AtomicBool>,
}

impl Subscriber {
    /// Hands a message to the room, or notes that it was lost.
    fn deliver(&self, message: Bytes) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.deliveries.try_send(message) {
            self.lost.store(true, Ordering::Release);
        }
    }

    /// Whether the room let go of its channel.
    fn is_gone(&self) -> bool {
        self.deliveries.is_closed()
    }
}

/// Makes the two ends of a room's channel.
fn channel(
    room: RoomId,
    outgoing: mpsc::Sender<Outgoing>,
    link: watch::Receiver<Link>,
    metrics: Arc<Metrics>,
) -> (Channel, Subscriber) {
    let (sender, deliveries) = mpsc::channel(DELIVERIES_CAPACITY);
    let lost = Arc::new(AtomicBool::new(false));
    let subscriber = Subscriber { deliveries: sender, lost: Arc::clone(&lost) };
    (Channel { room, outgoing, deliveries, lost, link, others: 0, metrics }, subscriber)
}

/// The way to the other nodes, over Redis where there is one.
///
/// # Errors
/// [`redis::RedisError`]; a Redis that can't be reached yet is none.
pub async fn open(url: Option<&redis::RedisUrl>, metrics: &Arc<Metrics>) -> Result<Arc<dyn Fanout>, redis::RedisError> {
    let Some(url) = url else { return Ok(Arc::new(local::LocalFanout)) };
    let fanout = redis::RedisFanout::start(url, Arc::clone(metrics))?;
    fanout.until_up(START_PATIENCE).await;
    Ok(Arc::new(fanout))
}

/// A way to the other nodes.
pub trait Fanout: Send + Sync + 'static {
    /// This process among the nodes; none where there can be no other one.
    fn node(&self) -> Option<NodeId>;

    /// Joins a room's channel; none where there can be no other node. What is published after the return is delivered, unless the link is
    /// down, which the channel says.
    fn join(&self, room: &RoomId) -> BoxFuture<'static, Option<Channel>>;

    /// What was kept for whoever opens the room, and is not too old.
    fn recall(&self, room: &RoomId) -> BoxFuture<'static, Vec<Bytes>>;

    /// Whether the other nodes can be reached now.
    fn link(&self) -> Link;

    /// How many messages wait for the way out.
    fn waiting(&self) -> usize {
        0
    }

    /// Sends what waits, and closes.
    fn close(&self) -> BoxFuture<'_, ()>;
}
