//! The room's rules, each by itself: who may join as whom, what an edit needs, what is answered, what stays bounded.

use super::{edits::IncomingEdit, plain::PlainRefusal, *};
use crate::room::effect::ConnectionId;
use protocol::{
    ByteOffset, RequestId, ServerMessage,
    codec::Codec,
    message::{
        client::{Chat, EndSuggestion, Hello, RequestSuggestion, SuggestionEnd},
        server::{ClosingReason, Receipt, SuggestionDone},
    },
    plain::PlainUpdate,
    position::Association,
};
use std::time::Duration;

pub(super) const NOW: Now = Now { unix_ms: 1_000 };
const SERVER: u32 = 1;

pub(super) fn client(id: u32) -> ClientId {
    ClientId::from_random_32(id)
}

pub(super) fn who(id: u64) -> ParticipantId {
    ParticipantId::new(id).unwrap()
}

pub(super) fn seq(n: u64) -> Sequence {
    Sequence::new(n).unwrap()
}

pub(super) fn room_with(guest_role: Role, limits: Limits) -> RoomState {
    let mut document = Document::new(client(SERVER));
    document.edit(ByteOffset(0)..ByteOffset(0), "text\n", 0).unwrap();
    let content = RoomContent {
        language: "python".to_owned(),
        last_author: None,
        updated_ms: 0,
        access: Access { owner_token: Some([9; 32]), guest_role },
        models: None,
        documents: vec![(DocumentPath::main(), document)],
        version: Version(0),
        chat: Vec::new(),
        claims: HashMap::new(),
    };
    RoomState::new("room".parse().unwrap(), content, limits)
}

pub(super) fn room() -> RoomState {
    room_with(Role::Editor, Limits::default())
}

/// Joins under a client id with a secret; gives the client's document.
pub(super) fn join(state: &mut RoomState, id: u64, as_client: u32, secret: u8) -> Result<Document, JoinError> {
    let welcome = enter(state, id, (as_client, secret), &[])?;
    state.take_effects();
    Ok(Document::from_snapshot(client(as_client), &welcome.documents[0].difference).unwrap())
}

/// Joins under a client id with a secret, and with former ones.
pub(super) fn enter(
    state: &mut RoomState,
    id: u64,
    (as_client, secret): (u32, u8),
    formerly: &[(u32, u8)],
) -> Result<Welcome, JoinError> {
    let hello = Hello {
        version: 1,
        min_version: None,
        client: String::new(),
        name: format!("p{id}"),
        color: None,
        token: None,
        client_id: client(as_client),
        client_secret: String::new(),
        formerly: Vec::new(),
        documents: Vec::new(),
    };
    state.join(PairJoin {
        connection: ConnectionId(id),
        participant: who(id),
        hello,
        version: 1,
        secret: [secret; 32],
        formerly: formerly.iter().map(|(id, secret)| (client(*id), [*secret; 32])).collect(),
        token: None,
    })
}

pub(super) fn type_at_start(document: &mut Document, text: &str) -> Vec<u8> {
    document.edit(ByteOffset(0)..ByteOffset(0), text, 0).unwrap()
}

pub(super) fn incoming(n: u64, update: Vec<u8>, catches_up: bool) -> IncomingEdit {
    IncomingEdit { document: DocumentPath::main(), seq: seq(n), update: update.into(), catches_up }
}

/// What a participant is told by the effects: the messages, and the last receipt.
pub(super) fn told(state: &mut RoomState, id: u64) -> (Vec<ServerMessage>, Option<Receipt>) {
    let (mut messages, mut receipt) = (Vec::new(), None);
    for effect in state.take_effects() {
        match effect {
            Effect::Send(to, frame) if to == who(id) => {
                messages.push(Codec::Json.decode_server(&frame.bytes(Codec::Json)).unwrap());
            }
            Effect::Receipt(to, last) if to == who(id) => receipt = Some(last),
            _ => {}
        }
    }
    (messages, receipt)
}

/// The code of the only error that a participant is told.
pub(super) fn error(state: &mut RoomState, id: u64) -> Option<ErrorCode> {
    match &told(state, id).0[..] {
        [ServerMessage::Error(error)] => Some(error.code.clone()),
        _ => None,
    }
}

