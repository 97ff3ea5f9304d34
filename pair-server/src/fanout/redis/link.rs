//! The task that keeps both connections to Redis: connects, subscribes to every room's channel, sends and hands out until something
//! breaks, says so, and tries again.

use super::{RedisUrl, Shared, kept_of};
use crate::{
    fanout::{Link, Outgoing, envelope::Header},
    metrics::values::FanoutFailure,
};
use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use redis::{
    AsyncConnectionConfig, Msg, Pipeline, RedisResult,
    aio::{MultiplexedConnection, PubSubSink, PubSubStream},
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior},
};

/// Messages that go out as one pipeline at most.
const BATCH: usize = 256;

/// Pipelines that may be unanswered at a time. When they are as many, what comes next waits for an answer; the connection holds more, so
/// that each is sent when it is made, and the order stays.
const IN_FLIGHT_MAX: usize = 16;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer may take. A Redis that takes longer counts as gone.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);

/// How often the task sends itself a message, through both connections.
const ECHO_EVERY: Duration = Duration::from_secs(1);

/// When nothing came for so long, not even the task's own messages, the link counts as down.
const SILENT_AFTER: Duration = Duration::from_secs(5);

/// Pauses before connecting again: the first, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Channels that are subscribed to with one command, when all of them are.
const SUBSCRIBE_AT_ONCE: usize = 512;

/// A room that is to be subscribed to.
pub(super) struct Subscribe {
    pub(super) room: String,
    /// Told how many other nodes have the room open.
    pub(super) done: oneshot::Sender<usize>,
}

/// What the task is told.
struct Inputs {
    outgoing: mpsc::Receiver<Outgoing>,
    subscriptions: mpsc::Receiver<Subscribe>,
    flushes: mpsc::Receiver<oneshot::Sender<()>>,
}

/// Both connections.
struct Connected {
    sends: MultiplexedConnection,
    subscribes: PubSubSink,
    arrivals: PubSubStream,
    /// The rooms that are subscribed to.
    rooms: HashSet<String>,
}

/// What is on its way.
type InFlight = FuturesUnordered<BoxFuture<'static, RedisResult<()>>>;

/// The task.
pub(super) struct Driver {
    url: RedisUrl,
    client: redis::Client,
    shared: Arc<Shared>,
    link: watch::Sender<Link>,
    echo: String,
}

impl Driver {
    pub(super) fn new(url: RedisUrl, client: redis::Client, shared: Arc<Shared>, link: watch::Sender<Link>) -> Self {
        let echo = format!("pair:echo:{}", shared.node);
        Self { url, client, shared, link, echo }
    }

    /// Connects again and again, until it is cancelled.
    pub(super) async fn run(
        self,
        outgoing: mpsc::Receiver<Outgoing>,
        subscriptions: mpsc::Receiver<Subscribe>,
        flushes: mpsc::Receiver<oneshot::Sender<()>>,
    ) {
        let mut inputs = Inputs { outgoing, subscriptions, flushes };
        let mut pause = RETRY.0;
        let mut down_since = Instant::now();
        let mut is_known = false;
        loop {
            let reason = match self.connect().await {
                Ok(connected) => {
                    tracing::info!(url = %self.url, node = %self.shared.node, down_ms = down_since.elapsed().as_millis(),
                        "the other nodes can be reached");
                    (pause, is_known) = (RETRY.0, false);
                    inputs.drop_waiting();
                    *self.shared.connection() = Some(connected.sends.clone());
                    self.link.send_replace(Link::Up);
                    let reason = self.serve(connected, &mut inputs).await;
                    self.shared.metrics.fanout_failed(FanoutFailure::Subscribe);
                    down_since = Instant::now();
                    reason
                }
                Err(reason) => {
                    self.shared.metrics.fanout_failed(FanoutFailure::Connect);
                    reason
                }
            };
            *self.shared.connection() = None;
            if !is_known {
                tracing::error!(url = %self.url, reason,
                    "the other nodes can't be reached; each goes on by itself until Redis is back");
                is_known = true;
            }
            self.link.send_replace(Link::Down(reason));
            inputs.pass_time(pause).await;
            pause = (pause * 2).min(RETRY.1);
        }
    }

