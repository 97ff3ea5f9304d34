//! What somebody's own machine does for the program: its clipboard, its files, its memory of rooms.

use super::now;
use crate::{
    app::{
        files::{WriteOrder, WriteReport},
        outside::{CursorShape, Outside, SourceText, Visit},
        start::RecentRoom,
    },
    client::RoomAddress,
    local_file::{self, format::FileFormat, write::Expected},
    recent::RecentRooms,
    source_file, terminal,
};
use futures::future::BoxFuture;
use std::path::{Path, PathBuf};
use tokio_util::task::TaskTracker;

/// This person's own machine.
pub(super) struct OwnMachine {
    recent: RecentRooms,
    /// What a `~` at the start of a path stands for.
    home: Option<PathBuf>,
    left: Option<RoomAddress>,
    /// So many edits were not durable when the room was left, and are in this journal.
    behind: Option<(u64, PathBuf)>,
    /// What blocks: writing files.
    tasks: TaskTracker,
}

impl OwnMachine {
    pub(super) fn new(recent: RecentRooms, home: Option<PathBuf>) -> Self {
        Self { recent, home, left: None, behind: None, tasks: TaskTracker::new() }
    }

    /// The rooms of before; `now` in seconds since 1970.
    pub(super) fn recent(&self, now: u64) -> Vec<RecentRoom> {
        self.recent.list(now)
    }

    /// How many edits were not durable when the room was left, and which journal has them; none: all were.
    pub(super) fn behind(&self) -> Option<(u64, &Path)> {
        self.behind.as_ref().map(|(edits, journal)| (*edits, journal.as_path()))
    }

    /// Ends, once every file is written; gives the room that was left last.
    pub(super) async fn stop(self) -> Option<RoomAddress> {
        self.tasks.close();
        self.tasks.wait().await;
        self.left
    }
}

impl Outside for OwnMachine {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        terminal::copy(text)
    }

    fn shape_cursor(&mut self, shape: CursorShape) {
        terminal::shape_cursor(shape);
    }

    fn suspend(&mut self) -> Result<(), String> {
        terminal::suspend().map_err(|error| format!("Can't go to the shell: {error}"))
    }

    fn read(&mut self, file: &Path) -> Result<SourceText, String> {
        source_file::read(file, self.home.as_deref()).map_err(|error| error.to_string())
    }

    fn write(&mut self, order: WriteOrder) -> BoxFuture<'static, WriteReport> {
        let tasks = self.tasks.clone();
        Box::pin(async move {
            let lost = WriteOrder {
                document: order.document.clone(),
                path: order.path.clone(),
                text: String::new(),
                format: FileFormat::default(),
                expected: Expected::Anything,
                links: false,
            };
            let work = tasks.spawn_blocking(move || carry_out(order));
            work.await
                .unwrap_or_else(|error| WriteReport { order: lost, result: Err(format!("it broke off: {error}")) })
        })
    }

    fn visited(&mut self, visit: Visit) {
        self.left = Some(visit.address.clone());
        self.recent.remember(visit, now());
    }

    fn left_behind(&mut self, edits: u64, journal: &Path) {
        self.behind = Some((edits, journal.to_owned()));
    }
}

fn carry_out(order: WriteOrder) -> WriteReport {
    let result = local_file::write::write(&order.path, &order.text, order.format, &order.expected);
    WriteReport { result: result.map_err(|error| error.to_string()), order }
}
