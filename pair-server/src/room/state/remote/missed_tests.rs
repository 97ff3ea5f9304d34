//! What a node must be told that was not there, or did not listen: whoever comes to it finds what the others have.

use super::{
    HEARTBEAT_MS,
    simulation::{Faults, STEP_MS, World},
};
use crate::{
    fanout::envelope::{self, Event},
    room::state::RoomState,
};
use protocol::{
    Anchor, DocumentPath, ErrorCode, RequestId,
    message::{
        client::{EndSuggestion, RequestSuggestion, SetModels, SuggestionOutcome},
        server::SuggestionDone,
    },
};

const QUIET: Faults = Faults { drop_one_in: 0, reorder: 0 };

fn settle(world: &mut World) {
    world.settle(4 * HEARTBEAT_MS);
}

#[test]
fn only_what_was_missed_of_a_known_node_is_a_gap() {
    let mut world = World::new(900, 2, QUIET);
    let ada = world.join(0);
    for _ in 0..5 {
        world.edit(ada);
    }
    settle(&mut world);
    // A node that comes later, and one that comes back, has heard nothing of what was said before; that is no trouble.
    world.stop(1);
    world.step();
    world.start(1);
    world.join(1);
    settle(&mut world);
    let gaps = |world: &mut World| [0, 1].map(|at| world.with(at, |state, _| state.take_gaps()));
    assert_eq!(gaps(&mut world), [0, 0]);
    world.faults = Faults { drop_one_in: 1, reorder: 0 };
    world.edit(ada);
    world.faults = QUIET;
    world.edit(ada);
    settle(&mut world);
    assert_eq!(gaps(&mut world), [0, 1]);
    world.check(900);
}

#[test]
fn deletions_that_nobody_else_heard_of_come_with_the_next_heartbeat() {
    let mut world = World::new(910, 2, QUIET);
    let (ada, ben) = (world.join(0), world.join(1));
    settle(&mut world);
    world.check(910);
    // As long on both sides, so that neither lengths nor clocks tell.
    world.faults = Faults { drop_one_in: 1, reorder: 0 };
    world.delete(ada, 0, 1);
    world.delete(ben, 2, 1);
    world.faults = QUIET;
    assert_ne!(world.people[ada].document.text(), world.people[ben].document.text());
    settle(&mut world);
    world.check(910);
    assert_eq!(world.people[ada].document.text(), "et\n");
}

#[test]
fn a_node_of_the_version_before_is_not_asked_for_what_it_can_t_say() {
    let mut world = World::new(920, 2, QUIET);
    world.join(0);
    settle(&mut world);
    let said = world.with(0, |state, _| {
        let state = state.node_state(false);
        assert!(state.deletions.is_some());
        // As that version writes it: without the field.
        let header = envelope::Header { node: crate::fanout::NodeId(7), stay: 1, number: 1 };
        let said = envelope::write(header, &Event::State(envelope::NodeState { deletions: None, ..state })).unwrap();
        assert!(!said.windows(9).any(|part| part == b"deletions"));
        said
    });
    assert!(world.with(1, |state, now| {
        state.receive(&said, now);
        state.knows_others(2)
    }));
}

/// Asks for a suggestion, which is complete at once; gives its number.
fn suggest(world: &mut World, who: usize, number: u64, text: &str) -> RequestId {
    let (at, participant, request) = (world.people[who].at, world.people[who].id, RequestId::new(number).unwrap());
    let ask = RequestSuggestion { request, document: DocumentPath::main(), at: Anchor::default(), by_pause: false };
    world.with(at, |state, now| {
        state.request_suggestion(participant, &ask, now);
        state.suggestion_delta(participant, request, text.to_owned());
        let (provider, model) = ("test".to_owned(), String::new());
        let done =
            SuggestionDone { participant, request, provider, model, milliseconds: 3, items: Vec::new(), problem: None };
        state.suggestion_done(done, now);
    });
    request
}

fn put_away(world: &mut World, who: usize, of: usize, request: RequestId) {
    let (at, from, asker) = (world.people[who].at, world.people[who].id, world.people[of].id);
    let outcome = SuggestionOutcome::Dismissed;
    let ending =
        EndSuggestion { participant: Some(asker), request, end: outcome.end(), outcome: Some(outcome), part: false };
    world.with(at, |state, _| state.end_suggestion(from, &ending));
    world.settle(STEP_MS);
}

