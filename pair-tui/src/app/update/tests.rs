//! Stories of two programs and a server that only passes on: what each must send, keep and show.

use super::{
    suggest_tests::{begin, done},
    *,
};
use crate::{
    app::{AppOptions, Overlay, Seed, room::Connection},
    input::key::parse_keys,
};
use protocol::{
    ClientId, Document, Limits, ParticipantId, Sequence, ServerMessage,
    message::{
        client::SuggestionEnd,
        server::{
            DocumentWelcome, Edited, LanguageChanged, Pong, PresenceChanged, Receipt, StorageState, SuggestionDelta,
            Welcome,
        },
    },
    presence::{Color, Dialect, Participant, Role},
};

pub(crate) fn app(size: (u16, u16)) -> App {
    App::new(AppOptions {
        name: "Ada".into(),
        color: None,
        client: ClientId::from_random_32(1),
        size,
        colors: crate::app::TerminalColors::default(),
        preferences: crate::app::preferences::Preferences::default(),
        invitation: vec!["pair-tui join brave-otter".into()],
        seed: None,
        file: None,
        home: None,
        start: None,
    })
}

pub(crate) fn participant(id: u64, name: &str, color: Color) -> Participant {
    let id = ParticipantId::new(id).unwrap();
    Participant {
        id,
        name: name.into(),
        color,
        role: Role::Editor,
        dialect: Dialect::Pair,
        presence: None,
        away: false,
    }
}

pub(crate) fn welcome(document: &Document) -> Welcome {
    Welcome {
        version: 1,
        server: "test".into(),
        room: "brave-otter-7f3k".parse().unwrap(),
        participant: ParticipantId::new(1).unwrap(),
        resumed: false,
        role: Role::Editor,
        limits: Limits::default(),
        language: "rust".into(),
        participants: vec![
            participant(1, "Ada", Color { red: 80, green: 160, blue: 255 }),
            participant(2, "Grace", Color { red: 255, green: 120, blue: 80 }),
        ],
        documents: vec![DocumentWelcome {
            document: "src/main.rs".parse().unwrap(),
            difference: document.snapshot().into(),
            snapshot: false,
            state_vector: document.state_vector().into(),
        }],
        chat: Vec::new(),
        storage: StorageState::default(),
    }
}

pub(crate) fn server_document(text: &str) -> Document {
    let mut document = Document::new(ClientId::from_random_32(9));
    document.edit(protocol::ByteOffset(0)..protocol::ByteOffset(0), text, 0).unwrap();
    document
}

pub(crate) fn connect(app: &mut App, document: &Document, now_ms: u64) -> Vec<Effect> {
    update(app, Event::Room(RoomEvent::Connected(Box::new(welcome(document)))), now_ms)
}

pub(crate) fn hear(app: &mut App, message: impl Into<ServerMessage>, now_ms: u64) -> Vec<Effect> {
    update(app, Event::Room(RoomEvent::Message(Box::new(message.into()))), now_ms)
}

pub(crate) fn press(app: &mut App, keys: &str, now_ms: u64) -> Vec<Effect> {
    parse_keys(keys).unwrap().into_iter().flat_map(|key| update(app, Event::Key(key), now_ms)).collect()
}

pub(crate) fn text(app: &App) -> String {
    app.editor().unwrap().text().to_string()
}

pub(crate) fn sent(effects: Vec<Effect>) -> Vec<ClientMessage> {
    let send = |effect| if let Effect::Send(message) = effect { Some(message) } else { None };
    effects.into_iter().filter_map(send).collect()
}

/// Applies what a program sent to the server's document, as the server does.
pub(crate) fn receive(document: &mut Document, effects: Vec<Effect>) {
    for message in sent(effects) {
        match message {
            ClientMessage::Edit(edit) => document.apply(&edit.update).map(|_| ()).unwrap(),
            ClientMessage::Difference(edit) => document.apply(&edit.update).map(|_| ()).unwrap(),
            _ => {}
        }
    }
}

fn number(count: u64) -> Sequence {
    (0..count).fold(Sequence::ZERO, |seq, _| seq.next())
}

pub(crate) fn offline(app: &mut App, now_ms: u64) {
    let event = RoomEvent::Disconnected { reason: "the line is gone".into(), retry_in_ms: Some(500) };
    assert!(sent(update(app, Event::Room(event), now_ms)).is_empty());
}

