//! The SQL that writes: batches to rows, each kind of record in one statement for all rooms of a group, all statements sent at once.
//! Knows no tasks.

use super::{failure::Failure, groups::Append};
use crate::{
    storage::{EMPTY_UPDATE, EXPIRED_PAGE, Record, RoomMeta, Writer},
    text::without_zeros,
};
use bytes::Bytes;
use deadpool_postgres::Object;
use futures::future::try_join_all;
use protocol::{ClientId, DocumentPath, RoomId};
use std::collections::BTreeMap;
use tokio_postgres::{Statement, types::ToSql};

/// In the place of a secret's hash: the next claim of this client id is the one that stays.
const OPEN_CLAIM: [u8; 32] = [0; 32];

const CREATE: &str = "WITH made AS (
        INSERT INTO rooms (id, language, last_author, updated_ms, owner_token, guest_role, models)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id
    ) INSERT INTO documents (room, path, position, snapshot) SELECT id, $8, 0, $9 FROM made";

const CLAIMS: &str = "INSERT INTO claims (room, client, secret)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[])
    ON CONFLICT (room, client) DO UPDATE SET secret = excluded.secret, tx = excluded.tx WHERE claims.secret = $4";

const DOCUMENTS: &str = "INSERT INTO documents (room, path, snapshot)
    SELECT room, path, $3 FROM unnest($1::text[], $2::text[]) AS new (room, path) ON CONFLICT DO NOTHING";

const UPDATES: &str = "INSERT INTO updates (room, writer, version, document, data, author, client, at_ms)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::bigint[], $8::bigint[])
    ON CONFLICT (room, writer, version) DO NOTHING";

const CHAT: &str = "INSERT INTO chat (room, name, text, at_ms)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING";

/// A meta that comes late does not take the last change from somebody who made it later.
const META: &str =
    "UPDATE rooms SET language = new.language, owner_token = new.owner_token, guest_role = new.guest_role, models = new.models,
        last_author = CASE WHEN new.updated_ms >= rooms.updated_ms THEN new.last_author ELSE rooms.last_author END,
        updated_ms = greatest(new.updated_ms, rooms.updated_ms)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], $7::boolean[])
        AS new (id, language, last_author, updated_ms, owner_token, guest_role, models)
    WHERE rooms.id = new.id";

/// Who deletes rooms that nobody uses holds this advisory lock, in the transaction that does it. Any number that nothing else here takes.
const EXPIRY_LOCK: i64 = 0x7061_6972_6578_7069;

/// The newest update in the log may be newer than what the room's own row says. A room that is in somebody's memory was noted there long before
/// its time is over, so that a row which waits for its lock here does not fit any more when it gets it.
const EXPIRE: &str = "WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($3) AS mine),
    old AS (
        SELECT id FROM rooms WHERE updated_ms < $1 AND (SELECT mine FROM turn)
            AND NOT EXISTS (SELECT FROM updates WHERE updates.room = rooms.id AND updates.at_ms >= $1)
        LIMIT $2
    ) DELETE FROM rooms WHERE id IN (SELECT id FROM old) AND updated_ms < $1 RETURNING id";

/// Creates a room with its default document; gives false where it exists.
pub(super) async fn create(
    connection: Object,
    room: &RoomId,
    meta: &RoomMeta,
    document: &DocumentPath,
    snapshot: &Bytes,
) -> Result<bool, Failure> {
    let statement = connection.prepare_cached(CREATE).await?;
    let token = meta.owner_token.as_ref().map(<[u8; 32]>::as_slice);
    let (language, last_author) = (clean(&meta.language), meta.last_author.as_deref().map(clean));
    let (room, document, snapshot, updated_ms) =
        (room.as_str(), document.as_str(), &snapshot[..], signed(meta.updated_ms));
    let values: [&(dyn ToSql + Sync); 9] =
        [&room, &language, &last_author, &updated_ms, &token, &meta.guest_role, &meta.models, &document, &snapshot];
    Ok(connection.execute(&statement, &values).await? == 1)
}

