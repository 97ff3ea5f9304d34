//! The SQL that reads: rows to rooms, each as of one moment. Knows no tasks.

use super::{failure::Failure, records::signed};
use crate::storage::{
    Cursor, EMPTY_UPDATE, LogPosition, ROOMS_PAGE, RoomMeta, StoredChat, StoredDocument, StoredRoom, StoredUpdate,
    Writer,
};
use bytes::Bytes;
use deadpool_postgres::{Object, Transaction};
use protocol::{ClientId, DocumentPath, RoomId};
use tokio_postgres::{IsolationLevel, Row, types::ToSql};

const MOMENT: &str = "SELECT pg_current_snapshot()::text";

/// The room, with the log's length and its newest change.
const ROOM: &str =
    "SELECT language, last_author, updated_ms, owner_token, guest_role, log.length, log.at_ms, log.author, models
    FROM rooms, (
        SELECT count(*) AS length, max(at_ms) AS at_ms,
            (array_agg(author ORDER BY at_ms DESC, id DESC) FILTER (WHERE author IS NOT NULL))[1] AS author
        FROM updates WHERE room = $1
    ) AS log WHERE rooms.id = $1";

const DOCUMENTS: &str = "SELECT path, snapshot, true FROM documents WHERE room = $1 ORDER BY position";

const UPDATES: &str = "SELECT document, data, author, client, at_ms FROM updates WHERE room = $1 ORDER BY id";

const CHAT: &str =
    "SELECT name, text, at_ms FROM (SELECT * FROM chat WHERE room = $1 ORDER BY id DESC LIMIT $2) AS last ORDER BY id";

const CLAIMS: &str = "SELECT client, secret FROM claims WHERE room = $1";

/// What a moment had not seen: of the transactions from its horizon on those that it did not see committed.
const DOCUMENTS_SINCE: &str = "SELECT path, CASE WHEN seen THEN $3 ELSE snapshot END, NOT seen FROM (
        SELECT *, pg_visible_in_snapshot(tx, $2::text::pg_snapshot) AS seen FROM documents WHERE room = $1
    ) AS known ORDER BY position";

const UPDATES_SINCE: &str = "SELECT document, data, author, client, at_ms FROM updates
    WHERE room = $1 AND tx >= pg_snapshot_xmin($2::text::pg_snapshot)
        AND NOT pg_visible_in_snapshot(tx, $2::text::pg_snapshot) AND writer <> $3 ORDER BY id";

const CHAT_SINCE: &str = "SELECT name, text, at_ms FROM chat
    WHERE room = $1 AND NOT pg_visible_in_snapshot(tx, $2::text::pg_snapshot) ORDER BY id";

const CLAIMS_SINCE: &str = "SELECT client, secret FROM claims
    WHERE room = $1 AND NOT pg_visible_in_snapshot(tx, $2::text::pg_snapshot)";

/// Everything about a room, with so many of its last chat messages; all without a number.
pub(super) async fn load(
    mut connection: Object,
    room: &RoomId,
    chat: Option<i64>,
) -> Result<Option<StoredRoom>, Failure> {
    let writer = Writer::random().map_err(|error| Failure::Damaged(room.clone(), error.to_string()))?;
    let (id, transaction) = (room.as_str(), begin(&mut connection).await?);
    let (by_room, with_chat): (Values<'_, 1>, Values<'_, 2>) = ([&id], [&id, &chat]);
    let read = futures::try_join!(
        select(&transaction, MOMENT, &[]),
        select(&transaction, ROOM, &by_room),
        select(&transaction, DOCUMENTS, &by_room),
        select(&transaction, UPDATES, &by_room),
        select(&transaction, CHAT, &with_chat),
        select(&transaction, CLAIMS, &by_room),
    )?;
    transaction.commit().await?;
    stored(room, writer, &read)
}

/// What others have stored since a moment.
pub(super) async fn since(
    mut connection: Object,
    room: &RoomId,
    writer: Writer,
    cursor: &Cursor,
) -> Result<Option<StoredRoom>, Failure> {
    let (id, moment, own) = (room.as_str(), cursor.0.as_str(), writer.get());
    let transaction = begin(&mut connection).await?;
    let (by_room, by_moment): (Values<'_, 1>, Values<'_, 2>) = ([&id], [&id, &moment]);
    let (or_empty, by_others): (Values<'_, 3>, Values<'_, 3>) = ([&id, &moment, &EMPTY_UPDATE], [&id, &moment, &own]);
    let read = futures::try_join!(
        select(&transaction, MOMENT, &[]),
        select(&transaction, ROOM, &by_room),
        select(&transaction, DOCUMENTS_SINCE, &or_empty),
        select(&transaction, UPDATES_SINCE, &by_others),
        select(&transaction, CHAT_SINCE, &by_moment),
        select(&transaction, CLAIMS_SINCE, &by_moment),
    )?;
    transaction.commit().await?;
    stored(room, writer, &read)
}

