//! What a room that lost something in a crash of the server takes from those who saw it.

use super::{edits::IncomingEdit, tests::*, *};
use protocol::ByteOffset;

#[test]
fn who_is_here_with_one_document_may_still_lack_another() {
    let mut state = room();
    join(&mut state, 1, 100, 1).unwrap();
    let mut ada = join(&mut state, 2, 200, 2).unwrap();
    let path: DocumentPath = "b".parse().unwrap();
    state.add_document(who(1), protocol::message::client::AddDocument { document: path.clone() });
    // The server was killed before it had stored what Ada wrote into the other document, which Bob has seen.
    let (mut hers, mut bobs) = (Document::new(client(200)), Document::new(client(100)));
    bobs.apply(&type_at_start(&mut hers, "hers")).unwrap();
    state.edit(who(2), &incoming(1, type_at_start(&mut ada, "main first "), true), NOW);
    state.take_effects();
    let to_b = |n, update, catches_up| IncomingEdit { document: path.clone(), ..incoming(n, update, catches_up) };
    state.edit(who(1), &to_b(1, bobs.snapshot(), true), NOW);
    assert_eq!(error(&mut state, 1), None, "Bob's difference came before Ada's");
    state.edit(who(2), &to_b(2, hers.snapshot(), true), NOW);
    assert_eq!(error(&mut state, 2), None);
    assert_eq!(state.content().documents[1].1.text(), "hers");
    let forged = type_at_start(&mut hers, "forged");
    state.edit(who(1), &to_b(2, forged, true), NOW);
    assert_eq!(error(&mut state, 1), Some(ErrorCode::ClientIdTaken), "now she is here with everything of this one too");
}

#[test]
fn a_deletion_comes_back_through_whoever_saw_it_and_once() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    let mut bob = join(&mut state, 2, 200, 2).unwrap();
    let mut linus = join(&mut state, 3, 300, 3).unwrap();
    let deletion = ada.edit(ByteOffset(0)..ByteOffset(2), "", 0).unwrap();
    bob.apply(&deletion).unwrap();
    linus.apply(&deletion).unwrap();
    state.leave(who(1));
    state.take_effects();
    let follows = |state: &mut RoomState, id, document: &Document| {
        let known = state.content().documents[0].1.state_vector();
        assert_eq!(known, document.state_vector(), "nothing that a state vector tells");
        state.edit(who(id), &incoming(1, document.difference(&known).unwrap(), true), NOW);
        let effects = state.take_effects();
        let wanted = |effect: &&Effect| matches!(effect, Effect::Persist(_) | Effect::BroadcastEdit { .. });
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send(..))), "nobody is told of an error");
        effects.iter().filter(wanted).count()
    };
    assert_eq!(follows(&mut state, 2, &bob), 2);
    assert_eq!((state.summary().code.as_str(), state.content().version), ("xt\n", Version(1)));
    assert_eq!(follows(&mut state, 3, &linus), 0, "what changes nothing is neither stored nor sent on");
    assert_eq!(state.content().version, Version(1));
}
