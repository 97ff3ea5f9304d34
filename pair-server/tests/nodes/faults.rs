//! Six people type over three nodes while Redis restarts and is away for 10 s, PostgreSQL restarts, nodes are restarted in order and one
//! is killed: all texts end equal, everything durable is there once, and the numbers of participants are right.

use super::support::{
    cluster::Cluster,
    eventually,
    http::{code, get, request},
    pair::PairClient,
    postgres::Stop,
    random::{Random, fresh_seed},
    soon,
    typist::{Shared, Typist, check_tokens},
};
use protocol::{ErrorCode, ParticipantId, ServerMessage, codec::Codec};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

const ROOM: &str = "faults";
const TYPISTS: usize = 6;

/// What somebody who only looks was told.
#[derive(Default)]
struct Seen {
    came: Vec<ParticipantId>,
    left: Vec<ParticipantId>,
    errors: BTreeSet<String>,
}

/// Looks on until told to stop.
async fn look(mut client: PairClient, seen: Arc<Mutex<Seen>>, stop: CancellationToken) -> PairClient {
    loop {
        let message = tokio::select! {
            message = client.link.try_next() => message.expect("nothing ends the connection of who looks on"),
            () = stop.cancelled() => return client,
        };
        client.notice(&message);
        let mut seen = seen.lock().unwrap();
        match message {
            ServerMessage::ParticipantJoined(joined) => seen.came.push(joined.participant.id),
            ServerMessage::ParticipantLeft(left) => seen.left.push(left.participant),
            ServerMessage::Error(error) => drop(seen.errors.insert(error.code.to_string())),
            _ => {}
        }
    }
}

/// The story's state.
struct Story {
    cluster: Cluster,
    shared: Shared,
    seen: Arc<Mutex<Seen>>,
}

impl Story {
    /// Tokens that are durable now.
    fn durable(&self) -> Vec<String> {
        self.shared.durable.lock().unwrap().clone()
    }

    /// Waits until people on every node have typed more, and what is durable by then is on each of these nodes.
    async fn all_have_more(&self, what: &str, nodes: &[usize]) {
        let before = self.durable().len();
        eventually(what, async || (self.durable().len() >= before + 10 * TYPISTS).then_some(())).await;
        let durable = self.durable();
        for at in nodes {
            eventually(what, async || {
                let text = code(self.cluster.address(*at), ROOM).await;
                durable.iter().all(|token| text.matches(token.as_str()).count() == 1).then_some(())
            })
            .await;
        }
    }

    async fn counted(&self, at: usize, count: usize) {
        eventually("the number of participants", async || {
            let (_, summary) = get(self.cluster.address(at), &format!("/rooms/{ROOM}")).await;
            (summary["participants"] == count).then_some(())
        })
        .await;
    }

    /// What node 0 counts.
    async fn metric(&self, name: &str) -> f64 {
        let answer =
            request(self.cluster.address(0), reqwest::Method::GET, "/metrics", None).await.text().await.unwrap();
        answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap().parse().unwrap()
    }

