//! Copying all rooms from one storage to another, whichever kinds they are, and comparing what came. Knows no backend.

use super::{Record, RoomMeta, Storage, StorageError, StoredChat, StoredDocument, StoredRoom, StoredUpdate};
use crate::text::cleaned;
use protocol::{ClientId, Document, RoomId};
use std::collections::HashSet;

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rooms.
    pub rooms: usize,
    /// Of these, rooms that the target had already.
    pub merged: usize,
    /// Documents.
    pub documents: usize,
    /// Updates in their logs.
    pub updates: usize,
    /// Chat messages.
    pub chat: usize,
}

/// Why a copy was not made, or is not good.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The target has rooms.
    #[error(
        "the target has rooms already, such as {0}; take an empty database, or say --merge to bring the rooms together"
    )]
    NotEmpty(RoomId),
    /// What the target has is not what the source has.
    #[error(
        "room {room} is not the same in the target: {what}; does a server use one of the databases? stop it, and copy again with --merge"
    )]
    Differs {
        /// Which room.
        room: RoomId,
        /// What of it.
        what: &'static str,
    },
}

/// Copies every room with all that is stored about it, then compares. Into a target that has rooms only where `merge` says so: a room that is
/// in both then has the text of both, as after an offline meeting.
///
/// # Errors
/// [`CopyError`]. What was copied by then stays; copying again with `merge` goes on.
pub async fn copy(from: &dyn Storage, to: &dyn Storage, merge: bool) -> Result<Copied, CopyError> {
    if let Some(there) = to.rooms(None).await?.into_iter().next().filter(|_| !merge) {
        return Err(CopyError::NotEmpty(there));
    }
    let (mut copied, mut after) = (Copied::default(), None);
    loop {
        let page = from.rooms(after).await?;
        let Some(last) = page.last().cloned() else { return Ok(copied) };
        for room in page {
            if let Some(stored) = from.export(room.clone()).await? {
                copy_room(to, room, &keepable(stored), &mut copied).await?;
            }
        }
        after = Some(last);
    }
}

/// A room with its texts as every database keeps them: see [`cleaned`]. Rooms of before may have others. Of chat messages that
/// are the same then, one is left.
fn keepable(stored: StoredRoom) -> StoredRoom {
    let update = |one: StoredUpdate| StoredUpdate { author: one.author.map(cleaned), ..one };
    let document = |one: StoredDocument| StoredDocument { log: one.log.into_iter().map(update).collect(), ..one };
    let message = |one: StoredChat| StoredChat { name: cleaned(one.name), text: cleaned(one.text), at_ms: one.at_ms };
    let mut known = HashSet::new();
    let mut is_new = |one: &StoredChat| known.insert((one.at_ms, one.name.clone(), one.text.clone()));
    let (language, last_author) = (cleaned(stored.meta.language), stored.meta.last_author.map(cleaned));
    StoredRoom {
        meta: RoomMeta { language, last_author, ..stored.meta },
        documents: stored.documents.into_iter().map(document).collect(),
        chat: stored.chat.into_iter().map(message).filter(|one| is_new(one)).collect(),
        ..stored
    }
}

async fn copy_room(to: &dyn Storage, room: RoomId, stored: &StoredRoom, copied: &mut Copied) -> Result<(), CopyError> {
    let Some(first) = stored.documents.first() else { return Ok(()) };
    let made = to.create(room.clone(), stored.meta.clone(), first.path.clone(), first.snapshot.clone()).await?;
    let gone = || CopyError::Differs { room: room.clone(), what: "it is gone" };
    let target = to.load(room.clone()).await?.ok_or_else(gone)?;
    let records = records(stored, &target, made);
    to.append(room.clone(), target.log.writer, records).await?;
    let target = to.export(room.clone()).await?.ok_or_else(gone)?;
    let difference = if made { difference(stored, &target) } else { missing(stored, &target) };
    if let Some(what) = difference {
        return Err(CopyError::Differs { room, what });
    }
    copied.rooms += 1;
    copied.merged += usize::from(!made);
    copied.documents += stored.documents.len();
    copied.updates += stored.documents.iter().map(|document| document.log.len()).sum::<usize>();
    copied.chat += stored.chat.len();
    Ok(())
}

