//! Suggestions by themselves: who may end them, what becomes of them, who is told, where their places are.

use super::{
    suggestions::{OPEN_FOR_MS, OPEN_MAX, PAST_MAX},
    tests::{at, broadcasts, error, incoming, join, room, room_with, told, who},
    *,
};
use crate::room::effect::{Maker, SuggestionPolicy};
use proptest::prelude::*;
use protocol::{
    ByteOffset, RequestId, ServerMessage,
    message::{
        client::{EndSuggestion, RequestSuggestion, SetModels, SuggestionEnd, SuggestionOutcome},
        server::{PastSuggestion, SuggestionDone},
    },
    position::Association,
};

fn request(number: u64) -> RequestId {
    RequestId::new(number).unwrap()
}

fn ask(state: &mut RoomState, document: &Document, number: u64, place: usize, by_pause: bool) {
    let place = document.anchor(ByteOffset(place), Association::Before);
    let ask = RequestSuggestion { request: request(number), document: DocumentPath::main(), at: place, by_pause };
    state.request_suggestion(who(1), &ask, at(0));
}

fn complete(state: &mut RoomState, number: u64, now: Now) {
    state.suggestion_delta(who(1), request(number), "text".to_owned());
    let (provider, model) = ("test".to_owned(), "m".to_owned());
    let (participant, request) = (who(1), request(number));
    let (items, problem) = (Vec::new(), None);
    state.suggestion_done(
        SuggestionDone { participant, request, provider, model, milliseconds: 3, items, problem },
        now,
    );
}

fn end(state: &mut RoomState, from: u64, number: u64, outcome: SuggestionOutcome) {
    let ending = EndSuggestion {
        participant: Some(who(1)),
        request: request(number),
        end: outcome.end(),
        outcome: Some(outcome),
        part: false,
    };
    state.end_suggestion(who(from), &ending);
}

/// What everybody is told has become of suggestions.
fn past(state: &mut RoomState) -> Vec<PastSuggestion> {
    let history =
        |message| if let ServerMessage::SuggestionHistory(history) = message { history.past } else { Vec::new() };
    broadcasts(state).into_iter().flat_map(history).collect()
}

#[test]
fn what_becomes_of_a_suggestion_is_told_once_and_remembered() {
    let mut state = room();
    let ada = join(&mut state, 1, 100, 1).unwrap();
    join(&mut state, 2, 200, 2).unwrap();
    ask(&mut state, &ada, 1, 0, false);
    complete(&mut state, 1, at(5));
    state.take_effects();
    end(&mut state, 2, 1, SuggestionOutcome::Lines);
    let told = past(&mut state);
    assert_eq!(told.len(), 1);
    let one = &told[0];
    assert_eq!((one.name.as_str(), one.by.as_str()), ("p1", "p2"));
    assert_eq!((one.outcome, one.text.as_str(), one.milliseconds), (SuggestionOutcome::Lines, "text", Some(3)));
    assert_eq!((one.provider.as_str(), one.model.as_str()), ("test", "m"));
    end(&mut state, 1, 1, SuggestionOutcome::Dismissed);
    assert!(state.take_effects().is_empty(), "it has ended before");
    // One of a pause that nobody took says nothing.
    ask(&mut state, &ada, 2, 0, true);
    complete(&mut state, 2, at(6));
    end(&mut state, 1, 2, SuggestionOutcome::Dismissed);
    assert_eq!(past(&mut state), []);
    for number in 3..PAST_MAX as u64 + 10 {
        ask(&mut state, &ada, number, 0, false);
        complete(&mut state, number, at(7));
        end(&mut state, 1, number, SuggestionOutcome::Whole);
        state.take_effects();
    }
    state.welcome_suggestions(who(2));
    let history = super::tests::told(&mut state, 2).0.into_iter().find_map(|message| match message {
        ServerMessage::SuggestionHistory(history) => Some(history.past.len()),
        _ => None,
    });
    assert_eq!(history, Some(PAST_MAX));
}

/// What one participant is told has ended, when they say something of the suggestion: for whom, and whether a part of it.
fn says(state: &mut RoomState, from: u64, number: u64, outcome: SuggestionOutcome, part: bool) -> Vec<(u64, bool)> {
    state.take_effects();
    let (end, request) = (outcome.end(), request(number));
    let ending = EndSuggestion { participant: Some(who(1)), request, end, outcome: Some(outcome), part };
    state.end_suggestion(who(from), &ending);
    let told = state.effects.iter().filter_map(|effect| match effect {
        Effect::Send(to, frame) if *to == who(from) => Some(frame),
        Effect::Broadcast { frame, .. } => Some(frame),
        _ => None,
    });
    let ended = told.filter_map(|frame| match frame.message() {
        ServerMessage::SuggestionEnded(ended) => Some((ended.by.get(), ended.part)),
        _ => None,
    });
    ended.collect()
}

