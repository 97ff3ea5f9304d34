//! What a server can be told. Plain values with defaults: knows neither flags nor the environment (see `cli`).

use crate::{expiry::Expiry, fanout::redis::RedisUrl, storage::url::DatabaseUrl, suggest::options::SuggestOptions};
use http::HeaderValue;
use protocol::Limits;
use std::{num::NonZeroU32, path::PathBuf, str::FromStr, time::Duration};

/// An address to listen on: `HOST:PORT`, where the host may be a name, an IPv4 address or an IPv6 address in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress(String);

/// A text that is no address to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} must be HOST:PORT, such as 127.0.0.1:8000, 0.0.0.0:8000 for every interface, or [::1]:8000")]
pub struct ListenAddressError(String);

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<Self, ListenAddressError> {
        let good = text.rsplit_once(':').is_some_and(|(host, port)| {
            let bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
            !host.is_empty() && !bare_v6 && port.parse::<u16>().is_ok()
        });
        if good { Ok(Self(text.to_owned())) } else { Err(ListenAddressError(text.chars().take(120).collect())) }
    }
}

impl ListenAddress {
    /// Whether the port is 0: any free one is taken.
    pub fn takes_any_port(&self) -> bool {
        self.0.ends_with(":0")
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The web origins that browsers may call from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontendOrigins(Vec<HeaderValue>);

/// A text that is no list of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} must be an origin such as http://localhost:5173 (scheme, host, port; no path), or several with commas")]
pub struct FrontendOriginsError(String);

impl FromStr for FrontendOrigins {
    type Err = FrontendOriginsError;

    /// Reads origins with commas between them; an empty text and `*` mean any origin.
    fn from_str(text: &str) -> Result<Self, FrontendOriginsError> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect::<Vec<_>>();
        if words.contains(&"*") {
            return Ok(Self::default());
        }
        words.into_iter().map(origin).collect::<Result<_, _>>().map(Self)
    }
}

/// One origin, without the slash that people leave at its end.
fn origin(word: &str) -> Result<HeaderValue, FrontendOriginsError> {
    let error = || FrontendOriginsError(word.chars().take(120).collect());
    let word = word.strip_suffix('/').unwrap_or(word);
    let uri = word.parse::<http::Uri>().map_err(|_| error())?;
    let has_no_path = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
    if uri.scheme().is_none() || uri.authority().is_none() || !has_no_path {
        return Err(error());
    }
    HeaderValue::from_str(word).map_err(|_| error())
}

impl FrontendOrigins {
    /// The origins; none: any.
    pub fn as_slice(&self) -> &[HeaderValue] {
        &self.0
    }
}

/// Where the certificate for https and QUIC comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CertificateSource {
    /// Made at the first start, and kept beside the database.
    #[default]
    Own,
    /// Given.
    Files {
        /// The certificate and its chain, in PEM form.
        certificate: PathBuf,
        /// The key, in PEM form.
        key: PathBuf,
    },
}

/// Everything that a server can be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: ListenAddress,
    /// Where rooms are kept.
    pub database: DatabaseUrl,
    /// Through which Redis the server reaches the others that share its database; none: it has the database for itself.
    pub redis: Option<RedisUrl>,
    /// The certificate for https and QUIC.
    pub certificate: CertificateSource,
    /// Whether QUIC is spoken, on the UDP port of the same number.
    pub quic: bool,
    /// Which web pages may call.
    pub frontend_origins: FrontendOrigins,
    /// After how long without a key clients ask for a suggestion by themselves; zero: they don't.
    pub autocomplete_delay: Duration,
    /// Whether joining a room that does not exist creates it.
    pub create_on_join: bool,
    /// How long a room stays in memory after the last participant left.
    pub idle_room: Duration,
    /// After how long without use rooms are deleted; none: never.
    pub room_expiry: Option<Expiry>,
    /// WebSocket and QUIC connections that one IP address may hold; of HTTP connections, twice as many and 1,024 at least.
    pub connections_per_address: usize,
    /// HTTP requests per minute that one IP address may make.
    pub requests_per_minute: NonZeroU32,
    /// The bounds of rooms and messages.
    pub limits: Limits,
    /// Where metrics are, for whoever reaches it; none: on the port of everybody, for this machine only.
    pub metrics_listen: Option<ListenAddress>,
    /// How long the server says that it is not ready before it stops.
    pub drain: Duration,
    /// How long rooms may take to store their last edits at shutdown.
    pub shutdown_deadline: Duration,
    /// How suggestions are made.
    pub suggest: SuggestOptions,
}

/// The default of [`Config::connections_per_address`].
pub const CONNECTIONS_PER_ADDRESS: usize = 512;

/// The default of [`Config::requests_per_minute`].
pub const REQUESTS_PER_MINUTE: u32 = 6_000;

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ListenAddress("127.0.0.1:8000".to_owned()),
            database: default_database(),
            redis: None,
            certificate: CertificateSource::Own,
            quic: true,
            frontend_origins: FrontendOrigins::default(),
            autocomplete_delay: Duration::from_millis(600),
            create_on_join: true,
            idle_room: Duration::from_mins(1),
            room_expiry: None,
            connections_per_address: CONNECTIONS_PER_ADDRESS,
            requests_per_minute: NonZeroU32::new(REQUESTS_PER_MINUTE).unwrap_or(NonZeroU32::MIN),
            limits: Limits::default(),
            metrics_listen: None,
            drain: Duration::ZERO,
            shutdown_deadline: Duration::from_secs(10),
            suggest: SuggestOptions::default(),
        }
    }
}

/// The database of a server that was told of none.
pub fn default_database() -> DatabaseUrl {
    DatabaseUrl::SqliteFile(default_data_file())
}

/// `pair/pair.db` in the XDG data folder (<https://specifications.freedesktop.org/basedir-spec>): `$XDG_DATA_HOME` where it is an
/// absolute path, else `$HOME/.local/share`; with no home at all, the current folder.
pub(crate) fn default_data_file() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    folder.map_or_else(|| "pair.db".into(), |folder| folder.join("pair/pair.db"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_addresses_have_a_host_and_a_port() {
        for good in ["127.0.0.1:8000", "0.0.0.0:0", "localhost:80", "[::1]:8000"] {
            assert_eq!(good.parse::<ListenAddress>().map(|address| address.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "8000", ":8000", "localhost", "::1:8000", "127.0.0.1:99999", "127.0.0.1:http"] {
            assert!(bad.parse::<ListenAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn origins_are_a_list_or_any() {
        let count = |text: &str| text.parse::<FrontendOrigins>().map(|origins| origins.as_slice().len());
        assert_eq!(count(""), Ok(0));
        assert_eq!(count("*"), Ok(0));
        assert_eq!(count("http://localhost:5173/"), Ok(1));
        assert_eq!(count("http://localhost:5173, https://pair.example"), Ok(2));
        for bad in ["localhost", "localhost:5173", "http://host/path", "http://ho st"] {
            assert!(count(bad).is_err(), "{bad}");
        }
    }
}
