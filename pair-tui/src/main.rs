//! The pair terminal client: the command line, the runtime, signals, exit codes. What is done is in `commands`.

use anyhow::Context;
use clap::Parser;
use pair_tui::{cli::Cli, commands, config, log_file};
use std::{
    io::{self, Write},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Signals that end the program in good order, with their numbers.
const ENDING_SIGNALS: [u8; 3] = [1, 2, 15];

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        (_, signal @ 1..) => ExitCode::from(128 + signal),
        (Ok(()), 0) => ExitCode::SUCCESS,
        (Err(error), 0) => {
            // Where standard error is gone, too, there is nobody to tell.
            drop(writeln!(io::stderr(), "pair-tui: {}", sentence(&error)));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong and, if that does not say it already, the deepest reason. What lies between is said twice, as a rule.
fn sentence(error: &anyhow::Error) -> String {
    let (said, reason) = (error.to_string(), error.root_cause().to_string());
    if said.contains(&reason) { said } else { format!("{said} ({reason})") }
}

/// Does what the command line says; gives also the signal that ended it, or 0.
fn start(cli: Cli) -> (anyhow::Result<()>, u8) {
    let ended_by = Arc::new(AtomicU8::new(0));
    let result = execute(cli, &ended_by);
    (result, ended_by.load(Ordering::SeqCst))
}

fn execute(cli: Cli, ended_by: &Arc<AtomicU8>) -> anyhow::Result<()> {
    if let Some(filter) = std::env::var("PAIR_LOG").ok().filter(|filter| !filter.is_empty()) {
        log_file::start(&filter, &config::state_folder())?;
    }
    // Keys, screen and connection share this thread: a key wakes it, and no other one has to be woken by it. What takes long (reading a
    // text into a syntax tree, a hosted server) has threads of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("can't start the runtime")?.block_on(async {
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        listen_to_signals(&cancel, &tasks, ended_by)?;
        let result = commands::execute(cli, &cancel).await;
        cancel.cancel();
        tasks.close();
        tasks.wait().await;
        result
    })
}

/// Cancels when a signal asks this process to end; its number stands in `ended_by` then.
fn listen_to_signals(cancel: &CancellationToken, tasks: &TaskTracker, ended_by: &Arc<AtomicU8>) -> anyhow::Result<()> {
    for number in ENDING_SIGNALS {
        let mut signal = signal(SignalKind::from_raw(number.into())).context("can't listen to signals")?;
        let (cancel, ended_by) = (cancel.clone(), Arc::clone(ended_by));
        tasks.spawn(async move {
            if let Some(Some(())) = cancel.run_until_cancelled(signal.recv()).await {
                ended_by.store(number, Ordering::SeqCst);
                cancel.cancel();
            }
        });
    }
    Ok(())
}
