//! The SQL: records to rows and back. Knows no threads and no transactions: whoever calls has begun one.

use crate::{
    storage::{
        Cursor, EMPTY_UPDATE, EXPIRED_PAGE, LogPosition, ROOMS_PAGE, Record, RoomMeta, StoredChat, StoredDocument,
        StoredRoom, StoredUpdate, StoredVersion, Writer,
    },
    text::without_zeros,
};
use bytes::Bytes;
use protocol::{ClientId, DocumentPath, RoomId};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};

/// Creates a room with its default document; gives false where it exists.
pub(super) fn create(
    connection: &Connection,
    room: &RoomId,
    meta: &RoomMeta,
    document: &DocumentPath,
    snapshot: &Bytes,
) -> rusqlite::Result<bool> {
    let created = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO rooms (id, language, last_author, updated_ms, owner_token, guest_role, models)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            room.as_str(),
            without_zeros(&meta.language),
            meta.last_author.as_deref().map(without_zeros),
            signed(meta.updated_ms),
            meta.owner_token.as_ref().map(<[u8; 32]>::as_slice),
            meta.guest_role,
            meta.models
        ])?
        == 1;
    if created {
        connection
            .prepare_cached("INSERT INTO documents (room, path, position, snapshot) VALUES (?, ?, 0, ?)")?
            .execute(params![room.as_str(), document.as_str(), &snapshot[..]])?;
    }
    Ok(created)
}

/// Stores a batch of one room.
pub(super) fn append(connection: &Connection, room: &RoomId, batch: &[Record]) -> rusqlite::Result<()> {
    let mut change = Change::default();
    for record in batch {
        match record {
            Record::Update { version, author, at_ms, .. } => {
                update(connection, room, record)?;
                change.note(*version, author.as_deref(), *at_ms);
            }
            Record::Meta(meta) => set_meta(connection, room, meta)?,
            Record::Document(path) => add_document(connection, room, path)?,
            Record::Chat(chat) => add_chat(connection, room, chat)?,
            Record::Claim(client, secret) => claim(connection, room, *client, secret)?,
            Record::Snapshot { document, snapshot, through, author, at_ms } => {
                compact(connection, room, document, snapshot, *through)?;
                change.note(*through, author.as_deref(), *at_ms);
            }
        }
    }
    change.store(connection, room)
}

/// The last change of a room in a batch.
#[derive(Default)]
struct Change<'a> {
    /// The last version; 0 where nothing changed.
    version: StoredVersion,
    author: Option<&'a str>,
    at_ms: u64,
}

impl<'a> Change<'a> {
    fn note(&mut self, version: StoredVersion, author: Option<&'a str>, at_ms: u64) {
        self.version = self.version.max(version);
        self.author = author.or(self.author);
        self.at_ms = at_ms;
    }

    fn store(&self, connection: &Connection, room: &RoomId) -> rusqlite::Result<()> {
        if self.version == 0 {
            return Ok(());
        }
        // A note that the room is in use may be newer than the change, and come in the same batch.
        connection
            .prepare_cached(
                "UPDATE rooms SET version = max(version, ?), updated_ms = max(updated_ms, ?),
                 last_author = coalesce(?, last_author) WHERE id = ?",
            )?
            .execute(params![
                signed(self.version),
                signed(self.at_ms),
                self.author.map(without_zeros),
                room.as_str()
            ])?;
        Ok(())
    }
}

fn update(connection: &Connection, room: &RoomId, record: &Record) -> rusqlite::Result<()> {
    let Record::Update { version, document, update, author, client, at_ms } = record else { return Ok(()) };
    // A version that is there already comes from a batch whose outcome was unclear; it is the same update.
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO updates (room, version, document, data, author, client, at_ms)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
             WHERE NOT EXISTS (SELECT 1 FROM documents WHERE room = ?1 AND path = ?3 AND snapshot_version >= ?2)",
        )?
        .execute(params![
            room.as_str(),
            signed(*version),
            document.as_str(),
            &update[..],
            author.as_deref().map(without_zeros),
            signed(client.get()),
            signed(*at_ms)
        ])?;
    Ok(())
}

