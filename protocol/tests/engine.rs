//! What the engine promises beyond plain editing: lines, kept deletions, collected text, waiting updates with their bound, undo through
//! several layers. Knows documents from outside only.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what does not unwrap is a failed test")]

use protocol::{
    ByteOffset, ClientId, Document,
    document::{DocumentError, DocumentOptions, PENDING_BYTES_MAX, Refusal, update::IdRange},
    position::Association,
};

fn client(number: u64) -> ClientId {
    ClientId::new(number).unwrap()
}

fn edit(document: &mut Document, at: usize, removed: usize, text: &str) -> Vec<u8> {
    document.stop_undo_group();
    document.edit(ByteOffset(at)..ByteOffset(at + removed), text, 0).unwrap()
}

#[test]
fn lines_are_found_in_a_long_text_that_many_edits_made() {
    let mut document = Document::new(client(1));
    for number in 0..3_000 {
        let at = number * 7_919 % (document.len().0 + 1);
        edit(&mut document, at, 0, if number % 5 == 0 { "\n" } else { "word " });
    }
    let text = document.text();
    assert_eq!(document.line_count(), text.matches('\n').count() + 1);
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    for (line, start) in starts.enumerate() {
        assert_eq!(document.line_start(line), Some(ByteOffset(start)));
        let place = document.line_column(ByteOffset(start)).unwrap();
        assert_eq!((place.line, place.column), (line, 0));
    }
    assert_eq!(document.line_start(document.line_count()), None);
    assert_eq!(document.chunks().collect::<String>(), text);
}

#[test]
fn a_document_that_keeps_what_is_deleted_hands_it_on() {
    let options = DocumentOptions { keep_deleted: true, ..DocumentOptions::default() };
    let mut keeping = Document::with_options(client(1), options);
    let mut other = Document::new(client(2));
    for update in
        [edit(&mut keeping, 0, 0, "a secret 😀 word"), edit(&mut keeping, 2, 12, ""), edit(&mut keeping, 3, 1, "")]
    {
        other.apply(&update).unwrap();
    }
    let holds =
        |document: &Document, text: &str| document.snapshot().windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds(&keeping, "secret 😀") && !holds(&other, "secret"));
    assert_eq!((keeping.text().as_str(), other.text().as_str()), ("a wrd", "a wrd"));
    let mut heir = Document::with_options(client(3), options);
    heir.apply(&keeping.snapshot()).unwrap();
    assert_eq!(heir.text(), "a wrd");
    assert!(holds(&heir, "secret 😀"));
    assert_eq!(heir.snapshot(), keeping.snapshot());
}

/// Yjs writes deleted text whose parent is gone as ranges without neighbours; what was inserted beside them can't be placed either.
#[test]
fn collected_text_is_read_and_takes_its_neighbours_with_it() {
    let mut document = Document::new(client(9));
    document.apply(&[1, 1, 3, 0, 0, 4, 0]).unwrap();
    assert_eq!((document.clock(client(3)), document.is_empty()), (4, true));
    document.apply(&[1, 1, 4, 0, 0x84, 3, 1, 2, b'a', b'b', 0]).unwrap();
    document.apply(&[1, 1, 3, 4, 4, 1, 4, b'c', b'o', b'd', b'e', 1, b'x', 0]).unwrap();
    assert_eq!((document.clock(client(4)), document.text().as_str()), (2, "x"));
    let again = Document::from_snapshot(client(8), &document.snapshot()).unwrap();
    assert_eq!((again.state(), again.text()), (document.state(), document.text()));
    assert_eq!(again.snapshot(), document.snapshot());
}

#[test]
fn what_waits_is_in_the_snapshot_but_not_in_differences_and_has_a_bound() {
    let mut ada = Document::new(client(1));
    let (first, second) = (edit(&mut ada, 0, 0, "one "), edit(&mut ada, 4, 0, "two"));
    let mut grace = Document::new(client(2));
    grace.apply(&second).unwrap();
    let mut heir = Document::from_snapshot(client(3), &grace.snapshot()).unwrap();
    assert!(heir.has_pending());
    heir.apply(&first).unwrap();
    assert!(!heir.has_pending() && heir.text() == "one two");
    assert_eq!(grace.difference(&[1, 7, 1]).unwrap(), [0, 0]);
    // A flood of text that continues something unknown.
    let long = "x".repeat(1 << 20);
    let mut refused = 0;
    for number in 0..2 * PENDING_BYTES_MAX / long.len() {
        let mut flood =
            vec![1, 1, 100 + u8::try_from(number % 28).unwrap(), u8::try_from(1 + number / 28).unwrap(), 0x84, 5, 0];
        flood.extend_from_slice(&[0x80, 0x80, 0x40]);
        flood.extend_from_slice(long.as_bytes());
        flood.push(0);
        refused += usize::from(grace.apply(&flood) == Err(DocumentError::Refused(Refusal::TooMuchPending)));
    }
    assert!(refused >= PENDING_BYTES_MAX / long.len());
    grace.apply(&first).unwrap();
    assert_eq!(grace.text(), "one two", "there is room for what waits for nothing");
}

