//! Both ends of a QUIC connection, under a clock that goes on by itself while everybody waits.

use super::*;
use crate::{
    config::{CertificateSource, Config},
    storage::url::DatabaseUrl,
    transport::tls::TlsIdentity,
};
use pair_quic::{parameters, progress};
use quinn::{ClientConfig, Endpoint, ServerConfig, crypto::rustls::QuicClientConfig};
use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::sync::Arc;
use tokio::time::Instant;

/// Largest frame in bytes.
const LIMIT: usize = 4 << 20;

/// Trusts anybody: whom to trust is not what is tested here.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The client's end.
struct Far {
    _endpoint: Endpoint,
    connection: Connection,
    stream: quinn::SendStream,
}

/// Both ends of a connection whose ordered stream is open.
async fn opened() -> (QuicReader, QuicWriter, Far, Endpoint) {
    let config =
        Config { database: DatabaseUrl::SqliteMemory, certificate: CertificateSource::Own, ..Config::default() };
    let identity = TlsIdentity::load(&config).unwrap();
    let mut server = ServerConfig::with_crypto(Arc::clone(&identity.quic) as _);
    server.transport_config(parameters::of_server());
    let endpoint = Endpoint::server(server, "127.0.0.1:0".parse().unwrap()).unwrap();
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    tls.alpn_protocols = vec![protocol::quic::ALPN.to_vec()];
    let mut client = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
    client.transport_config(parameters::of_client());
    let near = Endpoint::client("127.0.0.1:0".parse().unwrap()).unwrap();
    let connecting = near.connect_with(client, endpoint.local_addr().unwrap(), "localhost").unwrap();
    let accepting = async { endpoint.accept().await.unwrap().await.unwrap() };
    let (connection, accepted) = tokio::join!(connecting, accepting);
    let connection = connection.unwrap();
    let (mut stream, _receive) = connection.open_bi().await.unwrap();
    stream.write_all(&[0, 0, 0, 1, 9]).await.unwrap();
    let (send, receive) = accepted.accept_bi().await.unwrap();
    let frames = FrameReceiver::new(receive, LIMIT);
    let (mut reader, writer) = split(accepted, frames, FrameSender::new(send), &TaskTracker::new());
    assert_eq!(reader.next().await, Some(Ok(Frame::Binary(vec![9].into()))));
    (reader, writer, Far { _endpoint: near, connection, stream }, endpoint)
}

/// Sends a frame, some bytes each second, until nobody takes them any more.
async fn send(stream: &mut quinn::SendStream, bytes: usize, a_second: usize) {
    let mut frame = u32::try_from(bytes).unwrap().to_be_bytes().to_vec();
    frame.resize(bytes + 4, 7);
    for some in frame.chunks(a_second) {
        if stream.write_all(some).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_is_long_on_its_way_is_no_silence_but_one_that_drips_is_given_up() {
    const BYTES: usize = 300 << 10;
    let (mut reader, _writer, mut far, _endpoint) = opened().await;
    let began = Instant::now();
    let (read, ()) = tokio::join!(reader.next(), send(&mut far.stream, BYTES, 2 << 10));
    assert_eq!(read, Some(Ok(Frame::Binary(vec![7; BYTES].into()))));
    assert!(began.elapsed() > 2 * progress::WITHIN, "{:?}", began.elapsed());
    let began = Instant::now();
    let read = tokio::select! {
        read = reader.next() => read,
        () = send(&mut far.stream, 3 << 20, 1) => unreachable!("it would take days"),
    };
    assert!(matches!(&read, Some(Err(ReadError::Broken(why))) if why.contains("less than")), "{read:?}");
    assert!(began.elapsed() < 2 * progress::WITHIN, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_may_take_as_long_as_the_client_reads_it_and_no_longer() {
    const BYTES: usize = 3 << 20;
    const A_STEP: usize = 64 << 10;
    let (_reader, mut writer, far, _endpoint) = opened().await;
    writer.write_apart(vec![Frame::Binary(vec![7; BYTES].into())]);
    let (mut stream, began) = (far.connection.accept_uni().await.unwrap(), Instant::now());
    let (mut came, mut pause_at) = (0, A_STEP);
    while let Some(chunk) = stream.read_chunk(A_STEP, true).await.unwrap() {
        came += chunk.bytes.len();
        if came >= pause_at {
            pause_at = came + A_STEP;
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    }
    assert_eq!(came, 1 + 4 + BYTES);
    assert!(began.elapsed() > Duration::from_mins(6), "{:?}", began.elapsed());

    writer.write_apart(vec![Frame::Binary(vec![7; BYTES].into())]);
    let (_unread, began) = (far.connection.accept_uni().await.unwrap(), Instant::now());
    let closed = far.connection.closed().await;
    assert!(closed.to_string().contains("not read in time"), "{closed}");
    assert!(began.elapsed() <= 2 * progress::WITHIN, "{:?}", began.elapsed());
}
