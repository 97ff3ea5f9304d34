//! A suggestion of a model in two real terminals: both see it as it is made, both edit meanwhile, one takes it, and one undo takes it back.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

mod support;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};
use support::{ServerProcess, Tui, TuiBuilder};

support::server_entry!();

/// A server of models that goes on when the test says so.
struct Model {
    address: SocketAddr,
    go_on: Sender<()>,
}

impl Model {
    /// One that says `pieces`, each but the first when it may.
    fn start(pieces: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (go_on, may_go_on) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Whoever hangs up does not want the rest.
                drop(answer(stream, pieces, &may_go_on));
            }
        });
        Self { address, go_on }
    }
}

fn answer(stream: TcpStream, pieces: &[&str], may_go_on: &Receiver<()>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let mut stream = reader.into_inner();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n")?;
    for (at, piece) in pieces.iter().enumerate() {
        if at > 0 && may_go_on.recv().is_err() {
            return Ok(());
        }
        writeln!(stream, "{{\"response\":{piece:?}}}")?;
        stream.flush()?;
    }
    writeln!(stream, "{{\"response\":\"\",\"done\":true}}")
}

fn join(link: &str, name: &str) -> Tui {
    let tui = TuiBuilder::new(&["join", link, "--name", name]).size(110, 24).start();
    tui.wait_for("durable");
    tui
}

#[test]
fn two_see_it_made_edit_meanwhile_one_takes_it_and_one_undo_takes_it_back() {
    let model = Model::start(&["make(a,", " b);\n    next();"]);
    let server = ServerProcess::start_with_model(&format!("http://{}", model.address));
    let link = server.create_room("a.rs", "above\nlet x = \nbelow\n");
    let (mut ada, mut grace) = (join(&link, "Ada"), join(&link, "Grace"));
    ada.wait_for("● Grace");
    ada.keys("<down><end><c-space>");
    for tui in [&ada, &grace] {
        tui.wait_for("Ada asked · ollama tiny");
        // In the pane and at its place.
        tui.wait_for("let x = make(a,");
    }
    // One edits above, the other below, while it is made.
    grace.keys("ABOVE ");
    ada.wait_for("ABOVE above");
    grace.keys("<c-end>BELOW");
    ada.wait_for("BELOW");
    ada.keys("<up><home>mine <down><end>");
    grace.wait_for("mine ABOVE above");
    model.go_on.send(()).unwrap();
    for tui in [&ada, &grace] {
        tui.wait_for("next();");
    }
    // What stands below makes room for the asker's own, and for nobody else's.
    let row_of = |screen: &vt100::Screen, text: &str| {
        let columns = screen.size().1;
        screen.rows(0, columns).position(|row| row.get(..40).unwrap_or(&row).contains(text))
    };
    ada.wait_until("a ghost of two lines", |screen| row_of(screen, "below") == Some(4));
    grace.wait_until("a ghost of one line", |screen| row_of(screen, "below") == Some(3));
    grace.keys("<a-cr>");
    ada.wait_for("Grace took the suggestion");
    let taken = "mine ABOVE above\nlet x = make(a, b);\n    next();\nbelow\nBELOW";
    server.wait_for_text(&link, taken);
    // Ada goes on; Grace's one undo takes back what she took, and nothing of Ada's.
    ada.keys("<c-home>later ");
    grace.wait_for("later mine");
    grace.keys("<c-z>");
    server.wait_for_text(&link, "later mine ABOVE above\nlet x = \nbelow\nBELOW");
    ada.keys("<a-h>");
    ada.wait_for("taken by Grace");
    ada.wait_for("ollama tiny");
    ada.keys("<esc>");
}

#[test]
fn it_is_asked_for_after_a_pause_taken_by_line_and_put_away() {
    let model = Model::start(&["one\n    two\n    three"]);
    let server = ServerProcess::start_with_model(&format!("http://{}", model.address));
    let link = server.create_room("a.rs", "");
    let mut ada = TuiBuilder::new(&["join", &link, "--name", "Ada"]).env("PAIR_SUGGEST", "pause").size(110, 24).start();
    ada.wait_for("durable");
    ada.keys("fn ");
    ada.wait_for("fn one");
    ada.wait_for("Tab take");
    ada.keys("<a-down>");
    server.wait_for_text(&link, "fn one");
    ada.keys("<a-down>");
    server.wait_for_text(&link, "fn one\n    two");
    ada.keys("<esc>");
    ada.wait_gone("three");
    server.wait_for_text(&link, "fn one\n    two");
    // Models are turned off, and everybody is told.
    ada.keys("<c-p>models: let<cr>");
    ada.wait_for("You turned models off");
}
