//! Stories of several programs in one room: following, coming when asked, chat, and what others' edits must leave alone. The room here
//! passes on what each sends, as the server does.

use super::{
    suggest_tests::{begin, done},
    *,
};
use crate::{
    app::{
        Notice,
        together::FOLLOW_RESUMES_MS,
        update::tests::{app, hear, participant, press, server_document, welcome},
        whereabouts,
    },
    editor::{Editor, position::LineIndex},
};
use protocol::{
    ByteOffset, ClientId, Document, ParticipantId, ServerMessage,
    message::server::{
        ChatMessage, DocumentWelcome, Edited, ParticipantJoined, ParticipantLeft, PresenceChanged, SuggestionDelta,
        Summoned, Welcome,
    },
    presence::Color,
};
use std::collections::VecDeque;

const NAMES: [&str; 3] = ["Ada", "Grace", "Linus"];
const ADA: usize = 0;
const GRACE: usize = 1;
const LINUS: usize = 2;

fn id(who: usize) -> ParticipantId {
    ParticipantId::new(who as u64 + 1).unwrap()
}

fn color(who: usize) -> Color {
    Color { red: 200, green: 90, blue: u8::try_from(who * 100).unwrap() }
}

fn long_text() -> String {
    (1..=200).fold(String::new(), |text, line| text + &format!("line {line}\n"))
}

/// Programs in a room with two long documents.
struct Room {
    apps: Vec<App>,
    now: u64,
    /// Presences that were passed on.
    moves: usize,
}

impl Room {
    /// So many programs, with screens of these sizes.
    fn new(sizes: &[(u16, u16)]) -> Self {
        let mut apps: Vec<App> = sizes.iter().map(|size| app(*size)).collect();
        for (who, app) in apps.iter_mut().enumerate() {
            app.identity.client = ClientId::from_random_32(u32::try_from(who).unwrap() + 1);
            let event = RoomEvent::Connected(Box::new(Self::welcome(who, sizes.len())));
            update(app, Event::Room(event), 0);
        }
        let mut room = Self { apps, now: 1_000, moves: 0 };
        room.settle();
        room
    }

    fn welcome(who: usize, count: usize) -> Welcome {
        let text = server_document(&long_text());
        let first = welcome(&text);
        let tests = DocumentWelcome { document: "src/tests.rs".parse().unwrap(), ..first.documents[0].clone() };
        Welcome {
            participant: id(who),
            participants: (0..count).map(|one| participant(one as u64 + 1, NAMES[one], color(one))).collect(),
            documents: vec![first.documents[0].clone(), tests],
            ..first
        }
    }

    fn keys(&mut self, who: usize, keys: &str) {
        self.now += 60;
        let effects = press(&mut self.apps[who], keys, self.now);
        self.pass(who, effects);
        self.settle();
    }

    fn event(&mut self, who: usize, event: Event) {
        self.now += 60;
        let effects = update(&mut self.apps[who], event, self.now);
        self.pass(who, effects);
        self.settle();
    }

    /// Passes on what somebody's program sends, and what the others' programs send because of it.
    fn pass(&mut self, from: usize, effects: Vec<Effect>) {
        let mut waiting: VecDeque<_> = effects.into_iter().map(|effect| (from, effect)).collect();
        while let Some((from, effect)) = waiting.pop_front() {
            let Effect::Send(message) = effect else { continue };
            let Some(message) = self.passed_on(from, message) else { continue };
            for to in (0..self.apps.len()).filter(|to| *to != from) {
                let effects = hear(&mut self.apps[to], message.clone(), self.now);
                waiting.extend(effects.into_iter().map(|effect| (to, effect)));
            }
        }
    }

    fn passed_on(&mut self, from: usize, message: ClientMessage) -> Option<ServerMessage> {
        let participant = id(from);
        Some(match message {
            ClientMessage::SetPresence(set) => {
                self.moves += 1;
                PresenceChanged { participant, presence: set.presence }.into()
            }
            ClientMessage::Edit(edit) => Edited { document: edit.document, participant, update: edit.update }.into(),
            ClientMessage::Summon(summon) => Summoned { participant, document: summon.document, at: summon.at }.into(),
            _ => return None,
        })
    }