/// Deletes a room; gives false where there is none.
pub(super) async fn delete(connection: Object, room: &RoomId) -> Result<bool, Failure> {
    let statement = connection.prepare_cached("DELETE FROM rooms WHERE id = $1").await?;
    Ok(connection.execute(&statement, &[&room.as_str()]).await? == 1)
}

/// Deletes rooms that were changed last before a moment, some of them, unless another node is at it; gives which.
pub(super) async fn expire(connection: Object, unused_since_ms: u64) -> Result<Vec<RoomId>, Failure> {
    let statement = connection.prepare_cached(EXPIRE).await?;
    let rows = connection.query(&statement, &[&signed(unused_since_ms), &EXPIRED_PAGE, &EXPIRY_LOCK]).await?;
    // What is no id can't be one of a room in memory, and is deleted without a word.
    Ok(rows.iter().filter_map(|row| row.get::<_, String>(0).parse().ok()).collect())
}

/// Stores a group of batches in one transaction.
pub(super) async fn append(connection: &mut Object, group: &[Append]) -> Result<(), Failure> {
    let mut rows = Rows::default();
    for batch in group {
        rows.take(batch);
    }
    let statements = rows.prepare(connection).await?;
    let client: &tokio_postgres::Client = connection;
    // One statement is a transaction by itself.
    if let [only] = &statements[..] {
        client.execute(&only.statement, &only.values).await?;
        return Ok(());
    }
    // Everything is sent before the first answer is there. After a failure PostgreSQL refuses the rest, and takes the commit for a rollback.
    let begun = client.batch_execute("BEGIN");
    let done = try_all(client, &statements);
    let committed = client.batch_execute("COMMIT");
    let (begun, done, committed) = futures::join!(begun, done, committed);
    begun.and(done).and(committed).map_err(Failure::from)
}

/// Executes statements, all of them sent at once; the first failure is the cause of the others.
pub(super) async fn try_all(
    client: &tokio_postgres::Client,
    statements: &[Prepared<'_>],
) -> Result<(), tokio_postgres::Error> {
    let all = statements.iter().map(|one| client.execute(&one.statement, &one.values));
    // Each must end, so that the connection is where it should be; only then is the first failure looked for.
    futures::future::join_all(all).await.into_iter().find_map(Result::err).map_or(Ok(()), Err)
}

/// A statement and what goes into it.
pub(super) struct Prepared<'a> {
    statement: Statement,
    values: Vec<&'a (dyn ToSql + Sync)>,
}

/// What a group writes, by table and column.
#[derive(Default)]
pub(super) struct Rows<'a> {
    updates: Updates<'a>,
    documents: (Vec<&'a str>, Vec<&'a str>),
    chat: (Vec<&'a str>, Vec<String>, Vec<String>, Vec<i64>),
    /// The first claim of an id stays, but for an open one. In order, so that all nodes lock them in the same one.
    claims: BTreeMap<(&'a str, i64), &'a [u8]>,
    claim_columns: (Vec<&'a str>, Vec<i64>, Vec<&'a [u8]>),
    /// The last of each room.
    metas: BTreeMap<&'a str, &'a RoomMeta>,
    meta_columns: MetaColumns<'a>,
}

#[derive(Default)]
struct Updates<'a> {
    room: Vec<&'a str>,
    writer: Vec<i64>,
    version: Vec<i64>,
    document: Vec<&'a str>,
    data: Vec<&'a [u8]>,
    author: Vec<Option<String>>,
    client: Vec<i64>,
    at_ms: Vec<i64>,
}

#[derive(Default)]
struct MetaColumns<'a> {
    room: Vec<&'a str>,
    language: Vec<String>,
    last_author: Vec<Option<String>>,
    updated_ms: Vec<i64>,
    owner_token: Vec<Option<&'a [u8]>>,
    guest_role: Vec<&'a str>,
    models: Vec<Option<bool>>,
}

