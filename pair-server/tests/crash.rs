//! `kill -9` of the server at random moments, again and again, while clients type: whatever had a durable receipt is there after the
//! restart, the clients come back by themselves with what they typed meanwhile, and nothing is doubled.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests: what does not unwrap is a failed test"
)]

mod support;

use protocol::{Document, Sequence, ServerMessage, codec::Codec};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use support::{
    eventually,
    http::code,
    pair::{Identity, PairClient},
    postgres::PostgresServer,
    process::ServerProcess,
    random::{Random, fresh_seed},
    soon,
};
use tokio::sync::watch;

/// Deaths of a server with a file.
const KILLS: usize = 20;

/// Deaths of a server whose database lives on.
const KILLS_ON_POSTGRES: usize = 6;

const ROOM: &str = "crash";

/// What the typists and the test know in common.
#[derive(Clone)]
struct Shared {
    /// Where the server is; none while it is down.
    server: watch::Receiver<Option<SocketAddr>>,
    /// Whether everybody shall stop typing.
    stop: watch::Receiver<bool>,
    /// Tokens that a durable receipt covered.
    durable: Arc<Mutex<Vec<String>>>,
}

/// Somebody who types tokens that nobody else types, connected or not.
struct Typist {
    shared: Shared,
    identity: Identity,
    codec: Codec,
    random: Random,
    typed: Vec<String>,
    confirmed: usize,
}

impl Typist {
    /// Types until told to stop and everything is durable; gives the document and all tokens.
    async fn run(mut self) -> (Document, Vec<String>) {
        let mut document = Document::new(self.identity.client);
        loop {
            let address = *self.shared.server.borrow();
            let Some(address) = address else {
                if !document.is_empty() {
                    let (at, token) = self.next_token(&document);
                    let at = protocol::ByteOffset(at);
                    document.edit(at..at, &token, 0).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            match PairClient::try_join(address, ROOM, self.identity.clone(), self.codec, document).await {
                Err((kept, error)) => {
                    assert!(
                        !error.contains("ServerMessage") && !error.contains("Ok("),
                        "the server refuses a client that comes back: {error}"
                    );
                    document = kept;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(client) => {
                    let finished;
                    (document, finished) = self.online(client).await;
                    if finished {
                        return (document, self.typed);
                    }
                }
            }
        }
    }

    /// Types on one connection, until it breaks or all is done.
    async fn online(&mut self, mut client: PairClient) -> (Document, bool) {
        // After which number how many of the tokens are sent.
        let mut sent: VecDeque<(Sequence, usize)> = VecDeque::from([(client.seq, self.typed.len())]);
        let mut stop = self.shared.stop.clone();
        loop {
            let stopping = *stop.borrow_and_update();
            if stopping && client.receipt.durable >= client.seq {
                return (client.document, true);
            }
            let pause = Duration::from_millis(1 + self.random.below(15));
            tokio::select! {
                message = client.link.try_next() => {
                    let Ok(message) = message else { return (client.document, false) };
                    if let ServerMessage::Error(error) = &message {
                        panic!("an edit is refused: {error:?}");
                    }
                    client.notice(&message);
                    while let Some((_, count)) = sent.front().copied().filter(|(seq, _)| *seq <= client.receipt.durable) {
                        sent.pop_front();
                        let newly = self.typed.get(self.confirmed..count).unwrap_or_default();
                        self.shared.durable.lock().unwrap().extend(newly.iter().cloned());
                        self.confirmed = self.confirmed.max(count);
                    }
                }
                () = tokio::time::sleep(pause), if !stopping => {
                    let (at, token) = self.next_token(&client.document);
                    let written = client.try_splice(at, 0, &token).await;
                    sent.push_back((client.seq, self.typed.len()));
                    if written.is_err() {
                        return (client.document, false);
                    }
                }
                _ = stop.changed() => {}
            }
        }
    }

    /// A new token, and a place for it where it splits no other.
    fn next_token(&mut self, document: &Document) -> (usize, String) {
        let token = format!("<{}{}>", self.identity.name, self.typed.len());
        self.typed.push(token.clone());
        let text = document.text();
        let places: Vec<_> = text.match_indices('>').map(|(at, _)| at + 1).collect();
        let place = if places.is_empty() { text.len() } else { places[self.random.index(places.len())] };
        (place, token)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_durable_is_lost_and_nothing_is_doubled_when_the_server_is_killed() {
    story("sqlite:pair.db", KILLS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_its_database_is_postgresql() {
    story(&PostgresServer::shared().database(), KILLS_ON_POSTGRES).await;
}

async fn story(database: &str, deaths: usize) {
    let folder = tempfile::tempdir().unwrap();
    let seed = fresh_seed();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let (up, server) = watch::channel(None);
    let (halt, stop) = watch::channel(false);
    let shared = Shared { server, stop, durable: Arc::default() };
    let mut typists = tokio::task::JoinSet::new();
    for (name, codec) in [("A", Codec::MessagePack), ("B", Codec::Json), ("C", Codec::MessagePack)] {
        let typist = Typist {
            shared: shared.clone(),
            identity: Identity::new(name),
            codec,
            random: Random::new(random.next()),
            typed: Vec::new(),
            confirmed: 0,
        };
        typists.spawn(typist.run());
    }
    let mut kills = 0;
    let process = loop {
        let process = ServerProcess::start_on(folder.path(), database, &[]);
        // Before anybody is back to repair it: what was durable is there.
        let text = code_or_new(process.address()).await;
        let durable = shared.durable.lock().unwrap().clone();
        for token in &durable {
            assert_eq!(text.matches(token.as_str()).count(), 1, "durable {token} after kill {kills} in {text}");
        }
        let before = durable.len();
        up.send_replace(Some(process.address()));
        if kills == deaths {
            break process;
        }
        // A random moment, but one by which something became durable: a server that is killed before would prove nothing.
        eventually("more is durable", async || (shared.durable.lock().unwrap().len() > before).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(random.below(200))).await;
        process.kill();
        kills += 1;
        up.send_replace(None);
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    halt.send_replace(true);
    let done = soon("everything is durable", typists.join_all()).await;
    let text = code(process.address(), ROOM).await;
    let all: Vec<_> = done.iter().flat_map(|(_, typed)| typed).collect();
    assert!(all.len() > 20 * deaths, "too little was typed: {}", all.len());
    for token in &all {
        assert_eq!(text.matches(token.as_str()).count(), 1, "{token} in {text}");
    }
    assert_eq!(text.matches('<').count(), all.len());
    println!(
        "{} tokens, {} of them durable before the last restart, {deaths} kills",
        all.len(),
        shared.durable.lock().unwrap().len()
    );
}

/// The room's text; empty where it was not made yet.
async fn code_or_new(address: SocketAddr) -> String {
    let (status, room) = support::http::get(address, &format!("/rooms/{ROOM}")).await;
    if status == 404 { String::new() } else { room["code"].as_str().unwrap().to_owned() }
}
