//! A plain client, written from part 1 of `contract.md` alone: knows JSON and the WebSocket, and nothing of our crates.

use super::{DEADLINE, soon};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{self, Message},
};

/// One connection.
pub struct PlainClient {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl PlainClient {
    /// Connects to a room.
    pub async fn connect(address: SocketAddr, room: &str) -> Self {
        Self::try_connect(address, room).await.unwrap()
    }

    /// Connects to a room, or not.
    pub async fn try_connect(address: SocketAddr, room: &str) -> Result<Self, tungstenite::Error> {
        let connected = tokio_tungstenite::connect_async(format!("ws://{address}/ws/{room}")).await;
        connected.map(|(socket, _)| Self { socket })
    }

    /// Connects, and reads what everybody gets first; gives the text.
    pub async fn join(address: SocketAddr, room: &str) -> (Self, String) {
        let mut client = Self::connect(address, room).await;
        let sync = client.until(|message| message["type"] == "sync").await;
        (client, sync["code"].as_str().unwrap().to_owned())
    }

    /// Sends any text frame.
    pub async fn send(&mut self, frame: impl Into<String>) {
        self.socket.send(Message::text(frame.into())).await.unwrap();
    }

    /// Sends a whole text with a name.
    pub async fn update(&mut self, code: &str, username: &str) {
        self.send(json!({"type": "update", "code": code, "username": username}).to_string()).await;
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        soon("a message to the plain client", self.try_next()).await.expect("the connection should be open")
    }

    /// The next message; the close frame's code and reason where the server closes.
    pub async fn try_next(&mut self) -> Result<Value, Option<(u16, String)>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map(|frame| (frame.code.into(), frame.reason.to_string())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next message that fits; others are skipped.
    pub async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next().await;
            if fits(&message) {
                return message;
            }
        }
    }

    /// Reads until the text is this.
    pub async fn until_code(&mut self, code: &str) -> Value {
        self.until(|message| message["code"] == code).await
    }

    /// Reads until the server closes; gives the close code and the reason.
    pub async fn until_closed(&mut self) -> Option<(u16, String)> {
        soon("the close", async {
            loop {
                if let Err(closed) = self.try_next().await {
                    return closed;
                }
            }
        })
        .await
    }

    /// Closes the connection in order.
    pub async fn close(mut self) {
        drop(tokio::time::timeout(DEADLINE, self.socket.close(None)).await);
    }
}
