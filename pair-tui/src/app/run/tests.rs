//! The loop on a test backend, with a real server in this process.

use super::*;
use crate::{
    app::{
        AppOptions,
        files::WriteOrder,
        outside::{CursorShape, SourceText, Visit},
        start::StartScreen,
    },
    client::{TransportChoice, http},
    input::key::parse_keys,
    local_file::write::Written,
};
use futures::{future::BoxFuture, stream};
use pair_server::{Server, config::Config, storage::url::DatabaseUrl};
use protocol::{ClientId, Limits};
use ratatui::{
    backend::{ClearType, TestBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use std::{
    convert::Infallible,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::mpsc;

/// Nothing in these tests takes long; what does, hangs.
const DEADLINE: Duration = Duration::from_secs(20);

/// Whether the screen is as wanted.
type Until = fn(&str) -> bool;

/// What happened outside, in order.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, entry: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    fn entries(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A backend that logs each finished frame as its first text line.
struct Logging {
    inner: TestBackend,
    log: Log,
    input: Option<mpsc::Sender<io::Result<Event>>>,
    /// Ends the run when it holds of the screen.
    until: Option<Until>,
    cancel: CancellationToken,
}

impl Backend for Logging {
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
        let screen = self.inner.buffer().content().iter().map(Cell::symbol).collect::<String>();
        // The script goes on when the room is there.
        if screen.contains("durable") {
            self.input = None;
        }
        if self.until.is_some_and(|until| until(&screen)) {
            self.cancel.cancel();
        }
        self.log.push(format!("painted {screen}"));
        self.inner.flush()
    }
}

/// Logs what is asked of it; a copy is the last thing of a script, and ends the run.
struct LoggingOutside {
    log: Log,
    cancel: CancellationToken,
}

impl Outside for LoggingOutside {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        self.log.push(format!("copied {text}"));
        self.cancel.cancel();
        Ok(())
    }
    fn shape_cursor(&mut self, _: CursorShape) {}
    fn suspend(&mut self) -> Result<(), String> {
        Ok(())
    }
    fn read(&mut self, file: &Path) -> Result<SourceText, String> {
        Err(format!("no file {} here", file.display()))
    }
    fn left_behind(&mut self, edits: u64, _: &Path) {
        self.log.push(format!("left {edits} behind"));
    }
    fn write(&mut self, order: WriteOrder) -> BoxFuture<'static, WriteReport> {
        self.log.push(format!("wrote {}", order.path.display()));
        Box::pin(async move { WriteReport { result: Ok(Written::Done { bytes: order.text.len() }), order } })
    }

    fn visited(&mut self, visit: Visit) {
        self.log.push(format!("visited {}", visit.address.room));
    }
}

fn keys(notation: &str) -> Vec<io::Result<Event>> {
    parse_keys(notation).unwrap().into_iter().map(|key| Ok(Event::Key(key))).collect()
}

/// Runs the program in a room (or on the start screen without one): the keys come all at once when the room is there.
///
/// The run ends with a copy, or when the screen is as `until` wants it.
async fn play(
    room: Option<RoomAddress>,
    script: Vec<io::Result<Event>>,
    until: Option<Until>,
) -> (Result<Ended, RunError>, Vec<String>) {
    let log = Log::default();
    let start = room.is_none().then(|| StartScreen::new(Vec::new()));
    let (gate, mut opened) = mpsc::channel::<io::Result<Event>>(1);
    let gate = start.is_none().then_some(gate);
    let app = App::new(AppOptions {
        name: "Ada".into(),
        color: None,
        client: ClientId::from_random_32(5),
        size: (60, 12),
        colors: crate::app::TerminalColors::default(),
        preferences: crate::app::preferences::Preferences::default(),
        invitation: Vec::new(),
        seed: None,
        file: None,
        home: None,
        start,
    });
    let cancel = CancellationToken::new();
    let inner = TestBackend::new(60, 12);
    let backend = Logging { inner, log: log.clone(), input: gate, until, cancel: cancel.clone() };
    let mut terminal = Terminal::new(backend).unwrap();
    // Nothing comes before the gate falls; then all of the script is there at once.
    let input = Box::pin(stream::once(async move { opened.recv().await }).flat_map(move |_| stream::iter(Vec::new())));
    let input = input.chain(stream::iter(script)).chain(stream::pending());
    let settings = RunSettings {
        server: "http://127.0.0.1:1".parse().unwrap(),
        room,
        invitation: None,
        secret: "0123456789abcdef".into(),
        journals: None,
        dialer: dialer(),
    };
    let mut outside = LoggingOutside { log: log.clone(), cancel: cancel.clone() };
    let running = Box::pin(run(app, &mut terminal, input, &mut outside, settings, &cancel));
    let result = tokio::time::timeout(DEADLINE, running).await.expect("the loop ends");
    (result, log.entries())
}

