//! Clients of many rooms, or many of one room, some of whom type. They read what comes and take its time; they keep no text.

use crate::{
    report::prepare,
    support::{
        http,
        pair::{Identity, PairClient, PairSocket},
    },
};
use futures::{StreamExt, stream};
use protocol::{Document, ParticipantId, ServerMessage, codec::Codec, message::client::Edit};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Clients that join at a time.
const JOINING: usize = 64;

/// How long the last edits may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server is to carry.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub rooms: usize,
    /// Clients in each room.
    pub clients: usize,
    /// How many of these type.
    pub writers: usize,
    /// Between two edits of a writer.
    pub pause: Duration,
    /// How long they type.
    pub typing: Duration,
}

impl Load {
    /// Edits of each writer.
    fn each(&self) -> usize {
        usize::try_from(self.typing.as_millis() / self.pause.as_millis()).unwrap()
    }

    /// All edits.
    pub fn edits(&self) -> usize {
        self.each() * self.writers * self.rooms
    }

    /// What it is that grows: rooms, or clients of the one room.
    pub fn units(&self) -> usize {
        if self.rooms > 1 || self.clients == 2 && self.writers == 1 && self.pause.as_secs() == 1 {
            self.rooms
        } else {
            self.clients
        }
    }
}

/// When each edit of a writer was sent; set once, by the writer.
type Sent = Arc<[OnceLock<Instant>]>;

/// One who types: what, and when it was sent.
struct Writer {
    edits: Vec<Vec<u8>>,
    sent: Sent,
}

struct Member {
    client: PairClient,
    writer: Option<Writer>,
    /// The other writers of the room, whose edits come.
    others: HashMap<ParticipantId, Sent>,
}

/// Everybody.
pub struct Crowd {
    members: Vec<Member>,
    load: Load,
}

impl Crowd {
    /// Everybody joins.
    pub async fn join(address: SocketAddr, load: Load) -> Self {
        let rooms = stream::iter(0..load.rooms).map(|room| join_room(address, room, load));
        let members: Vec<Vec<Member>> = rooms.buffer_unordered(JOINING).collect().await;
        Self { members: members.into_iter().flatten().collect(), load }
    }

    /// The writers type; gives how long each edit took to each of the others.
    pub async fn types(self) -> Vec<Duration> {
        let (load, count) = (self.load, self.members.len());
        let mut running = JoinSet::new();
        let begun = tokio::time::Instant::now() + Duration::from_millis(200);
        for (n, member) in self.members.into_iter().enumerate() {
            // They do not all type at the same moment.
            let phase = load.pause.mul_f64(fraction(n, count));
            running.spawn(member.run(begun + phase, load));
        }
        running.join_all().await.concat()
    }
}

#[allow(clippy::cast_precision_loss, reason = "a share")]
fn fraction(n: usize, of: usize) -> f64 {
    n as f64 / of as f64
}

async fn join_room(address: SocketAddr, room: usize, load: Load) -> Vec<Member> {
    let name = format!("scale-{room}");
    let mut members = Vec::with_capacity(load.clients);
    for n in 0..load.clients {
        let identity = Identity::new(&format!("client {n}"));
        let document = Document::new(identity.client);
        let link = PairSocket::open(address, &name, Codec::MessagePack).await.unwrap();
        let mut client = PairClient::join_on(link, identity, document).await.map_err(|(_, error)| error).unwrap();
        let writer = (n < load.writers).then(|| {
            let edits = prepare(&mut client.document, load.each(), "x");
            Writer { edits, sent: (0..load.each()).map(|_| OnceLock::new()).collect() }
        });
        // The texts are not looked at any more.
        client.document = Document::new(client.identity.client);
        members.push(Member { client, writer, others: HashMap::new() });
    }
    let sent: Vec<(ParticipantId, Sent)> = members
        .iter()
        .filter_map(|member| Some((member.client.participant(), Arc::clone(&member.writer.as_ref()?.sent))))
        .collect();
    for member in &mut members {
        let me = member.client.participant();
        member.others = sent.iter().filter(|(of, _)| *of != me).cloned().collect();
    }
    members
}

impl Member {
    /// Types, if it is one who does, and reads until all edits of the others have come.
    async fn run(self, begun: tokio::time::Instant, load: Load) -> Vec<Duration> {
        let Self { mut client, writer, others } = self;
        let expected = others.len() * load.each();
        let (mut took, mut seen) = (Vec::with_capacity(expected), HashMap::<ParticipantId, usize>::new());
        let (mut edits, sent) = writer.map_or((Vec::new().into_iter(), None), |w| (w.edits.into_iter(), Some(w.sent)));
        let (mut next, mut number) = (edits.next(), 0_u32);
        let end = begun + load.typing + PATIENCE;
        while took.len() < expected || next.is_some() || client.receipt.durable < client.seq {
            let at = if next.is_some() { begun + load.pause * number } else { end };
            tokio::select! {
                message = client.link.try_next() => match message.expect("the connection should stay") {
                    ServerMessage::Edited(edited) => {
                        let nth = seen.entry(edited.participant).or_default();
                        took.push(others[&edited.participant][*nth].get().unwrap().elapsed());
                        *nth += 1;
                    }
                    ServerMessage::Receipt(receipt) => client.receipt = receipt,
                    ServerMessage::Missing(_) => panic!("a client fell behind, so that there is nothing to measure"),
                    ServerMessage::Error(error) => panic!("the server refuses an edit: {error:?}"),
                    _ => {}
                },
                () = tokio::time::sleep_until(at) => {
                    let Some(update) = next.take() else { panic!("{} of {expected} edits came in time", took.len()) };
                    client.seq = client.seq.next();
                    let edit = Edit { document: client.path.clone(), seq: client.seq, update: update.into() };
                    let moment = &sent.as_ref().unwrap()[usize::try_from(number).unwrap()];
                    moment.set(Instant::now()).unwrap();
                    client.send(edit).await;
                    (next, number) = (edits.next(), number + 1);
                }
            }
        }
        took
    }
}

/// The mean seconds from receipt to durable, by the server's own metrics.
pub async fn durable_seconds(address: SocketAddr) -> f64 {
    let answer = http::request(address, reqwest::Method::GET, "/metrics", None).await.text().await.unwrap();
    let of = |name: &str| -> f64 {
        let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap().parse().unwrap()
    };
    of("pair_edit_durable_seconds_sum") / of("pair_edit_durable_seconds_count")
}
