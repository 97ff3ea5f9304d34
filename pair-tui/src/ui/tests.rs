//! Screens as text, at the sizes that matter.

use crate::{
    app::{
        App, AppOptions,
        event::{Event, JournalEvent, RoomEvent},
        start::{RecentRoom, StartScreen},
        update::{tests as story, update},
    },
    editor::Editor,
    ui::theme::{Depth, Theme},
};
use protocol::{
    ByteOffset, ClientId, ParticipantId, RequestId,
    message::server::{ChatMessage, PresenceChanged, SuggestionDelta, SuggestionDone, SuggestionStarted},
};
use ratatui::{Terminal, backend::TestBackend};

const SOURCE: &str = "/// Applies one edit and says what must happen next.
pub fn apply(&mut self, edit: Edit, now: Instant) -> Effects {
    let Some(from) = self.participants.get(&edit.from) else {
        return Effects::reject(edit.from, ErrorCode::NotInRoom);
    };
    let before = self.document.state_vector();
    self.document.apply(&edit.update)?;
\tlet tabs = \"日本語 wide, e\u{301} combined, \u{7} bell\";
    self.dirty_since.get_or_insert(now);
    Effects::broadcast(edit)
}
";

/// A room with Ada (here), Grace (who has selected a word) and a chat.
pub(super) fn room(size: (u16, u16), lines: usize) -> App {
    let mut app = story::app(size);
    let document = story::server_document(&SOURCE.repeat(lines.div_ceil(11)));
    story::connect(&mut app, &document, 0);
    let mut grace = Editor::new("src/main.rs".parse().unwrap(), ClientId::from_random_32(5));
    grace.apply_remote(&document.snapshot()).unwrap();
    let start = ByteOffset(SOURCE.find("Effects::reject").unwrap());
    grace.select(crate::editor::selection::Selection::new(start, ByteOffset(start.0 + 15)));
    let participant = ParticipantId::new(2).unwrap();
    story::hear(&mut app, PresenceChanged { participant, presence: grace.presence() }, 100);
    let said = |name: &str, id, text: &str| ChatMessage {
        name: name.into(),
        participant: ParticipantId::new(id).ok(),
        text: text.into(),
        at_ms: 0,
    };
    story::hear(&mut app, said("Grace", 2, "why not a snapshot here?"), 110);
    story::hear(
        &mut app,
        said("Ada", 1, "it would block the room for as long as the disk takes, and that is long"),
        120,
    );
    update(&mut app, Event::Tick, 10_000);
    story::hear(&mut app, protocol::message::server::Pong { nonce: 1 }, 10_012);
    app
}

pub(super) fn suggest(app: &mut App) {
    let (participant, request) = (ParticipantId::new(2).unwrap(), RequestId::new(1).unwrap());
    let at = app.editor().unwrap().buffer().anchor(ByteOffset(0), protocol::position::Association::Before);
    let document = app.editor().unwrap().path().clone();
    story::hear(
        app,
        SuggestionStarted {
            participant,
            request,
            document,
            at,
            provider: "local".into(),
            model: String::new(),
            at_ms: 0,
            by_pause: false,
        },
        10_020,
    );
    let text = "return Effects::reject(edit.from,\n    ErrorCode::NotInRoom);".to_owned();
    story::hear(app, SuggestionDelta { participant, request, text }, 10_021);
    let done = SuggestionDone {
        participant,
        request,
        provider: "local".into(),
        model: "lines".into(),
        milliseconds: 4,
        items: Vec::new(),
        problem: None,
    };
    story::hear(app, done, 10_024);
}

