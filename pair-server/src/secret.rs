//! Secrets: made at random, kept as their SHA-256 only. Knows nothing of what they open.

use sha2::{Digest, Sha256};

/// SHA-256 of a secret or a token; the text itself is never kept.
pub type SecretHash = [u8; 32];

/// The hash under which a secret is kept.
pub(crate) fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// A new secret: 128 random bits in hexadecimal digits.
///
/// # Errors
/// Where the operating system gives no random numbers.
pub(crate) fn random() -> Result<String, getrandom::Error> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}
