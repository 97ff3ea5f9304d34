//! The connection against a server of the test's own, which says what the test wants.

use super::*;
use crate::client::TransportChoice;
use futures::{SinkExt, StreamExt};
use protocol::{
    ClientMessage, Limits, ParticipantId,
    codec::Codec,
    message::{
        client::{Chat, Leave},
        server::{ChatMessage, DocumentWelcome, StorageState},
    },
    presence::Role,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::HeaderValue,
        protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};

/// Nothing in these tests takes long; what does, hangs.
const DEADLINE: Duration = Duration::from_secs(20);

/// The server's side of one connection.
struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        #[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
        let agree = |_: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
            let word = HeaderValue::from_static(protocol::SUBPROTOCOL_MSGPACK);
            response.headers_mut().insert("sec-websocket-protocol", word);
            Ok(response)
        };
        Self(accept_hdr_async(stream, agree).await.unwrap())
    }

    async fn say(&mut self, message: impl Into<ServerMessage>) {
        let bytes = Codec::MessagePack.encode_server(&message.into());
        self.0.send(Message::Binary(bytes)).await.unwrap();
    }

    /// The next message; none once the client closed.
    async fn hear(&mut self) -> Option<ClientMessage> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Binary(bytes) => return Some(Codec::MessagePack.decode_client(&bytes).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    async fn hear_hello(&mut self) -> Hello {
        match self.hear().await {
            Some(ClientMessage::Hello(hello)) => hello,
            other => panic!("{other:?} is no hello"),
        }
    }
}

fn welcome_message() -> Welcome {
    Welcome {
        version: 1,
        server: "test".into(),
        room: "r".parse().unwrap(),
        participant: ParticipantId::from_random(1),
        resumed: false,
        role: Role::Editor,
        limits: Limits::default(),
        language: "text".into(),
        participants: Vec::new(),
        documents: Vec::new(),
        chat: Vec::new(),
        storage: StorageState::default(),
    }
}

async fn start() -> (TcpListener, Connection) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap().to_string().parse().unwrap();
    let address = RoomAddress { server, room: "r".parse().unwrap(), token: Some("t".into()) };
    let dialer = Dialer::new(TransportChoice::Auto, std::path::Path::new("/nowhere"));
    (listener, Connection::open(ConnectionSettings { address, dialer }))
}

async fn next(connection: &mut Connection) -> ConnectionEvent {
    tokio::time::timeout(DEADLINE, connection.next()).await.expect("an event in time").expect("an event")
}

/// Answers the Hello that must be wanted next.
async fn answer_hello(connection: &mut Connection, name: &str) {
    loop {
        match next(connection).await {
            ConnectionEvent::Connecting => {}
            ConnectionEvent::HelloWanted(answer) => {
                let parts = HelloParts {
                    name: name.into(),
                    color: None,
                    client: ClientId::from_random_32(7),
                    secret: "a secret of 16 ch".into(),
                    formerly: Vec::new(),
                    documents: Vec::new(),
                };
                return drop(answer.send(parts));
            }
            other => panic!("{other:?} instead of a wanted hello"),
        }
    }
}

/// Up to the Welcome.
async fn enter(listener: &TcpListener, connection: &mut Connection, name: &str) -> (Peer, Outbox) {
    let (mut peer, ()) = tokio::join!(Peer::accept(listener), answer_hello(connection, name));
    let hello = peer.hear_hello().await;
    assert_eq!((hello.name.as_str(), hello.token.as_deref(), hello.client_id.get()), (name, Some("t"), 7));
    peer.say(welcome_message()).await;
    match next(connection).await {
        ConnectionEvent::Welcomed { outbox, .. } => (peer, outbox),
        other => panic!("{other:?} instead of a welcome"),
    }
}

fn chat(text: &str) -> ClientMessage {
    Chat { text: text.into() }.into()
}

#[tokio::test]
async fn messages_go_both_ways_and_a_lost_connection_comes_back_with_a_fresh_hello() {
    let (listener, mut connection) = start().await;
    let (mut peer, outbox) = enter(&listener, &mut connection, "Ada").await;
    outbox.send(chat("hi"));
    assert_eq!(peer.hear().await, Some(chat("hi")));
    peer.say(ChatMessage { name: "G".into(), participant: None, text: "ho".into(), at_ms: 0 }).await;
    assert!(matches!(next(&mut connection).await, ConnectionEvent::Message(_)));
    drop(peer);
    match next(&mut connection).await {
        ConnectionEvent::Disconnected { retry_in: Some(delay), .. } => {
            assert!(delay <= super::super::reconnect::FIRST_DELAY);
        }
        other => panic!("{other:?} instead of a loss"),
    }
    let (mut peer, outbox) = enter(&listener, &mut connection, "Ada again").await;
    outbox.send(chat("back"));
    assert_eq!(peer.hear().await, Some(chat("back")));
}

#[tokio::test]
async fn what_was_put_in_last_is_sent_before_a_close() {
    let (listener, mut connection) = start().await;
    let (mut peer, outbox) = enter(&listener, &mut connection, "Ada").await;
    for _ in 0..1_000 {
        outbox.send(chat("last words"));
    }
    outbox.send(Leave {}.into());
    drop(outbox);
    let heard = async {
        let mut heard = Vec::new();
        while let Some(message) = peer.hear().await {
            heard.push(message);
        }
        heard
    };
    let (heard, ()) = tokio::join!(heard, connection.close());
    assert_eq!((heard.len(), heard.last()), (1_001, Some(&Leave {}.into())));
}

