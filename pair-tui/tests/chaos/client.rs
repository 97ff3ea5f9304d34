//! A real client without a terminal, as a process that can be killed: this very test program, started with the one test that is a client.
//! It runs the program's own loop on a screen in memory; keys come as lines of JSON, and what is on the screen goes out the same way.

use futures::future::BoxFuture;
use pair_tui::{
    app::{
        App, AppOptions,
        event::Event,
        files::{WriteOrder, WriteReport},
        outside::{CursorShape, Outside, SourceText, Visit},
        run::{RunSettings, new_writer, run},
    },
    client::{Dialer, RoomAddress, TransportChoice},
    input::key::parse_keys,
    ui::theme::TerminalColors,
};
use ratatui::{
    Terminal,
    backend::{Backend, ClearType, TestBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use serde::{Deserialize, Serialize};
use std::{
    convert::Infallible,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// Names the room that the client joins.
const LINK: &str = "PAIR_TEST_CLIENT_LINK";
const NAME: &str = "PAIR_TEST_CLIENT_NAME";
const TRANSPORT: &str = "PAIR_TEST_CLIENT_TRANSPORT";
const JOURNALS: &str = "PAIR_TEST_CLIENT_JOURNALS";

/// Events that may wait for the program; beyond, the thread that reads them waits.
const EVENTS_MAX: usize = 4_096;

/// Wide enough for every name in the title line.
const SIZE: (u16, u16) = (140, 24);

/// What a client is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Told {
    Keys(String),
    Paste(String),
}

/// What a client tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Says {
    /// The screen, after so many things that it was told.
    Screen { told: usize, title: String, status: String },
    /// All of the text.
    Text(String),
}

/// What is known of a client from what it said.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// So many things that it was told are on its screen.
    pub told: usize,
    /// The first line of its screen.
    pub title: String,
    /// The last line of its screen.
    pub status: String,
    /// When each count of things came on the screen.
    pub painted: Vec<(usize, Instant)>,
    /// So many were on the screen when it said that all is durable.
    pub durable: usize,
    /// The texts that it gave.
    pub texts: Vec<String>,
    /// Somebody was shown twice.
    pub shown_twice: Option<String>,
}

/// A client's process. Killed when dropped.
pub struct ClientProcess {
    child: Child,
    input: ChildStdin,
    seen: Arc<Mutex<Seen>>,
    told: usize,
}

impl ClientProcess {
    /// Starts one that joins a room, by a transport as `--transport` names it.
    pub fn start(link: &str, name: &str, transport: &str, journals: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "is_a_client_when_told", "--nocapture"])
            .env(LINK, link)
            .env(NAME, name)
            .env(TRANSPORT, transport)
            .env(JOURNALS, journals)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // The test harness says other things on the same way.
                if let Some(says) = line.find('{').and_then(|at| serde_json::from_str(line.get(at..)?).ok()) {
                    note(&mut shared.lock().unwrap_or_else(PoisonError::into_inner), says);
                }
            }
        });
        Self { child, input, seen, told: 0 }
    }

    /// Types a text as one edit; gives how many things it was told by then.
    pub fn paste(&mut self, text: &str) -> usize {
        self.tell(&Told::Paste(text.to_owned()))
    }

    /// Presses keys.
    pub fn keys(&mut self, keys: &str) -> usize {
        self.tell(&Told::Keys(keys.to_owned()))
    }

    fn tell(&mut self, told: &Told) -> usize {
        let line = serde_json::to_string(told).unwrap();
        // One that was killed a moment ago takes nothing.
        if writeln!(self.input, "{line}").is_ok() {
            self.told += 1;
        }
        self.told
    }

    /// What is known of it.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) -> Seen {
        self.child.kill().and_then(|()| self.child.wait()).unwrap();
        self.seen().clone()
    }
}

impl Drop for ClientProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn note(seen: &mut Seen, says: Says) {
    match says {
        Says::Screen { told, title, status } => {
            if seen.told < told || seen.painted.is_empty() {
                seen.painted.push((told, Instant::now()));
            }
            if status.contains("durable ✓") {
                seen.durable = told;
            }
            let names = title.split(['●', '○']).skip(1).map(str::trim).collect::<Vec<_>>();
            if names.iter().enumerate().any(|(at, name)| names.iter().skip(at + 1).any(|other| other == name)) {
                seen.shown_twice.get_or_insert_with(|| title.clone());
            }
            (seen.told, seen.title, seen.status) = (told, title, status);
        }
        Says::Text(text) => seen.texts.push(text),
    }
}

