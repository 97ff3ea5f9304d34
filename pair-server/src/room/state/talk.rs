//! What changes no text: presence, chat, summons, language, documents, roles, storage's state. Suggestions have a file of their own.

use super::{JoinError, RoomState, plain_error};
use crate::{
    room::{
        effect::{Effect, Now},
        frame::Frame,
    },
    text::cleaned,
};
use protocol::{
    ClientId, Document, DocumentPath, ErrorCode, ParticipantId,
    limits::LANGUAGE_MAX_BYTES,
    message::{
        client::{AddDocument, Chat, SetLanguage, SetRole, Summon},
        server::{
            ChatMessage, Closing, ClosingReason, DocumentAdded, Error, LanguageChanged, ParticipantChanged,
            PresenceChanged, StorageState, Summoned,
        },
    },
    presence::{Presence, Role, SELECTIONS_MAX},
};

impl RoomState {
    /// A participant is somewhere else now.
    pub fn set_presence(&mut self, from: ParticipantId, mut presence: Presence) {
        presence.selections.truncate(SELECTIONS_MAX);
        let Some(member) = self.members.get_mut(&from) else { return };
        member.participant.presence = Some(presence.clone());
        let cost = 128 * (1 + presence.selections.len());
        self.effects.push(Effect::Presence(from, Frame::new(PresenceChanged { participant: from, presence }, cost)));
    }

    /// A participant says something.
    pub fn chat(&mut self, from: ParticipantId, chat: Chat, now: Now) {
        let (limit, text) = (self.limits.chat_bytes, cleaned(chat.text));
        if text.trim().is_empty() || text.len() > limit {
            let message = format!("a chat message must have 1 to {limit} bytes, this one has {}", text.len());
            return self.tell_error(from, plain_error(ErrorCode::InvalidText, message));
        }
        let Some(member) = self.members.get(&from) else { return };
        let name = member.participant.name.clone();
        let message = ChatMessage { name, participant: Some(from), text, at_ms: now.ms() };
        // Everybody is told, also where a clock that was put back makes it older than all that are kept.
        self.keep_chat(message.clone());
        let cost = message.text.len() + message.name.len();
        self.effects.push(Effect::Broadcast { frame: Frame::new(message.clone(), cost), except: None });
        self.effects.push(Effect::PersistChat(message));
    }

    /// A participant asks the others to come to a place. Whether it has come there yet is for each of them to see; the document is
    /// checked, for nobody could go to one that is not there.
    pub fn summon(&mut self, from: ParticipantId, summon: Summon) {
        let Summon { document, at } = summon;
        if self.document(&document).is_none() {
            let error = plain_error(ErrorCode::DocumentNotFound, format!("the room has no document {document}"));
            return self.tell_error(from, Error { document: Some(document), ..error });
        }
        let frame = Frame::new(Summoned { participant: from, document, at }, 256);
        self.effects.push(Effect::Broadcast { frame, except: Some(from) });
    }

    /// A participant changes the language.
    pub fn set_language(&mut self, from: ParticipantId, set: &SetLanguage) {
        if !self.may_edit(from, "change the language") {
            return;
        }
        let language = set.language.trim().to_owned();
        if language.is_empty() || language.len() > LANGUAGE_MAX_BYTES || language.chars().any(char::is_control) {
            let message = format!("a language must have 1 to {LANGUAGE_MAX_BYTES} bytes, such as rust");
            return self.tell_error(from, plain_error(ErrorCode::InvalidText, message));
        }
        self.content.language.clone_from(&language);
        let frame = Frame::new(LanguageChanged { language, participant: from }, 128);
        self.effects.push(Effect::Broadcast { frame, except: None });
        self.effects.push(Effect::PersistMeta);
    }