#[test]
fn whoever_comes_in_is_told_that_rooms_are_deleted() {
    let mut app = app((80, 24));
    let mut welcome = welcome(&server_document("x"));
    welcome.limits.room_expiry_days = Some(30);
    update(&mut app, Event::Room(RoomEvent::Connected(Box::new(welcome))), 0);
    assert!(app.notice().is_some_and(|notice| notice.text.contains("30 days")), "{:?}", app.notice());
}

#[test]
fn what_is_typed_is_shown_and_sent_at_once_and_receipts_are_counted() {
    let (mut app, mut server) = (app((80, 24)), server_document("world"));
    connect(&mut app, &server, 0);
    receive(&mut server, press(&mut app, "hello ", 1000));
    assert_eq!((text(&app), server.text()), ("hello world".into(), "hello world".into()));
    assert_eq!(app.room.at_risk(), 6);
    hear(&mut app, Receipt { received: number(6), durable: number(4) }, 1001);
    assert_eq!(app.room.at_risk(), 2);
    press(&mut app, "<c-q>", 1002);
    assert!(matches!(app.overlay, Some(Overlay::Quit)));
    press(&mut app, "n", 1003);
    hear(&mut app, Receipt { received: number(6), durable: number(6) }, 1004);
    assert_eq!(press(&mut app, "<c-q>", 1005).last(), Some(&Effect::Quit));
}

#[test]
fn what_is_typed_and_deleted_offline_arrives_after_the_reconnect() {
    let (mut app, mut server) = (app((80, 24)), server_document("one two three"));
    connect(&mut app, &server, 0);
    offline(&mut app, 100);
    // Only deletions: they are in no state vector.
    assert!(sent(press(&mut app, "<del><del>", 200)).is_empty());
    assert_eq!(app.room.at_risk(), 2);
    server.edit(protocol::ByteOffset(13)..protocol::ByteOffset(13), "!", 0).unwrap();
    let effects = connect(&mut app, &server, 300);
    receive(&mut server, effects);
    assert_eq!((text(&app), server.text()), ("e two three!".into(), "e two three!".into()));
    assert_eq!(app.room.connection, Connection::Connected);
    assert_eq!(app.room.at_risk(), 2, "one message brings both");
}

#[test]
fn an_edit_that_was_received_but_not_stored_is_sent_again() {
    let (mut app, server) = (app((80, 24)), server_document("ab"));
    connect(&mut app, &server, 0);
    let lost = press(&mut app, "<del>", 100);
    assert_eq!(sent(lost).iter().filter(|message| matches!(message, ClientMessage::Edit(_))).count(), 1);
    hear(&mut app, Receipt { received: number(1), durable: number(0) }, 101);
    offline(&mut app, 102);
    let mut restarted = server;
    let effects = connect(&mut app, &restarted, 200);
    receive(&mut restarted, effects);
    assert_eq!(restarted.text(), "b");
}

#[test]
fn a_seed_goes_into_an_empty_room_once() {
    let (mut app, mut server) = (app((80, 24)), Document::new(ClientId::from_random_32(9)));
    app.seed = Some(Seed { document: None, text: "fn main() {}\n".into() });
    let effects = connect(&mut app, &server, 0);
    receive(&mut server, effects);
    assert_eq!(server.text(), "fn main() {}\n");
    offline(&mut app, 10);
    let effects = connect(&mut app, &server, 20);
    receive(&mut server, effects);
    assert_eq!(server.text(), "fn main() {}\n");
}

#[test]
fn others_are_where_they_said_while_the_text_moves() {
    let (mut app, mut server) = (app((80, 24)), server_document("one two"));
    connect(&mut app, &server, 0);
    let mut editor = crate::editor::Editor::new("src/main.rs".parse().unwrap(), ClientId::from_random_32(5));
    editor.apply_remote(&server.snapshot()).unwrap();
    editor.jump(protocol::ByteOffset(4));
    let grace = ParticipantId::new(2).unwrap();
    hear(&mut app, PresenceChanged { participant: grace, presence: editor.presence() }, 50);
    let place = |app: &App| app.room.person(grace).unwrap().selection().unwrap().head.0;
    assert_eq!(place(&app), 4);
    receive(&mut server, press(&mut app, "xx", 100));
    assert_eq!(place(&app), 6);
    let update = server.edit(protocol::ByteOffset(0)..protocol::ByteOffset(1), "", 0).unwrap();
    let document = "src/main.rs".parse().unwrap();
    hear(&mut app, Edited { document, participant: grace, update: update.into() }, 150);
    assert_eq!((place(&app), text(&app).as_str()), (5, "xone two"));
    press(&mut app, "<f2><cr>", 200);
    assert_eq!(app.editor().unwrap().selection().head.0, 5);
}

