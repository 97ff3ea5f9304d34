//! Suggestions from one participant's side, with a room that is played by the test: texts to choose from, parts that are taken, pauses; and that
//! none ever lands anywhere but at its anchor, whoever edits what.

use super::{
    super::{App, effect::Effect, event::Event},
    tests::{app, connect, hear, press, sent, server_document, text},
    update,
};
use crate::input::When;
use proptest::prelude::*;
use protocol::{
    ByteOffset, ClientMessage, Document, DocumentPath, ParticipantId, RequestId,
    message::{
        client::{RequestSuggestion, SuggestionOutcome},
        server::{
            Edited, SuggestionDelta, SuggestionDone, SuggestionEnded, SuggestionItem, SuggestionSettings,
            SuggestionStarted,
        },
    },
};

pub(super) fn me() -> ParticipantId {
    ParticipantId::new(1).unwrap()
}

pub(super) fn other() -> ParticipantId {
    ParticipantId::new(2).unwrap()
}

fn settings(pause_ms: u32) -> SuggestionSettings {
    SuggestionSettings {
        pause_ms,
        provider: "ollama".into(),
        model: "tiny".into(),
        models: true,
        changeable: true,
        by: None,
    }
}

pub(super) fn asked(effects: Vec<Effect>) -> Option<RequestSuggestion> {
    sent(effects).into_iter().find_map(|message| match message {
        ClientMessage::RequestSuggestion(request) => Some(request),
        _ => None,
    })
}

pub(super) fn outcomes(effects: Vec<Effect>) -> Vec<Option<SuggestionOutcome>> {
    let outcome = |message| match message {
        ClientMessage::EndSuggestion(end) if !end.part => Some(end.outcome),
        _ => None,
    };
    sent(effects).into_iter().filter_map(outcome).collect()
}

/// What was claimed by taking a part.
fn claims(effects: Vec<Effect>) -> Vec<(Option<ParticipantId>, SuggestionOutcome)> {
    let claim = |message| match message {
        ClientMessage::EndSuggestion(end) if end.part => Some((end.participant, end.outcome.unwrap())),
        _ => None,
    };
    sent(effects).into_iter().filter_map(claim).collect()
}

pub(super) fn begin(app: &mut App, asker: ParticipantId, ask: RequestSuggestion) {
    let RequestSuggestion { request, document, at, by_pause } = ask;
    let started = SuggestionStarted {
        participant: asker,
        request,
        document,
        at,
        provider: "ollama".into(),
        model: "tiny".into(),
        at_ms: 5,
        by_pause,
    };
    hear(app, started, 110);
}

pub(super) fn done(asker: ParticipantId, request: RequestId, texts: &[&str]) -> SuggestionDone {
    let item = |text: &&str| SuggestionItem { text: (*text).into(), provider: "local".into(), model: "room".into() };
    SuggestionDone {
        participant: asker,
        request,
        provider: "ollama".into(),
        model: "tiny".into(),
        milliseconds: 4,
        items: texts.iter().map(item).collect(),
        problem: None,
    }
}

/// A program in a room with these texts to choose from, at the end of `x = `.
pub(super) fn with_texts(texts: &[&str]) -> App {
    let (mut app, server) = (app((120, 30)), server_document("x = "));
    connect(&mut app, &server, 0);
    let ask = asked(press(&mut app, "<end><c-space>", 100)).unwrap();
    let request = ask.request;
    begin(&mut app, me(), ask);
    hear(&mut app, SuggestionDelta { participant: me(), request, text: texts[0].into() }, 120);
    hear(&mut app, done(me(), request, texts), 130);
    app
}

#[test]
fn one_chooses_among_the_texts_and_a_part_that_is_taken_keeps_those_that_go_on_alike() {
    let mut app = with_texts(&["make(a);", "make(b);", "other"]);
    let shown = |app: &App| app.suggestions.shown().map(|shown| (shown.text.clone(), shown.place_among())).unwrap();
    assert_eq!(shown(&app), ("make(a);".into(), (1, 3)));
    assert_eq!(app.suggestions.shown().unwrap().maker(), ("ollama", "tiny"));
    press(&mut app, "<a-]>", 200);
    assert_eq!(shown(&app), ("make(b);".into(), (2, 3)));
    assert_eq!(app.suggestions.shown().unwrap().maker(), ("local", "room"));
    press(&mut app, "<a-p>", 210);
    press(&mut app, "<a-right>", 220);
    assert_eq!(shown(&app), ("(a);".into(), (1, 2)), "a word, and it stays where it is");
    press(&mut app, "<a-n>", 230);
    assert_eq!(shown(&app), ("(b);".into(), (2, 2)));
    assert_eq!(outcomes(press(&mut app, "<tab>", 240)), [Some(SuggestionOutcome::Words)]);
    assert_eq!(text(&app), "x = make(b);");
}

