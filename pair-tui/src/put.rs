//! Sets a room's text without a screen: joins as any client does, edits only what differs, waits until that is stored, leaves. Knows
//! neither the editor nor the terminal.

use crate::client::{Connection, ConnectionEvent, ConnectionSettings, Dialer, HelloParts, Outbox, RoomAddress};
use protocol::{
    ByteOffset, ClientId, ClientMessage, Document, DocumentPath, Sequence, ServerMessage,
    document::DocumentError,
    message::{
        Blob, DocumentState,
        client::{Difference, Edit, Leave},
        server::Welcome,
    },
    text::{TextDelta, difference},
};
use std::time::Duration;

/// How long all of it may take.
pub const PUT_TIMEOUT: Duration = Duration::from_secs(30);

/// Why the text was not set.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The room can't be entered.
    #[error("can't join {link}: {reason}")]
    NotJoined {
        /// The room.
        link: String,
        /// Why.
        reason: String,
    },
    /// It took too long.
    #[error("not stored within {} s: {doing}", PUT_TIMEOUT.as_secs())]
    Timeout {
        /// How far it came.
        doing: String,
    },
    /// The text is over the room's limit.
    #[error("the text has {size} bytes, this room takes at most {limit}")]
    TooLarge {
        /// Bytes of the text.
        size: usize,
        /// Permitted bytes.
        limit: usize,
    },
    /// The room does not let this participant edit.
    #[error("you may read this room, not edit it; ask its owner for the right to edit")]
    ReadOnly,
    /// The server refused the edit.
    #[error("the room refused the edit: {0}")]
    Refused(String),
    /// The room's text can't be read.
    #[error("the room's text can't be read")]
    Document(#[from] DocumentError),
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Put {
    /// Places of the text that changed.
    pub changes: usize,
}

/// Who puts.
#[derive(Debug, Clone)]
pub struct PutSettings {
    /// Display name.
    pub name: String,
    /// A random CRDT client id.
    pub client: ClientId,
    /// Proves that the client id is this program's: 16 to 64 random characters.
    pub secret: String,
}

/// Makes `text` the text of the room's default document.
///
/// # Errors
/// [`PutError`]; the room may hold the text all the same where the last word was not heard.
pub async fn put(address: RoomAddress, dialer: Dialer, text: &str, settings: PutSettings) -> Result<Put, PutError> {
    let mut putter = Putter {
        link: address.link(),
        document: Document::new(settings.client),
        settings,
        text,
        path: None,
        outbox: None,
        sent: Sequence::ZERO,
        changes: 0,
        doing: "no answer from the server".to_owned(),
    };
    let mut connection = Connection::open(ConnectionSettings { address, dialer });
    let result = match tokio::time::timeout(PUT_TIMEOUT, putter.run(&mut connection)).await {
        Ok(result) => result,
        Err(_) => Err(PutError::Timeout { doing: putter.doing.clone() }),
    };
    if let Some(outbox) = putter.outbox.take() {
        outbox.send(Leave {}.into());
    }
    connection.close().await;
    result
}

struct Putter<'a> {
    link: String,
    document: Document,
    settings: PutSettings,
    text: &'a str,
    /// The room's default document, once the room said which that is.
    path: Option<DocumentPath>,
    outbox: Option<Outbox>,
    sent: Sequence,
    changes: usize,
    doing: String,
}

