//! A server of models that does what a test wants: a real one, over TCP or TLS, that keeps every request as it came, and answers by a script.

use super::soon;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

/// One step of an answer.
#[derive(Clone)]
pub enum Step {
    /// Sends bytes.
    Say(Vec<u8>),
    /// Waits until the test lets it go on.
    Gate(Arc<Semaphore>),
    /// Says nothing more until the other side hangs up.
    Stall,
}

/// The head of an answer that streams until its connection closes.
pub fn head(content_type: &str) -> Step {
    Step::Say(format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n").into_bytes())
}

/// The head of an answer of which the connection's end is no end.
pub fn chunked_head() -> Step {
    Step::Say(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec())
}

/// A chunk of it.
pub fn chunk(text: &str) -> Step {
    Step::Say(format!("{:x}\r\n{text}\r\n", text.len()).into_bytes())
}

/// Text as it is.
pub fn say(text: &str) -> Step {
    Step::Say(text.as_bytes().to_vec())
}

/// A server-sent event of a completion.
pub fn completion(text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({"choices": [{"index": 0, "text": text}]}))
}

/// An answer without a stream.
pub fn status(line: &str, headers: &str, body: &str) -> Vec<Step> {
    let length = body.len();
    vec![say(&format!("HTTP/1.1 {line}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"))]
}

/// The server.
pub struct ScriptedProvider {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    /// Connections that the other side has closed, or that are done.
    closed: watch::Receiver<usize>,
    _tracker: TaskTracker,
}

impl ScriptedProvider {
    /// One that answers every request alike.
    pub async fn start(steps: Vec<Step>) -> Self {
        Self::start_on(None, steps).await
    }

    /// As [`ScriptedProvider::start`], behind TLS.
    pub async fn start_on(tls: Option<TlsAcceptor>, steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tracker, requests) = (TaskTracker::new(), Arc::new(Mutex::new(Vec::new())));
        let (close, closed) = watch::channel(0);
        let (kept, connections) = (Arc::clone(&requests), tracker.clone());
        tracker.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, steps, kept, close) = (tls.clone(), steps.clone(), Arc::clone(&kept), close.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, &steps, &kept).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &steps, &kept).await;
                            }
                        }
                    }
                    close.send_modify(|closed| *closed += 1);
                });
            }
        });
        Self { address, requests, closed, _tracker: tracker }
    }

    /// The requests so far, heads and bodies as they came.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The JSON of the only request.
    pub fn only_body(&self) -> serde_json::Value {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        let (_, body) = requests[0].split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    /// Waits until so many connections are at their end.
    pub async fn until_closed(&mut self, count: usize) {
        soon("the end of a connection", self.closed.wait_for(|closed| *closed >= count)).await.unwrap();
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, steps: &[Step], kept: &Mutex<Vec<String>>) {
    let Some(request) = read_request(&mut stream).await else { return };
    kept.lock().unwrap().push(request);
    for step in steps {
        let is_well = match step {
            Step::Say(bytes) => stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok(),
            Step::Gate(gate) => {
                let mut byte = [0];
                tokio::select! {
                    permit = gate.acquire() => { permit.unwrap().forget(); true }
                    _ = stream.read(&mut byte) => false,
                }
            }
            Step::Stall => {
                drop(stream.read_to_end(&mut Vec::new()).await);
                false
            }
        };
        if !is_well {
            return;
        }
    }
    // Whoever does not read to the end must not get a reset in place of what was sent.
    drop(stream.shutdown().await);
    drop(stream.read_to_end(&mut Vec::new()).await);
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")
                    .map(|rest| rest.trim().parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
    }
}
