//! Suggestions in the text, as screens: one's own makes room for itself, another's leaves the text alone; and nothing of one reaches the terminal raw.

use super::tests::{room, screen};
use crate::app::{
    App,
    update::tests::{hear, press},
};
use protocol::{
    ByteOffset, ParticipantId, RequestId,
    message::{
        client::SuggestionOutcome,
        server::{PastSuggestion, SuggestionDelta, SuggestionHistory, SuggestionStarted},
    },
    position::Association,
};

/// A suggestion of somebody at a place.
fn suggest(app: &mut App, who: u64, place: ByteOffset, text: &str) {
    let (participant, request) = (ParticipantId::new(who).unwrap(), RequestId::new(7).unwrap());
    let editor = app.editor().unwrap();
    let (document, at) = (editor.path().clone(), editor.buffer().anchor(place, Association::Before));
    let (provider, model) = ("ollama".to_owned(), "tiny".to_owned());
    let started = SuggestionStarted { participant, request, document, at, provider, model, at_ms: 5, by_pause: false };
    hear(app, started, 10_020);
    hear(app, SuggestionDelta { participant, request, text: text.into() }, 10_021);
}

#[test]
fn ones_own_makes_room_for_itself() {
    let mut app = room((100, 12), 11);
    press(&mut app, "<down><c-right>", 10_019);
    let place = app.editor().unwrap().selection().head;
    suggest(&mut app, 1, place, "(crate)\n    async");
    insta::assert_snapshot!("ghost_own", screen(&app));
}

#[test]
fn another_s_stands_where_nothing_is_behind_it_only() {
    let mut app = room((100, 12), 11);
    let text = app.editor().unwrap().text().to_string();
    let before = screen(&app);
    suggest(&mut app, 2, ByteOffset(4), "hidden");
    let first_row = |screen: &str| screen.lines().nth(1).map(|row| row.chars().take(60).collect::<String>());
    assert_eq!(first_row(&before), first_row(&screen(&app)), "in the middle of a line it hides nothing");
    let mut app = room((100, 12), 11);
    suggest(&mut app, 2, ByteOffset(text.find('\n').unwrap()), " // seen\nnot seen");
    insta::assert_snapshot!("ghost_other", screen(&app));
}

#[test]
fn an_older_server_s_escape_sequences_are_not_drawn_raw() {
    let mut app = room((120, 30), 11);
    let place = app.editor().unwrap().selection().head;
    suggest(&mut app, 1, place, "\u{1b}[31mred\u{7}\u{9b}2J\n\u{1b}]0;title\u{7}\u{202e}next");
    let past = PastSuggestion {
        name: "\u{1b}[1mEve".into(),
        document: app.editor().unwrap().path().clone(),
        provider: "\u{1b}[2J".into(),
        model: "m".into(),
        at_ms: 5,
        milliseconds: Some(4),
        text: "\u{1b}[31mred\r\n".into(),
        outcome: SuggestionOutcome::Whole,
        by: "Grace".into(),
    };
    hear(&mut app, SuggestionHistory { past: vec![past] }, 10_022);
    for keys in ["", "<a-h>"] {
        press(&mut app, keys, 10_030);
        let drawn = screen(&app);
        assert!(drawn.contains("red"), "{drawn}");
        assert!(drawn.chars().all(|c| !c.is_control() || c == '\n'), "{drawn:?}");
        assert!(!drawn.contains('\u{202e}'));
    }
}

#[test]
fn what_became_of_suggestions_is_a_list() {
    let mut app = room((100, 14), 11);
    let document = app.editor().unwrap().path().clone();
    let past = |minute: u64, outcome, by: &str, milliseconds| PastSuggestion {
        name: "Ada".into(),
        document: document.clone(),
        provider: "ollama".into(),
        model: "qwen2.5-coder:1.5b".into(),
        at_ms: 1_767_225_600_000 + minute * 60_000,
        milliseconds,
        text: "return make(a,\n    b);".into(),
        outcome,
        by: by.into(),
    };
    let history = vec![
        past(1, SuggestionOutcome::Cancelled, "Ada", None),
        past(62, SuggestionOutcome::Lines, "Grace", Some(412)),
        past(63, SuggestionOutcome::Whole, "Ada", Some(40)),
    ];
    hear(&mut app, SuggestionHistory { past: history }, 10_022);
    press(&mut app, "<a-h>", 10_030);
    insta::assert_snapshot!("past_suggestions", screen(&app));
}