#[test]
fn of_two_who_take_one_the_second_is_told_who_was_first_however_late() {
    let mut state = room();
    let ada = join(&mut state, 1, 100, 1).unwrap();
    join(&mut state, 2, 200, 2).unwrap();
    ask(&mut state, &ada, 1, 0, false);
    complete(&mut state, 1, at(5));
    assert_eq!(says(&mut state, 2, 1, SuggestionOutcome::Whole, false), [(2, false)]);
    assert_eq!(says(&mut state, 1, 1, SuggestionOutcome::Whole, false), [(2, false)]);
    assert_eq!(says(&mut state, 1, 1, SuggestionOutcome::Words, true), [(2, false)]);
    assert_eq!(
        says(&mut state, 2, 1, SuggestionOutcome::Whole, false),
        [(2, false)],
        "said again after a lost connection"
    );
    assert_eq!(says(&mut state, 1, 7, SuggestionOutcome::Whole, false), [], "one that never was");
}

#[test]
fn from_the_first_part_on_the_rest_is_the_taker_s_alone() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    join(&mut state, 2, 200, 2).unwrap();
    ask(&mut state, &ada, 1, 2, false);
    state.suggestion_delta(who(1), request(1), "one two".to_owned());
    state.take_effects();
    assert_eq!(says(&mut state, 2, 1, SuggestionOutcome::Words, true), [(2, true)]);
    // What makes it goes on, and nobody else may take it, put it away, or is shown it when they come.
    assert!(!state.take_effects().iter().any(|effect| matches!(effect, Effect::CancelSuggestion(..))));
    assert_eq!(says(&mut state, 1, 1, SuggestionOutcome::Whole, false), [(2, true)]);
    assert_eq!(says(&mut state, 1, 1, SuggestionOutcome::Cancelled, false), []);
    state.welcome_suggestions(who(1));
    assert!(!told(&mut state, 1).0.iter().any(|one| matches!(one, ServerMessage::SuggestionStarted(_))));
    // Its place is where the taker goes on, not where it was.
    let update = ada.edit(ByteOffset(1)..ByteOffset(3), "", 0).unwrap();
    state.edit(who(1), &incoming(1, update, false), at(1));
    state.suggestion_delta(who(1), request(1), " three".to_owned());
    assert!(broadcasts(&mut state).iter().any(|one| matches!(one, ServerMessage::SuggestionDelta(_))));
    assert_eq!(says(&mut state, 2, 1, SuggestionOutcome::Words, true), [(2, true)], "said again");
    // Put away at last, it was taken all the same.
    end(&mut state, 2, 1, SuggestionOutcome::Dismissed);
    let told = past(&mut state);
    assert_eq!((told[0].outcome, told[0].by.as_str()), (SuggestionOutcome::Words, "p2"));
    // One whose taker leaves is over.
    ask(&mut state, &ada, 2, 0, false);
    complete(&mut state, 2, at(6));
    says(&mut state, 2, 2, SuggestionOutcome::Lines, true);
    state.end_suggestions_of(who(2));
    assert_eq!(past(&mut state)[0].outcome, SuggestionOutcome::Lines);
    assert_eq!(state.shown_here().count(), 0);
}

#[test]
fn viewers_end_only_their_own_and_words_that_contradict_count_as_the_plain_one() {
    let mut state = room();
    let ada = join(&mut state, 1, 100, 1).unwrap();
    join(&mut state, 2, 200, 2).unwrap();
    ask(&mut state, &ada, 1, 0, false);
    complete(&mut state, 1, at(0));
    state.take_effects();
    state.members.get_mut(&who(2)).unwrap().participant.role = Role::Viewer;
    end(&mut state, 2, 1, SuggestionOutcome::Dismissed);
    assert_eq!(error(&mut state, 2), Some(ErrorCode::Forbidden));
    let ending = EndSuggestion {
        participant: None,
        request: request(1),
        end: SuggestionEnd::Dismissed,
        outcome: Some(SuggestionOutcome::Whole),
        part: false,
    };
    state.end_suggestion(who(1), &ending);
    assert_eq!(past(&mut state)[0].outcome, SuggestionOutcome::Dismissed);
}

#[test]
fn a_place_that_is_deleted_ends_its_suggestion_and_stops_what_makes_it() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    ask(&mut state, &ada, 1, 2, false);
    state.take_effects();
    // Beside it: it goes on.
    let update = ada.edit(ByteOffset(2)..ByteOffset(3), "", 0).unwrap();
    state.edit(who(1), &incoming(1, update, false), at(1));
    assert!(!state.take_effects().iter().any(|effect| matches!(effect, Effect::CancelSuggestion(..))));
    let update = ada.edit(ByteOffset(1)..ByteOffset(3), "", 0).unwrap();
    state.edit(who(1), &incoming(2, update, false), at(2));
    assert!(state.take_effects().iter().any(|effect| matches!(effect, Effect::CancelSuggestion(..))));
    state.suggestion_delta(who(1), request(1), "late".to_owned());
    assert!(state.take_effects().is_empty());
}

