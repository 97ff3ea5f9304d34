//! Plain clients that type at once, over a network that delays: nobody loses a character. The room's state machine and the
//! outboxes are the real ones, time is simulated, chance comes from a seed.
//!
//! `PAIR_PLAIN_SEEDS=N` runs N seeds instead of 1,000; `PAIR_PLAIN_SEED=N` runs that one, as a failure names it.

use super::{
    effect::{Access, ConnectionId, Effect, Now, PairJoin, Version},
    outbox::{PLAIN_TEXT_PAUSE, PlainOutbox, PlainOutboxReader, plain_outbox},
    state::{RoomContent, RoomState, edits::IncomingEdit},
};
use futures::FutureExt;
use protocol::{
    ByteOffset, ClientId, Document, DocumentPath, Limits, ParticipantId, Sequence, ServerMessage, codec::Codec,
    message::client::Hello, plain::PlainUpdate,
};
use std::collections::{BTreeMap, HashMap};

/// Seeds that run when nobody says how many.
const SEEDS: u64 = 1_000;

/// How long everybody types, in simulated milliseconds.
const TYPING_MS: u64 = 1_500;

/// The longest delay on the wire, one way, in milliseconds.
const DELAY_MS: u64 = 300;

/// splitmix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound.max(1)
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap_or(0)
    }
}

/// What happens at a moment.
enum Event {
    /// Somebody types a character.
    Type(usize),
    /// A plain client's text arrives at the server.
    Update(usize, String),
    /// The server's writer takes a frame for a plain client.
    Take(usize),
    /// A text arrives at a plain client.
    Sync(usize, String),
    /// The participant of the room protocol edits.
    PairTypes,
    /// Its edit arrives at the server.
    PairEdit(Vec<u8>),
    /// Another's edit arrives at it.
    PairReceives(Vec<u8>),
}

/// A plain client as front ends are: it shows whatever text came last, and sends what it shows after each key.
struct Typist {
    id: ParticipantId,
    outbox: PlainOutbox,
    reader: PlainOutboxReader,
    shown: String,
    /// It types at the end of the text, not at the start.
    at_end: bool,
    /// It types behind its own last character where it sees that.
    in_a_row: bool,
    /// It types at its cursor, which stays so many characters from the start, or from the end, whatever text comes: what a page does that
    /// knows no better.
    cursor: Option<usize>,
    typed: Vec<char>,
    /// The pause before the server's writer takes the next frame; on a slow connection it is longer.
    writer_pause_ms: u64,
}

impl Typist {
    /// The byte at the cursor.
    fn at_cursor(&self) -> usize {
        let length = self.shown.chars().count();
        let cursor = self.cursor.unwrap_or(0).min(length);
        let before = if self.at_end { length - cursor } else { cursor };
        self.shown.char_indices().nth(before).map_or(self.shown.len(), |(at, _)| at)
    }
}

/// One run.
struct Story {
    random: Random,
    now: u64,
    number: u64,
    events: BTreeMap<(u64, u64), Event>,
    /// When the last thing on each wire arrives: nothing overtakes on it.
    wires: HashMap<(usize, bool), u64>,
    state: RoomState,
    typists: Vec<Typist>,
    pair: Option<(ParticipantId, Document, Sequence)>,
    pair_typed: Vec<char>,
    pair_pause_ms: u64,
}

fn participant(id: u64) -> ParticipantId {
    ParticipantId::new(id).unwrap()
}

fn room() -> RoomState {
    let mut document = Document::new(ClientId::from_random_32(1));
    let text = "first line\n    an emoji 😀 in the middle\nlast line\n";
    document.edit(ByteOffset(0)..ByteOffset(0), text, 0).unwrap();
    let content = RoomContent {
        language: "python".to_owned(),
        last_author: None,
        updated_ms: 0,
        access: Access::default(),
        models: None,
        documents: vec![(DocumentPath::main(), document)],
        version: Version(0),
        chat: Vec::new(),
        claims: HashMap::new(),
    };
    RoomState::new("room".parse().unwrap(), content, Limits::default())
}

impl Story {
    /// A run of a seed; with a pair participant who edits every `pair_pause_ms` or so, if that is not 0.
    fn new(seed: u64, pair_pause_ms: u64) -> Self {
        let mut story = Self {
            random: Random(seed),
            now: 0,
            number: 0,
            events: BTreeMap::new(),
            wires: HashMap::new(),
            state: room(),
            typists: Vec::new(),
            pair: None,
            pair_typed: Vec::new(),
            pair_pause_ms,
        };
        for index in 0..2 {
            story.plain_joins(index);
        }
        if pair_pause_ms > 0 {
            story.pair_joins();
        }
        story
    }

