//! The pictures of README and docs: the real programs in pseudo terminals, three people in a room on a real server, and what is on their
//! screens written as SVG into docs/pictures. No benchmark, but built and started in the same way. Run by `scripts/pictures`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for whoever works on the documentation"
)]

#[path = "../../tests/support/mod.rs"]
mod support;
mod svg;

use std::{fs, path::Path};
use support::{ServerProcess, Tui, TuiBuilder, pair_tui};
use svg::{DARK, Ground, LIGHT, picture};

/// Columns and rows of the pictures.
const SIZE: (u16, u16) = (118, 30);

/// What is edited: a piece of code that is easily read.
const CODE: &str = "//! What a room does with an edit: check all of it, apply it, and tell everybody.

use crate::room::{Effects, ErrorCode, Participant, Room};
use std::time::Instant;

/// An edit as it came from a connection.
pub struct Edit {
    pub from: ParticipantId,
    pub update: Vec<u8>,
}

impl Room {
    /// Applies an edit, or refuses it; nothing is half applied.
    pub fn edit(&mut self, edit: Edit, now: Instant) -> Result<Effects, EditError> {
        let Some(from) = self.participants.get(&edit.from) else {
            return Ok(Effects::reject(edit.from, ErrorCode::NotInRoom));
        };
        let before = self.document.state_vector();
        self.document.apply(&edit.update)?;
        if self.document.len() > self.limits.document_bytes {
            return Err(EditError::TooLarge { limit: self.limits.document_bytes });
        }
        self.dirty_since.get_or_insert(now);
        Ok(Effects::broadcast(from.id, edit.update).and_store(before))
    }
}

/// How long a room waits before it writes what is new.
const WRITE_AFTER_MS: u64 = 25;
";

fn main() {
    support::serve_if_told();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    let save = |name: &str, title: &str, tui: &Tui, ground: Ground| {
        let file = folder.join(format!("{name}.svg"));
        fs::write(&file, tui.look(|screen| picture(screen, ground, title))).expect("a picture");
        println!("docs/pictures/{name}.svg");
    };
    let (server, link) = room();
    let mut ada = person(&link, "Ada");
    let mut grace = person(&link, "Grace");
    let mut linus = person(&link, "Linus");
    together(&mut ada, &mut grace, &mut linus);
    save(
        "room-dark",
        "Ada's screen: Grace and Linus are in the same file, a suggestion and the chat stand beside it",
        &ada,
        DARK,
    );

    ada.keys("<c-r>document<tab>text");
    ada.wait_for("text");
    settle(&ada);
    save("replace-dark", "Search and replace, with what would come shown beforehand", &ada, DARK);
    ada.keys("<esc><esc>");

    ada.keys("<c-p>theme");
    ada.wait_for("Theme: light");
    save("palette-dark", "The command palette, with the key of each command", &ada, DARK);
    ada.keys("<esc>");

    command(&mut ada, "Theme: light");
    settle(&ada);
    save("room-light", "Ada's screen in the light theme", &ada, LIGHT);
    drop(server);
}

/// A server with a room that holds the code.
fn room() -> (ServerProcess, String) {
    let server = ServerProcess::start();
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("edit.rs");
    fs::write(&file, CODE).expect("a file");
    let url = server.url().to_string();
    let created = pair_tui(&["new", "--print", "--server", &url, file.to_str().unwrap()], b"");
    assert_eq!(created.code, Some(0), "{}", created.error);
    (server, created.out.trim().to_owned())
}

fn person(link: &str, name: &str) -> Tui {
    let tui = TuiBuilder::new(&["join", link, "--name", name, "--theme", "dark"])
        .size(SIZE.0, SIZE.1)
        .env("COLORTERM", "truecolor")
        .start();
    tui.wait_for("durable ✓");
    tui
}

/// Runs a command of the palette by its name.
fn command(tui: &mut Tui, name: &str) {
    tui.keys("<c-p>");
    tui.keys(name);
    tui.wait_until("the command", |screen| screen.contents().matches(name).count() > 1);
    tui.keys("<cr>");
}

/// Waits until the last line says that everything is stored: by then nothing is painted any more.
fn settle(tui: &Tui) {
    tui.wait_for("durable ✓");
}

/// What three people do in some minutes.
fn together(ada: &mut Tui, grace: &mut Tui, linus: &mut Tui) {
    // Linus reads, with a word selected; Grace types; Ada asks for a suggestion.
    linus.keys("<c-g>20<cr><home><c-right><right><s-right><s-right><s-right><s-right><s-right><s-right><s-right>");
    grace.keys("<f3>why not a snapshot here?<cr><esc>");
    ada.wait_for("why not a snapshot here?");
    ada.keys("<f3>it would block the room<cr><esc>");
    grace.wait_for("it would block the room");
    ada.keys("<c-g>15<cr><end><cr>let");
    ada.keys("<c-space>");
    ada.wait_for("Ada asked");
    grace.keys("<c-g>24<cr><end><cr>self.touch(now);");
    ada.wait_for("self.touch(now);");
    for tui in [&*ada, &*grace, &*linus] {
        settle(tui);
    }
}
