//! The server is killed with `kill -9` twenty times while two terminals type. After each restart everything that a status line called
//! durable is there; the terminals come back by themselves; at the end every word stands exactly once.

#![allow(clippy::unwrap_used, reason = "what does not unwrap is a failed test")]

mod support;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use support::{ServerProcess, Tui, Typed, eventually};

support::server_entry!();

/// How often the server dies.
const DEATHS: usize = 20;

/// The longest that a server lives after everybody is back, in milliseconds.
const LIFE_MS: u64 = 400;

/// Random numbers of a seed (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[test]
fn what_was_durable_survives_kill_9_and_the_rest_arrives_when_the_clients_come_back() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let mut random = Random(u64::from(now) | 1);
    println!("the moments of death follow from {}", random.0);
    let mut server = ServerProcess::start();
    let link = server.create_room("notes.txt", "the end\n");
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    ada.keys("<c-home><cr><up>");
    grace.keys("<c-end>");
    let (of_ada, of_grace) = (Typed::new("a"), Typed::new("g"));
    let stop = AtomicBool::new(false);

    std::thread::scope(|scope| {
        let typing = [
            scope.spawn(|| of_ada.type_until(&mut ada, &stop)),
            scope.spawn(|| of_grace.type_until(&mut grace, &stop)),
        ];
        let mut durable_seen = 0;
        for death in 0..DEATHS {
            std::thread::park_timeout(Duration::from_millis(random.below(LIFE_MS)));
            let durable = [of_ada.durable(), of_grace.durable()].concat();
            server.kill();
            server.restart();
            let text = server.text(&link);
            for word in &durable {
                assert!(text.contains(word), "{word} was durable, and is gone after death {death}:\n{text}");
            }
            durable_seen = durable.len();
            for typed in [&of_ada, &of_grace] {
                let wanted = typed.words().last().cloned().unwrap_or_default();
                eventually(&format!("{wanted} on the server after death {death}"), || {
                    server.text(&link).contains(&wanted).then_some(())
                });
            }
        }
        stop.store(true, Ordering::SeqCst);
        for one in typing {
            one.join().unwrap();
        }
        println!(
            "words: Ada {}, Grace {}; {durable_seen} known as durable before the last death",
            of_ada.count(),
            of_grace.count()
        );
        assert!(durable_seen > 0, "the status lines must have said durable at some time");
    });
    for tui in [&ada, &grace] {
        tui.wait_for("durable ✓");
    }
    let text = eventually("one text everywhere", || {
        let texts = [server.text(&link), ada.text(), grace.text()];
        (texts[0] == texts[1] && texts[0] == texts[2]).then(|| texts[0].clone())
    });
    of_ada.assert_each_once(&text);
    of_grace.assert_each_once(&text);
    assert_eq!(text.matches("the end").count(), 1, "what was there before stands there once:\n{text}");
}