    /// A participant adds a document. Adding one that is there changes nothing.
    pub fn add_document(&mut self, from: ParticipantId, add: AddDocument) {
        if !self.may_edit(from, "add documents") || self.document(&add.document).is_some() {
            return;
        }
        let limit = self.limits.room_documents;
        if self.content.documents.len() >= limit {
            let message = format!("the room has {limit} documents, as many as it may");
            let document = Some(add.document);
            return self.tell_error(from, Error { document, ..plain_error(ErrorCode::TooManyDocuments, message) });
        }
        self.new_document(from, add.document);
    }

    /// Adds an empty document, which the server writes to as it writes to the others.
    pub(super) fn new_document(&mut self, from: ParticipantId, document: DocumentPath) {
        let client = self.content.documents.first().map(|(_, document)| document.client());
        let client = client.unwrap_or(ClientId::from_random_32(0));
        self.content.documents.push((document.clone(), Document::new(client)));
        self.effects.push(Effect::PersistDocument(document.clone()));
        let frame = Frame::new(DocumentAdded { document, participant: from }, 256);
        self.effects.push(Effect::Broadcast { frame, except: None });
    }

    /// An owner gives somebody another role.
    pub fn set_role(&mut self, from: ParticipantId, set: &SetRole) {
        let owner = self.members.get(&from).is_some_and(|member| member.participant.role == Role::Owner);
        if !owner {
            let message = "only owners of the room can change roles".to_owned();
            return self.tell_error(from, plain_error(ErrorCode::Forbidden, message));
        }
        let Some(member) = self.members.get_mut(&set.participant) else {
            if self.set_role_elsewhere(set.participant, set.role) {
                return;
            }
            let message = format!("no participant {} is in the room", set.participant);
            return self.tell_error(from, plain_error(ErrorCode::ParticipantNotFound, message));
        };
        member.participant.role = set.role;
        let frame = Frame::new(ParticipantChanged { participant: member.participant.clone() }, 256);
        self.effects.push(Effect::Broadcast { frame, except: None });
    }

    /// Storage fails, or works again.
    pub fn storage_state(&mut self, problem: Option<String>) {
        let state = StorageState { problem };
        if self.storage != state {
            self.storage.clone_from(&state);
            self.effects.push(Effect::Broadcast { frame: Frame::new(state, 256), except: None });
        }
    }

    /// Sends everybody away, and lets nobody in from here on: storage fails and as much waits for it as may, or the room was deleted. They
    /// keep what they type.
    pub fn turn_away(&mut self, why: JoinError) {
        if self.turned_away.as_ref() == Some(&why) {
            return;
        }
        let error = plain_error(why.code(), why.to_string());
        let closing = Closing { reason: ClosingReason::Error, retry_after_ms: why.retry_after_ms() };
        self.turned_away = Some(why);
        self.effects.push(Effect::Broadcast { frame: Frame::new(error, 256), except: None });
        self.effects.push(Effect::Broadcast { frame: Frame::new(closing, 32), except: None });
        for id in self.members.keys().chain(self.plain.keys()).copied().collect::<Vec<_>>() {
            self.leave(id);
        }
    }

    /// Storage works again: whoever was sent away for that may come back.
    pub fn let_in(&mut self) {
        self.turned_away = self.turned_away.take().filter(|why| *why != JoinError::Unstored);
    }

    /// Whether the room was deleted.
    pub fn is_deleted(&self) -> bool {
        matches!(self.turned_away, Some(JoinError::Deleted(_)))
    }

    /// Whether anybody may come in.
    pub(super) fn lets_in(&self) -> Result<(), JoinError> {
        self.turned_away.clone().map_or(Ok(()), Err)
    }

    /// The documents' paths, the default one first.
    pub fn document_paths(&self) -> impl Iterator<Item = &DocumentPath> {
        self.content.documents.iter().map(|(path, _)| path)
    }

    pub(super) fn may_edit(&mut self, from: ParticipantId, what: &str) -> bool {
        let Some(member) = self.members.get(&from) else { return false };
        let may = member.participant.role.may_edit();
        if !may {
            let message = format!("viewers can't {what}; ask an owner of the room for the editor role");
            self.tell_error(from, plain_error(ErrorCode::Forbidden, message));
        }
        may
    }
}
