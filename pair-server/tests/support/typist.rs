//! Somebody who types tokens that nobody else types, over one server or another, connected or not, and comes back by themselves. Knows no
//! story.

use super::{
    pair::{Identity, PairClient},
    random::Random,
    wire::Way,
};
use protocol::{ByteOffset, Document, ErrorCode, Sequence, ServerMessage};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// The pause before a connection that was refused or lost is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// What the typists and the test know in common.
#[derive(Clone)]
pub struct Shared {
    /// The room.
    pub room: String,
    /// Where the servers are; none while all are down.
    pub servers: watch::Receiver<Vec<SocketAddr>>,
    /// Whether everybody shall stop typing.
    pub stop: watch::Receiver<bool>,
    /// Tokens that a durable receipt covered.
    pub durable: Arc<Mutex<Vec<String>>>,
    /// How long each was away, from a connection's end to the next one's welcome.
    pub away: Arc<Mutex<Vec<Duration>>>,
    /// The longest pause between two tokens, in milliseconds.
    pub pause_ms: u64,
}

/// Somebody who types.
pub struct Typist {
    shared: Shared,
    identity: Identity,
    way: Way,
    random: Random,
    typed: Vec<String>,
    confirmed: usize,
    /// Which server it goes to first, of those that there are.
    home: usize,
    lost_at: Option<Instant>,
}

impl Typist {
    /// Somebody new.
    pub fn new(shared: Shared, name: &str, way: impl Into<Way>, home: usize, seed: u64) -> Self {
        Self {
            shared,
            identity: Identity::new(name),
            way: way.into(),
            random: Random::new(seed),
            typed: Vec::new(),
            confirmed: 0,
            home,
            lost_at: None,
        }
    }

    /// Types until told to stop and everything is durable; gives the document and all tokens.
    pub async fn run(mut self) -> (Document, Vec<String>) {
        let mut document = Document::new(self.identity.client);
        loop {
            let servers = self.shared.servers.borrow().clone();
            let Some(address) = servers.get(self.home % servers.len().max(1)).copied() else {
                if !document.is_empty() {
                    let (at, token) = self.next_token(&document);
                    document.edit(ByteOffset(at)..ByteOffset(at), &token, 0).unwrap();
                }
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            let room = self.shared.room.clone();
            match PairClient::try_join(address, &room, self.identity.clone(), self.way, document).await {
                Err((kept, error)) => {
                    assert!(
                        !error.contains("ServerMessage") && !error.contains("Ok("),
                        "the server refuses a client that comes back: {error}"
                    );
                    document = kept;
                    self.home += 1;
                    tokio::time::sleep(AGAIN).await;
                }
                Ok(client) => {
                    if let Some(lost_at) = self.lost_at.take() {
                        self.shared.away.lock().unwrap().push(lost_at.elapsed());
                    }
                    let finished;
                    (document, finished) = self.online(client).await;
                    if finished {
                        return (document, self.typed);
                    }
                    self.lost_at = Some(Instant::now());
                }
            }
        }
    }

    /// Types on one connection, until it breaks or all is done.
    async fn online(&mut self, mut client: PairClient) -> (Document, bool) {
        // After which number how many of the tokens are sent.
        let mut sent: VecDeque<(Sequence, usize)> = VecDeque::from([(client.seq, self.typed.len())]);
        let mut stop = self.shared.stop.clone();
        let mut next_at = Instant::now();
        loop {
            let stopping = *stop.borrow_and_update();
            if stopping && client.receipt.durable >= client.seq {
                return (client.document, true);
            }
            tokio::select! {
                message = client.link.try_next() => {
                    let Ok(message) = message else { return (client.document, false) };
                    match &message {
                        ServerMessage::Error(error) if error.code != ErrorCode::NodesUnreachable => {
                            panic!("an edit is refused: {error:?}");
                        }
                        ServerMessage::Closing(_) => return (client.document, false),
                        _ => {}
                    }
                    client.notice(&message);
                    while let Some((_, count)) = sent.front().copied().filter(|(seq, _)| *seq <= client.receipt.durable) {
                        sent.pop_front();
                        let newly = self.typed.get(self.confirmed..count).unwrap_or_default();
                        self.shared.durable.lock().unwrap().extend(newly.iter().cloned());
                        self.confirmed = self.confirmed.max(count);
                    }
                }
                () = tokio::time::sleep_until(next_at.into()), if !stopping => {
                    next_at = Instant::now() + Duration::from_millis(1 + self.random.below(self.shared.pause_ms));
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

/// Every token stands once in the text, and nothing else does.
pub fn check_tokens<'a>(text: &str, tokens: impl IntoIterator<Item = &'a String>) -> usize {
    let mut count = 0;
    for token in tokens {
        assert_eq!(text.matches(token.as_str()).count(), 1, "{token} in {text}");
        count += 1;
    }
    assert_eq!(text.matches('<').count(), count, "something is there that nobody typed: {text}");
    count
}