#[test]
fn a_client_id_belongs_to_the_secret_that_claimed_it() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    state.edit(who(1), &incoming(1, type_at_start(&mut ada, "a"), false), NOW);
    assert_eq!(join(&mut state, 2, 100, 2).err(), Some(JoinError::ClientIdTaken(client(100))));
    assert_eq!(state.participants(), 1, "the refused one changed nothing");
    assert_eq!(join(&mut state, 3, SERVER, 3).err(), Some(JoinError::ClientIdTaken(client(SERVER))));
    assert_eq!(join(&mut state, 4, 100, 1).unwrap().text(), "atext\n");
    assert_eq!(state.participants(), 1, "it took its old connection over");
    state.leave(who(1));
    assert_eq!(
        join(&mut state, 5, 100, 2).err(),
        Some(JoinError::ClientIdTaken(client(100))),
        "a claim outlives the stay"
    );
}

#[test]
fn an_edit_that_stands_on_text_the_room_lacks_is_refused_and_nothing_of_it_waits() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    let mut hidden = Document::new(client(300));
    ada.apply(&type_at_start(&mut hidden, "hidden")).unwrap();
    let at = ada.text().find("hidden").unwrap();
    let within = ada.edit(ByteOffset(at + 3)..ByteOffset(at + 3), "within", 0).unwrap();
    let deletes = ada.edit(ByteOffset(at)..ByteOffset(at + 3), "", 0).unwrap();
    for (n, update) in (1..).zip([within, deletes]) {
        state.edit(who(1), &incoming(n, update, false), NOW);
        assert_eq!(error(&mut state, 1), Some(ErrorCode::InvalidEdit), "{n}");
        assert!(!state.content().documents[0].1.has_pending(), "{n}");
    }
    // A difference that lacks what it stands on leaves no claim behind either.
    let mut other = Document::new(client(400));
    other.apply(&hidden.snapshot()).unwrap();
    let on_hidden = other.edit(ByteOffset(3)..ByteOffset(3), "x", 0).unwrap();
    state.edit(who(1), &incoming(3, on_hidden, true), NOW);
    assert!(!state.take_effects().iter().any(|effect| matches!(effect, Effect::PersistClaim(..))));
    state.edit(who(1), &incoming(4, ada.snapshot(), true), NOW);
    assert_eq!(state.summary().code, ada.text(), "with all that it stands on it is taken");
}

#[test]
fn text_that_came_through_somebody_else_is_open_to_its_writer() {
    let mut state = room();
    let mut bob = join(&mut state, 1, 100, 1).unwrap();
    let mut lost = Document::from_snapshot(client(200), &bob.snapshot()).unwrap();
    bob.apply(&type_at_start(&mut lost, "lost")).unwrap();
    let all = bob.snapshot();
    state.edit(who(1), &incoming(1, all, true), NOW);
    let effects = state.take_effects();
    let claim =
        effects.iter().position(|effect| matches!(effect, Effect::PersistClaim(id, OPEN_CLAIM) if *id == client(200)));
    let stored = effects.iter().position(|effect| matches!(effect, Effect::Persist(_)));
    assert!(claim.unwrap() < stored.unwrap(), "the claim is stored no later than the text");
    assert_eq!(
        effects.iter().filter(|effect| matches!(effect, Effect::PersistClaim(..))).count(),
        1,
        "nobody else's is"
    );
    join(&mut state, 2, 200, 2).unwrap();
    assert_eq!(
        join(&mut state, 3, 200, 3).err(),
        Some(JoinError::ClientIdTaken(client(200))),
        "the first hello has it"
    );
}

#[test]
fn an_edit_carries_nobody_else_s_text_and_a_difference_only_of_who_is_not_here() {
    let mut state = room();
    let bob = join(&mut state, 1, 100, 1).unwrap();
    let mut ada = join(&mut state, 2, 200, 2).unwrap();
    let hers = type_at_start(&mut ada, "hers");
    state.edit(who(1), &incoming(1, hers.clone(), false), NOW);
    assert_eq!(error(&mut state, 1), Some(ErrorCode::ClientIdTaken));
    // Ada is here with everything of her own: nobody else writes in her name.
    state.edit(who(2), &incoming(1, hers.clone(), false), NOW);
    state.take_effects();
    let forged = type_at_start(&mut ada, "forged");
    state.edit(who(1), &incoming(2, forged, true), NOW);
    assert_eq!(error(&mut state, 1), Some(ErrorCode::ClientIdTaken));
    state.edit(who(1), &incoming(3, hers, true), NOW);
    assert_eq!(error(&mut state, 1), None, "what the room has may be repeated");
    assert_eq!(state.summary().code, "herstext\n");
    drop(bob);
}