impl<'a> Rows<'a> {
    /// Takes a batch's records; snapshots are not theirs.
    pub(super) fn take(&mut self, batch: &'a Append) {
        let room = batch.room.as_str();
        for record in &batch.records {
            match record {
                Record::Update { version, document, update, author, client, at_ms } => {
                    self.updates.push(room, batch.writer, *version, document, update);
                    self.updates.tell(author.as_deref(), *client, *at_ms);
                }
                Record::Meta(meta) => drop(self.metas.insert(room, meta)),
                Record::Document(path) => {
                    self.documents.0.push(room);
                    self.documents.1.push(path.as_str());
                }
                Record::Chat(chat) => {
                    self.chat.0.push(room);
                    self.chat.1.push(clean(&chat.name));
                    self.chat.2.push(clean(&chat.text));
                    self.chat.3.push(signed(chat.at_ms));
                }
                Record::Claim(client, secret) => {
                    let known = self.claims.entry((room, signed(client.get()))).or_insert(secret);
                    if **known == OPEN_CLAIM {
                        *known = secret;
                    }
                }
                Record::Snapshot { .. } => {}
            }
        }
    }

    /// The statements that write it, in the order that all nodes have.
    pub(super) async fn prepare(&mut self, connection: &Object) -> Result<Vec<Prepared<'_>>, Failure> {
        for ((room, client), secret) in &self.claims {
            self.claim_columns.0.push(room);
            self.claim_columns.1.push(*client);
            self.claim_columns.2.push(secret);
        }
        for (room, meta) in &self.metas {
            self.meta_columns.push(room, meta);
        }
        let mut wanted: Vec<(&str, Vec<&(dyn ToSql + Sync)>)> = Vec::new();
        if !self.claims.is_empty() {
            let (room, client, secret) = &self.claim_columns;
            wanted.push((CLAIMS, vec![room, client, secret, &OPEN_CLAIM_ROW]));
        }
        if !self.documents.0.is_empty() {
            wanted.push((DOCUMENTS, vec![&self.documents.0, &self.documents.1, &EMPTY_UPDATE]));
        }
        if !self.updates.room.is_empty() {
            wanted.push((UPDATES, self.updates.values()));
        }
        if !self.chat.0.is_empty() {
            let (room, name, text, at_ms) = &self.chat;
            wanted.push((CHAT, vec![room, name, text, at_ms]));
        }
        if !self.metas.is_empty() {
            wanted.push((META, self.meta_columns.values()));
        }
        let statements = try_join_all(wanted.iter().map(|(sql, _)| connection.prepare_cached(sql))).await?;
        let all = statements.into_iter().zip(wanted);
        Ok(all.map(|(statement, (_, values))| Prepared { statement, values }).collect())
    }
}

/// [`OPEN_CLAIM`] as a value of a statement.
const OPEN_CLAIM_ROW: &[u8] = &OPEN_CLAIM;

impl<'a> Updates<'a> {
    fn push(&mut self, room: &'a str, writer: Writer, version: u64, document: &'a DocumentPath, update: &'a Bytes) {
        self.room.push(room);
        self.writer.push(writer.get());
        self.version.push(signed(version));
        self.document.push(document.as_str());
        self.data.push(update);
    }

    fn tell(&mut self, author: Option<&str>, client: ClientId, at_ms: u64) {
        self.author.push(author.map(clean));
        self.client.push(signed(client.get()));
        self.at_ms.push(signed(at_ms));
    }

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let Self { room, writer, version, document, data, author, client, at_ms } = self;
        vec![room, writer, version, document, data, author, client, at_ms]
    }
}

impl<'a> MetaColumns<'a> {
    fn push(&mut self, room: &'a str, meta: &'a RoomMeta) {
        self.room.push(room);
        self.language.push(clean(&meta.language));
        self.last_author.push(meta.last_author.as_deref().map(clean));
        self.updated_ms.push(signed(meta.updated_ms));
        self.owner_token.push(meta.owner_token.as_ref().map(<[u8; 32]>::as_slice));
        self.guest_role.push(&meta.guest_role);
        self.models.push(meta.models);
    }

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let Self { room, language, last_author, updated_ms, owner_token, guest_role, models } = self;
        vec![room, language, last_author, updated_ms, owner_token, guest_role, models]
    }
}

/// A number as PostgreSQL keeps it. Ours stay below 2^53.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A text as PostgreSQL takes it: it has no zero bytes.
pub(super) fn clean(text: &str) -> String {
    without_zeros(text).into_owned()
}
