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
const SIZE: (u16, u16) = (128, 30);

/// What is edited: a piece of code that is easily read.
const CODE: &str = "//! What a room does with an edit: check it, apply it, tell all.

use crate::room::{Effects, ErrorCode, Room};
use std::time::Instant;

/// An edit as it came from a connection.
pub struct Edit {
    pub from: ParticipantId,
    pub update: Vec<u8>,
}

impl Room {
    /// Applies an edit, or refuses it: nothing is half applied.
    pub fn edit(&mut self, edit: Edit, now: Instant) -> Effects {
        let Some(from) = self.participants.get(&edit.from) else {
            return Effects::reject(ErrorCode::NotInRoom);
        };
        let before = self.document.state_vector();
        if let Err(error) = self.document.apply(&edit.update) {
            return Effects::refuse(from.id, error);
        }
        self.dirty_since.get_or_insert(now);
        Effects::broadcast(from.id, edit.update).and_store(before)
    }
}

/// How long a room waits before it writes what is new, in ms.
const WRITE_AFTER: u64 = 25;
";

/// The two themes that README shows, each for readers who like it: its name, what its terminal has, and what people call it.
const THEMES: [(&str, Ground); 2] = [("dark", DARK), ("light", LIGHT)];

fn main() {
    support::serve_if_told();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    let save = |name: &str, title: &str, tui: &Tui, ground: Ground| {
        let file = folder.join(format!("{name}.svg"));
        fs::write(&file, tui.look(|screen| picture(screen, ground, title))).expect("a picture");
        println!("docs/pictures/{name}.svg");
    };
    for (theme, ground) in THEMES {
        let (server, link) = room();
        let mut people = ["Ada", "Grace", "Linus"].map(|name| person(&link, name, theme));
        together(&mut people);
        let save = |name: &str, title: &str, tui: &Tui| save(&format!("{name}-{theme}"), title, tui, ground);
        story(&mut people, save);
        drop(server);
    }
    let (server, link) = room();
    let mut people = ["Ada", "Grace", "Linus"].map(|name| person(&link, name, "dark"));
    together(&mut people);
    for (command, name) in [("Theme: high contrast", "high-contrast"), ("Theme: sixteen", "sixteen")] {
        run(&mut people[0], command);
        settle(&people[0]);
        save(&format!("theme-{name}"), &format!("Ada's screen in the theme {name}"), &people[0], DARK);
    }
    drop(server);
}

/// The pictures that there are in both themes.
fn story([ada, _, _]: &mut [Tui; 3], save: impl Fn(&str, &str, &Tui)) {
    let title = "Ada's screen: Grace and Linus are in the same file, a suggestion and the chat stand beside it";
    save("room", title, ada);

    ada.keys("<c-r>document<tab>text");
    ada.wait_for("text");
    settle(ada);
    save("replace", "Search and replace, with what would come shown beforehand", ada);
    back(ada, "With:");

    ada.keys("<c-p>theme");
    ada.wait_for("Theme: light");
    save("palette", "The command palette, with the key of each command", ada);
    back(ada, "Commands ─");

    ada.keys("<f2>");
    ada.wait_for("f follows");
    ada.keys("<down>f");
    ada.wait_for("following Linus");
    settle(ada);
    save("follow", "Ada follows Linus: her screen shows theirs, and says how that ends", ada);
    back(ada, "following Linus");
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

fn person(link: &str, name: &str, theme: &str) -> Tui {
    let tui = TuiBuilder::new(&["join", link, "--name", name, "--theme", theme])
        .size(SIZE.0, SIZE.1)
        .env("COLORTERM", "truecolor")
        .start();
    tui.wait_for("durable ✓");
    tui
}

/// Goes back with Esc, until what was open is gone. An Esc that another key follows at once would be read as Alt and that key.
fn back(tui: &mut Tui, open: &str) {
    tui.keys("<esc>");
    tui.wait_until("what was open to be gone", |screen| !screen.contents().contains(open));
}

/// Runs a command of the palette by its name.
fn run(tui: &mut Tui, name: &str) {
    tui.keys("<c-p>");
    tui.keys(name);
    tui.wait_until("the command", |screen| screen.contents().matches(name).count() > 1);
    tui.keys("<cr>");
    tui.wait_until("the palette to be gone", |screen| !screen.contents().contains("Commands ─"));
}

/// Waits until the last line says that everything is stored: by then nothing is painted any more.
fn settle(tui: &Tui) {
    tui.wait_for("durable ✓");
}

/// What three people do in some minutes.
fn together([ada, grace, linus]: &mut [Tui; 3]) {
    // Linus reads, with a name selected; Grace types; Ada asks for a suggestion, and waits with it.
    linus.keys("<c-g>23<cr><home><c-s-right>");
    grace.keys("<f3>why not a snapshot here?<cr><esc>");
    ada.wait_for("why not a snapshot here?");
    ada.keys("<f3>it would block the room<cr><esc>");
    grace.wait_for("it would block the room");
    ada.keys("<c-g>18<cr><end><cr>let writer = self.par<c-space>");
    ada.wait_for("Ada asked");
    grace.keys("<c-g>4<cr><end><cr>use tracing::debug;");
    ada.wait_for("use tracing::debug;");
    for tui in [&*ada, &*grace, &*linus] {
        settle(tui);
    }
}