    /// Lets time pass until nobody has anything more to say.
    fn settle(&mut self) {
        for _ in 0..40 {
            let before = self.moves;
            self.now += 60;
            for who in 0..self.apps.len() {
                let effects = update(&mut self.apps[who], Event::Tick, self.now);
                self.pass(who, effects);
            }
            if self.moves == before {
                return;
            }
        }
        panic!("the programs never come to rest");
    }

    fn editor(&self, who: usize) -> &Editor {
        self.apps[who].editor().unwrap()
    }

    fn top(&self, who: usize) -> usize {
        self.editor(who).viewport().top.0
    }

    fn shows(&self, who: usize, line: usize) -> bool {
        let editor = self.editor(who);
        editor.viewport().lines(editor.text()).contains(&LineIndex(line - 1))
    }

    fn cursor_line(&self, who: usize) -> usize {
        self.editor(who).cursor_line().number()
    }

    fn is_following(&self, who: usize) -> bool {
        self.apps[who].together.following().is_some()
    }

    fn notice(&self, who: usize) -> String {
        self.apps[who].notice().map(|notice: &Notice| notice.text.clone()).unwrap_or_default()
    }
}

#[test]
fn the_view_goes_along_and_the_cursor_stays() {
    for sizes in [[(80, 24), (80, 24)], [(80, 40), (80, 12)], [(60, 12), (120, 40)]] {
        let mut room = Room::new(&sizes);
        room.keys(ADA, "<down><down><f5>");
        room.keys(GRACE, "<pagedown><pagedown><pagedown>");
        let line = room.cursor_line(GRACE);
        assert!(line > 20 && room.shows(ADA, line), "{sizes:?}: {line}");
        if sizes[0].1 >= sizes[1].1 {
            assert_eq!(room.top(ADA), room.top(GRACE), "{sizes:?}");
        }
        // She scrolls: her screen is followed, not her cursor.
        room.keys(GRACE, &"<c-down>".repeat(60));
        let top = room.top(GRACE);
        assert!(room.shows(ADA, top + 1), "{sizes:?}");
        // She types above; what is seen stays.
        room.keys(GRACE, "<c-home>one<cr>two<cr>");
        assert!(room.shows(ADA, room.cursor_line(GRACE)));
        let ada = room.editor(ADA);
        assert_eq!((ada.cursor_line().number(), ada.text().line(ada.cursor_line()).into_owned()), (5, "line 3".into()));
        assert!(room.is_following(ADA));
    }
}

#[test]
fn typing_goes_to_the_own_cursor_and_the_view_with_it() {
    let mut room = Room::new(&[(80, 24), (80, 24)]);
    room.keys(ADA, "<down><down><f5>");
    room.keys(GRACE, "<f6><c-end>");
    assert_eq!(room.editor(ADA).path().as_str(), "src/tests.rs");
    assert!(room.shows(ADA, 200) && !room.apps[ADA].is_home());
    // In a document that she only looks at, the others see no cursor of hers.
    let ada = room.apps[GRACE].room.person(id(ADA)).unwrap();
    assert_eq!((ada.following(), ada.selection()), (Some(id(GRACE)), None));
    room.keys(ADA, "x");
    assert!(!room.is_following(ADA));
    let ada = room.editor(ADA);
    assert_eq!((ada.path().as_str(), &*ada.text().line(LineIndex(2))), ("src/main.rs", "xline 3"));
    assert!(room.shows(ADA, 3));
    let ada = room.apps[GRACE].room.person(id(ADA)).unwrap();
    assert_eq!((ada.following(), ada.selection().is_some()), (None, true));
}

