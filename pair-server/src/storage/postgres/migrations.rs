//! Bringing the tables up to date (`migrations/postgres`), by one node at a time. Knows no rooms.

use super::{address::PostgresAddress, failure::Failure, pool};
use crate::storage::{Migrated, StorageError};
use deadpool_postgres::{ClientWrapper, Object, Pool};

/// The migrations in `migrations/postgres`.
mod embedded {
    refinery::embed_migrations!("../migrations/postgres");
}

/// The advisory lock of whoever changes tables: "pair" in ASCII.
const LOCK: i64 = 0x7061_6972;

/// A node that hangs while it changes tables keeps the others waiting so long; then they say so, and whoever started them tries again.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '60s'";

/// Brings the tables of a database up to date, and nothing else.
///
/// # Errors
/// [`StorageError::Open`] names the database and what to do.
pub async fn migrate(address: &PostgresAddress) -> Result<Migrated, StorageError> {
    let pool = pool(address)?;
    let migrated = run(&pool, address).await;
    pool.close();
    migrated
}

/// Connects to a database whose tables are up to date, or makes them so where that is allowed here.
pub(super) async fn run(pool: &Pool, address: &PostgresAddress) -> Result<Migrated, StorageError> {
    let name = address.to_string();
    let (connection, known) = look(pool, &name).await?;
    // A role that may not change tables can use them all the same, where there is nothing to change.
    if known == latest() {
        return Ok(Migrated { version: known, carried_out: Vec::new() });
    }
    let mut connection = lock(connection).await.map_err(|failure| failure.told_at_open(&name))?;
    let runner = embedded::migrations::runner().set_grouped(true);
    let report = runner.run_async(&mut *connection).await.map_err(|error| {
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>());
        let reason = match cause.map(|cause| (cause, cause.as_db_error())) {
            Some((_, Some(told))) => told.message().to_owned(),
            Some((cause, None)) => cause.to_string(),
            None => error.to_string(),
        };
        let hint = "the role in PAIR_DATABASE_URL must be allowed to make tables in the database";
        StorageError::Open {
            database: name.clone(),
            reason: format!("its tables can't be brought up to date: {reason}; {hint}"),
        }
    })?;
    Ok(Migrated::new(latest(), &report))
}

/// Waits until no other node changes tables; none does as long as this connection lives, whatever comes.
pub(super) async fn lock(connection: Object) -> Result<ClientWrapper, Failure> {
    connection.batch_execute(LOCK_TIMEOUT).await?;
    connection.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
    Ok(Object::take(connection))
}

/// Looks whether the tables are up to date, and changes nothing.
pub(super) async fn expect_current(pool: &Pool, address: &PostgresAddress) -> Result<(), StorageError> {
    let name = address.to_string();
    match look(pool, &name).await? {
        (_, known) if known == latest() => Ok(()),
        (_, known) => {
            let reason = format!(
                "its tables are of version {known}, and of {} where this is used; run `pair-server migrate`",
                latest()
            );
            Err(StorageError::Open { database: name, reason })
        }
    }
}

/// A connection, and the version of the tables, which is not from the future.
async fn look(pool: &Pool, name: &str) -> Result<(Object, i32), StorageError> {
    let connection = pool.get().await.map_err(|error| Failure::from(error).told_at_open(name))?;
    let known = known(&connection).await.map_err(|error| Failure::from(error).told_at_open(name))?;
    if known > latest() {
        let reason = format!(
            "its tables are of version {known}, and this pair-server knows them up to {}; use the newer pair-server",
            latest()
        );
        return Err(StorageError::Open { database: name.to_owned(), reason });
    }
    Ok((connection, known))
}

/// The version that this program makes.
fn latest() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The version of the tables; 0 where there are none.
async fn known(connection: &Object) -> Result<i32, tokio_postgres::Error> {
    let there = connection.query_one("SELECT to_regclass('refinery_schema_history') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let row = connection.query_one("SELECT coalesce(max(version), 0)::int FROM refinery_schema_history", &[]).await?;
    row.try_get(0)
}
