//! A conversation with a provider of y-websocket: it is asked for what the room lacks, given what it lacks, and then both send what
//! is new. Knows the frames of that dialect and the room's handle; what the others look like is `yjs/peers`.

use super::{
    FAREWELL_TIMEOUT, Farewell, Session, SessionContext, new_participant, pace::Pace, stopped, tell_participant,
};
use crate::{
    room::{
        effect::ConnectionId,
        handle::{RoomGone, RoomHandle, yjs::YjsJoined},
        outbox::OutboxReader,
        registry::OpenError,
        state::{
            JoinError,
            yjs::{YjsJoin, YjsRefusal},
        },
    },
    secret,
    transport::{CloseCode, DEAD_AFTER, Frame, FrameReader, FrameWriter, KEEP_ALIVE, ReadError},
};
use bytes::Bytes;
use peers::Peers;
use protocol::{
    DocumentPath, ParticipantId,
    yjs::{self, YjsMessage},
};
use std::time::Duration;
use tokio::{sync::mpsc, time::Instant};

mod peers;

/// Answers that may wait for the writing side. When it is full, the connection is not read until there is room.
const ANSWERS_CAPACITY: usize = 64;

/// Everybody's awareness is sent again this often: providers take whoever they heard nothing of for 30 s for gone, and a server
/// from which nothing came for that long for dead.
const RENEWAL: Duration = Duration::from_secs(10);

/// The least pause between two questions for everything that the room lacks.
const RESYNC_PAUSE: Duration = Duration::from_millis(500);

/// How often in a row everything may come and still not fit.
const RESYNCS_MAX: u32 = 6;

/// The least pause between two sentences about what is forbidden: a viewer who types gets one for many keys.
const DENIAL_PAUSE: Duration = Duration::from_secs(5);

/// What the address of the connection says.
#[derive(Debug, Clone)]
pub(crate) struct YjsRequest {
    /// Which document; none: the default one.
    pub(crate) document: Option<DocumentPath>,
    /// An access token.
    pub(crate) token: Option<String>,
}

/// What the reading side has the writing side say.
#[derive(Debug)]
enum Answer {
    Frame(Bytes),
    /// Everybody's awareness.
    Everybody,
}

/// Holds one conversation, until one side closes it.
pub(crate) async fn run<R: FrameReader, W: FrameWriter>(session: Session<R, W>, request: YjsRequest) {
    let Session { context, mut reader, mut writer } = session;
    let farewell = match join(&context, &request).await {
        Ok((room, joined)) => Box::pin(converse(&context, &room, joined, &mut reader, &mut writer)).await,
        Err(farewell) => farewell,
    };
    writer.close(farewell.code, &farewell.reason).await;
}

async fn join(context: &SessionContext, request: &YjsRequest) -> Result<(RoomHandle, YjsJoined), Farewell> {
    let busy = |error: String| Farewell::new(CloseCode::TryLater, error);
    let participant = new_participant().map_err(|error| busy(error.to_string()))?;
    let token = request.token.as_deref().map(secret::hash);
    let joined = context
        .with_room(|room| {
            let join = YjsJoin { participant, document: request.document.clone(), token };
            async move { room.join_yjs(join).await }
        })
        .await;
    let (room, joined) = joined.map_err(|error| match error {
        OpenError::NotFound(_) => Farewell::new(CloseCode::Refused, error.to_string()),
        error => busy(error.to_string()),
    })?;
    let joined = joined.map_err(|error| match error {
        // Providers stop for good on any other code, and storage may be back in a moment.
        JoinError::Full(_) | JoinError::Unstored => busy(error.to_string()),
        _ => Farewell::new(CloseCode::Refused, error.to_string()),
    })?;
    Ok((room, joined))
}