#[test]
fn esc_stays_there_with_the_cursor_and_other_ways_of_stopping_do_as_they_say() {
    let stop = |keys: &str| {
        let mut room = Room::new(&[(80, 24), (80, 24)]);
        room.keys(GRACE, &"<down>".repeat(100));
        room.keys(ADA, "<f5>");
        assert!(room.is_following(ADA));
        let top = room.top(ADA);
        room.keys(ADA, keys);
        assert!(!room.is_following(ADA), "{keys}");
        (room.cursor_line(ADA), room.top(ADA) == top, room)
    };
    let (line, same_view, mut room) = stop("<esc>");
    assert_eq!((line, same_view), (101, true));
    room.keys(ADA, "<a-'>");
    assert_eq!(room.cursor_line(ADA), 1);
    assert_eq!(stop("<f5>").0, 101);
    assert_eq!(stop("<down>").0, 2);
    let (line, same_view, room) = stop("<c-down>");
    assert_eq!((line, same_view, room.top(ADA) > 50), (1, false, true));
    assert!(stop("<pagedown>").0 > 101);
    assert_eq!(stop("<a-1>").0, 101);
    // A search and a number of a line go on from what is seen.
    assert_eq!(stop("<c-f>line 150<cr>").0, 150);
    assert_eq!(stop("<c-f><esc>").0, 101);
    // What opens something or only asks does not stop it.
    let mut room = Room::new(&[(80, 24), (80, 24)]);
    room.keys(ADA, "<f5>");
    for keys in ["<f1><esc>", "<c-p><esc>", "<f2><esc>", "<f3>hello<esc>", "<f4>", "<a-0>", "<f9>", "<c-s>"] {
        room.keys(ADA, keys);
        assert!(room.is_following(ADA), "{keys}");
    }
    room.event(ADA, Event::Resize { width: 90, height: 30 });
    assert!(room.is_following(ADA));
    room.event(ADA, Event::Paste("pasted".into()));
    assert!(!room.is_following(ADA) && room.editor(ADA).text().to_string().starts_with("pastedline 1"));
}

#[test]
fn with_the_vim_keys_esc_stops_too_and_a_command_is_for_the_own_cursor() {
    let mut room = Room::new(&[(80, 24), (80, 24)]);
    room.apps[ADA].use_keymap(crate::input::KeymapName::Vim);
    room.keys(GRACE, &"<down>".repeat(100));
    room.keys(ADA, "<f5>");
    assert!(room.shows(ADA, 101));
    room.keys(ADA, "dd");
    assert!(!room.is_following(ADA) && room.shows(ADA, 1));
    assert!(room.editor(ADA).text().to_string().starts_with("line 2\n"));
    room.keys(ADA, "<f5><esc>");
    assert_eq!((room.is_following(ADA), room.cursor_line(ADA)), (false, 100));
    // The way back is a jump like others.
    room.keys(ADA, "<c-o>");
    assert_eq!(room.cursor_line(ADA), 1);
}

#[test]
fn a_ring_of_followers_comes_to_rest_and_whoever_moves_leads() {
    let mut room = Room::new(&[(80, 24), (80, 12), (80, 40)]);
    room.keys(ADA, &"<down>".repeat(50));
    room.keys(GRACE, &"<down>".repeat(100));
    room.keys(LINUS, &"<down>".repeat(150));
    // All of them before any hears of the others: F2 lists Ada, Grace, Linus.
    room.now += 60;
    let pressed: Vec<_> = [(ADA, "<f2>f"), (GRACE, "<f2><down><down>f"), (LINUS, "<f2>f")]
        .map(|(who, keys)| (who, press(&mut room.apps[who], keys, room.now)))
        .into_iter()
        .collect();
    for (who, effects) in pressed {
        room.pass(who, effects);
    }
    room.settle();
    assert!((ADA..=LINUS).all(|who| room.is_following(who)));
    let line = room.top(ADA) + 5;
    assert!(room.shows(GRACE, line) && room.shows(LINUS, line), "all look at what Ada sees");
    room.keys(ADA, "<c-end>");
    assert!(!room.is_following(ADA) && room.shows(GRACE, 200) && room.shows(LINUS, 200));
    // Two who follow each other.
    let mut room = Room::new(&[(80, 24), (80, 24)]);
    room.keys(GRACE, &"<down>".repeat(100));
    room.keys(ADA, "<f5>");
    room.keys(GRACE, "<f5>");
    assert!(room.is_following(ADA) && room.is_following(GRACE));
    assert_eq!(room.top(ADA), room.top(GRACE));
    room.keys(GRACE, "<c-home>");
    assert!(!room.is_following(GRACE) && room.is_following(ADA) && room.shows(ADA, 1));
}