#[test]
fn what_nobody_wants_expires_by_time_and_by_number() {
    let mut state = room();
    let ada = join(&mut state, 1, 100, 1).unwrap();
    for number in 1..=OPEN_MAX as u64 + 1 {
        ask(&mut state, &ada, number, 0, false);
        complete(&mut state, number, at(0));
    }
    let ended = past(&mut state);
    assert_eq!(ended.iter().map(|one| one.outcome).collect::<Vec<_>>(), [SuggestionOutcome::Expired]);
    state.expire(at(OPEN_FOR_MS - 1));
    assert!(past(&mut state).is_empty());
    state.expire(at(OPEN_FOR_MS));
    assert_eq!(past(&mut state).len(), OPEN_MAX);
}

#[test]
fn models_are_asked_where_operator_and_room_let_them() {
    let maker = |provider: &str| Maker { provider: provider.to_owned(), model: String::new() };
    let policy = |allows_models, models_by_default| SuggestionPolicy {
        pause_ms: 600,
        allows_models,
        models_by_default,
        first: maker("ollama"),
        local: maker("local"),
    };
    for (allows, default, set, expected) in [
        (true, true, None, "ollama"),
        (true, true, Some(false), "local"),
        (true, false, None, "local"),
        (true, false, Some(true), "ollama"),
        (false, true, Some(true), "local"),
    ] {
        let mut state = room_with(Role::Owner, Limits::default()).with_suggestions(policy(allows, default));
        let ada = join(&mut state, 1, 100, 1).unwrap();
        if let Some(models) = set {
            state.set_models(who(1), &SetModels { models });
            let told = broadcasts(&mut state);
            assert!(
                matches!(&told[..], [ServerMessage::SuggestionSettings(settings)] if settings.by == Some(who(1)) && settings.provider == expected)
            );
        }
        ask(&mut state, &ada, 1, 0, false);
        let models = state.take_effects().into_iter().find_map(|effect| match effect {
            Effect::Suggest(suggest) => Some(suggest.models),
            _ => None,
        });
        assert_eq!(models, Some(expected == "ollama"));
    }
    // Any editor may forbid it, only an owner may allow it where there is one.
    let mut state = room().with_suggestions(policy(true, true));
    join(&mut state, 1, 100, 1).unwrap();
    state.set_models(who(1), &SetModels { models: false });
    assert_eq!(told(&mut state, 1).0, []);
    state.set_models(who(1), &SetModels { models: true });
    assert_eq!(error(&mut state, 1), Some(ErrorCode::Forbidden));
    assert_eq!(state.content().models, Some(false));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whoever edits what, a suggestion's place in the room is where its anchor is, and what is before and behind it stays there.
    #[test]
    fn a_place_is_always_its_anchor_s(edits in prop::collection::vec((0_usize..2, 0_usize..64, 0_usize..4, 0_usize..4), 1..24), place in 0_usize..20) {
        let mut state = room();
        let mut first = join(&mut state, 1, 100, 1).unwrap();
        let update = first.edit(ByteOffset(0)..ByteOffset(5), "abcdefghijklmnopqrs", 0).unwrap();
        state.edit(who(1), &incoming(1, update, false), at(0));
        let second = join(&mut state, 2, 200, 2).unwrap();
        let mut documents = [first, second];
        let anchor = documents[0].anchor(ByteOffset(place), Association::Before);
        ask(&mut state, &documents[0], 1, place, false);
        let mut seqs = [1, 0];
        for (number, (by, from, removed, inserted)) in edits.into_iter().enumerate() {
            let document = &mut documents[by];
            let from = from.min(document.len().0);
            let to = (from + removed).min(document.len().0);
            let text = char::from(b'A' + u8::try_from(number).unwrap_or(0)).to_string().repeat(inserted);
            let update = document.edit(ByteOffset(from)..ByteOffset(to), &text, 0).unwrap();
            if update.is_empty() || from == to && inserted == 0 {
                continue;
            }
            seqs[by] += 1;
            state.edit(who(u64::try_from(by).unwrap_or(0) + 1), &incoming(seqs[by], update.clone(), false), at(0));
            documents[1 - by].apply(&update).unwrap();
            let Some(now) = state.suggestion_place(who(1), request(1)) else { return Ok(()) };
            prop_assert_eq!(Some(now), documents[0].resolve(&anchor));
            let text = state.summary().code;
            let (before, behind) = text.split_at(now.0);
            let original = |c: char| c.is_ascii_lowercase();
            prop_assert!(before.chars().filter(|c| original(*c)).all(|c| usize::from(u8::try_from(c).unwrap_or(0) - b'a') < place));
            prop_assert!(behind.chars().filter(|c| original(*c)).all(|c| usize::from(u8::try_from(c).unwrap_or(0) - b'a') >= place));
        }
    }
}
