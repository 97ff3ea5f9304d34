//! Frames: a message encoded once per codec and shared by every connection. Knows no room and no socket.

use bytes::Bytes;
use protocol::{
    DocumentPath, ServerMessage,
    codec::Codec,
    plain,
    yjs::{self, awareness::AwarenessEntry},
};
use ropey::Rope;
use std::sync::{Arc, OnceLock};

/// A message to any number of connections; encoded when the first one of a codec needs it.
#[derive(Debug)]
pub struct Frame {
    message: ServerMessage,
    cost: usize,
    messagepack: OnceLock<Bytes>,
    json: OnceLock<Bytes>,
    yjs_update: OnceLock<Bytes>,
    /// Of a Yjs client's presence: the same as it came, for the other Yjs clients of its document.
    awareness: Option<(DocumentPath, AwarenessEntry)>,
}

/// Bytes that a frame is taken to cost beside what it carries.
const FRAME_OVERHEAD: usize = 128;

impl Frame {
    /// A frame of a message. `payload` is about how many bytes it carries, for the bounds of outboxes.
    pub fn new(message: impl Into<ServerMessage>, payload: usize) -> Arc<Self> {
        Arc::new(Self::of(message.into(), payload, None))
    }

    /// A frame of a Yjs client's presence.
    pub fn with_awareness(
        message: impl Into<ServerMessage>,
        document: DocumentPath,
        entry: AwarenessEntry,
    ) -> Arc<Self> {
        let payload = 256 + entry.state.as_ref().map_or(0, String::len);
        Arc::new(Self::of(message.into(), payload, Some((document, entry))))
    }

    fn of(message: ServerMessage, payload: usize, awareness: Option<(DocumentPath, AwarenessEntry)>) -> Self {
        Self {
            message,
            cost: payload + FRAME_OVERHEAD,
            messagepack: OnceLock::new(),
            json: OnceLock::new(),
            yjs_update: OnceLock::new(),
            awareness,
        }
    }

    /// The message.
    pub fn message(&self) -> &ServerMessage {
        &self.message
    }

    /// A Yjs client's presence as it came, and in which document.
    pub fn awareness(&self) -> Option<&(DocumentPath, AwarenessEntry)> {
        self.awareness.as_ref()
    }

    /// An update of a document as Yjs clients of it read it; none of other documents or other messages.
    pub fn yjs_update(&self, of: &DocumentPath) -> Option<Bytes> {
        let (document, update) = match &self.message {
            ServerMessage::Edited(edited) => (&edited.document, &edited.update),
            ServerMessage::Missing(missing) => (&missing.document, &missing.update),
            _ => return None,
        };
        (document == of).then(|| self.yjs_update.get_or_init(|| yjs::update(update)).clone())
    }

    /// The frame's bytes in a codec.
    pub fn bytes(&self, codec: Codec) -> Bytes {
        let slot = match codec {
            Codec::MessagePack => &self.messagepack,
            Codec::Json => &self.json,
        };
        slot.get_or_init(|| codec.encode_server(&self.message)).clone()
    }

    /// About how many bytes of memory the frame holds.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }
}

/// A frame to any number of plain clients; a whole text becomes JSON when the first client takes it, so that texts which nobody
/// gets to see cost nothing.
#[derive(Debug)]
pub struct PlainFrame {
    content: PlainContent,
    json: OnceLock<Bytes>,
}

#[derive(Debug)]
enum PlainContent {
    Participants(usize),
    FirstSync { text: Rope, language: String },
    Sync { text: Rope, author: Option<String> },
}

impl PlainFrame {
    /// How many connections the room has.
    pub(super) fn participants(count: usize) -> Arc<Self> {
        Self::of(PlainContent::Participants(count))
    }

    /// The text for a new connection.
    pub(super) fn first_sync(text: Rope, language: String) -> Arc<Self> {
        Self::of(PlainContent::FirstSync { text, language })
    }

    /// The text after a change.
    pub(super) fn sync(text: Rope, author: Option<String>) -> Arc<Self> {
        Self::of(PlainContent::Sync { text, author })
    }

    fn of(content: PlainContent) -> Arc<Self> {
        Arc::new(Self { content, json: OnceLock::new() })
    }

    /// Whether the frame is the first text that a connection gets.
    pub(super) fn is_first(&self) -> bool {
        matches!(self.content, PlainContent::FirstSync { .. })
    }

    /// Bytes of the text that the frame carries; 0 for others.
    pub(super) fn text_bytes(&self) -> usize {
        match &self.content {
            PlainContent::Participants(_) => 0,
            PlainContent::FirstSync { text, .. } | PlainContent::Sync { text, .. } => text.len_bytes(),
        }
    }

    /// Whether the frame carries a whole text.
    pub fn is_text(&self) -> bool {
        !matches!(self.content, PlainContent::Participants(_))
    }

    /// The frame as JSON.
    pub fn json(&self) -> Bytes {
        let render = || match &self.content {
            PlainContent::Participants(count) => plain::participants(*count),
            PlainContent::FirstSync { text, language } => plain::first_sync(&text.to_string(), language),
            PlainContent::Sync { text, author } => plain::sync(&text.to_string(), author.as_deref()),
        };
        self.json.get_or_init(|| render().into()).clone()
    }
}