#[test]
fn a_refused_edit_changes_nothing_and_counts_for_receipts() {
    let mut state = room_with(Role::Editor, Limits { document_bytes: 16, ..Limits::default() });
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    for (n, update) in [(1, vec![1, 2, 3]), (2, type_at_start(&mut ada, "far too long for this room"))] {
        state.edit(who(1), &incoming(n, update, false), NOW);
        let (messages, receipt) = told(&mut state, 1);
        assert!(matches!(&messages[..], [ServerMessage::Error(error)] if error.seq == Some(seq(n))));
        assert_eq!(receipt, Some(Receipt { received: seq(n), durable: seq(n) }));
    }
    assert_eq!((state.content().version, state.summary().code.as_str()), (Version(0), "text\n"));
}

#[test]
fn a_refused_edit_is_durable_no_earlier_than_the_ones_before_it() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    state.edit(who(1), &incoming(1, type_at_start(&mut ada, "a"), false), NOW);
    state.edit(who(1), &incoming(2, vec![1], false), NOW);
    assert_eq!(told(&mut state, 1).1, Some(Receipt { received: seq(2), durable: seq(0) }));
    state.stored(Version(1));
    assert_eq!(told(&mut state, 1).1, Some(Receipt { received: seq(2), durable: seq(2) }));
}

#[test]
fn an_outage_of_storage_takes_bounded_memory_and_loses_no_receipt() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    let count = UNDURABLE_MAX as u64 + 500;
    for n in 1..=count {
        state.edit(who(1), &incoming(n, type_at_start(&mut ada, "a"), false), NOW);
    }
    assert_eq!(state.members[&who(1)].undurable.len(), UNDURABLE_MAX);
    state.take_effects();
    state.stored(Version(count - 1));
    let receipt = told(&mut state, 1).1.unwrap();
    assert!(receipt.durable < seq(count) && receipt.received == seq(count), "never too early");
    state.stored(Version(count));
    assert_eq!(told(&mut state, 1).1.unwrap().durable, seq(count));
}

#[test]
fn a_room_that_waits_for_storage_with_all_it_may_sends_everybody_away_until_it_is_stored() {
    let mut state = room();
    join(&mut state, 1, 100, 1).unwrap();
    state.join_plain(who(2), NOW).unwrap();
    state.take_effects();
    state.turn_away(JoinError::Unstored);
    let told: Vec<_> = state.take_effects();
    let broadcast = |wanted: fn(&ServerMessage) -> bool| {
        told.iter().any(|effect| matches!(effect, Effect::Broadcast { frame, .. } if wanted(frame.message())))
    };
    assert!(broadcast(
        |message| matches!(message, ServerMessage::Error(error) if error.code == ErrorCode::StorageUnavailable)
    ));
    assert!(broadcast(|message| {
        matches!(message, ServerMessage::Closing(closing) if closing.retry_after_ms == Some(UNSTORED_RETRY_MS))
    }));
    assert_eq!(state.participants(), 0);
    state.turn_away(JoinError::Unstored);
    assert!(state.take_effects().is_empty(), "it is said once");
    assert_eq!(join(&mut state, 1, 100, 1).err(), Some(JoinError::Unstored));
    assert_eq!(state.join_plain(who(2), NOW).err(), Some(JoinError::Unstored));
    let yjs = |id| super::yjs::YjsJoin { participant: who(id), document: None, token: None };
    assert_eq!(state.join_yjs(yjs(3)).err(), Some(JoinError::Unstored));
    state.let_in();
    assert!(
        join(&mut state, 1, 100, 1).is_ok() && state.join_plain(who(2), NOW).is_ok() && state.join_yjs(yjs(3)).is_ok()
    );
}

#[test]
fn a_deleted_room_sends_everybody_away_for_good() {
    let mut state = room();
    join(&mut state, 1, 100, 1).unwrap();
    state.take_effects();
    let deleted = JoinError::Deleted("r".parse().unwrap());
    state.turn_away(deleted.clone());
    let told = state.take_effects();
    let is_final = |message: &ServerMessage| matches!(message, ServerMessage::Closing(closing) if closing.retry_after_ms.is_none());
    assert!(told.iter().any(|effect| matches!(effect, Effect::Broadcast { frame, .. } if is_final(frame.message()))));
    assert_eq!(state.participants(), 0);
    state.let_in();
    assert_eq!(join(&mut state, 1, 100, 1).err(), Some(deleted), "what is deleted does not come back with the storage");
}