/// Reads and writes until one side ends it.
async fn converse<R: FrameReader, W: FrameWriter>(
    context: &SessionContext,
    room: &RoomHandle,
    joined: YjsJoined,
    reader: &mut R,
    writer: &mut W,
) -> Farewell {
    let YjsJoined { participant, welcome, outbox, guard } = joined;
    tell_participant(participant);
    tracing::info!(document = %welcome.document, "a Yjs client joined");
    let (answers, mut queued) = mpsc::channel(ANSWERS_CAPACITY);
    let first = yjs::sync_step_1(&welcome.state_vector);
    let mut outgoing = Writing { room, participant, peers: Peers::new(welcome.document, welcome.others) };
    let mut incoming = Reading {
        room,
        participant,
        pace: Pace::new(context.registry.limits().edits_per_second),
        answers,
        asked: Instant::now(),
        ask_at: None,
        misfits: 0,
        denied: None,
    };
    let farewell = tokio::select! {
        farewell = incoming.run(reader) => farewell,
        farewell = outgoing.run(first, &outbox, &mut queued, writer) => farewell,
        // The writing side may hang in a write to a client that does not read.
        () = outbox.overflowed() => Farewell::new(CloseCode::TryLater, "the connection was read too slowly; come back"),
        () = stopped(&context.shutdown) => Farewell::restart(),
    };
    drop(guard);
    tracing::info!(reason = %farewell.reason, "a Yjs client left");
    let last = std::iter::from_fn(|| queued.try_recv().ok()).filter_map(|answer| match answer {
        Answer::Frame(frame) => Some(Frame::Binary(frame)),
        Answer::Everybody => None,
    });
    drop(tokio::time::timeout(FAREWELL_TIMEOUT, writer.write(last.collect())).await);
    farewell
}

/// The reading side of a conversation.
struct Reading<'a> {
    room: &'a RoomHandle,
    participant: ParticipantId,
    pace: Pace,
    answers: mpsc::Sender<Answer>,
    /// When the client was last asked for everything that the room lacks.
    asked: Instant,
    /// When it must be asked again.
    ask_at: Option<Instant>,
    /// How often in a row everything came and did not fit.
    misfits: u32,
    /// When the client was last told that something is forbidden.
    denied: Option<Instant>,
}

/// Why the reading side stops.
enum Stop {
    Farewell(Farewell),
    /// The room is gone: what it still had for the client is written first, and the writing side then ends the conversation.
    RoomGone,
}

impl From<RoomGone> for Stop {
    fn from(_: RoomGone) -> Self {
        Self::RoomGone
    }
}

impl From<Farewell> for Stop {
    fn from(farewell: Farewell) -> Self {
        Self::Farewell(farewell)
    }
}

