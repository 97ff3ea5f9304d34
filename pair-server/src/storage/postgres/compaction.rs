//! Compaction: the log of a document becomes its snapshot. One node at a time; the others go on appending meanwhile. Knows the document,
//! no room's rules.
//!
//! The node that compacts locks the document's row, reads the stored snapshot and every update that it sees, brings them into one
//! document together with the snapshot that the room gave, and deletes exactly the rows that it read. What commits a moment later is
//! not among them, and stays. Where another node has the row, the room's snapshot goes into the log as an update like others: it is one.

use super::{
    failure::Failure,
    groups::Append,
    records::{self, Rows, clean, signed},
};
use crate::storage::{Record, Writer};
use bytes::Bytes;
use deadpool_postgres::{Object, Transaction};
use protocol::{ClientId, Document, DocumentPath, RoomId};
use tokio_util::task::TaskTracker;

/// A node that hangs in the middle lets go of its locks after this.
const GIVE_UP: &str = "SET LOCAL idle_in_transaction_session_timeout = '15s'";

const LOCK: &str = "SELECT snapshot FROM documents WHERE room = $1 AND path = $2 FOR UPDATE SKIP LOCKED";

const LOG: &str = "SELECT id, data, author, at_ms FROM updates WHERE room = $1 AND document = $2 ORDER BY id";

const DELETE: &str = "DELETE FROM updates WHERE room = $1 AND id = ANY ($2)";

const PLACE: &str = "UPDATE documents SET snapshot = $3, tx = pg_current_xact_id() WHERE room = $1 AND path = $2";

const CHANGED: &str = "UPDATE rooms SET updated_ms = $2, last_author = coalesce($3, last_author)
    WHERE id = $1 AND updated_ms <= $2";

const ADD: &str = "INSERT INTO updates (room, writer, version, document, data, author, client, at_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Stores a batch that has snapshots, in one transaction.
pub(super) async fn append(connection: &mut Object, batch: &Append, tracker: &TaskTracker) -> Result<(), Failure> {
    let mut rows = Rows::default();
    rows.take(batch);
    let statements = rows.prepare(connection).await?;
    // Not repeatable read: its view would be from before the lock was had, and the compaction before this one missing in it.
    let transaction = connection.transaction().await?;
    transaction.batch_execute(GIVE_UP).await?;
    records::try_all(transaction.client(), &statements).await?;
    for record in &batch.records {
        let Record::Snapshot { document, snapshot, author, at_ms, .. } = record else { continue };
        let given = Given { room: &batch.room, document, snapshot, author: author.as_deref(), at_ms: *at_ms };
        compact(&transaction, &given, tracker).await?;
    }
    Ok(transaction.commit().await?)
}

/// What the room gave.
struct Given<'a> {
    room: &'a RoomId,
    document: &'a DocumentPath,
    snapshot: &'a Bytes,
    author: Option<&'a str>,
    at_ms: u64,
}

async fn compact(transaction: &Transaction<'_>, given: &Given<'_>, tracker: &TaskTracker) -> Result<(), Failure> {
    let (room, path) = (given.room.as_str(), given.document.as_str());
    let lock = transaction.prepare_cached(LOCK).await?;
    let Some(locked) = transaction.query_opt(&lock, &[&room, &path]).await? else {
        return add_to_log(transaction, given).await;
    };
    let log = transaction.prepare_cached(LOG).await?;
    let log = transaction.query(&log, &[&room, &path]).await?;
    let mut pieces = vec![given.snapshot.clone(), Bytes::from(locked.try_get::<_, Vec<u8>>(0)?)];
    let (mut ids, mut last) = (Vec::with_capacity(log.len()), (signed(given.at_ms), given.author.map(clean)));
    for row in &log {
        ids.push(row.try_get::<_, i64>(0)?);
        pieces.push(row.try_get::<_, Vec<u8>>(1)?.into());
        let at_ms = row.try_get::<_, i64>(3)?;
        if at_ms > last.0 {
            last = (at_ms, row.try_get::<_, Option<String>>(2)?.or(last.1));
        }
    }
    let merged = match tracker.spawn_blocking(move || merge(&pieces)).await {
        Ok(Ok(merged)) => merged,
        problem => {
            // Nothing that is stored may go while there is a doubt about what it says.
            let problem = problem.map_or_else(|error| error.to_string(), |merged| merged.err().unwrap_or_default());
            tracing::error!(room, document = path, %problem, "the log can't be compacted; it stays as it is");
            return add_to_log(transaction, given).await;
        }
    };
    let (place, delete) = (transaction.prepare_cached(PLACE).await?, transaction.prepare_cached(DELETE).await?);
    transaction.execute(&place, &[&room, &path, &merged]).await?;
    transaction.execute(&delete, &[&room, &ids]).await?;
    let changed = transaction.prepare_cached(CHANGED).await?;
    transaction.execute(&changed, &[&room, &last.0, &last.1]).await?;
    Ok(())
}

/// One snapshot of several pieces, the newest first: then hardly anything of the others is new.
fn merge(pieces: &[Bytes]) -> Result<Vec<u8>, String> {
    let mut document = Document::new(ClientId::from_random_32(0));
    for piece in pieces {
        document.apply(piece).map_err(|error| error.to_string())?;
    }
    Ok(document.snapshot())
}

/// Stores a room's snapshot as an update. Its writer is a new one: the room's own may have an update of that version.
async fn add_to_log(transaction: &Transaction<'_>, given: &Given<'_>) -> Result<(), Failure> {
    let writer = Writer::random().map_err(|error| Failure::Damaged(given.room.clone(), error.to_string()))?;
    let add = transaction.prepare_cached(ADD).await?;
    transaction
        .execute(
            &add,
            &[
                &given.room.as_str(),
                &writer.get(),
                &1_i64,
                &given.document.as_str(),
                &&given.snapshot[..],
                &given.author.map(clean),
                &0_i64,
                &signed(given.at_ms),
            ],
        )
        .await?;
    Ok(())
}
