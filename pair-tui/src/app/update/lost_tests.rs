//! What a program does that comes back to a server which was killed, and has less than the program has seen.

use super::{tests::*, *};
use protocol::{
    ByteOffset, ClientId, Document, ParticipantId, Sequence,
    message::{
        Blob,
        server::{Edited, Receipt, Welcome},
    },
    presence::Role,
};

/// A server's document as it is stored, and as it was when it was killed: somebody who does not come back deleted a word. The program
/// has seen that, and has edited nothing.
fn killed() -> (App, Document, Document) {
    let (mut app, stored) = (app((80, 24)), server_document("hello lost world"));
    let mut live = Document::from_snapshot(ClientId::from_random_32(9), &stored.snapshot()).unwrap();
    connect(&mut app, &live, 0);
    let update = live.edit(ByteOffset(6)..ByteOffset(11), "", 0).unwrap();
    let (document, participant) = ("src/main.rs".parse().unwrap(), ParticipantId::new(2).unwrap());
    hear(&mut app, Edited { document, participant, update: Blob::from(update) }, 10);
    offline(&mut app, 20);
    assert_eq!((text(&app), stored.state_vector()), ("hello world".into(), live.state_vector()));
    (app, stored, live)
}

fn differences(effects: Vec<Effect>) -> usize {
    sent(effects).iter().filter(|message| matches!(message, ClientMessage::Difference(_))).count()
}

#[test]
fn a_deletion_that_only_a_peer_saw_is_brought_back() {
    let (mut app, mut stored, _) = killed();
    let effects = connect(&mut app, &stored, 30);
    receive(&mut stored, effects);
    assert_eq!((text(&app), stored.text()), ("hello world".into(), "hello world".into()));
    // The room has everything now.
    let first = Sequence::ZERO.next();
    hear(&mut app, Receipt { received: first, durable: first }, 35);
    offline(&mut app, 40);
    assert_eq!(differences(connect(&mut app, &stored, 50)), 0);
}

#[test]
fn a_room_that_lost_nothing_is_brought_nothing() {
    let (mut app, _, mut live) = killed();
    let more = live.len()..live.len();
    live.edit(more, "!", 0).unwrap();
    live.edit(ByteOffset(0)..ByteOffset(1), "J", 0).unwrap();
    assert_eq!(differences(connect(&mut app, &live, 30)), 0);
    assert_eq!(text(&app), "Jello world!");
}

#[test]
fn a_viewer_who_saw_more_sends_nothing_and_takes_the_room_s_text() {
    let (mut app, stored, _) = killed();
    let connect_as_viewer = |app: &mut App, now_ms| {
        let welcome = Welcome { role: Role::Viewer, ..welcome(&stored) };
        update(app, Event::Room(RoomEvent::Connected(Box::new(welcome))), now_ms)
    };
    let effects = connect_as_viewer(&mut app, 30);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StartOver { reason } if reason.contains("lost"))));
    assert_eq!(differences(effects), 0);
    let client = ClientId::from_random_32(77);
    update(&mut app, Event::StartOver { client, reason: "lost".into() }, 40);
    let effects = connect_as_viewer(&mut app, 50);
    assert_eq!(text(&app), "hello lost world");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::StartOver { .. })), "once");
}
