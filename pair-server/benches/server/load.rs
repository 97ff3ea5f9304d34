//! What is done to a server, and what that takes: people who type, as many edits as go through, newcomers, idle connections. Knows no server's
//! process but through `servers`.

use super::{
    client::{Client, Sink, marks},
    servers::Server,
};
use futures::SinkExt;
use protocol::{Document, Sequence, document::DocumentOptions};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// How long the last edit may take to arrive, after all were sent.
const LAST: Duration = Duration::from_secs(20);

/// Rooms in which some type and all see it.
#[derive(Debug, Clone, Copy)]
pub struct Typing {
    pub rooms: usize,
    pub clients: usize,
    pub writers: usize,
    /// Between two edits of one writer.
    pub pause: Duration,
    /// Edits of each writer.
    pub edits: usize,
}

/// What typing took.
pub struct Typed {
    /// From each edit's send to its arrival, at every other client.
    pub took: Vec<Duration>,
    /// The share of one processor that the server used.
    pub cpu: f64,
}

/// When each edit of a writer was sent, in nanoseconds since a moment.
type Sent = Arc<Vec<AtomicU64>>;

/// Has people type.
pub async fn typing(server: &Server, load: Typing) -> Typed {
    let (begun, dialect) = (Instant::now(), server.kind.dialect());
    let (mut reading, mut writing) = (JoinSet::new(), JoinSet::new());
    // Nobody writes before all are there: who joins later would get the first edits with the rest of the text.
    let (gate, start) = watch::channel(None);
    for number in 0..load.rooms {
        let room = format!("room-{number}");
        let sent: Vec<Sent> = (0..load.writers).map(|_| sent(load.edits)).collect();
        for place in 0..load.clients {
            let client = Client::join(server.node(place), dialect, &room).await;
            let writes = place < load.writers;
            if writes {
                let frames = client.prepare(dialect, &room, place, load.edits);
                // Writers begin at different moments, as people do.
                let offset = load.pause.mul_f64(((number * load.writers + place) % 17) as f64 / 17.0);
                let pace = Pace { start: start.clone(), offset, pause: load.pause };
                writing.spawn(paced(client.sink, frames, pace, begun, Arc::clone(&sent[place])));
            } else {
                // Dropping a sink would close nothing, but a client that can't answer pings is none.
                writing.spawn(std::future::ready(client.sink));
            }
            let own = writes.then_some(place);
            let expected = (load.writers - usize::from(writes)) * load.edits;
            reading.spawn(read(client.stream, sent.clone(), own, expected, begun));
        }
    }
    let (before, at) = (server.cpu_seconds(), Instant::now());
    gate.send(Some(tokio::time::Instant::now())).unwrap();
    let sinks = writing.join_all().await;
    let took = tokio::time::timeout(LAST, reading.join_all()).await.expect("every edit arrives");
    let cpu = (server.cpu_seconds() - before) / at.elapsed().as_secs_f64();
    drop(sinks);
    Typed { took: took.concat(), cpu }
}

fn sent(count: usize) -> Sent {
    Arc::new((0..count).map(|_| AtomicU64::new(0)).collect())
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap()
}

/// When a writer sends.
struct Pace {
    /// The moment from which on edits are sent, once all are there.
    start: watch::Receiver<Option<tokio::time::Instant>>,
    /// From there to the first edit.
    offset: Duration,
    /// Between two edits.
    pause: Duration,
}

/// Sends one edit after each pause.
async fn paced(mut sink: Sink, frames: Vec<Bytes>, mut pace: Pace, begun: Instant, sent: Sent) -> Sink {
    let start = pace.start.wait_for(Option::is_some).await.unwrap().unwrap() + pace.offset;
    for (n, frame) in frames.into_iter().enumerate() {
        tokio::time::sleep_until(start + pace.pause * u32::try_from(n).unwrap()).await;
        sent[n].store(nanoseconds(begun), Ordering::Release);
        sink.send(Message::Binary(frame)).await.unwrap();
    }
    sink
}

/// Reads until all of the others' edits have come; gives how long each took.
async fn read(
    mut stream: super::client::Stream,
    sent: Vec<Sent>,
    own: Option<usize>,
    expected: usize,
    begun: Instant,
) -> Vec<Duration> {
    let mut took = Vec::with_capacity(expected);
    while took.len() < expected {
        let found = marks(&mut stream).await.expect("the connection stays");
        let now = nanoseconds(begun);
        for (writer, n) in found.into_iter().filter(|(writer, _)| Some(*writer) != own) {
            took.push(Duration::from_nanos(now.saturating_sub(sent[writer][n].load(Ordering::Acquire))));
        }
    }
    took
}

/// Edits that are prepared for each client of [`throughput`].
const PREPARED: usize = 60_000;