#[test]
fn lines_are_taken_one_by_one_and_one_undo_takes_back_one() {
    let mut app = with_texts(&["one\n  two\n\nthree"]);
    assert_eq!(outcomes(press(&mut app, "<a-down>", 200)), []);
    assert_eq!(text(&app), "x = one");
    press(&mut app, "<a-l>", 210);
    assert_eq!(text(&app), "x = one\n  two");
    assert_eq!(outcomes(press(&mut app, "<a-down>", 220)), [Some(SuggestionOutcome::Lines)]);
    assert_eq!(text(&app), "x = one\n  two\n\nthree");
    press(&mut app, "<c-z>", 230);
    assert_eq!(text(&app), "x = one\n  two");
    press(&mut app, "<c-z><c-z>", 240);
    assert_eq!(text(&app), "x = ");
}

#[test]
fn what_was_taken_in_part_and_put_away_counts_as_taken() {
    let mut app = with_texts(&["one\ntwo"]);
    press(&mut app, "<a-down>", 200);
    assert_eq!(outcomes(press(&mut app, "<esc>", 210)), [Some(SuggestionOutcome::Lines)]);
    let mut app = with_texts(&["one"]);
    press(&mut app, "o", 200);
    assert_eq!(outcomes(press(&mut app, "<esc>", 210)), [Some(SuggestionOutcome::Dismissed)]);
    let mut app = with_texts(&["one"]);
    assert_eq!(outcomes(press(&mut app, "one", 200)), [Some(SuggestionOutcome::Typed)]);
}

/// The room says that somebody took the suggestion, or a part of it.
fn taken_by(app: &mut App, by: ParticipantId, part: bool, now: u64) -> Vec<Effect> {
    let (participant, request) = (me(), RequestId::new(1).unwrap());
    let outcome = SuggestionOutcome::Whole;
    let end = outcome.end();
    hear(app, SuggestionEnded { participant, request, end, by, outcome: Some(outcome), part }, now)
}

#[test]
fn of_two_who_take_one_the_second_takes_out_what_it_put_in_and_nothing_else() {
    let mut app = with_texts(&["one two"]);
    let mut server = server_document("x = ");
    assert_eq!(outcomes(press(&mut app, "<tab>", 200)), [Some(SuggestionOutcome::Whole)]);
    // Typed behind it and into it, before the room has said who was first.
    press(&mut app, ";<home><right><right><right><right><right><right><right>-", 210);
    assert_eq!(text(&app), "x = one- two;");
    let theirs = server.edit(ByteOffset(4)..ByteOffset(4), "one two", 0).unwrap();
    let document: DocumentPath = "src/main.rs".parse().unwrap();
    hear(&mut app, Edited { document, participant: other(), update: theirs.into() }, 220);
    let effects = taken_by(&mut app, other(), false, 230);
    let mine = text(&app);
    assert!(mine == "x = one two-;" || mine == "x = -;one two", "{mine}");
    for message in sent(effects) {
        assert!(matches!(message, ClientMessage::Edit(_)), "the others are told: {message:?}");
    }
    assert!(app.notice().unwrap().text.contains("yours was taken out again"));
    // Undo takes back what was typed, and brings nothing again.
    press(&mut app, "<c-z><c-z><c-z><c-z>", 240);
    assert_eq!(text(&app), "x = one two");
}

