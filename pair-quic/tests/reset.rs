//! A server that died without a word and came back tells its former clients so.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what fails here is a failed test")]

use pair_quic::{ResetSecret, parameters};
use quinn::{
    ClientConfig, Connection, ConnectionError, Endpoint, ServerConfig, TokioRuntime,
    crypto::rustls::{QuicClientConfig, QuicServerConfig},
};
use rustls::{
    RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
    version::TLS13,
};
use std::{net::SocketAddr, net::UdpSocket, sync::Arc, time::Duration};
use tokio::runtime::Runtime;

/// Nothing here takes long; what does, hangs. Silence alone would end the connection only after [`parameters::DEAD_AFTER`].
const DEADLINE: Duration = Duration::from_secs(10);

struct Certificate {
    chain: CertificateDer<'static>,
    key: Vec<u8>,
}

fn certificate() -> Certificate {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Certificate { chain: made.cert.der().clone(), key: made.signing_key.serialize_der() }
}

/// Accepts connections, and keeps them, until its runtime ends: without a word, as a killed process.
fn serve(socket: UdpSocket, certificate: &Certificate, secret: ResetSecret) -> Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.chain.clone()], PrivateKeyDer::Pkcs8(certificate.key.clone().into()))
        .unwrap();
    let mut config = ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls).unwrap()));
    config.transport_config(parameters::of_server());
    let _guard = runtime.enter();
    let endpoint = Endpoint::new(secret.endpoint(), Some(config), socket, Arc::new(TokioRuntime)).unwrap();
    runtime.spawn(async move {
        let mut kept = Vec::new();
        while let Some(incoming) = endpoint.accept().await {
            kept.push(incoming.await);
        }
    });
    runtime
}

async fn connect(server: SocketAddr, certificate: &Certificate) -> (Endpoint, Connection) {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.chain.clone()).unwrap();
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
    config.transport_config(parameters::of_client());
    let endpoint = Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
    let connection = endpoint.connect_with(config, server, "localhost").unwrap().await.unwrap();
    (endpoint, connection)
}

#[test]
fn a_client_of_a_killed_server_hears_of_it_from_the_next_one() {
    let certificate = certificate();
    let secret = ResetSecret::of_private_key(&certificate.key);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let first = serve(socket, &certificate, secret);
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_endpoint, connection) = client.block_on(connect(address, &certificate));

    first.shutdown_timeout(DEADLINE);
    let _second = serve(UdpSocket::bind(address).unwrap(), &certificate, secret);

    // What is typed next reaches somebody who knows nothing of this connection.
    connection.send_datagram(vec![0; 64].into()).unwrap();
    let ended = client.block_on(async { tokio::time::timeout(DEADLINE, connection.closed()).await });
    assert!(matches!(ended, Ok(ConnectionError::Reset)), "{ended:?}");
}
