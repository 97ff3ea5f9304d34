//! A cursor over untrusted bytes: numbers and strings of the lib0 encoding that Yjs uses. Knows nothing of updates.

use super::UpdateError;
use crate::ids::{ClientId, MAX_SAFE_INTEGER};

/// A cursor over bytes from outside. Every method either moves forward or fails.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Fails unless all bytes were read.
    pub(crate) fn finish(&self) -> Result<(), UpdateError> {
        if self.rest.is_empty() { Ok(()) } else { Err(UpdateError::TrailingBytes(self.rest.len())) }
    }

    /// Reads one byte; `what` names it in the error.
    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, UpdateError> {
        let (&byte, rest) = self.rest.split_first().ok_or(UpdateError::Truncated(what))?;
        self.rest = rest;
        Ok(byte)
    }

    /// Reads a number of at most 53 bits: seven bits per byte, lowest first, the top bit says that another byte follows.
    pub(crate) fn varint(&mut self, what: &'static str) -> Result<u64, UpdateError> {
        let mut value = 0_u64;
        for shift in (0..56).step_by(7) {
            let byte = self.byte(what)?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return if value <= MAX_SAFE_INTEGER { Ok(value) } else { Err(too_large(what, MAX_SAFE_INTEGER)) };
            }
        }
        Err(too_large(what, MAX_SAFE_INTEGER))
    }

    /// Reads a number of at most `bound`.
    pub(crate) fn bounded(&mut self, what: &'static str, bound: u32) -> Result<u32, UpdateError> {
        let value = self.varint(what)?;
        u32::try_from(value).ok().filter(|value| *value <= bound).ok_or(too_large(what, u64::from(bound)))
    }

    /// Reads how many things follow, of which each takes at least `bytes_each`: more than fit are refused.
    pub(crate) fn count(&mut self, what: &'static str, bytes_each: usize) -> Result<usize, UpdateError> {
        let count = usize::try_from(self.varint(what)?).unwrap_or(usize::MAX);
        if count > self.remaining() / bytes_each { Err(UpdateError::Truncated(what)) } else { Ok(count) }
    }

    /// Reads a client id.
    pub(crate) fn client(&mut self) -> Result<ClientId, UpdateError> {
        let value = self.varint("a client id")?;
        ClientId::new(value).map_err(|_| too_large("a client id", MAX_SAFE_INTEGER))
    }

    /// Reads a byte string: its length, then the bytes.
    pub(crate) fn bytes(&mut self, what: &'static str) -> Result<&'a [u8], UpdateError> {
        let len = self.count(what, 1)?;
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(UpdateError::Truncated(what))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Reads a string: its length in bytes, then UTF-8.
    pub(crate) fn string(&mut self) -> Result<&'a str, UpdateError> {
        std::str::from_utf8(self.bytes("a string")?).map_err(|_| UpdateError::InvalidUtf8)
    }
}

fn too_large(what: &'static str, bound: u64) -> UpdateError {
    UpdateError::TooLarge { what, bound }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_over_53_bits_and_endless_ones_are_refused() {
        let max = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
        assert_eq!(Reader::new(&max).varint("x"), Ok(MAX_SAFE_INTEGER));
        let over = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F];
        assert!(matches!(Reader::new(&over).varint("x"), Err(UpdateError::TooLarge { .. })));
        assert!(matches!(Reader::new(&[0xFF; 20]).varint("x"), Err(UpdateError::TooLarge { .. })));
        assert_eq!(Reader::new(&[0x80]).varint("x"), Err(UpdateError::Truncated("x")));
    }

    #[test]
    fn a_string_longer_than_the_bytes_is_refused_before_it_is_read() {
        assert_eq!(Reader::new(&[5, b'a']).string(), Err(UpdateError::Truncated("a string")));
        assert_eq!(Reader::new(&[2, 0xC3, 0x28]).string(), Err(UpdateError::InvalidUtf8));
        assert_eq!(Reader::new(&[2, 0xC3, 0xA9]).string(), Ok("é"));
    }
}
