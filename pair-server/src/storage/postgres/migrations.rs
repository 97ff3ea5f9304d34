//! Bringing the tables up to date (`migrations/postgres`), by one node at a time. Knows no rooms.

use super::{address::PostgresAddress, failure::Failure, pool};
use crate::storage::StorageError;
use deadpool_postgres::{Object, Pool};
use refinery::Target;

/// The migrations in `migrations/postgres`.
mod embedded {
    refinery::embed_migrations!("../migrations/postgres");
}

/// The advisory lock of whoever changes tables: "pair" in ASCII.
const LOCK: i64 = 0x7061_6972;

/// How the tables were brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Their version now.
    pub version: i32,
    /// The migrations that were carried out, in order; none: nothing was to do.
    pub carried_out: Vec<String>,
}

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

pub(super) async fn run(pool: &Pool, address: &PostgresAddress) -> Result<Migrated, StorageError> {
    let name = address.to_string();
    let told = |failure: Failure| failure.told_at_open(&name);
    let connection = pool.get().await.map_err(|error| told(error.into()))?;
    let latest = embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max();
    let latest = latest.unwrap_or(0);
    // A role that may not change tables can use them all the same, where there is nothing to change.
    let known = known(&connection).await.map_err(|error| told(error.into()))?;
    if known > latest {
        let reason = format!(
            "its tables are of version {known}, and this pair-server knows them up to {latest}; use the newer pair-server"
        );
        return Err(StorageError::Open { database: name, reason });
    }
    if known == latest {
        return Ok(Migrated { version: latest, carried_out: Vec::new() });
    }
    connection.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.map_err(|error| told(error.into()))?;
    // The lock goes with the connection, whatever comes.
    let mut connection = Object::take(connection);
    let runner = embedded::migrations::runner().set_grouped(true).set_target(Target::Latest);
    let report = runner.run_async(&mut *connection).await.map_err(|error| {
        let reason = match std::error::Error::source(&error)
            .and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>())
        {
            Some(cause) => cause.as_db_error().map_or_else(|| cause.to_string(), |cause| cause.message().to_owned()),
            None => error.to_string(),
        };
        let reason =
            format!("its tables can't be brought up to date: {reason}; the role must be allowed to make tables in it");
        StorageError::Open { database: name.clone(), reason }
    })?;
    Ok(Migrated { version: latest, carried_out: report.applied_migrations().iter().map(ToString::to_string).collect() })
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
