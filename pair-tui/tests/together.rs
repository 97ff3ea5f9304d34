//! Stories of people who look at one thing together: following, coming when asked, and knowing where everybody is.

mod support;

use support::{ServerProcess, Tui, TuiBuilder};

support::server_entry!();

fn rows(count: usize) -> String {
    (1..=count).fold(String::new(), |text, line| text + &format!("row {line}\n"))
}

/// A member of a room with a screen of this size.
fn join(link: &str, name: &str, size: (u16, u16)) -> Tui {
    let tui = TuiBuilder::new(&["join", link, "--name", name]).size(size.0, size.1).start();
    tui.wait_for("durable");
    tui
}

/// The first row of the text, without its number.
fn first_row(screen: &vt100::Screen) -> String {
    let columns = screen.size().1;
    screen
        .rows(0, columns)
        .nth(1)
        .unwrap_or_default()
        .get(5..)
        .unwrap_or_default()
        .split("  ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn one_follows_the_other_until_they_type() {
    let server = ServerProcess::start();
    let link = server.create_room("a.txt", &rows(300));
    let (mut ada, mut grace) = (join(&link, "Ada", (80, 24)), join(&link, "Grace", (90, 30)));
    ada.wait_for("● Grace");
    ada.keys("<down><down><f5>");
    ada.wait_for("following Grace a.txt:1 — Esc stops");
    grace.wait_for("Ada follows you");
    // She scrolls without her cursor, and Ada's screen, which is smaller, goes along to the row.
    grace.wheel(40, 20, 10);
    grace.wait_until("a scrolled text", |screen| first_row(screen) == "row 121");
    ada.wait_until("Grace's first row", |screen| first_row(screen) == "row 121");
    // She goes somewhere and types.
    grace.keys("<c-end>seen by both");
    ada.wait_for("seen by both");
    ada.wait_for("Grace…");
    // Ada types: it comes to her own cursor, and her screen goes back with it.
    ada.keys("mine ");
    ada.wait_for("mine row 3");
    ada.wait_gone("following Grace");
    grace.wait_gone("Ada follows you");
    server.wait_for_text(&link, &format!("{}seen by both", rows(300).replace("row 3\n", "mine row 3\n")));
    // Grace asks her to come, by a line that leaves the keyboard alone.
    grace.keys("<f9>");
    grace.wait_for("You asked Ada to come to a.txt:301");
    ada.wait_for("Grace asks you to come to a.txt:301 — F8 goes there");
    ada.keys("still ");
    ada.wait_for("mine still row 3");
    ada.keys("<f8>");
    ada.wait_for("seen by both");
    ada.wait_for("following Grace");
    ada.wait_gone("F8 goes there");
    // Grace leaves, and is followed again when she is back at once.
    grace.keys("<c-q>");
    grace.wait_for_exit();
    ada.wait_for("Grace left, so you follow nobody now");
    ada.wait_gone("Esc stops");
    let mut grace = join(&link, "Grace", (90, 30));
    ada.wait_for("following Grace");
    grace.wheel(10, 20, 10);
    ada.wait_until("Grace's first row", |screen| {
        first_row(screen) == first_row_of(&grace) && first_row(screen) != "row 1"
    });
    ada.keys("<esc>");
    ada.wait_gone("following Grace");
    ada.keys("<a-0>");
    ada.wait_for("Ada (you) a.txt:");
    ada.wait_for("· Grace a.txt:1");
}

fn first_row_of(tui: &Tui) -> String {
    tui.look(first_row)
}

#[test]
fn following_outlives_a_killed_server() {
    let mut server = ServerProcess::start();
    let link = server.create_room("a.txt", &rows(200));
    let (mut ada, mut grace) = (join(&link, "Ada", (80, 24)), join(&link, "Grace", (80, 24)));
    ada.wait_for("● Grace");
    ada.keys("<f5>");
    ada.wait_for("following Grace");
    server.kill();
    ada.wait_for("offline");
    grace.wait_for("offline");
    server.restart();
    ada.wait_for("durable");
    grace.wait_for("durable");
    ada.wait_for("following Grace");
    grace.keys("<c-end>");
    ada.wait_for("row 200");
}