/// A room as records for a target that has it, and was made from it just now or not.
fn records(stored: &StoredRoom, target: &StoredRoom, made: bool) -> Vec<Record> {
    let mut version = target.log.version;
    let mut next = || {
        version += 1;
        version
    };
    let mut records = Vec::new();
    for (place, document) in stored.documents.iter().enumerate() {
        if !target.documents.iter().any(|known| known.path == document.path) {
            records.push(Record::Document(document.path.clone()));
        }
        if !made || place > 0 {
            // An update like others: it takes nothing from what the target has.
            records.push(Record::Update {
                version: next(),
                document: document.path.clone(),
                update: document.snapshot.clone(),
                author: None,
                client: ClientId::from_random_32(0),
                at_ms: 0,
            });
        }
        records.extend(document.log.iter().map(|one| Record::Update {
            version: next(),
            document: document.path.clone(),
            update: one.update.clone(),
            author: one.author.clone(),
            client: one.client,
            at_ms: one.at_ms,
        }));
    }
    records.extend(stored.claims.iter().map(|(client, secret)| Record::Claim(*client, *secret)));
    records.extend(stored.chat.iter().cloned().map(Record::Chat));
    // Last: updates say too who changed the room, and when.
    let newest = if made || stored.meta.updated_ms >= target.meta.updated_ms { stored } else { target };
    records.push(Record::Meta(newest.meta.clone()));
    records
}

/// What of a room that was made from another one is not the same.
fn difference(source: &StoredRoom, target: &StoredRoom) -> Option<&'static str> {
    let sorted = |room: &StoredRoom| {
        let mut claims = room.claims.clone();
        claims.sort_unstable();
        claims
    };
    let paths = |room: &StoredRoom| room.documents.iter().map(|document| document.path.clone()).collect::<Vec<_>>();
    let logs_differ =
        source.documents.iter().zip(&target.documents).any(|(source, target)| !target.log.ends_with(&source.log));
    let rights = |room: &StoredRoom| (room.meta.owner_token, room.meta.guest_role.clone(), room.meta.models);
    if source.meta.language != target.meta.language || rights(source) != rights(target) {
        Some("its language or rights")
    } else if paths(source) != paths(target) {
        Some("its documents")
    } else if logs_differ {
        Some("its log")
    } else if source.chat != target.chat {
        Some("its chat")
    } else if sorted(source) != sorted(target) {
        Some("its claims")
    } else {
        let state = |stored: &StoredDocument| read(stored).map(|document| document.snapshot());
        let same =
            source.documents.iter().zip(&target.documents).all(|(source, target)| state(source) == state(target));
        (!same).then_some("its text")
    }
}

/// What of a room a target lacks that had it before.
fn missing(source: &StoredRoom, target: &StoredRoom) -> Option<&'static str> {
    let known = |path| target.documents.iter().find(|known| known.path == path);
    let held = source
        .documents
        .iter()
        .all(|document| known(document.path.clone()).is_some_and(|known| holds(known, document)));
    let has_chat = source.chat.iter().all(|message| target.chat.contains(message));
    if held { (!has_chat).then_some("its chat") } else { Some("its text") }
}

/// Whether a document has all that another one has.
fn holds(document: &StoredDocument, other: &StoredDocument) -> bool {
    let Some(mut read) = read(document) else { return false };
    let before = read.snapshot();
    other.updates().all(|update| read.apply_trusted(update).is_ok()) && read.snapshot() == before
}

/// A document, whatever pieces it is stored in; none where it can't be read.
fn read(stored: &StoredDocument) -> Option<Document> {
    let mut document = Document::new(ClientId::from_random_32(0));
    for update in stored.updates() {
        document.apply_trusted(update).ok()?;
    }
    Some(document)
}
