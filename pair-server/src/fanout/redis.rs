//! Fan-out over Redis or Valkey: one channel for each room, one connection for what goes out and one for what comes in, both for all rooms.
//! Publishing never waits for an answer: whatever waits goes out as one pipeline, behind the ones that are not answered yet. Knows the
//! envelope's header only, to skip what this node published itself.
//!
//! Formats: <https://redis.io/docs/latest/develop/pubsub/>. Messages are delivered at most once, in the same order to everybody. While the
//! link is down, nothing is kept: the rooms exchange what they lack when it is up again.

use super::{Channel, Fanout, Link, NodeId, OUTGOING_CAPACITY, Outgoing, Subscriber, channel};
use crate::metrics::Metrics;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use protocol::RoomId;
use redis::{IntoConnectionInfo, aio::MultiplexedConnection};
use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

mod link;

use link::{Driver, Subscribe};

/// How long joining a channel may take; after that the room opens as if nobody else had it, and hears of the others later.
const JOIN_TIMEOUT: Duration = Duration::from_secs(1);

/// How long reading what was kept may take.
const RECALL_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the last messages may take when the server stops.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Rooms that may wait to be subscribed to; whoever opens one more waits.
const SUBSCRIPTIONS_CAPACITY: usize = 1_024;

/// Where Redis is: `redis://` or, with TLS, `rediss://`; `valkey://` and `valkeys://` mean the same.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    text: String,
    database: i64,
}

/// A text that names no Redis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address must be redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS: {0}")]
pub struct RedisUrlError(String);

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(text: &str) -> Result<Self, RedisUrlError> {
        let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
        if !matches!(scheme, "redis" | "rediss" | "valkey" | "valkeys") {
            return Err(RedisUrlError("it has another scheme, or none".to_owned()));
        }
        let info = text.into_connection_info().map_err(|error| RedisUrlError(error.to_string()))?;
        Ok(Self { text: text.to_owned(), database: info.redis_settings().db() })
    }
}

impl std::fmt::Display for RedisUrl {
    /// Without user and password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.text.split_once("://"), self.text.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => write!(f, "{scheme}://{host}"),
            _ => f.write_str(&self.text),
        }
    }
}

impl std::fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

/// Why the fan-out can't start.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// The address can't be used.
    #[error("can't use the Redis at {url}: {source}")]
    Address {
        /// Which address.
        url: RedisUrl,
        /// What is wrong with it.
        source: redis::RedisError,
    },
    /// No random numbers could be had for the node's id.
    #[error("the operating system gives no random numbers: {0}")]
    NoRandomness(#[from] getrandom::Error),
}

/// The way to the other nodes over Redis. Rooms that are opened while it is down are heard of as soon as it is up.
#[derive(Debug)]
pub struct RedisFanout {
    shared: Arc<Shared>,
    outgoing: mpsc::Sender<Outgoing>,
    subscriptions: mpsc::Sender<Subscribe>,
    link: watch::Receiver<Link>,
    flush: mpsc::Sender<oneshot::Sender<()>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What the fan-out and its task have in common.
#[derive(Debug)]
struct Shared {
    node: NodeId,
    /// What the names of rooms' channels begin with.
    prefix: String,
    rooms: Mutex<HashMap<String, Subscriber>>,
    /// For questions; none while the link is down.
    connection: Mutex<Option<MultiplexedConnection>>,
    metrics: Arc<Metrics>,
}

impl Shared {
    fn rooms(&self) -> MutexGuard<'_, HashMap<String, Subscriber>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A room's channel.
    fn channel_of(&self, room: &str) -> String {
        format!("{}{room}", self.prefix)
    }
}

/// What the names of rooms' channels begin with. Channels know no databases, keys do: where it is another one than the first, its number is in the name,
/// so that two groups of nodes may share a Redis.
fn prefix_of(database: i64) -> String {
    if database == 0 { "pair:room:".to_owned() } else { format!("pair:{database}:room:") }
}

/// Where what is kept for whoever opens a room is: a hash of node to message.
fn kept_of(room: &RoomId) -> String {
    format!("pair:handover:{room}")
}

impl RedisFanout {
    /// Starts connecting; a Redis that can't be reached now is tried again, and is no error.
    ///
    /// # Errors
    /// [`RedisError`].
    pub fn start(url: &RedisUrl, metrics: Arc<Metrics>) -> Result<Self, RedisError> {
        let client = redis::Client::open(url.text.as_str())
            .map_err(|source| RedisError::Address { url: url.clone(), source })?;
        let shared = Arc::new(Shared {
            node: NodeId(getrandom::u64()?),
            prefix: prefix_of(url.database),
            rooms: Mutex::default(),
            connection: Mutex::default(),
            metrics,
        });
        let (outgoing, waiting) = mpsc::channel(OUTGOING_CAPACITY);
        let (subscriptions, wanted) = mpsc::channel(SUBSCRIPTIONS_CAPACITY);
        let (flush, flushes) = mpsc::channel(1);
        let (says, link) = watch::channel(Link::Down("it was not connected yet".to_owned()));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let driver = Driver::new(url.clone(), client, Arc::clone(&shared), says);
        tasks.spawn(stop.clone().run_until_cancelled_owned(driver.run(waiting, wanted, flushes)));
        tasks.close();
        Ok(Self { shared, outgoing, subscriptions, link, flush, stop, tasks })
    }

