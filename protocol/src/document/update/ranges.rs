//! Runs of ids of one client, and lists of them: the delete set of an update. Knows the bytes of a delete set, no document.

use super::{MAX_CLOCK, UpdateError, encode::put_varint, reader::Reader};
use crate::ids::ClientId;
use std::cmp::Reverse;

/// The ids `start..end` of one client; each stands for one UTF-16 code unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdRange {
    /// The writer.
    pub client: ClientId,
    /// The first clock.
    pub start: u32,
    /// The clock after the last one.
    pub end: u32,
}

impl IdRange {
    /// The number of ids.
    pub fn len(&self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether it holds no id.
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }
}

/// Sorts ranges as Yjs writes them (clients from the highest down, clocks up) and joins those that touch or overlap.
pub(crate) fn normalize(ranges: &mut Vec<IdRange>) {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| (Reverse(range.client), range.start));
    ranges.dedup_by(|next, kept| {
        let joins = next.client == kept.client && next.start <= kept.end;
        if joins {
            kept.end = kept.end.max(next.end);
        }
        joins
    });
}

/// Whether each of some ids is in other ranges; both as [`normalize`] leaves them.
pub(crate) fn covers(ranges: &[IdRange], ids: &[IdRange]) -> bool {
    ids.iter().all(|one| {
        // What covers it is the first range that does not end before it does.
        let before = |range: &IdRange| (Reverse(range.client), range.end) < (Reverse(one.client), one.end);
        let first = ranges.get(ranges.partition_point(before));
        first.is_some_and(|range| range.client == one.client && range.start <= one.start)
    })
}

/// Reads a delete set.
///
/// # Errors
/// [`UpdateError`] if it is malformed, lists a client twice, holds an empty range or a clock over [`MAX_CLOCK`].
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Vec<IdRange>, UpdateError> {
    let clients = reader.count("the delete set", 2)?;
    let mut ranges = Vec::with_capacity(clients);
    let mut seen = Vec::with_capacity(clients);
    for _ in 0..clients {
        let client = reader.client()?;
        seen.push(client);
        for _ in 0..reader.count("the deletions of a client", 2)? {
            let start = reader.bounded("a deleted clock", MAX_CLOCK)?;
            let len = reader.bounded("the length of a deletion", MAX_CLOCK - start)?;
            if len == 0 {
                return Err(UpdateError::ZeroLength("a deletion"));
            }
            ranges.push(IdRange { client, start, end: start + len });
        }
    }
    refuse_duplicates(seen, "deletions")?;
    Ok(ranges)
}

/// Fails if a client occurs twice in `clients`, which are those of `list`.
pub(crate) fn refuse_duplicates(mut clients: Vec<ClientId>, list: &'static str) -> Result<(), UpdateError> {
    if clients.len() < 2 {
        return Ok(());
    }
    clients.sort_unstable();
    match clients.windows(2).find_map(|pair| pair.first().filter(|first| Some(*first) == pair.last())) {
        Some(&client) => Err(UpdateError::DuplicateClient { client, list }),
        None => Ok(()),
    }
}

/// Writes a delete set. The ranges must be in the order that [`normalize`] gives them.
pub(crate) fn write(ranges: &[IdRange], out: &mut Vec<u8>) {
    let same_client = |one: &IdRange, other: &IdRange| one.client == other.client;
    put_varint(out, ranges.chunk_by(same_client).count() as u64);
    for of_client in ranges.chunk_by(same_client) {
        let Some(first) = of_client.first() else { continue };
        put_varint(out, first.client.get());
        put_varint(out, of_client.len() as u64);
        for range in of_client {
            put_varint(out, u64::from(range.start));
            put_varint(out, u64::from(range.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(client: u64, start: u32, end: u32) -> IdRange {
        IdRange { client: ClientId::new(client).unwrap(), start, end }
    }

    #[test]
    fn ranges_are_sorted_joined_and_survive_the_bytes() {
        let mut ranges =
            vec![range(1, 5, 7), range(2, 0, 1), range(1, 0, 3), range(1, 2, 5), range(1, 9, 10), range(3, 4, 4)];
        normalize(&mut ranges);
        assert_eq!(ranges, [range(2, 0, 1), range(1, 0, 7), range(1, 9, 10)]);
        let mut bytes = Vec::new();
        write(&ranges, &mut bytes);
        assert_eq!(bytes, [2, 2, 1, 0, 1, 1, 2, 0, 7, 9, 1]);
        assert_eq!(read(&mut Reader::new(&bytes)), Ok(ranges));
    }

    #[test]
    fn ranges_cover_what_lies_in_one_of_them() {
        let ranges = [range(2, 0, 1), range(1, 2, 7), range(1, 9, 10)];
        let covered = |client, start, end| covers(&ranges, &[range(client, start, end)]);
        assert!(covers(&ranges, &ranges) && covers(&ranges, &[]) && !covers(&[], &ranges));
        assert!(covered(1, 3, 7) && covered(1, 9, 10) && covered(2, 0, 1));
        for (client, start, end) in [(1, 1, 3), (1, 6, 8), (1, 2, 10), (1, 10, 11), (2, 0, 2), (3, 0, 1), (0, 0, 1)] {
            let ids = IdRange { start, end, ..range(client, 0, 1) };
            assert!(!covers(&ranges, &[ids]), "{ids:?}");
        }
    }

    #[test]
    fn empty_and_overlong_deletions_are_refused() {
        assert_eq!(read(&mut Reader::new(&[1, 1, 1, 5, 0])), Err(UpdateError::ZeroLength("a deletion")));
        assert!(read(&mut Reader::new(&[1, 1, 1, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])).is_err());
        assert!(read(&mut Reader::new(&[2, 1, 1, 5, 1, 1, 1, 7, 1])).is_err());
        assert!(read(&mut Reader::new(&[0xFF, 0xFF, 0xFF, 0x7F])).is_err());
    }
}