/// The ids of rooms behind one, in order.
pub(super) async fn rooms(connection: Object, after: Option<&RoomId>) -> Result<Vec<RoomId>, Failure> {
    let select = connection.prepare_cached("SELECT id FROM rooms WHERE id > $1 ORDER BY id LIMIT $2").await?;
    let page = signed(ROOMS_PAGE as u64);
    let rows = connection.query(&select, &[&after.map_or("", RoomId::as_str), &page]).await?;
    // Ids that are none can't be named in an error about one; they are no room of ours.
    rows.iter()
        .map(|row| Ok(row.try_get::<_, String>(0)?.parse::<RoomId>().ok()))
        .filter_map(Result::transpose)
        .collect()
}

/// One moment for several questions.
async fn begin(connection: &mut Object) -> Result<Transaction<'_>, tokio_postgres::Error> {
    connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await
}

/// What goes into a statement.
type Values<'a, const COUNT: usize> = [&'a (dyn ToSql + Sync); COUNT];

async fn select(
    transaction: &Transaction<'_>,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = transaction.prepare_cached(sql).await?;
    transaction.query(&statement, values).await
}

/// The moment, the room, its documents, updates, chat and claims.
type Read = (Vec<Row>, Vec<Row>, Vec<Row>, Vec<Row>, Vec<Row>, Vec<Row>);

fn stored(room: &RoomId, writer: Writer, read: &Read) -> Result<Option<StoredRoom>, Failure> {
    let (moment, found, documents, updates, chat, claims) = read;
    let (Some(moment), Some(found)) = (moment.first(), found.first()) else { return Ok(None) };
    let damaged = |reason: String| Failure::Damaged(room.clone(), reason);
    let mut kept = Vec::with_capacity(documents.len());
    for row in documents {
        kept.push((document(row).map_err(damaged)?, row.try_get::<_, bool>(2)?));
    }
    for row in updates {
        let path: &str = row.try_get(0)?;
        let into = kept.iter_mut().find(|(document, _)| document.path.as_str() == path);
        let (document, has_news) =
            into.ok_or_else(|| damaged(format!("there is no document {path:?} for an update")))?;
        document.log.push(update(row)?);
        *has_news = true;
    }
    kept.retain(|(_, has_news)| *has_news);
    let log = LogPosition { writer, version: 0, length: unsigned(found, 5)?, cursor: Cursor(moment.try_get(0)?) };
    let claim = |row: &Row| {
        let secret: &[u8] = row.try_get(1)?;
        let secret = secret.try_into().map_err(|_| damaged("a claim's secret has not 32 bytes".to_owned()))?;
        Ok::<_, Failure>((ClientId::from_random(unsigned(row, 0)?), secret))
    };
    Ok(Some(StoredRoom {
        meta: meta(room, found)?,
        documents: kept.into_iter().map(|(document, _)| document).collect(),
        log,
        chat: chat.iter().map(message).collect::<Result<_, _>>()?,
        claims: claims.iter().map(claim).collect::<Result<_, _>>()?,
    }))
}

/// The meta; the newest update in the log says who changed the room last.
fn meta(room: &RoomId, row: &Row) -> Result<RoomMeta, Failure> {
    let token: Option<&[u8]> = row.try_get(3)?;
    let token = token.map(<[u8; 32]>::try_from).transpose();
    let mut meta = RoomMeta {
        language: row.try_get(0)?,
        last_author: row.try_get(1)?,
        updated_ms: unsigned(row, 2)?,
        owner_token: token
            .map_err(|_| Failure::Damaged(room.clone(), "the owner's token has not 32 bytes".to_owned()))?,
        guest_role: row.try_get(4)?,
        models: row.try_get(8)?,
    };
    if row.try_get::<_, Option<i64>>(6)?.is_some() && unsigned(row, 6)? >= meta.updated_ms {
        meta.updated_ms = unsigned(row, 6)?;
        meta.last_author = row.try_get::<_, Option<String>>(7)?.or(meta.last_author);
    }
    Ok(meta)
}

fn document(row: &Row) -> Result<StoredDocument, String> {
    let path: String = row.try_get(0).map_err(|error| error.to_string())?;
    let path = path.parse::<DocumentPath>().map_err(|error| error.to_string())?;
    let snapshot: Vec<u8> = row.try_get(1).map_err(|error| error.to_string())?;
    Ok(StoredDocument { path, snapshot: snapshot.into(), log: Vec::new() })
}

fn update(row: &Row) -> Result<StoredUpdate, tokio_postgres::Error> {
    Ok(StoredUpdate {
        update: Bytes::from(row.try_get::<_, Vec<u8>>(1)?),
        author: row.try_get(2)?,
        client: ClientId::from_random(unsigned(row, 3)?),
        at_ms: unsigned(row, 4)?,
    })
}

fn message(row: &Row) -> Result<StoredChat, tokio_postgres::Error> {
    Ok(StoredChat { name: row.try_get(0)?, text: row.try_get(1)?, at_ms: unsigned(row, 2)? })
}

fn unsigned(row: &Row, column: usize) -> Result<u64, tokio_postgres::Error> {
    Ok(u64::try_from(row.try_get::<_, i64>(column)?).unwrap_or(0))
}
