//! A conversation in whole texts: frames of JSON, see the contract's first part. Knows the plain messages and the room's handle.

use super::{
    FAREWELL_TIMEOUT, Farewell, Session, SessionContext, new_participant, pace::Pace, stopped, tell_participant,
};
use crate::{
    room::{
        handle::{PlainJoined, PresenceGuard, RoomHandle},
        outbox::{PLAIN_TEXT_PAUSE, PlainOutboxReader},
    },
    transport::{CloseCode, DEAD_AFTER, Frame, FrameReader, FrameWriter, KEEP_ALIVE, ReadError},
};
use bytes::Bytes;
use protocol::{
    ParticipantId,
    plain::{self, PlainMessage},
};
use tokio::{sync::mpsc, time::Instant};

/// Errors that may wait for the writing side. When it is full, the connection is not read until there is room.
const ANSWERS_CAPACITY: usize = 8;

/// Holds one conversation, until one side closes it.
pub(crate) async fn run<R: FrameReader, W: FrameWriter>(session: Session<R, W>) {
    let Session { context, mut reader, mut writer } = session;
    let farewell = match join(&context).await {
        Ok((room, joined, guard)) => converse(&context, &room, joined, guard, &mut reader, &mut writer).await,
        Err(farewell) => farewell,
    };
    writer.close(farewell.code, &farewell.reason).await;
}

async fn join(context: &SessionContext) -> Result<(RoomHandle, PlainJoined, PresenceGuard), Farewell> {
    let busy = |error: String| Farewell::new(CloseCode::TryLater, error);
    let participant = new_participant().map_err(|error| busy(error.to_string()))?;
    let joined = context.with_room(|room| async move { room.join_plain(participant).await }).await;
    let (room, joined) = joined.map_err(|error| busy(error.to_string()))?;
    let (joined, guard) = joined.map_err(|error| busy(error.to_string()))?;
    Ok((room, joined, guard))
}

/// Reads and writes until one side ends it.
async fn converse<R: FrameReader, W: FrameWriter>(
    context: &SessionContext,
    room: &RoomHandle,
    joined: PlainJoined,
    guard: PresenceGuard,
    reader: &mut R,
    writer: &mut W,
) -> Farewell {
    let participant = joined.participant;
    tell_participant(participant);
    tracing::info!("a plain client joined");
    let (answers, mut waiting) = mpsc::channel(ANSWERS_CAPACITY);
    let pace = Pace::new(context.registry.limits().edits_per_second);
    let farewell = tokio::select! {
        farewell = read(room, participant, &pace, &answers, reader) => farewell,
        farewell = write(&joined.outbox, &mut waiting, writer) => farewell,
        // The writing side may hang in a write to a client that does not read.
        () = stopped(&context.shutdown) => return Farewell::restart(),
    };
    drop(guard);
    tracing::info!("a plain client left");
    let last = std::iter::from_fn(|| waiting.try_recv().ok()).map(Frame::Text).collect();
    drop(tokio::time::timeout(FAREWELL_TIMEOUT, writer.write(last)).await);
    farewell
}

/// Hands the client's texts to the room.
async fn read<R: FrameReader>(
    room: &RoomHandle,
    participant: ParticipantId,
    pace: &Pace,
    answers: &mpsc::Sender<Bytes>,
    reader: &mut R,
) -> Farewell {
    loop {
        let frame = match reader.next().await {
            None | Some(Err(ReadError::Silent | ReadError::Broken(_))) => return Farewell::normal(),
            Some(Err(error @ ReadError::TooLarge { .. })) => {
                return Farewell::new(CloseCode::TooLarge, error.to_string());
            }
            Some(Ok(frame)) => frame,
        };
        pace.wait().await;
        let update = match message_of(&frame) {
            Ok(PlainMessage::Update(update)) => update,
            Ok(PlainMessage::Other) => continue,
            Err(reason) => return Farewell::new(CloseCode::Unsupported, reason),
        };
        match room.plain_update(participant, update).await {
            Ok(Ok(())) => {}
            // Its text stays with the client, and counts once it fits. A client that never reads its errors is as good as dead.
            Ok(Err(refusal)) => {
                let error = plain::error(&refusal.code(), &refusal.to_string());
                if tokio::time::timeout(DEAD_AFTER, answers.send(error.into())).await.is_err() {
                    return Farewell::normal();
                }
            }
            // What the room still had for the client is written first; the writing side then ends the conversation.
            Err(_gone) => std::future::pending().await,
        }
    }
}

/// Reads a message; the error is the reason for the close.
fn message_of(frame: &Frame) -> Result<PlainMessage, String> {
    let Frame::Text(bytes) = frame else {
        return Err("the frame is binary; send JSON as text".to_owned());
    };
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    plain::read(text).map_err(|error| error.to_string())
}

/// Writes what the room has for the client, until the room lets go.
async fn write<W: FrameWriter>(
    outbox: &PlainOutboxReader,
    answers: &mut mpsc::Receiver<Bytes>,
    writer: &mut W,
) -> Farewell {
    let mut signs = tokio::time::interval(KEEP_ALIVE);
    let mut pause_over = Instant::now();
    loop {
        let next = async {
            tokio::time::sleep_until(pause_over).await;
            outbox.take().await
        };
        let written = tokio::select! {
            taken = next => match taken {
                Some(frame) => {
                    if frame.is_text() {
                        pause_over = Instant::now() + PLAIN_TEXT_PAUSE;
                    }
                    writer.write(vec![Frame::Text(frame.json())]).await
                }
                None => return Farewell::restart(),
            },
            Some(answer) = answers.recv() => writer.write(vec![Frame::Text(answer)]).await,
            _ = signs.tick() => writer.keep_alive().await,
        };
        if written.is_err() {
            return Farewell::normal();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_frames_of_json_are_read() {
        let update = message_of(&Frame::Text(r#"{"code":"x"}"#.into()));
        assert!(matches!(update, Ok(PlainMessage::Update(_))));
        assert!(matches!(message_of(&Frame::Text("[1]".into())), Ok(PlainMessage::Other)));
        assert!(message_of(&Frame::Text("hello".into())).is_err());
        assert!(message_of(&Frame::Binary(r#"{"code":"x"}"#.into())).is_err());
    }
}
