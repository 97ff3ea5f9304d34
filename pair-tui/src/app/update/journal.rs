//! This client's journal: what goes into it after each change, what it reports, and what an earlier run left in it.

use crate::{
    app::{
        App, Severity,
        effect::{Effect, Entry},
        event::JournalEvent,
        keeping::{JournalState, Need},
    },
    editor::Editor,
};
use protocol::{ByteOffset, DocumentPath, message::Blob};

/// An edit was made here and applied.
pub(super) fn own(app: &mut App, document: &DocumentPath, update: &[u8], effects: &mut Vec<Effect>) {
    let entry = Entry { document: document.clone(), edits: 1, update: Blob::from(update.to_vec()) };
    let now = app.now_ms;
    let need = app.keeping.own(entry, now);
    meet(app, need, effects);
}

/// Somebody else's update was applied.
pub(super) fn of_others(app: &mut App, document: &DocumentPath, update: &[u8], effects: &mut Vec<Effect>) {
    if *app.keeping.state() != JournalState::Good {
        return;
    }
    let entry = Entry { document: document.clone(), edits: 0, update: Blob::from(update.to_vec()) };
    let need = app.keeping.of_others(entry);
    meet(app, need, effects);
}

/// After the server's word about this participant's edits: when all are durable, the journal is not needed.
pub(super) fn receipt_came(app: &mut App, effects: &mut Vec<Effect>) {
    // A refused edit counts as durable, and is not: the journal still has it when all begins anew.
    if app.room.receipts.not_durable().is_none() && !app.pending.starts_over {
        effects.extend(app.keeping.durable().map(Effect::Keep));
    }
}

/// Tries a journal that failed again when it is time.
pub(super) fn tick(app: &mut App, effects: &mut Vec<Effect>) {
    let now = app.now_ms;
    if app.keeping.retries(now) {
        meet(app, Need::Whole, effects);
    }
}

pub(super) fn event(app: &mut App, event: JournalEvent, effects: &mut Vec<Effect>) {
    match event {
        JournalEvent::Opened => app.keeping.begin(),
        JournalEvent::Recovered { updates, edits } => recovered(app, &updates, edits, effects),
        JournalEvent::Written { made } => {
            let now = app.now_ms;
            app.keeping.written(made, now);
        }
        JournalEvent::Failed(why) => {
            let now = app.now_ms;
            if app.keeping.failed(why.clone(), now) {
                let text = format!("Your edits can't be written to this machine's journal: {why}; typing goes on");
                app.notify(Severity::Error, text);
            }
        }
        JournalEvent::SetAside(what) => app.notify(Severity::Error, what),
    }
}

/// Brings the text of an earlier run back; the next Welcome shows what the server lacks of it.
fn recovered(app: &mut App, updates: &[(DocumentPath, Blob)], edits: u64, effects: &mut Vec<Effect>) {
    for (document, update) in updates {
        super::room::open(app, document);
        let Some(editor) = app.editor_of(document) else { continue };
        if let Err(error) = editor.apply_remote(update) {
            app.notify(Severity::Error, format!("A part of the journal could not be read: {error}"));
        }
    }
    app.editors.iter_mut().for_each(|editor| editor.jump(ByteOffset::START));
    let now = app.now_ms;
    app.room.receipts.keep(edits, now);
    app.start = None;
    app.fit();
    let word = if edits == 1 { "edit that was" } else { "edits that were" };
    app.notify(
        Severity::Info,
        format!("Brought back from the journal: {edits} {word} not stored yet; sent when the room is there"),
    );
    // The new journal begins with all of it.
    app.keeping.recovered(edits, now);
    meet(app, Need::Whole, effects);
}

fn meet(app: &mut App, need: Need, effects: &mut Vec<Effect>) {
    let order = match need {
        Need::Nothing => return,
        Need::Order(order) => order,
        Need::Whole => {
            let documents = whole(app);
            app.keeping.whole(documents)
        }
    };
    effects.push(Effect::Keep(order));
}

/// All documents, whole. The first one stands for all edits that are not durable.
fn whole(app: &App) -> Vec<Entry> {
    let unstored = u32::try_from(app.room.at_risk().max(1)).unwrap_or(u32::MAX);
    let entry = |(index, editor): (usize, &Editor)| Entry {
        document: editor.path().clone(),
        edits: if index == 0 { unstored } else { 0 },
        update: Blob::from(editor.buffer().snapshot()),
    };
    app.editors.iter().enumerate().map(entry).collect()
}
