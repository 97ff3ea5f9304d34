//! Addresses of PostgreSQL databases, as libpq, `SQLAlchemy` and asyncpg write them
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>). Opens nothing.

use std::{path::PathBuf, time::Duration};
use tokio_postgres::config::{Config, Host, SslMode, TargetSessionAttrs};

/// How long a connection may take to come about where the address does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// After how much silence the other side is asked whether it is still there, and how long it may take to acknowledge.
const SILENCE: Duration = Duration::from_secs(10);

/// What libpq calls the default.
const LIBPQ_KEEPALIVES_IDLE: Duration = Duration::from_hours(2);

/// How far TLS goes, as libpq's `sslmode` has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// None.
    Disable,
    /// Where the server offers it, whoever it is.
    #[default]
    Prefer,
    /// Always, whoever the server is.
    Require,
    /// The certificate must come from a known authority.
    VerifyCa,
    /// And be the host's.
    VerifyFull,
}

/// Where a PostgreSQL database is, and how it is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    /// Everything but TLS.
    pub(super) config: Config,
    pub(super) tls: TlsMode,
    /// Authorities in PEM form, instead of this system's.
    pub(super) root_certificate: Option<PathBuf>,
}

impl PostgresAddress {
    /// Reads an address; none where it is no PostgreSQL address at all, else the address or what is wrong with it.
    pub fn read(text: &str) -> Option<Result<Self, String>> {
        let (scheme, rest) = text.split_once("://")?;
        // `SQLAlchemy` names the driver behind a plus sign.
        let family = scheme.split_once('+').map_or(scheme, |(family, _)| family);
        matches!(family, "postgres" | "postgresql").then(|| Self::read_rest(rest))
    }

    fn read_rest(rest: &str) -> Result<Self, String> {
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (mut tls, mut root_certificate, mut others) = (TlsMode::default(), None, Vec::new());
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode" | "ssl", value)) => tls = tls_mode(value)?,
                Some(("sslrootcert", "system")) => root_certificate = None,
                Some(("sslrootcert", value)) => root_certificate = Some(PathBuf::from(decoded(value)?)),
                _ => others.push(option),
            }
        }
        // As libpq has it: whoever names an authority wants it to be asked.
        if tls == TlsMode::Require && root_certificate.is_some() {
            tls = TlsMode::VerifyCa;
        }
        let plain = format!("postgresql://{place}?{}", others.join("&"));
        let config = plain.parse::<Config>().map_err(|error| reason(&error))?;
        Ok(Self { config: with_defaults(config, tls), tls, root_certificate })
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        self.config.get_dbname().or_else(|| self.config.get_user()).unwrap_or_default()
    }

    /// The role that connects.
    pub(super) fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// Hosts and ports, for people.
    pub(super) fn hosts(&self) -> String {
        let ports = self.config.get_ports();
        let shown = self.config.get_hosts().iter().enumerate().map(|(at, host)| {
            let port = ports.get(at).or_else(|| ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) if name.contains(':') => format!("[{name}]:{port}"),
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(folder) => format!("{}:{port}", folder.display()),
            }
        });
        shown.collect::<Vec<_>>().join(",")
    }
}

impl std::fmt::Display for PostgresAddress {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "postgresql://{}@{}/{}", self.user(), self.hosts(), self.database())
    }
}

/// Fills in what a server that must notice a lost network needs.
fn with_defaults(mut config: Config, tls: TlsMode) -> Config {
    config.ssl_mode(match tls {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    });
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host("localhost");
    }
    // Of several hosts the one that can be written, whichever that is after a failover.
    if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    if config.get_application_name().is_none() {
        config.application_name("pair-server");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_idle() == LIBPQ_KEEPALIVES_IDLE {
        config.keepalives_idle(SILENCE);
    }
    config
}

fn tls_mode(value: &str) -> Result<TlsMode, String> {
    match value.to_ascii_lowercase().as_str() {
        "disable" | "false" => Ok(TlsMode::Disable),
        "allow" | "prefer" => Ok(TlsMode::Prefer),
        "require" | "true" => Ok(TlsMode::Require),
        "verify-ca" => Ok(TlsMode::VerifyCa),
        "verify-full" => Ok(TlsMode::VerifyFull),
        _ => Err(format!("sslmode {value:?} must be disable, prefer, require, verify-ca or verify-full")),
    }
}

/// A value of the query without its percent signs (RFC 3986, 2.1).
fn decoded(value: &str) -> Result<String, String> {
    let bad = || format!("{value:?} has a percent sign without two hexadecimal digits behind it");
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().ok_or_else(bad)?, rest.next().ok_or_else(bad)?];
        let digits = std::str::from_utf8(&digits).map_err(|_| bad())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| bad())?);
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

/// What the parser found, with its cause.
fn reason(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    format!("{cause}; see https://www.postgresql.org/docs/current/libpq-connect.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PostgresAddress {
        PostgresAddress::read(text).unwrap().unwrap()
    }

    #[test]
    fn addresses_are_read_as_existing_deployments_write_them() {
        for text in [
            "postgresql://ada:se%20cret@db.example:6543/pair",
            "postgres://ada:se%20cret@db.example:6543/pair?sslmode=prefer",
            "postgresql+asyncpg://ada:se%20cret@db.example:6543/pair?ssl=prefer",
        ] {
            let address = read(text);
            assert_eq!(address.to_string(), "postgresql://ada@db.example:6543/pair", "no password is shown: {text}");
            assert_eq!(address.config.get_password(), Some(&b"se cret"[..]), "{text}");
            assert_eq!(address.tls, TlsMode::Prefer, "{text}");
        }
        assert_eq!(
            read("postgresql://ada@/pair?host=/run/postgresql").to_string(),
            "postgresql://ada@/run/postgresql:5432/pair"
        );
        let two = read("postgresql://ada@a,b:2/pair");
        assert_eq!(two.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite, "the primary, wherever it is");
        assert!(!format!("{:?}", read("postgresql://ada:secret@h/d")).contains("secret"));
    }

    #[test]
    fn tls_goes_as_far_as_the_address_says() {
        for (query, tls) in [
            ("", TlsMode::Prefer),
            ("?sslmode=disable", TlsMode::Disable),
            ("?sslmode=require&application_name=x", TlsMode::Require),
            ("?ssl=true", TlsMode::Require),
            ("?sslmode=require&sslrootcert=/etc/ca%20one.pem", TlsMode::VerifyCa),
            ("?sslmode=verify-full", TlsMode::VerifyFull),
        ] {
            assert_eq!(read(&format!("postgresql://ada@db/pair{query}")).tls, tls, "{query}");
        }
        let address = read("postgresql://ada@db/pair?sslmode=verify-full&sslrootcert=/etc/ca%20one.pem");
        assert_eq!(address.root_certificate.as_deref(), Some(std::path::Path::new("/etc/ca one.pem")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(PostgresAddress::read("mysql://x").is_none() && PostgresAddress::read("sqlite:x").is_none());
        for (text, named) in [
            ("postgresql://h/d?sslmode=maybe", "verify-full"),
            ("postgresql://h/d?sslcert=x", "sslcert"),
            ("postgresql://h:port/d", "port"),
            ("postgresql://h/d?sslrootcert=%zz", "percent"),
        ] {
            let error = PostgresAddress::read(text).unwrap().unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
