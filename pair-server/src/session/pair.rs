//! A conversation in the room protocol: Hello, Welcome, then two loops side by side, one reading and one writing. Whichever ends
//! first ends the conversation. Knows the protocol's messages and the room's handle.

use super::{FAREWELL_TIMEOUT, Farewell, Session, SessionContext, pace::Pace, stopped, tell_participant};
use crate::{
    room::{
        effect::{ConnectionId, Ending, PairJoin},
        handle::{Joined, RoomHandle, Said},
        outbox::OutboxReader,
        state::{JoinError, edits::IncomingEdit},
    },
    secret,
    transport::{CloseCode, DEAD_AFTER, Frame, FrameReader, FrameWriter, KEEP_ALIVE, ReadError},
};
use bytes::Bytes;
use protocol::{
    ClientMessage, ErrorCode, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION, ParticipantId, ServerMessage,
    codec::Codec,
    message::{
        client::{FORMER_MAX, Hello},
        server::{Closing, ClosingReason, Error, Pong},
    },
};
use std::{ops::RangeInclusive, time::Duration};
use tokio::sync::mpsc;

mod snapshot;

/// How long a client may take to say Hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);

/// Characters of a client secret.
const SECRET_CHARACTERS: RangeInclusive<usize> = 16..=64;

/// Answers (pongs, errors) that may wait for the writing loop. When it is full, the connection is not read until there is room.
const ANSWERS_CAPACITY: usize = 64;

/// When a client should come back after its room failed, in milliseconds.
const RELOAD_RETRY_MS: u32 = 200;

/// Why a conversation ends with an error.
struct Refusal {
    code: ErrorCode,
    message: String,
    close: CloseCode,
    /// When coming back may help, in milliseconds.
    retry_after_ms: Option<u32>,
}

impl Refusal {
    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), close: CloseCode::Policy, retry_after_ms: None }
    }
}

/// Holds one conversation, from the Hello to the close.
pub(crate) async fn run<R: FrameReader, W: FrameWriter>(session: Session<R, W>, codec: Codec) {
    let Session { context, mut reader, mut writer } = session;
    let greeted = tokio::select! {
        biased;
        () = context.shutdown.cancelled() => return writer.close(CloseCode::Restart, "the server stops").await,
        greeted = greet(&context, codec, &mut reader) => greeted,
    };
    let farewell = match greeted {
        Ok(None) => Farewell::normal(),
        Ok(Some((room, joined))) => Box::pin(converse(&context, codec, &room, joined, &mut reader, &mut writer)).await,
        Err(refusal) => {
            tracing::debug!(code = %refusal.code, reason = %refusal.message, "a client may not join");
            refuse(codec, refusal, &mut writer).await
        }
    };
    writer.close(farewell.code, &farewell.reason).await;
}

/// Reads the Hello and joins the room; none where the peer went away.
async fn greet<R: FrameReader>(
    context: &SessionContext,
    codec: Codec,
    reader: &mut R,
) -> Result<Option<(RoomHandle, Joined)>, Refusal> {
    let frame = match tokio::time::timeout(HELLO_TIMEOUT, reader.next()).await {
        Ok(None) => return Ok(None),
        Ok(Some(frame)) => frame.map_err(|error| of_read_error(&error))?,
        Err(_) => {
            let message = format!("no hello came within {} s", HELLO_TIMEOUT.as_secs());
            return Err(Refusal::new(ErrorCode::HelloExpected, message));
        }
    };
    let hello = match decode(codec, &frame) {
        Ok(ClientMessage::Hello(hello)) => hello,
        Ok(other) => {
            let message = format!("the first message must be hello, not {}", other.type_word());
            return Err(Refusal::new(ErrorCode::HelloExpected, message));
        }
        Err(error) if error.code == ErrorCode::UnknownType => {
            return Err(Refusal::new(
                ErrorCode::HelloExpected,
                format!("the first message must be hello: {}", error.message),
            ));
        }
        Err(error) => return Err(Refusal::new(error.code, error.message)),
    };
    let version = agree(&hello)?;
    join(context, hello, version).await.map(Some)
}

/// The version that both sides speak.
fn agree(hello: &Hello) -> Result<u16, Refusal> {
    let version = hello.version.min(PROTOCOL_VERSION);
    let oldest = hello.min_version.unwrap_or(hello.version).max(MIN_PROTOCOL_VERSION);
    if version >= oldest {
        return Ok(version);
    }
    let message = format!(
        "the client speaks versions {} to {} of the protocol, this server {MIN_PROTOCOL_VERSION} to {PROTOCOL_VERSION}; \
         update the older one",
        hello.min_version.unwrap_or(hello.version),
        hello.version
    );
    Err(Refusal::new(ErrorCode::UnsupportedVersion, message))
}

