//! The HTTP client for servers of models: one POST, its answer streamed. Connections are kept and used again; https is checked against the
//! system's roots and the operator's own. Knows no provider.

use super::options::{ModelOptions, Secret};
use bytes::Bytes;
use http::{
    HeaderMap, Method, Request, StatusCode, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject};
use std::{error::Error, path::Path, sync::Arc, time::Duration};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// How long an unused connection is kept.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// The longest wait that a server may ask for.
const RETRY_MAX: Duration = Duration::from_mins(10);

/// The wait where a server wants one and does not say how long.
const RETRY_DEFAULT: Duration = Duration::from_secs(5);

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The operator's certificates can't be read.
    #[error("PAIR_SUGGEST_CA_FILE: {path} holds no certificates in PEM form that can be read: {reason}")]
    Certificates {
        /// Which file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The TLS library refuses its own defaults.
    #[error("https to models can't be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// A client, shared by all providers.
#[derive(Debug, Clone)]
pub(super) struct HttpClient {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What a server answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// A stream.
    Stream {
        /// What it says that it is.
        content_type: String,
        /// What comes.
        body: Incoming,
    },
    /// It wants to be asked later.
    Later(Duration),
    /// Something else.
    Refused(StatusCode),
}

impl HttpClient {
    /// A client that trusts the system's roots, and those of a file.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        // A system without roots can still reach models over http, and with the operator's own file.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca_file {
            let bad = |reason: String| ClientError::Certificates { path: path.display().to_string(), reason };
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            let certificates = certificates.map_err(|error| bad(error.to_string()))?;
            if certificates.is_empty() {
                return Err(bad("there are none".to_owned()));
            }
            for certificate in certificates {
                roots.add(certificate).map_err(|error| bad(error.to_string()))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(KEPT_FOR).build(connector);
        Ok(Self { client })
    }

    /// Sends a JSON body; gives the answer's beginning. Dropping the future, or the stream in the answer, ends the request.
    pub(super) async fn post(&self, url: &Uri, key: Option<&Secret>, body: Bytes) -> Result<Answer, String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream, application/x-ndjson, application/json");
        let request = match key {
            Some(key) => request.header(AUTHORIZATION, bearer(key)?),
            None => request,
        };
        let request = request.body(Full::new(body)).map_err(|_| "the request can't be made".to_owned())?;
        let answer = self.client.request(request).await.map_err(|error| in_words(&error))?;
        let status = answer.status();
        let wait = retry_after(answer.headers());
        match status {
            StatusCode::TOO_MANY_REQUESTS => Ok(Answer::Later(wait.unwrap_or(RETRY_DEFAULT))),
            StatusCode::SERVICE_UNAVAILABLE if wait.is_some() => Ok(Answer::Later(wait.unwrap_or(RETRY_DEFAULT))),
            _ if status.is_success() => {
                let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
                Ok(Answer::Stream {
                    content_type: content_type.unwrap_or_default().to_owned(),
                    body: answer.into_body(),
                })
            }
            _ => Ok(Answer::Refused(status)),
        }
    }
}

/// The next bytes of a body; none at its end. Cancel safe.
pub(super) async fn next_bytes(body: &mut Incoming) -> Option<Result<Bytes, String>> {
    loop {
        match body.frame().await? {
            Ok(frame) => {
                if let Ok(bytes) = frame.into_data() {
                    return Some(Ok(bytes));
                }
            }
            Err(error) => return Some(Err(in_words(&error))),
        }
    }
}

/// The address of an endpoint: a base and a path.
pub(super) fn endpoint(options: &ModelOptions, path: &str) -> Result<Uri, String> {
    let base = options.url.to_string();
    let address = format!("{}{path}", base.trim_end_matches('/'));
    address.parse().map_err(|_| format!("{address} is no address"))
}

fn bearer(key: &Secret) -> Result<http::HeaderValue, String> {
    let mut value = http::HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
        .map_err(|_| "its key can't stand in a header".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// The wait that a server asks for (RFC 9110, section 10.2.3), in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    use time::{OffsetDateTime, format_description::well_known::Rfc2822};
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let until = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        (until - OffsetDateTime::now_utc()).try_into().unwrap_or(Duration::ZERO)
    };
    Some(wait.min(RETRY_MAX))
}

/// An error with all that caused it, and what to do about a certificate.
fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut words = Vec::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if words.last() != Some(&text) {
            words.push(text);
        }
        cause = error.source();
    }
    let words = words.join(": ");
    let hint = if words.contains("certificate") {
        "; if the certificate is your own, name its issuer's file in PAIR_SUGGEST_CA_FILE"
    } else if words.contains("refused") {
        "; is it running?"
    } else {
        ""
    };
    format!("{}{hint}", super::clean::sentence(&words, 300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_read_in_seconds_and_as_a_date_and_is_bounded() {
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("99999999"), Some(RETRY_MAX));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("Wed, 21 Oct 2215 07:28:00 GMT"), Some(RETRY_MAX));
        assert_eq!(wait("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
