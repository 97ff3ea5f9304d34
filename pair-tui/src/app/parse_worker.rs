//! The worker that reads texts into syntax trees, away from keys and screen: one text at a time, on a thread that may block, with a
//! deadline. There is no queue: while it is at work the editor only remembers that its text has changed, and the next job is made from
//! the newest text when the worker is free. Knows no grammar.

use crate::editor::syntax::{ParseJob, Parsed};
use futures::FutureExt;
use std::{
    future::pending,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// A text that is not read within this time is shown plain. A document of 4 MiB, the most there is, takes about a third of it.
pub const PARSE_MAX: Duration = Duration::from_secs(3);

/// The worker.
#[derive(Debug)]
pub struct ParseWorker {
    tasks: TaskTracker,
    cancel: CancellationToken,
    running: Option<JoinHandle<Parsed>>,
    /// Ends the work where the worker is simply dropped.
    _stop: DropGuard,
}

impl Default for ParseWorker {
    fn default() -> Self {
        let cancel = CancellationToken::new();
        Self { tasks: TaskTracker::new(), running: None, _stop: cancel.clone().drop_guard(), cancel }
    }
}

impl ParseWorker {
    /// Whether it has nothing to do.
    pub fn is_idle(&self) -> bool {
        self.running.is_none()
    }

    /// Begins a job; to be called only while it is idle.
    pub fn start(&mut self, job: ParseJob) {
        let (cancel, deadline) = (self.cancel.clone(), Instant::now() + PARSE_MAX);
        let mut goes_on = move || !cancel.is_cancelled() && Instant::now() < deadline;
        self.running = Some(self.tasks.spawn_blocking(move || job.run(&mut goes_on)));
    }

    /// The result of the job that is under way, when it is there; never, while it is idle. Cancel-safe.
    pub async fn next(&mut self) -> Parsed {
        while let Some(running) = &mut self.running {
            let result = running.await;
            self.running = None;
            match result {
                Ok(parsed) => return parsed,
                // The document keeps the highlights it has; the editor waits for a result that never comes.
                Err(error) => tracing::error!(%error, "a text could not be read into a syntax tree"),
            }
        }
        pending().await
    }

    /// The result, if it is there already.
    pub fn try_next(&mut self) -> Option<Parsed> {
        if !self.running.as_ref()?.is_finished() {
            return None;
        }
        self.next().now_or_never()
    }

    /// Ends the job that is under way, and waits until it has ended.
    pub async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::{
        Editor,
        syntax::{Recolor, language},
    };
    use protocol::{ByteOffset, ClientId, DocumentPath};

    /// An editor on so many lines of Rust that nobody has read.
    fn editor(lines: usize) -> Editor {
        let mut editor = Editor::new(DocumentPath::main(), ClientId::from_random_32(1));
        editor.set_language(language::named("rust"));
        editor.replace(ByteOffset(0)..ByteOffset(0), &"fn f() { g(1); }\n".repeat(lines), 0).unwrap();
        editor.jump(ByteOffset(0));
        editor
    }

    #[tokio::test]
    async fn a_text_is_read_and_the_worker_is_free_again() {
        let (mut editor, mut worker) = (editor(3), ParseWorker::default());
        worker.start(editor.parse_job().unwrap());
        assert!(!worker.is_idle() && editor.parse_job().is_none());
        editor.take_parsed(worker.next().await, Recolor::All);
        assert!(worker.is_idle() && !editor.highlights().spans().is_empty());
        worker.stop().await;
    }

    #[tokio::test]
    async fn what_is_under_way_ends_with_the_worker() {
        let (mut editor, mut worker) = (editor(100_000), ParseWorker::default());
        worker.start(editor.parse_job().unwrap());
        worker.cancel.cancel();
        assert!(editor.take_parsed(worker.next().await, Recolor::All), "a cancelled reading gives no tree");
        worker.stop().await;
    }
}