/// So many clients in one room, each with so many edits under way at a time, for so long; gives edits per second.
#[allow(clippy::cast_precision_loss, reason = "a count")]
pub async fn throughput(server: &Server, clients: usize, window: usize, lasting: Duration) -> f64 {
    let (dialect, room) = (server.kind.dialect(), "throughput");
    let windows: Vec<_> = (0..clients).map(|_| Arc::new(Semaphore::new(window))).collect();
    let (mut reading, mut writing, mut ready) = (JoinSet::new(), JoinSet::new(), Vec::new());
    for place in 0..clients {
        let client = Client::join(server.node(place), dialect, room).await;
        let frames = client.prepare(dialect, room, place, PREPARED);
        ready.push((client, frames));
    }
    let begun = Instant::now();
    for (place, (Client { sink, mut stream, .. }, frames)) in ready.into_iter().enumerate() {
        // An edit is through when the next client has it.
        let before = (place + clients - 1) % clients;
        let theirs = Arc::clone(&windows[before]);
        reading.spawn(async move {
            while let Some(found) = marks(&mut stream).await {
                theirs.add_permits(found.into_iter().filter(|(writer, _)| *writer == before).count());
            }
        });
        writing.spawn(flood(sink, frames, Arc::clone(&windows[place]), begun + lasting));
    }
    let sent = writing.join_all().await;
    let under_way: usize = windows.iter().map(|one| window.saturating_sub(one.available_permits())).sum();
    let through = sent.iter().map(|(_, sent)| sent).sum::<usize>().saturating_sub(under_way);
    let rate = through as f64 / begun.elapsed().as_secs_f64();
    reading.abort_all();
    rate
}

/// Sends whenever the window lets it, until a moment; gives how many.
async fn flood(mut sink: Sink, frames: Vec<Bytes>, window: Arc<Semaphore>, until: Instant) -> (Sink, usize) {
    let mut count = 0;
    for frame in frames {
        let left = until.saturating_duration_since(Instant::now());
        match tokio::time::timeout(left, window.acquire()).await {
            Ok(Ok(permit)) => permit.forget(),
            _ => break,
        }
        sink.send(Message::Binary(frame)).await.unwrap();
        count += 1;
    }
    (sink, count)
}

/// A room with a long history, and how long newcomers take to have all of it.
pub struct Joins {
    /// From the connection's begin to the frame with all that the room has.
    pub took: Vec<Duration>,
    /// Bytes of that frame.
    pub bytes: usize,
}

/// Has one writer make so many edits all over a document, then so many newcomers join, one after the other.
pub async fn joins(server: &Server, edits: usize, newcomers: usize) -> Joins {
    let (dialect, room) = (server.kind.dialect(), "history");
    let mut witness = Client::join(server.node(1), dialect, room).await;
    let mut writer = Client::join(server.node(0), dialect, room).await;
    let mut document = Document::with_options(
        writer.identity.client,
        DocumentOptions { undo_groups: 0, ..DocumentOptions::default() },
    );
    let (mut random, mut seq) = (crate::support::random::Random::new(7), Sequence::ZERO);
    let reading = tokio_util::task::TaskTracker::new().spawn(async move {
        while !marks(&mut witness.stream).await.expect("the connection stays").contains(&(99, 0)) {}
        witness
    });
    // What comes back must be read, or the server stops to read.
    let mut own = writer.stream;
    let receipts = tokio_util::task::TaskTracker::new().spawn(async move { while marks(&mut own).await.is_some() {} });
    for n in 0..=edits {
        let length = document.len().0;
        let at = protocol::ByteOffset(random.index(length + 1));
        // Every fifth takes something out; the last one says that all is there.
        let update = if n == edits {
            document.edit(document.len()..document.len(), "~99000000", 0)
        } else if n % 5 == 4 && at.0 < length {
            document.edit(at.span(1), "", 0)
        } else {
            document.edit(at..at, "x", 0)
        };
        seq = seq.next();
        writer.sink.feed(Message::Binary(dialect.edit(room, seq, update.unwrap()))).await.unwrap();
        if n % 64 == 0 || n == edits {
            writer.sink.flush().await.unwrap();
        }
    }
    let witness = tokio::time::timeout(LAST * 6, reading).await.expect("the server takes the history").unwrap();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for n in 0..newcomers {
        let begun = Instant::now();
        let newcomer = Client::join(server.node(n), dialect, room).await;
        took.push(begun.elapsed());
        bytes = newcomer.welcome;
    }
    receipts.abort();
    drop(witness);
    Joins { took, bytes }
}

/// Opens so many connections in rooms of a size, and gives what the server's memory grew by, in bytes, when they say nothing.
pub async fn idle(server: &Server, connections: usize, per_room: usize) -> f64 {
    let dialect = server.kind.dialect();
    // Whatever is made at the first connection is not theirs.
    let first = Client::join(server.node(0), dialect, "first").await;
    let before = server.resident_bytes();
    let mut open = Vec::with_capacity(connections);
    for n in 0..connections {
        open.push(Client::join(server.node(n), dialect, &format!("idle-{}", n / per_room)).await);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let grown = server.resident_bytes() - before;
    drop((first, open));
    grown
}
