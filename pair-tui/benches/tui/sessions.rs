//! One sitting with a program: it is started, typed into, paged through, given a paste, and ended. And sittings with `pair-tui` only:
//! the same typing quiet, among busy peers, and over a bad line. Knows no goal.

use super::{
    editors::Editor,
    link::{Line, Link},
    room::Room,
    sample::Sample,
    terminal::Terminal,
    typing::{Cost, code, paste, press_all, same},
};
use std::{thread, time::Duration};

/// Keys typed per sitting.
const KEYS: usize = 200;
/// Keys typed at rest per sitting, in the programs that this is measured of.
const KEYS_AT_REST: usize = 30;
/// Pages gone down at most per sitting.
const PAGES: usize = 40;
/// From one key to the next. Faster than anybody types, and long enough for what comes later to be seen coming.
pub const PACE: Duration = Duration::from_millis(40);
/// The same where somebody thinks between the keys: what a program puts off until typing rests is seen and counted here.
pub const AT_REST: Duration = Duration::from_millis(350);
/// How long a program is to be quiet before anything is measured.
const SETTLED: Duration = Duration::from_millis(700);
/// What the busy peers do together, per second.
pub const PEERS_EDITS: u32 = 500;
/// The bad line.
pub const BAD: Line = Line { round_trip: Duration::from_millis(300), lost_per_mille: 50 };

/// What one program did in one file.
pub struct Session {
    /// The program.
    pub editor: Editor,
    /// The lines of the file.
    pub lines: usize,
    /// From the start to the first line on the screen.
    pub start: Duration,
    /// What each typed key cost.
    pub typing: Vec<Cost>,
    /// What each cost that was typed at rest.
    pub at_rest: Vec<Cost>,
    /// What each page cost.
    pub paging: Vec<Cost>,
    /// The paste of 5,000 lines, into the small file only.
    pub paste: Option<Duration>,
    /// Resident memory after the typing.
    pub megabytes: f64,
}

/// Sits with a program.
pub fn session(editor: Editor, sample: &Sample) -> Session {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("main.rs");
    std::fs::write(&file, &sample.text).expect("a file");
    let room = (editor == Editor::Pair).then(|| Room::open(&sample.text));
    let opened = room.as_ref().map_or_else(|| file.to_string_lossy().into_owned(), |room| room.link.clone());
    let mut terminal = Terminal::start(editor.command(&opened, home.path()));
    let first_line = sample.first_line().to_owned();
    let shown = terminal.wait_for("the text", |screen| screen.contents().contains(&first_line));
    let start = shown.duration_since(terminal.started);
    terminal.settle(SETTLED);
    editor.open_line_below(&mut terminal, sample.middle);
    let keys = code(KEYS + KEYS_AT_REST);
    let typing = press_all(&mut terminal, &keys[..KEYS], PACE);
    let echoed = typing.iter().filter(|cost| cost.echo.is_some()).count();
    let screen = terminal.screen().contents();
    assert!(echoed * 10 >= KEYS * 9, "{}: {echoed} of {KEYS} keys were seen\n{screen}", editor.name());
    let megabytes = terminal.resident_mb();
    let is_compared = matches!(editor, Editor::Pair | Editor::Vim);
    let at_rest = press_all(&mut terminal, &keys[KEYS..][..if is_compared { KEYS_AT_REST } else { 0 }], AT_REST);
    editor.end_typing(&mut terminal);
    let pages = PAGES.min(sample.lines / 2 / usize::from(super::terminal::SIZE.1)).saturating_sub(1);
    let paging = press_all(&mut terminal, &same(b"\x1b[6~", pages), PACE);
    let paste = (sample.lines < 1_000).then(|| {
        editor.begin_pasting(&mut terminal);
        let (text, last_line) = Sample::pasted();
        paste(&mut terminal, &editor.pasted(&text), &last_line)
    });
    Session { editor, lines: sample.lines, start, typing, at_rest, paging, paste, megabytes }
}

/// The same typing three times, each in a room of its own.
pub struct Rooms {
    /// With one silent peer.
    pub quiet: Vec<Cost>,
    /// While two peers type, one on the same screen, one far away.
    pub busy: Vec<Cost>,
    /// Edits per second that the peers really made.
    pub edits_per_second: f64,
    /// Over the bad line.
    pub far: Vec<Cost>,
}

/// Sits with `pair-tui` three times.
pub fn rooms(sample: &Sample) -> Rooms {
    let quiet = typed(sample, |_, press| press());
    let mut edits_per_second = 0.0;
    let busy = typed(sample, |room, press| {
        room.begin_edits(PEERS_EDITS, [sample.middle + 6, sample.lines / 4]);
        // The peers are under way before the first key.
        thread::sleep(Duration::from_millis(500));
        let (begun, before) = (std::time::Instant::now(), room.edits());
        let costs = press();
        edits_per_second = f64::from(u32::try_from(room.edits() - before).unwrap()) / begun.elapsed().as_secs_f64();
        costs
    });
    let room = Room::open(&sample.text);
    let link = Link::open(room.server, BAD);
    let far = typed_in(sample, &room.link_by(link.address), |press| press());
    Rooms { quiet, busy, edits_per_second, far }
}

fn typed(sample: &Sample, around: impl FnOnce(&Room, &mut dyn FnMut() -> Vec<Cost>) -> Vec<Cost>) -> Vec<Cost> {
    let room = Room::open(&sample.text);
    typed_in(sample, &room.link, |press| around(&room, press))
}

fn typed_in(sample: &Sample, link: &str, around: impl FnOnce(&mut dyn FnMut() -> Vec<Cost>) -> Vec<Cost>) -> Vec<Cost> {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = Terminal::start(Editor::Pair.command(link, home.path()));
    let first_line = sample.first_line().to_owned();
    terminal.wait_for("the text", |screen| screen.contents().contains(&first_line));
    terminal.settle(SETTLED);
    Editor::Pair.open_line_below(&mut terminal, sample.middle);
    around(&mut || press_all(&mut terminal, &code(KEYS), PACE))
}