    /// Opens both connections and subscribes to everything.
    async fn connect(&self) -> Result<Connected, String> {
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, self.open()).await;
        opened
            .map_err(|_| format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))?
            .map_err(|error| error.to_string())
    }

    async fn open(&self) -> RedisResult<Connected> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT));
        let sends = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let (mut subscribes, arrivals) = self.client.get_async_pubsub().await?.split();
        let rooms: HashSet<_> = {
            let mut rooms = self.shared.rooms();
            rooms.retain(|_, room| !room.is_gone());
            rooms.keys().cloned().collect()
        };
        let mut channels = vec![self.echo.clone()];
        channels.extend(rooms.iter().map(|room| self.shared.channel_of(room)));
        for some in channels.chunks(SUBSCRIBE_AT_ONCE) {
            subscribes.subscribe(some).await?;
        }
        Ok(Connected { sends, subscribes, arrivals, rooms })
    }

    /// Sends and hands out until something breaks; gives what.
    async fn serve(&self, connected: Connected, inputs: &mut Inputs) -> String {
        let Connected { sends, subscribes, mut arrivals, rooms } = connected;
        let mut under_way = UnderWay { sends, subscribes, pipelines: InFlight::new(), subscriptions: InFlight::new() };
        if let Err(error) = self.catch_up(&rooms, &mut under_way) {
            return error.to_string();
        }
        let mut batch = Vec::with_capacity(BATCH);
        let mut echo = tokio::time::interval(ECHO_EVERY);
        echo.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            let sent = tokio::select! {
                arrived = arrivals.next() => {
                    let Some(message) = arrived else { return "Redis closed the connection".to_owned() };
                    heard = Instant::now();
                    self.deliver(&message);
                    Ok(())
                }
                _ = inputs.outgoing.recv_many(&mut batch, BATCH), if under_way.pipelines.len() < IN_FLIGHT_MAX => {
                    self.send(&mut batch, &mut under_way)
                }
                Some(answer) = under_way.pipelines.next() => answer,
                Some(answer) = under_way.subscriptions.next() => answer,
                Some(wanted) = inputs.subscriptions.recv() => self.subscribe(wanted, &mut under_way),
                _ = echo.tick() => {
                    if heard.elapsed() >= SILENT_AFTER {
                        return format!("nothing came from Redis for {} s", SILENT_AFTER.as_secs());
                    }
                    let mut pipeline = redis::pipe();
                    pipeline.publish(&self.echo, "").ignore();
                    under_way.send(pipeline)
                }
                Some(done) = inputs.flushes.recv() => {
                    self.send_the_rest(inputs, &mut under_way).await;
                    let _gone = done.send(());
                    Ok(())
                }
            };
            if let Err(error) = sent {
                return error.to_string();
            }
        }
    }

    /// What changed between the first subscription and now: rooms that were opened took the link for down, and nobody listens who
    /// closes one.
    fn catch_up(&self, subscribed: &HashSet<String>, under_way: &mut UnderWay) -> RedisResult<()> {
        let opened: Vec<_> = self.shared.rooms().keys().filter(|room| !subscribed.contains(*room)).cloned().collect();
        for room in opened {
            self.subscribe(Subscribe { room, done: oneshot::channel().0 }, under_way)?;
        }
        subscribed.iter().try_for_each(|room| self.leave(room, under_way))
    }

    /// Sends a batch as one pipeline.
    fn send(&self, batch: &mut Vec<Outgoing>, under_way: &mut UnderWay) -> RedisResult<()> {
        let mut pipeline = redis::pipe();
        for outgoing in batch.drain(..) {
            match outgoing {
                Outgoing::Publish(room, message) => {
                    pipeline.publish(self.shared.channel_of(room.as_str()), &message[..]).ignore();
                }
                Outgoing::Keep(room, message, for_) => {
                    let (key, ms) = (kept_of(&room), i64::try_from(for_.as_millis()).unwrap_or(i64::MAX));
                    pipeline.hset(&key, self.shared.node.to_string(), &message[..]).ignore();
                    pipeline.pexpire(&key, ms).ignore();
                }
                Outgoing::Leave(room) => self.leave(room.as_str(), under_way)?,
            }
        }
        under_way.send(pipeline)
    }

    /// Subscribes to a room's channel, unless the room was closed again since.
    fn subscribe(&self, wanted: Subscribe, under_way: &mut UnderWay) -> RedisResult<()> {
        if self.shared.rooms().get(&wanted.room).is_none_or(super::Subscriber::is_gone) {
            return Ok(());
        }
        let channel = self.shared.channel_of(&wanted.room);
        let asked = subscribe(channel, wanted.done, under_way.subscribes.clone(), under_way.sends.clone());
        begin(asked.boxed(), &mut under_way.subscriptions)
    }

    /// Ends the subscription to a room's channel, unless the room was opened again since.
    fn leave(&self, room: &str, under_way: &mut UnderWay) -> RedisResult<()> {
        {
            // Looked at and forgotten under one lock: whoever opens the room meanwhile is not forgotten with it.
            let mut rooms = self.shared.rooms();
            if rooms.get(room).is_some_and(|known| !known.is_gone()) {
                return Ok(());
            }
            rooms.remove(room);
        }
        let (channel, mut subscribes) = (self.shared.channel_of(room), under_way.subscribes.clone());
        let leaving = async move { subscribes.unsubscribe(channel).await };
        begin(leaving.boxed(), &mut under_way.subscriptions)
    }

    /// Sends what waits, and waits for the answers.
    async fn send_the_rest(&self, inputs: &mut Inputs, under_way: &mut UnderWay) {
        let mut rest: Vec<_> = std::iter::from_fn(|| inputs.outgoing.try_recv().ok()).collect();
        let mut sent = self.send(&mut rest, under_way);
        while let Some(answer) = under_way.pipelines.next().await {
            sent = sent.and(answer);
        }
        if let Err(error) = sent {
            tracing::warn!(%error, "the last messages for the other nodes were not sent");
        }
    }

    /// Hands a message to its room.
    fn deliver(&self, message: &Msg) {
        let Some(room) = message.get_channel_name().strip_prefix(&self.shared.prefix) else { return };
        let bytes = message.get_payload_bytes();
        match Header::read(bytes) {
            Ok(header) if header.node == self.shared.node => {}
            Ok(_) => {
                if let Some(subscriber) = self.shared.rooms().get(room) {
                    subscriber.deliver(Bytes::copy_from_slice(bytes));
                }
            }
            Err(error) => {
                self.shared.metrics.fanout_failed(FanoutFailure::Decode);
                tracing::warn!(room, %error, "a message in a room's channel is skipped");
            }
        }
    }
}

