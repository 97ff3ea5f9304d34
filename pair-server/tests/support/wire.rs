//! What a client's connection is on: a WebSocket, plain or encrypted, or QUIC. Knows frames, no conversation.

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use pair_quic::{Arrivals, FrameError, FrameReceiver, FrameSender, Inbound, LatestSender, Received, parameters};
use protocol::{
    ServerMessage,
    codec::Codec,
    message::server::{Missing, Welcome},
    quic::{ALPN, Opening},
};
use quinn::{ConnectionError, crypto::rustls::QuicClientConfig};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{error::Error, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};
use tokio_util::task::TaskTracker;

/// How a client reaches a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A WebSocket.
    Ws(Codec),
    /// A WebSocket over TLS.
    Wss(Codec),
    /// QUIC, which has one codec only.
    Quic,
}

/// Every way, for stories that hold on each.
pub const WAYS: [Way; 4] = [Way::Ws(Codec::MessagePack), Way::Ws(Codec::Json), Way::Wss(Codec::MessagePack), Way::Quic];

impl From<Codec> for Way {
    fn from(codec: Codec) -> Self {
        Self::Ws(codec)
    }
}

impl Way {
    /// How messages become bytes.
    pub fn codec(self) -> Codec {
        match self {
            Self::Ws(codec) | Self::Wss(codec) => codec,
            Self::Quic => Codec::MessagePack,
        }
    }

    /// A word that may stand in a room's id.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase().replace(['(', ')'], "-")
    }
}

/// Any error of a connection.
pub type WireError = Box<dyn Error + Send + Sync>;

/// How a connection ended: the code and the reason of its close, if one came.
pub type Closed = Option<(u16, String)>;

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// A connection.
pub enum Wire {
    WebSocket(Box<WebSocketStream<Box<dyn Duplex>>>),
    Quic(Box<QuicWire>),
}

/// Opens a connection.
pub async fn open(address: SocketAddr, room: &str, way: Way) -> Result<Wire, WireError> {
    if way == Way::Quic {
        return Ok(Wire::Quic(Box::new(QuicWire::open(address, room).await?)));
    }
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    upgrade(stream, address, room, way).await
}

/// The certificate that a server shows over TCP.
pub async fn certificate(address: SocketAddr) -> Result<CertificateDer<'static>, WireError> {
    let connector = TlsConnector::from(Arc::new(tls(b"http/1.1")));
    let stream = connector.connect(ServerName::try_from("localhost")?, TcpStream::connect(address).await?).await?;
    let (_, session) = stream.get_ref();
    Ok(session.peer_certificates().unwrap()[0].clone())
}

/// Makes a TCP connection a WebSocket.
pub async fn upgrade(stream: TcpStream, address: SocketAddr, room: &str, way: Way) -> Result<Wire, WireError> {
    let stream: Box<dyn Duplex> = match way {
        Way::Wss(_) => {
            let connector = TlsConnector::from(Arc::new(tls(b"http/1.1")));
            Box::new(connector.connect(ServerName::try_from("localhost")?, stream).await?)
        }
        Way::Ws(_) | Way::Quic => Box::new(stream),
    };
    let subprotocol = way.codec().subprotocol();
    let mut request = format!("ws://{address}/ws/{room}").into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(subprotocol));
    let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
    let chosen = response.headers().get("sec-websocket-protocol").map(|name| name.to_str().unwrap());
    assert_eq!(chosen, Some(subprotocol));
    Ok(Wire::WebSocket(Box::new(socket)))
}

impl Wire {
    /// Sends a frame of the codec's kind.
    pub async fn send(&mut self, codec: Codec, bytes: &[u8]) -> Result<(), WireError> {
        match (self, codec) {
            (Self::WebSocket(socket), Codec::MessagePack) => Ok(socket.send(Message::binary(bytes.to_vec())).await?),
            (Self::WebSocket(socket), Codec::Json) => {
                Ok(socket.send(Message::text(String::from_utf8_lossy(bytes).into_owned())).await?)
            }
            (Self::Quic(quic), _) => Ok(quic.frames.write(vec![bytes.to_vec().into()]).await?),
        }
    }

    /// Sends a frame of which only the newest counts.
    pub async fn send_latest(&mut self, codec: Codec, bytes: &[u8]) -> Result<(), WireError> {
        match self {
            Self::WebSocket(_) => self.send(codec, bytes).await,
            Self::Quic(quic) => {
                quic.latest.put(0, quic.frames.sent() - 1, bytes.to_vec().into());
                Ok(())
            }
        }
    }

