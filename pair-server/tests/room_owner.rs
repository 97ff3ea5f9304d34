//! A room has one owner at a time, whatever happens while it is opened and however its task ends. The registry is the real one; a
//! storage that can be held back and a provider that panics make the moments that are otherwise rare.

#![allow(clippy::unwrap_used, reason = "what does not unwrap is a failed test")]

#[path = "support/hindered.rs"]
mod hindered;

use futures::{poll, stream::BoxStream};
use hindered::Hindered;
use pair_server::{
    fanout::local::LocalFanout,
    room::{
        effect::{ConnectionId, PairJoin},
        handle::{Joined, RoomHandle, Said},
        registry::{NewRoom, OpenError, Registry},
        state::edits::IncomingEdit,
        task::{RoomServices, SuggestionRules},
    },
    storage::Storage,
    suggest::{SuggestError, SuggestionPiece, SuggestionProvider, SuggestionRequest},
};
use protocol::{
    Anchor, ByteOffset, ClientId, Document, DocumentPath, Limits, ParticipantId, RequestId, RoomId, Sequence,
    message::client::{Hello, RequestSuggestion},
    plain::PlainUpdate,
};
use std::{
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A provider that panics inside the room's task, which asks it.
struct Panics;

impl SuggestionProvider for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }

    fn model(&self) -> &'static str {
        "none"
    }

    fn suggest(
        &self,
        _: SuggestionRequest,
        _: CancellationToken,
    ) -> BoxStream<'static, Result<SuggestionPiece, SuggestError>> {
        panic!("this provider fails, as the test wants it")
    }
}

/// A registry over a database in memory, whose loads need permits.
fn registry(loads: usize) -> (Registry, Arc<Hindered>) {
    let (services, storage) = services(loads);
    (Registry::new(services, Limits::default()), storage)
}

fn services(loads: usize) -> (RoomServices, Arc<Hindered>) {
    let storage = Arc::new(Hindered::with_loads(loads));
    let services = RoomServices {
        storage: storage.clone(),
        fanout: Arc::new(LocalFanout),
        provider: Arc::new(Panics),
        metrics: Arc::default(),
        expiry: None,
        tracker: TaskTracker::new(),
        shutdown: CancellationToken::new(),
        idle: Duration::from_mins(1),
        shutdown_deadline: Duration::from_secs(1),
        suggestions: SuggestionRules::default(),
    };
    (services, storage)
}

async fn join(room: &RoomHandle, number: u32) -> Joined {
    let hello = Hello {
        version: 1,
        min_version: None,
        client: String::new(),
        name: format!("guest {number}"),
        color: None,
        token: None,
        client_id: ClientId::from_random_32(number),
        client_secret: String::new(),
        formerly: Vec::new(),
        documents: Vec::new(),
    };
    let participant = ParticipantId::new(u64::from(number)).unwrap();
    room.join(PairJoin {
        connection: ConnectionId(participant.get()),
        participant,
        hello,
        version: 1,
        secret: [1; 32],
        formerly: Vec::new(),
        token: None,
    })
    .await
    .unwrap()
    .unwrap()
}

#[tokio::test]
async fn a_reader_who_finds_no_room_takes_it_from_nobody_who_makes_it() {
    let (registry, storage) = registry(0);
    let id: RoomId = "both-at-once".parse().unwrap();
    let mut reads = pin!(registry.open(&id, false));
    assert!(poll!(&mut reads).is_pending(), "the storage is held back");
    let mut makes = pin!(registry.open(&id, true));
    assert!(poll!(&mut makes).is_pending(), "somebody is looking for the room already");
    storage.permit(1);
    assert!(matches!(reads.await, Err(OpenError::NotFound(_))));
    let mut comes_later = pin!(registry.open(&id, true));
    assert!(poll!(&mut comes_later).is_pending());
    storage.permit(100);
    let (made, found) = tokio::join!(makes, comes_later);
    let _inside = join(&made.unwrap(), 1).await;
    assert_eq!(found.unwrap().summary().await.unwrap().participants, 1, "both found the same room");
}

