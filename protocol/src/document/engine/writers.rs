//! Everybody who wrote into the document, and for each of their units where it lies and whether it is deleted. Knows no text and no
//! order of the text.

use super::{
    clock_map::ClockMap,
    run::{Unit, Writer},
    tree::LeafId,
};
use crate::{document::update::IdRange, ids::ClientId, position::ItemId};
use std::{collections::BTreeMap, ops::Range};

/// One writer.
#[derive(Debug)]
pub(super) struct WriterRecord {
    /// The CRDT client id.
    pub(super) client: ClientId,
    /// The leaf of each unit; `None` for units of which only the deletion is known (Yjs GC structs). Its end is the writer's clock.
    places: ClockMap<Option<LeafId>>,
    deleted: ClockMap<bool>,
    /// The clock when the change that is being made began.
    settled: u32,
}

/// All writers, each with a number that never changes.
#[derive(Debug, Default)]
pub(super) struct Writers {
    records: Vec<WriterRecord>,
    numbers: BTreeMap<ClientId, Writer>,
    /// Those who got new units in the change that is being made.
    touched: Vec<Writer>,
    /// How often units were added or deleted.
    changes: u64,
    /// The same when the change that is being made began.
    settled_changes: u64,
}

impl Writers {
    /// The writer with a client id, if there is one.
    pub(super) fn find(&self, client: ClientId) -> Option<Writer> {
        self.numbers.get(&client).copied()
    }

    /// The writer with a client id, who is new if there was none.
    pub(super) fn intern(&mut self, client: ClientId) -> Writer {
        let Self { records, numbers, .. } = self;
        *numbers.entry(client).or_insert_with(|| {
            records.push(WriterRecord { client, places: ClockMap::new(), deleted: ClockMap::new(), settled: 0 });
            Writer::at(records.len() - 1)
        })
    }

    /// How many writers there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// Forgets the writers after the first `len`, who must have no units.
    pub(super) fn truncate(&mut self, len: usize) {
        for record in self.records.drain(len..) {
            self.numbers.remove(&record.client);
        }
    }

    /// How often units were added or deleted, without what was taken back.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Every writer, the highest client id first, as Yjs lists them.
    pub(super) fn highest_first(&self) -> impl Iterator<Item = Writer> {
        self.numbers.values().rev().copied()
    }

    /// The client id of a writer.
    pub(super) fn client(&self, writer: Writer) -> ClientId {
        self.record(writer).client
    }

    /// The clock of a writer: how many units the document has of them.
    pub(super) fn clock(&self, writer: Writer) -> u32 {
        self.record(writer).places.end()
    }

    /// A unit by the id that the world knows it under; none where the document does not have it.
    pub(super) fn unit(&self, id: ItemId) -> Option<Unit> {
        let writer = self.find(id.client).filter(|writer| id.clock < self.clock(*writer))?;
        Some(Unit { writer, clock: id.clock })
    }

    /// The id that the world knows a unit under.
    pub(super) fn id(&self, unit: Unit) -> ItemId {
        ItemId { client: self.client(unit.writer), clock: unit.clock }
    }

    /// Where a unit lies: the leaf, `None` for a collected one; and the clock after the last unit of which the same is known.
    pub(super) fn leaf_of(&self, unit: Unit) -> Option<(Option<LeafId>, u32)> {
        self.record(unit.writer).places.get(unit.clock).map(|span| (span.value, span.end))
    }

    /// Adds a writer's next units.
    pub(super) fn push(&mut self, writer: Writer, len: u32, leaf: Option<LeafId>, deleted: bool) {
        let record = &mut self.records[writer.index()];
        if record.settled == record.places.end() {
            self.touched.push(writer);
        }
        record.places.push(len, leaf);
        record.deleted.push(len, deleted);
        self.changes += 1;
    }

    /// Says that units lie in another leaf now.
    pub(super) fn moved(&mut self, first: Unit, len: u32, leaf: LeafId) {
        self.records[first.writer.index()].places.assign(first.clock..first.clock + len, Some(leaf));
    }

    /// Says that units are deleted now.
    pub(super) fn deleted(&mut self, first: Unit, len: u32) {
        self.changes += 1;
        self.records[first.writer.index()].deleted.assign(first.clock..first.clock + len, true);
    }

    /// The stretches of a range of a writer's clocks that are not deleted. Takes time for these, not for what is deleted.
    pub(super) fn living(&self, writer: Writer, range: Range<u32>) -> Vec<Range<u32>> {
        let spans = self.record(writer).deleted.spans(range);
        spans.filter(|span| !span.value).map(|span| span.start..span.end).collect()
    }

    /// Everything that is deleted, in the order that Yjs writes it in.
    pub(super) fn deletions(&self) -> Vec<IdRange> {
        let of_writer = |writer: Writer| {
            let WriterRecord { client, deleted, .. } = self.record(writer);
            let spans = deleted.spans(0..u32::MAX).filter(|span| span.value);
            spans.map(|span| IdRange { client: *client, start: span.start, end: span.end })
        };
        self.highest_first().flat_map(of_writer).collect()
    }

    /// The units that each writer got in the change that is being made.
    pub(super) fn fresh(&self) -> impl Iterator<Item = (Writer, Range<u32>)> {
        self.touched.iter().map(|writer| {
            let record = self.record(*writer);
            (*writer, record.settled..record.places.end())
        })
    }

    /// The clock of a writer when the change that is being made began.
    pub(super) fn settled(&self, writer: Writer) -> u32 {
        self.record(writer).settled
    }

    /// Whether a unit came in the change that is being made.
    pub(super) fn is_fresh(&self, unit: Unit) -> bool {
        unit.clock >= self.settled(unit.writer)
    }

    /// Ends the change that is being made.
    pub(super) fn settle(&mut self) {
        for writer in std::mem::take(&mut self.touched) {
            let record = &mut self.records[writer.index()];
            record.settled = record.places.end();
        }
        self.settled_changes = self.changes;
    }

    /// Forgets the units that writers got in the change that is being made, and ends it.
    pub(super) fn forget_fresh(&mut self) {
        for writer in std::mem::take(&mut self.touched) {
            let record = &mut self.records[writer.index()];
            record.places.truncate(record.settled);
            record.deleted.truncate(record.settled);
        }
        self.changes = self.settled_changes;
    }

    fn record(&self, writer: Writer) -> &WriterRecord {
        &self.records[writer.index()]
    }
}
