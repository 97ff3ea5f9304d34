//! A client of the y-websocket dialect over the `protocol` crate: frames and a replica. Knows nothing of the server's insides.

use super::soon;
use futures::{SinkExt, StreamExt};
use protocol::{
    ByteOffset, ClientId, Document,
    yjs::{self, YjsMessage, awareness::AwarenessEntry},
};
use std::{collections::HashMap, net::SocketAddr};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

/// A provider with its document.
pub struct YjsClient {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub document: Document,
    /// What it was told of the others.
    pub others: HashMap<u64, Option<String>>,
    /// Questions for everything that it was asked.
    pub asked: usize,
    clock: u64,
}

impl YjsClient {
    /// Joins as somebody new and waits for the text.
    pub async fn join(address: SocketAddr, room: &str) -> Self {
        let client = ClientId::from_random_32(u32::try_from(super::random::fresh_seed() >> 32).unwrap());
        Self::join_with(address, room, Document::new(client)).await
    }

    /// Joins with a document from an earlier connection.
    pub async fn join_with(address: SocketAddr, room: &str, document: Document) -> Self {
        let mut client = Self::connect(address, room, document).await;
        client.send(&yjs::sync_step_1(&client.document.state_vector())).await;
        client.say("{}").await;
        client.until_message(|message| matches!(message, YjsMessage::SyncStep2(_))).await;
        client
    }

    /// Connects, and says nothing yet.
    pub async fn connect(address: SocketAddr, room: &str, document: Document) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/yjs/{room}")).await.unwrap();
        Self { socket, document, others: HashMap::new(), asked: 0, clock: 0 }
    }

    /// Sends a frame of any bytes.
    pub async fn send(&mut self, frame: &[u8]) {
        self.socket.send(Message::binary(frame.to_vec())).await.unwrap();
    }

    /// Says where it is.
    pub async fn say(&mut self, state: &str) {
        self.clock += 1;
        let (client, clock) = (self.document.client(), self.clock);
        self.send(&yjs::awareness(&[AwarenessEntry { client, clock, state: Some(state.to_owned()) }])).await;
    }

    /// Types at a place.
    pub async fn insert(&mut self, at: usize, text: &str) {
        let update = self.document.edit(ByteOffset(at)..ByteOffset(at), text, 0).unwrap();
        self.send(&yjs::update(&update)).await;
    }

    /// The next message, which is taken notice of and answered as a provider does; or how the connection ended.
    pub async fn next(&mut self) -> Result<YjsMessage, (u16, String)> {
        let frame = loop {
            match soon("a frame", self.socket.next()).await {
                Some(Ok(Message::Binary(frame))) => break frame,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(Some(frame)))) => return Err((frame.code.into(), frame.reason.to_string())),
                other => panic!("{other:?}"),
            }
        };
        let message = yjs::read(&frame).unwrap();
        match &message {
            YjsMessage::SyncStep1(known) => {
                self.asked += 1;
                let difference = self.document.difference(known).unwrap();
                self.send(&yjs::sync_step_2(&difference)).await;
            }
            YjsMessage::SyncStep2(update) | YjsMessage::Update(update) => {
                self.document.apply(update).unwrap();
            }
            YjsMessage::Awareness(entries) => {
                self.others.extend(entries.iter().map(|entry| (entry.client.get(), entry.state.clone())));
            }
            YjsMessage::QueryAwareness | YjsMessage::Auth => {}
        }
        Ok(message)
    }

    /// Reads until a message fits.
    pub async fn until_message(&mut self, fits: impl Fn(&YjsMessage) -> bool) {
        while !fits(&self.next().await.unwrap()) {}
    }

    /// Reads until the text is this.
    pub async fn until_text(&mut self, text: &str) {
        while self.document.text() != text {
            self.next().await.unwrap();
        }
    }

    /// Reads until somebody's state holds this.
    pub async fn until_state(&mut self, part: &str) -> String {
        loop {
            if let Some(state) = self.others.values().flatten().find(|state| state.contains(part)) {
                return state.clone();
            }
            self.next().await.unwrap();
        }
    }

    /// Reads until the server closes.
    pub async fn until_closed(&mut self) -> (u16, String) {
        loop {
            if let Err(closed) = self.next().await {
                return closed;
            }
        }
    }
}