#[test]
fn following_outlives_a_lost_connection_and_ends_when_they_leave() {
    let mut room = Room::new(&[(80, 24), (80, 24)]);
    room.keys(ADA, "<f5>");
    let lost = RoomEvent::Disconnected { reason: "the line is gone".into(), retry_in_ms: Some(500) };
    room.event(ADA, Event::Room(lost));
    assert!(room.is_following(ADA));
    // She comes back, and so did Grace, under another id.
    let mut again = Room::welcome(ADA, 2);
    again.participants[1].id = ParticipantId::new(9).unwrap();
    update(&mut room.apps[ADA], Event::Room(RoomEvent::Connected(Box::new(again))), room.now);
    assert_eq!(room.apps[ADA].together.following().map(|follow| follow.who.get()), Some(9));
    // Grace leaves, and comes back in time; then she leaves for good.
    let (left, came) = (ParticipantLeft { participant: ParticipantId::new(9).unwrap() }, |id| ParticipantJoined {
        participant: participant(id, "Grace", color(GRACE)),
    });
    let start = room.now;
    hear(&mut room.apps[ADA], left.clone(), start);
    assert!(!room.is_following(ADA) && room.notice(ADA).contains("Grace left"), "{}", room.notice(ADA));
    hear(&mut room.apps[ADA], came(9), start + FOLLOW_RESUMES_MS - 1);
    assert!(room.is_following(ADA));
    let start = start + FOLLOW_RESUMES_MS;
    hear(&mut room.apps[ADA], left, start);
    hear(&mut room.apps[ADA], came(10), start + FOLLOW_RESUMES_MS);
    assert!(!room.is_following(ADA));
}

#[test]
fn who_is_asked_to_come_sees_a_line_and_goes_along_by_one_key() {
    let mut room = Room::new(&[(80, 24), (80, 24), (80, 24)]);
    room.keys(GRACE, &format!("<f6>{}<f9>", "<down>".repeat(39)));
    assert_eq!(room.notice(GRACE), "You asked the others to come to tests.rs:40");
    for who in [ADA, LINUS] {
        let summons = room.apps[who].together.summons.as_ref().unwrap();
        assert_eq!((summons.who, summons.place.as_str()), (id(GRACE), "src/tests.rs:40"));
    }
    // The keyboard is where it was.
    room.keys(ADA, "x");
    assert!(room.editor(ADA).text().to_string().starts_with("xline 1") && room.apps[ADA].together.summons.is_some());
    room.keys(ADA, "<f8>");
    assert!(room.is_following(ADA) && room.shows(ADA, 40) && room.apps[ADA].together.summons.is_none());
    assert_eq!(room.editor(ADA).path().as_str(), "src/tests.rs");
    assert_eq!(whereabouts::headline(&room.apps[GRACE]).as_deref(), Some("Ada follows you"));
    // Nobody must: it goes away by itself, or by Esc.
    room.now += 30_000;
    room.settle();
    assert!(room.apps[LINUS].together.summons.is_none());
    room.keys(LINUS, "<f8>");
    assert!(!room.is_following(LINUS) && room.notice(LINUS).starts_with("Nobody asks you"));
    room.keys(GRACE, "<f9>");
    room.keys(LINUS, "<esc><esc>");
    assert!(room.apps[LINUS].together.summons.is_none());
}