#[test]
fn a_document_that_nothing_may_wait_in_takes_an_update_as_a_whole_or_not_at_all() {
    let (mut ada, mut stranger) = (Document::new(client(1)), Document::new(client(7)));
    let first = edit(&mut ada, 0, 0, "one ");
    let hidden = edit(&mut stranger, 0, 0, "hidden");
    let mut server = Document::new(client(2));
    server.apply_complete(&first).unwrap();
    ada.apply(&hidden).unwrap();
    let end = ada.len().0;
    let (behind_hidden, deletes_hidden) = (edit(&mut ada, end, 0, "two"), edit(&mut ada, 0, end, ""));
    for update in [behind_hidden, deletes_hidden] {
        assert_eq!(server.apply_complete(&update), Err(DocumentError::Refused(Refusal::Incomplete)));
        assert!(server.text() == "one " && !server.has_pending());
    }
    server.apply_complete(&ada.difference(&server.state_vector()).unwrap()).unwrap();
    assert_eq!(server.text(), ada.text());
}

#[test]
fn text_is_retracted_by_its_ids_wherever_others_wrote_into_it_and_undo_lets_it_be() {
    let id = client;
    let mut ada = Document::new(id(1));
    ada.edit(ByteOffset(0)..ByteOffset(0), "ab", 0).unwrap();
    ada.stop_undo_group();
    let mut grace = Document::from_snapshot(id(2), &ada.snapshot()).unwrap();
    let start = ada.clock(id(1));
    let taken = ada.edit(ByteOffset(1)..ByteOffset(1), "one😀two", 0).unwrap();
    let ids = [IdRange { client: id(1), start, end: ada.clock(id(1)) }];
    grace.apply(&taken).unwrap();
    let between = grace.edit(ByteOffset(4)..ByteOffset(4), "!", 0).unwrap();
    ada.apply(&between).unwrap();
    assert_eq!(ada.text(), "aone!😀twob");
    // Taken back and brought again, it stands there under other ids.
    ada.undo(0).unwrap();
    ada.redo(0).unwrap();
    grace.apply(&ada.snapshot()).unwrap();
    let retracted = ada.retract(&ids).unwrap();
    let mut replayed = grace.text();
    retracted.delta.apply_to(&mut replayed);
    grace.apply(&retracted.update).unwrap();
    assert_eq!((ada.text().as_str(), grace.text().as_str(), replayed.as_str()), ("a!b", "a!b", "a!b"));
    assert_eq!(ada.retract(&ids), None);
    ada.undo(0).unwrap();
    assert_eq!(ada.text(), "!", "the group before");
    // Taken back, or deleted by hand, before it is retracted: redo and undo leave it alone.
    for deletes in [false, true] {
        let mut ada = Document::new(id(1));
        let taken = ada.edit(ByteOffset(0)..ByteOffset(0), "taken", 0).unwrap();
        assert!(!taken.is_empty());
        ada.stop_undo_group();
        if deletes {
            ada.edit(ByteOffset(1)..ByteOffset(3), "", 0).unwrap();
        } else {
            ada.undo(0).unwrap();
        }
        ada.retract(&[IdRange { client: id(1), start: 0, end: 5 }]);
        while ada.undo(0).is_some() {}
        while ada.redo(0).is_some() {}
        assert_eq!(ada.text(), "", "{deletes}");
    }
    assert_eq!(ada.retract(&[IdRange { client: id(9), start: 0, end: 5 }]), None);
}

#[test]
fn undo_goes_back_through_deletions_and_what_they_brought_back() {
    let mut ada = Document::new(client(1));
    let mut grace = Document::new(client(2));
    let texts = ["base ", "base words", "base ds", "base d", "bXse d"];
    let steps = [(0, 0, "base "), (5, 0, "words"), (5, 3, ""), (6, 1, ""), (1, 1, "X")];
    for ((at, removed, text), expected) in steps.into_iter().zip(texts) {
        grace.apply(&edit(&mut ada, at, removed, text)).unwrap();
        assert_eq!(ada.text(), expected);
    }
    let anchor = ada.anchor(ByteOffset(5), Association::After);
    for _ in 0..3 {
        for expected in texts.iter().rev().skip(1).chain([&""]) {
            grace.apply(&ada.undo(0).unwrap().update).unwrap();
            assert_eq!((ada.text().as_str(), grace.text().as_str()), (*expected, *expected));
        }
        assert!(ada.undo(0).is_none());
        for expected in texts {
            grace.apply(&ada.redo(0).unwrap().update).unwrap();
            assert_eq!((ada.text().as_str(), grace.text().as_str()), (expected, expected));
        }
        assert!(ada.redo(0).is_none());
        assert_eq!(ada.resolve(&anchor), Some(ByteOffset(5)), "the anchored character came back");
    }
    let none = DocumentOptions { undo_groups: 0, ..DocumentOptions::default() };
    let mut server = Document::with_options(client(3), none);
    edit(&mut server, 0, 0, "text");
    assert!(!server.can_undo() && server.undo(0).is_none());
}

#[test]
fn undo_of_a_deletion_brings_the_text_back_around_what_others_wrote_in_it() {
    let mut ada = Document::new(client(1));
    edit(&mut ada, 0, 0, "abcdef");
    let mut grace = Document::from_snapshot(client(2), &ada.snapshot()).unwrap();
    let inside = edit(&mut grace, 3, 0, "-grace-");
    let deleted = edit(&mut ada, 0, 6, "");
    ada.apply(&inside).unwrap();
    grace.apply(&deleted).unwrap();
    assert_eq!((ada.text().as_str(), grace.text().as_str()), ("-grace-", "-grace-"));
    let undone = ada.undo(0).unwrap();
    let mut replayed = grace.text();
    grace.apply(&undone.update).unwrap().apply_to(&mut replayed);
    assert_eq!(
        (ada.text().as_str(), grace.text().as_str(), replayed.as_str()),
        ("abc-grace-def", "abc-grace-def", "abc-grace-def")
    );
}
