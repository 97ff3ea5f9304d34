//! The engine of the document over yrs, until our own replaces it. No yrs type leaves this file, and no bytes reach yrs that
//! `update` has not checked. Counts in UTF-16 code units, as Yjs does.

use super::{UNDO_GROUP_MS, update::ROOT_NAME};
use crate::{
    ids::ClientId,
    position::{Association, ItemId},
};
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use yrs::{
    Assoc, ClientID, Doc, IndexScope, IndexedSequence, Observable, OffsetKind, Options, Out, ReadTxn, StateVector,
    StickyIndex, Text, TextRef, Transact, Update,
    types::Delta,
    undo::UndoManager,
    updates::{decoder::Decode, encoder::Encode},
};

/// Marks the transactions of local edits, which undo takes back.
const LOCAL: &str = "local";

/// One change of the text in UTF-16 code units, placed in the text as the changes before it left it.
pub(super) struct UnitSplice {
    pub(super) at: usize,
    pub(super) removed: usize,
    pub(super) inserted: String,
}

/// What a transaction did, collected by observers.
#[derive(Default)]
struct Observed {
    update: Vec<u8>,
    splices: Vec<UnitSplice>,
}

/// One text over yrs.
pub(super) struct Engine {
    doc: Doc,
    text: TextRef,
    undo: UndoManager<()>,
    clock_ms: Arc<AtomicU64>,
    observed: Arc<Mutex<Observed>>,
}

impl Engine {
    pub(super) fn new(client: ClientId) -> Self {
        let doc = Doc::with_options(Options {
            client_id: ClientID::new(client.get()),
            offset_kind: OffsetKind::Utf16,
            ..Options::default()
        });
        let text = doc.get_or_insert_text(ROOT_NAME);
        let clock_ms = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&clock_ms);
        let mut undo = UndoManager::with_options(yrs::undo::Options {
            capture_timeout_millis: UNDO_GROUP_MS,
            tracked_origins: [LOCAL.into()].into(),
            timestamp: Arc::new(move || clock.load(Ordering::Relaxed)),
            ..yrs::undo::Options::default()
        });
        undo.expand_scope(&doc, &text);
        let observed = Arc::new(Mutex::new(Observed::default()));
        observe(&doc, &text, &observed);
        Self { doc, text, undo, clock_ms, observed }
    }

    /// Replaces a range that is within the text, and gives the update.
    pub(super) fn edit(&mut self, range: Range<usize>, inserted: &str, at_ms: u64) -> Vec<u8> {
        self.clock_ms.store(at_ms, Ordering::Relaxed);
        let (start, length) = (unit(range.start), unit(range.len()));
        {
            let mut transaction = self.doc.transact_mut_with(LOCAL);
            if length > 0 {
                self.text.remove_range(&mut transaction, start, length);
            }
            if !inserted.is_empty() {
                self.text.insert(&mut transaction, start, inserted);
            }
        }
        self.take_observed().update
    }

    /// Applies an update that was checked, and says what changed.
    pub(super) fn apply(&mut self, update: &[u8]) -> Result<Vec<UnitSplice>, String> {
        let update = Update::decode_v1(update).map_err(|error| error.to_string())?;
        self.doc.transact_mut().apply_update(update).map_err(|error| error.to_string())?;
        Ok(self.take_observed().splices)
    }

    pub(super) fn state_vector(&self) -> Vec<u8> {
        self.doc.transact().state_vector().encode_v1()
    }

    pub(super) fn difference(&self, state_vector: &[u8]) -> Result<Vec<u8>, String> {
        let state = StateVector::decode_v1(state_vector).map_err(|error| error.to_string())?;
        Ok(self.doc.transact().encode_state_as_update_v1(&state))
    }

    pub(super) fn snapshot(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    pub(super) fn has_pending(&self) -> bool {
        self.doc.transact().has_missing_updates()
    }

    /// The character that an anchor at a place belongs to; none at the ends of the text.
    pub(super) fn anchor(&self, at: usize, assoc: Association) -> Option<ItemId> {
        let index = self.text.sticky_index(&self.doc.transact(), unit(at), to_yrs(assoc))?;
        match index.scope() {
            IndexScope::Relative(id) => Some(ItemId { client: ClientId::new(id.client.get()).ok()?, clock: id.clock }),
            IndexScope::Nested(_) | IndexScope::Root(_) => None,
        }
    }

    /// Where an anchor's place is now.
    pub(super) fn resolve(&self, item: ItemId, assoc: Association) -> Option<usize> {
        let transaction = self.doc.transact();
        let id = yrs::ID::new(ClientID::new(item.client.get()), item.clock);
        if transaction.state_vector().get(&id.client) <= id.clock {
            return None;
        }
        let offset = StickyIndex::from_id(id, to_yrs(assoc)).get_offset(&transaction)?;
        usize::try_from(offset.index).ok()
    }

    pub(super) fn stop_undo_group(&mut self) {
        self.undo.reset();
    }

    pub(super) fn undo(&mut self, at_ms: u64) -> Option<(Vec<u8>, Vec<UnitSplice>)> {
        self.clock_ms.store(at_ms, Ordering::Relaxed);
        self.undo.undo_blocking().then(|| self.take_observed()).map(|observed| (observed.update, observed.splices))
    }

    pub(super) fn redo(&mut self, at_ms: u64) -> Option<(Vec<u8>, Vec<UnitSplice>)> {
        self.clock_ms.store(at_ms, Ordering::Relaxed);
        self.undo.redo_blocking().then(|| self.take_observed()).map(|observed| (observed.update, observed.splices))
    }

    pub(super) fn can_undo(&self) -> bool {
        self.undo.can_undo()
    }

    pub(super) fn can_redo(&self) -> bool {
        self.undo.can_redo()
    }

    fn take_observed(&self) -> Observed {
        std::mem::take(&mut *self.observed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Collects what each transaction did.
fn observe(doc: &Doc, text: &TextRef, observed: &Arc<Mutex<Observed>>) {
    let deltas = Arc::clone(observed);
    text.observe("document", move |transaction, event| {
        let splices = to_splices(event.delta(transaction));
        deltas.lock().unwrap_or_else(PoisonError::into_inner).splices.extend(splices);
    });
    let updates = Arc::clone(observed);
    // Registering fails only while a transaction is open, and none is yet.
    drop(doc.observe_update_v1("document", move |_, event| {
        updates.lock().unwrap_or_else(PoisonError::into_inner).update.clone_from(&event.update);
    }));
}

/// Turns Yjs's delta into splices one after the other.
fn to_splices(delta: &[Delta]) -> Vec<UnitSplice> {
    let mut splices: Vec<UnitSplice> = Vec::new();
    let mut at = 0;
    for change in delta {
        match change {
            Delta::Retain(length, _) => at += length_of(*length),
            Delta::Deleted(length) => {
                splices.push(UnitSplice { at, removed: length_of(*length), inserted: String::new() });
            }
            Delta::Inserted(Out::Any(yrs::Any::String(text)), _) => {
                splices.push(UnitSplice { at, removed: 0, inserted: text.to_string() });
                at += text.encode_utf16().count();
            }
            // Anything but text was refused before yrs saw it.
            Delta::Inserted(_, _) => {}
        }
    }
    splices
}

fn to_yrs(assoc: Association) -> Assoc {
    match assoc {
        Association::Before => Assoc::Before,
        Association::After => Assoc::After,
    }
}

/// A place as yrs counts it. The limits of a document are far below 2^32 units.
fn unit(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn length_of(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
