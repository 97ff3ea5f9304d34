//! A program in a room with a Rust file of 50,000 lines, and a terminal that only counts: what benchmarks of the editor measure on.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use pair_tui::{
    app::{
        App, AppOptions,
        event::{Event, RoomEvent},
        update::update,
    },
    terminal::painter::Painter,
    ui::{
        self,
        theme::{Depth, TerminalColors},
    },
};
use protocol::{
    ClientId, Document, DocumentPath, Limits, ParticipantId,
    message::server::{DocumentWelcome, StorageState, Welcome},
    presence::Role,
};
use ratatui::{Terminal, layout::Rect};
use std::{cell::Cell, io, rc::Rc};

mod sources;

/// Lines of the file.
pub const LINES: usize = 50_000;
/// The terminal's size in cells.
pub const SCREEN: Rect = Rect { x: 0, y: 0, width: 120, height: 40 };

/// The file.
pub fn source() -> String {
    sources::sources(LINES)
}

/// Numbers that are the same in every run: a linear congruential generator (Knuth, MMIX).
pub struct Places(pub u64);

impl Places {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

pub fn app(document: &Document) -> App {
    let mut app = App::new(AppOptions {
        name: "Ada".into(),
        color: None,
        client: ClientId::from_random_32(1),
        size: (SCREEN.width, SCREEN.height),
        colors: TerminalColors { depth: Depth::True, ..TerminalColors::default() },
        preferences: pair_tui::app::preferences::Preferences::default(),
        invitation: Vec::new(),
        seed: None,
        file: None,
        home: None,
        start: None,
    });
    let welcome = Welcome {
        version: 1,
        server: "bench".into(),
        room: "bench".parse().unwrap(),
        participant: ParticipantId::new(1).unwrap(),
        resumed: false,
        role: Role::Editor,
        limits: Limits::default(),
        language: "rust".into(),
        participants: Vec::new(),
        documents: vec![DocumentWelcome {
            document: path(),
            difference: document.snapshot().into(),
            snapshot: false,
            state_vector: document.state_vector().into(),
        }],
        chat: Vec::new(),
        storage: StorageState::default(),
    };
    update(&mut app, Event::Room(RoomEvent::Connected(Box::new(welcome))), 0);
    app
}

pub fn path() -> DocumentPath {
    "src/main.rs".parse().unwrap()
}

/// A terminal that only counts what it is sent.
#[derive(Clone, Default)]
pub struct Counter(pub Rc<Cell<usize>>);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn paint(app: &App, screen: &mut Terminal<Painter<Counter>>) {
    screen.draw(|frame| ui::draw(frame, app)).unwrap();
}

/// A terminal of that size, and what counts the bytes that it is sent.
pub fn terminal() -> (Terminal<Painter<Counter>>, Counter) {
    let counter = Counter::default();
    let painter = Painter::new(counter.clone(), || Ok(SCREEN.as_size())).unwrap();
    (Terminal::new(painter).unwrap(), counter)
}