async fn join(context: &SessionContext, hello: Hello, version: u16) -> Result<(RoomHandle, Joined), Refusal> {
    let length = hello.client_secret.chars().count();
    if !SECRET_CHARACTERS.contains(&length) {
        let (least, most) = (SECRET_CHARACTERS.start(), SECRET_CHARACTERS.end());
        let message = format!("clientSecret must have {least} to {most} characters, not {length}");
        return Err(Refusal::new(ErrorCode::InvalidMessage, message));
    }
    let internal = |error: String| Refusal::new(ErrorCode::Internal, error);
    let connection = getrandom::u64().map(ConnectionId).map_err(|error| internal(error.to_string()))?;
    let secret = secret::hash(&hello.client_secret);
    let participant = participant_of(context, &hello);
    let formerly: Vec<_> = hello
        .formerly
        .iter()
        .take(FORMER_MAX)
        .map(|former| (former.client_id, secret::hash(&former.client_secret)))
        .collect();
    let token = hello.token.as_deref().map(secret::hash);
    tracing::debug!(%participant, client = %hello.client, "a client says hello");
    let joined = context
        .with_room(|room| {
            let join = PairJoin {
                connection,
                participant,
                hello: hello.clone(),
                version,
                secret,
                formerly: formerly.clone(),
                token,
            };
            async move { room.join(join).await }
        })
        .await;
    let (room, joined) = joined.map_err(|error| match error {
        crate::room::registry::OpenError::NotFound(_) => Refusal::new(ErrorCode::RoomNotFound, error.to_string()),
        error => internal(error.to_string()),
    })?;
    let joined = joined.map_err(|error| {
        let is_passing = matches!(error, JoinError::Full(_) | JoinError::Unstored);
        let close = if is_passing { CloseCode::TryLater } else { CloseCode::Policy };
        Refusal { close, retry_after_ms: error.retry_after_ms(), ..Refusal::new(error.code(), error.to_string()) }
    })?;
    Ok((room, joined))
}

/// The participant id of a client in a room: the same whenever it comes, so that it is the same one to the others even after a restart
/// of the server. It follows from the client's secret in a way that tells nothing of it.
fn participant_of(context: &SessionContext, hello: &Hello) -> ParticipantId {
    let who = format!("participant {} {} {}", context.room, hello.client_id, hello.client_secret);
    let hash = secret::hash(&who);
    ParticipantId::from_random(hash.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight)))
}

/// What a client gets first.
struct First {
    welcome: Frame,
    /// What goes apart from it, where the transport can do that.
    snapshot: Vec<Frame>,
}

/// How a conversation ended.
enum Ended {
    /// The client left.
    Left,
    /// The connection did: the client may come back.
    Lost,
    /// The client broke a rule that ends the conversation.
    Refused(Refusal),
    /// The room let go of the connection.
    RoomClosed,
}

/// Reads and writes until one side ends it.
async fn converse<R: FrameReader, W: FrameWriter>(
    context: &SessionContext,
    codec: Codec,
    room: &RoomHandle,
    joined: Joined,
    reader: &mut R,
    writer: &mut W,
) -> Farewell {
    let Joined { mut welcome, outbox, guard } = joined;
    let (participant, connection) = (welcome.participant, guard.connection());
    tell_participant(participant);
    tracing::info!("a participant joined");
    let (answers, mut waiting) = mpsc::channel(ANSWERS_CAPACITY);
    let reading = Reading { codec, room, connection, pace: Pace::new(welcome.limits.edits_per_second), answers };
    let snapshot = if writer.writes_apart() { snapshot::take(&mut welcome) } else { Vec::new() };
    let snapshot = snapshot.into_iter().map(|missing| frame_of(codec, &missing.into())).collect();
    let first = First { welcome: frame_of(codec, &welcome.into()), snapshot };
    let ended = tokio::select! {
        ended = reading.run(reader) => ended,
        ended = write(codec, room, connection, &outbox, &mut waiting, first, writer) => ended,
        // The writing side may hang in a write to a client that does not read.
        () = outbox.overflowed() => Ended::RoomClosed,
        () = stopped(&context.shutdown) => Ended::Left,
    };
    // The others see the participant gone, or away, before the connection's last words are written.
    guard.end(match ended {
        Ended::Left | Ended::Refused(_) => Ending::Left,
        Ended::Lost | Ended::RoomClosed => Ending::Lost { silent: reader.silent() },
    });
    tracing::info!("a connection ended");
    let mut last: Vec<_> = std::iter::from_fn(|| waiting.try_recv().ok()).collect();
    let farewell = match ended {
        Ended::Left | Ended::Lost if context.shutdown.is_cancelled() => return Farewell::restart(),
        Ended::Left | Ended::Lost => return Farewell::normal(),
        Ended::Refused(refusal) => {
            last.extend([error_of(refusal.code, refusal.message.clone()), closing(ClosingReason::Error, None)]);
            Farewell::new(refusal.close, refusal.message)
        }
        Ended::RoomClosed if context.shutdown.is_cancelled() => Farewell::restart(),
        Ended::RoomClosed if room.is_gone() => {
            last.push(closing(ClosingReason::RoomRestarted, Some(RELOAD_RETRY_MS)));
            Farewell::restart()
        }
        // It was replaced, and told so, or read so slowly that it must come back with what it has.
        Ended::RoomClosed => Farewell::new(CloseCode::TryLater, "the room let this connection go; come back"),
    };
    let last = last.iter().map(|message| frame_of(codec, message)).collect();
    drop(tokio::time::timeout(FAREWELL_TIMEOUT, writer.write(last)).await);
    farewell
}

