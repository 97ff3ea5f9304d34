//! Logs: structured events on standard error, filtered. Only `main` starts it; libraries and tests log to whoever listens.

use std::io::IsTerminal;
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

/// Whether lines may be coloured: on a terminal, unless `NO_COLOR` (<https://no-color.org>) is set.
fn is_colour_wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
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
        LogFormat::Text => layer.with_target(false).with_ansi(is_colour_wanted()).boxed(),
        LogFormat::Json => layer.json().boxed(),
    };
    tracing_subscriber::registry().with(filter).with(layer).init();
    Ok(())
}