/// What the holder hears when the server's last words are these; after it nothing more may come.
async fn last_words(error: Option<ErrorCode>, closing: Closing, is_welcomed: bool) -> (String, Option<Duration>) {
    let (listener, mut connection) = start().await;
    let (mut peer, _outbox) = if is_welcomed {
        let (peer, outbox) = enter(&listener, &mut connection, "Ada").await;
        (peer, Some(outbox))
    } else {
        let (mut peer, ()) = tokio::join!(Peer::accept(&listener), answer_hello(&mut connection, "Ada"));
        peer.hear_hello().await;
        (peer, None)
    };
    if let Some(code) = error {
        let message = format!("sorry, {code}");
        peer.say(Error { code, message, seq: None, request: None, document: None }).await;
    }
    peer.say(closing).await;
    loop {
        if let ConnectionEvent::Disconnected { reason, retry_in, .. } = next(&mut connection).await {
            if retry_in.is_none() {
                assert!(connection.next().await.is_none(), "a final end is the last event");
            }
            return (reason, retry_in);
        }
    }
}

#[tokio::test]
async fn the_servers_last_words_say_whether_it_is_tried_again() {
    let closing = |reason, retry_after_ms| Closing { reason, retry_after_ms };
    let (reason, retry) = last_words(None, closing(ClosingReason::Replaced, None), true).await;
    assert!(retry.is_none() && reason.contains("opened again"), "{reason}");
    let (_, retry) = last_words(None, closing(ClosingReason::Shutdown, Some(2_000)), true).await;
    assert!(retry.unwrap() >= Duration::from_secs(2));
    let (_, retry) = last_words(None, closing(ClosingReason::RoomRestarted, Some(0)), true).await;
    assert!(retry.is_some());
    let error = closing(ClosingReason::Error, None);
    for code in [ErrorCode::InvalidToken, ErrorCode::UnsupportedVersion, ErrorCode::ClientIdTaken] {
        let (reason, retry) = last_words(Some(code.clone()), error.clone(), false).await;
        assert_eq!((reason, retry), (format!("sorry, {code}"), None));
    }
    let (reason, retry) = last_words(Some(ErrorCode::RoomFull), error.clone(), false).await;
    assert!(retry.is_some() && reason == "sorry, room_full", "somebody may leave: {reason}");
    let (reason, retry) = last_words(Some(ErrorCode::Internal), error, true).await;
    assert!(retry.is_some() && reason == "sorry, internal");
}

/// The Welcome to a room with so many bytes in it.
fn large_welcome(bytes: usize) -> Welcome {
    let document = DocumentWelcome {
        document: "a".parse().unwrap(),
        difference: vec![7; bytes].into(),
        snapshot: false,
        state_vector: vec![1].into(),
    };
    Welcome { documents: vec![document], ..welcome_message() }
}

/// Up to the moment when the room's Welcome is wanted.
async fn knock(listener: &TcpListener, connection: &mut Connection) -> Peer {
    let (mut peer, ()) = tokio::join!(Peer::accept(listener), answer_hello(connection, "Ada"));
    peer.hear_hello().await;
    peer
}

/// The bytes of the one document of the Welcome that must come next.
async fn welcomed_bytes(connection: &mut Connection) -> usize {
    match next(connection).await {
        ConnectionEvent::Welcomed { welcome, .. } => welcome.documents[0].difference.len(),
        other => panic!("{other:?} instead of a welcome"),
    }
}

#[tokio::test]
async fn a_welcome_may_be_larger_than_a_websocket_takes_by_itself() {
    const BYTES: usize = 65 << 20;
    let (listener, mut connection) = start().await;
    let mut peer = knock(&listener, &mut connection).await;
    let (bytes, ()) = tokio::join!(welcomed_bytes(&mut connection), peer.say(large_welcome(BYTES)));
    assert_eq!(bytes, BYTES);
}

#[tokio::test]
async fn a_welcome_that_is_long_on_its_way_is_awaited() {
    const BYTES: usize = 64 << 10;
    let (listener, mut connection) = start().await;
    let mut peer = knock(&listener, &mut connection).await;
    let message = Codec::MessagePack.encode_server(&large_welcome(BYTES).into());
    let mut frame = Vec::new();
    Frame::message(message, OpCode::Data(Data::Binary), true).format(&mut frame).unwrap();
    let (stream, began) = (peer.0.get_mut(), Instant::now());
    let mut rest = frame.as_slice();
    // Something comes all the time, and all of it takes longer than any silence may.
    while began.elapsed() < WELCOME_TIMEOUT + WELCOME_LOOKED_EVERY {
        let (some, more) = rest.split_at(16);
        stream.write_all(some).await.expect("the client waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
        rest = more;
    }
    stream.write_all(rest).await.expect("the client waits");
    assert_eq!(welcomed_bytes(&mut connection).await, BYTES);
}

#[tokio::test]
async fn a_holder_that_is_gone_ends_it() {
    let (listener, mut connection) = start().await;
    let (mut peer, outbox) = enter(&listener, &mut connection, "Ada").await;
    let tasks = connection.tasks.clone();
    drop((connection, outbox));
    assert_eq!(peer.hear().await, None);
    tokio::time::timeout(DEADLINE, tasks.wait()).await.unwrap();
    let (_listener, connection) = start().await;
    let tasks = connection.tasks.clone();
    connection.close().await;
    assert!(tasks.is_empty(), "one that is not connected yet closes at once");
}
