//! Outboxes under a reader who does not read: bounded, and nothing that counts is lost.

use super::*;
use futures::FutureExt;
use protocol::message::server::{ParticipantLeft, Pong};

fn frame(payload: usize) -> Arc<Frame> {
    Frame::new(Pong { nonce: 1 }, payload)
}

fn who(id: u64) -> ParticipantId {
    ParticipantId::new(id).unwrap()
}

fn take(reader: &OutboxReader) -> Option<Taken> {
    reader.take().now_or_never()
}

#[test]
fn edits_beyond_the_bound_are_left_out_until_the_reader_is_caught_up() {
    let (ours, theirs) = outbox();
    let mut queued = 0;
    while ours.push_edit(&frame(10_000)) {
        queued += 1;
    }
    assert!((90..=105).contains(&queued), "{queued}");
    assert!(!ours.push_edit(&frame(1)), "once behind, no later edit overtakes");
    let taken = take(&theirs).unwrap();
    assert_eq!((taken.frames.len(), taken.behind, taken.closed), (queued, true, false));
    assert!(take(&theirs).is_none(), "it is told once");
    assert!(!ours.push_edit(&frame(1)), "it is still behind");
    ours.catch_up(&[frame(3 << 20)]);
    assert!(!ours.push_edit(&frame(1)), "the difference fills the queue");
    let taken = take(&theirs).unwrap();
    assert_eq!((taken.frames.len(), taken.behind), (1, true));
    ours.catch_up(&[]);
    assert!(ours.push_edit(&frame(1)));
    assert_eq!(take(&theirs).unwrap().frames.len(), 1);
}

#[test]
fn one_edit_larger_than_the_bound_goes_where_nothing_waits() {
    let (ours, theirs) = outbox();
    assert!(ours.push_edit(&frame(2 * EDIT_BYTES_MAX)));
    assert!(!ours.push_edit(&frame(1)));
    assert!(take(&theirs).unwrap().behind);
}

#[test]
fn too_many_notices_give_the_connection_up_at_once() {
    let (ours, theirs) = outbox();
    assert!(theirs.overflowed().now_or_never().is_none());
    ours.presence(who(1), &frame(10));
    for _ in 0..10_000 {
        ours.push(&frame(4_096));
    }
    assert!(theirs.overflowed().now_or_never().is_some(), "the writer is told even while it hangs in a write");
    let taken = take(&theirs).unwrap();
    assert!(taken.closed && taken.frames.is_empty(), "nothing of it is kept");
}

#[test]
fn presence_and_receipts_are_latest_wins() {
    let (ours, theirs) = outbox();
    let (old, new, edit) = (frame(1), frame(2), frame(3));
    ours.presence(who(1), &old);
    ours.presence(who(1), &new);
    ours.presence(who(2), &frame(9));
    ours.forget_presence(who(2));
    assert!(ours.push_edit(&edit));
    for n in 1..=3 {
        let at = protocol::Sequence::new(n).unwrap();
        ours.receipt(Receipt { received: at, durable: at });
    }
    let taken = take(&theirs).unwrap();
    assert!(matches!(&taken.frames[..], [only] if Arc::ptr_eq(only, &edit)));
    assert!(matches!(&taken.presence[..], [(of, only)] if *of == who(1) && Arc::ptr_eq(only, &new)));
    assert_eq!(taken.receipt.map(|receipt| receipt.received.get()), Some(3));
    drop(ours);
    assert!(take(&theirs).unwrap().closed);
}

#[test]
fn what_waits_is_still_written_when_the_room_lets_go() {
    let (ours, theirs) = outbox();
    ours.push(&Frame::new(ParticipantLeft { participant: who(1) }, 8));
    drop(ours);
    let taken = take(&theirs).unwrap();
    assert_eq!((taken.frames.len(), taken.closed), (1, true));
}

fn text(of: &str) -> Arc<PlainFrame> {
    PlainFrame::sync(ropey::Rope::from_str(of), None)
}

/// Everything that waits, as JSON.
fn drain(reader: &PlainOutboxReader) -> Vec<String> {
    let next = || reader.take().now_or_never().flatten();
    std::iter::from_fn(next).map(|frame| String::from_utf8(frame.json().to_vec()).unwrap()).collect()
}

#[test]
fn a_newer_text_takes_the_place_of_one_that_waits_but_never_of_the_first() {
    let (ours, theirs) = plain_outbox();
    ours.push_participants(&PlainFrame::participants(1));
    assert!(!ours.push_text(&PlainFrame::first_sync("start".into(), "rust".to_owned()), false));
    assert!(!ours.push_text(&text("one"), true), "the first text stays: it alone brings the language");
    assert!(ours.push_text(&text("two"), true));
    ours.push_participants(&PlainFrame::participants(2));
    assert!(ours.push_text(&text("three"), true), "also where a number of connections came between");
    assert!(!ours.push_text(&text("four"), false), "a plain client's update is sent as it is");
    let said = drain(&theirs);
    assert_eq!(said.len(), 5, "{said:?}");
    assert!(said[0].contains("\"participants\":1") && said[1].contains("rust"));
    assert!(said[2].contains("\"participants\":2") && said[3].contains("three") && said[4].contains("four"));
}

#[test]
fn a_plain_client_that_never_reads_stays_bounded_whatever_happens_in_the_room() {
    let (ours, _theirs) = plain_outbox();
    for n in 0..10_000 {
        ours.push_text(&text(&n.to_string()), n % 3 == 0);
        ours.push_participants(&PlainFrame::participants(n));
    }
    assert!(ours.shared.lock().frames.len() <= PLAIN_FRAMES_MAX + 1);
    let (ours, theirs) = plain_outbox();
    let large = "x".repeat(PLAIN_BYTES_MAX / 4);
    for _ in 0..100 {
        ours.push_text(&text(&large), false);
    }
    let queue = ours.shared.lock();
    assert_eq!((queue.texts, queue.bytes), (4, PLAIN_BYTES_MAX));
    drop(queue);
    drop(drain(&theirs));
    let queue = ours.shared.lock();
    assert_eq!((queue.texts, queue.bytes), (0, 0));
}
