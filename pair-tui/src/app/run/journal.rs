//! The journal's side of the loop: opening it with a room, carrying orders to it and reports from it, closing it. Knows no terminal.

use super::{Runner, Urgency};
use crate::{
    app::{
        event::{Event, JournalEvent},
        outside::Outside,
    },
    client::{
        RoomAddress,
        journal::{Journal, Journals, Report, Writer},
    },
};
use ratatui::backend::Backend;
use std::time::SystemTime;

impl<B: Backend, O: Outside> Runner<'_, B, O> {
    /// Opens a journal for this run in a room, and brings back what earlier runs left for it.
    pub(super) fn open_journal(&mut self, address: &RoomAddress) {
        self.close_journal();
        let Some(folder) = self.settings.journals.clone() else { return };
        let writer = Writer { client: self.app.identity.client, secret: self.settings.secret.clone() };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let opened = match Journals::new(folder).open(&address.server.to_string(), &address.room, &writer, now) {
            Ok(opened) => opened,
            Err(error) => return self.update(Event::Journal(JournalEvent::Failed(error.to_string()))),
        };
        self.journal = Some(opened.journal);
        self.formerly = opened.formerly;
        self.update(Event::Journal(JournalEvent::Opened));
        if opened.unstored > 0 {
            let updates = opened.entries.into_iter().map(|entry| (entry.document, entry.update)).collect();
            self.update(Event::Journal(JournalEvent::Recovered { updates, edits: opened.unstored }));
        }
        for what in opened.set_aside {
            self.update(Event::Journal(JournalEvent::SetAside(what)));
        }
    }

    pub(super) fn report(&mut self, report: Report) {
        match report {
            Report::Written { made } => {
                self.update_wanting(Event::Journal(JournalEvent::Written { made }), Some(Urgency::WhenQuiet));
            }
            Report::Failed(why) => self.update(Event::Journal(JournalEvent::Failed(why))),
        }
    }

    /// Closes the journal; says where it is, if something in it is not durable.
    pub(super) fn close_journal(&mut self) {
        let edits = self.app.room.at_risk();
        if let Some(path) = self.journal.take().and_then(Journal::close) {
            self.outside.left_behind(edits, &path);
        }
    }
}

/// The next report of a journal; never, where there is none.
pub(super) async fn report_of(journal: &mut Option<Journal>) -> Option<Report> {
    match journal {
        Some(journal) => journal.next().await,
        None => std::future::pending().await,
    }
}
