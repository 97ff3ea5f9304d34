//! The one connection to a room that comes back by itself: it asks the holder of the documents what to say in the Hello, gives the
//! Welcome and everything behind it, and after a loss tries again until trying can't help. Knows no document: what was not
//! receipted is the holder's to send again.

use super::{
    CLIENT, Dialer, Outbox, RoomAddress, Transport,
    journal::Writer,
    link::{MessageSink, MessageStream, SocketError},
    own_address,
    reconnect::Backoff,
};
use protocol::{
    ClientId, ErrorCode, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION, ServerMessage,
    message::{
        DocumentState,
        client::{Former, Hello},
        server::{Closing, ClosingReason, Error, Welcome},
    },
    presence::Color,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::Instant,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

/// How many events may wait for the holder. While they are as many, the socket is not read, and the server holds back.
pub const EVENTS: usize = 1_024;

/// How long nothing at all may come between the Hello and the Welcome; a room may have to be loaded first. A Welcome of which something
/// comes may take as long as it needs.
pub const WELCOME_TIMEOUT: Duration = Duration::from_secs(15);

/// How often it is looked whether something of the Welcome came.
const WELCOME_LOOKED_EVERY: Duration = Duration::from_secs(1);

/// How long the last messages may take on the way out when the holder closes the connection.
pub const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// Attempts that somebody asked for are at least this far apart, however fast they type.
pub const HURRIED_EVERY: Duration = Duration::from_secs(1);

/// What a connection needs to know once.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// Where the room is, and the access token for it.
    pub address: RoomAddress,
    /// How it is opened.
    pub dialer: Dialer,
}

/// What the holder of the documents puts into the Hello of the next connection.
#[derive(Debug, Clone)]
pub struct HelloParts {
    /// Display name.
    pub name: String,
    /// Wished colour; the server chooses one where none is wished.
    pub color: Option<Color>,
    /// The CRDT client id that the holder writes with.
    pub client: ClientId,
    /// Proves that the client id is the holder's; the same as long as the client id is.
    pub secret: String,
    /// Writers of earlier runs whose text the holder brings: it is the same participant as they were.
    pub formerly: Vec<Writer>,
    /// What the holder has, as of now.
    pub documents: Vec<DocumentState>,
}

/// What happens to the connection, in order.
#[derive(Debug)]
pub enum ConnectionEvent {
    /// A connection is being made.
    Connecting,
    /// The socket is open: the holder answers with what it has. Dropping this gives the attempt up.
    HelloWanted(oneshot::Sender<HelloParts>),
    /// The room answered the Hello. From now on the outbox takes messages, until the next `Disconnected`.
    Welcomed {
        /// The room as it is.
        welcome: Box<Welcome>,
        /// The way to the room.
        outbox: Outbox,
        /// What it is on.
        transport: Transport,
    },
    /// The server said something else.
    Message(Box<ServerMessage>),
    /// The connection is gone, or could not be made.
    Disconnected {
        /// Why, for people.
        reason: String,
        /// When it is tried again; none: it is not.
        retry_in: Option<Duration>,
        /// The server knows this client id as somebody else's, or lost that it was this program's: under a new id, with nothing
        /// in hand, the room can be joined again.
        is_id_taken: bool,
    },
}

/// A connection that comes back by itself. Dropping it ends it without a goodbye; see [`Connection::close`].
#[derive(Debug)]
pub struct Connection {
    events: mpsc::Receiver<ConnectionEvent>,
    hurry: Arc<Notify>,
    leaving: CancellationToken,
    stop: DropGuard,
    tasks: TaskTracker,
}

