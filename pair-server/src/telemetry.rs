//! Logs: structured events on standard error, filtered; and traces to a collector, where one is named. Only `main` starts it; libraries and tests
//! log to whoever listens. Neither holds a secret, a token or text that people wrote: see docs/decisions/088.

use std::{io::IsTerminal, str::FromStr};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter,
    filter::{FilterExt, LevelFilter, filter_fn},
    fmt,
    prelude::*,
};

#[cfg(feature = "otlp")]
mod otlp;

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why there are no logs or traces.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter can't be read.
    #[error(
        "PAIR_LOG (--log) {filter:?} is no filter: {reason}; use a level such as info, or target=level with commas"
    )]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong.
        reason: String,
    },
    /// Traces can't be sent.
    #[error("PAIR_OTLP_ENDPOINT (--otlp-endpoint) {endpoint}: {reason}")]
    Traces {
        /// Where they were to go.
        endpoint: OtlpEndpoint,
        /// What is wrong.
        reason: String,
    },
}

/// A collector of traces: the address of its OTLP over HTTP, such as `http://127.0.0.1:4318`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtlpEndpoint(String);

/// A text that is no address of a collector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} must be http://HOST:PORT of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318")]
pub struct OtlpEndpointError(String);

impl FromStr for OtlpEndpoint {
    type Err = OtlpEndpointError;

    fn from_str(text: &str) -> Result<Self, OtlpEndpointError> {
        let error = || OtlpEndpointError(text.chars().take(120).collect());
        let uri = text.parse::<http::Uri>().map_err(|_| error())?;
        let is_good = uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty());
        if is_good { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err(error()) }
    }
}

impl std::fmt::Display for OtlpEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What runs as long as logs and traces are wanted.
#[derive(Debug, Default)]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    traces: Option<otlp::Traces>,
}

impl Telemetry {
    /// Sends what waits for the collector. Blocks for a few seconds at most.
    pub fn stop(self) {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces {
            traces.stop();
        }
    }
}

/// Whether an event may be logged at all: at the finest level, libraries write the frames that they carry, and these hold text and secrets.
fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    *metadata.level() != Level::TRACE || is_ours(metadata)
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("pair_")
}

/// Whether lines may be coloured: on a terminal, unless `NO_COLOR` (<https://no-color.org>) is set.
fn is_colour_wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Starts logging to standard error, and tracing to a collector, if there is one.
///
/// # Errors
/// [`TelemetryError`].
pub fn start(filter: &str, format: LogFormat, collector: Option<&OtlpEndpoint>) -> Result<Telemetry, TelemetryError> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| TelemetryError::Filter { filter: filter.to_owned(), reason: error.to_string() })?;
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        LogFormat::Text => layer.with_target(false).with_ansi(is_colour_wanted()).boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    // What is not wanted at all is then sorted out where it is said, before anything is put together: libraries say much of each frame.
    let may_be_logged = filter_fn(may_be_logged).with_max_level_hint(LevelFilter::TRACE);
    let registry = tracing_subscriber::registry().with(layer.with_filter(filter.and(may_be_logged)));
    let Some(collector) = collector else {
        registry.init();
        return Ok(Telemetry::default());
    };
    #[cfg(feature = "otlp")]
    {
        let traces = otlp::Traces::start(collector)?;
        // Spans are what a trace consists of; of events only those that operators read anyhow.
        let wanted = |metadata: &Metadata<'_>| {
            is_ours(metadata)
                && (metadata.is_span() || *metadata.level() <= Level::INFO)
                && *metadata.level() < Level::TRACE
        };
        let wanted = filter_fn(wanted).with_max_level_hint(LevelFilter::DEBUG);
        registry.with(traces.layer().with_filter(wanted)).init();
        Ok(Telemetry { traces: Some(traces) })
    }
    #[cfg(not(feature = "otlp"))]
    {
        let reason = "this pair-server was built without traces (the feature otlp)".to_owned();
        Err(TelemetryError::Traces { endpoint: collector.clone(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_an_http_address() {
        let read = |text: &str| text.parse::<OtlpEndpoint>().map(|endpoint| endpoint.to_string());
        assert_eq!(read("http://127.0.0.1:4318/").as_deref(), Ok("http://127.0.0.1:4318"));
        assert!(read("http://collector").is_ok());
        for bad in ["", "127.0.0.1:4318", "https://collector", "http://", "grpc://collector:4317"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
