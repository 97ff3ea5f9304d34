//! Whose certificate is trusted: one that the system's roots vouch for, and one that was seen at the first visit. A changed one is refused,
//! with the words and the way out that ssh taught people. Knows certificates, not what travels under them.

use super::{
    address::ServerUrl,
    known_servers::{KnownServers, KnownServersError, Pin},
};
use pair_quic::Fingerprint;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Why a server is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It showed another certificate than before, and nobody vouches for that.
    #[error(
        "the certificate of {host} has changed! Somebody may be listening in (a man in the middle), or the server was set up anew. \
         Now it is {now}; line {line} of {} remembers {pinned}. Ask whoever runs the server for the fingerprint, which it logs when it \
         starts; if the new one is right: pair-tui forget {host}",
        file.display()
    )]
    Changed {
        /// `HOST:PORT`.
        host: String,
        /// What it showed.
        now: Fingerprint,
        /// What was remembered.
        pinned: Fingerprint,
        /// Where.
        file: PathBuf,
        /// From 1 on.
        line: usize,
    },
    /// What is remembered can't be read or written.
    #[error(transparent)]
    KnownServers(#[from] KnownServersError),
}

/// Trusts servers.
#[derive(Debug, Clone)]
pub struct Trust {
    known: KnownServers,
    provider: Arc<CryptoProvider>,
    /// Read when the first certificate comes that is not pinned.
    roots: Arc<OnceLock<Option<Arc<WebPkiServerVerifier>>>>,
    /// Servers that were pinned and not told of yet, with their fingerprints.
    news: Arc<Mutex<Vec<(String, Fingerprint)>>>,
}

impl Trust {
    /// Trusts by what is in this file, and remembers there.
    pub fn new(known: KnownServers) -> Self {
        Self { known, provider: Arc::new(ring::default_provider()), roots: Arc::default(), news: Arc::default() }
    }

    /// Servers that were pinned since the last call, each as a sentence for people.
    pub fn take_news(&self) -> Vec<String> {
        let news = std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner));
        let file = self.known.file().display().to_string();
        let said =
            |(host, fingerprint)| format!("{host} is new here: its certificate {fingerprint} is remembered in {file}");
        news.into_iter().map(said).collect()
    }

    /// For one attempt at one server.
    pub(super) fn question(&self, server: &ServerUrl) -> Question {
        Question(Arc::new(Asked { host: server.host_and_port(), trust: self.clone(), answer: Mutex::new(Ok(None)) }))
    }

    fn roots(&self) -> Option<Arc<WebPkiServerVerifier>> {
        self.roots.get_or_init(|| system_roots(&self.provider)).clone()
    }
}

/// A verifier with the roots of this system, and where it has none, those of Mozilla.
fn system_roots(provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    built.inspect_err(|error| tracing::warn!(%error, "no certificate can be verified by this system's roots")).ok()
}

/// Whether one server is trusted. It answers during the handshake; only when that is over the server has proved that the certificate is
/// its own, and is remembered.
#[derive(Debug, Clone)]
pub(super) struct Question(Arc<Asked>);

#[derive(Debug)]
struct Asked {
    host: String,
    trust: Trust,
    /// The certificate to be remembered, if it is a new one; or why it is not trusted.
    answer: Mutex<Result<Option<Fingerprint>, TrustError>>,
}

impl Question {
    /// The TLS configuration that asks it.
    pub(super) fn tls(&self, alpn: &[u8]) -> Result<ClientConfig, rustls::Error> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.0.trust.provider));
        let builder = builder.with_safe_default_protocol_versions()?.dangerous();
        let verifier = Arc::new(Self(Arc::clone(&self.0)));
        let mut config = builder.with_custom_certificate_verifier(verifier).with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(config)
    }

    /// After the handshake: remembers a new server.
    pub(super) fn settle(&self) -> Result<(), TrustError> {
        let Asked { host, trust, answer } = &*self.0;
        let new = answer.lock().unwrap_or_else(PoisonError::into_inner).as_mut().ok().and_then(Option::take);
        let Some(fingerprint) = new else { return Ok(()) };
        // Two attempts at once may both be the first.
        if trust.known.pins(host)?.iter().all(|pin| pin.fingerprint != fingerprint) {
            trust.known.pin(host, fingerprint)?;
            tracing::info!(host, %fingerprint, "a new server is remembered");
            trust.news.lock().unwrap_or_else(PoisonError::into_inner).push((host.clone(), fingerprint));
        }
        Ok(())
    }

    /// After a handshake that failed: whether that was for want of trust.
    pub(super) fn refusal(&self) -> Option<TrustError> {
        let mut answer = self.0.answer.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *answer, Ok(None)).err()
    }
}

impl Asked {
    /// The certificate to be remembered, if it is a new one.
    fn answer(&self, certificate: &[u8], is_vouched_for: impl Fn() -> bool) -> Result<Option<Fingerprint>, TrustError> {
        let now = Fingerprint::of(certificate);
        let pins = self.trust.known.pins(&self.host)?;
        if pins.iter().any(|pin| pin.fingerprint == now) || is_vouched_for() {
            return Ok(None);
        }
        match pins.last() {
            None => Ok(Some(now)),
            Some(&Pin { fingerprint: pinned, line }) => {
                let (host, file) = (self.host.clone(), self.trust.known.file().to_owned());
                Err(TrustError::Changed { host, now, pinned, file, line })
            }
        }
    }
}

impl ServerCertVerifier for Question {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let is_vouched_for = || {
            let roots = self.0.trust.roots();
            roots.is_some_and(|roots| roots.verify_server_cert(certificate, chain, name, stapled, now).is_ok())
        };
        let answer = self.0.answer(certificate, is_vouched_for);
        let is_trusted = answer.is_ok();
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        if is_trusted {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.trust.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.trust.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.trust.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(trust: &Trust) -> Asked {
        Asked { host: "pair.dev:8000".into(), trust: trust.clone(), answer: Mutex::new(Ok(None)) }
    }

    #[test]
    fn the_first_certificate_is_remembered_and_a_changed_one_refused_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let known = KnownServers::new(folder.path());
        let trust = Trust::new(known.clone());
        let first = asked(&trust).answer(b"first", || false).unwrap();
        assert_eq!(first, Some(Fingerprint::of(b"first")));
        let question = Question(Arc::new(Asked { answer: Mutex::new(Ok(first)), ..asked(&trust) }));
        question.settle().unwrap();
        question.settle().unwrap();
        assert_eq!(trust.take_news().len(), 1);
        assert!(trust.take_news().is_empty());
        assert_eq!(asked(&trust).answer(b"first", || panic!("roots are not read for a pin")).unwrap(), None);
        let changed = asked(&trust).answer(b"second", || false).unwrap_err().to_string();
        let now = Fingerprint::of(b"second").to_string();
        for word in ["has changed!", "man in the middle", "line 1 of", "pair-tui forget pair.dev:8000", &now] {
            assert!(changed.contains(word), "{word}: {changed}");
        }
        assert_eq!(asked(&trust).answer(b"second", || true).unwrap(), None, "whom the roots vouch for needs no pin");
        known.forget("pair.dev").unwrap();
        assert!(asked(&trust).answer(b"second", || false).unwrap().is_some());
    }
}
