//! The server's flags and their environment variables; gives a [`Config`]. A flag beats the environment, the environment beats the
//! `.env` file, which beats the default.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the text of --help, where markup would show"
)]

use crate::{
    config::{self, CertificateSource, Config, FrontendOrigins, ListenAddress},
    expiry::Expiry,
    fanout::redis::RedisUrl,
    rooms::RoomsCommand,
    storage::url::DatabaseUrl,
    telemetry::{LogFormat, OtlpEndpoint},
    upkeep::UpkeepCommand,
};
use clap::{Parser, Subcommand};
use manual::ManualCommand;
use protocol::Limits;
use std::{num::NonZeroU32, path::PathBuf, str::FromStr, time::Duration};

pub mod manual;
pub mod ready;
mod suggest;

/// The room server of pair: terminals and browsers edit the same buffers through it.
///
/// It needs nothing else: `pair-server` alone serves http://127.0.0.1:8000 and keeps rooms in a SQLite file. Each option can also
/// be an environment variable (named in brackets) or a line of a `.env` file in the current folder. A flag beats the environment,
/// the environment beats the file.
#[derive(Debug, Parser)]
#[command(name = "pair-server", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<ServerCommand>,

    /// Where to listen. 0.0.0.0:8000 lets other machines in; port 0 takes a free one.
    #[arg(long, env = "PAIR_LISTEN", value_name = "HOST:PORT", default_value = "127.0.0.1:8000", value_parser = named::<ListenAddress>("PAIR_LISTEN"))]
    listen: ListenAddress,

    /// Where rooms are kept: sqlite:PATH, sqlite:///PATH, sqlite::memory: to keep nothing, or
    /// postgresql://USER:PASSWORD@HOST:PORT/DATABASE, which several servers may share. [default: pair/pair.db in the XDG data folder]
    #[arg(long, global = true, env = "PAIR_DATABASE_URL", value_name = "URL", value_parser = named::<DatabaseUrl>("PAIR_DATABASE_URL"))]
    database_url: Option<DatabaseUrl>,

    /// The Redis or Valkey through which servers that share a database reach each other: redis://[USER:PASSWORD@]HOST[:PORT], or
    /// rediss:// for TLS. [default: the server has the database for itself]
    #[arg(long, env = "PAIR_REDIS_URL", value_name = "URL", value_parser = named::<RedisUrl>("PAIR_REDIS_URL"))]
    redis_url: Option<RedisUrl>,

    /// A certificate for https and QUIC, with its chain, in PEM form. [default: one that is made at the first start, and kept beside
    /// the database]
    #[arg(long, env = "PAIR_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The certificate's key, in PEM form.
    #[arg(long, env = "PAIR_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Whether QUIC is spoken, on the UDP port of the same number.
    #[arg(long, env = "PAIR_QUIC", value_name = "true|false", default_value = "true", value_parser = boolean("PAIR_QUIC"), action = clap::ArgAction::Set)]
    quic: bool,

    /// The web origin that browsers may call from, such as http://localhost:5173; several with commas. [default: any]
    #[arg(long, env = "PAIR_FRONTEND_ORIGIN", value_name = "ORIGIN", default_value = "", hide_default_value = true, value_parser = named::<FrontendOrigins>("PAIR_FRONTEND_ORIGIN"))]
    frontend_origin: FrontendOrigins,

    /// After how long without a key clients ask for a suggestion by themselves, in milliseconds; 0: only when somebody asks.
    #[arg(long, env = "PAIR_AUTOCOMPLETE_DELAY_MS", value_name = "MS", default_value = "600", value_parser = number("PAIR_AUTOCOMPLETE_DELAY_MS", 0, 60_000))]
    autocomplete_delay_ms: u64,

    /// Whether joining a room that does not exist creates it.
    #[arg(long, env = "PAIR_CREATE_ON_JOIN", value_name = "true|false", default_value = "true", value_parser = boolean("PAIR_CREATE_ON_JOIN"), action = clap::ArgAction::Set)]
    create_on_join: bool,

    /// How long a room stays in memory after its last participant left, in seconds.
    #[arg(long, env = "PAIR_IDLE_ROOM_SECONDS", value_name = "SECONDS", default_value = "60", value_parser = number("PAIR_IDLE_ROOM_SECONDS", 0, 604_800))]
    idle_room_seconds: u64,

    /// After how many days without use a room is deleted: nobody opened it and nobody changed it. 0: never. Servers that share a database need the same.
    #[arg(long, env = "PAIR_ROOM_EXPIRY_DAYS", value_name = "DAYS", default_value = "0", value_parser = number("PAIR_ROOM_EXPIRY_DAYS", 0, 36_500))]
    room_expiry_days: u64,

    /// WebSocket and QUIC connections that one IP address may hold; of HTTP connections twice as many, 1,024 at least.
    #[arg(long, env = "PAIR_MAX_CONNECTIONS_PER_ADDRESS", value_name = "COUNT", default_value = "512", value_parser = number("PAIR_MAX_CONNECTIONS_PER_ADDRESS", 1, 1_000_000))]
    max_connections_per_address: u64,

    /// HTTP requests per minute that one IP address may make.
    #[arg(long, env = "PAIR_HTTP_REQUESTS_PER_MINUTE", value_name = "COUNT", default_value = "6000", value_parser = number("PAIR_HTTP_REQUESTS_PER_MINUTE", 1, 100_000_000))]
    http_requests_per_minute: u64,

    /// How large a document may be, in bytes.
    #[arg(long, env = "PAIR_MAX_DOCUMENT_BYTES", value_name = "BYTES", default_value = "4194304", value_parser = number("PAIR_MAX_DOCUMENT_BYTES", 1_024, 268_435_456))]
    max_document_bytes: u64,

    /// How large one message may be, in bytes; at least four times a document, which JSON can need.
    #[arg(long, env = "PAIR_MAX_FRAME_BYTES", value_name = "BYTES", default_value = "16777216", value_parser = number("PAIR_MAX_FRAME_BYTES", 4_096, 1_073_741_824))]
    max_frame_bytes: u64,

    /// Edits per second that one connection may sustain; over it the server reads that connection more slowly, and nothing is lost.
    #[arg(long, env = "PAIR_MAX_EDITS_PER_SECOND", value_name = "COUNT", default_value = "5000", value_parser = number("PAIR_MAX_EDITS_PER_SECOND", 10, 10_000_000))]
    max_edits_per_second: u64,

    /// What is logged: error, warn, info, debug, trace, or a filter such as pair_server::room=debug.
    #[arg(long, env = "PAIR_LOG", value_name = "FILTER", default_value = "info")]
    log: String,

    /// How it is logged, to standard error.
    #[arg(long, env = "PAIR_LOG_FORMAT", value_name = "FORMAT", default_value = "text", value_enum)]
    log_format: LogFormat,

    /// Where traces go: a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318. [default: nowhere]
    #[arg(long, env = "PAIR_OTLP_ENDPOINT", value_name = "URL", value_parser = named::<OtlpEndpoint>("PAIR_OTLP_ENDPOINT"))]
    otlp_endpoint: Option<OtlpEndpoint>,

    /// A port of its own for GET /metrics, for whoever reaches it. [default: none; on the port above, for this machine only]
    #[arg(long, env = "PAIR_METRICS_LISTEN", value_name = "HOST:PORT", value_parser = named::<ListenAddress>("PAIR_METRICS_LISTEN"))]
    metrics_listen: Option<ListenAddress>,

    /// How long GET /readyz answers 503 before a server that was told to stop does so, in seconds: load balancers notice.
    #[arg(long, env = "PAIR_DRAIN_SECONDS", value_name = "SECONDS", default_value = "0", value_parser = number("PAIR_DRAIN_SECONDS", 0, 3_600))]
    drain_seconds: u64,

    /// How long rooms may take to store their last edits at shutdown, in seconds.
    #[arg(long, env = "PAIR_SHUTDOWN_SECONDS", value_name = "SECONDS", default_value = "10", value_parser = number("PAIR_SHUTDOWN_SECONDS", 1, 3_600))]
    shutdown_seconds: u64,

    #[command(flatten)]
    suggest: suggest::SuggestArgs,
}