impl Putter<'_> {
    async fn run(&mut self, connection: &mut Connection) -> Result<Put, PutError> {
        while let Some(event) = connection.next().await {
            match event {
                ConnectionEvent::Connecting => {}
                // Where nobody waits any more, the attempt is over already.
                ConnectionEvent::HelloWanted(answer) => drop(answer.send(self.hello())),
                ConnectionEvent::Welcomed { welcome, outbox, .. } => {
                    self.outbox = Some(outbox);
                    self.welcomed(*welcome)?;
                    if self.sent == Sequence::ZERO {
                        return Ok(Put { changes: 0 });
                    }
                }
                ConnectionEvent::Message(message) => {
                    if self.is_done(*message)? {
                        return Ok(Put { changes: self.changes });
                    }
                }
                ConnectionEvent::Disconnected { reason, retry_in: None, .. } => {
                    return Err(PutError::NotJoined { link: self.link.clone(), reason });
                }
                ConnectionEvent::Disconnected { reason, retry_in: Some(_), .. } => {
                    self.outbox = None;
                    self.doing = reason;
                }
            }
        }
        Err(PutError::NotJoined { link: self.link.clone(), reason: self.doing.clone() })
    }

    fn hello(&self) -> HelloParts {
        let state = |path: &DocumentPath| DocumentState {
            document: path.clone(),
            state_vector: self.document.state_vector().into(),
        };
        HelloParts {
            name: self.settings.name.clone(),
            color: None,
            client: self.settings.client,
            secret: self.settings.secret.clone(),
            formerly: Vec::new(),
            documents: self.path.iter().map(state).collect(),
        }
    }

    /// The first time: edits what differs. After a lost connection: sends what the room has not received.
    fn welcomed(&mut self, welcome: Welcome) -> Result<(), PutError> {
        if self.text.len() > welcome.limits.document_bytes {
            return Err(PutError::TooLarge { size: self.text.len(), limit: welcome.limits.document_bytes });
        }
        if !welcome.role.may_edit() {
            return Err(PutError::ReadOnly);
        }
        self.doing = welcome.storage.problem.map_or_else(
            || "the server has not stored the edit yet".to_owned(),
            |problem| format!("the server can't store edits now: {problem}"),
        );
        let came_back = self.path.is_some();
        let Some(first) = welcome.documents.into_iter().next() else {
            return Err(PutError::Refused("it has no document".to_owned()));
        };
        self.path = Some(first.document);
        if !first.difference.is_empty() {
            self.document.apply_trusted(&first.difference)?;
        }
        self.sent = Sequence::ZERO;
        if came_back {
            let update = Blob::from(self.document.difference(&first.state_vector)?);
            self.send(|document, seq| Difference { document, seq, update }.into());
            return Ok(());
        }
        let delta = difference(&self.document.text(), self.text, None);
        self.changes = delta.splices.len();
        self.edit(delta)
    }

    fn edit(&mut self, delta: TextDelta) -> Result<(), PutError> {
        for splice in delta.splices {
            let range = splice.at..ByteOffset(splice.at.0 + splice.removed);
            let update = Blob::from(self.document.edit(range, &splice.inserted, 0)?);
            self.send(|document, seq| Edit { document, seq, update }.into());
        }
        Ok(())
    }

    fn send(&mut self, message: impl FnOnce(DocumentPath, Sequence) -> ClientMessage) {
        if let (Some(outbox), Some(path)) = (&self.outbox, &self.path) {
            self.sent = self.sent.next();
            outbox.send(message(path.clone(), self.sent));
        }
    }

    fn is_done(&mut self, message: ServerMessage) -> Result<bool, PutError> {
        match message {
            ServerMessage::Error(error) if error.seq.is_some() => return Err(PutError::Refused(error.message)),
            ServerMessage::Receipt(receipt) => return Ok(receipt.durable >= self.sent),
            ServerMessage::StorageState(state) => {
                if let Some(problem) = state.problem {
                    self.doing = format!("the server can't store edits now: {problem}");
                }
            }
            // Others' edits belong to what a later difference is made from.
            ServerMessage::Edited(edited) if Some(&edited.document) == self.path.as_ref() => {
                self.document.apply_trusted(&edited.update)?;
            }
            ServerMessage::Missing(missing) if Some(&missing.document) == self.path.as_ref() => {
                self.document.apply_trusted(&missing.update)?;
            }
            _ => {}
        }
        Ok(false)
    }
}
