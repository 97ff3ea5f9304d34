//! A client of the room protocol over the `protocol` crate, on every way: one document, its receipts, and everything that
//! came. Knows nothing of the server's insides.

#![allow(clippy::result_large_err, reason = "a client that could not join gets its document back")]

use super::{
    random, soon,
    wire::{self, Closed, Way, Wire, WireError},
};
use protocol::{
    ByteOffset, ClientId, ClientMessage, Document, DocumentPath, ErrorCode, ParticipantId, Sequence, ServerMessage,
    codec::Codec,
    message::{
        Blob, DocumentState,
        client::{Difference, Edit, Hello},
        server::{Closing, Error, Receipt, Welcome},
    },
};
use std::net::SocketAddr;
use tokio::net::TcpSocket;

/// Both codecs, for stories that hold in each.
pub const CODECS: [Codec; 2] = [Codec::MessagePack, Codec::Json];

/// A connection without anything said.
pub struct PairSocket {
    pub codec: Codec,
    pub wire: Wire,
}

impl PairSocket {
    /// Opens a connection.
    pub async fn open(address: SocketAddr, room: &str, way: impl Into<Way>) -> Result<Self, WireError> {
        let way = way.into();
        Ok(Self { codec: way.codec(), wire: wire::open(address, room, way).await? })
    }

    /// Opens a WebSocket whose receive buffer is as small as it can be, so that whoever does not read holds the server up soon.
    pub async fn open_narrow(address: SocketAddr, room: &str, codec: Codec) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self { codec, wire: wire::upgrade(stream, address, room, codec.into()).await.unwrap() }
    }

    /// Sends a message.
    pub async fn send(&mut self, message: impl Into<ClientMessage>) {
        self.try_send(message).await.unwrap();
    }

    /// Sends a message; the error is that of the connection.
    pub async fn try_send(&mut self, message: impl Into<ClientMessage>) -> Result<(), WireError> {
        let message = message.into();
        let bytes = self.codec.encode_client(&message);
        match message {
            ClientMessage::SetPresence(_) => self.wire.send_latest(self.codec, &bytes).await,
            _ => self.wire.send(self.codec, &bytes).await,
        }
    }

    /// Sends any bytes as a frame of the codec's kind.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        self.wire.send(self.codec, bytes).await.unwrap();
    }

    /// The next message, or how the connection ended.
    pub async fn try_next(&mut self) -> Result<ServerMessage, Closed> {
        self.wire.next(self.codec).await
    }

    /// The next message.
    pub async fn next(&mut self) -> ServerMessage {
        soon("a message", self.try_next()).await.expect("the connection should be open")
    }

    /// Reads the error and the closing that end a connection; gives the error's code and sentence, and the close code.
    pub async fn refusal(&mut self) -> (ErrorCode, String, u16) {
        let Error { code, message, .. } = loop {
            if let ServerMessage::Error(error) = self.next().await {
                break error;
            }
        };
        assert!(matches!(self.next().await, ServerMessage::Closing(Closing { retry_after_ms: None, .. })));
        let closed = soon("the close", self.try_next()).await.err().flatten();
        (code, message, closed.map_or(0, |(code, _)| code))
    }
}

/// Who somebody is, across connections.
#[derive(Debug, Clone)]
pub struct Identity {
    pub name: String,
    pub client: ClientId,
    pub secret: String,
    pub token: Option<String>,
}

impl Identity {
    /// A new somebody.
    pub fn new(name: &str) -> Self {
        let random = random::fresh_seed();
        Self {
            name: name.to_owned(),
            client: ClientId::from_random_32(u32::try_from(random & 0xFFFF_FFFF).unwrap()),
            secret: format!("{random:032x}"),
            token: None,
        }
    }

    /// The first message, with what the document holds already.
    pub fn hello(&self, known: Option<(&DocumentPath, &Document)>) -> Hello {
        let state = |(path, document): (&DocumentPath, &Document)| DocumentState {
            document: path.clone(),
            state_vector: Blob::from(document.state_vector()),
        };
        Hello {
            version: protocol::PROTOCOL_VERSION,
            min_version: None,
            client: "test".to_owned(),
            name: self.name.clone(),
            color: None,
            token: self.token.clone(),
            client_id: self.client,
            client_secret: self.secret.clone(),
            formerly: Vec::new(),
            documents: known.map(state).into_iter().collect(),
        }
    }
}

/// A participant with a replica of the default document.
pub struct PairClient {
    pub link: PairSocket,
    pub identity: Identity,
    pub welcome: Welcome,
    pub path: DocumentPath,
    pub document: Document,
    pub seq: Sequence,
    pub receipt: Receipt,
    /// Edits and differences that came.
    pub edits_seen: usize,
}

impl PairClient {
    /// Joins as somebody new.
    pub async fn join(address: SocketAddr, room: &str, name: &str, way: impl Into<Way>) -> Self {
        Self::join_as(address, room, Identity::new(name), way).await
    }

    /// Joins as somebody.
    pub async fn join_as(address: SocketAddr, room: &str, identity: Identity, way: impl Into<Way>) -> Self {
        let document = Document::new(identity.client);
        let joined = Self::try_join(address, room, identity, way, document).await;
        joined.unwrap_or_else(|refused| panic!("refused: {refused:?}"))
    }

