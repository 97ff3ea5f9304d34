//! The room that `pair-tui` is measured in: a real server in a process of its own, one peer who only listens, and where wanted peers who
//! never stop typing. Knows no terminal.

use crate::support::ServerProcess;
use pair_tui::{
    app::run::new_writer,
    client::{
        Connection, ConnectionEvent, ConnectionSettings, Dialer, HelloParts, Outbox, RoomAddress, TransportChoice,
    },
    editor::buffer::Buffer,
};
use protocol::{
    ByteOffset, ClientMessage, DocumentPath, Sequence,
    message::{
        DocumentState,
        client::{Edit, SetPresence},
    },
    position::Association,
    presence::{AnchoredSelection, Presence},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, time};
use tokio_util::task::TaskTracker;

/// What a busy peer types again and again, one character per edit; then it begins a new line.
const TYPED: &str = "let peer = count(1) + 2; // by a peer\n";

/// A room on a server, and who is in it besides the program that is measured.
pub struct Room {
    /// The link to it.
    pub link: String,
    /// Where the server listens.
    pub server: std::net::SocketAddr,
    _process: ServerProcess,
    runtime: Runtime,
    tasks: TaskTracker,
    stop: Arc<AtomicBool>,
    edits: Arc<AtomicU64>,
}

impl Room {
    /// A room with a text; somebody silent joins it.
    pub fn open(text: &str) -> Self {
        let process = ServerProcess::start();
        let link = process.create_room("src/main.rs", text);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let tasks = TaskTracker::new();
        let (stop, edits) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let room = Self { server: process.socket_address(), link, _process: process, runtime, tasks, stop, edits };
        let silent = room.runtime.block_on(Peer::join(&room.link, "Silent"));
        room.tasks.spawn_on(silent.listen(Arc::clone(&room.stop)), room.runtime.handle());
        room
    }

    /// The link to the room by another address of the server: that of a line to it.
    pub fn link_by(&self, address: std::net::SocketAddr) -> String {
        self.link.replace(&self.server.to_string(), &address.to_string())
    }

    /// Two more peers join and type, together so many edits per second, each at the end of one of these lines (from 1).
    pub fn begin_edits(&self, per_second: u32, lines: [usize; 2]) {
        for (line, name) in lines.into_iter().zip(["Grace", "Linus"]) {
            let peer = self.runtime.block_on(Peer::join(&self.link, name));
            let work = peer.type_at(line, per_second / 2, Arc::clone(&self.stop), Arc::clone(&self.edits));
            self.tasks.spawn_on(work, self.runtime.handle());
        }
    }

    /// How many edits the busy peers have made.
    pub fn edits(&self) -> u64 {
        self.edits.load(Ordering::Relaxed)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.tasks.close();
        self.runtime.block_on(self.tasks.wait());
    }
}

/// Somebody in the room.
struct Peer {
    connection: Connection,
    outbox: Outbox,
    buffer: Buffer,
    path: DocumentPath,
}

impl Peer {
    async fn join(link: &str, name: &str) -> Self {
        let address = RoomAddress::parse(link, &"127.0.0.1:1".parse().unwrap()).unwrap();
        let dialer = Dialer::new(TransportChoice::WebSocket, &std::env::temp_dir());
        let mut connection = Connection::open(ConnectionSettings { address, dialer });
        let (client, secret) = new_writer().unwrap();
        let parts =
            HelloParts { name: name.into(), color: None, client, secret, documents: Vec::<DocumentState>::new() };
        loop {
            match connection.next().await.expect("a server") {
                ConnectionEvent::HelloWanted(answer) => answer.send(parts.clone()).expect("a connection"),
                ConnectionEvent::Welcomed { welcome, outbox, .. } => {
                    let document = welcome.documents.into_iter().next().expect("a document");
                    let mut buffer = Buffer::new(client);
                    buffer.apply(&document.difference.0).unwrap();
                    return Self { connection, outbox, buffer, path: document.document };
                }
                ConnectionEvent::Disconnected { reason, .. } => panic!("{name} was thrown out: {reason}"),
                ConnectionEvent::Connecting | ConnectionEvent::Message(_) => {}
            }
        }
    }

    /// Reads what comes, and does nothing about it.
    async fn listen(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::Relaxed) {
            drop(time::timeout(Duration::from_millis(50), self.connection.next()).await);
        }
        drop(self.outbox);
        self.connection.close().await;
    }

    /// Types at the end of a line, at a pace. What the others do is not applied: it changes nothing about where this peer writes.
    async fn type_at(mut self, line: usize, per_second: u32, stop: Arc<AtomicBool>, edits: Arc<AtomicU64>) {
        let text = self.buffer.text();
        let mut at = text.line_end(text.last_line().min(pair_tui::editor::position::LineIndex(line - 1)));
        let begun = Instant::now();
        let mut seq = Sequence::ZERO;
        for (made, c) in (1..).zip(std::iter::once('\n').chain(TYPED.chars().cycle())) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let mut letter = [0; 4];
            let letter = c.encode_utf8(&mut letter);
            let update = self.buffer.edit(at..at, letter, 0).unwrap().update.into();
            at = ByteOffset(at.0 + letter.len());
            seq = seq.next();
            self.outbox.send(ClientMessage::Edit(Edit { document: self.path.clone(), seq, update }));
            let here = || self.buffer.anchor(at, Association::Before);
            let selections = vec![AnchoredSelection { anchor: here(), head: here() }];
            let presence = Presence { document: self.path.clone(), selections, visible: None, following: None };
            self.outbox.send(SetPresence { presence }.into());
            edits.fetch_add(1, Ordering::Relaxed);
            while self.connection.try_next().is_some() {}
            time::sleep_until((begun + Duration::from_secs(1) * made / per_second).into()).await;
        }
        drop(self.outbox);
        self.connection.close().await;
    }
}