/// What can be done instead of serving.
#[derive(Debug, Subcommand)]
pub enum ServerCommand {
    /// Something with the database.
    #[command(flatten)]
    Upkeep(UpkeepCommand),
    /// Lists, shows, exports and deletes rooms.
    Rooms {
        /// What to do.
        #[command(subcommand)]
        command: RoomsCommand,
    },
    /// Asks the server on --listen whether it is ready; the exit code says so. For health checks of containers.
    Ready,
    /// Something for packages.
    #[command(flatten)]
    Manual(ManualCommand),
}

impl Cli {
    /// The server's configuration.
    ///
    /// # Errors
    /// A sentence, where two values don't fit together.
    pub fn config(&self) -> Result<Config, String> {
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        if self.max_frame_bytes < self.max_document_bytes.saturating_mul(4) {
            return Err(format!(
                "PAIR_MAX_FRAME_BYTES (--max-frame-bytes) is {}, and must be at least four times PAIR_MAX_DOCUMENT_BYTES, {}",
                self.max_frame_bytes,
                self.max_document_bytes.saturating_mul(4)
            ));
        }
        Ok(Config {
            listen: self.listen.clone(),
            database: self.database_url.clone().unwrap_or_else(config::default_database),
            redis: self.redis_url.clone(),
            certificate: match (&self.tls_cert, &self.tls_key) {
                (Some(certificate), Some(key)) => {
                    CertificateSource::Files { certificate: certificate.clone(), key: key.clone() }
                }
                _ => CertificateSource::Own,
            },
            quic: self.quic,
            frontend_origins: self.frontend_origin.clone(),
            autocomplete_delay: Duration::from_millis(self.autocomplete_delay_ms),
            create_on_join: self.create_on_join,
            idle_room: Duration::from_secs(self.idle_room_seconds),
            room_expiry: Expiry::after_days(u32::try_from(self.room_expiry_days).unwrap_or(u32::MAX)),
            connections_per_address: size(self.max_connections_per_address),
            requests_per_minute: u32::try_from(self.http_requests_per_minute)
                .ok()
                .and_then(NonZeroU32::new)
                .unwrap_or(NonZeroU32::MIN),
            limits: Limits {
                frame_bytes: size(self.max_frame_bytes),
                document_bytes: size(self.max_document_bytes),
                edits_per_second: u32::try_from(self.max_edits_per_second).unwrap_or(u32::MAX),
                ..Limits::default()
            },
            metrics_listen: self.metrics_listen.clone(),
            drain: Duration::from_secs(self.drain_seconds),
            shutdown_deadline: Duration::from_secs(self.shutdown_seconds),
            suggest: self.suggest.options()?,
        })
    }

