//! Edits: checked completely, then applied, then everything that follows from them. A refused edit has changed nothing.

use super::{RoomState, UNDURABLE_MAX, plain_error};
use crate::room::{
    effect::{Effect, Now, Persist, Version},
    frame::Frame,
};
use bytes::Bytes;
use protocol::{
    ClientId, Document, DocumentPath, ErrorCode, ParticipantId, Sequence,
    document::{
        self, DocumentError,
        update::{IdRange, UpdateSummary},
    },
    message::server::{Edited, Error, Receipt},
    text::TextDelta,
};

/// An edit or a difference from a participant.
#[derive(Debug)]
pub struct IncomingEdit {
    /// Which document.
    pub document: DocumentPath,
    /// The participant's number for it.
    pub seq: Sequence,
    /// A Yjs v1 update.
    pub update: Bytes,
    /// It catches the room up after a reconnect, and may repeat others' edits.
    pub catches_up: bool,
}

/// Why an edit was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) message: String,
    /// The room lacks what the edit stands on; a difference would bring it.
    pub(super) incomplete: bool,
}

impl Refusal {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), incomplete: false }
    }

    fn incomplete(message: String) -> Self {
        Self { incomplete: true, ..Self::new(ErrorCode::InvalidEdit, message) }
    }
}

impl RoomState {
    /// A participant edits a document. Every edit is answered by a receipt; a refused one by an error before that.
    pub fn edit(&mut self, from: ParticipantId, edit: &IncomingEdit, now: Now) {
        if !self.members.contains_key(&from) {
            return;
        }
        if let Err(refusal) = self.try_edit(from, edit, now) {
            let document = Some(edit.document.clone());
            self.tell_error(
                from,
                Error { seq: Some(edit.seq), document, ..plain_error(refusal.code, refusal.message) },
            );
        }
        let version = self.content.version;
        let Some(member) = self.members.get_mut(&from) else { return };
        member.received = member.received.max(edit.seq);
        if member.undurable.len() >= UNDURABLE_MAX {
            member.undurable.pop_back();
        }
        member.undurable.push_back((version, edit.seq));
        self.settle_receipt(from);
    }

    pub(super) fn try_edit(&mut self, from: ParticipantId, edit: &IncomingEdit, now: Now) -> Result<(), Refusal> {
        let summary = UpdateSummary::read(&edit.update)
            .map_err(|error| Refusal::new(ErrorCode::InvalidEdit, error.to_string()))?;
        self.check_rights(from, edit, &summary)?;
        let limit = self.limits.document_bytes;
        let missing = || {
            let message = format!("the room has no document {}; add it first", edit.document);
            Refusal::new(ErrorCode::DocumentNotFound, message)
        };
        let (_, document) = self.document(&edit.document).ok_or_else(missing)?;
        let new_text = check_fit(document, &summary, limit)?;
        let strangers = if edit.catches_up { self.unknown_writers(summary.writers()) } else { Vec::new() };
        let (index, document) = self.document(&edit.document).ok_or_else(missing)?;
        let server = document.client();
        let delta = document.apply_complete(&edit.update).map_err(of_document_error)?;
        self.adopt(strangers);
        let Some(member) = self.members.get_mut(&from) else { return Ok(()) };
        if !member.caught_up.contains(&edit.document) {
            member.caught_up.insert(edit.document.clone());
        }
        // Differences repeat every deletion that ever was; what brings nothing new need not be stored and sent on.
        if !new_text && delta.is_empty() {
            return Ok(());
        }
        // Only a Yjs client that has written nothing yet has no id, and it can only delete.
        let (client, author) = (member.client.unwrap_or(server), Some(member.participant.name.clone()));
        let frame = Frame::new(
            Edited {
                document: edit.document.clone(),
                participant: from,
                update: protocol::message::Blob(edit.update.clone()),
            },
            edit.update.len(),
        );
        self.effects.push(Effect::BroadcastEdit {
            frame,
            except: Some(from),
            document: edit.document.clone(),
            inserted: summary.inserted,
        });
        self.persist(edit.document.clone(), edit.update.clone(), author.clone(), client, now);
        self.suggestions_follow(&edit.document, &delta);
        if index == 0 && !delta.is_empty() {
            self.text_changed(&delta);
            self.effects.push(Effect::PlainText { author, every_one: false });
        }
        Ok(())
    }

    /// Who may write what: see the module's invariants in `docs/protocol.md`, "client ids".
    fn check_rights(&self, from: ParticipantId, edit: &IncomingEdit, summary: &UpdateSummary) -> Result<(), Refusal> {
        let Some(member) = self.members.get(&from) else { return Ok(()) };
        if !member.participant.role.may_edit() {
            let message = "viewers can't edit; ask an owner of the room for the editor role".to_owned();
            return Err(Refusal::new(ErrorCode::Forbidden, message));
        }
        let stranger =
            summary.writers().find(|writer| Some(*writer) != member.client && !self.may_repeat(edit, *writer, summary));
        match stranger {
            None => Ok(()),
            Some(writer) => {
                let own = member.client.map_or_else(|| "nobody yet".to_owned(), |own| format!("client {own}"));
                let message = format!("the edit writes as client {writer}, this connection writes as {own}");
                Err(Refusal::new(ErrorCode::ClientIdTaken, message))
            }
        }
    }

