//! One replica of any engine, behind commands that can be given to a node process as well. Knows engines, no histories.

use protocol::{
    ClientId, Document, Utf16Offset,
    document::{DocumentOptions, update::StateVector},
};
use serde::{Deserialize, Serialize};
use yrs::{
    ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, StateVector as YrsState, Text, TextRef, Transact, Update,
    updates::{decoder::Decode, encoder::Encode},
};

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ours,
    /// Ours, and what is deleted stays.
    OursKeeping,
    Yrs,
    Yjs,
}

/// What a replica is told to do.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum What {
    /// Begin, as a client.
    Start { client: u64 },
    /// Replace `remove` characters at a place, modulo the length, by a text.
    Edit { at: usize, remove: usize, text: String },
    /// Take back the last edits, or do them again; only ours can.
    Undo { redo: bool },
    /// Give what somebody with this state vector is missing.
    Difference {
        #[serde(with = "base64_bytes")]
        state: Vec<u8>,
    },
    /// Apply an update.
    Apply {
        #[serde(with = "base64_bytes")]
        update: Vec<u8>,
    },
}

/// What a replica answers.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Reply {
    /// The update of the edit, or the difference.
    #[serde(with = "base64_bytes", default)]
    pub bytes: Vec<u8>,
    /// Its state vector.
    #[serde(with = "base64_bytes")]
    pub state: Vec<u8>,
    /// Its text.
    pub text: String,
}

/// A replica in this process.
pub enum Replica {
    Ours(Box<Document>),
    Yrs(Doc, TextRef),
}

impl Replica {
    /// A replica of any engine but Yjs's own.
    pub fn start(kind: Kind, client: u64) -> Self {
        if kind == Kind::Yrs {
            let offset_kind = OffsetKind::Utf16;
            let doc =
                Doc::with_options(Options { client_id: ClientID::new(client), offset_kind, ..Options::default() });
            let text = doc.get_or_insert_text("code");
            return Self::Yrs(doc, text);
        }
        let options = DocumentOptions { keep_deleted: kind == Kind::OursKeeping, ..DocumentOptions::default() };
        Self::Ours(Box::new(Document::with_options(ClientId::new(client).unwrap(), options)))
    }

    pub fn carry_out(&mut self, what: &What) -> Reply {
        let bytes = match (&mut *self, what) {
            (_, What::Start { .. }) => Vec::new(),
            (Self::Ours(document), What::Edit { at, remove, text }) => {
                let (start, end) = range(&document.text(), *at, *remove);
                document.edit_utf16(Utf16Offset(start)..Utf16Offset(end), text, 0).unwrap()
            }
            (Self::Ours(document), What::Undo { redo }) => {
                document.stop_undo_group();
                let undone = if *redo { document.redo(0) } else { document.undo(0) };
                undone.map_or(vec![0, 0], |undone| undone.update)
            }
            (Self::Ours(document), What::Difference { state }) => document.difference(state).unwrap(),
            (Self::Ours(document), What::Apply { update }) => {
                let mut replayed = document.text();
                document.apply(update).unwrap().apply_to(&mut replayed);
                assert_eq!(replayed, document.text(), "the delta of an update");
                Vec::new()
            }
            (Self::Yrs(doc, text), What::Edit { at, remove, text: inserted }) => {
                edit_yrs(doc, text, *at, *remove, inserted)
            }
            (Self::Yrs(..), What::Undo { .. }) => vec![0, 0],
            (Self::Yrs(doc, _), What::Difference { state }) => {
                let state = YrsState::decode_v1(state).unwrap();
                doc.transact().encode_state_as_update_v1(&state)
            }
            (Self::Yrs(doc, _), What::Apply { update }) => {
                doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
                Vec::new()
            }
        };
        self.reply(bytes)
    }

    fn reply(&self, bytes: Vec<u8>) -> Reply {
        match self {
            Self::Ours(document) => Reply { bytes, state: document.state_vector(), text: document.text() },
            Self::Yrs(doc, text) => {
                let transaction = doc.transact();
                Reply { bytes, state: transaction.state_vector().encode_v1(), text: text.get_string(&transaction) }
            }
        }
    }
}

fn edit_yrs(doc: &Doc, text: &TextRef, at: usize, remove: usize, inserted: &str) -> Vec<u8> {
    let before = doc.transact().state_vector();
    let (start, end) = range(&text.get_string(&doc.transact()), at, remove);
    let mut transaction = doc.transact_mut();
    let unit = |place| u32::try_from(place).unwrap();
    if end > start {
        text.remove_range(&mut transaction, unit(start), unit(end - start));
    }
    if !inserted.is_empty() {
        text.insert(&mut transaction, unit(start), inserted);
    }
    drop(transaction);
    doc.transact().encode_state_as_update_v1(&before)
}

/// The UTF-16 code units that so many characters from a place (modulo the length) take.
fn range(text: &str, at: usize, remove: usize) -> (usize, usize) {
    let mut bounds = vec![0];
    bounds.extend(text.chars().scan(0, |end, character| {
        *end += character.len_utf16();
        Some(*end)
    }));
    let first = at % bounds.len();
    (bounds[first], bounds[(first + remove).min(bounds.len() - 1)])
}

/// State vectors as they compare: the bytes may list clients in any order.
pub fn state_of(bytes: &[u8]) -> StateVector {
    StateVector::read(bytes).unwrap()
}

/// Bytes in base64, for messages to node.
mod base64_bytes {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
