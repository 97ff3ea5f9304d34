//! Logs: structured events on standard error, filtered. Only `main` starts it; libraries and tests log to whoever listens.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A filter that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("PAIR_LOG (--log) {filter:?} is no filter: {reason}; use a level such as info, or target=level with commas")]
pub struct FilterError {
    filter: String,
    reason: String,
}

/// Starts logging to standard error.
///
/// # Errors
/// [`FilterError`].
pub fn start(filter: &str, format: LogFormat) -> Result<(), FilterError> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| FilterError { filter: filter.to_owned(), reason: error.to_string() })?;
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = match format {
        LogFormat::Text => layer.with_target(false).boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    tracing_subscriber::registry().with(filter).with(layer).init();
    Ok(())
}