/// Both connections' ways out, and what is not answered yet.
struct UnderWay {
    sends: MultiplexedConnection,
    subscribes: PubSubSink,
    pipelines: InFlight,
    /// Subscriptions and the ends of such.
    subscriptions: InFlight,
}

impl UnderWay {
    /// Sends a pipeline now; its answer is waited for with the others.
    fn send(&mut self, pipeline: Pipeline) -> RedisResult<()> {
        if pipeline.is_empty() {
            return Ok(());
        }
        let mut sends = self.sends.clone();
        begin(async move { pipeline.query_async::<()>(&mut sends).await }.boxed(), &mut self.pipelines)
    }
}

/// Begins something now; its answer is waited for with others. The first poll sends it, so that all things keep the order in which they
/// are begun, whichever answer is looked at first: pipelines, and a subscription behind the end of the one before. It is polled outside of tokio's
/// budget: a task that has just taken a whole batch from a channel has used that up, the poll would send nothing, and the next batch would overtake this one.
fn begin(mut asked: BoxFuture<'static, RedisResult<()>>, among: &mut InFlight) -> RedisResult<()> {
    if let Some(answered) = tokio::task::unconstrained(&mut asked).now_or_never() {
        return answered;
    }
    among.push(asked);
    Ok(())
}

/// Subscribes to a channel and counts the others who did.
async fn subscribe(
    channel: String,
    done: oneshot::Sender<usize>,
    mut subscribes: PubSubSink,
    mut sends: MultiplexedConnection,
) -> RedisResult<()> {
    subscribes.subscribe(&channel).await?;
    let question = redis::cmd("PUBSUB").arg("NUMSUB").arg(&channel).to_owned();
    let (_, count) = question.query_async::<(String, usize)>(&mut sends).await?;
    // Whoever opened the room may have waited for long enough.
    let _gone = done.send(count.saturating_sub(1));
    Ok(())
}

impl Inputs {
    /// Drops what waited while nothing could be sent. Who waits for a subscription has it.
    fn drop_waiting(&mut self) {
        while self.outgoing.try_recv().is_ok() {}
        while self.subscriptions.try_recv().is_ok() {}
    }

    /// Lets a pause go by, and drops what is to be sent in it.
    async fn pass_time(&mut self, pause: Duration) {
        let over = Instant::now() + pause;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(over) => return,
                Some(_) = self.outgoing.recv() => {}
                Some(_) = self.subscriptions.recv() => {}
                Some(done) = self.flushes.recv() => { let _gone = done.send(()); }
            }
        }
    }
}