#[test]
fn who_was_first_keeps_it_and_who_typed_along_keeps_what_was_typed() {
    let mut app = with_texts(&["one two"]);
    press(&mut app, "<tab>", 200);
    taken_by(&mut app, me(), false, 210);
    assert_eq!(text(&app), "x = one two");
    taken_by(&mut app, other(), false, 220);
    assert_eq!(text(&app), "x = one two", "it is settled");
    let mut app = with_texts(&["one two"]);
    assert_eq!(claims(press(&mut app, "on", 200)), [(None, SuggestionOutcome::Typed)], "once");
    taken_by(&mut app, other(), false, 210);
    assert_eq!(text(&app), "x = on");
    assert!(app.suggestions.shown().is_none());
}

#[test]
fn a_part_claims_the_rest() {
    let mut app = with_texts(&["one two three"]);
    assert_eq!(claims(press(&mut app, "<a-right>", 200)), [(None, SuggestionOutcome::Words)]);
    assert_eq!(claims(press(&mut app, "<a-right>", 210)), []);
    taken_by(&mut app, me(), true, 220);
    assert_eq!(app.suggestions.shown().unwrap().text, " three");
    assert_eq!(outcomes(press(&mut app, "<tab>", 230)), [Some(SuggestionOutcome::Words)]);
    assert_eq!(text(&app), "x = one two three");
    // Somebody else was first: both words go.
    let mut app = with_texts(&["one two three"]);
    press(&mut app, "<a-right>", 200);
    press(&mut app, "<a-right>", 210);
    taken_by(&mut app, other(), true, 220);
    assert_eq!(text(&app), "x = ");
    assert!(app.suggestions.shown().is_none());
}

#[test]
fn what_was_taken_while_it_came_ends_in_silence() {
    let (mut app, server) = (app((120, 30)), server_document("x = "));
    connect(&mut app, &server, 0);
    let ask = asked(press(&mut app, "<end><c-space>", 100)).unwrap();
    let request = ask.request;
    begin(&mut app, me(), ask);
    hear(&mut app, SuggestionDelta { participant: me(), request, text: "one".into() }, 120);
    press(&mut app, "<a-right>", 130);
    app.notice = None;
    let effects = hear(&mut app, done(me(), request, &["one"]), 140);
    assert_eq!(outcomes(effects), [Some(SuggestionOutcome::Words)]);
    assert!(app.notice().is_none() && app.suggestions.shown().is_none());
}

#[test]
fn in_vim_s_insert_mode_a_suggestion_is_taken_back_by_itself() {
    let (mut app, server) = (app((120, 30)), server_document("x = "));
    connect(&mut app, &server, 0);
    app.use_keymap(crate::input::KeymapName::Vim);
    press(&mut app, "Aa", 50);
    let ask = asked(press(&mut app, "<c-space>", 100)).unwrap();
    let request = ask.request;
    begin(&mut app, me(), ask);
    hear(&mut app, SuggestionDelta { participant: me(), request, text: "bc".into() }, 120);
    hear(&mut app, done(me(), request, &["bc"]), 130);
    press(&mut app, "<tab>d", 140);
    press(&mut app, "<esc>", 150);
    assert_eq!(text(&app), "x = abcd");
    for rest in ["x = abc", "x = a", "x = "] {
        press(&mut app, "u", 160);
        assert_eq!(text(&app), rest);
    }
}

#[test]
fn a_pause_is_one_though_others_write_before_it() {
    let (mut app, mut server) = (app((120, 30)), server_document("let x = "));
    connect(&mut app, &server, 0);
    hear(&mut app, settings(600), 1);
    press(&mut app, "<end>m", 100);
    let update_of_theirs = server.edit(ByteOffset(0)..ByteOffset(0), "T", 0).unwrap();
    let document = "src/main.rs".parse().unwrap();
    hear(&mut app, Edited { document, participant: other(), update: update_of_theirs.into() }, 200);
    assert!(asked(update(&mut app, Event::Tick, 800)).is_some());
}

#[test]
fn one_that_would_make_the_text_too_long_is_not_taken() {
    let mut app = with_texts(&["one two"]);
    app.room.limits.document_bytes = 10;
    assert_eq!(outcomes(press(&mut app, "<tab>", 200)), []);
    assert_eq!(text(&app), "x = ");
    assert!(app.notice().unwrap().text.contains("this room takes 10"));
}