#[test]
fn a_line_tells_where_everybody_is() {
    let mut room = Room::new(&[(80, 24), (80, 24), (80, 24)]);
    room.keys(GRACE, &"<down>".repeat(11));
    room.keys(LINUS, &format!("<f6>{}", "<down>".repeat(6)));
    room.keys(ADA, &format!("{}<a-0>", "<down>".repeat(39)));
    assert_eq!(room.notice(ADA), "Ada (you) main.rs:40 · Grace main.rs:12 · Linus tests.rs:7");
    assert_eq!(whereabouts::headline(&room.apps[ADA]).as_deref(), Some("Grace reading main.rs:12"));
    room.keys(LINUS, "x");
    assert_eq!(whereabouts::headline(&room.apps[ADA]).as_deref(), Some("Linus typing tests.rs:7"));
    room.now += 185_000;
    room.keys(GRACE, "<up>");
    room.keys(ADA, "<a-0>");
    assert_eq!(room.notice(ADA), "Ada (you) main.rs:40 · Grace main.rs:11 · Linus tests.rs:7, idle 3 min");
    room.keys(ADA, "<a-2>");
    assert_eq!((room.editor(ADA).path().as_str(), room.cursor_line(ADA)), ("src/tests.rs", 7));
    // Back to where she set out from, also when she went on from one to the next, and while text came before it.
    room.keys(ADA, "<a-1>");
    room.keys(GRACE, "<c-home>new<cr>");
    room.keys(ADA, "<a-'>");
    assert_eq!((room.editor(ADA).path().as_str(), room.cursor_line(ADA)), ("src/main.rs", 41));
    assert_eq!(room.notice(ADA), "");
    room.keys(ADA, "<a-'>");
    assert!(room.notice(ADA).starts_with("You went to nobody"));
    room.keys(ADA, "<a-3>");
    assert!(room.notice(ADA).starts_with("There is no participant 3"));
}

#[test]
fn comings_are_told_in_one_line_that_covers_nothing_louder() {
    let mut room = Room::new(&[(80, 24)]);
    let ada = &mut room.apps[ADA];
    update(ada, Event::Tick, 49_000);
    for (at, name) in [(2, "Grace"), (3, "Linus"), (4, "Edsger"), (5, "Barbara")] {
        hear(ada, ParticipantJoined { participant: participant(at, name, color(0)) }, 50_000 + at);
    }
    assert_eq!(ada.notice().unwrap().text, "Grace, Linus and 2 others came");
    for (at, severity) in [(4, Severity::Error), (5, Severity::Info)] {
        ada.notify(severity, "the disk is full");
        hear(ada, ParticipantLeft { participant: ParticipantId::new(at).unwrap() }, 51_000 + 4_000 * at);
        assert_eq!(ada.notice().unwrap().text, "the disk is full");
    }
    // It is told when that was read.
    update(ada, Event::Tick, 80_000);
    assert_eq!(ada.notice().unwrap().text, "Barbara left");
}

#[test]
fn chat_is_read_back_by_keys_and_what_was_said_meanwhile_is_new() {
    let mut room = Room::new(&[(120, 24)]);
    let said = |at: u64| ChatMessage { name: "Grace".into(), participant: None, text: format!("word {at}"), at_ms: at };
    for at in 1..=50 {
        hear(&mut room.apps[ADA], said(at), 2_000);
    }
    let shown = |app: &App| -> Vec<String> {
        let area = crate::app::chat::side_areas(app).chat;
        crate::app::chat::shown(app, area).into_iter().map(|row| row.text).collect()
    };
    assert_eq!(room.apps[ADA].room.unread, 50);
    assert_eq!(shown(&room.apps[ADA]).last().map(String::as_str), Some("word 50"));
    room.keys(ADA, "<f3><pageup><up>");
    assert_eq!(room.apps[ADA].room.unread, 0);
    assert_eq!(shown(&room.apps[ADA]).last().map(String::as_str), Some("word 44"));
    // What is read stays while more is said.
    hear(&mut room.apps[ADA], said(51), 2_000);
    assert_eq!(shown(&room.apps[ADA]).last().map(String::as_str), Some("word 44"));
    room.keys(ADA, &"<pageup>".repeat(30));
    assert_eq!(shown(&room.apps[ADA]).first().map(String::as_str), Some("word 1"));
    room.keys(ADA, "<down>");
    assert_eq!(shown(&room.apps[ADA]).first().map(String::as_str), Some("word 2"));
    room.keys(ADA, "<esc>");
    assert_eq!(shown(&room.apps[ADA]).last().map(String::as_str), Some("word 51"));
    let again = Welcome { chat: (40..=53).map(said).collect(), ..Room::welcome(ADA, 1) };
    update(&mut room.apps[ADA], Event::Room(RoomEvent::Connected(Box::new(again))), room.now);
    assert_eq!((room.apps[ADA].room.unread, room.apps[ADA].room.chat.len()), (2, 14));
}