#[tokio::test]
async fn a_load_goes_on_where_whoever_asked_gives_up() {
    let (registry, storage) = registry(0);
    let id = registry.create(NewRoom::default()).await.unwrap();
    for create in [false, true, false] {
        let mut gives_up = pin!(registry.open(&id, create));
        assert!(poll!(&mut gives_up).is_pending(), "the storage is held back");
        // The load has begun once the others had a turn.
        tokio::task::yield_now().await;
        assert!(poll!(&mut gives_up).is_pending());
    }
    assert_eq!(storage.loads_begun.load(Ordering::Relaxed), 1, "those who come later wait for the same load");
    storage.permit(1);
    let room = registry.open(&id, false).await.unwrap();
    assert_eq!(room.summary().await.unwrap().participants, 0);
    assert_eq!(storage.loads_begun.load(Ordering::Relaxed), 1, "it was not begun anew");
}

#[tokio::test]
async fn a_room_whose_task_panics_is_loaded_anew_with_all_that_was_durable_and_no_other_room_notices() {
    let (registry, _) = registry(100);
    let id = registry.create(NewRoom { code: "start\n".to_owned(), ..NewRoom::default() }).await.unwrap();
    let other = registry.create(NewRoom::default()).await.unwrap();
    let (room, beside) = (registry.open(&id, false).await.unwrap(), registry.open(&other, false).await.unwrap());
    let (joined, _beside) = (join(&room, 1).await, join(&beside, 2).await);
    let connection = joined.guard.connection();

    let client = ClientId::from_random_32(1);
    let mut document = Document::from_snapshot(client, &joined.welcome.documents[0].difference).unwrap();
    let update = document.edit(ByteOffset(0)..ByteOffset(0), "durable ", 0).unwrap();
    let path = DocumentPath::main();
    let seq = Sequence::ZERO.next();
    let edit = IncomingEdit { document: path.clone(), seq, update: update.into(), catches_up: false };
    room.say(connection, Said::Edit(edit)).await.unwrap();
    while joined.outbox.take().await.receipt.is_none_or(|receipt| receipt.durable < seq) {}

    let ask = RequestSuggestion {
        request: RequestId::from_random(1),
        document: path,
        at: Anchor::default(),
        by_pause: false,
    };
    room.say(connection, Said::Suggest(ask)).await.unwrap();
    while !joined.outbox.take().await.closed {}
    assert!(room.summary().await.is_err(), "the room that panicked answers no more");

    let anew = registry.open(&id, false).await.unwrap();
    assert_eq!(anew.summary().await.unwrap().code, "durable start\n");
    assert_eq!(beside.summary().await.unwrap().participants, 1);
}

#[tokio::test]
async fn what_plain_clients_typed_before_the_server_stops_is_stored() {
    let (services, storage) = services(100);
    let registry = Registry::new(services.clone(), Limits::default());
    let id = registry.create(NewRoom { code: "start\n".to_owned(), ..NewRoom::default() }).await.unwrap();
    let room = registry.open(&id, false).await.unwrap();
    let participant = ParticipantId::new(7).unwrap();
    let (_joined, _guard) = room.join_plain(participant).await.unwrap().unwrap();
    let update = PlainUpdate { code: "start\ntyped\n".to_owned(), cursor: None, username: None };
    let mut typing = pin!(room.plain_update(participant, update));
    assert!(poll!(&mut typing).is_pending(), "it waits for the room");
    // Before the room has had a turn.
    services.shutdown.cancel();
    services.tracker.close();
    services.tracker.wait().await;
    assert_eq!(typing.await.unwrap(), Ok(()));
    let stored = storage.load(id).await.unwrap().unwrap();
    let document = Document::from_snapshot(ClientId::from_random_32(9), &stored.documents[0].snapshot).unwrap();
    assert_eq!(document.text(), "start\ntyped\n");
}
