//! One sample or more of every message that a client sends. Knows no files.

use super::samples::{
    ADA_UPDATE, ADA_WRITES_AS, FIRST_STATE, GRACE_WRITES_AS, Sample, ada_presence, at, bare_presence, blob, blue,
    client_id, document, following_presence, grace_id, path, request, sample, seq,
};
use protocol::{
    ClientMessage,
    message::{
        DocumentState,
        client::{
            AddDocument, Chat, Difference, Edit, EndSuggestion, Former, Hello, Leave, Ping, RequestSuggestion,
            SetLanguage, SetModels, SetPresence, SetRole, SuggestionEnd, SuggestionOutcome, Summon,
        },
    },
    position::Association,
    presence::Role,
};

/// The secret that goes with a client id.
const SECRET: &str = "kq3v9x7m2p5t8w1z";

/// The shortest Hello: whatever may be left out is.
pub fn shortest_hello() -> Hello {
    Hello {
        version: 1,
        min_version: None,
        client: String::new(),
        name: "Ada 🦦".to_owned(),
        color: None,
        token: None,
        client_id: client_id(ADA_WRITES_AS),
        client_secret: SECRET.to_owned(),
        formerly: Vec::new(),
        documents: Vec::new(),
    }
}

fn full_hello() -> Hello {
    Hello {
        version: 2,
        min_version: Some(1),
        client: "pair-tui 0.1.0".to_owned(),
        color: Some(blue()),
        token: Some("t0ken".to_owned()),
        documents: vec![
            DocumentState { document: document(), state_vector: blob(FIRST_STATE) },
            DocumentState { document: path("src/main.rs"), state_vector: blob(&[]) },
        ],
        ..shortest_hello()
    }
}

/// The Hello of a client that was started anew.
fn hello_anew() -> Hello {
    Hello {
        client_id: client_id(3003),
        client_secret: "p0w3rcutandbackagain".to_owned(),
        formerly: vec![Former { client_id: client_id(ADA_WRITES_AS), client_secret: SECRET.to_owned() }],
        ..shortest_hello()
    }
}

/// Every sample of this direction.
pub fn all() -> Vec<Sample<ClientMessage>> {
    let end = |participant, end| EndSuggestion { participant, request: request(1), end, outcome: None, part: false };
    vec![
        sample("hello", full_hello()),
        sample("hello-first", shortest_hello()),
        sample("hello-anew", hello_anew()),
        sample("edit", Edit { document: document(), seq: seq(1), update: blob(ADA_UPDATE) }),
        sample("difference", Difference { document: document(), seq: seq(1), update: blob(ADA_UPDATE) }),
        sample("presence", SetPresence { presence: ada_presence() }),
        sample("presence-bare", SetPresence { presence: bare_presence() }),
        sample("presence-following", SetPresence { presence: following_presence() }),
        sample(
            "requestSuggestion",
            RequestSuggestion {
                request: request(1),
                document: document(),
                at: at(GRACE_WRITES_AS, 11, Association::After),
                by_pause: false,
            },
        ),
        sample(
            "requestSuggestion-pause",
            RequestSuggestion {
                request: request(2),
                document: document(),
                at: at(GRACE_WRITES_AS, 11, Association::Before),
                by_pause: true,
            },
        ),
        sample(
            "endSuggestion-lines",
            EndSuggestion { outcome: Some(SuggestionOutcome::Lines), ..end(None, SuggestionEnd::Accepted) },
        ),
        sample(
            "endSuggestion-part",
            EndSuggestion {
                outcome: Some(SuggestionOutcome::Words),
                part: true,
                ..end(Some(grace_id()), SuggestionEnd::Accepted)
            },
        ),
        sample("setModels", SetModels { models: false }),
        sample("endSuggestion", end(Some(grace_id()), SuggestionEnd::Accepted)),
        sample("endSuggestion-own", end(None, SuggestionEnd::Cancelled)),
        sample("endSuggestion-dismissed", end(None, SuggestionEnd::Dismissed)),
        sample("chat", Chat { text: "Shall we call it \"main\"?\n👩‍👩‍👧".to_owned() }),
        sample("summon", Summon { document: document(), at: at(GRACE_WRITES_AS, 11, Association::After) }),
        sample("setLanguage", SetLanguage { language: "rust".to_owned() }),
        sample("addDocument", AddDocument { document: path("src/main.rs") }),
        sample("setRole", SetRole { participant: grace_id(), role: Role::Viewer }),
        sample("ping", Ping { nonce: u32::MAX }),
        sample("leave", Leave {}),
    ]
}
