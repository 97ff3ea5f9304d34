//! Two terminals and a plain web client edit one real file at the same time, for half a minute. At the end all of them hold
//! the same text, and no typed word is missing or doubled.

#![allow(clippy::unwrap_used, reason = "what does not unwrap is a failed test")]

mod support;

use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
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
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ropey = packages.iter().find(|package| package["name"] == "ropey").unwrap();
    let manifest = PathBuf::from(ropey["manifest_path"].as_str().unwrap());
    std::fs::read_to_string(manifest.with_file_name("src").join("tree/node.rs")).unwrap()
}

/// A web page with a text area: it shows the newest text it was sent, and its person types words into what it shows. Gives the
/// last text that it was sent.
async fn web_page(
    address: std::net::SocketAddr,
    room: &str,
    words: &AtomicUsize,
    stop: &AtomicBool,
    last: &str,
) -> String {
    let (mut client, mut shown) = PlainClient::join(address, room).await;
    let mut keystrokes = tokio::time::interval(KEYSTROKE);
    loop {
        tokio::select! {
            message = client.next() => {
                if let Some(code) = message["code"].as_str() {
                    code.clone_into(&mut shown);
                }
            }
            _ = keystrokes.tick() => {
                let number = words.load(Ordering::SeqCst);
                if stop.load(Ordering::SeqCst) {
                    if shown.contains(last) {
                        return shown;
                    }
                    continue;
                }
                // Into a line somewhere in the last third, another one each time.
                let lines: Vec<usize> = shown.match_indices('\n').map(|(at, _)| at).collect();
                let at = lines[lines.len() - 1 - (number * 7) % (lines.len() / 3)];
                shown.insert_str(at, &format!(" w{number:05}"));
                client.update(&shown, "web").await;
                words.store(number + 1, Ordering::SeqCst);
            }
        }
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
    let (of_ada, of_grace, of_web) = (Typed::new("a"), Typed::new("g"), AtomicUsize::new(0));
    let (stop, web_may_end) = (AtomicBool::new(false), AtomicBool::new(false));
    // Nobody types this but Ada, after all have stopped: whoever sees it has seen everything before it from her.
    let last = "that was all";

    let web_text = std::thread::scope(|scope| {
        let web = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(web_page(server.socket_address(), &room, &of_web, &web_may_end, last))
        });
        std::thread::scope(|terminals| {
            terminals.spawn(|| of_ada.type_until(&mut ada, &stop));
            terminals.spawn(|| of_grace.type_until(&mut grace, &stop));
            let began = Instant::now();
            while began.elapsed() < TYPING {
                std::thread::park_timeout(TYPING.saturating_sub(began.elapsed()));
            }
            stop.store(true, Ordering::SeqCst);
        });
        web_may_end.store(true, Ordering::SeqCst);
        ada.wait_for("durable ✓");
        grace.wait_for("durable ✓");
        ada.keys(last);
        web.join().unwrap()
    });

    let text = eventually("one text everywhere", || {
        let texts = [server.text(&link), ada.text(), grace.text()];
        texts.iter().all(|text| *text == web_text).then(|| web_text.clone())
    });
    for typed in [&of_ada, &of_grace] {
        typed.assert_each_once(&text);
    }
    for number in 0..of_web.load(Ordering::SeqCst) {
        let word = format!("w{number:05}");
        assert_eq!(text.matches(&word).count(), 1, "{word}");
    }
    println!(
        "words typed in {} s: Ada {}, Grace {}, the web page {}; {} lines at the end",
        TYPING.as_secs(),
        of_ada.count(),
        of_grace.count(),
        of_web.load(Ordering::SeqCst),
        text.lines().count()
    );
    assert!(of_ada.count() > 100 && of_grace.count() > 100 && of_web.load(Ordering::SeqCst) > 100, "they did type");
}