/// The reading side of a conversation.
struct Reading<'a> {
    codec: Codec,
    room: &'a RoomHandle,
    connection: ConnectionId,
    pace: Pace,
    /// What this side has the writing side say.
    answers: mpsc::Sender<ServerMessage>,
}

impl Reading<'_> {
    /// Hands what comes to the room, until the client leaves.
    async fn run<R: FrameReader>(self, reader: &mut R) -> Ended {
        loop {
            let frame = match reader.next().await {
                None => return Ended::Left,
                Some(Err(ReadError::Silent | ReadError::Broken(_))) => return Ended::Lost,
                Some(Err(error)) => return Ended::Refused(of_read_error(&error)),
                Some(Ok(frame)) => frame,
            };
            self.pace.wait().await;
            let said = match decode(self.codec, &frame) {
                Ok(ClientMessage::Leave(_)) => return Ended::Left,
                Ok(ClientMessage::Ping(ping)) => {
                    if !self.answer(Pong { nonce: ping.nonce }.into()).await {
                        return Ended::Lost;
                    }
                    continue;
                }
                Ok(message) => self.said(message),
                Err(error) => Err(Box::new(error)),
            };
            match said {
                Ok(said) => {
                    if self.room.say(self.connection, said).await.is_err() {
                        // The room's last words still wait to be written: the writing side ends the conversation after them.
                        std::future::pending::<()>().await;
                    }
                }
                Err(error) => {
                    if !self.answer((*error).into()).await {
                        return Ended::Lost;
                    }
                }
            }
        }
    }

    /// Has the writing side say something; gives false where the client takes no answers any more: it speaks and never reads.
    async fn answer(&self, message: ServerMessage) -> bool {
        tokio::time::timeout(DEAD_AFTER, self.answers.send(message)).await.is_ok()
    }

    /// What a message says to the room, or why it says nothing.
    fn said(&self, message: ClientMessage) -> Result<Said, Box<Error>> {
        let edit = |document, seq, update: protocol::message::Blob, catches_up| {
            Said::Edit(IncomingEdit { document, seq, update: update.0, catches_up })
        };
        Ok(match message {
            ClientMessage::Edit(own) => edit(own.document, own.seq, own.update, false),
            ClientMessage::Difference(all) => edit(all.document, all.seq, all.update, true),
            ClientMessage::SetPresence(set) => Said::Presence(set.presence),
            ClientMessage::RequestSuggestion(ask) => match self.may_talk() {
                Ok(()) => Said::Suggest(ask),
                Err(error) => return Err(Box::new(Error { request: Some(ask.request), ..*error })),
            },
            ClientMessage::EndSuggestion(ending) => self.may_notify().map(|()| Said::EndSuggestion(ending))?,
            ClientMessage::Chat(chat) => self.may_talk().map(|()| Said::Chat(chat))?,
            ClientMessage::Summon(summon) => self.may_summon().map(|()| Said::Summon(summon))?,
            ClientMessage::SetLanguage(set) => self.may_notify().map(|()| Said::Language(set))?,
            ClientMessage::AddDocument(add) => self.may_notify().map(|()| Said::Document(add))?,
            ClientMessage::SetRole(set) => self.may_notify().map(|()| Said::Role(set))?,
            ClientMessage::SetModels(set) => self.may_notify().map(|()| Said::Models(set))?,
            ClientMessage::Hello(_) => {
                let message = "this connection said hello already; the second one changes nothing".to_owned();
                return Err(Box::new(error(ErrorCode::AlreadyWelcomed, message)));
            }
            ClientMessage::Ping(_) | ClientMessage::Leave(_) => {
                return Err(Box::new(error(ErrorCode::Internal, "the session answers this itself".to_owned())));
            }
        })
    }

    /// Whether one more message that everybody is told of is fine.
    fn may_notify(&self) -> Result<(), Box<Error>> {
        if self.pace.may_notify() {
            return Ok(());
        }
        let message = "changes of suggestions, language, documents or roles come too quickly; wait a second".to_owned();
        Err(Box::new(error(ErrorCode::RateLimited, message)))
    }

    fn may_summon(&self) -> Result<(), Box<Error>> {
        if self.pace.may_summon() {
            return Ok(());
        }
        let message = "the others were asked to come just now; wait some seconds before you ask again".to_owned();
        Err(Box::new(error(ErrorCode::RateLimited, message)))
    }

    fn may_talk(&self) -> Result<(), Box<Error>> {
        if self.pace.may_talk() {
            return Ok(());
        }
        let message = "chat messages or suggestions come too quickly; wait a second".to_owned();
        Err(Box::new(error(ErrorCode::RateLimited, message)))
    }
}