#[test]
fn viewers_neither_edit_nor_ask() {
    let mut state = room_with(Role::Viewer, Limits::default());
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    let at = ada.anchor(ByteOffset(0), Association::Before);
    state.edit(who(1), &incoming(1, type_at_start(&mut ada, "a"), false), NOW);
    assert_eq!(error(&mut state, 1), Some(ErrorCode::Forbidden));
    let ask =
        RequestSuggestion { request: RequestId::new(1).unwrap(), document: DocumentPath::main(), at, by_pause: false };
    state.request_suggestion(who(1), &ask, NOW);
    assert_eq!(error(&mut state, 1), Some(ErrorCode::Forbidden));
    state.join_plain(who(2), NOW).unwrap();
    let update = PlainUpdate { code: "mine".to_owned(), cursor: None, username: None };
    assert_eq!(state.plain_update(who(2), &update, NOW), Err(PlainRefusal::Forbidden));
}

#[test]
fn suggestions_of_one_participant_are_bounded_and_end_with_them() {
    let mut state = room();
    let ada = join(&mut state, 1, 100, 1).unwrap();
    let at = ada.anchor(ByteOffset(0), Association::Before);
    let ask = |n| RequestSuggestion {
        request: RequestId::new(n).unwrap(),
        document: DocumentPath::main(),
        at,
        by_pause: false,
    };
    for n in 1..=16 {
        state.request_suggestion(who(1), &ask(n), NOW);
    }
    assert_eq!(error(&mut state, 1), None);
    for refused in [17, 1] {
        state.request_suggestion(who(1), &ask(refused), NOW);
        assert_eq!(error(&mut state, 1), Some(ErrorCode::RateLimited));
    }
    let request = RequestId::new(1).unwrap();
    let ending =
        EndSuggestion { participant: Some(who(7)), request, end: SuggestionEnd::Dismissed, outcome: None, part: false };
    state.end_suggestion(who(1), &ending);
    assert_eq!(error(&mut state, 1), Some(ErrorCode::ParticipantNotFound));
    state.leave(who(1));
    let cancelled = state.take_effects().iter().filter(|effect| matches!(effect, Effect::CancelSuggestion(..))).count();
    assert_eq!(cancelled, 16);
}

#[test]
fn only_the_last_chat_messages_are_kept() {
    let mut state = room();
    join(&mut state, 1, 100, 1).unwrap();
    for n in 0..CHAT_SHOWN + 50 {
        state.chat(who(1), Chat { text: n.to_string() }, NOW);
        state.take_effects();
    }
    let chat = &state.content().chat;
    assert_eq!((chat.len(), chat[0].text.as_str(), chat[0].participant), (CHAT_SHOWN, "50", None));
}

#[test]
fn a_plain_text_that_fits_by_itself_is_refused_where_the_room_would_not_fit() {
    let mut state = room_with(Role::Editor, Limits { document_bytes: 40, ..Limits::default() });
    state.join_plain(who(1), NOW).unwrap();
    let mut ada = join(&mut state, 2, 100, 1).unwrap();
    state.edit(who(2), &incoming(1, type_at_start(&mut ada, "30 bytes that it has not seen\n"), false), NOW);
    let update = |code: &str| PlainUpdate { code: code.to_owned(), cursor: None, username: None };
    let refused = state.plain_update(who(1), &update("text\nand 30 bytes more of its own"), NOW);
    assert!(matches!(refused, Err(PlainRefusal::TooLarge { limit: 40, .. })), "{refused:?}");
    assert_eq!(state.plain_update(who(1), &update("text\nok\n"), NOW), Ok(()));
    assert_eq!(state.summary().code, "30 bytes that it has not seen\ntext\nok\n");
}

/// What everybody but one is told.
pub(super) fn broadcasts(state: &mut RoomState) -> Vec<ServerMessage> {
    let broadcast = |effect| match effect {
        Effect::Broadcast { frame, .. } => Some(Codec::Json.decode_server(&frame.bytes(Codec::Json)).unwrap()),
        _ => None,
    };
    state.take_effects().into_iter().filter_map(broadcast).collect()
}

pub(super) fn at(ms: u64) -> Now {
    Now { unix_ms: NOW.unix_ms + ms }
}

#[test]
fn who_comes_back_in_time_is_the_same_and_nobody_sees_them_leave() {
    let mut state = room();
    join(&mut state, 1, 100, 1).unwrap();
    join(&mut state, 2, 200, 2).unwrap();
    state.set_role(who(1), &protocol::message::client::SetRole { participant: who(2), role: Role::Viewer });
    state.take_effects();
    state.lose(who(2), Duration::ZERO, NOW);
    assert!(matches!(&broadcasts(&mut state)[..], [ServerMessage::ParticipantChanged(one)] if one.participant.away));
    assert_eq!((state.participants(), state.everybody().len()), (1, 2), "a connection less, and nobody gone");
    state.expire(at(24_999));
    assert_eq!(broadcasts(&mut state), []);
    let welcome = enter(&mut state, 9, (200, 2), &[]).unwrap();
    assert_eq!((welcome.participant, welcome.resumed), (who(2), true));
    assert!(matches!(&broadcasts(&mut state)[..], [ServerMessage::ParticipantChanged(one)] if !one.participant.away));
    state.expire(at(100_000));
    assert_eq!(broadcasts(&mut state), [], "who is back does not leave any more");
}