#[test]
fn a_cursor_that_stands_before_a_character_stays_there_while_its_owner_types() {
    let (mut app, mut server) = (app((80, 24)), server_document("one two"));
    connect(&mut app, &server, 0);
    let (grace, document) = (ParticipantId::new(2).unwrap(), "src/main.rs".parse::<protocol::DocumentPath>().unwrap());
    // As browsers say it, who say nothing more while somebody types: the character behind the cursor is the same.
    let here = || server.anchor(protocol::ByteOffset(3), protocol::position::Association::After);
    let selections = vec![protocol::presence::AnchoredSelection { anchor: here(), head: here() }];
    let presence =
        protocol::presence::Presence { document: document.clone(), selections, visible: None, following: None };
    hear(&mut app, PresenceChanged { participant: grace, presence }, 50);
    let update = server.edit(protocol::ByteOffset(3)..protocol::ByteOffset(3), "xy", 0).unwrap();
    hear(&mut app, Edited { document, participant: grace, update: update.into() }, 100);
    assert_eq!(text(&app), "onexy two");
    assert_eq!(app.room.person(grace).unwrap().selection().unwrap().head.0, 5);
}

#[test]
fn presence_is_sent_with_the_newest_place_and_not_too_often() {
    let (mut app, server) = (app((80, 24)), server_document("one two three"));
    connect(&mut app, &server, 1000);
    let moves = (0..10).flat_map(|step| press(&mut app, "<right>", 1001 + step)).collect();
    assert!(sent(moves).is_empty());
    let due = sent(update(&mut app, Event::Tick, 1050));
    assert_eq!(due.iter().filter(|message| matches!(message, ClientMessage::SetPresence(_))).count(), 1);
    assert!(sent(update(&mut app, Event::Tick, 1150)).is_empty());
}

#[test]
fn the_round_trip_is_measured() {
    let (mut app, server) = (app((80, 24)), server_document(""));
    connect(&mut app, &server, 10_000);
    let pings = sent(update(&mut app, Event::Tick, 20_000));
    let nonce =
        pings.iter().find_map(|message| if let ClientMessage::Ping(ping) = message { Some(ping.nonce) } else { None });
    hear(&mut app, Pong { nonce: nonce.unwrap() }, 20_012);
    assert_eq!(app.room.round_trip_ms, Some(12));
}

/// A program in a room, with a suggestion of its own at the cursor.
fn with_suggestion(suggested: &str) -> App {
    let (mut app, server) = (app((120, 30)), server_document("let x = "));
    connect(&mut app, &server, 0);
    press(&mut app, "<end>", 10);
    let mut asked = sent(press(&mut app, "<c-space>", 100)).into_iter();
    let request = asked.find_map(|m| if let ClientMessage::RequestSuggestion(r) = m { Some(r) } else { None }).unwrap();
    let (participant, id) = (ParticipantId::new(1).unwrap(), request.request);
    begin(&mut app, participant, request);
    hear(&mut app, SuggestionDelta { participant, request: id, text: suggested.into() }, 120);
    hear(&mut app, done(participant, id, &[]), 130);
    app
}

fn ends(effects: Vec<Effect>) -> Vec<SuggestionEnd> {
    let end = |message| match message {
        ClientMessage::EndSuggestion(end) if !end.part => Some(end.end),
        _ => None,
    };
    sent(effects).into_iter().filter_map(end).collect()
}

