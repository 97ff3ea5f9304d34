//! Screens of people together: names that fade, several in one row, following, a summons, the list of participants.

use super::tests::screen;
use crate::{
    app::{
        App,
        event::{Event, RoomEvent},
        update::{tests as story, update},
    },
    editor::Editor,
    ui::theme::{Depth, Theme},
};
use protocol::{
    ByteOffset, ClientId, ParticipantId,
    message::server::{Edited, PresenceChanged, Summoned, Welcome},
    position::Association,
    presence::Color,
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Modifier};

const GRACE: u64 = 2;
const LINUS: u64 = 3;
const LISA: u64 = 4;

fn id(who: u64) -> ParticipantId {
    ParticipantId::new(who).unwrap()
}

/// Somebody else's program on the same document, to say where they are as it does.
struct Other {
    id: ParticipantId,
    editor: Editor,
}

/// A room with Ada (here), Grace, Linus and Lisa, who are at these lines of a long text.
fn room(size: (u16, u16), lines: [usize; 3]) -> (App, Vec<Other>) {
    let mut app = story::app(size);
    let text = (1..=100).fold(String::new(), |text, line| text + &format!("let line_{line} = {line};\n"));
    let document = story::server_document(&text);
    let color = |red, green| Color { red, green, blue: 80 };
    let people = [
        (1, "Ada", color(80, 160)),
        (GRACE, "Grace", color(255, 120)),
        (LINUS, "Linus", color(80, 220)),
        (LISA, "Lisa", color(230, 220)),
    ];
    let participants = people.map(|(id, name, color)| story::participant(id, name, color)).to_vec();
    let welcome = Welcome { participants, ..story::welcome(&document) };
    update(&mut app, Event::Room(RoomEvent::Connected(Box::new(welcome))), 0);
    let mut others: Vec<Other> = [GRACE, LINUS, LISA]
        .map(|who| {
            let mut editor =
                Editor::new("src/main.rs".parse().unwrap(), ClientId::from_random_32(u32::try_from(who).unwrap()));
            editor.apply_remote(&document.snapshot()).unwrap();
            editor.resize(20, 80);
            Other { id: id(who), editor }
        })
        .into_iter()
        .collect();
    for (other, line) in others.iter_mut().zip(lines) {
        go(&mut app, other, line, 10_000);
    }
    (app, others)
}

/// Somebody goes to the name in a line.
fn go(app: &mut App, other: &mut Other, line: usize, now: u64) {
    let text = other.editor.text().to_string();
    let at = ByteOffset(text.find(&format!("line_{line} ")).unwrap());
    other.editor.jump(at);
    story::hear(app, PresenceChanged { participant: other.id, presence: other.editor.presence() }, now);
}

fn buffer(app: &App) -> Buffer {
    let (width, height) = app.size();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| super::draw(frame, app)).unwrap();
    terminal.backend().buffer().clone()
}

/// How the first letter of a name at a cursor looks: whether it is there, and whether on its colour.
fn name_at_cursor(app: &App, name: &str) -> Option<bool> {
    let buffer = buffer(app);
    let (width, height) = app.size();
    let initial = name.chars().next().unwrap().to_string();
    (1..height - 1).find_map(|row| {
        let line: String = (0..width).map(|column| buffer[(column, row)].symbol()).collect();
        let before = line.split(&format!(" {name} ")).next().filter(|before| before.len() < line.len())?;
        let cell = &buffer[(u16::try_from(before.chars().count() + 1).unwrap(), row)];
        assert_eq!(cell.symbol(), initial);
        Some(cell.bg != ratatui::style::Color::Reset || cell.modifier.contains(Modifier::REVERSED))
    })
}

#[test]
fn a_name_stands_on_its_colour_then_is_only_written_then_goes() {
    for depth in [Depth::Sixteen, Depth::None, Depth::True] {
        let (mut app, _) = room((80, 24), [12, 80, 90]);
        app.theme = Theme { depth, ..Theme::default() };
        let mut at = |now| {
            update(&mut app, Event::Tick, now);
            name_at_cursor(&app, "Grace")
        };
        assert_eq!([at(12_900), at(13_000), at(19_900), at(20_000)], [Some(true), Some(false), Some(false), None]);
        // Whoever is right beside has a name all the time.
        story::press(&mut app, &"<down>".repeat(10), 21_000);
        assert_eq!(name_at_cursor(&app, "Grace"), Some(false));
    }
}

#[test]
fn people_in_a_long_text() {
    let (mut app, mut others) = room((80, 24), [5, 6, 80]);
    // Grace writes a line; Linus and Lisa, who have one initial, are told apart by the numbers they are gone to with.
    let grace = &mut others[0];
    let edit = grace.editor.replace(grace.editor.selection().range(), "new_", 0).unwrap();
    let document = grace.editor.path().clone();
    story::hear(&mut app, Edited { document, participant: id(GRACE), update: edit.update.into() }, 10_100);
    insta::assert_snapshot!("together_eighty", screen(&app));
    story::press(&mut app, "<f2>", 12_000);
    insta::assert_snapshot!("together_participants", screen(&app));
    story::press(&mut app, "f", 12_000);
    insta::assert_snapshot!("together_following", screen(&app));
    story::press(&mut app, "<esc><a-0>", 200_000);
    insta::assert_snapshot!("together_where", screen(&app));
}

#[test]
fn a_summons_is_one_line_at_every_size_and_covers_no_prompt() {
    for size in [(120, 40), (80, 24), (40, 10)] {
        let (mut app, others) = room(size, [50, 60, 70]);
        update(&mut app, Event::Tick, 20_000);
        let editor = &others[0].editor;
        let at = editor.buffer().anchor(editor.selection().head, Association::Before);
        let summoned = Summoned { participant: id(GRACE), document: editor.path().clone(), at };
        story::hear(&mut app, summoned, 20_000);
        insta::assert_snapshot!(format!("together_summons_{}", size.0), screen(&app));
        story::press(&mut app, "<f8>", 21_000);
        assert!(screen(&app).contains("following Grace") && screen(&app).contains("Esc stops"));
        story::press(&mut app, "<esc>", 21_000);
    }
    let (mut app, others) = room((80, 24), [50, 60, 70]);
    app.use_keymap(crate::input::KeymapName::Vim);
    story::press(&mut app, ":s/typed", 20_000);
    let editor = &others[0].editor;
    let at = editor.buffer().anchor(editor.selection().head, Association::Before);
    story::hear(&mut app, Summoned { participant: id(GRACE), document: editor.path().clone(), at }, 20_000);
    story::hear(&mut app, protocol::message::server::ParticipantLeft { participant: id(LISA) }, 20_000);
    assert!(screen(&app).contains(":s/typed"));
    assert!(!screen(&app).contains("asks you") && !screen(&app).contains("Lisa left"));
}