    async fn redis_goes_away(&mut self) {
        self.cluster.redis.kill();
        self.cluster.redis.start_again();
        self.all_have_more("a restart of Redis", &[0, 1, 2]).await;
        self.cluster.redis.kill();
        let seen = Arc::clone(&self.seen);
        let unreachable = ErrorCode::NodesUnreachable.to_string();
        eventually("the rooms are told", async || seen.lock().unwrap().errors.contains(&unreachable).then_some(()))
            .await;
        let is_counted = async || {
            let failures = self.metric(r#"pair_fanout_errors_total{failure="connect"}"#).await;
            (self.metric("pair_fanout_up").await < 1.0 && failures > 0.0).then_some(())
        };
        eventually("the outage is counted", is_counted).await;
        let before = self.durable().len();
        // The outage itself.
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(self.durable().len() > before + 10 * TYPISTS, "each node goes on by itself");
        self.cluster.redis.start_again();
        self.all_have_more("10 s without Redis", &[0, 1, 2]).await;
        assert!(self.metric("pair_fanout_up").await > 0.0);
    }

    async fn postgres_restarts(&mut self) {
        self.cluster.postgres.stop(Stop::Fast);
        self.cluster.postgres.start_again();
        self.all_have_more("a restart of PostgreSQL", &[0, 1, 2]).await;
        for at in 0..3 {
            self.counted(at, TYPISTS + 1).await;
        }
    }

    /// Nodes 0 and 1 are restarted in order; who looks on is on node 2.
    async fn nodes_restart(&mut self) {
        let before = self.durable().len();
        {
            let mut seen = self.seen.lock().unwrap();
            (seen.came, seen.left) = (Vec::new(), Vec::new());
        }
        for at in 0..2 {
            assert!(self.cluster.stop(at).success());
            self.counted(2, TYPISTS + 1).await;
            self.cluster.start_again(at);
            self.all_have_more("a node's restart", &[0, 1, 2]).await;
        }
        assert!(self.durable().len() > before);
        let seen = self.seen.lock().unwrap();
        assert!(seen.came.is_empty() && seen.left.is_empty(), "came {:?}, left {:?}", seen.came, seen.left);
        drop(seen);
        let away = self.shared.away.lock().unwrap().clone();
        assert!(!away.is_empty(), "somebody was moved");
    }

    async fn a_node_is_killed(&mut self) {
        self.cluster.kill(0);
        self.all_have_more("a node's death", &[1, 2]).await;
        for at in [1, 2] {
            self.counted(at, TYPISTS + 1).await;
        }
        self.cluster.start_again(0);
        self.all_have_more("the dead node's return", &[0, 1, 2]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_whatever_dies_under_six_who_type() {
    let chance = fresh_seed();
    println!("seed {chance}");
    let mut random = Random::new(chance);
    let cluster = Cluster::start(3);
    let (_servers, servers) = watch::channel(cluster.addresses());
    let (halt, stop) = watch::channel(false);
    let shared =
        Shared { room: ROOM.to_owned(), servers, stop, durable: Arc::default(), away: Arc::default(), pause_ms: 100 };
    let observer = PairClient::join(cluster.address(2), ROOM, "Observer", Codec::MessagePack).await;
    let (seen, looked) = (Arc::new(Mutex::new(Seen::default())), CancellationToken::new());
    let looking = tokio::task::JoinSet::from_iter([look(observer, Arc::clone(&seen), looked.clone())]);
    let mut typists = JoinSet::new();
    for n in 0..TYPISTS {
        let codec = if n % 2 == 0 { Codec::MessagePack } else { Codec::Json };
        let name = char::from(b'A' + u8::try_from(n).unwrap()).to_string();
        typists.spawn(Typist::new(shared.clone(), &name, codec, n % 3, random.next()).run());
    }
    let mut story = Story { cluster, shared, seen };
    story.all_have_more("a quiet start", &[0, 1, 2]).await;
    story.redis_goes_away().await;
    story.postgres_restarts().await;
    story.nodes_restart().await;
    story.a_node_is_killed().await;
    halt.send_replace(true);
    let done = soon("everything is durable", typists.join_all()).await;
    let typed: Vec<_> = done.into_iter().flat_map(|(_, typed)| typed).collect();
    let addresses = story.cluster.addresses();
    let text = equal_texts(&addresses).await;
    let count = check_tokens(&text, &typed);
    looked.cancel();
    let observer = soon("the one who looks on", looking.join_all()).await.remove(0);
    drop(observer);
    for at in 0..3 {
        story.counted(at, 0).await;
    }
    // What is stored is the same: a node that has never had the room in memory says so.
    for at in 0..3 {
        assert!(story.cluster.stop(at).success());
    }
    story.cluster.start_again(1);
    assert_eq!(code(story.cluster.address(1), ROOM).await, text);
    println!("{count} tokens");
}

/// The text, once all nodes have the same.
async fn equal_texts(addresses: &[SocketAddr]) -> String {
    eventually("all texts are equal", async || {
        let texts = futures::future::join_all(addresses.iter().map(|address| code(*address, ROOM))).await;
        texts.iter().all(|text| *text == texts[0]).then(|| texts[0].clone())
    })
    .await
}