    /// Whether a difference may carry another client's text: what the room has already, or what its writer, who is not here
    /// with everything of their own in this document, can't bring. Clients catch up one document after the other, and another's
    /// difference may come in between.
    fn may_repeat(&self, edit: &IncomingEdit, writer: ClientId, summary: &UpdateSummary) -> bool {
        if !edit.catches_up {
            return false;
        }
        let Some((_, document)) = self.content.documents.iter().find(|(path, _)| *path == edit.document) else {
            return true;
        };
        let is_here =
            |member: &super::Member| member.caught_up.contains(&edit.document) && member.away_until_ms.is_none();
        let member_is_here = self.members.values().any(|member| member.client == Some(writer) && is_here(member));
        // The server itself, which writes for plain clients, is always here.
        let here = member_is_here || document.client() == writer;
        let known = document.clock(writer);
        !here || summary.inserted.iter().filter(|range| range.client == writer).all(|range| range.end <= known)
    }

    /// Queues an update for storage under the next version.
    pub(super) fn persist(
        &mut self,
        document: DocumentPath,
        update: Bytes,
        author: Option<String>,
        client: ClientId,
        now: Now,
    ) {
        self.snapshots.forget(&document);
        self.content.version = Version(self.content.version.0 + 1);
        self.content.updated_ms = now.ms();
        if author.is_some() {
            self.content.last_author.clone_from(&author);
        }
        self.effects.push(Effect::Persist(Persist {
            version: self.content.version,
            document,
            update,
            author,
            client,
            at_ms: now.ms(),
        }));
    }

    /// Brings a change of the default document into its text and history.
    pub(super) fn text_changed(&mut self, delta: &TextDelta) {
        for splice in &delta.splices {
            let start = self.text.byte_to_char(splice.at.0.min(self.text.len_bytes()));
            let end = self.text.byte_to_char((splice.at.0 + splice.removed).min(self.text.len_bytes()));
            self.text.remove(start..end);
            self.text.insert(start, &splice.inserted);
        }
        if self.plain.is_empty() {
            return;
        }
        self.history.push(delta);
    }

    /// Everything up to a version is stored: whoever waits for that is told.
    pub fn stored(&mut self, version: Version) {
        self.durable = self.durable.max(version);
        self.stored_for_nodes(version);
        let ids: Vec<_> = self.members.keys().copied().collect();
        for id in ids {
            self.settle_receipt(id);
        }
    }

    /// Sends a receipt where it says something new.
    fn settle_receipt(&mut self, id: ParticipantId) {
        let durable = self.durable;
        let Some(member) = self.members.get_mut(&id) else { return };
        let mut advanced = false;
        while let Some((version, seq)) = member.undurable.front() {
            if *version > durable {
                break;
            }
            member.durable = member.durable.max(*seq);
            member.undurable.pop_front();
            advanced = true;
        }
        let waits = member.undurable.back().is_some_and(|(_, seq)| *seq == member.received);
        if advanced || waits {
            let receipt = Receipt { received: member.received, durable: member.durable };
            self.effects.push(Effect::Receipt(id, receipt));
        }
    }
}

/// Checks that an update continues what the document has, and stays below the limit; gives whether it brings text that the document
/// does not have.
fn check_fit(document: &Document, summary: &UpdateSummary, limit: usize) -> Result<bool, Refusal> {
    let ahead = |range: &&IdRange| range.start > document.clock(range.client);
    if let Some(range) = summary.inserted.iter().find(ahead) {
        let known = document.clock(range.client);
        let message = format!(
            "the edit continues client {} at clock {}, the room has {known}; send a difference",
            range.client, range.start
        );
        return Err(Refusal::incomplete(message));
    }
    let new = summary.inserted.iter().any(|range| range.end > document.clock(range.client));
    if new && document.len().0 + summary.text_bytes > limit {
        let message = format!(
            "the edit of {} bytes would make the document of {} bytes longer than the limit of {limit} bytes",
            summary.text_bytes,
            document.len().0
        );
        return Err(Refusal::new(ErrorCode::DocumentTooLarge, message));
    }
    Ok(new)
}

fn of_document_error(error: DocumentError) -> Refusal {
    match error {
        DocumentError::Refused(document::Refusal::Incomplete) => Refusal::incomplete(error.to_string()),
        other => Refusal::new(ErrorCode::InvalidEdit, other.to_string()),
    }
}
