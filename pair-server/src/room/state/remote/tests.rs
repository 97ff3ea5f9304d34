//! Several nodes, one room: whatever the bus between them does, they come to hold and show the same.

use super::{
    HEARTBEAT_MS, SILENT_MS,
    simulation::{Faults, World, view},
};
use crate::room::state::{CHAT_SHOWN, edits::IncomingEdit};
use protocol::{
    ByteOffset, DocumentPath, Sequence,
    message::client::{AddDocument, Chat, SetLanguage},
};

const QUIET: Faults = Faults { drop_one_in: 0, reorder: 0 };

/// Within this everything that was missed is found and made good, once the bus works.
const HEALED_MS: u64 = 4 * HEARTBEAT_MS;

/// One thing that people do.
fn act(world: &mut World, n: usize) {
    let present = world.present();
    let Some(who) = (!present.is_empty()).then(|| present[world.chance.below(present.len())]) else { return };
    let (at, id) = (world.people[who].at, world.people[who].id);
    match world.chance.below(20) {
        0 => world.with(at, |state, now| state.chat(id, Chat { text: format!("said {n}") }, now)),
        1 => world.with(at, |state, _| state.set_language(id, &SetLanguage { language: format!("lang{n}") })),
        2 => {
            let document = format!("file{}", n % 5).parse().unwrap();
            world.with(at, |state, _| state.add_document(id, AddDocument { document }));
        }
        3 => {
            let at = world.chance.below(world.nodes.len());
            if world.nodes[at].is_some() && present.len() < 12 {
                world.join(at);
            }
        }
        4 => world.leave(who),
        _ => world.edit(who),
    }
}

fn story(seed: u64, faults: Faults, mut disaster: impl FnMut(&mut World, usize)) -> World {
    let mut world = World::new(seed, 3, faults);
    for n in 0..6 {
        world.join(n % 3);
    }
    for n in 0..150 {
        act(&mut world, n);
        disaster(&mut world, n);
        if world.chance.one_in(2) {
            world.step();
        }
    }
    world.faults = QUIET;
    (0..3).for_each(|at| world.cut(at, false));
    world.settle(HEALED_MS);
    world.check(seed);
    world
}

#[test]
fn a_good_bus_brings_everything_at_once() {
    for seed in 0..20 {
        let mut world = story(seed, QUIET, |_, _| {});
        // Nothing waits for a heartbeat: what happens now is everywhere as soon as it was delivered.
        let who = world.present().first().copied().unwrap_or_else(|| world.join(0));
        world.edit(who);
        world.settle(super::simulation::STEP_MS);
        world.check(seed);
    }
}

#[test]
fn what_is_lost_late_or_out_of_order_is_made_good() {
    for seed in 0..60 {
        let faults =
            Faults { drop_one_in: 3 + usize::try_from(seed % 7).unwrap(), reorder: usize::try_from(seed % 5).unwrap() };
        story(seed, faults, |_, _| {});
    }
}

#[test]
fn nodes_that_are_cut_off_go_on_alone_and_come_together_again() {
    for seed in 100..140 {
        story(seed, QUIET, |world, n| {
            if n % 25 == 5 {
                let (at, off) = (world.chance.below(3), world.chance.one_in(2));
                world.cut(at, off);
            }
        });
    }
}

#[test]
fn a_node_that_dies_takes_its_people_along_and_leaves_what_was_stored() {
    for seed in 200..230 {
        let mut world = World::new(seed, 3, Faults { drop_one_in: 6, reorder: 2 });
        for n in 0..6 {
            world.join(n % 3);
        }
        for n in 0..60 {
            act(&mut world, n);
            if world.chance.one_in(3) {
                world.step();
            }
        }
        let lost = world.kill(1);
        world.faults = QUIET;
        world.settle(SILENT_MS + 2 * HEARTBEAT_MS);
        world.check(seed);
        // Whoever comes back brings what they have; nothing of it is there twice.
        for who in lost {
            assert!(!world.come(who, 2), "seed {seed}");
        }
        world.start(1);
        world.settle(HEALED_MS);
        world.check(seed);
    }
}

#[test]
fn whoever_comes_back_to_another_node_while_the_first_is_dying_is_the_same() {
    let mut world = World::new(300, 3, QUIET);
    let (ada, ben) = (world.join(0), world.join(1));
    world.settle(HEARTBEAT_MS);
    let lost = world.kill(0);
    assert_eq!(lost, [ada]);
    let before = world.people[ben].seen.len();
    assert!(world.come(ada, 2));
    world.settle(SILENT_MS + 2 * HEARTBEAT_MS);
    world.check(300);
    assert_eq!(world.people[ben].seen.len(), before, "{:?}", world.people[ben].seen);
}