    /// The next message, or how the connection ended.
    pub async fn next(&mut self, codec: Codec) -> Result<ServerMessage, Closed> {
        match self {
            Self::WebSocket(socket) => loop {
                let Some(Ok(frame)) = socket.next().await else { return Err(None) };
                let bytes = match frame {
                    Message::Text(text) if codec == Codec::Json => text.into(),
                    Message::Binary(bytes) if codec == Codec::MessagePack => bytes,
                    Message::Close(frame) => {
                        return Err(frame.map(|frame| (frame.code.into(), frame.reason.to_string())));
                    }
                    Message::Ping(_) | Message::Pong(_) => continue,
                    other => panic!("{other:?} in {codec:?}"),
                };
                return Ok(codec.decode_server(&bytes).unwrap());
            },
            Self::Quic(quic) => quic.next().await,
        }
    }

    /// The WebSocket that it is.
    pub fn websocket(&mut self) -> &mut WebSocketStream<Box<dyn Duplex>> {
        match self {
            Self::WebSocket(socket) => socket,
            Self::Quic(_) => panic!("the connection is no WebSocket"),
        }
    }
}

/// A QUIC connection.
pub struct QuicWire {
    /// Its socket, which a test may exchange.
    pub endpoint: quinn::Endpoint,
    connection: quinn::Connection,
    frames: FrameSender,
    latest: LatestSender,
    inbound: Inbound,
}

impl QuicWire {
    async fn open(address: SocketAddr, room: &str) -> Result<Self, WireError> {
        Self::open_with(address, Opening { room: room.parse()? }.encode()).await
    }

    /// A connection with any first frame.
    pub async fn open_with(address: SocketAddr, first: Bytes) -> Result<Self, WireError> {
        let mut config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls(ALPN))?));
        config.transport_config(parameters::of_client());
        let endpoint = quinn::Endpoint::client(([127, 0, 0, 1], 0).into())?;
        let connection = endpoint.connect_with(config, address, "localhost")?.await?;
        let (send, receive) = connection.open_bi().await?;
        let mut frames = FrameSender::new(send);
        frames.write(vec![first]).await?;
        let tasks = TaskTracker::new();
        let arrivals = Arrivals::start(connection.clone(), Some(1 << 30), &tasks);
        let inbound = Inbound::new(FrameReceiver::new(receive, 1 << 30), arrivals);
        let latest = LatestSender::start(connection.clone(), &tasks);
        Ok(Self { endpoint, connection, frames, latest, inbound })
    }

    /// The next message, or how the connection ended.
    pub async fn next(&mut self) -> Result<ServerMessage, Closed> {
        match self.received().await? {
            Received::Frame(frame) => match Codec::MessagePack.decode_server(&frame).unwrap() {
                ServerMessage::Welcome(welcome) => Ok(self.complete(welcome).await?.into()),
                message => Ok(message),
            },
            Received::Snapshot(_) => panic!("a snapshot that no welcome announced"),
        }
    }

    async fn received(&mut self) -> Result<Received, Closed> {
        match self.inbound.next().await {
            Ok(Some(received)) => Ok(received),
            Ok(None) => Err(close_of(&self.connection.closed().await)),
            Err(FrameError::Stream(quinn::ReadError::ConnectionLost(error))) => Err(close_of(&error)),
            Err(error) => panic!("{error}"),
        }
    }

    /// A Welcome with the differences that follow it on the snapshot's stream.
    async fn complete(&mut self, mut welcome: Welcome) -> Result<Welcome, Closed> {
        if welcome.documents.iter().all(|one| !one.snapshot) {
            return Ok(welcome);
        }
        let mut frames = loop {
            // Nothing else was said to anybody yet in the stories that come here.
            if let Received::Snapshot(frames) = self.received().await? {
                break frames;
            }
        };
        while let Some(frame) = frames.next().await.unwrap() {
            let ServerMessage::Missing(Missing { document, update }) =
                Codec::MessagePack.decode_server(&frame).unwrap()
            else {
                panic!("a snapshot holds differences only");
            };
            let one = welcome.documents.iter_mut().find(|one| one.document == document).unwrap();
            assert!(one.snapshot && one.difference.is_empty());
            (one.snapshot, one.difference) = (false, update);
        }
        Ok(welcome)
    }
}

fn close_of(error: &ConnectionError) -> Closed {
    match error {
        ConnectionError::ApplicationClosed(close) => {
            let reason = String::from_utf8_lossy(&close.reason).into_owned();
            Some((u16::try_from(close.error_code.into_inner()).unwrap(), reason))
        }
        _ => None,
    }
}

/// Trusts whatever certificate comes: whom the client trusts is tested with the client.
fn tls(alpn: &[u8]) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().dangerous();
    let mut config = builder.with_custom_certificate_verifier(Arc::new(Anybody)).with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    config
}

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