fn set_meta(connection: &Connection, room: &RoomId, meta: &RoomMeta) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE rooms SET language = ?, last_author = ?, updated_ms = ?, owner_token = ?, guest_role = ?, models = ?
             WHERE id = ?",
        )?
        .execute(params![
            without_zeros(&meta.language),
            meta.last_author.as_deref().map(without_zeros),
            signed(meta.updated_ms),
            meta.owner_token.as_ref().map(<[u8; 32]>::as_slice),
            meta.guest_role,
            meta.models,
            room.as_str()
        ])?;
    Ok(())
}

fn add_document(connection: &Connection, room: &RoomId, path: &DocumentPath) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO documents (room, path, position, snapshot)
             SELECT ?1, ?2, 1 + max(position), ?3 FROM documents WHERE room = ?1",
        )?
        .execute(params![room.as_str(), path.as_str(), EMPTY_UPDATE])?;
    Ok(())
}

fn add_chat(connection: &Connection, room: &RoomId, chat: &StoredChat) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO chat (room, name, text, at_ms) VALUES (?, ?, ?, ?)")?
        .execute(params![room.as_str(), without_zeros(&chat.name), without_zeros(&chat.text), signed(chat.at_ms)])?;
    Ok(())
}

/// The first claim of an id stays, but for one that was open: 32 zero bytes.
fn claim(connection: &Connection, room: &RoomId, client: ClientId, secret: &[u8; 32]) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO claims (room, client, secret) VALUES (?, ?, ?)
             ON CONFLICT (room, client) DO UPDATE SET secret = excluded.secret WHERE secret = zeroblob(32)",
        )?
        .execute(params![room.as_str(), signed(client.get()), &secret[..]])?;
    Ok(())
}

/// Puts a snapshot in the place of everything that it holds.
fn compact(
    connection: &Connection,
    room: &RoomId,
    document: &DocumentPath,
    snapshot: &Bytes,
    through: u64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE documents SET snapshot = ?, snapshot_version = ? WHERE room = ? AND path = ? AND snapshot_version <= ?2",
        )?
        .execute(params![&snapshot[..], signed(through), room.as_str(), document.as_str()])?;
    connection
        .prepare_cached("DELETE FROM updates WHERE room = ? AND document = ? AND version <= ?")?
        .execute(params![room.as_str(), document.as_str(), signed(through)])?;
    Ok(())
}

/// The ids of rooms behind one, in order.
pub(super) fn rooms(connection: &Connection, after: Option<&RoomId>) -> rusqlite::Result<Vec<RoomId>> {
    let page = i64::try_from(ROOMS_PAGE).unwrap_or(i64::MAX);
    let mut select = connection.prepare_cached("SELECT id FROM rooms WHERE id > ? ORDER BY id LIMIT ?")?;
    let rows = select.query_map(params![after.map_or("", RoomId::as_str), page], |row| {
        row.get::<_, String>(0)?.parse::<RoomId>().map_err(no_text)
    })?;
    rows.collect()
}

/// Deletes a room; gives false where there is none.
pub(super) fn delete(connection: &Connection, room: &RoomId) -> rusqlite::Result<bool> {
    Ok(connection.prepare_cached("DELETE FROM rooms WHERE id = ?")?.execute([room.as_str()])? == 1)
}

/// Deletes rooms that were changed last before a moment, some of them; gives which.
pub(super) fn expire(connection: &Connection, unused_since_ms: u64) -> rusqlite::Result<Vec<RoomId>> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM rooms WHERE id IN (SELECT id FROM rooms WHERE updated_ms < ? ORDER BY updated_ms LIMIT ?) RETURNING id",
    )?;
    let rows = delete.query_map(params![signed(unused_since_ms), EXPIRED_PAGE], |row| {
        row.get::<_, String>(0)?.parse::<RoomId>().map_err(no_text)
    })?;
    rows.collect()
}