#[test]
fn whoever_comes_to_another_node_is_told_of_open_suggestions_and_of_what_became_of_others() {
    let mut world = World::new(930, 2, QUIET);
    let ada = world.join(0);
    world.kill(1);
    let first = suggest(&mut world, ada, 1, "first");
    put_away(&mut world, ada, ada, first);
    let second = suggest(&mut world, ada, 2, "second");
    // The node opens the room later.
    world.start(1);
    settle(&mut world);
    let ben = world.join(1);
    let told = ["first was Dismissed", "started 2", "second", "done 2"];
    assert_eq!(world.people[ben].suggestions, told);
    // And one that was there all the time knows, too, what is open.
    suggest(&mut world, ada, 3, "third");
    world.settle(STEP_MS);
    let cem = world.join(1);
    let open = ["started 3", "third", "done 3", "started 2", "second", "done 2"];
    assert_eq!(world.people[cem].suggestions[1..], open);
    put_away(&mut world, ben, ada, second);
    let dan = world.join(1);
    assert_eq!(
        world.people[dan].suggestions,
        ["first was Dismissed", "second was Dismissed", "started 3", "third", "done 3"]
    );
    world.leave(ada);
    world.settle(STEP_MS);
    let eve = world.join(1);
    assert!(
        world.people[eve].suggestions.iter().all(|one| one.contains(" was ")),
        "{:?}",
        world.people[eve].suggestions
    );
}

#[test]
fn the_node_of_whoever_asked_says_who_took_a_suggestion_first_and_hears_of_it_though_a_message_is_lost() {
    let mut world = World::new(935, 2, QUIET);
    let (ada, ben) = (world.join(0), world.join(1));
    for (number, lost) in [(1, false), (2, true)] {
        let request = suggest(&mut world, ada, number, "text");
        settle(&mut world);
        world.people[ben].suggestions.clear();
        world.people[ada].suggestions.clear();
        let take = |world: &mut World, who: usize| {
            let (at, from, asker) = (world.people[who].at, world.people[who].id, world.people[ada].id);
            let outcome = SuggestionOutcome::Whole;
            let (end, outcome) = (outcome.end(), Some(outcome));
            let ending = EndSuggestion { participant: Some(asker), request, end, outcome, part: false };
            world.with(at, |state, _| state.end_suggestion(from, &ending));
        };
        if lost {
            world.faults = Faults { drop_one_in: 1, ..QUIET };
            take(&mut world, ben);
            world.settle(STEP_MS);
            world.faults = QUIET;
            settle(&mut world);
        } else {
            take(&mut world, ada);
            take(&mut world, ben);
            world.settle(STEP_MS);
        }
        let first = world.people[if lost { ben } else { ada }].id;
        for who in [ada, ben] {
            let told = &world.people[who].suggestions;
            assert!(told.contains(&format!("ended {number} by {first}")), "{lost}: {told:?}");
            assert!(told.iter().all(|one| !one.starts_with("ended") || one.ends_with(&first.to_string())), "{told:?}");
        }
    }
}

#[test]
fn suggestions_that_a_node_missed_while_it_was_cut_off_are_told_when_it_is_back() {
    let mut world = World::new(940, 2, QUIET);
    let (ada, ben) = (world.join(0), world.join(1));
    let old = suggest(&mut world, ada, 1, "old");
    world.settle(STEP_MS);
    world.people[ben].suggestions.clear();
    world.cut(1, true);
    put_away(&mut world, ada, ada, old);
    suggest(&mut world, ada, 2, "new");
    world.cut(1, false);
    settle(&mut world);
    let told = &world.people[ben].suggestions;
    for one in [&format!("ended 1 by {}", world.people[ada].id), "old was Dismissed", "started 2", "new", "done 2"] {
        assert_eq!(told.iter().filter(|told| *told == one).count(), 1, "{one}: {told:?}");
    }
}

#[test]
fn whoever_comes_while_the_nodes_are_apart_is_told_so() {
    let mut world = World::new(950, 2, QUIET);
    world.join(0);
    world.cut(0, true);
    let late = world.join(0);
    assert_eq!(world.people[late].errors, [ErrorCode::NodesUnreachable]);
    world.cut(0, false);
    settle(&mut world);
    let later = world.join(0);
    assert!(world.people[later].errors.is_empty());
}

#[test]
fn whether_models_may_be_asked_is_stored_by_a_node_that_missed_it() {
    let mut world = World::new(960, 2, QUIET);
    let ada = world.join(0);
    world.join(1);
    settle(&mut world);
    world.cut(1, true);
    let id = world.people[ada].id;
    world.with(0, |state: &mut RoomState, _| state.set_models(id, &SetModels { models: false }));
    world.cut(1, false);
    settle(&mut world);
    assert_eq!(world.nodes[1].as_ref().unwrap().state.content().models, Some(false));
    assert!(world.storage.models.contains(&(1, Some(false))), "{:?}", world.storage.models);
}
