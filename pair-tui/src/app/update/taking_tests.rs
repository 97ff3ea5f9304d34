//! Two programs that take one suggestion, each whenever it likes, over a line that holds back whatever it likes: in the end its text stands in the
//! document once at most, and both hold the same. The room in between is played here, with the server's rule of who is first.

use super::{
    suggest_tests::{asked, begin, done, me, other, outcomes, with_texts},
    tests::{app, connect, hear, offline, press, server_document, text, welcome},
    *,
};
use proptest::prelude::*;
use protocol::{
    Anchor, ClientId, Document, ParticipantId, RequestId, ServerMessage,
    message::{
        client::{EndSuggestion, RequestSuggestion, SuggestionEnd, SuggestionOutcome},
        server::{Edited, SuggestionDelta, SuggestionEnded, Welcome},
    },
};
use std::collections::VecDeque;

/// Each letter once, so that a letter that stands twice tells.
const SUGGESTED: &str = "AB\nCD EF\nGH";

#[derive(Debug, Clone)]
enum Step {
    /// One of both presses keys.
    Keys(usize, &'static str),
    /// The server takes the next message of one.
    Up(usize),
    /// One hears the server's next message.
    Down(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = prop_oneof![
        3 => Just("<a-cr>"), 3 => Just("<a-l>"), 2 => Just("m"), 1 => Just("<c-home>"), 1 => Just("<c-end>"), 1 => Just("<c-z>"), 1 => Just("<c-y>"),
    ];
    prop_oneof![
        3 => (0..2_usize, keys).prop_map(|(who, keys)| Step::Keys(who, keys)),
        2 => (0..2_usize).prop_map(Step::Up),
        2 => (0..2_usize).prop_map(Step::Down),
    ]
}

fn id(who: usize) -> ParticipantId {
    ParticipantId::new(who as u64 + 1).unwrap()
}

struct Played {
    apps: [App; 2],
    server: Document,
    up: [VecDeque<ClientMessage>; 2],
    down: [VecDeque<ServerMessage>; 2],
    /// Who took it, how, and whether the rest is still theirs to take.
    first: Option<(usize, SuggestionOutcome, bool)>,
    is_open: bool,
    now: u64,
}

impl Played {
    fn new() -> Self {
        let server = server_document("xy");
        let apps = [0, 1].map(|who| {
            let mut app = app((120, 30));
            app.identity.client = ClientId::from_random_32(u32::try_from(who).unwrap() + 1);
            let welcome = Welcome { participant: id(who), ..welcome(&server) };
            update(&mut app, Event::Room(RoomEvent::Connected(Box::new(welcome))), 0);
            let (document, at) = (app.editor().unwrap().path().clone(), Anchor::default());
            let request = RequestId::new(1).unwrap();
            begin(&mut app, id(0), RequestSuggestion { request, document, at, by_pause: false });
            hear(&mut app, SuggestionDelta { participant: id(0), request, text: SUGGESTED.into() }, 120);
            hear(&mut app, done(id(0), request, &[]), 130);
            app
        });
        let (up, down) = (<[_; 2]>::default(), <[_; 2]>::default());
        Self { apps, server, up, down, first: None, is_open: true, now: 1_000 }
    }

    fn sends(&mut self, who: usize, effects: Vec<Effect>) {
        let sent = effects.into_iter().filter_map(|effect| match effect {
            Effect::Send(message) => Some(message),
            _ => None,
        });
        self.up[who].extend(sent);
    }

    fn take(&mut self, step: &Step) {
        self.now += 1_000;
        match *step {
            Step::Keys(who, keys) => {
                let effects = press(&mut self.apps[who], keys, self.now);
                self.sends(who, effects);
            }
            Step::Up(who) => match self.up[who].pop_front() {
                Some(ClientMessage::Edit(edit)) => {
                    self.server.apply(&edit.update).unwrap();
                    let edited = Edited { document: edit.document, participant: id(who), update: edit.update };
                    self.down[1 - who].push_back(edited.into());
                }
                Some(ClientMessage::EndSuggestion(ending)) => self.end(who, &ending),
                _ => {}
            },
            Step::Down(who) => {
                if let Some(message) = self.down[who].pop_front() {
                    let effects = hear(&mut self.apps[who], message, self.now);
                    self.sends(who, effects);
                }
            }
        }
    }

    /// The server's rule.
    fn end(&mut self, who: usize, ending: &EndSuggestion) {
        let is_taken = ending.end == SuggestionEnd::Accepted;
        let outcome = ending.outcome.unwrap();
        match self.first {
            Some((first, outcome, part)) if first != who || !self.is_open => {
                if is_taken {
                    self.down[who].push_back(ended(first, outcome, part));
                }
            }
            _ if !self.is_open => {}
            _ => {
                let is_claim = is_taken && ending.part;
                self.is_open = is_claim;
                self.first = is_taken.then_some((who, outcome, is_claim)).or(self.first);
                (0..2).for_each(|to| self.down[to].push_back(ended(who, outcome, is_claim)));
            }
        }
    }
}

fn ended(by: usize, outcome: SuggestionOutcome, part: bool) -> ServerMessage {
    let (participant, request) = (id(0), RequestId::new(1).unwrap());
    SuggestionEnded { participant, request, end: outcome.end(), by: id(by), outcome: Some(outcome), part }.into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whoever_takes_it_when_a_suggestion_stands_in_the_text_once(steps in prop::collection::vec(step(), 0..40)) {
        let mut played = Played::new();
        for step in &steps {
            played.take(step);
        }
        while played.up.iter().any(|one| !one.is_empty()) || played.down.iter().any(|one| !one.is_empty()) {
            for who in 0..2 {
                played.take(&Step::Up(who));
                played.take(&Step::Down(who));
            }
        }
        let texts = [text(&played.apps[0]), text(&played.apps[1]), played.server.text()];
        prop_assert_eq!(&texts[0], &texts[1]);
        prop_assert_eq!(&texts[0], &texts[2]);
        for letter in SUGGESTED.chars().filter(char::is_ascii_uppercase) {
            prop_assert!(texts[0].matches(letter).count() <= 1, "{:?}", texts[0]);
        }
    }
}

#[test]
fn what_was_taken_without_a_connection_is_said_when_it_is_back_and_shown_to_nobody_here_again() {
    let mut app = with_texts(&["one two"]);
    offline(&mut app, 150);
    assert_eq!(outcomes(press(&mut app, "<tab>", 200)), []);
    let server = server_document("x = ");
    let effects = connect(&mut app, &server, 300);
    assert_eq!(outcomes(effects), [Some(SuggestionOutcome::Whole)]);
}

#[test]
fn whoever_comes_back_as_somebody_else_keeps_what_they_took_before() {
    let (mut app, server) = (app((120, 30)), server_document("x = "));
    connect(&mut app, &server, 0);
    let ask = asked(press(&mut app, "<end><c-space>", 100)).unwrap();
    let request = ask.request;
    begin(&mut app, other(), ask);
    hear(&mut app, SuggestionDelta { participant: other(), request, text: "one".into() }, 120);
    hear(&mut app, done(other(), request, &["one"]), 130);
    press(&mut app, "<a-cr>", 140);
    offline(&mut app, 150);
    let mut again = welcome(&server);
    again.participant = ParticipantId::new(7).unwrap();
    again.participants[0].id = again.participant;
    let effects = update(&mut app, Event::Room(RoomEvent::Connected(Box::new(again))), 200);
    assert_eq!(outcomes(effects), [Some(SuggestionOutcome::Whole)], "said again");
    let (end, outcome) = (SuggestionOutcome::Whole.end(), Some(SuggestionOutcome::Whole));
    hear(&mut app, SuggestionEnded { participant: other(), request, end, by: me(), outcome, part: false }, 210);
    assert_eq!(text(&app), "x = one");
}

#[test]
fn others_are_told_who_took_one_but_not_of_each_that_is_typed_along() {
    for (outcome, is_told) in [(SuggestionOutcome::Words, true), (SuggestionOutcome::Typed, false)] {
        let mut app = with_texts(&["one two"]);
        app.notice = None;
        let (participant, request, end) = (me(), RequestId::new(1).unwrap(), outcome.end());
        hear(
            &mut app,
            SuggestionEnded { participant, request, end, by: other(), outcome: Some(outcome), part: true },
            200,
        );
        assert!(app.suggestions.shown().is_none());
        assert_eq!(app.notice().is_some(), is_told, "{outcome:?}");
    }
}