impl Reading<'_> {
    /// Hands what comes to the room, until the client leaves or sends what can't be taken.
    async fn run<R: FrameReader>(&mut self, reader: &mut R) -> Farewell {
        loop {
            let ask_at = self.ask_at;
            let ask = async {
                match ask_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let done = tokio::select! {
                frame = reader.next() => match frame {
                    None | Some(Err(ReadError::Silent | ReadError::Broken(_))) => return Farewell::normal(),
                    Some(Err(error @ ReadError::TooLarge { .. })) => {
                        return Farewell::new(CloseCode::TooLarge, error.to_string());
                    }
                    Some(Ok(frame)) => self.frame(&frame).await,
                },
                () = ask => self.ask_for_everything().await,
            };
            match done {
                Ok(()) => {}
                Err(Stop::Farewell(farewell)) => return farewell,
                Err(Stop::RoomGone) => std::future::pending().await,
            }
        }
    }

    async fn frame(&mut self, frame: &Frame) -> Result<(), Stop> {
        self.pace.wait().await;
        let Frame::Binary(bytes) = frame else {
            return Err(Farewell::new(CloseCode::Unsupported, "the frame is text; y-websocket sends bytes").into());
        };
        let message = yjs::read(bytes).map_err(|error| Farewell::new(CloseCode::Unsupported, error.to_string()))?;
        match message {
            YjsMessage::SyncStep1(known) => self.send_difference(known).await,
            YjsMessage::SyncStep2(update) => self.update(update, true).await,
            YjsMessage::Update(update) => self.update(update, false).await,
            YjsMessage::Awareness(entries) => Ok(self.room.yjs_awareness(self.participant, entries).await?),
            YjsMessage::QueryAwareness => self.answer(Answer::Everybody).await,
            YjsMessage::Auth => Ok(()),
        }
    }

    async fn send_difference(&mut self, known: Bytes) -> Result<(), Stop> {
        self.pace.wait_to_talk().await;
        let difference = self.room.yjs_difference(self.participant, known).await?;
        let update = difference.map_err(|error| Farewell::new(CloseCode::Unsupported, error.to_string()))?;
        self.answer(Answer::Frame(yjs::sync_step_2(&update))).await
    }

    async fn update(&mut self, update: Bytes, everything: bool) -> Result<(), Stop> {
        match self.room.yjs_update(self.participant, update, everything).await? {
            Ok(()) => {
                self.misfits = 0;
                Ok(())
            }
            Err(YjsRefusal::Never(reason)) => Err(Farewell::new(CloseCode::Refused, reason).into()),
            Err(YjsRefusal::Forbidden(reason)) => self.deny(&reason).await,
            Err(YjsRefusal::NotYet(reason)) => {
                self.misfits += u32::from(everything);
                if self.misfits > RESYNCS_MAX {
                    return Err(Farewell::new(CloseCode::Refused, reason).into());
                }
                self.ask_at = Some(self.asked + RESYNC_PAUSE);
                Ok(())
            }
        }
    }

    /// Asks the client for everything that the room lacks.
    async fn ask_for_everything(&mut self) -> Result<(), Stop> {
        self.ask_at = None;
        self.asked = Instant::now();
        let known = self.room.yjs_state_vector(self.participant).await?;
        self.answer(Answer::Frame(yjs::sync_step_1(&known))).await
    }

    /// Tells the client that it may not do what it did.
    async fn deny(&mut self, reason: &str) -> Result<(), Stop> {
        if self.denied.is_some_and(|at| at.elapsed() < DENIAL_PAUSE) {
            return Ok(());
        }
        self.denied = Some(Instant::now());
        self.answer(Answer::Frame(yjs::permission_denied(reason))).await
    }

    /// Has the writing side say something. A client that takes no answers is as good as dead: it speaks and never reads.
    async fn answer(&self, answer: Answer) -> Result<(), Stop> {
        match tokio::time::timeout(DEAD_AFTER, self.answers.send(answer)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Farewell::normal().into()),
        }
    }
}

/// The writing side of a conversation.
struct Writing<'a> {
    room: &'a RoomHandle,
    participant: ParticipantId,
    peers: Peers,
}

impl Writing<'_> {
    /// Writes what the room has for the client, and the reading side's answers, until the room lets go.
    async fn run<W: FrameWriter>(
        &mut self,
        first: Bytes,
        outbox: &OutboxReader,
        answers: &mut mpsc::Receiver<Answer>,
        writer: &mut W,
    ) -> Farewell {
        let first = vec![Frame::Binary(first), Frame::Binary(self.peers.everybody())];
        if writer.write(first).await.is_err() {
            return Farewell::normal();
        }
        let mut signs = tokio::time::interval(KEEP_ALIVE);
        let mut renewal = tokio::time::interval_at(Instant::now() + RENEWAL, RENEWAL);
        loop {
            let written = tokio::select! {
                taken = outbox.take() => {
                    let all = taken.frames.iter().chain(taken.presence.iter().map(|(_, frame)| frame));
                    let frames: Vec<_> = all.filter_map(|frame| self.peers.frame(frame)).map(Frame::Binary).collect();
                    let written = if frames.is_empty() { Ok(()) } else { writer.write(frames).await };
                    if taken.closed {
                        return self.let_go();
                    }
                    if taken.behind && self.room.caught_up(ConnectionId::of(self.participant)).await.is_err() {
                        return Farewell::restart();
                    }
                    written
                }
                Some(answer) = answers.recv() => {
                    let frame = match answer {
                        Answer::Frame(frame) => frame,
                        Answer::Everybody => self.peers.everybody(),
                    };
                    writer.write(vec![Frame::Binary(frame)]).await
                }
                _ = renewal.tick() => writer.write(vec![Frame::Binary(self.peers.everybody())]).await,
                _ = signs.tick() => writer.keep_alive().await,
            };
            if written.is_err() {
                return Farewell::normal();
            }
        }
    }

    /// How the conversation ends when the room has let go of it.
    fn let_go(&self) -> Farewell {
        if self.room.is_gone() {
            return Farewell::restart();
        }
        Farewell::new(CloseCode::TryLater, "this client is here on a newer connection, or read too slowly")
    }
}
