//! The shared document as its users see it: edits, updates, anchors and undo, with texts that are not ASCII.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

use protocol::{
    ClientId, Document,
    document::DocumentError,
    position::{Association, ByteOffset, Utf16Offset},
};

fn document(client: u64, text: &str) -> Document {
    let mut document = Document::new(ClientId::new(client).unwrap());
    document.edit(ByteOffset(0)..ByteOffset(0), text, 0).unwrap();
    document.stop_undo_group();
    document
}

fn edit(document: &mut Document, range: std::ops::Range<usize>, text: &str, at_ms: u64) -> Vec<u8> {
    document.edit(ByteOffset(range.start)..ByteOffset(range.end), text, at_ms).unwrap()
}

#[test]
fn updates_carry_an_edit_to_another_replica_with_its_delta() {
    let mut ada = document(1, "a😀é\r\n");
    let mut grace = Document::from_snapshot(ClientId::new(2).unwrap(), &ada.snapshot()).unwrap();
    let update = edit(&mut ada, 1..5, "ß", 0);
    let before = grace.text();
    let delta = grace.apply(&update).unwrap();
    let mut replayed = before;
    delta.apply_to(&mut replayed);
    assert_eq!((grace.text().as_str(), replayed.as_str()), ("aßé\r\n", "aßé\r\n"));
    assert!(grace.apply(&update).unwrap().is_empty(), "an update that comes twice changes nothing");
}

#[test]
fn edits_that_cut_a_character_or_leave_the_text_are_refused() {
    let mut ada = document(1, "😀");
    let inside = ada.edit(ByteOffset(1)..ByteOffset(4), "x", 0);
    assert_eq!(inside, Err(DocumentError::InsideCharacter(ByteOffset(1))));
    let behind = ada.edit(ByteOffset(4)..ByteOffset(5), "x", 0).unwrap_err().to_string();
    assert_eq!(behind, "byte 5 is behind the end of the text at byte 4");
    assert!(ada.edit(ByteOffset(4)..ByteOffset(0), "x", 0).is_err());
    assert!(ada.edit_utf16(Utf16Offset(3)..Utf16Offset(3), "x", 0).is_err());
    assert_eq!(ada.text(), "😀");
    ada.edit_utf16(Utf16Offset(2)..Utf16Offset(2), "!", 0).unwrap();
    assert_eq!(ada.text(), "😀!");
}

#[test]
fn anchors_stay_with_their_character() {
    let mut ada = document(1, "hello world");
    let after = ada.anchor(ByteOffset(6), Association::After);
    let before = ada.anchor(ByteOffset(6), Association::Before);
    let end = ada.anchor(ByteOffset(11), Association::After);
    edit(&mut ada, 6..6, "new ", 0);
    assert_eq!(ada.resolve(&after), Some(ByteOffset(10)));
    assert_eq!(ada.resolve(&before), Some(ByteOffset(6)));
    edit(&mut ada, 15..15, "!", 0);
    assert_eq!(ada.resolve(&end), Some(ByteOffset(16)));
    edit(&mut ada, 4..14, "", 0);
    assert_eq!(ada.resolve(&after), Some(ByteOffset(4)));
    let stranger = document(9, "x").anchor(ByteOffset(0), Association::After);
    assert_eq!(ada.resolve(&stranger), None);
}

#[test]
fn undo_takes_back_only_what_this_replica_wrote() {
    let mut ada = document(1, "base\n");
    let mut grace = Document::from_snapshot(ClientId::new(2).unwrap(), &ada.snapshot()).unwrap();
    edit(&mut ada, 5..5, "ada", 1_000);
    let update = edit(&mut grace, 0..0, "grace\n", 1_000);
    ada.apply(&update).unwrap();
    let undone = ada.undo(2_000).unwrap();
    assert_eq!(ada.text(), "grace\nbase\n");
    grace.apply(&ada.snapshot()).unwrap();
    grace.apply(&undone.update).unwrap();
    assert_eq!(grace.text(), ada.text());
    let redone = ada.redo(2_000).unwrap();
    grace.apply(&redone.update).unwrap();
    assert_eq!((ada.text().as_str(), grace.text().as_str()), ("grace\nbase\nada", "grace\nbase\nada"));
}

#[test]
fn typing_close_together_is_undone_together() {
    let mut ada = Document::new(ClientId::new(1).unwrap());
    for (at, text, at_ms) in [(0, "a", 1_000), (1, "b", 1_100), (2, "c", 9_000)] {
        edit(&mut ada, at..at, text, at_ms);
    }
    ada.undo(9_500);
    assert_eq!(ada.text(), "ab");
    ada.undo(9_600);
    assert_eq!(ada.text(), "");
    assert!(ada.undo(9_700).is_none() && ada.can_redo());
}

