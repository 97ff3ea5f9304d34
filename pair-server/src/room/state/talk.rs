//! Everything that changes no text: presence, chat, summons, language, documents, roles, suggestions, storage's state.

use super::{CHAT_SHOWN, JoinError, RoomState, Suggesting, UNSTORED_RETRY_MS, plain_error};
use crate::room::{
    effect::{Effect, Now, Suggest},
    frame::Frame,
};
use protocol::{
    ClientId, Document, DocumentPath, ErrorCode, ParticipantId, RequestId,
    limits::LANGUAGE_MAX_BYTES,
    message::{
        client::{AddDocument, Chat, EndSuggestion, RequestSuggestion, SetLanguage, SetRole, SuggestionEnd, Summon},
        server::{
            ChatMessage, Closing, ClosingReason, DocumentAdded, Error, LanguageChanged, ParticipantChanged,
            PresenceChanged, StorageState, SuggestionDelta, SuggestionDone, SuggestionEnded, SuggestionStarted,
            Summoned,
        },
    },
    presence::{Presence, Role, SELECTIONS_MAX},
};

/// Suggestions that one participant may have running at a time.
const SUGGESTIONS_MAX: usize = 16;

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
        let limit = self.limits.chat_bytes;
        if chat.text.trim().is_empty() || chat.text.len() > limit {
            let message = format!("a chat message must have 1 to {limit} bytes, this one has {}", chat.text.len());
            return self.tell_error(from, plain_error(ErrorCode::InvalidText, message));
        }
        let Some(member) = self.members.get(&from) else { return };
        let name = member.participant.name.clone();
        let message = ChatMessage { name, participant: Some(from), text: chat.text, at_ms: now.ms() };
        self.content.chat.push(ChatMessage { participant: None, ..message.clone() });
        if self.content.chat.len() > CHAT_SHOWN {
            self.content.chat.remove(0);
        }
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
            let message = format!("no participant {} is in the room", set.participant);
            return self.tell_error(from, plain_error(ErrorCode::ParticipantNotFound, message));
        };
        member.participant.role = set.role;
        let frame = Frame::new(ParticipantChanged { participant: member.participant.clone() }, 256);
        self.effects.push(Effect::Broadcast { frame, except: None });
    }

    /// A participant asks for a suggestion.
    pub fn request_suggestion(&mut self, from: ParticipantId, ask: &RequestSuggestion, provider: &str) {
        let refuse = |code, message| Error {
            request: Some(ask.request),
            document: Some(ask.document.clone()),
            ..plain_error(code, message)
        };
        let Some(role) = self.members.get(&from).map(|member| member.participant.role) else { return };
        if !role.may_edit() {
            let message = "viewers can't ask for suggestions; ask an owner of the room for the editor role".to_owned();
            return self.tell_error(from, refuse(ErrorCode::Forbidden, message));
        }
        let Some((_, document)) = self.document(&ask.document) else {
            let error = refuse(ErrorCode::DocumentNotFound, format!("the room has no document {}", ask.document));
            return self.tell_error(from, error);
        };
        let Some(cursor) = document.resolve(&ask.at) else {
            let message = "the place of the suggestion is not in the document yet".to_owned();
            return self.tell_error(from, refuse(ErrorCode::SuggestionFailed, message));
        };
        let code = document.text();
        let language = self.content.language.clone();
        let Some(member) = self.members.get_mut(&from) else { return };
        if member.suggestions.len() >= SUGGESTIONS_MAX || member.suggestions.contains_key(&ask.request) {
            let message =
                format!("request {} is running, or {SUGGESTIONS_MAX} others are; cancel one first", ask.request);
            return self.tell_error(from, refuse(ErrorCode::RateLimited, message));
        }
        let suggesting = Suggesting {
            document: ask.document.clone(),
            at: ask.at,
            provider: provider.to_owned(),
            text: String::new(),
            done: None,
        };
        member.suggestions.insert(ask.request, suggesting);
        let started = SuggestionStarted {
            participant: from,
            request: ask.request,
            document: ask.document.clone(),
            at: ask.at,
            provider: provider.to_owned(),
        };
        self.effects.push(Effect::Broadcast { frame: Frame::new(started, 256), except: None });
        let (request, document) = (ask.request, ask.document.clone());
        self.effects.push(Effect::Suggest(Suggest { participant: from, request, document, code, cursor, language }));
    }

    /// A suggestion goes on.
    pub fn suggestion_delta(&mut self, participant: ParticipantId, request: RequestId, text: String) {
        if self.suggestion_runs(participant, request) {
            if let Some(one) = self.suggesting(participant, request) {
                one.text.push_str(&text);
            }
            let cost = text.len();
            let frame = Frame::new(SuggestionDelta { participant, request, text }, cost);
            self.effects.push(Effect::Broadcast { frame, except: None });
        }
    }

    /// A suggestion is complete.
    pub fn suggestion_done(&mut self, done: SuggestionDone) {
        let (participant, request) = (done.participant, done.request);
        if self.suggestion_runs(participant, request) {
            self.effects.push(Effect::Broadcast { frame: Frame::new(done.clone(), 128), except: None });
            // Who is away gets it when they come back.
            let is_away = self.members.get(&participant).is_some_and(|member| member.away_until_ms.is_some());
            match self.suggesting(participant, request).filter(|_| is_away) {
                Some(one) => one.done = Some(done),
                None => self.forget_suggestion(participant, request),
            }
        }
    }

    /// No suggestion could be made.
    pub fn suggestion_failed(&mut self, participant: ParticipantId, request: RequestId, message: String) {
        if self.suggestion_runs(participant, request) {
            let error = Error { request: Some(request), ..plain_error(ErrorCode::SuggestionFailed, message) };
            self.tell_error(participant, error);
            let ended = SuggestionEnded { participant, request, end: SuggestionEnd::Cancelled, by: participant };
            self.effects.push(Effect::Broadcast { frame: Frame::new(ended, 64), except: None });
            self.forget_suggestion(participant, request);
        }
    }

    /// A participant ends a suggestion: their own, or another's that they took or put away for themselves.
    pub fn end_suggestion(&mut self, from: ParticipantId, ending: &EndSuggestion) {
        let participant = ending.participant.unwrap_or(from);
        // Suggestions of whoever left ended with them.
        if !self.members.contains_key(&participant) {
            let message = format!("no participant {participant} is in the room");
            let error = plain_error(ErrorCode::ParticipantNotFound, message);
            return self.tell_error(from, Error { request: Some(ending.request), ..error });
        }
        if participant == from && self.suggestion_runs(from, ending.request) {
            self.forget_suggestion(from, ending.request);
            self.effects.push(Effect::CancelSuggestion(from, ending.request));
        }
        let ended = SuggestionEnded { participant, request: ending.request, end: ending.end, by: from };
        self.effects.push(Effect::Broadcast { frame: Frame::new(ended, 64), except: None });
    }

    /// Storage fails, or works again.
    pub fn storage_state(&mut self, problem: Option<String>) {
        let state = StorageState { problem };
        if self.storage != state {
            self.storage.clone_from(&state);
            self.effects.push(Effect::Broadcast { frame: Frame::new(state, 256), except: None });
        }
    }

    /// Sends everybody away, because storage fails and as much waits for it as may. They keep what they type, and come back with it.
    pub fn turn_away(&mut self) {
        if std::mem::replace(&mut self.is_full_of_unstored, true) {
            return;
        }
        let error = plain_error(ErrorCode::StorageUnavailable, JoinError::Unstored.to_string());
        let closing = Closing { reason: ClosingReason::Error, retry_after_ms: Some(UNSTORED_RETRY_MS) };
        self.effects.push(Effect::Broadcast { frame: Frame::new(error, 256), except: None });
        self.effects.push(Effect::Broadcast { frame: Frame::new(closing, 32), except: None });
        for id in self.members.keys().chain(self.plain.keys()).copied().collect::<Vec<_>>() {
            self.leave(id);
        }
    }

    /// Storage works again: whoever was sent away may come back.
    pub fn let_in(&mut self) {
        self.is_full_of_unstored = false;
    }

    /// The documents' paths, the default one first.
    pub fn document_paths(&self) -> impl Iterator<Item = &DocumentPath> {
        self.content.documents.iter().map(|(path, _)| path)
    }

    fn suggestion_runs(&self, participant: ParticipantId, request: RequestId) -> bool {
        self.members.get(&participant).is_some_and(|member| member.suggestions.contains_key(&request))
    }

    fn suggesting(&mut self, participant: ParticipantId, request: RequestId) -> Option<&mut Suggesting> {
        self.members.get_mut(&participant)?.suggestions.get_mut(&request)
    }

    fn forget_suggestion(&mut self, participant: ParticipantId, request: RequestId) {
        if let Some(member) = self.members.get_mut(&participant) {
            member.suggestions.remove(&request);
        }
    }

    fn may_edit(&mut self, from: ParticipantId, what: &str) -> bool {
        let Some(member) = self.members.get(&from) else { return false };
        let may = member.participant.role.may_edit();
        if !may {
            let message = format!("viewers can't {what}; ask an owner of the room for the editor role");
            self.tell_error(from, plain_error(ErrorCode::Forbidden, message));
        }
        may
    }
}
