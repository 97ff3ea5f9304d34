//! Fewer rows for the same log: what came while storage was busy is merged, document by document, into updates that say the same. Knows records,
//! not when they are stored.
//!
//! A merged update stands under the version of the last one in it. Stored twice, merged otherwise, or merged with what is stored already, it is
//! still there once: to a CRDT an update that it has is nothing.

use crate::storage::Record;
use protocol::{DocumentPath, document::update::merge_updates};

/// Bytes of updates that become one: a batch that is tried again and again during an outage is merged in pieces, each of them once.
const MERGED_BYTES_MAX: usize = 64 << 10;

/// Updates of one document that become one, oldest first.
struct Group {
    document: DocumentPath,
    bytes: usize,
    updates: Vec<Record>,
}

/// Records with the same effect as those given, with few updates among them.
pub(super) fn merged(records: Vec<Record>) -> Vec<Record> {
    let updates = records.iter().filter(|record| matches!(record, Record::Update { .. })).count();
    if updates < 2 {
        return records;
    }
    let (mut out, mut groups) = (Vec::with_capacity(records.len() - updates + 1), Vec::<Group>::new());
    for record in records {
        match &record {
            Record::Update { document, update, .. } => {
                let (document, bytes) = (document.clone(), update.len());
                match groups.iter_mut().find(|group| group.document == document) {
                    Some(group) if group.bytes + bytes <= MERGED_BYTES_MAX => {
                        group.bytes += bytes;
                        group.updates.push(record);
                    }
                    Some(full) => {
                        let next = Group { document, bytes, updates: vec![record] };
                        std::mem::replace(full, next).finish(&mut out);
                    }
                    None => groups.push(Group { document, bytes, updates: vec![record] }),
                }
            }
            // It stands for what came before it, and not for what comes after it.
            Record::Snapshot { .. } => {
                for group in groups.drain(..) {
                    group.finish(&mut out);
                }
                out.push(record);
            }
            _ => out.push(record),
        }
    }
    for group in groups {
        group.finish(&mut out);
    }
    out
}

impl Group {
    fn finish(mut self, out: &mut Vec<Record>) {
        let merged = if self.updates.len() > 1 { self.merge() } else { None };
        match (merged, self.updates.pop()) {
            (Some(all), Some(Record::Update { version, document, author: last, client, at_ms, .. })) => {
                let known = || self.updates.into_iter().rev().find_map(author);
                let author = last.or_else(known);
                out.push(Record::Update { version, document, update: all.into(), author, client, at_ms });
            }
            // One by itself, or one that is malformed, which the room would not have taken.
            (_, last) => {
                out.append(&mut self.updates);
                out.extend(last);
            }
        }
    }

    fn merge(&self) -> Option<Vec<u8>> {
        let updates = self.updates.iter().filter_map(|record| match record {
            Record::Update { update, .. } => Some(&update[..]),
            _ => None,
        });
        merge_updates(&updates.collect::<Vec<_>>()).ok()
    }
}

fn author(record: Record) -> Option<String> {
    if let Record::Update { author, .. } = record { author } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use protocol::{ByteOffset, ClientId, Document};

    fn update(version: u64, path: &str, update: Vec<u8>, author: Option<&str>) -> Record {
        Record::Update {
            version,
            document: path.parse().unwrap(),
            update: update.into(),
            author: author.map(str::to_owned),
            client: ClientId::from_random_32(1),
            at_ms: version,
        }
    }

    fn snapshot(path: &str) -> Record {
        let (document, snapshot) = (path.parse().unwrap(), Bytes::from_static(&[0, 0]));
        Record::Snapshot { document, snapshot, through: 1, author: None, at_ms: 0 }
    }

    /// Two writers who take turns at the ends of one text; gives their edits and the text.
    fn edits(count: usize) -> (Vec<Vec<u8>>, String) {
        let mut documents = [1, 2].map(|client| Document::new(ClientId::from_random_32(client)));
        let edits = (0..count).map(|n| {
            let at = if n % 2 == 0 { ByteOffset::START } else { documents[1].len() };
            let edit = documents[n % 2].edit(at..at, &format!("{n} "), 0).unwrap();
            documents[1 - n % 2].apply(&edit).unwrap();
            edit
        });
        let edits = edits.collect();
        (edits, documents[0].text())
    }

    fn text_of(records: &[Record]) -> String {
        let mut document = Document::new(ClientId::from_random_32(9));
        for record in records {
            if let Record::Update { update, .. } = record {
                document.apply_trusted(update).unwrap();
            }
        }
        document.text()
    }

    #[test]
    fn what_waits_becomes_one_update_of_each_document_under_its_last_version() {
        let (edits, text) = edits(100);
        let mut records: Vec<_> =
            edits.into_iter().zip(1..).map(|(edit, version)| update(version, "main", edit, Some("Ada"))).collect();
        records.insert(50, Record::Document("b".parse().unwrap()));
        records.insert(60, update(200, "b", vec![0, 0], None));
        let merged = merged(records);
        assert_eq!(merged.len(), 3);
        assert!(matches!(&merged[0], Record::Document(_)), "a document comes before what is in it");
        let Record::Update { version, author, at_ms, .. } = &merged[1] else { panic!("{:?}", merged[1]) };
        assert_eq!((*version, author.as_deref(), *at_ms), (100, Some("Ada"), 100));
        assert_eq!(merged[2], update(200, "b", vec![0, 0], None));
        assert_eq!(text_of(&merged[..2]), text);
    }

    #[test]
    fn a_snapshot_parts_what_came_before_it_from_what_comes_after() {
        let (edits, text) = edits(4);
        let mut records: Vec<_> =
            edits.into_iter().zip(1..).map(|(edit, version)| update(version, "main", edit, None)).collect();
        records.insert(2, snapshot("main"));
        let merged = merged(records);
        let versions = merged.iter().map(|record| match record {
            Record::Update { version, .. } => *version,
            _ => 0,
        });
        assert_eq!(versions.collect::<Vec<_>>(), [2, 0, 4]);
        assert_eq!(text_of(&merged), text);
    }

    #[test]
    fn merged_again_with_what_came_meanwhile_nothing_is_lost_and_large_pieces_stay() {
        let (edits, text) = edits(20_000);
        let (mut waiting, mut largest) = (Vec::new(), 0);
        for (edit, version) in edits.into_iter().zip(1..) {
            waiting.push(update(version, "main", edit, None));
            if version % 500 == 0 {
                waiting = merged(waiting);
                let sizes = waiting.iter().map(|record| match record {
                    Record::Update { update, .. } => update.len(),
                    _ => 0,
                });
                largest = sizes.max().unwrap();
            }
        }
        assert!(waiting.len() > 1 && largest <= MERGED_BYTES_MAX, "{} of {largest}", waiting.len());
        assert_eq!(text_of(&waiting), text);
    }

    #[test]
    fn what_can_not_be_merged_stays_as_it_is() {
        let records = vec![update(1, "main", vec![9], None), update(2, "main", vec![0, 0], None)];
        assert_eq!(merged(records.clone()), records);
    }
}
