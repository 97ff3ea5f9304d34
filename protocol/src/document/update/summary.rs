//! What an update carries, for whoever must judge it without a document: whose text, how much of it, what it deletes.
//! Knows nothing of rights or rooms; the server draws the conclusions.

use super::{
    IdRange, UpdateError,
    decode::{Content, Update},
    ranges,
};
use crate::ids::ClientId;

/// What an update carries. To read it checks the update's bytes completely.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateSummary {
    /// The ids of the text that the update carries: one range per unbroken run of clocks, highest client first.
    pub inserted: Vec<IdRange>,
    /// The ids that the update deletes: joined where they touch, highest client first.
    pub deleted: Vec<IdRange>,
    /// Text in bytes of UTF-8.
    pub text_bytes: usize,
    /// Text in UTF-16 code units.
    pub text_units: usize,
}

impl UpdateSummary {
    /// Reads an update and sums it up.
    ///
    /// # Errors
    /// [`UpdateError`] says what is wrong with the bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, UpdateError> {
        let update = Update::read(bytes)?;
        let mut summary = Self { deleted: update.deletions.clone(), ..Self::default() };
        for section in &update.sections {
            for one in update.of(section) {
                summary.inserted.push(IdRange { client: section.client, start: one.clock, end: one.end() });
                if let Content::Text(text) = one.content {
                    summary.text_bytes += text.len();
                    summary.text_units += usize::try_from(one.len).unwrap_or(usize::MAX);
                }
            }
        }
        ranges::normalize(&mut summary.inserted);
        ranges::normalize(&mut summary.deleted);
        Ok(summary)
    }

    /// Whether the update carries nothing at all.
    pub fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.deleted.is_empty()
    }

    /// The writers whose text the update carries, highest first, each once.
    pub fn writers(&self) -> impl Iterator<Item = ClientId> {
        self.inserted.chunk_by(|one, other| one.client == other.client).filter_map(|runs| Some(runs.first()?.client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_of_yjs_is_summed_up() {
        // Client 1 writes "h😀" into the root text; nothing is deleted.
        let bytes = [1, 1, 1, 0, 4, 1, 4, b'c', b'o', b'd', b'e', 5, b'h', 0xF0, 0x9F, 0x98, 0x80, 0];
        let summary = UpdateSummary::read(&bytes).unwrap();
        let client = ClientId::new(1).unwrap();
        assert_eq!(summary.inserted, [IdRange { client, start: 0, end: 3 }]);
        assert_eq!((summary.text_bytes, summary.text_units), (5, 3));
        assert_eq!(summary.writers().collect::<Vec<_>>(), [client]);
        assert!(UpdateSummary::read(&[0, 0]).unwrap().is_empty());
    }

    #[test]
    fn every_shortened_update_is_refused() {
        let bytes = [1, 1, 1, 0, 4, 1, 4, b'c', b'o', b'd', b'e', 5, b'h', 0xF0, 0x9F, 0x98, 0x80, 1, 1, 1, 0, 3];
        assert!(UpdateSummary::read(&bytes).is_ok());
        for end in 0..bytes.len() {
            assert!(UpdateSummary::read(bytes.get(..end).unwrap()).is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let other_root = [1, 1, 1, 0, 4, 1, 1, b'x', 1, b'h', 0];
        assert_eq!(UpdateSummary::read(&other_root), Err(UpdateError::OtherRoot("x".into())));
        let formatting = [1, 1, 1, 0, 6, 1, 4, b'c', b'o', b'd', b'e', 1, b'b', 1, b'1', 0];
        assert_eq!(UpdateSummary::read(&formatting), Err(UpdateError::Unsupported("formatting")));
        let map_entry = [1, 1, 1, 0, 0x24, 1, 4, b'c', b'o', b'd', b'e', 1, b'k', 1, b'v', 0];
        assert_eq!(UpdateSummary::read(&map_entry), Err(UpdateError::Unsupported("an entry of a map")));
        let own_future = [1, 1, 1, 5, 0x84, 1, 5, 1, b'v', 0];
        assert!(matches!(UpdateSummary::read(&own_future), Err(UpdateError::NeighbourFromFuture(_))));
    }
}
