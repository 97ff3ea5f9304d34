//! State vectors: how much of each writer's text a replica has. Knows their bytes, no document.

use super::{MAX_CLOCK, UpdateError, encode::put_varint, ranges::refuse_duplicates, reader::Reader};
use crate::ids::ClientId;
use std::collections::BTreeMap;

/// Per client the clock that a replica expects next. A client that is missing has the clock 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateVector {
    clocks: BTreeMap<ClientId, u32>,
}

impl StateVector {
    /// Reads a state vector, version 1.
    ///
    /// # Errors
    /// [`UpdateError`] if it is malformed, has a client twice or a clock over [`MAX_CLOCK`].
    pub fn read(bytes: &[u8]) -> Result<Self, UpdateError> {
        let mut reader = Reader::new(bytes);
        let count = reader.count("the state vector", 2)?;
        let mut clocks = Vec::with_capacity(count);
        for _ in 0..count {
            clocks.push((reader.client()?, reader.bounded("a clock", MAX_CLOCK)?));
        }
        reader.finish()?;
        refuse_duplicates(clocks.iter().map(|(client, _)| *client).collect(), "clocks")?;
        Ok(Self { clocks: clocks.into_iter().collect() })
    }

    /// Writes the state vector, version 1: the highest client first, as Yjs does.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + 8 * self.clocks.len());
        put_varint(&mut out, self.clocks.len() as u64);
        for (client, clock) in self.clocks.iter().rev() {
            put_varint(&mut out, client.get());
            put_varint(&mut out, u64::from(*clock));
        }
        out
    }

    /// The clock that is expected next from `client`.
    pub fn clock(&self, client: ClientId) -> u32 {
        self.clocks.get(&client).copied().unwrap_or(0)
    }

    /// Sets the clock that is expected next from `client`; 0 forgets the client.
    pub fn set(&mut self, client: ClientId, clock: u32) {
        if clock == 0 {
            self.clocks.remove(&client);
        } else {
            self.clocks.insert(client, clock);
        }
    }

    /// Every client with its clock, by rising client id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (ClientId, u32)> {
        self.clocks.iter().map(|(client, clock)| (*client, *clock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_yjs_and_read_back() {
        let mut state = StateVector::default();
        state.set(ClientId::new(1).unwrap(), 5);
        state.set(ClientId::new(300).unwrap(), 128);
        let bytes = state.write();
        assert_eq!(bytes, [2, 0xAC, 0x02, 0x80, 0x01, 1, 5]);
        assert_eq!(StateVector::read(&bytes), Ok(state));
    }

    #[test]
    fn double_clients_and_trailing_bytes_are_refused() {
        assert!(StateVector::read(&[2, 1, 5, 1, 6]).is_err());
        assert_eq!(StateVector::read(&[0, 0]), Err(UpdateError::TrailingBytes(1)));
        assert!(StateVector::read(&[]).is_err());
    }
}
