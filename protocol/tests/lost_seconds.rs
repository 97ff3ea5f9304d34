//! A server that loses the end of what it had (a power cut), and its clients, which had seen it: what they bring stands on what the server has or on
//! itself, and no client is left with something that waits. Seeded; a server takes nothing incomplete, clients take what comes in its order.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

#[path = "support/random.rs"]
mod random;

use protocol::{ByteOffset, ClientId, Document};
use random::Random;
use std::collections::VecDeque;

const CLIENTS: usize = 4;

struct Client {
    document: Document,
    is_connected: bool,
    to_server: VecDeque<Vec<u8>>,
    from_server: VecDeque<Vec<u8>>,
}

struct Room {
    server: Document,
    /// What the server has taken, in its order.
    log: Vec<Vec<u8>>,
    clients: Vec<Client>,
}

fn document(client: u64) -> Document {
    Document::new(ClientId::new(client).unwrap())
}

impl Room {
    fn new() -> Self {
        let client = |number| Client {
            document: document(number),
            is_connected: false,
            to_server: VecDeque::new(),
            from_server: VecDeque::new(),
        };
        Self { server: document(1), log: Vec::new(), clients: (10..10 + CLIENTS as u64).map(client).collect() }
    }

    fn edit(&mut self, who: usize, random: &mut Random) {
        let client = &mut self.clients[who];
        let end = client.document.len().0;
        let at = random.below(end + 1);
        let removed = random.below(4).min(end - at);
        let text = if removed == 0 || random.below(2) == 0 { "xyz" } else { "" };
        let update = client.document.edit(ByteOffset(at)..ByteOffset(at + removed), text, 0).unwrap();
        if client.is_connected {
            client.to_server.push_back(update);
        }
    }

    fn take(&mut self, from: usize, update: Vec<u8>) {
        self.server.apply_complete(&update).unwrap();
        for (_, other) in self.clients.iter_mut().enumerate().filter(|(who, one)| *who != from && one.is_connected) {
            other.from_server.push_back(update.clone());
        }
        self.log.push(update);
    }

    /// One message to or from the server.
    fn deliver(&mut self, who: usize, up: bool) {
        let client = &mut self.clients[who];
        let message = if up { client.to_server.pop_front() } else { client.from_server.pop_front() };
        match message {
            Some(update) if up => self.take(who, update),
            Some(update) => {
                client.document.apply_trusted(&update).unwrap();
                assert!(!client.document.has_pending(), "client {who} was given what stands on nothing");
            }
            None => {}
        }
    }

    /// Welcome and difference.
    fn connect(&mut self, who: usize) {
        let client = &mut self.clients[who];
        let theirs = client.document.state_vector();
        let (welcome, known) = (self.server.difference(&theirs).unwrap(), self.server.state_vector());
        client.document.apply_trusted(&welcome).unwrap();
        assert!(!client.document.has_pending(), "client {who} was welcomed with what stands on nothing");
        (client.is_connected, client.from_server) = (true, VecDeque::new());
        client.to_server = VecDeque::from([client.document.difference(&known).unwrap()]);
    }

    fn cut(&mut self, who: usize) {
        let client = &mut self.clients[who];
        (client.is_connected, client.to_server, client.from_server) = (false, VecDeque::new(), VecDeque::new());
    }

    /// The server dies, and had stored so many of its updates.
    fn lose(&mut self, kept: usize) {
        (0..CLIENTS).for_each(|who| self.cut(who));
        self.log.truncate(kept);
        self.server = document(1);
        for update in &self.log {
            self.server.apply_trusted(update).unwrap();
        }
    }
}

#[test]
fn what_clients_bring_after_the_server_lost_its_last_seconds_is_never_incomplete() {
    let mut lost = 0;
    for seed in 0..400 {
        let (mut random, mut room) = (Random(seed), Room::new());
        for _ in 0..400 {
            let who = random.below(CLIENTS);
            match random.below(40) {
                0 => {
                    let kept = room.log.len() - random.below(10).min(room.log.len());
                    lost += room.log.len() - kept;
                    room.lose(kept);
                }
                1 => room.cut(who),
                2..6 => {
                    if !room.clients[who].is_connected {
                        room.connect(who);
                    }
                }
                6..16 => room.edit(who, &mut random),
                16..28 => room.deliver(who, true),
                _ => room.deliver(who, false),
            }
        }
        (0..CLIENTS)
            .filter(|who| !room.clients[*who].is_connected)
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|who| room.connect(who));
        for up in [true, false] {
            for who in 0..CLIENTS {
                while !room.clients[who].to_server.is_empty() || (!up && !room.clients[who].from_server.is_empty()) {
                    room.deliver(who, up);
                }
            }
        }
        for client in &room.clients {
            assert_eq!(client.document.text(), room.server.text(), "seed {seed}");
        }
    }
    assert!(lost > 1_000, "the server lost {lost} updates");
}
