//! Two terminals and a plain web client edit one real file at the same time, for half a minute. At the end all of them hold
//! the same text, and no typed word is missing or doubled.

#![allow(clippy::unwrap_used, reason = "what does not unwrap is a failed test")]

mod support;

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use support::{PlainClient, ServerProcess, Tui, Typed, eventually};

support::server_entry!();

/// How long they type.
const TYPING: Duration = Duration::from_secs(30);

/// How long the web client waits between two keystrokes.
const KEYSTROKE: Duration = Duration::from_millis(40);

/// A real file of over 500 lines: a source file of a library that this program is built with. Our own are all shorter.
fn real_file() -> String {
    let told = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = told("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Only this platform's libraries are on a machine that has just built the program.
    let metadata = told(env!("CARGO"), &["metadata", "--offline", "--format-version", "1", "--filter-platform", host]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ropey = packages.iter().find(|package| package["name"] == "ropey").unwrap();
    let manifest = PathBuf::from(ropey["manifest_path"].as_str().unwrap());
    std::fs::read_to_string(manifest.with_file_name("src").join("tree/node.rs")).unwrap()
}

/// A web page with a text area: it shows the newest text it was sent, and its person types words into what it shows.
#[derive(Default)]
struct WebPage {
    shown: Mutex<String>,
    words: AtomicUsize,
    /// Its person types no more.
    is_done: AtomicBool,
    /// The page is closed.
    is_closed: AtomicBool,
}

/// Closes the page however the story ends, so that a failed story ends at all.
struct ClosesPage<'a>(&'a WebPage);

impl Drop for ClosesPage<'_> {
    fn drop(&mut self) {
        self.0.is_closed.store(true, Ordering::SeqCst);
    }
}

impl WebPage {
    fn shown(&self) -> MutexGuard<'_, String> {
        self.shown.lock().unwrap()
    }

    async fn run(&self, address: SocketAddr, room: &str) {
        let (mut client, first) = PlainClient::join(address, room).await;
        *self.shown() = first;
        let mut keystrokes = tokio::time::interval(KEYSTROKE);
        while !self.is_closed.load(Ordering::SeqCst) {
            tokio::select! {
                message = client.try_next() => {
                    if let Some(code) = message.unwrap()["code"].as_str() {
                        code.clone_into(&mut self.shown());
                    }
                }
                _ = keystrokes.tick() => {
                    if !self.is_done.load(Ordering::SeqCst) {
                        let text = self.type_a_word();
                        client.update(&text, "web").await;
                    }
                }
            }
        }
    }

    /// Types into a line somewhere in the last third, another one each time; gives the whole text.
    fn type_a_word(&self) -> String {
        let number = self.words.fetch_add(1, Ordering::SeqCst);
        let mut shown = self.shown();
        let lines: Vec<usize> = shown.match_indices('\n').map(|(at, _)| at).collect();
        let at = lines[lines.len() - 1 - (number * 7) % (lines.len() / 3)];
        shown.insert_str(at, &format!(" w{number:05}"));
        shown.clone()
    }
}

#[test]
fn two_terminals_and_a_web_page_edit_a_real_file_at_once() {
    let file = real_file();
    assert!(file.lines().count() >= 500);
    let server = ServerProcess::start();
    let link = server.create_room("node.rs", &file);
    let room = link.rsplit('/').next().unwrap().to_owned();
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    ada.keys("<c-home><cr><up>");
    for _ in 0..20 {
        grace.keys("<pagedown>");
    }
    grace.keys("<home><cr><up>");
    let (of_ada, of_grace, web) = (Typed::new("a"), Typed::new("g"), WebPage::default());
    let stop = AtomicBool::new(false);

    let text = std::thread::scope(|scope| {
        let _closes = ClosesPage(&web);
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(web.run(server.socket_address(), &room));
        });
        std::thread::scope(|terminals| {
            terminals.spawn(|| of_ada.type_until(&mut ada, &stop));
            terminals.spawn(|| of_grace.type_until(&mut grace, &stop));
            let began = Instant::now();
            while began.elapsed() < TYPING {
                std::thread::park_timeout(TYPING.saturating_sub(began.elapsed()));
            }
            stop.store(true, Ordering::SeqCst);
            web.is_done.store(true, Ordering::SeqCst);
        });
        ada.wait_for("durable ✓");
        grace.wait_for("durable ✓");
        eventually("one text everywhere", || {
            let texts = [server.text(&link), ada.text(), grace.text(), web.shown().clone()];
            texts.iter().all(|text| *text == texts[0]).then(|| texts[0].clone())
        })
    });

    of_ada.assert_each_once(&text);
    of_grace.assert_each_once(&text);
    let of_web = web.words.load(Ordering::SeqCst);
    for number in 0..of_web {
        let word = format!("w{number:05}");
        assert_eq!(text.matches(&word).count(), 1, "{word}");
    }
    println!(
        "words typed in {} s: Ada {}, Grace {}, the web page {of_web}; {} lines at the end",
        TYPING.as_secs(),
        of_ada.count(),
        of_grace.count(),
        text.lines().count()
    );
    assert!(of_ada.count() > 100 && of_grace.count() > 100 && of_web > 100, "they did type");
}
