//! One sample or more of every message that the server sends. Knows no files.

use super::samples::{
    ADA_UPDATE, FIRST_STATE, FIRST_UPDATE, GRACE_UPDATE, GRACE_WRITES_AS, Sample, ada, ada_id, ada_presence, at,
    bare_presence, blob, document, following_presence, grace, grace_id, path, request, sample, seq,
};
use protocol::{
    ErrorCode, Limits, ServerMessage,
    message::{
        client::{SuggestionEnd, SuggestionOutcome},
        server::{
            ChatMessage, Closing, ClosingReason, DocumentAdded, DocumentWelcome, Edited, Error, LanguageChanged,
            Missing, ParticipantChanged, ParticipantJoined, ParticipantLeft, PastSuggestion, Pong, PresenceChanged,
            Receipt, StorageState, SuggestionDelta, SuggestionDone, SuggestionEnded, SuggestionHistory, SuggestionItem,
            SuggestionSettings, SuggestionStarted, Summoned, Welcome,
        },
    },
    position::Association,
    presence::{Dialect, Participant, Role},
};

fn chat() -> ChatMessage {
    ChatMessage {
        name: "Grace".to_owned(),
        participant: Some(grace_id()),
        text: "Hi! 👋".to_owned(),
        at_ms: 1_767_225_600_000,
    }
}

fn welcome() -> Welcome {
    Welcome {
        version: 1,
        server: "pair-server 0.1.0".to_owned(),
        room: "brave-otter-7f3k-9m2q-8xt".parse().unwrap(),
        participant: ada_id(),
        resumed: false,
        role: Role::Editor,
        limits: Limits::default(),
        language: "rust".to_owned(),
        participants: vec![grace(), ada()],
        documents: vec![DocumentWelcome {
            document: document(),
            difference: blob(FIRST_UPDATE),
            snapshot: false,
            state_vector: blob(FIRST_STATE),
        }],
        chat: vec![chat()],
        storage: StorageState::default(),
    }
}

fn error(code: ErrorCode, message: &str) -> Error {
    Error { code, message: message.to_owned(), seq: None, request: None, document: None }
}

fn errors() -> Vec<Sample<ServerMessage>> {
    let refused = Error {
        seq: Some(seq(4)),
        document: Some(document()),
        ..error(ErrorCode::DocumentTooLarge, "The text would be 4194305 bytes long, the limit is 4194304 bytes.")
    };
    let failed = Error {
        request: Some(request(1)),
        ..error(ErrorCode::SuggestionFailed, "The provider did not answer within 10 seconds.")
    };
    vec![
        sample("error", refused),
        sample("error-request", failed),
        sample("error-bare", error(ErrorCode::UnknownType, "message type \"dance\" is not known to this version")),
        sample("error-newCode", error(ErrorCode::Other("brand_new".to_owned()), "Something new went wrong.")),
    ]
}

fn done_with_items() -> SuggestionDone {
    let item = |text: &str, provider: &str, model: &str| SuggestionItem {
        text: text.to_owned(),
        provider: provider.to_owned(),
        model: model.to_owned(),
    };
    SuggestionDone {
        participant: ada_id(),
        request: request(1),
        provider: "ollama".to_owned(),
        model: "qwen2.5-coder:1.5b".to_owned(),
        milliseconds: 412,
        items: vec![item("println!(", "ollama", "qwen2.5-coder:1.5b"), item("print(", "local", "this room")],
        problem: Some("openai asks to wait for 20 s; asked ollama instead".to_owned()),
    }
}

fn past() -> PastSuggestion {
    PastSuggestion {
        name: "Ada 🦦".to_owned(),
        document: document(),
        provider: "ollama".to_owned(),
        model: "qwen2.5-coder:1.5b".to_owned(),
        at_ms: 1_767_225_600_000,
        milliseconds: Some(412),
        text: "println!(".to_owned(),
        outcome: SuggestionOutcome::Whole,
        by: "Grace".to_owned(),
    }
}

