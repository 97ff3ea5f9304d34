//! A certificate in given files that is renewed while the server runs: whoever connects after that gets the new one, and nobody who is
//! here notices. Knows neither transport.

use super::TlsError;
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether the files are others: programs that renew certificates need tell nobody.
const LOOKED_EVERY: Duration = Duration::from_mins(1);

/// The certificate that is served now, for both transports.
#[derive(Debug)]
pub(super) struct Current(RwLock<Arc<CertifiedKey>>);

impl Current {
    pub(super) fn new(certified: CertifiedKey) -> Self {
        Self(RwLock::new(Arc::new(certified)))
    }

    fn replace(&self, certified: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certified);
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Takes renewed files into service.
#[derive(Clone)]
pub(crate) struct Renewal {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) current: Arc<Current>,
    /// Somebody says that the files are new.
    pub(crate) asked: Arc<Notify>,
}

/// What tells whether a file is another one.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(file: &Path) -> Stamp {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Renewal {
    /// Looks now and then, and whenever it is asked to, until the server stops. Files that make no sense (half written, a key of another
    /// certificate) change nothing, and are looked at again.
    pub(crate) async fn watch(self, shutdown: CancellationToken) {
        let mut seen = self.stamps().await;
        loop {
            let is_asked = tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.asked.notified() => true,
                () = tokio::time::sleep(LOOKED_EVERY) => false,
            };
            let now = self.stamps().await;
            if !is_asked && now == seen {
                continue;
            }
            match self.read().await {
                Ok(certified) => {
                    self.current.replace(certified);
                    seen = now;
                    tracing::info!(certificate = %self.certificate.display(), "the renewed certificate is in use");
                }
                Err(error) => tracing::warn!(%error, "the renewed certificate is not taken, the former one stays"),
            }
        }
    }

    /// Files are read on a thread that may wait for a disk.
    async fn stamps(&self) -> (Stamp, Stamp) {
        let (certificate, key) = (self.certificate.clone(), self.key.clone());
        tokio::task::spawn_blocking(move || (stamp(&certificate), stamp(&key))).await.unwrap_or_default()
    }

    async fn read(&self) -> Result<CertifiedKey, TlsError> {
        let (certificate, key) = (self.certificate.clone(), self.key.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let (chain, private) = super::read_files(&certificate, &key)?;
            super::certified(&certificate, chain, private)
        });
        reading.await.unwrap_or_else(|_| Err(TlsError::NoCertificate(self.certificate.clone())))
    }
}
