//! What a room's task tells the metrics. Knows inputs and outboxes, and decides nothing.

use super::RoomTask;
use crate::{
    metrics::{label::Label, values::Dialect},
    room::{
        frame::Frame,
        handle::{RoomInput, Said, yjs::YjsInput},
        meter::{Arrived, Figures},
    },
};
use protocol::ServerMessage;
use std::time::Instant;

/// Bytes of a room beside its text, its log and what waits: about what an empty one holds.
const ROOM_OVERHEAD: usize = 8 << 10;

/// The edit among the inputs, if this is one.
pub(super) fn arrived(input: &RoomInput, at: Instant) -> Option<Arrived> {
    let (dialect, bytes) = match input {
        RoomInput::Said(_, Said::Edit(edit)) => (Dialect::Pair, edit.update.len()),
        RoomInput::PlainUpdate(_, update, _) => (Dialect::Plain, update.code.len()),
        RoomInput::Yjs(YjsInput::Update(_, update, ..)) => (Dialect::Yjs, update.len()),
        _ => return None,
    };
    Some(Arrived { dialect, bytes, at })
}

impl RoomTask {
    /// Counts a frame that tells somebody of an error.
    pub(super) fn note_error(&self, frame: &Frame) {
        if let ServerMessage::Error(error) = frame.message() {
            self.meter.metrics().error_told(error.code.as_str());
        }
    }

    /// Says how large and how busy the room is.
    pub(super) fn report(&mut self) {
        let content = self.state.content();
        let (text_bytes, documents_bytes) = self.meter.sizes(content.version, || {
            let documents = content.documents.iter().map(|(_, document)| (document.len().0, document.memory_bytes()));
            documents.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        });
        let pair = self.outboxes.values().map(crate::room::outbox::Outbox::waiting_bytes).sum::<usize>();
        let plain = self.plain.values().map(crate::room::outbox::PlainOutbox::waiting_bytes).sum::<usize>();
        let mut participants = [0; Dialect::ALL.len()];
        for participant in self.state.here() {
            participants[Dialect::from(participant).index()] += 1;
        }
        let unstored_bytes = self.persistence.unstored_bytes();
        let chat: usize = content.chat.iter().map(|chat| chat.text.len() + chat.name.len()).sum();
        let snapshots = self.state.kept_snapshot_bytes();
        self.meter.report(Figures {
            text_bytes,
            // The default document's text is held a second time, for whole texts.
            memory_bytes: ROOM_OVERHEAD
                + documents_bytes
                + text_bytes
                + pair
                + plain
                + unstored_bytes
                + chat
                + snapshots,
            participants,
            behind: self.behind.len(),
            outbox_bytes: pair + plain,
            unstored_bytes,
        });
    }
}
