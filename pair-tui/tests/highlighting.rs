//! Stories about the looks of code, with real programs in pseudo terminals: colours come by themselves, follow what is typed here and by
//! others, and change with the room's language for everybody.

mod support;

use support::{ServerProcess, Tui};
use vt100::{Color, Screen};

support::server_entry!();

/// The colour of the second cell of a word on the screen (on the first one somebody's cursor may stand); none where the word is not
/// there.
fn colour(screen: &Screen, text: &str) -> Option<Color> {
    let columns = screen.size().1;
    let found = screen.rows(0, columns).position(|row| row.contains(text))?;
    let row = u16::try_from(found).ok()?;
    let line: Vec<_> = (0..columns).map(|column| screen.cell(row, column)).collect::<Option<_>>()?;
    let starts = |at: &usize| {
        let rest: String = line.iter().skip(*at).map(|cell| cell.contents()).collect();
        rest.starts_with(text)
    };
    let at = (0..line.len()).find(starts)?;
    line.get(at + 1).map(|cell| cell.fgcolor())
}

fn is_coloured(screen: &Screen, text: &str) -> bool {
    colour(screen, text).is_some_and(|colour| colour != Color::Default)
}

#[test]
fn colours_follow_what_is_typed_here_and_elsewhere() {
    let server = ServerProcess::start();
    let link = server.create_room("src/main.rs", "fn main() {}\nstruct Room;\n");
    let (mut ada, mut grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    for tui in [&ada, &grace] {
        tui.wait_until("a coloured keyword", |screen| is_coloured(screen, "struct"));
    }
    let keyword = ada.look(|screen| colour(screen, "struct"));
    ada.keys("<down>// ");
    for tui in [&ada, &grace] {
        tui.wait_until("a comment instead of the keyword", |screen| {
            is_coloured(screen, "struct") && colour(screen, "struct") != keyword && colour(screen, "fn") == keyword
        });
    }
    grace.send(b"\x1f");
    ada.wait_for("// fn main");
    let comment = ada.look(|screen| colour(screen, "struct"));
    ada.wait_until("Grace's line as a comment", |screen| colour(screen, "fn") == comment);
}

#[test]
fn anyone_changes_the_language_and_all_see_it() {
    let server = ServerProcess::start();
    let link = server.create_room("script", "# note\nstruct Room;\n");
    let (mut ada, grace) = (Tui::join(&link, "Ada"), Tui::join(&link, "Grace"));
    for tui in [&ada, &grace] {
        tui.wait_until("a comment of Python", |screen| is_coloured(screen, "note") && !is_coloured(screen, "struct"));
    }
    ada.keys("<del><del>//<c-p>language<cr>rust<cr>");
    for tui in [&ada, &grace] {
        tui.wait_until("rust in the title", |screen| screen.rows(0, 80).next().unwrap_or_default().contains("rust"));
        tui.wait_until("a keyword of Rust", |screen| is_coloured(screen, "struct") && is_coloured(screen, "//note"));
    }
    ada.keys("<c-p>language<cr>text<cr>");
    for tui in [&ada, &grace] {
        tui.wait_until("plain text", |screen| !is_coloured(screen, "struct") && !is_coloured(screen, "//note"));
    }
}
