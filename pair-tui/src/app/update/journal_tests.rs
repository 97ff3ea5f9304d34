//! What goes into the journal and when, and how an earlier run's text comes back: the program's state alone, in simulated time.

use super::{tests::*, *};
use crate::app::{
    Overlay,
    effect::{Entry, Order},
    event::JournalEvent,
};
use protocol::{
    ByteOffset, ClientId, Document, Sequence,
    message::server::{Receipt, StorageState},
};

fn journal(app: &mut App, event: JournalEvent, now_ms: u64) -> Vec<Effect> {
    update(app, Event::Journal(event), now_ms)
}

fn orders(effects: &[Effect]) -> Vec<Order> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Keep(order) = effect { Some(order.clone()) } else { None })
        .collect()
}

/// Does with a list of entries what the journal's file does.
fn keep(kept: &mut Vec<Entry>, effects: &[Effect]) {
    for order in orders(effects) {
        match order {
            Order::Append { entries, .. } => kept.extend(entries),
            Order::Whole { documents, .. } => *kept = documents,
            Order::Durable => {}
        }
    }
}

fn text_of(kept: &[Entry]) -> String {
    let mut document = Document::new(ClientId::from_random_32(77));
    for entry in kept {
        document.apply(&entry.update).unwrap();
    }
    assert!(!document.has_pending(), "the journal alone gives the text");
    document.text()
}

fn seq(count: u64) -> Sequence {
    (0..count).fold(Sequence::ZERO, |seq, _| seq.next())
}

#[test]
fn the_journal_alone_always_gives_the_text_while_something_is_not_durable() {
    let (mut app, mut server) = (app((80, 24)), server_document("world"));
    let mut kept = Vec::new();
    journal(&mut app, JournalEvent::Opened, 0);
    assert!(orders(&connect(&mut app, &server, 0)).is_empty(), "who only reads needs no journal");
    let remote = |server: &mut Document, text: &str| {
        let update = server.edit(ByteOffset(0)..ByteOffset(0), text, 0).unwrap();
        let participant = protocol::ParticipantId::new(2).unwrap();
        let document = "src/main.rs".parse().unwrap();
        protocol::message::server::Edited { document, participant, update: Blob::from(update) }
    };
    let mut sent = 0;
    for round in 0..5 {
        let effects = press(&mut app, "ab", 1_000 + round);
        sent += 2;
        keep(&mut kept, &effects);
        receive(&mut server, effects);
        keep(&mut kept, &hear(&mut app, remote(&mut server, "remote "), 1_001 + round));
        assert_eq!(text_of(&kept), app.editor().unwrap().text().to_string());
        let effects = hear(&mut app, Receipt { received: seq(sent), durable: seq(sent) }, 1_002 + round);
        assert_eq!(orders(&effects), [Order::Durable]);
        // While all is durable, what others do costs no write.
        assert!(orders(&hear(&mut app, remote(&mut server, "quiet "), 1_003 + round)).is_empty());
    }
}

#[test]
fn ten_minutes_without_a_server_lose_nothing_and_the_next_run_brings_it() {
    let (mut one, mut server) = (app((80, 24)), server_document("the end"));
    let mut kept = Vec::new();
    journal(&mut one, JournalEvent::Opened, 0);
    connect(&mut one, &server, 0);
    offline(&mut one, 100);
    // 2,000 characters in ten minutes, with the clock's events in between.
    let mut now = 1_000;
    for number in 0..400 {
        let effects = press(&mut one, &format!("{number:04} "), now);
        keep(&mut kept, &effects);
        assert!(sent(effects).is_empty());
        let made = 5 * (number + 1);
        assert!(one.keeping.unwritten() >= 5);
        journal(&mut one, JournalEvent::Written { made }, now);
        assert_eq!(one.keeping.in_danger(now), 0);
        for _ in 0..30 {
            now += 50;
            assert!(sent(update(&mut one, Event::Tick, now)).is_empty());
        }
    }
    assert!(now >= 600_000);
    assert_eq!(one.room.at_risk(), 2_000);
    let typed = one.editor().unwrap().text().to_string();
    let unstored: u64 = kept.iter().map(|entry| u64::from(entry.edits)).sum();
    // This run and the server die; the next run begins with the journal, before there is a server.
    drop(one);
    let mut two = app((80, 24));
    two.identity.client = ClientId::from_random_32(4_321);
    journal(&mut two, JournalEvent::Opened, 0);
    let updates = kept.into_iter().map(|entry| (entry.document, entry.update)).collect();
    let effects = journal(&mut two, JournalEvent::Recovered { updates, edits: unstored }, 1);
    assert!(matches!(&orders(&effects)[..], [Order::Whole { made: 2_000, .. }]), "the new journal holds it too");
    assert_eq!(two.editor().unwrap().text().to_string(), typed);
    assert_eq!(two.room.at_risk(), 2_000);
    assert!(two.notice().unwrap().text.contains("2000 edits"));
    press(&mut two, "<c-end>!", 2);
    let effects = connect(&mut two, &server, 100);
    receive(&mut server, effects);
    assert_eq!(server.text(), format!("{typed}!"));
    let effects = hear(&mut two, Receipt { received: seq(1), durable: seq(1) }, 101);
    assert_eq!((orders(&effects), two.room.at_risk()), (vec![Order::Durable], 0));
}

#[test]
fn a_journal_that_fails_is_told_once_and_written_whole_when_it_works() {
    let (mut app, server) = (app((80, 24)), server_document("x"));
    journal(&mut app, JournalEvent::Opened, 0);
    connect(&mut app, &server, 0);
    press(&mut app, "a", 10);
    journal(&mut app, JournalEvent::Failed("the disk is full".into()), 20);
    assert!(app.notice().unwrap().text.contains("the disk is full"));
    assert!(orders(&press(&mut app, "b", 30)).is_empty(), "typing goes on");
    assert_eq!(app.keeping.in_danger(30), 2);
    let effects = update(&mut app, Event::Tick, 3_000);
    assert!(matches!(&orders(&effects)[..], [Order::Whole { made: 2, .. }]));
    journal(&mut app, JournalEvent::Written { made: 2 }, 3_010);
    assert_eq!(app.keeping.in_danger(9_000), 0);
}

#[test]
fn leaving_waits_until_all_is_durable_or_is_told_not_to() {
    let (mut app, server) = (app((80, 24)), server_document("x"));
    connect(&mut app, &server, 0);
    press(&mut app, "a", 10);
    assert!(!press(&mut app, "<c-q>", 20).contains(&Effect::Quit));
    assert!(matches!(app.overlay, Some(Overlay::Quit)));
    let effects = hear(&mut app, StorageState { problem: Some("the disk is full".into()) }, 30);
    assert!(!effects.contains(&Effect::Quit));
    let effects = hear(&mut app, Receipt { received: seq(1), durable: seq(1) }, 40);
    assert_eq!(effects.last(), Some(&Effect::Quit));
    press(&mut app, "b<c-q>", 50);
    assert!(press(&mut app, "<c-q>", 60).contains(&Effect::Quit), "the second key leaves at once");
}

#[test]
fn a_key_makes_the_next_attempt_come_at_once() {
    let (mut app, server) = (app((80, 24)), server_document("x"));
    connect(&mut app, &server, 0);
    assert!(!press(&mut app, "a", 10).contains(&Effect::RetryNow));
    offline(&mut app, 100);
    assert!(press(&mut app, "a", 110).contains(&Effect::RetryNow));
}