impl Connection {
    /// Starts connecting, in a task that ends with this value.
    pub fn open(settings: ConnectionSettings) -> Self {
        let (sender, events) = mpsc::channel(EVENTS);
        let (leaving, stop, tasks) = (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
        let hurry = Arc::new(Notify::new());
        let driver = Driver {
            settings,
            events: sender,
            hurry: Arc::clone(&hurry),
            leaving: leaving.clone(),
            backoff: Backoff::default(),
        };
        tasks.spawn(stop.clone().run_until_cancelled_owned(driver.drive()));
        tasks.close();
        Self { events, hurry, leaving, stop: stop.drop_guard(), tasks }
    }

    /// The next event; none after the last one. Cancel safe.
    pub async fn next(&mut self) -> Option<ConnectionEvent> {
        self.events.recv().await
    }

    /// The next event if one waits already.
    pub fn try_next(&mut self) -> Option<ConnectionEvent> {
        self.events.try_recv().ok()
    }

    /// Makes the next attempt at once, or as soon as [`HURRIED_EVERY`] allows: somebody is waiting for it.
    pub fn retry_now(&self) {
        self.hurry.notify_one();
    }

    /// Ends the connection. Drop its outbox first: what waits in it is sent, then the socket is closed; at most
    /// [`GOODBYE_TIMEOUT`] is spent on that.
    pub async fn close(self) {
        let Self { mut events, hurry: _, leaving, stop, tasks } = self;
        leaving.cancel();
        let ended = async { while events.recv().await.is_some() {} };
        if tokio::time::timeout(GOODBYE_TIMEOUT, ended).await.is_err() {
            tracing::debug!("the connection did not end in time, it is cut");
        }
        drop(stop);
        tasks.wait().await;
    }
}

/// How one attempt, or the connection that came of it, ended.
enum End {
    /// The holder left, or is gone.
    Left,
    /// Trying again can't help.
    Final(String),
    /// Trying again can't help with this client id.
    IdTaken(String),
    /// Worth trying again.
    Lost {
        reason: String,
        /// How long it held after its Welcome.
        held: Option<Duration>,
        /// What the server asked for.
        at_least: Option<Duration>,
    },
}

impl From<SocketError> for End {
    fn from(error: SocketError) -> Self {
        if error.is_final() { Self::Final(error.to_string()) } else { lost(error.to_string()) }
    }
}

fn lost(reason: impl Into<String>) -> End {
    End::Lost { reason: reason.into(), held: None, at_least: None }
}

/// The task that connects again and again.
struct Driver {
    settings: ConnectionSettings,
    events: mpsc::Sender<ConnectionEvent>,
    hurry: Arc<Notify>,
    leaving: CancellationToken,
    backoff: Backoff,
}

impl Driver {
    async fn drive(mut self) {
        loop {
            let began = Instant::now();
            self.tell(ConnectionEvent::Connecting).await;
            let (reason, retry_in, is_id_taken) = match self.attempt().await {
                End::Left => return,
                End::Final(reason) => (reason, None, false),
                End::IdTaken(reason) => (reason, None, true),
                End::Lost { reason, held, at_least } => {
                    let delay = self.backoff.next(getrandom::u64().unwrap_or_default(), held, at_least);
                    (reason, Some(delay), false)
                }
            };
            tracing::info!(room = %self.settings.address.room, reason, ?retry_in, "disconnected");
            self.tell(ConnectionEvent::Disconnected { reason, retry_in, is_id_taken }).await;
            let Some(delay) = retry_in else { return };
            let pause = async {
                tokio::select! {
                    () = pause(&self.hurry, delay, began) => {}
                    () = self.network_changed() => tracing::info!("this machine has another address: trying at once"),
                }
            };
            if self.leaving.run_until_cancelled(pause).await.is_none() || self.events.is_closed() {
                return;
            }
        }
    }

    /// Opens one connection and keeps it as long as it holds.
    async fn attempt(&mut self) -> End {
        let leaving = self.leaving.clone();
        let Some(opened) = leaving.run_until_cancelled(self.open()).await else { return End::Left };
        let (mut sink, mut stream, welcome) = match opened {
            Ok(opened) => opened,
            Err(end) => return end,
        };
        let welcomed = Instant::now();
        let mut end = self.session(&mut sink, &mut stream, welcome).await;
        if let End::Lost { held, .. } = &mut end {
            *held = Some(welcomed.elapsed());
        }
        end
    }

    /// From the socket to the Welcome.
    async fn open(&self) -> Result<(MessageSink, MessageStream, Box<Welcome>), End> {
        let (mut sink, mut stream) = match self.settings.dialer.open(&self.settings.address).await {
            Ok(opened) => opened,
            Err(error) if error.is_unreachable() => {
                return Err(lost(format!("no pair server answers at {}", self.settings.address.server)));
            }
            Err(error) => return Err(error.into()),
        };
        let (answer, parts) = oneshot::channel();
        self.tell(ConnectionEvent::HelloWanted(answer)).await;
        let parts = parts.await.map_err(|_| End::Left)?;
        let hello = self.hello(parts);
        stream.expect(&hello);
        sink.send(&hello.into()).await?;
        let welcome = awaited_welcome(&mut stream).await?;
        Ok((sink, stream, welcome))
    }

    /// Waits until the way to the server begins at another address of this machine.
    async fn network_changed(&self) {
        let look = || own_address::ways_to(&self.settings.address.server);
        own_address::changed(own_address::ADDRESS_LOOKED_EVERY, look).await;
    }

    fn hello(&self, parts: HelloParts) -> Hello {
        Hello {
            version: PROTOCOL_VERSION,
            min_version: Some(MIN_PROTOCOL_VERSION),
            client: CLIENT.to_owned(),
            name: parts.name,
            color: parts.color,
            token: self.settings.address.token.clone(),
            client_id: parts.client,
            client_secret: parts.secret,
            formerly: parts
                .formerly
                .into_iter()
                .map(|one| Former { client_id: one.client, client_secret: one.secret })
                .collect(),
            documents: parts.documents,
        }
    }

