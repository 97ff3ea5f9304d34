//! A client so lean that it is not what is measured: frames are prepared beforehand, and of what comes only the marks in the text are looked for. Knows
//! no scenario.

use super::dialect::Dialect;
use crate::support::pair::Identity;
use futures::{SinkExt, StreamExt, stream::SplitSink};
use protocol::{Document, Sequence, document::DocumentOptions};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Bytes, Message, client::IntoClientRequest, http::HeaderValue},
};

/// Bytes of a mark: `~`, two digits of the writer, six of its edit's number.
const MARK: usize = 9;

/// One connection in a room.
pub struct Client {
    pub sink: Sink,
    pub stream: Stream,
    /// Bytes of the frame that brought what the room had.
    pub welcome: usize,
    pub identity: Identity,
}

/// The way out.
pub type Sink = SplitSink<WebSocketStream<TcpStream>, Message>;

/// The way in.
pub type Stream = futures::stream::SplitStream<WebSocketStream<TcpStream>>;

impl Client {
    /// Connects, and waits for what the room has.
    pub async fn join(address: SocketAddr, dialect: Dialect, room: &str) -> Self {
        let identity = Identity::new("Bench");
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut request = format!("ws://{address}{}", dialect.path(room)).into_client_request().unwrap();
        if let Some(subprotocol) = dialect.subprotocol() {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(subprotocol));
        }
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        for frame in dialect.greeting(room, &identity) {
            socket.send(Message::Binary(frame)).await.unwrap();
        }
        let mut welcome = 0;
        while dialect.is_welcomed() && welcome == 0 {
            let message = socket.next().await.expect("the server welcomes").unwrap();
            if let Message::Binary(frame) = message
                && dialect.is_welcome(room, &frame)
            {
                welcome = frame.len();
            }
        }
        let (sink, stream) = socket.split();
        Self { sink, stream, welcome, identity }
    }

    /// Edits that this client can send later, each with its mark, each one at the end of what it wrote itself.
    pub fn prepare(&self, dialect: Dialect, room: &str, writer: usize, count: usize) -> Vec<Bytes> {
        let mut document = Document::with_options(
            self.identity.client,
            DocumentOptions { undo_groups: 0, ..DocumentOptions::default() },
        );
        let mut seq = Sequence::ZERO;
        let edit = |n| {
            let end = document.len();
            let update = document.edit(end..end, &format!("~{writer:02}{n:06}"), 0).unwrap();
            seq = seq.next();
            dialect.edit(room, seq, update)
        };
        (0..count).map(edit).collect()
    }
}

/// The next marks that come: writer and number of each edit in one frame. None at the end.
pub async fn marks(stream: &mut Stream) -> Option<Vec<(usize, usize)>> {
    loop {
        match stream.next().await? {
            Ok(Message::Binary(frame)) => return Some(marks_of(&frame)),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

fn marks_of(frame: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = frame[at..].iter().position(|byte| *byte == b'~') {
        at += next;
        let digits = frame.get(at + 1..at + MARK).filter(|digits| digits.iter().all(u8::is_ascii_digit));
        if let Some(digits) = digits {
            let number = digits.iter().fold(0_usize, |number, digit| number * 10 + usize::from(digit - b'0'));
            found.push((number / 1_000_000, number % 1_000_000));
            at += MARK - 1;
        }
        at += 1;
    }
    found
}
