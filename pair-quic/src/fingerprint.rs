//! Fingerprints of certificates, as people compare them: `SHA256:` and the hash of the certificate's DER in base64, as ssh writes the
//! hash of a key. Knows no file and no connection.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// What stands before the hash.
const PREFIX: &str = "SHA256:";

/// The SHA-256 of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD_NO_PAD.encode(self.0))
    }
}

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is {PREFIX} and 43 characters of base64")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let hash = text.strip_prefix(PREFIX).and_then(|hash| STANDARD_NO_PAD.decode(hash).ok());
        hash.and_then(|hash| hash.try_into().ok()).map(Self).ok_or(FingerprintError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_written_as_ssh_does_and_read_again() {
        // The SHA-256 of no bytes at all, as `printf '' | openssl dgst -sha256 -binary | base64` gives it.
        let fingerprint = Fingerprint::of(b"");
        assert_eq!(fingerprint.to_string(), "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        for bad in ["", "SHA256:", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "SHA256:47DE"] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(FingerprintError), "{bad}");
        }
    }
}
