//! One run of chaos from one seed: what is done to clients, server, network and disk, and what must hold along the way and at the end.

use super::{
    client::{ClientProcess, Seen},
    proxy::{Proxy, Weather},
    random::Random,
    support::{DEADLINE, ServerProcess},
};
use pair_tui::client::RoomAddress;
use std::{
    fmt::Write,
    path::PathBuf,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::task::TaskTracker;

/// What was on the screen for so long, with no word of danger, is in the journal.
const KEPT_AFTER: Duration = Duration::from_millis(1_500);

/// The longest pause between two steps, in milliseconds.
const PAUSE_MS: u64 = 60;

/// The server's memory may grow by so much in a run.
const GROWTH_MAX: u64 = 64 << 20;

/// How a run is to be.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub steps: usize,
}

/// What a run did, for the note.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub tokens: usize,
    pub doubtful: usize,
    pub server_kills: usize,
    pub server_stops: usize,
    pub full_disks: usize,
    pub client_kills: usize,
    pub kept_kills: usize,
    pub cuts: usize,
    pub moves: usize,
    pub over_quic: usize,
    pub datagrams: u64,
    pub settle_ms: u128,
}

/// What is known of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Typed in a client that runs: it must be there.
    Typed,
    /// The client was killed after it had shown that the token is safe: it must be there.
    Safe,
    /// The client was killed before: it may be there, once.
    Doubtful,
}

struct Token {
    text: String,
    /// The how-manieth thing that its client was told.
    told: usize,
    fate: Fate,
}

struct Slot {
    name: String,
    proxy: Proxy,
    link: String,
    transport: &'static str,
    journals: PathBuf,
    process: Option<ClientProcess>,
    tokens: Vec<Token>,
}

pub struct Story {
    random: Random,
    /// Carries the proxies.
    _runtime: Runtime,
    server: ServerProcess,
    link: String,
    slots: Vec<Slot>,
    is_down: bool,
    is_stopped: bool,
    is_full: bool,
    began: Instant,
    log: String,
    tally: Tally,
    _home: TempDir,
}

