//! Stateless resets that a restarted server can still send (RFC 9000, section 10.3): a client whose server was killed learns from the
//! first packet that reaches the new process that its connection is gone, and does not wait until silence tells it. Knows no message.

use quinn::EndpointConfig;
use quinn_proto::{HashedConnectionIdGenerator, crypto::HmacKey};
use ring::hmac;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What the tokens of resets are made from: the same after a restart, and known to the server only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ResetSecret([u8; 32]);

impl std::fmt::Debug for ResetSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResetSecret(..)")
    }
}

impl ResetSecret {
    /// Derives it from the certificate's private key, in whatever form: that is what a server keeps over a restart anyway. Whoever sees a
    /// token learns nothing of the key.
    pub fn of_private_key(key: &[u8]) -> Self {
        Self(Sha256::new().chain_update(b"pair stateless reset 1").chain_update(key).finalize().into())
    }

    /// The parameters of a server's endpoint. Connection ids are marked as this server's, so that one which the former process gave out is
    /// known for what it is, and only that is answered with a reset.
    pub fn endpoint(self) -> EndpointConfig {
        let key: Arc<dyn HmacKey> = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        let mut config = EndpointConfig::new(key);
        let digest: [u8; 32] = Sha256::new().chain_update(self.0).finalize().into();
        let mark = u64::from_le_bytes(std::array::from_fn(|at| digest[at]));
        config.cid_generator(move || Box::new(HashedConnectionIdGenerator::from_key(mark)));
        config
    }
}