pub(super) fn screen(app: &App) -> String {
    let (width, height) = app.size();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(frame, app)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn wide_with_side_pane() {
    let mut app = room((120, 30), 60);
    suggest(&mut app);
    story::press(&mut app, "<down><down><s-end>", 10_100);
    insta::assert_snapshot!(screen(&app));
}

#[test]
fn eighty_by_twenty_four() {
    let mut app = room((80, 24), 11);
    insta::assert_snapshot!("eighty", screen(&app));
    story::press(&mut app, "<down><down><down>", 10_100);
    suggest(&mut app);
    update(&mut app, Event::Tick, 20_000);
    insta::assert_snapshot!("eighty_hint", screen(&app));
    story::press(&mut app, "<f3>I think so", 20_100);
    insta::assert_snapshot!("eighty_drawer", screen(&app));
}

#[test]
fn narrow_and_tiny() {
    insta::assert_snapshot!("narrow", screen(&room((59, 15), 60)));
    let mut app = room((40, 10), 60);
    story::press(&mut app, "<down><down><down><end>", 10_100);
    insta::assert_snapshot!("tiny", screen(&app));
    story::press(&mut app, "<f3>hey", 10_200);
    insta::assert_snapshot!("tiny_chat", screen(&app));
}

#[test]
fn overlays() {
    let mut app = room((80, 24), 11);
    story::press(&mut app, "<f1>", 20_000);
    insta::assert_snapshot!("help", screen(&app));
    story::press(&mut app, "<c-p>word", 20_000);
    insta::assert_snapshot!("palette", screen(&app));
    story::press(&mut app, "<f2>", 20_000);
    insta::assert_snapshot!("participants", screen(&app));
    story::press(&mut app, "<esc>", 20_000);
    let event = RoomEvent::Disconnected { reason: "the server closed the line".into(), retry_in_ms: Some(2000) };
    update(&mut app, Event::Room(event), 20_000);
    story::press(&mut app, "offline<c-q>", 20_000);
    insta::assert_snapshot!("quit_in_danger", screen(&app));
    update(&mut app, Event::Journal(JournalEvent::Opened), 20_000);
    update(&mut app, Event::Journal(JournalEvent::Written { made: 7 }), 20_000);
    insta::assert_snapshot!("quit", screen(&app));
    let mut app = room((40, 10), 11);
    story::press(&mut app, "<c-p>", 20_000);
    insta::assert_snapshot!("palette_tiny", screen(&app));
}

#[test]
fn the_border_of_a_panel_is_seen_over_wide_characters() {
    let mut app = story::app((80, 24));
    let text = format!("{}\n {}\n", "日".repeat(60), "本".repeat(60)).repeat(12);
    story::connect(&mut app, &story::server_document(&text), 0);
    story::press(&mut app, "<f1>", 100);
    let drawn = screen(&app);
    let rows: Vec<Vec<char>> = drawn.lines().map(|row| row.chars().collect()).collect();
    // A wide character is one `char` here and two cells there: how many stand before the border tells whether it has its own cell.
    let cells = |row: &[char]| row.iter().map(|c| if matches!(c, '日' | '本') { 2 } else { 1 }).sum::<usize>();
    let border = |row: &Vec<char>| row.iter().position(|c| matches!(c, '│' | '┌' | '└')).map(|at| cells(&row[..at]));
    let borders: Vec<_> = rows[1..22].iter().map(border).collect();
    assert!(borders.iter().all(|at| at.is_some() && *at == borders[0]), "{borders:?}\n{drawn}");
}

#[test]
fn start_screen() {
    for size in [(80, 24), (40, 10)] {
        let recent = RecentRoom {
            room: "brave-otter-7f3k".parse().unwrap(),
            link: "http://localhost:8000/rooms/brave-otter-7f3k".into(),
            people: vec!["Ada".into(), "Grace".into()],
            when: "2 h ago".into(),
        };
        let mut app = App::new(AppOptions {
            name: "Ada".into(),
            color: None,
            client: ClientId::from_random_32(1),
            size,
            colors: crate::ui::theme::TerminalColors::default(),
            preferences: crate::app::preferences::Preferences::default(),
            invitation: Vec::new(),
            seed: None,
            file: None,
            home: None,
            start: Some(StartScreen::new(vec![recent])),
        });
        story::press(&mut app, "<down>a b<cr>", 0);
        let problem = "room id \"a b\" must be 1 to 64 of the characters A-Z a-z 0-9 _ -";
        update(&mut app, Event::Failed(problem.into()), 0);
        insta::assert_snapshot!(format!("start_{}", size.0), screen(&app));
    }
}

#[test]
fn without_colours_nothing_is_coloured() {
    let mut app = room((100, 20), 60);
    app.theme = Theme { depth: Depth::None, ..Theme::default() };
    let mut terminal = Terminal::new(TestBackend::new(100, 20)).unwrap();
    terminal.draw(|frame| super::draw(frame, &app)).unwrap();
    let reset = ratatui::style::Color::Reset;
    assert!(terminal.backend().buffer().content().iter().all(|cell| (cell.fg, cell.bg) == (reset, reset)));
}

#[test]
fn every_size_can_be_drawn() {
    for width in [1, 2, 5, 9, 20, 39, 61, 101] {
        for height in [1, 2, 3, 4, 6, 9] {
            let mut app = room((width, height), 30);
            suggest(&mut app);
            for keys in
                ["", "<f1>", "<esc><f2>", "<esc><c-p>", "<esc><f3>x", "<esc><c-r>e<tab>日", "<cr>", "<esc><c-g>1"]
            {
                story::press(&mut app, keys, 20_000);
                screen(&app);
            }
        }
    }
}

#[test]
fn a_long_file_is_drawn_as_quickly_as_a_short_one() {
    let mut app = room((120, 40), 100_000);
    story::press(&mut app, "<c-end><pageup><pageup>x", 20_000);
    assert!(screen(&app).contains('x'));
    let editor = app.editor().unwrap();
    assert!(editor.viewport().lines(editor.text()).start.0 > 99_000);
}
