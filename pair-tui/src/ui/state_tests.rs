//! Every pane and state at the three sizes that matter: as text, and the contrast of each cell that is drawn, in every theme on every
//! kind of terminal.

use super::{
    code_tests::read,
    tests::{room, screen, suggest},
    theme::{
        Theme,
        tests::{Terminal, terminals},
    },
};
use crate::{
    app::{
        App, AppOptions, Overlay, Wrap,
        event::{Event, JournalEvent, RoomEvent},
        files::{FileConflict, OpenedFile, SaveAs, WriteOrder},
        preferences::{Preferences, ThemeName},
        start::{RecentRoom, StartScreen},
        update::{tests as story, update},
    },
    input::KeymapName,
    local_file::{
        difference,
        format::{DiskText, FileFormat},
        write::Expected,
    },
    named::Named,
};
use protocol::{
    ByteOffset, ClientId, ParticipantId,
    message::{
        client::SuggestionOutcome,
        server::{ChatMessage, Closing, ClosingReason, PastSuggestion, StorageState, SuggestionHistory, Summoned},
    },
    position::Association,
    presence::Role,
};
use ratatui::{backend::TestBackend, buffer::Cell, style::Modifier};

/// The sizes in columns and rows.
pub(super) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 10)];

/// Late enough for whatever came at the beginning to be over.
const LATER: u64 = 30_000;