#[test]
fn what_a_dead_node_had_not_stored_is_stored_before_its_author_is_told_so() {
    for comes_back in [true, false] {
        let mut world = World::new(350, 2, QUIET);
        let ada = world.join(0);
        world.join(1);
        world.settle(2 * HEARTBEAT_MS);
        assert_eq!(world.stored_text(), world.people[ada].document.text());
        world.nodes[0].as_mut().unwrap().stores = false;
        world.edit(ada);
        world.settle(2 * HEARTBEAT_MS);
        let text = world.people[ada].document.text();
        assert_ne!(world.stored_text(), text, "the node has said that it is stored, and it is not");
        world.kill(0);
        if comes_back {
            // The room has it already; that alone does not make it durable.
            world.come(ada, 1);
        } else {
            world.settle(SILENT_MS + 2 * HEARTBEAT_MS);
        }
        assert_eq!(world.stored_text(), text);
    }
}

#[test]
fn what_a_node_has_stored_is_not_stored_again_by_the_others() {
    let mut world = World::new(360, 2, QUIET);
    let ada = world.join(0);
    world.join(1);
    for _ in 0..20 {
        world.edit(ada);
        world.step();
    }
    world.settle(2 * HEARTBEAT_MS);
    let stored = world.storage.updates.len();
    world.kill(0);
    world.come(ada, 1);
    world.settle(SILENT_MS + 2 * HEARTBEAT_MS);
    world.check(360);
    assert_eq!(world.storage.updates.len(), stored);
}

#[test]
fn a_rolling_restart_shows_nobody_leaving_or_joining() {
    for seed in 400..420 {
        let mut world = World::new(seed, 3, QUIET);
        for n in 0..6 {
            world.join(n % 3);
        }
        world.settle(HEARTBEAT_MS);
        world.people.iter_mut().for_each(|person| person.seen.clear());
        for at in 0..3 {
            for who in world.present() {
                world.edit(who);
            }
            let moved = world.stop(at);
            assert!(!moved.is_empty());
            world.step();
            for who in moved {
                let to = (at + 1 + world.chance.below(2)) % 3;
                world.edit_offline(who);
                assert!(world.come(who, to), "seed {seed}");
            }
            world.start(at);
            world.settle(HEARTBEAT_MS);
            world.check(seed);
        }
        for person in &world.people {
            assert!(person.seen.is_empty(), "seed {seed}: {:?}", person.seen);
        }
    }
}

#[test]
fn who_looks_on_from_a_node_that_opens_the_room_between_two_restarts_sees_nobody_come_or_go() {
    for seed in 420..460 {
        let mut world = World::new(seed, 3, QUIET);
        world.kill(0);
        for n in 0..6 {
            world.join(1 + n % 2);
        }
        let looker = world.join(2);
        world.settle(HEARTBEAT_MS);
        world.people.iter_mut().for_each(|person| person.seen.clear());
        for at in [1, 2, 0, 1] {
            let moved = world.stop(at);
            // Some are back before the node that was stopped last has the room again, and whoever opens it there finds the others waiting.
            let idle = world.nodes.iter().position(Option::is_none).filter(|idle| *idle != at).unwrap_or(at);
            let to = (0..3).find(|to| *to != at && *to != idle).unwrap();
            let (early, late) = moved.split_at(world.chance.below(moved.len() + 1));
            for who in early {
                assert!(world.come(*who, to), "seed {seed}");
            }
            world.start(idle);
            world.settle(super::simulation::STEP_MS * 2);
            for who in late {
                let to = if world.chance.one_in(2) { to } else { idle };
                assert!(world.come(*who, to), "seed {seed}, from {at} to {to}");
                if world.chance.one_in(2) {
                    world.step();
                }
            }
            if world.nodes[at].is_some() || world.people[looker].at == usize::MAX {
                world.come(looker, to);
            }
            world.settle(HEARTBEAT_MS);
            world.check(seed);
            for person in &world.people {
                assert!(person.seen.is_empty(), "seed {seed}: {:?}", person.seen);
            }
        }
    }
}

#[test]
fn a_handover_that_is_heard_late_takes_nobody_back() {
    let mut world = World::new(650, 3, QUIET);
    let (ada, ben) = (world.join(0), world.join(2));
    world.settle(HEARTBEAT_MS);
    world.people[ben].seen.clear();
    world.hold_back(2, 0);
    world.stop(0);
    assert!(world.come(ada, 1));
    world.settle(super::simulation::STEP_MS);
    world.hear_held_back(2);
    let shown = |world: &World| view(&world.nodes[2].as_ref().unwrap().state);
    let id = world.people[ada].id;
    // No heartbeat of the new node has come in between.
    world.now += 2_500;
    world.with(2, crate::room::state::RoomState::beat);
    assert!(!shown(&world).participants[&id].2, "she is there, and seen as away");
    world.settle(HEARTBEAT_MS);
    assert!(world.people[ben].seen.is_empty());
    world.check(650);
}