impl Story {
    /// Three to six clients in one room, each behind its own proxy.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (server, home, tasks) = (ServerProcess::start(), tempfile::tempdir().unwrap(), TaskTracker::new());
        let link = server.create_room("chaos.txt", "the end\n");
        let room = RoomAddress::parse(&link, &server.url()).unwrap();
        let slots = (0..3 + random.below(4)).map(|number| {
            let proxy = runtime.block_on(Proxy::start(server.socket_address(), &tasks));
            // Who comes by which transport: in the clear, by whichever is there first, by QUIC whatever happens.
            let (scheme, transport) = [("http", "auto"), ("https", "auto"), ("https", "quic")][random.index(3)];
            let server = format!("{scheme}://{}", proxy.address()).parse().unwrap();
            let address = RoomAddress { server, ..room.clone() };
            Slot {
                transport,
                name: format!("client-{number}"),
                link: address.link(),
                proxy,
                journals: home.path().join(format!("journals-{number}")),
                process: None,
                tokens: Vec::new(),
            }
        });
        let slots: Vec<_> = slots.collect();
        let mut story = Self {
            random,
            _runtime: runtime,
            server,
            link,
            slots,
            is_down: false,
            is_stopped: false,
            is_full: false,
            began: Instant::now(),
            log: String::new(),
            tally: Tally::default(),
            _home: home,
        };
        for at in 0..story.slots.len() {
            story.start_client(at);
        }
        story
    }

    /// Runs it; gives what was done, or what did not hold, with everything that was done until then.
    pub fn run(mut self, steps: usize) -> Result<Tally, String> {
        let result = self.try_run(steps);
        let log = std::mem::take(&mut self.log);
        result.map(|()| self.tally).map_err(|what| format!("{what}\nwhat was done:\n{log}"))
    }

    fn try_run(&mut self, steps: usize) -> Result<(), String> {
        self.wait("everybody is in the room", Self::not_settled)?;
        let memory = self.server.resident_bytes();
        for _ in 0..steps {
            self.step()?;
            std::thread::park_timeout(Duration::from_millis(self.random.below(PAUSE_MS)));
            self.check_titles()?;
        }
        let calm = Instant::now();
        self.heal()?;
        self.wait("everything is durable", Self::not_settled)?;
        self.tally.settle_ms = calm.elapsed().as_millis();
        // Nobody comes back and gets what they lack from here on: each edit must reach all by itself.
        for at in 0..self.slots.len() {
            self.type_tokens(at);
        }
        self.wait("what was typed in calm is durable", Self::not_settled)?;
        let text = self.same_text()?;
        self.check_text(&text)?;
        self.check_titles()?;
        let grown = self.server.resident_bytes().saturating_sub(memory);
        if grown > GROWTH_MAX {
            return Err(format!("the server grew by {} MiB", grown >> 20));
        }
        self.check_datagrams()?;
        // What is on the disk says the same as what is in memory.
        self.server.kill();
        self.server.restart();
        let stored = self.server.text(&self.link);
        if stored == text { Ok(()) } else { Err(format!("the text is\n{text}\nand after a restart\n{stored}")) }
    }

    fn note(&mut self, what: impl std::fmt::Display) {
        let ms = self.began.elapsed().as_millis();
        writeln!(self.log, "{ms:>6} ms  {what}").unwrap();
    }

    fn step(&mut self) -> Result<(), String> {
        let at = self.random.index(self.slots.len());
        match self.random.below(100) {
            0..50 => self.type_tokens(at),
            50..66 => self.change_weather(at),
            66..73 if self.slots[at].transport == "quic" => self.move_address(at),
            66..73 => {
                self.tally.cuts += 1;
                self.note(format!("cut {}", self.slots[at].name));
                self.slots[at].proxy.cut();
            }
            73..81 if self.is_down => return self.start_server(),
            73..77 => self.kill_server(),
            77..81 => self.toggle_stop(),
            81..86 => self.toggle_disk(),
            86..88 if self.slots[at].process.is_some() => self.kill_kept_client(at)?,
            88..92 if self.slots[at].process.is_some() => self.kill_client(at),
            _ if self.slots[at].process.is_none() => self.start_client(at),
            _ => {}
        }
        Ok(())
    }

    fn type_tokens(&mut self, at: usize) {
        let (moves, count) = (["<up>", "<down>", "<c-home>", "<c-end>"], 1 + self.random.below(4));
        for _ in 0..count {
            let place = moves[self.random.index(moves.len())];
            let slot = &mut self.slots[at];
            let Some(process) = &mut slot.process else { return };
            // A client without a text takes no keys yet.
            if !process.seen().status.starts_with(|first: char| first.is_ascii_digit()) {
                return;
            }
            process.keys(&format!("{place}<home>"));
            let text = format!("[{}.{}]", slot.name, slot.tokens.len());
            let told = process.paste(&format!("{text}\n"));
            slot.tokens.push(Token { text, told, fate: Fate::Typed });
            self.tally.tokens += 1;
        }
        self.note(format!("{} types {count}", self.slots[at].name));
    }

    fn change_weather(&mut self, at: usize) {
        let weather = match self.random.below(10) {
            0..4 => Weather::Calm,
            4..6 => Weather::Slow(5 + self.random.below(100)),
            6 => Weather::Dribble(1 + self.random.below(5)),
            7 => Weather::Stalled,
            8 => Weather::HalfOpen,
            _ => Weather::Refusing,
        };
        self.note(format!("{weather:?} before {}", self.slots[at].name));
        self.slots[at].proxy.set(weather);
    }

    fn move_address(&mut self, at: usize) {
        self.tally.moves += 1;
        self.note(format!("{} has another address", self.slots[at].name));
        self.slots[at].proxy.move_address();
    }

    fn kill_server(&mut self) {
        self.tally.server_kills += 1;
        self.server.kill();
        (self.is_down, self.is_stopped, self.is_full) = (true, false, false);
        self.note("kill -9 of the server");
    }

    /// Starts the server again; what anybody's screen had called durable by then is there.
    fn start_server(&mut self) -> Result<(), String> {
        let durable: Vec<_> = self.slots.iter().flat_map(durable_tokens).collect();
        self.server.restart();
        self.is_down = false;
        self.note("the server starts");
        let text = self.server.text(&self.link);
        let missing: Vec<_> = durable.iter().filter(|token| text.matches(token.as_str()).count() != 1).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("durable and not there once: {missing:?} in\n{text}")) }
    }

    fn toggle_stop(&mut self) {
        self.is_stopped = !self.is_stopped;
        self.tally.server_stops += usize::from(self.is_stopped);
        self.server.suspend(self.is_stopped);
        self.note(if self.is_stopped { "the server is suspended" } else { "the server goes on" });
    }

    fn toggle_disk(&mut self) {
        if self.is_down {
            return;
        }
        self.is_full = !self.is_full;
        self.tally.full_disks += usize::from(self.is_full);
        self.server.limit_files(self.is_full.then_some(0));
        self.note(if self.is_full { "the server's disk takes nothing" } else { "the server's disk takes all" });
    }

    fn start_client(&mut self, at: usize) {
        let slot = &mut self.slots[at];
        slot.process = Some(ClientProcess::start(&slot.link, &slot.name, slot.transport, &slot.journals));
        self.note(format!("{} starts", self.slots[at].name));
    }

    fn kill_client(&mut self, at: usize) {
        self.tally.client_kills += 1;
        let slot = &mut self.slots[at];
        let Some(process) = slot.process.take() else { return };
        let (seen, now) = (process.kill(), Instant::now());
        for token in slot.tokens.iter_mut().filter(|token| token.fate == Fate::Typed) {
            token.fate = if is_safe(&seen, token.told, now) { Fate::Safe } else { Fate::Doubtful };
        }
        self.note(format!("kill -9 of {}, whose screen said {:?}", self.slots[at].name, seen.status));
    }

    /// Kills a client without a connection after what it typed has been kept here for a while: nobody but its journal has that.
    fn kill_kept_client(&mut self, at: usize) -> Result<(), String> {
        self.slots[at].proxy.set(Weather::Refusing);
        self.slots[at].proxy.cut();
        self.note(format!("{} loses its connection for long", self.slots[at].name));
        self.type_tokens(at);
        let slot = &self.slots[at];
        let typed = slot.tokens.iter().filter(|token| token.fate == Fate::Typed);
        let told = typed.map(|token| token.told).max().unwrap_or(0);
        let (began, seen) = (Instant::now(), || slot.process.as_ref().map(|process| process.seen().clone()));
        while seen().is_some_and(|seen| !is_safe(&seen, told, Instant::now())) {
            if began.elapsed() > DEADLINE {
                return Err(format!(
                    "{} does not keep what it was told: {:?}",
                    slot.name,
                    seen().map(|seen| seen.status)
                ));
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        self.tally.kept_kills += 1;
        self.kill_client(at);
        Ok(())
    }

    /// Ends all that is wrong.
    fn heal(&mut self) -> Result<(), String> {
        self.note("all is well from here on");
        if self.is_down {
            self.start_server()?;
        }
        if self.is_stopped {
            self.toggle_stop();
        }
        if self.is_full {
            self.toggle_disk();
        }
        for at in 0..self.slots.len() {
            self.slots[at].proxy.set(Weather::Calm);
            // What was swallowed is noticed after a while; this run does not wait for that.
            self.slots[at].proxy.cut();
            if self.slots[at].process.is_none() {
                self.start_client(at);
            }
        }
        Ok(())
    }

    /// Who is not connected with everything durable; none: all are.
    fn not_settled(&self) -> Option<String> {
        let is_settled = |seen: &Seen, told: usize| seen.told >= told && seen.status.contains("durable ✓");
        let mut open = self.slots.iter().filter_map(|slot| {
            let process = slot.process.as_ref()?;
            let seen = process.seen();
            let last = slot.tokens.iter().filter(|token| token.fate == Fate::Typed).map(|token| token.told).max();
            (!is_settled(&seen, last.unwrap_or(0))).then(|| format!("{}: {}", slot.name, seen.status))
        });
        open.next()
    }

    /// Waits until nothing is open any more; a key now and then makes clients try again at once, as a person would.
    fn wait(&mut self, what: &str, open: impl Fn(&Self) -> Option<String>) -> Result<(), String> {
        let (began, mut nudged) = (Instant::now(), Instant::now());
        while let Some(still) = open(self) {
            if began.elapsed() > DEADLINE * 2 {
                return Err(format!("waited in vain until {what}: {still}"));
            }
            if nudged.elapsed() > Duration::from_millis(300) {
                nudged = Instant::now();
                for process in self.slots.iter_mut().filter_map(|slot| slot.process.as_mut()) {
                    process.keys("<left>");
                }
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(())
    }

    /// The text, which is the same everywhere.
    fn same_text(&mut self) -> Result<String, String> {
        let (began, mut texts) = (Instant::now(), Vec::new());
        while began.elapsed() < DEADLINE {
            texts = vec![self.server.text(&self.link)];
            for process in self.slots.iter_mut().filter_map(|slot| slot.process.as_mut()) {
                let before = process.seen().texts.len();
                process.keys("<c-a><c-c>");
                let asked = Instant::now();
                let text = loop {
                    if let Some(text) = process.seen().texts.get(before).cloned() {
                        break text;
                    }
                    if asked.elapsed() > DEADLINE {
                        return Err("a client does not copy its text".to_owned());
                    }
                    std::thread::park_timeout(Duration::from_millis(2));
                };
                texts.push(text);
            }
            if texts.iter().all(|text| *text == texts[0]) {
                return Ok(texts.swap_remove(0));
            }
        }
        Err(format!("the texts differ:\n{}", texts.join("\n----\n")))
    }

    /// Every token is there once; one whose client died too early at most once; and nothing else is.
    fn check_text(&mut self, text: &str) -> Result<(), String> {
        let mut found = 0;
        for slot in &self.slots {
            for token in &slot.tokens {
                let count = text.matches(&token.text).count();
                let is_right = if token.fate == Fate::Doubtful { count <= 1 } else { count == 1 };
                if !is_right {
                    return Err(format!("{:?} {} stands {count} times in\n{text}", token.fate, token.text));
                }
                found += count;
                self.tally.doubtful += usize::from(token.fate == Fate::Doubtful);
            }
        }
        let (tokens, ends) = (text.matches('[').count(), text.matches("the end\n").count());
        if (tokens, ends) == (found, 1) { Ok(()) } else { Err(format!("{tokens} tokens, {ends} ends in\n{text}")) }
    }

    /// Who was to come by QUIC did.
    fn check_datagrams(&mut self) -> Result<(), String> {
        for slot in self.slots.iter().filter(|slot| slot.transport == "quic") {
            self.tally.over_quic += 1;
            self.tally.datagrams += slot.proxy.datagrams();
            if slot.proxy.datagrams() == 0 {
                return Err(format!("{} sent no datagram", slot.name));
            }
        }
        Ok(())
    }

    /// Nobody's screen ever showed one participant twice.
    fn check_titles(&self) -> Result<(), String> {
        let twice = self.slots.iter().find_map(|slot| slot.process.as_ref()?.seen().shown_twice.clone());
        twice.map_or(Ok(()), |title| Err(format!("somebody was shown twice: {title}")))
    }
}

/// What a client's screen has called durable.
fn durable_tokens(slot: &Slot) -> Vec<String> {
    let durable = slot.process.as_ref().map_or(0, |process| process.seen().durable);
    let is_durable = |token: &&Token| token.fate == Fate::Typed && token.told <= durable;
    slot.tokens.iter().filter(is_durable).map(|token| token.text.clone()).collect()
}

/// Whether a client had shown that a token is durable, or in its journal.
fn is_safe(seen: &Seen, told: usize, now: Instant) -> bool {
    let shown = seen.painted.iter().find(|(count, _)| *count >= told).map(|(_, at)| *at);
    let is_kept = shown.is_some_and(|at| now.duration_since(at) > KEPT_AFTER) && !seen.status.contains("memory");
    seen.durable >= told || is_kept
}
