//! The pair room server binary: reads what it is told, starts the server, and stops it on SIGINT or SIGTERM; SIGHUP takes
//! a renewed certificate into service.

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};
use pair_server::{
    Server,
    cli::{Cli, ServerCommand, manual, ready},
    config::Config,
    rooms,
    storage::url::DatabaseUrl,
    telemetry,
    upkeep::{self, UpkeepCommand},
};
use std::{
    io::{ErrorKind, Write},
    process::ExitCode,
};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            // Standard error is the last way to say anything; where it is closed, the exit code speaks alone.
            drop(writeln!(std::io::stderr(), "pair-server: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    load_env_file()?;
    let cli = Cli::parse();
    let config = cli.config().map_err(anyhow::Error::msg)?;
    if let Some(command) = &cli.command {
        return execute(command, &config);
    }
    let telemetry = telemetry::start(cli.log_filter(), cli.log_format(), cli.otlp_endpoint())?;
    // Each participant takes a file descriptor, and many systems give a process 1,024 unless it asks.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files can't be raised");
    }
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).context("can't watch for SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("can't watch for SIGTERM")?;
        let mut hang_up = signal(SignalKind::hangup()).context("can't watch for SIGHUP")?;
        let database = config.database.clone();
        let server = Server::start(config).await?;
        let certificate = server.fingerprint();
        let quic = if server.speaks_quic() { "and QUIC" } else { "without QUIC" };
        tracing::info!(%database, %certificate, "listening on http://{}, https {quic} on the same port", server.address());
        if let Some(address) = server.metrics_address() {
            tracing::info!("metrics are on http://{address}/metrics");
        }
        let name = loop {
            tokio::select! {
                _ = interrupt.recv() => break "SIGINT",
                _ = terminate.recv() => break "SIGTERM",
                _ = hang_up.recv() => server.renew_certificate(),
            }
        };
        tracing::info!(signal = name, "stopping: participants are told, rooms are stored");
        let stopped = server.stop().await;
        tracing::info!("stopped");
        Ok(if stopped { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    });
    telemetry.stop();
    ended
}

/// Does what is to be done instead of serving.
fn execute(command: &ServerCommand, config: &Config) -> Result<ExitCode> {
    match command {
        ServerCommand::Upkeep(command) => keep_up(command, &config.database),
        ServerCommand::Rooms { command } => {
            let runtime = runtime()?;
            runtime.block_on(rooms::run(command, &config.database, &mut std::io::stdout()))?;
            Ok(ExitCode::SUCCESS)
        }
        ServerCommand::Ready => {
            let (is_ready, answer) = ready::ask(config.listen.as_str())
                .with_context(|| format!("no server answers on {}", config.listen))?;
            writeln!(std::io::stdout(), "{answer}").context("can't write to standard output")?;
            Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ServerCommand::Manual(asked) => {
            manual::run(asked, Cli::command(), &mut std::io::stdout()).context("can't write what was asked for")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("can't start the runtime")
}

/// Does something with the database; a damaged database is a failure.
fn keep_up(command: &UpkeepCommand, database: &DatabaseUrl) -> Result<ExitCode> {
    let outcome = runtime()?.block_on(upkeep::run(command, database))?;
    let mut out = std::io::stdout().lock();
    for line in outcome.lines {
        writeln!(out, "{line}").context("can't write to standard output")?;
    }
    Ok(if outcome.is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads `.env` in the current folder, where there is one. What the environment has already stays.
fn load_env_file() -> Result<()> {
    match dotenvy::from_path(".env") {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).context("can't read the file .env in this folder; each line must be NAME=value"),
    }
}
