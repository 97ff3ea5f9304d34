//! How long the snapshot for newcomers is kept: until the document changes, whoever changes it, and not less.

use super::{tests::*, yjs::YjsJoin, *};
use protocol::{ByteOffset, plain::PlainUpdate};

/// A room with a text that is worth keeping the snapshot of, and its writer's document.
fn large_room() -> (RoomState, Document) {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    state.edit(who(1), &incoming(1, type_at_start(&mut ada, &"a line of text\n".repeat(8_000)), false), NOW);
    (state, ada)
}

/// Somebody new joins; gives where in memory their snapshot is, and its text.
fn newcomer(state: &mut RoomState, id: u32) -> (usize, String) {
    let welcome = enter(state, id.into(), (id * 100, 1), &[]).unwrap();
    state.take_effects();
    let snapshot = &welcome.documents[0].difference;
    (snapshot.as_ptr().addr(), Document::from_snapshot(ClientId::from_random_32(id), snapshot).unwrap().text())
}

fn join_yjs(state: &mut RoomState, id: u64) {
    state.join_yjs(YjsJoin { participant: who(id), document: None, token: None }).unwrap();
}

#[test]
fn what_changes_nothing_keeps_the_snapshot() {
    let (mut state, mut ada) = large_room();
    let first = newcomer(&mut state, 2);
    assert_eq!((&first.1, state.kept_snapshot_bytes() > first.1.len()), (&ada.text(), true));
    // A provider answers the server's question for what the room lacks: with nothing, or with all that it has.
    join_yjs(&mut state, 3);
    for answer in [ada.difference(&ada.state_vector()).unwrap(), ada.snapshot()] {
        state.yjs_update(who(3), answer.into(), true, NOW).unwrap();
    }
    // Edits that are refused: one that is none, and one that stands on text that the room lacks.
    ada.edit(ByteOffset(0)..ByteOffset(0), "lost", 0).unwrap();
    for (n, refused) in [(2, vec![1, 2, 3]), (3, type_at_start(&mut ada, "x"))] {
        state.edit(who(1), &incoming(n, refused, false), NOW);
    }
    assert_eq!(newcomer(&mut state, 4), first);
}

#[test]
fn every_kind_of_change_drops_the_snapshot() {
    type Change = fn(&mut RoomState, &mut Document);
    let changes: [(&str, Change); 4] = [
        ("an edit", |state, ada| {
            state.edit(who(1), &incoming(2, type_at_start(ada, "more"), false), NOW);
        }),
        ("a deletion", |state, ada| {
            let deletion = ada.edit(ByteOffset(0)..ByteOffset(1), "", 0).unwrap();
            state.edit(who(1), &incoming(2, deletion, false), NOW);
        }),
        ("a plain client's text", |state, _| {
            state.join_plain(who(8), NOW).unwrap();
            let code = format!("plain {}", state.summary().code);
            state.plain_update(who(8), &PlainUpdate { code, cursor: None, username: None }, NOW).unwrap();
        }),
        ("a Yjs client's edit", |state, ada| {
            join_yjs(state, 8);
            let mut grace = Document::from_snapshot(ClientId::from_random_32(900), &ada.snapshot()).unwrap();
            state.yjs_update(who(8), type_at_start(&mut grace, "yjs ").into(), false, NOW).unwrap();
        }),
    ];
    for (what, change) in changes {
        let (mut state, mut ada) = large_room();
        let first = newcomer(&mut state, 2);
        change(&mut state, &mut ada);
        assert_eq!(state.kept_snapshot_bytes(), 0, "{what}");
        let second = newcomer(&mut state, 3);
        assert_eq!(second.1, state.summary().code, "{what}");
        assert_ne!(second.1, first.1, "{what}");
    }
}
