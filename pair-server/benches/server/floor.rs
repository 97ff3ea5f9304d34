//! The floor: a server that only broadcasts. It takes a WebSocket by path, and sends each binary frame to all others of that path; it knows no
//! document, no storage, no protocol. What it costs, the sockets and the machine cost.

use futures::{SinkExt, StreamExt};
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::{Bytes, Message, handshake::server::Request};
use tokio_util::task::TaskTracker;

/// Frames that may wait for a connection.
const QUEUE: usize = 1_024;

type Rooms = Arc<Mutex<HashMap<String, Vec<(u64, mpsc::Sender<Bytes>)>>>>;

/// Serves until it is killed; says where on standard output.
pub async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("listening on {}", listener.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    let (rooms, tracker) = (Rooms::default(), TaskTracker::new());
    for id in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        tracker.spawn(connection(stream, id, rooms.clone()));
    }
}

async fn connection(stream: TcpStream, id: u64, rooms: Rooms) {
    stream.set_nodelay(true).unwrap();
    let mut room = String::new();
    #[allow(clippy::result_large_err, reason = "the callback's type is tungstenite's")]
    let note = |request: &Request, response| {
        request.uri().path().clone_into(&mut room);
        Ok(response)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, note).await else { return };
    let (sender, mut queue) = mpsc::channel(QUEUE);
    rooms.lock().unwrap().entry(room.clone()).or_default().push((id, sender));
    loop {
        tokio::select! {
            Some(frame) = queue.recv() => {
                // Whatever waits goes out in one flush, as a good server does it.
                let mut fed = socket.feed(Message::Binary(frame)).await;
                while fed.is_ok() && let Ok(frame) = queue.try_recv() {
                    fed = socket.feed(Message::Binary(frame)).await;
                }
                if fed.is_err() || socket.flush().await.is_err() {
                    break;
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Binary(frame))) => {
                    let others: Vec<_> = rooms.lock().unwrap()[&room].iter().filter(|(one, _)| *one != id).cloned().collect();
                    for (_, other) in others {
                        // One who is gone is taken out by itself.
                        drop(other.send(frame.clone()).await);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            }
        }
    }
    rooms.lock().unwrap().entry(room).or_default().retain(|(one, _)| *one != id);
}