/// A program with a suggestion of its own at its cursor, at the end of `let x = `, and the room's document.
fn with_suggestion() -> (App, Document) {
    let (mut app, server) = (app((120, 30)), server_document("first\nlet x = \nlast\n"));
    super::tests::connect(&mut app, &server, 0);
    let asked = press(&mut app, "<down><end><c-space>", 100);
    let request = asked.into_iter().find_map(|effect| match effect {
        Effect::Send(ClientMessage::RequestSuggestion(request)) => Some(request),
        _ => None,
    });
    let request = request.unwrap();
    let number = request.request;
    begin(&mut app, id(ADA), request);
    hear(&mut app, SuggestionDelta { participant: id(ADA), request: number, text: "make();".into() }, 120);
    hear(&mut app, done(id(ADA), number, &[]), 130);
    (app, server)
}

/// Somebody else edits.
fn edit_remotely(app: &mut App, server: &mut Document, range: std::ops::Range<usize>, text: &str) {
    let update = server.edit(ByteOffset(range.start)..ByteOffset(range.end), text, 0).unwrap();
    let edited = Edited { document: "src/main.rs".parse().unwrap(), participant: id(GRACE), update: update.into() };
    hear(app, edited, 500);
}

#[test]
fn others_edits_never_close_a_suggestion() {
    // Above, below, in the same line, and right at the cursor.
    for (range, text) in
        [(0..0, "new\n"), (0..6, ""), (15..19, "end"), (6..10, ""), (6..6, "    "), (14..14, "y"), (14..15, "")]
    {
        let (mut app, mut server) = with_suggestion();
        edit_remotely(&mut app, &mut server, range.clone(), text);
        assert_eq!(suggestion_keys(&app), When::SuggestionHere, "{range:?} {text:?}");
        let before = app.editor().unwrap().text().to_string();
        let at = app.editor().unwrap().selection().head.0;
        press(&mut app, "<tab>", 600);
        let after = app.editor().unwrap().text().to_string();
        let mut expected = before;
        expected.insert_str(at, "make();");
        assert_eq!(after, expected, "{range:?} {text:?}");
    }
}

#[test]
fn others_edits_never_join_my_undo_nor_end_its_step() {
    let (mut app, mut server) = (app((80, 24)), server_document("one\ntwo\n"));
    super::tests::connect(&mut app, &server, 0);
    for (now, key) in (1_000..).zip(["a", "b", "c"]) {
        for effect in press(&mut app, key, now) {
            if let Effect::Send(ClientMessage::Edit(edit)) = effect {
                server.apply(&edit.update).unwrap();
            }
        }
        // In the middle of the word that is typed, and elsewhere.
        let end = server.len().0;
        edit_remotely(&mut app, &mut server, end..end, "theirs\n");
        let start = usize::try_from(now - 999).unwrap();
        edit_remotely(&mut app, &mut server, start..start, "X");
    }
    let text = |app: &App| app.editor().unwrap().text().to_string();
    assert_eq!(text(&app).replace('X', ""), "abcone\ntwo\ntheirs\ntheirs\ntheirs\n");
    press(&mut app, "<c-z>", 2_000);
    assert_eq!(
        text(&app),
        "XXXone\ntwo\ntheirs\ntheirs\ntheirs\n",
        "one undo takes back all that was typed, and only that"
    );
    press(&mut app, "<c-y>", 3_000);
    assert_eq!(text(&app).replace('X', ""), "abcone\ntwo\ntheirs\ntheirs\ntheirs\n");
}
