//! Opening the storage that an address names. Knows every backend, and nothing else about them.

use super::{Storage, StorageError, postgres::PostgresStorage, sqlite::SqliteStorage, url::DatabaseUrl};
use std::sync::Arc;

/// Opens a database that is there, only to read it; a server that uses it is not disturbed.
///
/// # Errors
/// [`StorageError::Open`] names the database and what to do.
pub async fn open_to_read(url: &DatabaseUrl) -> Result<Arc<dyn Storage>, StorageError> {
    if let DatabaseUrl::Postgres(address) = url {
        return Ok(Arc::new(PostgresStorage::attach(address).await?));
    }
    let url = url.clone();
    let opened = tokio::task::spawn_blocking(move || SqliteStorage::open_to_read(&url)).await;
    Ok(Arc::new(opened.unwrap_or(Err(StorageError::Closed))?))
}

/// Opens a database that is there, tables and all, to change it or to copy it: an address that is mistyped makes no empty one.
///
/// # Errors
/// [`StorageError::Open`] names the database and what to do.
pub async fn open_existing(url: &DatabaseUrl) -> Result<Arc<dyn Storage>, StorageError> {
    if let DatabaseUrl::Postgres(address) = url {
        return Ok(Arc::new(PostgresStorage::attach(address).await?));
    }
    let url = url.clone();
    let opened = tokio::task::spawn_blocking(move || SqliteStorage::open_existing(&url)).await;
    Ok(Arc::new(opened.unwrap_or(Err(StorageError::Closed))?))
}

/// Opens a database, making what is missing of its tables.
///
/// # Errors
/// [`StorageError::Open`] names the database and what to do.
pub async fn open(url: &DatabaseUrl) -> Result<Arc<dyn Storage>, StorageError> {
    if let DatabaseUrl::Postgres(address) = url {
        return Ok(Arc::new(PostgresStorage::open(address).await?));
    }
    let url = url.clone();
    let opened = tokio::task::spawn_blocking(move || SqliteStorage::open(&url)).await;
    Ok(Arc::new(opened.unwrap_or(Err(StorageError::Closed))?))
}