#[test]
fn a_difference_is_what_the_other_is_missing() {
    let mut ada = document(1, "one ");
    let seen = ada.state_vector();
    let mut grace = Document::from_snapshot(ClientId::new(2).unwrap(), &ada.snapshot()).unwrap();
    edit(&mut ada, 4..4, "two", 0);
    let difference = ada.difference(&seen).unwrap();
    assert!(difference.len() < ada.snapshot().len());
    grace.apply(&difference).unwrap();
    assert_eq!(grace.text(), "one two");
    assert!(ada.difference(&[9]).is_err());
}

#[test]
fn updates_in_the_wrong_order_wait_for_each_other() {
    let mut ada = Document::new(ClientId::new(1).unwrap());
    let (first, second) = (edit(&mut ada, 0..0, "a", 0), edit(&mut ada, 1..1, "b", 0));
    let mut grace = Document::new(ClientId::new(2).unwrap());
    grace.apply(&second).unwrap();
    assert!(grace.has_pending() && grace.is_empty());
    let delta = grace.apply(&first).unwrap();
    let mut text = String::new();
    delta.apply_to(&mut text);
    assert_eq!((grace.text().as_str(), text.as_str()), ("ab", "ab"));
}

#[test]
fn the_revision_grows_only_when_something_changed() {
    let mut ada = document(1, "hello world");
    let mut grace = Document::from_snapshot(ClientId::new(2).unwrap(), &ada.snapshot()).unwrap();
    let mut before = grace.revision();
    let mut grew = |grace: &Document| std::mem::replace(&mut before, grace.revision()) < grace.revision();
    let deletion = edit(&mut ada, 0..6, "", 0);
    let insertion = edit(&mut ada, 5..5, "!", 0);
    let later = edit(&mut ada, 6..6, "?", 0);

    // Nothing of this changes anything.
    grace.apply(&ada.difference(&ada.state_vector()).unwrap()).unwrap();
    assert!(grew(&grace), "the deletion is in it");
    for known in [deletion, document(1, "hello world").snapshot(), vec![0, 0]] {
        grace.apply(&known).unwrap();
        grace.apply_complete(&known).unwrap();
    }
    assert!(grace.apply_complete(&later).is_err() && grace.apply(&[1, 2, 3]).is_err());
    let mut known_and_refused = Document::from_snapshot(ClientId::new(3).unwrap(), &grace.snapshot()).unwrap();
    let fresh = edit(&mut known_and_refused, 0..0, "fresh", 0);
    let half = protocol::document::update::merge_updates(&[&fresh, &later]).unwrap();
    assert!(grace.apply_complete(&half).is_err(), "a part of it would have to wait");
    assert!(grace.edit(ByteOffset(7)..ByteOffset(9), "", 0).is_err());
    edit(&mut grace, 2..2, "", 0);
    assert!(grace.undo(0).is_none() && grace.redo(0).is_none());
    assert!(!grew(&grace));

    // Each of these does.
    grace.apply(&later).unwrap();
    assert!(grew(&grace), "it waits");
    grace.apply(&insertion).unwrap();
    assert!(grew(&grace) && !grace.has_pending());
    edit(&mut grace, 0..1, "", 0);
    assert!(grew(&grace));
    edit(&mut grace, 0..0, "w", 0);
    assert!(grew(&grace));
    grace.undo(0).unwrap();
    assert!(grew(&grace));
}

#[test]
fn deletions_that_a_difference_does_not_have_are_found() {
    let mut ada = document(1, "hello world");
    let mut grace = Document::from_snapshot(ClientId::new(2).unwrap(), &ada.snapshot()).unwrap();
    let beyond = |grace: &Document, ada: &Document| {
        let difference = ada.difference(&grace.state_vector()).unwrap();
        grace.has_deletions_beyond(&difference).unwrap()
    };
    assert!(!grace.has_deletions_beyond(&[]).unwrap(), "nothing is deleted");
    edit(&mut ada, 0..2, "", 0);
    assert!(!beyond(&grace, &ada), "that it lacks some itself is another matter");
    let own = edit(&mut grace, 5..11, "", 0);
    assert!(beyond(&grace, &ada));
    assert!(grace.has_deletions_beyond(&[]).unwrap() && grace.has_deletions_beyond(&[1]).is_err());
    ada.apply(&own).unwrap();
    assert!(!beyond(&grace, &ada));
}