/// Remembers no server: nothing here is encrypted.
fn dialer() -> Dialer {
    Dialer::new(TransportChoice::Auto, std::path::Path::new("/nowhere"))
}

async fn server_with_room(text: &str) -> (Server, RoomAddress) {
    limited_server(text, Limits::default()).await
}

async fn limited_server(text: &str, limits: Limits) -> (Server, RoomAddress) {
    let config = Config {
        limits,
        listen: "127.0.0.1:0".parse().unwrap(),
        database: DatabaseUrl::SqliteMemory,
        ..Config::default()
    };
    let server = Server::start(config).await.unwrap();
    let url: ServerUrl = server.address().to_string().parse().unwrap();
    let room = http::NewRoom { code: Some(text.into()), ..http::NewRoom::default() };
    let created = http::create_room(&url, &dialer().trust, &room).await.unwrap();
    (server, RoomAddress { server: url, room: created.room_id, token: None })
}

#[tokio::test]
async fn a_flood_of_keys_is_one_repaint_and_nothing_leaves_before_it_is_seen() {
    let (server, address) = server_with_room("word\n").await;
    let script = keys(&format!("{}<c-a><c-c>", "x".repeat(500)));
    let (result, log) = play(Some(address.clone()), script, None).await;
    assert_eq!(result.unwrap(), Ended::Cancelled);
    let typed = "x".repeat(500);
    let copied = log.iter().position(|entry| entry.starts_with(&format!("copied {typed}word"))).expect("a copy");
    // The text is wider than the screen; its end is in sight.
    let painted =
        log.iter().position(|entry| entry.starts_with("painted") && entry.contains("xxword")).expect("a repaint");
    assert!(painted < copied, "the copy was carried out before it was seen");
    let paints = log.iter().filter(|entry| entry.starts_with("painted") && entry.contains("xx")).count();
    assert!(paints <= 2, "{paints} repaints for 500 keys that came at once");
    let text = http::room_text(&address.server, &dialer().trust, &address.room).await.unwrap().code;
    assert_eq!(text, format!("{typed}word\n"), "what was typed before the end was sent");
    assert!(log.contains(&format!("visited {}", address.room)));
    server.stop().await;
}

#[tokio::test]
async fn what_goes_wrong_on_the_start_screen_is_said_there() {
    let stories: [(&str, Until); 4] = [
        ("a.rs<cr>", |screen| screen.contains("no file a.rs here")),
        ("<cr>", |screen| screen.contains("no pair server at http://127.0.0.1:1")),
        ("<down>a b<cr>", |screen| screen.contains("must be 1 to 64")),
        ("<down>brave-otter<cr>", |screen| screen.contains("no pair server answers at http://127.0.0.1:1; t")),
    ];
    for (typed, until) in stories {
        let (result, log) = play(None, keys(typed), Some(until)).await;
        assert_eq!(result.unwrap(), Ended::Cancelled, "{typed}");
        assert!(log.iter().all(|entry| !entry.starts_with("visited")));
    }
    let (result, _) = play(None, keys("<esc>"), None).await;
    assert_eq!(result.unwrap(), Ended::Quit);
}

#[tokio::test]
async fn a_room_that_can_not_be_entered_ends_it_with_the_reason() {
    let (server, address) = server_with_room("").await;
    let address = RoomAddress { token: Some("no such token".into()), ..address };
    let (result, _) = play(Some(address), Vec::new(), None).await;
    let error = result.unwrap_err().to_string();
    assert!(error.starts_with("can't join http://") && error.contains("token"), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn after_a_refused_edit_the_rooms_text_is_shown_again_and_says_why() {
    let limits = Limits { document_bytes: 20, ..Limits::default() };
    let (server, address) = limited_server("0123456789abcdef\n", limits).await;
    // The indented line would be over the limit; the room says so, for nothing here knows how far a line will be indented.
    let is_loaded_anew =
        |screen: &str| screen.contains("refused") && screen.contains("durable") && screen.contains("0123");
    let (result, log) = play(Some(address.clone()), keys("<s-down><tab>"), Some(is_loaded_anew)).await;
    assert_eq!(result.unwrap(), Ended::Cancelled);
    let last = log.iter().rfind(|entry| entry.starts_with("painted")).unwrap();
    assert_eq!(last.matches("0123456789abcdef").count(), 1, "{last}");
    let text = http::room_text(&address.server, &dialer().trust, &address.room).await.unwrap().code;
    assert_eq!(text, "0123456789abcdef\n");
    server.stop().await;
}