    fn plain_joins(&mut self, index: usize) {
        let id = participant(index as u64 + 1);
        let (outbox, reader) = plain_outbox();
        let first = self.state.join_plain(id, Now { unix_ms: self.now }).unwrap();
        outbox.push_text(&first, false);
        let least = u64::try_from(PLAIN_TEXT_PAUSE.as_millis()).unwrap();
        let writer_pause_ms = least + if self.random.below(3) == 0 { self.random.below(50) } else { 0 };
        self.typists.push(Typist {
            id,
            outbox,
            reader,
            shown: String::new(),
            at_end: index == 1,
            in_a_row: self.random.below(2) == 0,
            cursor: (self.random.below(3) == 0).then_some(0),
            typed: Vec::new(),
            writer_pause_ms,
        });
        self.at(0, Event::Take(index));
        self.at(DELAY_MS + 100, Event::Type(index));
        self.perform();
    }

    fn pair_joins(&mut self) {
        let (id, client) = (participant(9), ClientId::from_random_32(9));
        let hello = Hello {
            version: 1,
            min_version: None,
            client: String::new(),
            name: "Pair".to_owned(),
            color: None,
            token: None,
            client_id: client,
            client_secret: String::new(),
            formerly: Vec::new(),
            documents: Vec::new(),
        };
        let join = PairJoin {
            connection: ConnectionId(id.get()),
            participant: id,
            hello,
            version: 1,
            secret: [1; 32],
            formerly: Vec::new(),
            token: None,
        };
        let welcome = self.state.join(join).unwrap();
        let document = Document::from_snapshot(client, &welcome.documents[0].difference).unwrap();
        self.pair = Some((id, document, Sequence::ZERO));
        self.at(DELAY_MS, Event::PairTypes);
        self.perform();
    }

    fn at(&mut self, after_ms: u64, event: Event) {
        self.number += 1;
        self.events.insert((self.now + after_ms, self.number), event);
    }

    /// Sends something over a wire, which delays it, and keeps the order.
    fn send(&mut self, wire: (usize, bool), event: Event) {
        // A participant who types very fast has a steady wire: on one that varies, its edits arrive in heaps, which are sent on as one.
        let steady = wire.0 == 9 && self.pair_pause_ms < 10;
        let arrival = self.now + if steady { DELAY_MS / 2 } else { self.random.below(DELAY_MS + 1) };
        let last = self.wires.entry(wire).or_default();
        *last = arrival.max(*last);
        let after = *last - self.now;
        self.at(after, event);
    }

    fn run(&mut self) {
        while let Some(((time, _), event)) = self.events.pop_first() {
            self.now = time;
            match event {
                Event::Type(index) => self.types(index),
                Event::Update(index, code) => {
                    let update = PlainUpdate { code, cursor: None, username: Some("web".to_owned()) };
                    let id = self.typists[index].id;
                    self.state.plain_update(id, &update, Now { unix_ms: self.now }).unwrap();
                }
                Event::Take(index) => self.writer_takes(index),
                Event::Sync(index, code) => self.typists[index].shown = code,
                Event::PairTypes => self.pair_types(),
                Event::PairEdit(update) => self.pair_edit(update),
                Event::PairReceives(update) => {
                    if let Some((_, document, _)) = &mut self.pair {
                        document.apply(&update).unwrap();
                    }
                }
            }
            self.perform();
        }
    }

    fn types(&mut self, index: usize) {
        let typist = &mut self.typists[index];
        let number = u32::try_from(typist.typed.len()).unwrap();
        let key = char::from_u32(if typist.at_end { 0x1_F300 } else { 0x4E00 } + number).unwrap();
        let behind_own = typist.typed.last().filter(|_| typist.in_a_row).and_then(|last| typist.shown.find(*last));
        let place = match behind_own {
            _ if typist.cursor.is_some() => typist.at_cursor(),
            Some(at) => at + typist.typed.last().map_or(0, |last| last.len_utf8()),
            None if typist.at_end => typist.shown.len(),
            None => 0,
        };
        typist.shown.insert(place, key);
        typist.typed.push(key);
        if !typist.at_end {
            typist.cursor = typist.cursor.map(|cursor| cursor + 1);
        }
        let code = typist.shown.clone();
        self.send((index, true), Event::Update(index, code));
        if self.now < TYPING_MS {
            let pause = 5 + self.random.below(120);
            self.at(pause, Event::Type(index));
        }
    }

    /// The writer takes one frame, writes it, and comes again while there are more.
    fn writer_takes(&mut self, index: usize) {
        let Some(frame) = self.typists[index].reader.take().now_or_never().flatten() else { return };
        let json: serde_json::Value = serde_json::from_slice(&frame.json()).unwrap();
        if let Some(code) = json["code"].as_str() {
            self.send((index, false), Event::Sync(index, code.to_owned()));
        }
        let pause = self.typists[index].writer_pause_ms;
        self.at(pause, Event::Take(index));
    }