/// A state by its name, and how it is come to from a room of two people.
pub(super) type State = (&'static str, fn(&mut App));

/// Every state.
pub(super) const STATES: &[State] = &[
    ("text", |app| press(app, "<down><down><s-end>")),
    ("white_space", |app| {
        app.view.white_space = true;
        app.view.indent_guides = true;
    }),
    ("suggestion", |app| {
        suggest(app);
        update(app, Event::Tick, LATER);
    }),
    ("chat", |app| press(app, "<f3>I think so")),
    ("help", |app| press(app, "<f1>")),
    ("palette", |app| press(app, "<c-p>word")),
    ("languages", |app| press(app, "<c-p>language<cr>")),
    ("participants", |app| press(app, "<f2><down>")),
    ("several_cursors", |app| press(app, "<down><home><c-d><c-d>")),
    ("search", |app| press(app, "<c-f>self")),
    ("replace", |app| press(app, "<c-r>self<tab>me")),
    ("go_to", |app| press(app, "<c-g>3")),
    ("vim_normal", |app| {
        app.use_keymap(KeymapName::Vim);
        press(app, "j2d");
    }),
    ("vim_visual", |app| {
        app.use_keymap(KeymapName::Vim);
        press(app, "jVj");
    }),
    ("vim_command", |app| {
        app.use_keymap(KeymapName::Vim);
        press(app, "/edit<cr>:%s/edit/change");
    }),
    ("wrapped", |app| {
        app.view.wrap = Wrap::On;
        press(app, &format!("<down><end>{}", "prose that goes on in the next row, and in one more. ".repeat(4)));
    }),
    ("wrapped_selected", |app| {
        app.view.wrap = Wrap::On;
        app.view.indent_guides = true;
        app.view.white_space = true;
        press(app, &format!("<down><down><end>{}<s-home>", "日本語 wide words ".repeat(12)));
    }),
    ("vim_wrap", |app| {
        app.use_keymap(KeymapName::Vim);
        press(app, ":set wrap<cr>jA broken between words and never inside of one<esc>:set wrap?<cr>");
    }),
    ("notice", |app| press(app, "<c-s>")),
    ("error", |app| drop(update(app, Event::Failed("The disk is full; make room and save again".into()), LATER))),
    ("offline", offline),
    ("quit", |app| {
        press(app, "x");
        offline(app);
        press(app, "<c-q>");
    }),
    ("storage_problem", |app| {
        story::hear(app, StorageState { problem: Some("the disk is full".into()) }, LATER);
    }),
    ("storage_problem_edited", |app| {
        story::hear(app, StorageState { problem: Some("the disk is full".into()) }, LATER);
        press(app, "abc");
        update(app, Event::Tick, LATER + 7_000);
    }),
    ("read_only", |app| {
        app.room.role = Some(Role::Viewer);
        press(app, "x");
    }),
    ("written", |app| with_file(app, None)),
    ("unwritten", |app| with_file(app, Some("older\n"))),
    ("quit_unwritten", |app| {
        with_file(app, Some("older\n"));
        press(app, "<c-q>");
    }),
    ("save_as", |app| app.overlay = Some(Overlay::SaveAs(Box::new(SaveAs::new("src/main.rs"))))),
    ("file_changed", |app| conflict(app, true)),
    ("file_gone", |app| conflict(app, false)),
    ("following", |app| press(app, "<f5>")),
    ("summons", summons),
    ("past_suggestions", past_suggestions),
    ("chat_unread", |app| {
        app.side = Some(false);
        let participant = ParticipantId::new(2).ok();
        let said = ChatMessage { name: "Grace".into(), participant, text: "look at line 4, please".into(), at_ms: 0 };
        story::hear(app, said, LATER);
    }),
    ("replace_asks", |app| press(app, "<c-r>self<tab>me<cr>")),
    ("vim_insert", |app| {
        app.use_keymap(KeymapName::Vim);
        press(app, "qaojoined by hand");
    }),
    ("vim_refuses", |app| {
        app.use_keymap(KeymapName::Vim);
        press(app, ":frobnicate<cr>");
    }),
    ("connecting", |app| *app = story::app(app.size())),
    ("offline_edited", |app| {
        offline(app);
        press(app, "typed meanwhile<cr>");
        update(app, Event::Tick, LATER + 7_000);
    }),
    ("offline_kept", |app| {
        offline(app);
        press(app, "typed meanwhile<cr>");
        update(app, Event::Journal(JournalEvent::Opened), LATER);
        update(app, Event::Journal(JournalEvent::Written { made: 20 }), LATER);
        update(app, Event::Tick, LATER + 7_000);
    }),
    ("room_full", |app| closed(app, "the room has 64 participants, as many as it may; try again later", Some(8_000))),
    ("replaced", |app| {
        story::hear(app, Closing { reason: ClosingReason::Replaced, retry_after_ms: None }, LATER);
        closed(app, "you opened this room from somewhere else", None);
    }),
    ("wide", |app| wide(app, "")),
    ("wide_under_help", |app| wide(app, "<f1>")),
    ("wide_under_palette", |app| wide(app, "<c-p>")),
    ("wide_under_participants", |app| wide(app, "<f2>")),
    ("wide_under_chat", |app| wide(app, "<f3>也是")),
    ("wide_under_replace", |app| wide(app, "<c-r>本<tab>書")),
    ("start", |app| start(app, "")),
    ("start_problem", |app| {
        start(app, "<down>a b<cr>");
        let problem = "room id \"a b\" must be 1 to 64 of the characters A-Z a-z 0-9 _ -";
        update(app, Event::Failed(problem.into()), LATER);
    }),
];

fn press(app: &mut App, keys: &str) {
    story::press(app, keys, LATER);
}

fn offline(app: &mut App) {
    let event = RoomEvent::Disconnected { reason: "the server closed the line".into(), retry_in_ms: Some(2000) };
    update(app, Event::Room(event), LATER);
}

/// The server does not let anybody in, or not any more.
fn closed(app: &mut App, reason: &str, retry_in_ms: Option<u64>) {
    update(app, Event::Room(RoomEvent::Disconnected { reason: reason.into(), retry_in_ms }), LATER);
}

/// Grace asks the others to come to her.
fn summons(app: &mut App) {
    let editor = app.editor().unwrap();
    let at = editor.buffer().anchor(ByteOffset(300), Association::Before);
    let summoned = Summoned { participant: ParticipantId::new(2).unwrap(), document: editor.path().clone(), at };
    story::hear(app, summoned, LATER);
}

fn past_suggestions(app: &mut App) {
    let document = app.editor().unwrap().path().clone();
    let past = |minute: u64, outcome| PastSuggestion {
        name: "Ada".into(),
        document: document.clone(),
        provider: "ollama".into(),
        model: "qwen2.5-coder:1.5b".into(),
        at_ms: 1_767_225_600_000 + minute * 60_000,
        milliseconds: Some(412),
        text: "return make(a,\n    b);".into(),
        outcome,
        by: "Grace".into(),
    };
    let past = vec![past(1, SuggestionOutcome::Cancelled), past(62, SuggestionOutcome::Lines)];
    story::hear(app, SuggestionHistory { past }, LATER);
    press(app, "<a-h>");
}

/// A text of characters of two cells, at even columns and at odd ones, and what lies over it.
fn wide(app: &mut App, keys: &str) {
    let text = format!("{}\n {}\n{}\n", "日本".repeat(60), "本語".repeat(60), "👩‍💻🇩🇪x".repeat(24)).repeat(13);
    *app = story::app(app.size());
    story::connect(app, &story::server_document(&text), 0);
    update(app, Event::Tick, LATER);
    press(app, keys);
}

/// The document has a file, with another text if one is given.
fn with_file(app: &mut App, text: Option<&str>) {
    let editor = app.editor().unwrap();
    let text = text.map_or_else(|| editor.text().to_string(), str::to_owned);
    let document = editor.path().clone();
    let opened = OpenedFile { path: "src/main.rs".into(), disk: DiskText { text: Some(text), ..DiskText::default() } };
    app.files.link(&document, &opened.path, opened.disk);
}

fn conflict(app: &mut App, is_there: bool) {
    with_file(app, Some("older\n"));
    let editor = app.editor().unwrap();
    let text = editor.text().to_string();
    let disk = text.replace("let before", "let after").replace("Effects::broadcast", "// somebody else's\n    all");
    let order = WriteOrder {
        document: editor.path().clone(),
        path: "src/main.rs".into(),
        text: text.clone(),
        format: FileFormat::default(),
        expected: Expected::Anything,
        links: true,
    };
    let lines = if is_there { difference::lines(&disk, &text) } else { Vec::new() };
    let disk = DiskText { text: is_there.then_some(disk), ..DiskText::default() };
    app.overlay = Some(Overlay::FileConflict(Box::new(FileConflict { order, disk, lines, top: 0 })));
}

fn start(app: &mut App, keys: &str) {
    let recent = RecentRoom {
        room: "brave-otter-7f3k".parse().unwrap(),
        link: "http://localhost:8000/rooms/brave-otter-7f3k".into(),
        people: vec!["Ada".into(), "Grace".into()],
        when: "2 h ago".into(),
    };
    *app = App::new(AppOptions {
        name: "Ada".into(),
        color: None,
        client: ClientId::from_random_32(1),
        size: app.size(),
        colors: app.colors,
        preferences: Preferences::default(),
        invitation: Vec::new(),
        seed: None,
        file: None,
        home: None,
        start: Some(StartScreen::new(vec![recent])),
    });
    press(app, keys);
}

/// A room in a state.
pub(super) fn app(state: State, size: (u16, u16)) -> App {
    let mut app = room(size, 11);
    (state.1)(&mut app);
    if app.start.is_none() {
        read(&mut app);
    }
    app
}

#[test]
fn every_state_at_every_size() {
    for state in STATES {
        let screens = SIZES.map(|size| screen(&app(*state, size)));
        insta::assert_snapshot!(format!("state_{}", state.0), screens.join("\n"));
    }
}

/// The themes that there are on the terminals to try, each with the terminals it is used on.
fn themes() -> Vec<(Theme, Vec<Terminal>)> {
    let mut themes: Vec<(Theme, Vec<Terminal>)> = Vec::new();
    for (colors, terminal) in terminals() {
        for (name, _) in ThemeName::ALL {
            let theme = Theme::chosen(*name, colors);
            // Without colours there is nothing but the owner's own text; where that is hardly legible, neither is anything else.
            if !theme.has_colors() && terminal.front.contrast(terminal.back) < 7.0 {
                continue;
            }
            match themes.iter_mut().find(|(known, _)| *known == theme) {
                Some((_, terminals)) => terminals.push(terminal),
                None => themes.push((theme, vec![terminal])),
            }
        }
    }
    themes
}

/// The looks of what is drawn, each once, with a character that has it.
fn looks(app: &App) -> Vec<Cell> {
    let (width, height) = app.size();
    let mut terminal = ratatui::Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(frame, app)).unwrap();
    let is_drawing = |cell: &Cell| !cell.symbol().chars().any(char::is_alphanumeric);
    let mut looks: Vec<Cell> = Vec::new();
    for cell in terminal.backend().buffer().content().iter().filter(|cell| cell.symbol() != " ") {
        let same = |known: &Cell| {
            (known.fg, known.bg, known.modifier, is_drawing(known))
                == (cell.fg, cell.bg, cell.modifier, is_drawing(cell))
        };
        if !looks.iter().any(same) {
            looks.push(cell.clone());
        }
    }
    looks
}

/// The least contrast of a cell: of text as the theme promises; 3 for lines and signs (WCAG 1.4.11), and for what is dim.
fn least(theme: Theme, cell: &Cell) -> f64 {
    let is_text = cell.symbol().chars().any(char::is_alphanumeric);
    match () {
        () if !is_text || cell.modifier.contains(Modifier::DIM) => 3.0,
        () if theme.high_contrast => 7.0,
        () => 4.5,
    }
}

#[test]
fn every_cell_of_every_state_is_legible_in_every_theme() {
    let themes = themes();
    assert!(themes.len() > 12, "only {} themes", themes.len());
    for state in STATES {
        for size in SIZES {
            let mut app = app(*state, size);
            for (theme, terminals) in &themes {
                app.theme = *theme;
                for cell in looks(&app) {
                    for terminal in terminals {
                        let contrast = terminal.contrast(&cell);
                        let what = format!("{:?} in {} at {size:?}, {theme:?} on {:?}", cell, state.0, terminal.back);
                        assert!(contrast >= least(*theme, &cell), "{what}: {contrast:.2}");
                    }
                }
            }
        }
    }
}
