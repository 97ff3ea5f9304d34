//! Merging updates without a document (`mergeUpdates` in Yjs). Knows structs and delete sets, no text.

use super::{
    UpdateError,
    decode::{Content, Struct, Update},
    encode::{SectionWriter, put_varint},
    ranges,
};
use crate::{document::units::split_utf16, ids::ClientId, position::ItemId};
use std::collections::BTreeMap;

/// Merges updates into one that has the same effect. What lies between the updates becomes a skip, so that the result can
/// be applied as far as it goes. Takes time in proportion to the sum of sizes, times its logarithm.
///
/// # Errors
/// [`UpdateError`] of the first update that is malformed.
pub fn merge_updates(updates: &[&[u8]]) -> Result<Vec<u8>, UpdateError> {
    let updates = updates.iter().map(|bytes| Update::read(bytes)).collect::<Result<Vec<_>, _>>()?;
    let mut by_client = BTreeMap::<ClientId, Vec<Struct<'_>>>::new();
    let mut deletions = Vec::new();
    for update in &updates {
        for section in update.sections.iter().filter(|section| !section.structs.is_empty()) {
            by_client.entry(section.client).or_default().extend_from_slice(update.of(section));
        }
        deletions.extend_from_slice(&update.deletions);
    }
    let mut out = Vec::new();
    put_varint(&mut out, by_client.len() as u64);
    for (client, structs) in by_client.into_iter().rev() {
        write_client(client, structs, 0, &mut out);
    }
    ranges::normalize(&mut deletions);
    ranges::write(&deletions, &mut out);
    Ok(out)
}

/// Writes the structs of one client, each clock from `from` on once. There must be one that goes beyond that.
pub(in crate::document) fn write_client(client: ClientId, mut structs: Vec<Struct<'_>>, from: u32, out: &mut Vec<u8>) {
    structs.sort_by_key(|one| one.clock);
    let first_clock = structs.iter().find(|one| one.end() > from).map_or(from, |one| one.clock.max(from));
    let mut section = SectionWriter::new(client, first_clock);
    let mut end = first_clock;
    for one in structs.iter().filter(|one| one.clock + one.len > first_clock) {
        if one.end() <= end {
            continue;
        }
        if one.clock >= end {
            section.push(one);
        } else {
            push_rest(&mut section, client, one, end - one.clock);
        }
        end = one.end();
    }
    section.finish(out);
}

/// Adds what is left of `one` after its first `skipped` code units.
fn push_rest(section: &mut SectionWriter, client: ClientId, one: &Struct<'_>, skipped: u32) {
    let clock = one.clock + skipped;
    let rest = Struct { clock, len: one.len - skipped, origin: Some(ItemId { client, clock: clock - 1 }), ..*one };
    match one.content {
        Content::Text(text) => {
            let (_, right) = split_utf16(text, usize::try_from(skipped).unwrap_or(usize::MAX));
            section.push(&Struct { content: Content::Text(&right), ..rest });
        }
        Content::Deleted => section.push(&rest),
        Content::Collected => section.push(&Struct { origin: None, ..rest }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The update in which client 1 writes `text` at `clock`, after what it wrote before.
    fn typed(clock: u8, text: &str) -> Vec<u8> {
        let mut bytes = vec![1, 1, 1, clock];
        if clock == 0 {
            bytes.extend_from_slice(&[4, 1, 4, b'c', b'o', b'd', b'e']);
        } else {
            bytes.extend_from_slice(&[0x84, 1, clock - 1]);
        }
        bytes.push(u8::try_from(text.len()).unwrap());
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        bytes
    }

    #[test]
    fn typing_merges_into_one_struct_in_any_order_and_with_overlaps() {
        let parts = [typed(3, "lo"), typed(0, "hel"), typed(1, "ello")];
        let merged = merge_updates(&parts.each_ref().map(Vec::as_slice)).unwrap();
        assert_eq!(merged, typed(0, "hello"));
    }

    #[test]
    fn a_gap_becomes_a_skip() {
        let merged = merge_updates(&[&typed(0, "ab"), &typed(4, "c")]).unwrap();
        let expected = [1, 3, 1, 0, 4, 1, 4, b'c', b'o', b'd', b'e', 2, b'a', b'b', 10, 2, 0x84, 1, 3, 1, b'c', 0];
        assert_eq!(merged, expected);
        assert_eq!(merge_updates(&[&merged, &typed(2, "xy")]).unwrap(), typed(0, "abxyc"));
    }

    #[test]
    fn nothing_merges_to_the_empty_update() {
        assert_eq!(merge_updates(&[]).unwrap(), [0, 0]);
        assert_eq!(merge_updates(&[&[0, 0], &[0, 0]]).unwrap(), [0, 0]);
    }
}