#[test]
fn a_pause_asks_once_where_somebody_typed_and_nowhere_else() {
    let fresh = |pause_ms| {
        let (mut app, server) = (app((120, 30)), server_document("let x = "));
        connect(&mut app, &server, 0);
        hear(&mut app, settings(pause_ms), 1);
        press(&mut app, "<end>", 2);
        app
    };
    let mut app = fresh(600);
    assert!(asked(update(&mut app, Event::Tick, 2_000)).is_none(), "nobody typed");
    press(&mut app, "m", 2_100);
    assert!(asked(update(&mut app, Event::Tick, 2_699)).is_none());
    let ask = asked(update(&mut app, Event::Tick, 2_700)).unwrap();
    assert!(ask.by_pause);
    assert!(asked(update(&mut app, Event::Tick, 9_000)).is_none(), "once");
    // An empty answer of a pause disturbs nobody.
    let request = ask.request;
    begin(&mut app, me(), ask);
    app.notice = None;
    hear(&mut app, done(me(), request, &[]), 9_100);
    assert!(app.notice().is_none());
    // One of a pause goes away with the cursor; nobody has to put it away.
    let mut app = fresh(600);
    press(&mut app, "m", 100);
    let ask = asked(update(&mut app, Event::Tick, 800)).unwrap();
    let request = ask.request;
    begin(&mut app, me(), ask);
    hear(&mut app, SuggestionDelta { participant: me(), request, text: "ore".into() }, 810);
    assert_eq!(outcomes(update(&mut app, Event::Tick, 820)), []);
    press(&mut app, "<left>", 830);
    assert_eq!(outcomes(update(&mut app, Event::Tick, 840)), [Some(SuggestionOutcome::Cancelled)]);
    assert!(app.suggestions.shown().is_none());
    for (keys, what) in
        [("n<left>", "went away"), ("n<f3>", "is in the chat"), ("n<c-p>", "has something open"), ("<bs>", "deleted")]
    {
        let mut app = fresh(600);
        press(&mut app, keys, 10_000);
        assert!(asked(update(&mut app, Event::Tick, 20_000)).is_none(), "{what}");
    }
    let mut app = fresh(0);
    press(&mut app, "m", 100);
    assert!(asked(update(&mut app, Event::Tick, 90_000)).is_none(), "the server says no");
    let mut app = fresh(600);
    app.preferences.suggest = crate::app::preferences::SuggestWhen::Key;
    press(&mut app, "m", 100);
    assert!(asked(update(&mut app, Event::Tick, 90_000)).is_none(), "this person says no");
}

#[test]
fn models_are_turned_off_for_the_room_by_a_command() {
    let mut app = with_texts(&["one"]);
    hear(&mut app, settings(600), 140);
    let effects = press(&mut app, "<esc><c-p>models: let<cr>", 200);
    assert!(sent(effects).iter().any(|m| matches!(m, ClientMessage::SetModels(set) if !set.models)));
    hear(&mut app, SuggestionSettings { models: false, by: Some(me()), ..settings(600) }, 210);
    assert!(app.notice().unwrap().text.contains("You turned models off"));
}

#[test]
fn what_ends_elsewhere_is_gone_here() {
    let mut app = with_texts(&["one"]);
    let shown = app.suggestions.shown().unwrap();
    let (participant, request) = (shown.participant, shown.request);
    let outcome = SuggestionOutcome::Expired;
    hear(
        &mut app,
        SuggestionEnded { participant, request, end: outcome.end(), by: me(), outcome: Some(outcome), part: false },
        200,
    );
    assert!(app.suggestions.shown().is_none());
    assert!(app.notice().unwrap().text.contains("went away with its place"));
}

/// What happens in the property below.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody else replaces a range, both ends in thousandths of the text.
    Theirs(usize, usize, usize),
    /// This participant types somewhere else than at the suggestion.
    Mine(usize, usize),
    /// More of the suggestion comes.
    More,
    /// A line of it is taken.
    Line,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..1000, 0_usize..200, 0_usize..4).prop_map(|(from, removed, inserted)| Step::Theirs(from, removed, inserted)),
        2 => (0_usize..1000, 1_usize..3).prop_map(|(from, inserted)| Step::Mine(from, inserted)),
        1 => Just(Step::More),
        1 => Just(Step::Line),
    ]
}

/// The text in the middle of which the suggestion stands; each character once.
const BEFORE: &str = "abcdefghij\nklm";
const BEHIND: &str = "nop\nqrstuvwxyz";