/// Everything about a room, with so many of its last chat messages; all where that is negative.
pub(super) fn load(connection: &Connection, room: &RoomId, chat_count: i64) -> rusqlite::Result<Option<StoredRoom>> {
    let found = connection
        .prepare_cached(
            "SELECT language, last_author, updated_ms, owner_token, guest_role, models, version FROM rooms WHERE id = ?",
        )?
        .query_row([room.as_str()], |row| Ok((meta(row)?, unsigned(row, 6)?)))
        .optional()?;
    let Some((meta, version)) = found else { return Ok(None) };
    let documents = documents(connection, room)?;
    let length = documents.iter().map(|document| document.log.len() as u64).sum();
    Ok(Some(StoredRoom {
        meta,
        documents,
        log: LogPosition { writer: Writer::ONLY, version, length, cursor: Cursor::default() },
        chat: chat(connection, room, chat_count)?,
        claims: claims(connection, room)?,
    }))
}

fn meta(row: &Row<'_>) -> rusqlite::Result<RoomMeta> {
    Ok(RoomMeta {
        language: row.get(0)?,
        last_author: row.get(1)?,
        updated_ms: unsigned(row, 2)?,
        owner_token: row.get(3)?,
        guest_role: row.get(4)?,
        models: row.get(5)?,
    })
}

fn documents(connection: &Connection, room: &RoomId) -> rusqlite::Result<Vec<StoredDocument>> {
    let mut select =
        connection.prepare_cached("SELECT path, snapshot FROM documents WHERE room = ? ORDER BY position")?;
    let rows = select.query_map([room.as_str()], |row| {
        let path = row.get::<_, String>(0)?.parse::<DocumentPath>().map_err(no_text)?;
        Ok((path, row.get::<_, Vec<u8>>(1)?))
    })?;
    let mut select = connection.prepare_cached(
        "SELECT data, author, client, at_ms FROM updates WHERE room = ? AND document = ? ORDER BY version",
    )?;
    rows.map(|row| {
        let (path, snapshot) = row?;
        let log = select.query_map([room.as_str(), path.as_str()], |row| {
            Ok(StoredUpdate {
                update: row.get::<_, Vec<u8>>(0)?.into(),
                author: row.get(1)?,
                client: ClientId::from_random(unsigned(row, 2)?),
                at_ms: unsigned(row, 3)?,
            })
        })?;
        Ok(StoredDocument { log: log.collect::<rusqlite::Result<_>>()?, path, snapshot: snapshot.into() })
    })
    .collect()
}

/// A text that is not what it should be.
fn no_text(error: protocol::ids::IdError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

fn chat(connection: &Connection, room: &RoomId, count: i64) -> rusqlite::Result<Vec<StoredChat>> {
    let mut select =
        connection.prepare_cached("SELECT name, text, at_ms FROM chat WHERE room = ? ORDER BY id DESC LIMIT ?")?;
    let rows = select.query_map(params![room.as_str(), count], |row| {
        Ok(StoredChat { name: row.get(0)?, text: row.get(1)?, at_ms: unsigned(row, 2)? })
    })?;
    let mut chat = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    chat.reverse();
    Ok(chat)
}

fn claims(connection: &Connection, room: &RoomId) -> rusqlite::Result<Vec<(ClientId, [u8; 32])>> {
    let mut select = connection.prepare_cached("SELECT client, secret FROM claims WHERE room = ?")?;
    let rows = select.query_map([room.as_str()], |row| Ok((ClientId::from_random(unsigned(row, 0)?), row.get(1)?)))?;
    rows.collect()
}

/// A number as SQLite keeps it. Ours stay below 2^53.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}