    /// Waits until the link is up, or gives up: rooms that are opened first are then opened with the others.
    pub async fn until_up(&self, patience: Duration) {
        let mut link = self.link.clone();
        drop(tokio::time::timeout(patience, link.wait_for(|link| *link == Link::Up)).await);
    }
}

impl Fanout for RedisFanout {
    fn node(&self) -> Option<NodeId> {
        Some(self.shared.node)
    }

    fn join(&self, room: &RoomId) -> BoxFuture<'static, Option<Channel>> {
        let (mut joined, subscriber) =
            channel(room.clone(), self.outgoing.clone(), self.link.clone(), Arc::clone(&self.shared.metrics));
        self.shared.rooms().insert(room.as_str().to_owned(), subscriber);
        let (subscriptions, room) = (self.subscriptions.clone(), room.clone());
        async move {
            if *joined.link.borrow_and_update() == Link::Up {
                let (done, others) = oneshot::channel();
                let asked = async {
                    subscriptions.send(Subscribe { room: room.as_str().to_owned(), done }).await.ok()?;
                    others.await.ok()
                };
                joined.others = tokio::time::timeout(JOIN_TIMEOUT, asked).await.ok().flatten().unwrap_or_default();
            }
            Some(joined)
        }
        .boxed()
    }

    fn recall(&self, room: &RoomId) -> BoxFuture<'static, Vec<Bytes>> {
        let connection = self.shared.connection().clone();
        let key = kept_of(room);
        async move {
            let Some(mut connection) = connection else { return Vec::new() };
            let question = redis::cmd("HVALS").arg(&key).to_owned();
            let asked = question.query_async::<Vec<Vec<u8>>>(&mut connection);
            match tokio::time::timeout(RECALL_TIMEOUT, asked).await {
                Ok(Ok(kept)) => kept.into_iter().map(Bytes::from).collect(),
                Ok(Err(error)) => {
                    tracing::warn!(key, %error, "what other nodes kept for a room can't be read");
                    Vec::new()
                }
                Err(_) => Vec::new(),
            }
        }
        .boxed()
    }

    fn link(&self) -> Link {
        self.link.borrow().clone()
    }

    fn waiting(&self) -> usize {
        self.outgoing.max_capacity() - self.outgoing.capacity()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            let (done, flushed) = oneshot::channel();
            let last = async {
                if self.flush.send(done).await.is_ok() {
                    // An error means that the task ended, and nothing waits any more.
                    drop(flushed.await);
                }
            };
            if tokio::time::timeout(CLOSE_TIMEOUT, last).await.is_err() {
                tracing::warn!("the last messages for the other nodes could not be sent");
            }
            self.stop.cancel();
            self.tasks.wait().await;
        }
        .boxed()
    }
}

impl Drop for RedisFanout {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_redis_and_show_no_password() {
        for good in ["redis://127.0.0.1", "rediss://user:secret@host:6380/1", "valkey://[::1]:7000"] {
            let url = good.parse::<RedisUrl>();
            assert!(url.is_ok_and(|url| !format!("{url} {url:?}").contains("secret")), "{good}");
        }
        for bad in ["", "127.0.0.1:6379", "http://host", "redis://", "unix:///run/redis.sock"] {
            assert!(bad.parse::<RedisUrl>().is_err(), "{bad}");
        }
    }
}