#[test]
fn who_does_not_come_back_in_time_leaves_and_silence_counts() {
    let mut state = room();
    for (id, silent) in [(1, 0), (2, 20)] {
        join(&mut state, id, u32::try_from(id).unwrap() * 100, 1).unwrap();
        state.lose(who(id), Duration::from_secs(silent), NOW);
    }
    state.take_effects();
    state.expire(at(5_000));
    assert!(
        matches!(&broadcasts(&mut state)[..], [ServerMessage::ParticipantLeft(left)] if left.participant == who(2))
    );
    state.expire(at(25_000));
    assert!(state.everybody().is_empty());
    assert!(!enter(&mut state, 1, (100, 1), &[]).unwrap().resumed);
}

#[test]
fn a_client_that_was_started_anew_is_who_it_was_where_it_has_the_secret() {
    let mut state = room();
    let mut ada = join(&mut state, 1, 100, 1).unwrap();
    state.edit(who(1), &incoming(1, type_at_start(&mut ada, "a"), false), NOW);
    // A part that the server never got, and the connection that would have brought it is half open.
    let lost = type_at_start(&mut ada, "lost");
    assert!(!enter(&mut state, 2, (300, 3), &[(100, 9)]).unwrap().resumed, "a wrong secret proves nothing");
    state.take_effects();
    let welcome = enter(&mut state, 3, (400, 4), &[(100, 1)]).unwrap();
    assert_eq!((welcome.participant, welcome.resumed), (who(1), true));
    assert!(
        matches!(&told(&mut state, 1).0[..], [ServerMessage::Closing(closing)] if closing.reason == ClosingReason::Replaced)
    );
    state.edit(who(1), &incoming(1, lost, true), NOW);
    assert_eq!(error(&mut state, 1), None, "it brings what it wrote as before");
    assert_eq!(state.summary().code, "lostatext\n");
    let mut anew = Document::from_snapshot(client(400), &state.content().documents[0].1.snapshot()).unwrap();
    state.edit(who(1), &incoming(2, type_at_start(&mut anew, "new "), false), NOW);
    assert_eq!((error(&mut state, 1), state.summary().code.as_str()), (None, "new lostatext\n"));
}

#[test]
fn a_suggestion_goes_on_while_who_asked_is_away() {
    let mut state = room();
    let ada = join(&mut state, 1, 100, 1).unwrap();
    let request = RequestId::new(1).unwrap();
    let place = ada.anchor(ByteOffset(0), Association::Before);
    let ask = RequestSuggestion { request, document: DocumentPath::main(), at: place, by_pause: false };
    state.request_suggestion(who(1), &ask, NOW);
    state.suggestion_delta(who(1), request, "one ".to_owned());
    state.lose(who(1), Duration::ZERO, NOW);
    state.suggestion_delta(who(1), request, "two".to_owned());
    let (provider, model) = ("test".to_owned(), String::new());
    let (items, problem) = (Vec::new(), None);
    let done = SuggestionDone { participant: who(1), request, provider, model, milliseconds: 3, items, problem };
    state.suggestion_done(done, NOW);
    enter(&mut state, 1, (100, 1), &[]).unwrap();
    state.take_effects();
    state.welcome_suggestions(who(1));
    let messages = told(&mut state, 1).0;
    assert!(
        matches!(&messages[..], [ServerMessage::SuggestionSettings(_), ServerMessage::SuggestionStarted(_), ServerMessage::SuggestionDelta(delta), ServerMessage::SuggestionDone(_)] if delta.text == "one two"),
        "{messages:?}"
    );
}

#[test]
fn only_so_many_are_away_at_a_time() {
    let mut state = room();
    for id in 1..=resume::AWAY_MAX as u64 + 5 {
        join(&mut state, id, u32::try_from(id).unwrap() + 100, 1).unwrap();
        state.lose(who(id), Duration::ZERO, at(id));
    }
    assert_eq!(state.everybody().len(), resume::AWAY_MAX);
    assert!(state.everybody().iter().all(|one| one.id > who(5)), "the first ones left");
}