/// Is a client, where this process was started for it; otherwise does nothing.
pub fn be_if_told() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(link), Some(name), Some(journals)) = (variable(LINK), variable(NAME), variable(JOURNALS)) else { return };
    let transport = variable(TRANSPORT).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(Box::pin(be(&link, name, transport, journals.into())));
}

async fn be(link: &str, name: String, transport: TransportChoice, journals: PathBuf) {
    let room = RoomAddress::parse(link, &"http://127.0.0.1:1".parse().unwrap()).unwrap();
    let (client, secret) = new_writer().unwrap();
    let app = App::new(AppOptions {
        name,
        color: None,
        client,
        size: SIZE,
        colors: TerminalColors::default(),
        preferences: pair_tui::app::preferences::Preferences::default(),
        invitation: Vec::new(),
        seed: None,
        file: None,
        home: None,
        start: None,
    });
    let dialer = Dialer::new(transport, &journals);
    let told = Arc::new(AtomicUsize::new(0));
    let mut terminal =
        Terminal::new(Telling { inner: TestBackend::new(SIZE.0, SIZE.1), told: Arc::clone(&told) }).unwrap();
    let settings = RunSettings {
        server: room.server.clone(),
        room: Some(room),
        invitation: None,
        secret,
        journals: Some(journals),
        dialer,
    };
    let ended = run(app, &mut terminal, input(told), &mut Silent, settings, &CancellationToken::new()).await;
    ended.unwrap();
}

/// What comes on standard input.
fn input(told: Arc<AtomicUsize>) -> impl futures::Stream<Item = io::Result<Event>> + Unpin {
    let (sender, receiver) = tokio::sync::mpsc::channel(EVENTS_MAX);
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let events = match serde_json::from_str(&line).unwrap() {
                Told::Paste(text) => vec![Event::Paste(text)],
                Told::Keys(keys) => parse_keys(&keys).unwrap().into_iter().map(Event::Key).collect(),
            };
            let last = events.len().saturating_sub(1);
            for (at, event) in events.into_iter().enumerate() {
                drop(sender.blocking_send((event, at == last)));
            }
        }
    });
    Box::pin(futures::stream::unfold((receiver, told), |(mut receiver, told)| async move {
        let (event, is_last): (Event, bool) = receiver.recv().await?;
        told.fetch_add(usize::from(is_last), Ordering::SeqCst);
        Some((Ok(event), (receiver, told)))
    }))
}

fn say(says: &Says) {
    let mut out = io::stdout().lock();
    // The test that listened may be gone.
    drop(writeln!(out, "{}", serde_json::to_string(says).unwrap()).and_then(|()| out.flush()));
}

/// A screen in memory that tells its first and last line after each repaint.
struct Telling {
    inner: TestBackend,
    told: Arc<AtomicUsize>,
}

impl Telling {
    fn row(&self, row: u16) -> String {
        let buffer = self.inner.buffer();
        let cells = (0..buffer.area.width).filter_map(|column| buffer.cell((column, row)));
        cells.map(Cell::symbol).collect::<String>().trim().to_owned()
    }
}

impl Backend for Telling {
    type Error = Infallible;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Infallible> {
        self.inner.draw(content)
    }
    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.inner.hide_cursor()
    }
    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.inner.show_cursor()
    }
    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        self.inner.get_cursor_position()
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.inner.set_cursor_position(position)
    }
    fn clear(&mut self) -> Result<(), Infallible> {
        self.inner.clear()
    }
    fn clear_region(&mut self, region: ClearType) -> Result<(), Infallible> {
        self.inner.clear_region(region)
    }
    fn size(&self) -> Result<Size, Infallible> {
        self.inner.size()
    }
    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.inner.window_size()
    }
    fn flush(&mut self) -> Result<(), Infallible> {
        let told = self.told.load(Ordering::SeqCst);
        say(&Says::Screen { told, title: self.row(0), status: self.row(SIZE.1 - 1) });
        self.inner.flush()
    }
}

/// Only tells what is copied.
struct Silent;

impl Outside for Silent {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        say(&Says::Text(text.to_owned()));
        Ok(())
    }
    fn shape_cursor(&mut self, _: CursorShape) {}
    fn suspend(&mut self) -> Result<(), String> {
        Ok(())
    }
    fn read(&mut self, file: &Path) -> Result<SourceText, String> {
        Err(format!("no file {} here", file.display()))
    }
    fn write(&mut self, order: WriteOrder) -> BoxFuture<'static, WriteReport> {
        Box::pin(async move { WriteReport { order, result: Err("no files here".to_owned()) } })
    }
    fn visited(&mut self, _: Visit) {}
    fn left_behind(&mut self, _: u64, _: &Path) {}
}