    /// From the Welcome to the end: both ways at once.
    async fn session(&self, sink: &mut MessageSink, stream: &mut MessageStream, welcome: Box<Welcome>) -> End {
        let (outbox, mut messages, full) = Outbox::new();
        self.tell(ConnectionEvent::Welcomed { welcome, outbox, transport: sink.transport() }).await;
        // QUIC goes with this machine to another address by itself; a TCP connection stays behind and would be silent for long.
        let stays_behind = sink.transport() == Transport::WebSocket;
        let end = tokio::select! {
            biased;
            () = full.cancelled() => lost("more waited to be sent than the connection could take"),
            sent = sink.send_all(&mut messages) => sent.map_or_else(End::from, |()| End::Left),
            end = self.receive(stream) => end,
            () = self.network_changed(), if stays_behind => lost("this machine has another address now"),
        };
        if matches!(end, End::Left) && sink.close().await.is_ok() {
            // The server's own close frame: only after it everything that was sent has surely been read.
            while stream.next().await.is_ok() {}
        }
        end
    }

    async fn receive(&self, stream: &mut MessageStream) -> End {
        let mut error = None;
        loop {
            let message = match stream.next().await {
                Ok(message) => message,
                Err(gone) => return gone.into(),
            };
            let closing = if let ServerMessage::Closing(closing) = &message { Some(closing.clone()) } else { None };
            if let ServerMessage::Error(said) = &message {
                error = Some(said.clone());
            }
            self.tell(ConnectionEvent::Message(Box::new(message))).await;
            if let Some(closing) = closing {
                return ended(error, Some(&closing)).unwrap_or_else(|| lost("the server closed the connection"));
            }
        }
    }

    /// Tells the holder; waits while too much waits for it already. A holder that is gone ends everything by its drop guard.
    async fn tell(&self, event: ConnectionEvent) {
        if self.events.send(event).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Waits for a delay, or until somebody asks to hurry; but no attempt begins sooner than [`HURRIED_EVERY`] after the last one.
async fn pause(hurry: &Notify, delay: Duration, last_began: Instant) {
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = async {
            hurry.notified().await;
            tokio::time::sleep_until(last_began + HURRIED_EVERY).await;
        } => {}
    }
}

/// The Welcome, which is awaited as long as something comes.
async fn awaited_welcome(stream: &mut MessageStream) -> Result<Box<Welcome>, End> {
    let arrived = stream.arrived();
    let mut looks = tokio::time::interval(WELCOME_LOOKED_EVERY);
    let (mut count, mut since) = (arrived.count(), Instant::now());
    let mut welcome = std::pin::pin!(welcome(stream));
    loop {
        tokio::select! {
            biased;
            welcome = &mut welcome => return welcome,
            _ = looks.tick() => {
                let now = arrived.count();
                if now != count {
                    (count, since) = (now, Instant::now());
                } else if since.elapsed() >= WELCOME_TIMEOUT {
                    return Err(lost("the server took the connection, but does not open the room"));
                }
            }
        }
    }
}

/// The Welcome; or why there is none.
async fn welcome(stream: &mut MessageStream) -> Result<Box<Welcome>, End> {
    let mut error = None;
    loop {
        match stream.next().await {
            Ok(ServerMessage::Welcome(welcome)) => return Ok(Box::new(welcome)),
            Ok(ServerMessage::Error(said)) => error = Some(said),
            Ok(ServerMessage::Closing(closing)) => {
                return Err(ended(error, Some(&closing)).unwrap_or_else(|| lost("the server closed the connection")));
            }
            Ok(message) => tracing::debug!(word = message.type_word(), "came before the welcome, and is skipped"),
            Err(gone) => return Err(ended(error, None).unwrap_or_else(|| gone.into())),
        }
    }
}

/// What the server's last words mean for the next attempt; none where they say nothing about it.
fn ended(error: Option<Error>, closing: Option<&Closing>) -> Option<End> {
    let at_least = closing.and_then(|closing| closing.retry_after_ms).map(|ms| Duration::from_millis(ms.into()));
    let again = |reason: &str| Some(End::Lost { reason: reason.to_owned(), held: None, at_least });
    match closing.map(|closing| closing.reason) {
        Some(ClosingReason::Replaced) => {
            return Some(End::Final("this room was opened again from elsewhere".to_owned()));
        }
        Some(ClosingReason::Shutdown) => return again("the server is shutting down"),
        Some(ClosingReason::RoomRestarted) => return again("the room starts anew"),
        Some(ClosingReason::Error) | None => {}
    }
    let error = error?;
    let can_help = at_least.is_some() || !closes(&error.code);
    match error.code {
        _ if can_help => again(&error.message),
        ErrorCode::ClientIdTaken => Some(End::IdTaken(error.message)),
        _ => Some(End::Final(error.message)),
    }
}

/// Errors that end a connection for good: coming back with the same Hello meets the same answer. A full room has a place again when somebody
/// leaves it.
fn closes(code: &ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::UnsupportedVersion
            | ErrorCode::InvalidToken
            | ErrorCode::RoomNotFound
            | ErrorCode::HelloExpected
            | ErrorCode::ClientIdTaken
            | ErrorCode::FrameTooLarge
    )
}

#[cfg(test)]
mod tests;
