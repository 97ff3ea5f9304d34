//! Writing the document, or what somebody is missing of it, as an update. Knows runs and their texts; the bytes are `update`'s.

use super::{
    Engine,
    run::{Run, Unit, Writer},
    sequence::Sequence,
    sums::index,
};
use crate::{
    document::{
        units::split_utf16,
        update::{
            IdRange, StateVector,
            decode::{Content, Struct},
            encode::{SectionWriter, put_struct, put_varint},
            merge_updates, ranges,
        },
    },
    position::ItemId,
};

impl Engine {
    /// What somebody with a state vector is missing. Text that waits here is not in it: it could be refused there, and all else with
    /// it. Deletions that wait are: nobody can refuse them, and no state vector shows that they are missing.
    pub(in crate::document) fn difference(&self, state: &StateVector) -> Vec<u8> {
        let mut out = Vec::new();
        let writers = &self.sequence.writers;
        let missing = |writer: &Writer| state.clock(writers.client(*writer)) < writers.clock(*writer);
        put_varint(&mut out, writers.highest_first().filter(missing).count() as u64);
        for writer in writers.highest_first().filter(missing) {
            self.write_section(writer, state.clock(writers.client(writer)), &mut out);
        }
        let mut deletions = writers.deletions();
        if !self.pending.is_empty() {
            deletions.extend(self.pending.deletions());
            ranges::normalize(&mut deletions);
        }
        ranges::write(&deletions, &mut out);
        out
    }

    /// Everything, with what waits here. Whoever starts from it waits for the same.
    pub(in crate::document) fn snapshot(&self) -> Vec<u8> {
        let out = self.difference(&StateVector::default());
        if self.pending.is_empty() {
            return out;
        }
        let waits = |client, one: &Struct<'_>| self.missing(client, one).is_some();
        let waiting = self.pending.to_update(|client| self.clock(client), waits);
        // Both parts were written here, so they can be read.
        merge_updates(&[&out, &waiting]).unwrap_or(out)
    }

    /// Writes what happened to one writer's units from a clock on, and what was deleted, as one update.
    pub(super) fn update_since(&self, writer: Writer, clock: u32, deletions: &mut Vec<IdRange>) -> Vec<u8> {
        let mut out = Vec::new();
        if clock < self.sequence.writers.clock(writer) {
            out.push(1);
            self.write_section(writer, clock, &mut out);
        } else {
            out.push(0);
        }
        ranges::normalize(deletions);
        ranges::write(deletions, &mut out);
        out
    }

    fn write_section(&self, writer: Writer, from: u32, out: &mut Vec<u8>) {
        let writers = &self.sequence.writers;
        let mut section = SectionWriter::new(writers.client(writer), from);
        let mut clock = from;
        while let Some((leaf, end)) = writers.leaf_of(Unit { writer, clock }) {
            if leaf.is_none() {
                let len = end - clock;
                section.push(&Struct { clock, len, origin: None, right_origin: None, content: Content::Collected });
                clock = end;
                continue;
            }
            let Some(place) = self.sequence.locate(Unit { writer, clock }) else { break };
            let run = self.sequence.tree.run(place);
            if run.is_deleted() {
                self.write_deleted(run, clock, &mut section);
            } else {
                let text = self.sequence.tree.leaf(place.leaf).text_of(place.slot);
                write_visible(&self.sequence, run, text, clock, &mut section);
            }
            clock = run.end();
        }
        section.finish(out);
    }

    fn write_deleted(&self, run: &Run, from: u32, section: &mut SectionWriter) {
        for (range, text) in self.kept.pieces(run.first.writer, from..run.end()) {
            let content = text.as_deref().map_or(Content::Deleted, Content::Text);
            section.push(&to_struct(&self.sequence, run, range.start, range.end, content));
        }
    }
}

fn write_visible(sequence: &Sequence, run: &Run, text: &str, from: u32, section: &mut SectionWriter) {
    if from == run.first.clock {
        section.push(&to_struct(sequence, run, from, run.end(), Content::Text(text)));
    } else {
        let (_, right) = split_utf16(text, index(from - run.first.clock));
        section.push(&to_struct(sequence, run, from, run.end(), Content::Text(&right)));
    }
}

/// The part of a run from one clock to another, in the world's ids.
fn to_struct<'a>(sequence: &Sequence, run: &Run, from: u32, to: u32, content: Content<'a>) -> Struct<'a> {
    let id = |unit: Unit| sequence.writers.id(unit);
    let origin =
        if from == run.first.clock { run.origin.map(id) } else { Some(id(Unit { clock: from - 1, ..run.first })) };
    Struct { clock: from, len: to - from, origin, right_origin: run.right_origin.map(id), content }
}

/// The update of one insertion (`None`: nothing was inserted) and some deletions.
pub(super) fn write_edit(
    inserted: Option<(ItemId, [Option<ItemId>; 2], &str)>,
    deletions: &mut Vec<IdRange>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(48 + inserted.map_or(0, |(_, _, text)| text.len()));
    if let Some((id, [origin, right_origin], text)) = inserted {
        out.extend_from_slice(&[1, 1]);
        put_varint(&mut out, id.client.get());
        put_varint(&mut out, u64::from(id.clock));
        // The length is not written: it is the text's.
        let one = Struct { clock: id.clock, len: 0, origin, right_origin, content: Content::Text(text) };
        put_struct(&mut out, &one);
    } else {
        out.push(0);
    }
    ranges::normalize(deletions);
    ranges::write(deletions, &mut out);
    out
}
