//! Two plain clients type at both ends of a text at once, over real sockets whose wires delay everything by 0 to 300 ms: no
//! character is lost and none is doubled. One room per seed, many rooms at once on one server.
//!
//! `PAIR_PLAIN_SEED=N` runs that one seed. The same story with simulated time and more seeds is in `src/room/plain_story.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{collections::VecDeque, net::SocketAddr, time::Duration};
use support::{http::code, plain::PlainClient, random::Random, server::TestServer, soon};
use tokio::{sync::watch, time::Instant};
use tokio_tungstenite::tungstenite::Message;

const SEEDS: u64 = 200;
const KEYS: u32 = 20;
const DELAY_MS: u64 = 300;

/// What is on its way over one direction of a wire; nothing overtakes.
#[derive(Default)]
struct Wire(VecDeque<(Instant, String)>);

impl Wire {
    fn send(&mut self, random: &mut Random, text: String) {
        let arrival = Instant::now() + Duration::from_millis(random.below(DELAY_MS + 1));
        let last = self.0.back().map_or(arrival, |(last, _)| *last);
        self.0.push_back((arrival.max(last), text));
    }

    /// The next that arrives; never, where nothing is on its way. Cancel safe.
    async fn arrives(&mut self) -> String {
        match self.0.front() {
            Some((arrival, _)) => tokio::time::sleep_until(*arrival).await,
            None => std::future::pending().await,
        }
        self.0.pop_front().map(|(_, text)| text).unwrap_or_default()
    }
}

/// Types as front ends do: shows whatever text came last, and sends what it shows after each key. Gives what it typed, once the
/// room has the final text and this client shows it.
async fn type_at(
    address: SocketAddr,
    room: String,
    at_end: bool,
    mut random: Random,
    mut last: watch::Receiver<Option<String>>,
    typed: watch::Sender<bool>,
) -> Vec<char> {
    let (client, mut shown) = PlainClient::join(address, &room).await;
    let (mut sink, mut stream) = client.socket.split();
    let (mut out, mut back) = (Wire::default(), Wire::default());
    let mut keys = Vec::new();
    let mut next_key = Instant::now();
    loop {
        if last.borrow_and_update().as_ref() == Some(&shown) {
            return keys;
        }
        tokio::select! {
            text = out.arrives() => {
                sink.send(Message::text(text)).await.unwrap();
                if keys.len() == KEYS as usize && out.0.is_empty() {
                    typed.send_replace(true);
                }
            }
            text = back.arrives() => shown = text,
            frame = stream.next() => {
                if let Some(Ok(Message::Text(text))) = frame
                    && let Value::String(code) = &mut serde_json::from_str::<Value>(&text).unwrap()["code"]
                {
                    back.send(&mut random, std::mem::take(code));
                }
            }
            () = tokio::time::sleep_until(next_key), if keys.len() < KEYS as usize => {
                let key = char::from_u32(if at_end { 0x1_F300 } else { 0x4E00 } + u32::try_from(keys.len()).unwrap()).unwrap();
                let place = if at_end { shown.len() } else { 0 };
                shown.insert(place, key);
                keys.push(key);
                let message = json!({"type": "update", "code": shown, "username": "web"});
                out.send(&mut random, message.to_string());
                next_key = Instant::now() + Duration::from_millis(5 + random.below(120));
            }
            _ = last.changed() => {}
        }
    }
}

/// One room of one seed; what is wrong, if anything.
async fn story(address: SocketAddr, seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let room = format!("seed-{seed}");
    let (final_text, last) = watch::channel(None);
    let mut typing = Vec::new();
    let mut done = Vec::new();
    for at_end in [false, true] {
        let (typed, all) = watch::channel(false);
        typing.push(type_at(address, room.clone(), at_end, Random::new(random.next()), last.clone(), typed));
        done.push(all);
    }
    let finish = async {
        for mut all in done {
            all.wait_for(|typed| *typed).await.unwrap();
        }
        // All texts are sent; the room has them as soon as it shows every character.
        loop {
            let text = code(address, &room).await;
            let count = text.chars().filter(|c| ('\u{4E00}'..'\u{5000}').contains(c) || *c >= '\u{1F300}').count();
            if count >= 2 * KEYS as usize {
                final_text.send_replace(Some(text.clone()));
                return text;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let told =
        tokio::time::timeout(support::DEADLINE, async { futures::join!(futures::future::join_all(typing), finish) });
    let Ok((keys, text)) = told.await else {
        return Err(format!(
            "PAIR_PLAIN_SEED={seed}: not everything arrived; the room has {:?}",
            code(address, &room).await
        ));
    };
    match keys.iter().flatten().find(|key| text.matches(**key).count() != 1) {
        Some(key) => Err(format!("PAIR_PLAIN_SEED={seed}: {key} is not there once in {text:?}")),
        None if text.contains("# Start collaborating...\n") => Ok(()),
        None => Err(format!("PAIR_PLAIN_SEED={seed}: the first text is gone from {text:?}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_plain_clients_at_both_ends_lose_nothing_over_real_wires() {
    let server = TestServer::start_with(|config| config.requests_per_minute = u32::MAX.try_into().unwrap()).await;
    let only = std::env::var("PAIR_PLAIN_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..SEEDS, |seed: u64| seed..seed + 1);
    let stories = seeds.map(|seed| story(server.address(), seed));
    let told = soon("every story", futures::future::join_all(stories)).await;
    let failures: Vec<_> = told.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} seeds fail:\n{}", failures.len(), failures.join("\n"));
}