    fn pair_types(&mut self) {
        let Some((_, document, _)) = &mut self.pair else { return };
        let text = document.text();
        // Anywhere between the ends, where it hits what the others type as well.
        let mut at = self.random.index(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let key = char::from_u32(0xAC00 + u32::try_from(self.pair_typed.len()).unwrap()).unwrap();
        let update = document.edit(ByteOffset(at)..ByteOffset(at), &key.to_string(), 0).unwrap();
        self.pair_typed.push(key);
        self.send((9, true), Event::PairEdit(update));
        if self.now < TYPING_MS {
            let pause = 1 + self.random.below(2 * self.pair_pause_ms);
            self.at(pause, Event::PairTypes);
        }
    }

    fn pair_edit(&mut self, update: Vec<u8>) {
        let Some((id, _, seq)) = &mut self.pair else { return };
        *seq = seq.next();
        let edit = IncomingEdit { document: DocumentPath::main(), seq: *seq, update: update.into(), catches_up: false };
        self.state.edit(*id, &edit, Now { unix_ms: self.now });
    }

    /// What the room's task does with effects, over the simulated wires.
    fn perform(&mut self) {
        for effect in self.state.take_effects() {
            match effect {
                Effect::PlainText { author, every_one } => {
                    let frame = self.state.plain_text(author);
                    for index in 0..self.typists.len() {
                        let typist = &self.typists[index];
                        let (id, replaced) = (typist.id, typist.outbox.push_text(&frame, !every_one));
                        self.state.plain_sent(id, replaced, Now { unix_ms: self.now });
                        if !self.events.values().any(|event| matches!(event, Event::Take(of) if *of == index)) {
                            self.at(0, Event::Take(index));
                        }
                    }
                }
                Effect::BroadcastEdit { frame, except, .. } => {
                    let message = Codec::Json.decode_server(&frame.bytes(Codec::Json)).unwrap();
                    if let (ServerMessage::Edited(edited), Some((id, _, _))) = (message, &self.pair)
                        && except != Some(*id)
                    {
                        self.send((9, false), Event::PairReceives(edited.update.to_vec()));
                    }
                }
                Effect::Send(_, frame) => panic!("the room refuses: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Every character that anybody typed is there, once, and everybody sees the same text.
    fn check(&self) -> Result<(), String> {
        let text = self.state.summary().code;
        let typed = self.typists.iter().flat_map(|typist| &typist.typed).chain(&self.pair_typed);
        for key in typed {
            let count = text.matches(*key).count();
            if count != 1 {
                return Err(format!("{key} is there {count} times in {text:?}"));
            }
        }
        for part in ["first line", "an emoji", "last line"] {
            // A cursor that stays where it was may come to stand in the line; all of its characters are there still, in their order.
            let keeps_cursor = self.typists.iter().any(|typist| typist.cursor.is_some());
            let mut rest = text.chars();
            let is_there =
                if keeps_cursor { part.chars().all(|c| rest.any(|other| other == c)) } else { text.contains(part) };
            if self.pair.is_none() && !is_there {
                return Err(format!("{part:?} is gone from {text:?}"));
            }
        }
        for typist in &self.typists {
            if typist.shown != text {
                return Err(format!("a client shows {:?}, the room has {text:?}", typist.shown));
            }
        }
        match &self.pair {
            Some((_, document, _)) if document.text() != text => {
                Err(format!("the pair client has {:?}, the room {text:?}", document.text()))
            }
            _ => Ok(()),
        }
    }
}

/// Runs every seed, or the one that is asked for; names all that fail.
fn tell(pair_pause_ms: u64, seeds: u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PAIR_PLAIN_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PAIR_PLAIN_SEEDS").unwrap_or(seeds),
    };
    let failures: Vec<_> = seeds
        .clone()
        .filter_map(|seed| {
            let mut story = Story::new(seed, pair_pause_ms);
            story.run();
            story.check().err().map(|error| format!("PAIR_PLAIN_SEED={seed}: {error}"))
        })
        .collect();
    let first = failures.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {} seeds fail, such as\n{first}", failures.len(), seeds.end - seeds.start);
}

#[test]
fn two_plain_clients_at_both_ends_lose_nothing() {
    tell(0, SEEDS);
}

#[test]
fn nor_do_they_with_a_pair_client_between_them() {
    tell(60, SEEDS);
}

#[test]
fn nor_with_one_that_types_very_fast() {
    tell(2, SEEDS / 10);
}
