//! Rows of another cluster: a dump that was restored says of each row under which transaction it was written, and those numbers are of the
//! cluster that it was dumped from. Where that one had used up more of them, no moment of this one has seen such rows, and each reading of what
//! is new would give all of them, for ever. Knows one statement.

use super::{failure::Failure, migrations};
use deadpool_postgres::{Object, Pool};
use tokio_postgres::IsolationLevel;

/// Tables whose rows say which transaction wrote them.
const TABLES: [&str; 4] = ["documents", "updates", "chat", "claims"];

/// What no row that this cluster wrote can be: later than every transaction that had begun.
const FROM_ELSEWHERE: &str = "tx >= pg_snapshot_xmax(pg_current_snapshot())";

/// Lets rows of another cluster be older than every moment of this one. A database that can't be written, such as a standby, stays as it is.
pub(super) async fn settle(pool: &Pool, name: &str) {
    match mend(pool).await {
        Ok(0) => {}
        Ok(rows) => {
            tracing::info!(database = name, rows, "rows of another cluster, from a dump, count as old from now on");
        }
        Err(error) => {
            let error = error.told(name);
            tracing::warn!(%error, "rows of another cluster, from a dump, are not marked as old; nodes read them again and again");
        }
    }
}

async fn mend(pool: &Pool) -> Result<u64, Failure> {
    let connection = pool.get().await?;
    if !are_any(&connection).await? {
        return Ok(0);
    }
    // Of several nodes that start, one does it, and the others find nothing left.
    let mut connection = migrations::lock(connection).await?;
    // One view for all of it: a row that somebody rewrites meanwhile would else be taken for one of elsewhere.
    let transaction = connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).start().await?;
    let mut rows = 0;
    for table in TABLES {
        rows += transaction.execute(&format!("UPDATE {table} SET tx = '0' WHERE {FROM_ELSEWHERE}"), &[]).await?;
    }
    transaction.commit().await?;
    Ok(rows)
}

async fn are_any(connection: &Object) -> Result<bool, Failure> {
    let any = TABLES.map(|table| format!("EXISTS (SELECT FROM {table} WHERE {FROM_ELSEWHERE})")).join(" OR ");
    Ok(connection.query_one(&format!("SELECT {any}"), &[]).await?.try_get(0)?)
}