    /// Joins with a document from an earlier connection, and sends what the server does not have of it.
    pub async fn try_join(
        address: SocketAddr,
        room: &str,
        identity: Identity,
        way: impl Into<Way>,
        document: Document,
    ) -> Result<Self, (Document, String)> {
        match PairSocket::open(address, room, way).await {
            Ok(link) => Self::join_on(link, identity, document).await,
            Err(error) => Err((document, format!("{error:?}"))),
        }
    }

    /// As [`PairClient::try_join`], on a connection that is open.
    pub async fn join_on(
        mut link: PairSocket,
        identity: Identity,
        mut document: Document,
    ) -> Result<Self, (Document, String)> {
        let fail = |document, error: &dyn std::fmt::Debug| Err((document, format!("{error:?}")));
        let main = DocumentPath::main();
        if let Err(error) = link.try_send(identity.hello(Some((&main, &document)))).await {
            return fail(document, &error);
        }
        let welcome = match soon("a welcome", link.try_next()).await {
            Ok(ServerMessage::Welcome(welcome)) => welcome,
            other => return fail(document, &other),
        };
        let first = welcome.documents.first().unwrap();
        document.apply(&first.difference).unwrap();
        let (path, server) = (first.document.clone(), first.state_vector.clone());
        let receipt = Receipt { received: Sequence::ZERO, durable: Sequence::ZERO };
        let mut client = Self { link, identity, welcome, path, document, seq: Sequence::ZERO, receipt, edits_seen: 0 };
        let missing = client.document.difference(&server).unwrap();
        if client.document.state().clock(client.identity.client) > 0
            && let Err(error) = client.try_difference(missing).await
        {
            return fail(client.document, &error);
        }
        Ok(client)
    }

    async fn try_difference(&mut self, update: Vec<u8>) -> Result<(), WireError> {
        self.seq = self.seq.next();
        let difference = Difference { document: self.path.clone(), seq: self.seq, update: update.into() };
        self.link.try_send(difference).await
    }

    /// This connection's participant id.
    pub fn participant(&self) -> ParticipantId {
        self.welcome.participant
    }

    /// Replaces bytes of the text by a text; sends the edit.
    pub async fn splice(&mut self, at: usize, removed: usize, inserted: &str) {
        self.try_splice(at, removed, inserted).await.unwrap();
    }

    /// As [`PairClient::splice`]; the document is edited even where the connection is gone.
    pub async fn try_splice(&mut self, at: usize, removed: usize, inserted: &str) -> Result<(), WireError> {
        let update = self.document.edit(ByteOffset(at).span(removed), inserted, 0).unwrap();
        self.seq = self.seq.next();
        let edit = Edit { document: self.path.clone(), seq: self.seq, update: update.into() };
        self.link.try_send(edit).await
    }

    /// Types at the end.
    pub async fn append(&mut self, text: &str) {
        self.splice(self.document.len().0, 0, text).await;
    }

    /// Sends a message.
    pub async fn send(&mut self, message: impl Into<ClientMessage>) {
        self.link.send(message).await;
    }

    /// The next message, which is taken notice of.
    pub async fn next(&mut self) -> ServerMessage {
        let message = self.link.next().await;
        self.notice(&message);
        message
    }

    /// Takes notice of a message: edits go into the document, receipts are kept.
    pub fn notice(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Edited(edit) if edit.document == self.path => {
                self.document.apply(&edit.update).unwrap();
                self.edits_seen += 1;
            }
            ServerMessage::Missing(missing) if missing.document == self.path => {
                self.document.apply(&missing.update).unwrap();
                self.edits_seen += 1;
            }
            ServerMessage::Receipt(receipt) => {
                assert!(receipt.received >= self.receipt.received && receipt.durable >= self.receipt.durable);
                assert!(receipt.durable <= receipt.received);
                self.receipt = *receipt;
            }
            _ => {}
        }
    }

    /// Reads until a message fits; gives what the reader makes of it.
    pub async fn until<T>(&mut self, fits: impl Fn(&ServerMessage) -> Option<T>) -> T {
        loop {
            let message = self.next().await;
            if let Some(fitting) = fits(&message) {
                return fitting;
            }
        }
    }

    /// Reads until an error comes.
    pub async fn until_error(&mut self) -> Error {
        self.until(|message| if let ServerMessage::Error(error) = message { Some(error.clone()) } else { None }).await
    }

    /// Reads until the text is this.
    pub async fn until_text(&mut self, text: &str) {
        while self.document.text() != text {
            self.next().await;
        }
    }

    /// Reads until the text holds this.
    pub async fn until_contains(&mut self, part: &str) {
        while !self.document.text().contains(part) {
            self.next().await;
        }
    }

    /// Reads until everything that was sent is durable.
    pub async fn until_durable(&mut self) {
        while self.receipt.durable < self.seq {
            self.next().await;
        }
    }

    /// Reads until everything that was sent was handled.
    pub async fn until_received(&mut self) {
        while self.receipt.received < self.seq {
            self.next().await;
        }
    }

    /// Reads until the server closes; gives the last `closing`, and the close frame's code and reason.
    pub async fn until_closed(&mut self) -> (Option<Closing>, Closed) {
        let mut closing = None;
        loop {
            match soon("the close", self.link.try_next()).await {
                Ok(ServerMessage::Closing(last)) => closing = Some(last),
                Ok(message) => self.notice(&message),
                Err(closed) => return (closing, closed),
            }
        }
    }
}
