//! The server's certificate: from given files, which may be renewed while it runs, or made at the first start and kept beside the
//! database. Knows neither rooms nor HTTP.

use crate::{
    config::{self, CertificateSource, Config},
    storage::url::DatabaseUrl,
};
use pair_quic::{Fingerprint, ResetSecret};
use quinn::crypto::rustls::QuicServerConfig;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    sign::CertifiedKey,
    version::TLS13,
};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::Notify;

mod renewal;

use renewal::Current;
pub(crate) use renewal::Renewal;

/// The extension of the file beside the database: the key and the certificate.
const OWN_EXTENSION: &str = "tls.pem";

/// What the certificate's subject is called.
const OWN_NAME: &str = "pair-server";

/// Names in the certificate that is made here. Clients go by its fingerprint: no name need fit.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("can't read {file}: {source}; PAIR_TLS_CERT and PAIR_TLS_KEY name files in PEM form")]
    Read {
        /// Which.
        file: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// The file has no certificate in it.
    #[error("{0} holds no certificate; PAIR_TLS_CERT names a file with the certificate and its chain in PEM form")]
    NoCertificate(PathBuf),
    /// Key and certificate don't fit.
    #[error("the certificate in {file} can't be used: {source}; is the key its own?")]
    Unusable {
        /// Where the certificate is.
        file: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// No certificate could be made.
    #[error("can't make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The certificate that was made can't be kept.
    #[error("can't keep the certificate in {file}: {source}; name another with PAIR_TLS_CERT and PAIR_TLS_KEY")]
    Keep {
        /// Where.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A certificate chain and its key, ready for both transports.
#[derive(Clone)]
pub(crate) struct TlsIdentity {
    /// Over TCP: HTTP/1.1 inside.
    pub(crate) https: Arc<ServerConfig>,
    /// Over UDP.
    pub(crate) quic: Arc<QuicServerConfig>,
    /// Of the certificate itself.
    pub(crate) fingerprint: Fingerprint,
    /// What tells clients of a former process that it is gone.
    pub(crate) reset: ResetSecret,
    /// Takes renewed files into service; none where the certificate is the server's own, which never ends.
    pub(crate) renewal: Option<Renewal>,
}

impl TlsIdentity {
    /// Reads the certificate, or makes it. Blocks.
    pub(crate) fn load(config: &Config) -> Result<Self, TlsError> {
        match &config.certificate {
            CertificateSource::Files { certificate, key } => Self::read_renewable(certificate, key),
            CertificateSource::Own => match &config.database {
                DatabaseUrl::SqliteFile(database) => Self::own(&database.with_extension(OWN_EXTENSION)),
                // Behind one name all nodes need one certificate: that is PAIR_TLS_CERT. This one is this machine's.
                DatabaseUrl::Postgres(_) => Self::own(&config::default_data_file().with_extension(OWN_EXTENSION)),
                DatabaseUrl::SqliteMemory => {
                    let (certificate, key) = make()?;
                    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
                    Ok(Self::new(Path::new("memory"), vec![certificate.der().clone()], key)?.0)
                }
            },
        }
    }

    /// The certificate in a file of the server's own, which is made where it is missing.
    fn own(file: &Path) -> Result<Self, TlsError> {
        if !file.exists() {
            let (certificate, key) = make()?;
            keep(file, &(key.serialize_pem() + &certificate.pem()))
                .map_err(|source| TlsError::Keep { file: file.to_owned(), source })?;
            tracing::info!(file = %file.display(), "made a certificate for https and QUIC");
        }
        Self::read(file, file)
    }

    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let (chain, private) = read_files(certificate, key)?;
        Ok(Self::new(certificate, chain, private)?.0)
    }

    /// As `read`, of files that somebody renews now and then.
    fn read_renewable(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let (chain, private) = read_files(certificate, key)?;
        let (identity, current) = Self::new(certificate, chain, private)?;
        let renewal = Renewal {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current,
            asked: Arc::new(Notify::new()),
        };
        Ok(Self { renewal: Some(renewal), ..identity })
    }

    fn new(
        file: &Path,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<(Self, Arc<Current>), TlsError> {
        let unusable = |source| TlsError::Unusable { file: file.to_owned(), source };
        let fingerprint = chain.first().map(|first| Fingerprint::of(first));
        let fingerprint = fingerprint.ok_or_else(|| TlsError::NoCertificate(file.to_owned()))?;
        let reset = ResetSecret::of_private_key(key.secret_der());
        let provider = Arc::new(ring::default_provider());
        let current = Arc::new(Current::new(certified(file, chain, key)?));
        let mut https = over_tcp(&provider, Arc::clone(&current)).map_err(unusable)?;
        https.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut quic = over_udp(&provider, Arc::clone(&current)).map_err(unusable)?;
        quic.alpn_protocols = vec![protocol::quic::ALPN.to_vec()];
        let quic =
            QuicServerConfig::try_from(quic).map_err(|error| unusable(rustls::Error::General(error.to_string())))?;
        Ok((Self { https: Arc::new(https), quic: Arc::new(quic), fingerprint, reset, renewal: None }, current))
    }
}

/// Reads a certificate with its chain, and its key.
fn read_files(
    certificate: &Path,
    key: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|source| TlsError::Read { file: certificate.to_owned(), source })?;
    let private =
        PrivateKeyDer::from_pem_file(key).map_err(|source| TlsError::Read { file: key.to_owned(), source })?;
    Ok((chain, private))
}

/// A certificate with the key that is its own.
fn certified(
    file: &Path,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, TlsError> {
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(file.to_owned()));
    }
    CertifiedKey::from_der(chain, key, &ring::default_provider())
        .map_err(|source| TlsError::Unusable { file: file.to_owned(), source })
}

/// TLS 1.2 and 1.3: old programs speak HTTP too.
fn over_tcp(provider: &Arc<CryptoProvider>, current: Arc<Current>) -> Result<ServerConfig, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions()?;
    Ok(builder.with_no_client_auth().with_cert_resolver(current))
}

