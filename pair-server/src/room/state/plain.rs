//! Plain clients: whole texts in, whole texts out, merged as the change that each made.

use super::{JoinError, PlainMember, RoomState};
use crate::room::{
    change::{as_edit, size_after},
    effect::{Effect, Now},
    frame::{Frame, PlainFrame},
    plain_replica::PlainReplica,
};
use bytes::Bytes;
use protocol::{
    ErrorCode, ParticipantId,
    document::{
        units::byte_of_utf16,
        update::{UpdateSummary, merge_updates},
    },
    message::server::{Edited, ParticipantChanged, ParticipantJoined},
    plain::PlainUpdate,
    text::{Splice, TextDelta},
};
use ropey::Rope;
use std::sync::Arc;

/// Why a plain client's text was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlainRefusal {
    /// The text is over the limit of a document.
    #[error("the text of {size} bytes is over the limit of {limit} bytes")]
    TooLarge {
        /// Bytes of the text.
        size: usize,
        /// Permitted bytes.
        limit: usize,
    },
    /// Guests of the room only read.
    #[error("guests of this room can't edit; the text was not taken")]
    Forbidden,
}

impl PlainRefusal {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge { .. } => ErrorCode::DocumentTooLarge,
            Self::Forbidden => ErrorCode::Forbidden,
        }
    }
}

impl RoomState {
    /// A plain client connects; gives the text for it, to be sent after the number of connections.
    ///
    /// # Errors
    /// [`JoinError::Full`].
    pub fn join_plain(&mut self, id: ParticipantId, now: Now) -> Result<Arc<PlainFrame>, JoinError> {
        self.lets_in()?;
        if self.participants() >= self.limits.room_participants {
            return Err(JoinError::Full(self.limits.room_participants));
        }
        let color = self.color_for(id, None);
        self.plain.insert(id, PlainMember { name: None, color, replica: PlainReplica::default() });
        let participant = self.everybody().into_iter().find(|participant| participant.id == id);
        if let Some(participant) = participant {
            let frame = Frame::new(ParticipantJoined { participant }, 256);
            self.effects.push(Effect::Broadcast { frame, except: None });
        }
        self.effects.push(Effect::PlainParticipants(self.participants()));
        self.plain_sent(id, false, now);
        Ok(PlainFrame::first_sync(self.text.clone(), self.content.language.clone()))
    }

    /// The text as it is sent to plain clients now.
    pub fn plain_text(&self, author: Option<String>) -> Arc<PlainFrame> {
        PlainFrame::sync(self.text.clone(), author)
    }

    /// Every plain client.
    pub fn plain_members(&self) -> impl Iterator<Item = ParticipantId> {
        self.plain.keys().copied()
    }

    /// The current text was queued for a plain client, `instead` of one that never left.
    pub fn plain_sent(&mut self, id: ParticipantId, instead: bool, now: Now) {
        let version = self.history.version();
        if let Some(member) = self.plain.get_mut(&id) {
            member.replica.sent(self.text.clone(), version, instead, now.ms());
        }
    }

    /// A plain client sent a whole text: what it changed, and no more, is merged.
    ///
    /// # Errors
    /// [`PlainRefusal`]; nothing has changed, and the client's next text is still compared with what it was looking at.
    pub fn plain_update(&mut self, from: ParticipantId, update: &PlainUpdate, now: Now) -> Result<(), PlainRefusal> {
        if !self.content.access.guest_role.may_edit() {
            return Err(PlainRefusal::Forbidden);
        }
        let limit = self.limits.document_bytes;
        if update.code.len() > limit {
            return Err(PlainRefusal::TooLarge { size: update.code.len(), limit });
        }
        let cursor = update.cursor.map(|units| byte_of_utf16(&update.code, units).byte_in(&update.code));
        let Some(member) = self.plain.get_mut(&from) else { return Ok(()) };
        let received = member.replica.receive(&update.code, cursor, (&self.text, &self.history), now.ms());
        // The client's own text fits, but the others may have written much that it has not seen.
        let size = size_after(self.text.len_bytes(), &received.change);
        if size > limit && size > self.text.len_bytes() {
            return Err(PlainRefusal::TooLarge { size, limit });
        }
        let author = update.username.as_deref().map(|name| self.display_name(name));
        let (updates, delta) = self.merge_change(&received, now);
        self.publish(from, &updates, author.clone(), now);
        self.text_changed(&delta);
        if let Some(path) = self.content.documents.first().map(|(path, _)| path.clone()) {
            self.suggestions_follow(&path, &delta);
        }
        let version = self.history.version();
        if let Some(member) = self.plain.get_mut(&from) {
            member.replica.settle(Rope::from_str(&update.code), received, version);
        }
        if author.is_some() {
            self.name_plain(from, author.clone());
        }
        if author.is_some() && self.content.last_author != author {
            self.content.last_author.clone_from(&author);
            self.effects.push(Effect::PersistMeta);
        }
        self.trim_history();
        self.effects.push(Effect::PlainText { author, every_one: true });
        Ok(())
    }

    /// A plain client says who it is by its updates; the others are told when that changes.
    fn name_plain(&mut self, id: ParticipantId, name: Option<String>) {
        let Some(member) = self.plain.get_mut(&id).filter(|member| member.name != name) else { return };
        member.name = name;
        if let Some(member) = self.plain.get(&id) {
            let participant = self.plain_participant(id, member);
            self.effects
                .push(Effect::Broadcast { frame: Frame::new(ParticipantChanged { participant }, 256), except: None });
        }
    }

    /// Applies a change to the default document as edits of the server's own client id.
    fn merge_change(&mut self, received: &crate::room::plain_replica::Received, now: Now) -> (Vec<Vec<u8>>, TextDelta) {
        let (mut updates, mut delta) = (Vec::new(), TextDelta::default());
        let Some((_, document)) = self.content.documents.first_mut() else { return (updates, delta) };
        for primitive in &received.change {
            let (range, inserted) = as_edit(primitive);
            let removed = range.end.0 - range.start.0;
            // A change that was carried past others' always fits; if it did not, leaving it out would be the smaller harm.
            match document.edit(range.clone(), inserted, now.ms()) {
                Ok(update) => {
                    updates.push(update);
                    delta.splices.push(Splice { at: range.start, removed, inserted: inserted.to_owned() });
                }
                Err(error) => tracing::error!(room = %self.id, %error, "a plain client's change does not fit"),
            }
        }
        (updates, delta)
    }

    /// Sends and stores what a plain client changed, as one update.
    fn publish(&mut self, participant: ParticipantId, updates: &[Vec<u8>], author: Option<String>, now: Now) {
        let Some((path, document)) = self.content.documents.first() else { return };
        let (path, client) = (path.clone(), document.client());
        let slices: Vec<_> = updates.iter().map(Vec::as_slice).collect();
        let merged = match slices.as_slice() {
            [] => return,
            [only] => Bytes::copy_from_slice(only),
            several => match merge_updates(several) {
                Ok(merged) => merged.into(),
                Err(error) => {
                    tracing::error!(room = %self.id, %error, "the server's own updates can't be merged");
                    return;
                }
            },
        };
        let inserted = UpdateSummary::read(&merged).map(|summary| summary.inserted).unwrap_or_default();
        let frame = Frame::new(
            Edited { document: path.clone(), participant, update: protocol::message::Blob(merged.clone()) },
            merged.len(),
        );
        self.effects.push(Effect::BroadcastEdit { frame, except: None, document: path.clone(), inserted });
        self.persist(path, merged, author, client, now);
    }
}