#[test]
fn a_suggestion_is_taken_whole_or_word_by_word_or_typed_along() {
    let mut app = with_suggestion("make(a, b);");
    assert_eq!(ends(press(&mut app, "<tab>", 200)), [SuggestionEnd::Accepted]);
    assert_eq!(text(&app), "let x = make(a, b);");
    let mut app = with_suggestion("make(a, b);");
    assert!(ends(press(&mut app, "<a-right><a-right>", 200)).is_empty());
    assert_eq!(text(&app), "let x = make(a");
    assert!(ends(press(&mut app, ",", 300)).is_empty());
    assert_eq!(ends(press(&mut app, "<tab>", 400)), [SuggestionEnd::Accepted]);
    assert_eq!(text(&app), "let x = make(a, b);");
}

#[test]
fn what_would_be_too_long_is_refused_here() {
    let (mut app, server) = (app((80, 24)), server_document("0123456789"));
    connect(&mut app, &server, 0);
    app.room.limits.document_bytes = 12;
    update(&mut app, Event::Paste("abc".into()), 10);
    assert_eq!(text(&app), "0123456789");
    assert!(app.notice().unwrap().text.contains("13 bytes, this room takes 12"));
    press(&mut app, "<s-right>", 20);
    update(&mut app, Event::Paste("abc".into()), 30);
    assert_eq!(text(&app), "abc123456789");
    press(&mut app, "<cr>", 40);
    assert_eq!(text(&app), "abc123456789", "a line break is one byte too many, too");
    app.room.limits.document_bytes = 24;
    super::commands::edit(&mut app, &crate::editor::EditorCommand::DuplicateLines, &mut Vec::new());
    assert_eq!(text(&app), "abc123456789");
    app.room.limits.document_bytes = 25;
    super::commands::edit(&mut app, &crate::editor::EditorCommand::DuplicateLines, &mut Vec::new());
    assert_eq!(text(&app), "abc123456789\nabc123456789");
}

#[test]
fn a_refused_edit_begins_anew_once_and_keeps_the_text_for_pasting() {
    let (mut app, server) = (app((80, 24)), server_document("ab"));
    connect(&mut app, &server, 0);
    press(&mut app, "x", 10);
    let refusal = |seq| protocol::message::server::Error {
        code: protocol::ErrorCode::InvalidEdit,
        message: "no".into(),
        seq: Some(number(seq)),
        request: None,
        document: None,
    };
    assert!(matches!(&hear(&mut app, refusal(1), 20)[..], [Effect::StartOver { .. }]));
    assert_eq!(hear(&mut app, refusal(2), 20), []);
    let client = ClientId::from_random_32(77);
    update(&mut app, Event::StartOver { client, reason: "The room refused your last edit".into() }, 30);
    assert_eq!((app.editors().len(), app.document_states().len(), app.room.at_risk()), (0, 0, 0));
    connect(&mut app, &server, 40);
    assert_eq!(text(&app), "ab");
    assert!(app.notice().unwrap().text.contains("refused"));
    press(&mut app, "<c-a><c-v>", 50);
    assert_eq!(text(&app), "xab");
}

#[test]
fn a_suggestion_of_nothing_is_put_away_at_once() {
    let mut app = with_suggestion("");
    assert!(app.suggestions.shown().is_none());
    assert!(app.notice().unwrap().text.contains("Nothing to suggest"));
    assert!(ends(press(&mut app, "<esc>", 200)).is_empty());
}

#[test]
fn a_suggestion_is_put_away_by_esc_or_by_typing_something_else_and_tab_elsewhere_is_a_tab() {
    let mut app = with_suggestion("make();");
    assert_eq!(ends(press(&mut app, "<esc>", 200)), [SuggestionEnd::Dismissed]);
    let mut app = with_suggestion("make();");
    assert_eq!(ends(press(&mut app, "z", 200)), [SuggestionEnd::Dismissed]);
    let mut app = with_suggestion("make();");
    assert!(ends(press(&mut app, "<home><tab>", 200)).is_empty());
    assert_eq!(text(&app), "    let x = ");
    assert_eq!(ends(press(&mut app, "<a-cr>", 300)), [SuggestionEnd::Accepted]);
    assert_eq!(text(&app), "    let x = make();");
}

