//! The four engines behind one trait. Each counts places in the unit it is fastest in.

use crate::traces::Patch;
use diamond_types::{
    AgentId,
    list::{
        ListCRDT,
        encoding::{ENCODE_FULL, ENCODE_PATCH},
    },
};
use loro::{ExportMode, LoroDoc, LoroText, VersionVector};
use protocol::{ByteOffset, ClientId, Document};
use yrs::{
    ClientID, Doc, GetString, Options, ReadTxn, StateVector, Text, TextRef, Transact, Update, updates::decoder::Decode,
};

/// A replica of a text.
pub trait Engine {
    const NAME: &'static str;
    /// An empty replica that writes as a number.
    fn start(writer: u64) -> Self;
    /// Makes a change here.
    fn change(&mut self, patch: &Patch, at_ms: u64);
    /// The update of the last change, for the others. It may have been made with the change.
    fn take_update(&mut self) -> Vec<u8>;
    /// Applies somebody's update.
    fn apply(&mut self, update: &[u8]);
    /// Everything, to be stored.
    fn snapshot(&self) -> Vec<u8>;
    /// The text.
    fn text(&self) -> String;
    /// Whether it reads the updates that our engine writes.
    fn speaks_yjs() -> bool {
        false
    }
}

pub struct Ours {
    document: Document,
    update: Vec<u8>,
}

impl Engine for Ours {
    const NAME: &'static str = "pair";

    fn start(writer: u64) -> Self {
        Self { document: Document::new(ClientId::new(writer).unwrap()), update: Vec::new() }
    }

    fn change(&mut self, patch: &Patch, at_ms: u64) {
        let range = ByteOffset(patch.at)..ByteOffset(patch.at + patch.removed);
        self.update = self.document.edit(range, &patch.inserted, at_ms).unwrap();
    }

    fn take_update(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.update)
    }

    fn apply(&mut self, update: &[u8]) {
        self.document.apply(update).unwrap();
    }

    fn snapshot(&self) -> Vec<u8> {
        self.document.snapshot()
    }

    fn text(&self) -> String {
        self.document.text()
    }

    fn speaks_yjs() -> bool {
        true
    }
}

pub struct Yrs {
    doc: Doc,
    text: TextRef,
    update: Vec<u8>,
}

impl Engine for Yrs {
    const NAME: &'static str = "yrs";

    fn start(writer: u64) -> Self {
        let doc = Doc::with_options(Options { client_id: ClientID::new(writer), ..Options::default() });
        let text = doc.get_or_insert_text("code");
        Self { doc, text, update: Vec::new() }
    }

    fn change(&mut self, patch: &Patch, _at_ms: u64) {
        let unit = |place: usize| u32::try_from(place).unwrap();
        let mut transaction = self.doc.transact_mut();
        if patch.removed > 0 {
            self.text.remove_range(&mut transaction, unit(patch.at), unit(patch.removed));
        }
        if !patch.inserted.is_empty() {
            self.text.insert(&mut transaction, unit(patch.at), &patch.inserted);
        }
        self.update = transaction.encode_update_v1();
    }

    fn take_update(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.update)
    }

    fn apply(&mut self, update: &[u8]) {
        self.doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }

    fn snapshot(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    fn text(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    fn speaks_yjs() -> bool {
        true
    }
}

pub struct Diamond {
    list: ListCRDT,
    agent: AgentId,
    before: Vec<usize>,
}

impl Engine for Diamond {
    const NAME: &'static str = "diamond-types";

    fn start(writer: u64) -> Self {
        let mut list = ListCRDT::new();
        let agent = list.get_or_create_agent_id(&writer.to_string());
        Self { list, agent, before: Vec::new() }
    }

    fn change(&mut self, patch: &Patch, _at_ms: u64) {
        self.before.clear();
        self.before.extend_from_slice(self.list.branch.local_version_ref());
        let (at, removed) = patch.characters;
        if removed > 0 {
            self.list.delete_without_content(self.agent, at..at + removed);
        }
        if !patch.inserted.is_empty() {
            self.list.insert(self.agent, at, &patch.inserted);
        }
    }

    fn take_update(&mut self) -> Vec<u8> {
        self.list.oplog.encode_from(ENCODE_PATCH, &self.before)
    }

    fn apply(&mut self, update: &[u8]) {
        self.list.merge_data_and_ff(update).unwrap();
    }

    fn snapshot(&self) -> Vec<u8> {
        self.list.oplog.encode(ENCODE_FULL)
    }

    fn text(&self) -> String {
        self.list.branch.content().to_string()
    }
}

pub struct Loro {
    doc: LoroDoc,
    text: LoroText,
    before: VersionVector,
}

impl Engine for Loro {
    const NAME: &'static str = "loro";

    fn start(writer: u64) -> Self {
        let doc = LoroDoc::new();
        doc.set_peer_id(writer).unwrap();
        let text = doc.get_text("code");
        Self { doc, text, before: VersionVector::default() }
    }

    fn change(&mut self, patch: &Patch, _at_ms: u64) {
        self.before = self.doc.oplog_vv();
        let (at, removed) = patch.characters;
        if removed > 0 {
            self.text.delete(at, removed).unwrap();
        }
        if !patch.inserted.is_empty() {
            self.text.insert(at, &patch.inserted).unwrap();
        }
        self.doc.commit();
    }

    fn take_update(&mut self) -> Vec<u8> {
        self.doc.export(ExportMode::updates(&self.before)).unwrap()
    }

    fn apply(&mut self, update: &[u8]) {
        self.doc.import(update).unwrap();
    }

    fn snapshot(&self) -> Vec<u8> {
        self.doc.export(ExportMode::Snapshot).unwrap()
    }

    fn text(&self) -> String {
        self.text.to_string()
    }
}