fn suggestions() -> Vec<Sample<ServerMessage>> {
    let (participant, request) = (ada_id(), request(1));
    vec![
        sample(
            "suggestionStarted",
            SuggestionStarted {
                participant,
                request,
                document: document(),
                at: at(GRACE_WRITES_AS, 11, Association::After),
                provider: "local".to_owned(),
                model: String::new(),
                at_ms: 0,
                by_pause: false,
            },
        ),
        sample(
            "suggestionStarted-model",
            SuggestionStarted {
                participant,
                request,
                document: document(),
                at: at(GRACE_WRITES_AS, 11, Association::After),
                provider: "ollama".to_owned(),
                model: "qwen2.5-coder:1.5b".to_owned(),
                at_ms: 1_767_225_600_000,
                by_pause: true,
            },
        ),
        sample("suggestionDelta", SuggestionDelta { participant, request, text: "println!(".to_owned() }),
        sample(
            "suggestionDone",
            SuggestionDone {
                participant,
                request,
                provider: "local".to_owned(),
                model: "identifiers".to_owned(),
                milliseconds: 12,
                items: Vec::new(),
                problem: None,
            },
        ),
        sample("suggestionDone-items", done_with_items()),
        sample("suggestionHistory", SuggestionHistory { past: vec![past()] }),
        sample(
            "suggestionSettings",
            SuggestionSettings {
                pause_ms: 600,
                provider: "ollama".to_owned(),
                model: "qwen2.5-coder:1.5b".to_owned(),
                models: true,
                changeable: true,
                by: None,
            },
        ),
        sample(
            "suggestionEnded-lines",
            SuggestionEnded {
                participant,
                request,
                end: SuggestionEnd::Accepted,
                by: grace_id(),
                outcome: Some(SuggestionOutcome::Lines),
                part: false,
            },
        ),
        sample(
            "suggestionEnded-part",
            SuggestionEnded {
                participant,
                request,
                end: SuggestionEnd::Accepted,
                by: grace_id(),
                outcome: Some(SuggestionOutcome::Words),
                part: true,
            },
        ),
        sample(
            "suggestionEnded",
            SuggestionEnded {
                participant,
                request,
                end: SuggestionEnd::Accepted,
                by: grace_id(),
                outcome: None,
                part: false,
            },
        ),
    ]
}

fn people() -> Vec<Sample<ServerMessage>> {
    let plain = Participant { dialect: Dialect::Plain, name: "web guest".to_owned(), ..ada() };
    let away = Participant { away: true, ..ada() };
    let viewer = Participant { dialect: Dialect::Yjs, role: Role::Viewer, ..grace() };
    vec![
        sample("presence", PresenceChanged { participant: ada_id(), presence: ada_presence() }),
        sample("presence-bare", PresenceChanged { participant: ada_id(), presence: bare_presence() }),
        sample("presence-following", PresenceChanged { participant: ada_id(), presence: following_presence() }),
        sample(
            "summoned",
            Summoned { participant: ada_id(), document: document(), at: at(GRACE_WRITES_AS, 11, Association::After) },
        ),
        sample("participantJoined", ParticipantJoined { participant: ada() }),
        sample("participantJoined-plain", ParticipantJoined { participant: plain }),
        sample("participantLeft", ParticipantLeft { participant: ada_id() }),
        sample("participantChanged", ParticipantChanged { participant: viewer }),
        sample("participantChanged-away", ParticipantChanged { participant: away }),
    ]
}

/// Every sample of this direction.
pub fn all() -> Vec<Sample<ServerMessage>> {
    let alone = Welcome {
        participants: vec![ada()],
        documents: Vec::new(),
        chat: Vec::new(),
        storage: StorageState { problem: Some("the disk is full".to_owned()) },
        ..welcome()
    };
    let resumed = Welcome { resumed: true, storage: StorageState::default(), ..alone.clone() };
    let mut samples = vec![
        sample("welcome", welcome()),
        sample("welcome-resumed", resumed),
        sample(
            "welcome-alone",
            Welcome { limits: Limits { room_expiry_days: Some(30), ..Limits::default() }, ..alone },
        ),
        sample("edit", Edited { document: document(), participant: grace_id(), update: blob(GRACE_UPDATE) }),
        sample("difference", Missing { document: document(), update: blob(ADA_UPDATE) }),
        sample("receipt", Receipt { received: seq(4), durable: seq(3) }),
        sample("documentAdded", DocumentAdded { document: path("src/main.rs"), participant: ada_id() }),
        sample("languageChanged", LanguageChanged { language: "rust".to_owned(), participant: ada_id() }),
        sample("chat", chat()),
        sample("chat-gone", ChatMessage { participant: None, ..chat() }),
        sample("pong", Pong { nonce: u32::MAX }),
        sample("storage", StorageState { problem: Some("the disk is full".to_owned()) }),
        sample("storage-well", StorageState::default()),
        sample("closing", Closing { reason: ClosingReason::Shutdown, retry_after_ms: Some(2_000) }),
        sample("closing-replaced", Closing { reason: ClosingReason::Replaced, retry_after_ms: None }),
        sample("closing-roomRestarted", Closing { reason: ClosingReason::RoomRestarted, retry_after_ms: Some(0) }),
        sample("closing-error", Closing { reason: ClosingReason::Error, retry_after_ms: None }),
    ];
    samples.extend(people());
    samples.extend(suggestions());
    samples.extend(errors());
    samples
}