#[test]
fn the_rooms_language_is_that_of_its_first_document_whatever_its_name_and_other_names_tell_theirs() {
    let (mut app, server) = (app((80, 24)), server_document("x"));
    connect(&mut app, &server, 0);
    assert_eq!(language(&app), Some("rust"));
    let chosen = sent(press(&mut app, "<c-p>language<cr>python<cr>", 100));
    assert!(chosen.iter().any(|m| matches!(m, ClientMessage::SetLanguage(set) if set.language == "python")));
    let mut changed = |language: &str| {
        let participant = ParticipantId::new(1).unwrap();
        hear(&mut app, LanguageChanged { participant, language: language.into() }, 200);
        self::language(&app)
    };
    assert_eq!(changed("Go"), Some("go"));
    assert_eq!(changed("brainfuck"), None);
    assert_eq!(changed("python"), Some("python"), "a choice is more than the name");
    let mut later = self::app((80, 24));
    let mut welcome = Welcome { language: "python".into(), ..welcome(&server) };
    for path in ["b.go", "notes"] {
        let another = DocumentWelcome { document: path.parse().unwrap(), ..welcome.documents[0].clone() };
        welcome.documents.push(another);
    }
    update(&mut later, Event::Room(RoomEvent::Connected(Box::new(welcome))), 300);
    let languages = later.editors.iter().map(|editor| editor.language().map(|language| language.name));
    assert_eq!(languages.collect::<Vec<_>>(), [Some("python"), Some("go"), Some("python")]);
}

#[test]
fn a_document_is_opened_by_its_path_or_by_the_end_of_it() {
    let (mut app, server) = (app((80, 24)), server_document("x"));
    let mut welcome = welcome(&server);
    for path in ["a/b.go", "c/b.go"] {
        let another = DocumentWelcome { document: path.parse().unwrap(), ..welcome.documents[0].clone() };
        welcome.documents.push(another);
    }
    update(&mut app, Event::Room(RoomEvent::Connected(Box::new(welcome))), 0);
    app.use_keymap(crate::input::KeymapName::Vim);
    for (path, opened) in
        [("c/b.go", "c/b.go"), ("main.rs", "src/main.rs"), ("b.go", "src/main.rs"), ("./a/b.go", "a/b.go")]
    {
        press(&mut app, &format!(":e {path}<cr>"), 10);
        assert_eq!(app.editor().unwrap().path().as_str(), opened, "{path}");
    }
    press(&mut app, ":e other.rs<cr>", 20);
    assert!(
        app.notice().unwrap().text.contains("no document other.rs, or several; it has src/main.rs, a/b.go, c/b.go")
    );
}

fn language(app: &App) -> Option<&'static str> {
    app.editor().unwrap().language().map(|language| language.name)
}

#[test]
fn chat_takes_the_keyboard_and_gives_it_back() {
    let (mut app, server) = (app((80, 24)), server_document("x"));
    connect(&mut app, &server, 0);
    let said = sent(press(&mut app, "<f3>hello<cr><esc>y", 100));
    assert!(said.iter().any(|m| matches!(m, ClientMessage::Chat(chat) if chat.text == "hello")));
    assert_eq!(text(&app), "yx");
}

#[test]
fn the_vim_key_map_edits_shares_and_changes_back() {
    let (mut app, mut server) = (app((80, 24)), server_document("one two\nthree\n"));
    connect(&mut app, &server, 0);
    app.use_keymap(crate::input::KeymapName::Vim);
    receive(&mut server, press(&mut app, "wcwzwei<esc>jdd", 1000));
    assert_eq!((text(&app), server.text()), ("one zwei\n".into(), "one zwei\n".into()));
    receive(&mut server, press(&mut app, "uu:s/one/eins/<cr>", 1001));
    assert_eq!((text(&app), server.text()), ("eins two\nthree\n".into(), "eins two\nthree\n".into()));
    for (keys, told) in [
        (":set wrap?<cr>", "nowrap"),
        (":set wrap<cr>:set wrap?<cr>", "wrap"),
        (":set wrap!<cr>:set wrap?<cr>", "nowrap"),
        (":set nonu<cr>:set nu?<cr>", "nonumber"),
        (":set nu!<cr>:set nu?<cr>", "number"),
    ] {
        press(&mut app, keys, 1002);
        assert_eq!(app.notice().map(|notice| notice.text.as_str()), Some(told), "{keys}");
    }
    press(&mut app, ":set keys=default<cr>x", 1002);
    assert!(app.vim.is_none());
    assert_eq!(text(&app), "xeins two\nthree\n");
    press(&mut app, "<c-p>keymapvim<cr>", 1003);
    assert!(app.vim.is_some());
}