/// The writing side: what the room has for the client, and the reading side's answers, until the room lets go.
async fn write<W: FrameWriter>(
    codec: Codec,
    room: &RoomHandle,
    connection: ConnectionId,
    outbox: &OutboxReader,
    answers: &mut mpsc::Receiver<ServerMessage>,
    first: First,
    writer: &mut W,
) -> Ended {
    if writer.write(vec![first.welcome]).await.is_err() {
        return Ended::Lost;
    }
    if !first.snapshot.is_empty() {
        writer.write_apart(first.snapshot);
    }
    let mut signs = tokio::time::interval(KEEP_ALIVE);
    loop {
        let written = tokio::select! {
            taken = outbox.take() => {
                let mut frames: Vec<_> = taken.frames.iter().map(|frame| carry(codec, frame.bytes(codec))).collect();
                frames.extend(taken.receipt.map(|receipt| frame_of(codec, &receipt.into())));
                let presence = taken.presence.iter().map(|(of, frame)| (*of, carry(codec, frame.bytes(codec)))).collect();
                let written = writer.write_with_latest(frames, presence).await;
                if taken.closed {
                    return Ended::RoomClosed;
                }
                if taken.behind && room.caught_up(connection).await.is_err() {
                    return Ended::RoomClosed;
                }
                written
            }
            Some(answer) = answers.recv() => writer.write(vec![frame_of(codec, &answer)]).await,
            _ = signs.tick() => writer.keep_alive().await,
        };
        if written.is_err() {
            return Ended::Lost;
        }
    }
}

/// Tells the client why it may not join.
async fn refuse<W: FrameWriter>(codec: Codec, refusal: Refusal, writer: &mut W) -> Farewell {
    let last = [error_of(refusal.code, refusal.message.clone()), closing(ClosingReason::Error, refusal.retry_after_ms)];
    let frames = last.iter().map(|message| frame_of(codec, message)).collect();
    drop(tokio::time::timeout(FAREWELL_TIMEOUT, writer.write(frames)).await);
    Farewell::new(refusal.close, refusal.message)
}

/// Reads a message; the error is what the client is told.
fn decode(codec: Codec, frame: &Frame) -> Result<ClientMessage, Error> {
    let (bytes, fits) = match frame {
        Frame::Text(bytes) => (bytes, codec == Codec::Json),
        Frame::Binary(bytes) => (bytes, codec == Codec::MessagePack),
    };
    if !fits {
        let wanted = if codec == Codec::Json { "text" } else { "binary" };
        let message = format!("{} takes {wanted} frames only", codec.subprotocol());
        return Err(error(ErrorCode::InvalidMessage, message));
    }
    codec.decode_client(bytes).map_err(|problem| error(problem.code(), problem.to_string()))
}

fn frame_of(codec: Codec, message: &ServerMessage) -> Frame {
    carry(codec, codec.encode_server(message))
}

fn carry(codec: Codec, bytes: Bytes) -> Frame {
    match codec {
        Codec::Json => Frame::Text(bytes),
        Codec::MessagePack => Frame::Binary(bytes),
    }
}

fn error(code: ErrorCode, message: String) -> Error {
    Error { code, message, seq: None, request: None, document: None }
}

fn error_of(code: ErrorCode, message: String) -> ServerMessage {
    error(code, message).into()
}

fn closing(reason: ClosingReason, retry_after_ms: Option<u32>) -> ServerMessage {
    Closing { reason, retry_after_ms }.into()
}

fn of_read_error(error: &ReadError) -> Refusal {
    match error {
        ReadError::TooLarge { .. } => {
            Refusal { close: CloseCode::TooLarge, ..Refusal::new(ErrorCode::FrameTooLarge, error.to_string()) }
        }
        ReadError::Silent | ReadError::Broken(_) => Refusal::new(ErrorCode::InvalidMessage, error.to_string()),
    }
}
