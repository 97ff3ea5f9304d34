//! A WebSocket on a stream in memory, under a clock that goes on by itself while everybody waits.

use super::*;
use crate::transport::{DEAD_AFTER, heard::HeardStream};
use axum::{Extension, Router, extract::WebSocketUpgrade, routing::get};
use hyper_util::rt::TokioIo;
use pair_quic::progress;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::oneshot,
    time::Instant,
};
use tokio_tungstenite::client_async;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tungstenite::protocol::frame::{
    Frame as WireFrame,
    coding::{Data, OpCode},
};

/// Largest frame in bytes.
const LIMIT: usize = 4 << 20;

/// What lies between both ends at a time.
const UNDER_WAY: usize = 4 << 10;

/// Both ends of a WebSocket: the server's ways, and the client's naked stream.
async fn opened() -> (WebSocketReader, WebSocketWriter, DuplexStream) {
    let (near, far) = tokio::io::duplex(UNDER_WAY);
    let (near, heard) = HeardStream::new(near);
    let (opened, ways) = oneshot::channel();
    let opened = Arc::new(std::sync::Mutex::new(Some(opened)));
    let upgrade = move |upgrade: WebSocketUpgrade, Extension(heard): Extension<Arc<Heard>>| async move {
        upgrade.max_message_size(LIMIT).max_frame_size(LIMIT).on_upgrade(move |socket| async move {
            let opened = opened.lock().unwrap().take().unwrap();
            drop(opened.send(split(socket, LIMIT, heard)));
        })
    };
    let router = Router::new().route("/", get(upgrade)).layer(Extension(heard));
    let answer = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        router.clone().oneshot(request.map(axum::body::Body::new))
    });
    let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(near), answer);
    TaskTracker::new().spawn(serving.with_upgrades());
    let (socket, _) = client_async("ws://test/", far).await.unwrap();
    let (reader, writer) = ways.await.unwrap();
    (reader, writer, socket.into_inner())
}

/// A message of so many bytes as a client sends it.
fn message(bytes: usize) -> Vec<u8> {
    let mut frame = WireFrame::message(vec![7; bytes], OpCode::Data(Data::Binary), true);
    frame.header_mut().mask = Some([0; 4]);
    let mut out = Vec::new();
    frame.format(&mut out).unwrap();
    out
}

/// Sends some bytes each second, until nobody takes them any more.
async fn send(stream: &mut DuplexStream, bytes: &[u8], a_second: usize) {
    for some in bytes.chunks(a_second) {
        if stream.write_all(some).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_long_on_its_way_is_no_silence() {
    const BYTES: usize = 300 << 10;
    let (mut reader, _writer, mut stream) = opened().await;
    let (message, began) = (message(BYTES), Instant::now());
    let (read, ()) = tokio::join!(reader.next(), send(&mut stream, &message, 2 << 10));
    assert_eq!(read, Some(Ok(Frame::Binary(vec![7; BYTES].into()))));
    assert!(began.elapsed() > 2 * progress::WITHIN.max(DEAD_AFTER), "{:?}", began.elapsed());
    let began = Instant::now();
    stream.write_all(&message[..100]).await.unwrap();
    assert_eq!(reader.next().await, Some(Err(ReadError::Silent)), "the beginning of another, and then nothing");
    assert!(began.elapsed() >= DEAD_AFTER && began.elapsed() < 2 * DEAD_AFTER, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn whoever_drips_byte_after_byte_is_given_up_even_where_much_came_before() {
    for at_once in [0, 2 << 20] {
        let (mut reader, _writer, mut stream) = opened().await;
        let (message, began) = (message(3 << 20), Instant::now());
        let (first, rest) = message.split_at(at_once);
        let sending = async {
            stream.write_all(first).await.unwrap();
            send(&mut stream, rest, 1).await;
        };
        let read = tokio::select! {
            read = reader.next() => read,
            () = sending => unreachable!("the rest would take days"),
        };
        assert!(matches!(&read, Some(Err(ReadError::Broken(why))) if why.contains("less than")), "{read:?}");
        assert!(began.elapsed() < 2 * progress::WITHIN, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_reads_what_is_written_is_not_silent_until_they_stop() {
    let (mut reader, mut writer, mut stream) = opened().await;
    let began = Instant::now();
    let writing = async {
        writer.write(vec![Frame::Binary(vec![7; 200 << 10].into())]).await.unwrap();
    };
    let reading = async {
        let mut some = vec![0; UNDER_WAY];
        while began.elapsed() < 2 * DEAD_AFTER {
            stream.read_exact(&mut some).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        std::future::pending::<()>().await;
    };
    let read = tokio::select! {
        read = reader.next() => read,
        () = writing => unreachable!("only a part of it is read"),
        () = reading => unreachable!("it never ends"),
    };
    assert_eq!(read, Some(Err(ReadError::Silent)));
    let silent = began.elapsed().saturating_sub(2 * DEAD_AFTER);
    assert!(silent + Duration::from_secs(2) >= DEAD_AFTER, "{:?}", began.elapsed());
}
