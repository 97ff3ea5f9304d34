//! Database addresses: which backend, and where. Opens nothing.

use super::postgres::address::PostgresAddress;
use std::path::PathBuf;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    SqliteFile(PathBuf),
    /// SQLite in memory: gone when the server stops.
    SqliteMemory,
    /// A PostgreSQL database, which several nodes may share.
    Postgres(Box<PostgresAddress>),
}

/// An address that names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// It is none.
    #[error(
        "database address {0:?} must be sqlite:PATH, sqlite:///PATH, sqlite+aiosqlite:///PATH, sqlite::memory: or \
         postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Unknown(String),
    /// It is one of PostgreSQL's, but for this. The address itself is not shown: it may hold a password.
    #[error("the postgresql:// address is wrong: {0}")]
    Postgres(String),
}

impl std::str::FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    /// Reads an address as `SQLAlchemy` does: after `sqlite:///` the path is relative, after `sqlite:////` absolute.
    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(read) = PostgresAddress::read(text) {
            return read.map(|address| Self::Postgres(Box::new(address))).map_err(DatabaseUrlError::Postgres);
        }
        let error = || DatabaseUrlError::Unknown(text.chars().take(120).collect());
        let rest = text.strip_prefix("sqlite+aiosqlite:").or_else(|| text.strip_prefix("sqlite:")).ok_or_else(error)?;
        let path = rest.strip_prefix("///").unwrap_or(rest);
        match path {
            ":memory:" => Ok(Self::SqliteMemory),
            "" => Err(error()),
            host if host.starts_with("//") && !rest.starts_with("///") => Err(error()),
            path => Ok(Self::SqliteFile(PathBuf::from(path))),
        }
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SqliteFile(path) => write!(f, "sqlite:{}", path.display()),
            Self::SqliteMemory => f.write_str("sqlite::memory:"),
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_front_ends_of_the_standard_write_them() {
        let file = |path: &str| Ok(DatabaseUrl::SqliteFile(path.into()));
        for (text, wanted) in [
            ("sqlite:pair.db", file("pair.db")),
            ("sqlite:/var/pair.db", file("/var/pair.db")),
            ("sqlite:///pair.db", file("pair.db")),
            ("sqlite:////var/pair.db", file("/var/pair.db")),
            ("sqlite+aiosqlite:///./pair.db", file("./pair.db")),
            ("sqlite::memory:", Ok(DatabaseUrl::SqliteMemory)),
            ("sqlite:///:memory:", Ok(DatabaseUrl::SqliteMemory)),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>(), wanted, "{text}");
        }
        for bad in ["", "pair.db", "sqlite:", "sqlite://host/pair.db", "postgres:x", "mysql:x"] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
    }
}