/// Whether all that is left of the first text stands before a place, and all that is left of the second one behind it.
fn splits(text: &str, at: usize) -> bool {
    let (before, behind) = text.split_at(at);
    let is_original = |c: &char| c.is_ascii_lowercase();
    before.chars().filter(is_original).all(|c| BEFORE.contains(c))
        && behind.chars().filter(is_original).all(|c| BEHIND.contains(c))
}

struct Both {
    app: App,
    server: Document,
    now: u64,
}

impl Both {
    /// Lets the server have what was sent.
    fn pass_on(&mut self, effects: Vec<Effect>) {
        for message in sent(effects) {
            if let ClientMessage::Edit(edit) = message {
                self.server.apply(&edit.update).unwrap();
            }
        }
    }

    fn take(&mut self, step: &Step, request: RequestId, asker: ParticipantId) {
        self.now += 10;
        match step {
            Step::Theirs(from, removed, inserted) => {
                let length = self.server.len().0;
                let (from, to) = (from * length / 1000, ((from + removed) * length / 1000).min(length));
                if from == to && *inserted == 0 {
                    return;
                }
                let text = "T".repeat(*inserted);
                let update = self.server.edit(ByteOffset(from)..ByteOffset(to), &text, 0).unwrap();
                let document = "src/main.rs".parse().unwrap();
                hear(&mut self.app, Edited { document, participant: other(), update: update.into() }, self.now);
            }
            Step::Mine(from, inserted) => {
                let length = text(&self.app).len();
                let place = ByteOffset(from * length / 1000);
                if self.app.suggestions.shown().and_then(|shown| shown.at) == Some(place) {
                    return;
                }
                self.app.editor_mut().unwrap().jump(place);
                let effects = press(&mut self.app, &"M".repeat(*inserted), self.now);
                self.pass_on(effects);
            }
            Step::More => {
                hear(&mut self.app, SuggestionDelta { participant: asker, request, text: "S\nS".into() }, self.now);
            }
            Step::Line => {
                let effects = press(&mut self.app, "<a-l>", self.now);
                self.pass_on(effects);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whoever edits what and whoever asked, everything of a suggestion that is taken stands together with what was taken of it before, behind
    /// all that was before its place and before all that was behind it.
    #[test]
    fn no_sequence_of_edits_and_suggestions_makes_one_land_anywhere_but_at_its_anchor(
        steps in prop::collection::vec(step(), 0..24), is_mine in any::<bool>(),
    ) {
        let (mut app, server) = (app((120, 30)), server_document(&format!("{BEFORE}{BEHIND}")));
        connect(&mut app, &server, 0);
        app.editor_mut().unwrap().jump(ByteOffset(BEFORE.len()));
        let ask = asked(press(&mut app, "<c-space>", 100)).unwrap();
        let request = ask.request;
        let asker = if is_mine { me() } else { other() };
        begin(&mut app, asker, ask);
        hear(&mut app, SuggestionDelta { participant: asker, request, text: "S".into() }, 120);
        let mut both = Both { app, server, now: 200 };
        for step in &steps {
            both.take(step, request, asker);
            if let Some(at) = both.app.suggestions.shown().and_then(|shown| shown.at) {
                prop_assert!(splits(&text(&both.app), at.0), "{:?} at {at}", text(&both.app));
            }
        }
        let effects = press(&mut both.app, "<a-cr>", 5_000);
        both.pass_on(effects);
        let text = text(&both.app);
        prop_assert_eq!(&text, &both.server.text());
        for (at, _) in text.match_indices('S') {
            prop_assert!(splits(&text, at), "{text:?} at {at}");
        }
    }
}

#[test]
fn another_s_suggestion_has_no_keys_at_the_cursor() {
    let (mut app, server) = (app((120, 30)), server_document("x"));
    connect(&mut app, &server, 0);
    let ask = asked(press(&mut app, "<end><c-space>", 100)).unwrap();
    let request = ask.request;
    begin(&mut app, other(), ask);
    hear(&mut app, SuggestionDelta { participant: other(), request, text: "yz".into() }, 120);
    assert_eq!(super::suggestion_keys(&app), When::SuggestionShown);
}