/// TLS 1.3, as QUIC demands.
fn over_udp(provider: &Arc<CryptoProvider>, current: Arc<Current>) -> Result<ServerConfig, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider)).with_protocol_versions(&[&TLS13])?;
    Ok(builder.with_no_client_auth().with_cert_resolver(current))
}

/// A certificate that vouches for itself, and never ends: clients remember it.
fn make() -> Result<(rcgen::Certificate, KeyPair), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(OWN_NAMES.map(str::to_owned))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, OWN_NAME);
    Ok((params.self_signed(&key)?, key))
}

/// Writes a file that only its owner may read; whoever looks sees all of it or nothing.
fn keep(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let fresh = file.with_extension(format!("{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&fresh)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&fresh, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(database: DatabaseUrl, certificate: CertificateSource) -> Config {
        Config { database, certificate, ..Config::default() }
    }

    #[test]
    fn the_first_start_makes_a_certificate_and_the_next_ones_keep_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("not/there/yet/pair.db");
        let own = config(DatabaseUrl::SqliteFile(database.clone()), CertificateSource::Own);
        let first = TlsIdentity::load(&own).unwrap().fingerprint;
        assert_eq!(TlsIdentity::load(&own).unwrap().fingerprint, first);
        let file = database.with_extension(OWN_EXTENSION);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let given = CertificateSource::Files { certificate: file.clone(), key: file.clone() };
        let given = config(DatabaseUrl::SqliteMemory, given);
        assert_eq!(TlsIdentity::load(&given).unwrap().fingerprint, first);
        let memory = config(DatabaseUrl::SqliteMemory, CertificateSource::Own);
        assert_ne!(TlsIdentity::load(&memory).unwrap().fingerprint, first);
    }

    #[test]
    fn what_is_wrong_with_given_files_is_said_with_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let [missing, empty, one, other] = ["missing", "empty", "one", "other"].map(|name| folder.path().join(name));
        fs::write(&empty, "").unwrap();
        TlsIdentity::own(&one).unwrap();
        TlsIdentity::own(&other).unwrap();
        let error = |certificate: &Path, key: &Path| {
            let read = TlsIdentity::read(certificate, key);
            read.map(|identity| identity.fingerprint).unwrap_err().to_string()
        };
        assert!(error(&missing, &one).contains("missing"), "{}", error(&missing, &one));
        assert!(error(&one, &empty).contains("PAIR_TLS_KEY"), "{}", error(&one, &empty));
        assert!(error(&empty, &one).contains("holds no certificate"), "{}", error(&empty, &one));
        assert!(error(&one, &other).contains("is the key its own"), "{}", error(&one, &other));
    }
}