    /// What is logged.
    pub fn log_filter(&self) -> &str {
        &self.log
    }

    /// Where traces go, if anywhere.
    pub fn otlp_endpoint(&self) -> Option<&OtlpEndpoint> {
        self.otlp_endpoint.as_ref()
    }

    /// How it is logged.
    pub fn log_format(&self) -> LogFormat {
        self.log_format
    }
}

/// A parser whose error names the environment variable too: the value may well have come from there.
fn named<T>(variable: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    move |text| text.parse().map_err(|error: T::Err| format!("{variable}: {error}"))
}

/// A parser of whole numbers within bounds.
fn number(variable: &'static str, least: u64, most: u64) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| match text.parse::<u64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("{variable} must be a whole number from {least} to {most}")),
    }
}

fn boolean(variable: &'static str) -> impl Fn(&str) -> Result<bool, String> + Clone {
    move |text| match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(format!("{variable} must be true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_is_sound_and_its_defaults_are_the_configuration_s() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["pair-server"]).map_err(|error| error.to_string());
        let given = cli.and_then(|cli| cli.config()).map(|config| format!("{config:?}"));
        assert_eq!(given, Ok(format!("{:?}", Config::default())));
    }

    #[test]
    fn a_bad_value_is_named_with_what_would_be_right() {
        for (flag, value, named, right) in [
            ("--listen", "8000", "PAIR_LISTEN", "127.0.0.1:8000"),
            ("--database-url", "mysql://x", "PAIR_DATABASE_URL", "sqlite:PATH"),
            ("--frontend-origin", "localhost", "PAIR_FRONTEND_ORIGIN", "http://localhost:5173"),
            ("--redis-url", "localhost:6379", "PAIR_REDIS_URL", "redis://"),
            ("--autocomplete-delay-ms", "-1", "PAIR_AUTOCOMPLETE_DELAY_MS", "from 0 to 60000"),
            ("--create-on-join", "perhaps", "PAIR_CREATE_ON_JOIN", "true or false"),
            ("--log-format", "xml", "--log-format", "text, json"),
        ] {
            let error = Cli::try_parse_from(["pair-server", &format!("{flag}={value}")])
                .map(drop)
                .map_err(|error| error.to_string());
            assert!(
                error
                    .as_ref()
                    .is_err_and(|error| error.contains(named) && error.contains(right) && error.contains(value)),
                "{flag} {value}: {error:?}"
            );
        }
    }

    #[test]
    fn a_frame_must_hold_a_document() {
        let cli = Cli::try_parse_from(["pair-server", "--max-frame-bytes=8192", "--max-document-bytes=4096"]);
        let error = cli.map_err(|error| error.to_string()).and_then(|cli| cli.config().map(drop));
        assert!(error.is_err_and(|error| error.contains("PAIR_MAX_FRAME_BYTES") && error.contains("16384")));
    }
}