#[test]
fn a_single_node_finds_after_its_restart_whom_it_handed_over() {
    let mut world = World::new(500, 1, QUIET);
    let (ada, ben) = (world.join(0), world.join(0));
    let id = world.people[ada].id;
    world.stop(0);
    world.step();
    world.start(0);
    assert!(world.come(ada, 0) && world.come(ben, 0));
    assert_eq!(world.people[ada].id, id);
    world.settle(HEALED_MS);
    world.check(500);
}

#[test]
fn whoever_was_handed_over_and_stays_away_is_away_and_then_gone() {
    let mut world = World::new(600, 2, QUIET);
    let (ada, ben) = (world.join(0), world.join(1));
    world.settle(HEARTBEAT_MS);
    world.stop(0);
    world.settle(1_000);
    let shown = |world: &World| view(&world.nodes[1].as_ref().unwrap().state);
    let id = world.people[ada].id;
    assert!(!shown(&world).participants[&id].2 && shown(&world).count == 2);
    world.settle(4_000);
    assert!(shown(&world).participants[&id].2 && shown(&world).count == 1);
    world.settle(26_000);
    assert_eq!(shown(&world).participants.len(), 1);
    assert_eq!(world.people[ben].seen.iter().filter(|seen| **seen == ("left", id)).count(), 1);
}

#[test]
fn of_two_languages_set_at_once_one_wins_everywhere() {
    let mut world = World::new(700, 2, QUIET);
    let (ada, ben) = (world.join(0), world.join(1));
    for (who, language) in [(ada, "rust"), (ben, "go")] {
        let (at, id) = (world.people[who].at, world.people[who].id);
        world.with(at, |state, _| state.set_language(id, &SetLanguage { language: language.to_owned() }));
    }
    world.settle(HEARTBEAT_MS);
    world.check(700);
    // The one who sets it next wins, even where their clock is behind.
    world.now -= 500;
    let (at, id) = (world.people[ada].at, world.people[ada].id);
    world.with(at, |state, _| state.set_language(id, &SetLanguage { language: "zig".to_owned() }));
    world.settle(HEARTBEAT_MS);
    world.check(700);
    assert_eq!(view(&world.nodes[1].as_ref().unwrap().state).language, "zig");
}

#[test]
fn another_node_s_edit_drops_the_snapshot_for_newcomers() {
    let mut world = World::new(7, 2, QUIET);
    let ada = world.join(0);
    let mut seq = Sequence::new(1).unwrap();
    let mut types = |world: &mut World, text: &str| {
        let start = ByteOffset(0)..ByteOffset(0);
        let update = world.people[ada].document.edit(start, text, 0).unwrap().into();
        seq = seq.next();
        let edit = IncomingEdit { document: DocumentPath::main(), seq, update, catches_up: false };
        let id = world.people[ada].id;
        world.with(0, |state, now| state.edit(id, &edit, now));
        world.settle(super::simulation::STEP_MS);
    };
    types(&mut world, &"a line of text\n".repeat(8_000));
    let kept = |world: &World| world.nodes[1].as_ref().unwrap().state.kept_snapshot_bytes();
    world.join(1);
    assert!(kept(&world) > 64 * 1_024);
    types(&mut world, "more");
    assert_eq!(kept(&world), 0);
    let grace = world.join(1);
    assert_eq!(world.people[grace].document.text(), world.people[ada].document.text());
}

#[test]
fn chat_that_is_older_than_what_is_kept_is_not_said_again_after_a_gap() {
    let mut world = World::new(800, 2, QUIET);
    let (ada, ben) = (world.join(0), world.join(1));
    for n in 0..CHAT_SHOWN + 60 {
        let id = world.people[ada].id;
        world.with(0, |state, now| state.chat(id, Chat { text: format!("said {n}") }, now));
        world.settle(super::simulation::STEP_MS);
    }
    // Whatever is in storage comes again when a node is back.
    world.cut(1, true);
    world.settle(HEARTBEAT_MS);
    world.cut(1, false);
    world.settle(HEALED_MS);
    world.check(800);
    assert_eq!(world.people[ben].chat.len(), CHAT_SHOWN + 60);
    // Who says something here is heard here, whatever the clock says.
    world.now -= 60_000;
    let id = world.people[ben].id;
    world.with(1, |state, now| state.chat(id, Chat { text: "out of \0 time".to_owned() }, now));
    assert_eq!(world.people[ben].chat.last().map(String::as_str), Some("out of \u{fffd} time"));
}
