//! `pair-server rooms`: what an operator does with single rooms. Knows storage's trait and the documents in it; no SQL, no endpoint.

use crate::{
    clock,
    storage::{self, Storage, StorageError, StoredChat, StoredDocument, StoredRoom, url::DatabaseUrl},
};
use clap::Subcommand;
use protocol::{ClientId, Document, RoomId};
use std::{
    fmt::Display,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Chat messages that `show` prints.
const CHAT_SHOWN: usize = 10;

/// What can be done with rooms.
#[derive(Debug, Clone, Subcommand)]
pub enum RoomsCommand {
    /// Lists every room: its id, the last change, its author, bytes of text, documents, and updates in the log.
    ///
    /// A running server is not disturbed; what it has not stored yet is not seen.
    List,
    /// Shows one room: its documents, its language, who may do what, and the last chat messages.
    Show {
        /// The room's id.
        room: RoomId,
    },
    /// Writes a room's documents as files into a folder, and its chat beside them.
    Export {
        /// The room's id.
        room: RoomId,
        /// The folder; it is made where it is missing. Files that are there already are left alone.
        folder: PathBuf,
    },
    /// Deletes a room for good, with its documents and its chat.
    ///
    /// Where the database is a file, no server may be using it. Where several servers share it, none may have the room open: --closed says that
    /// you have seen to that.
    Delete {
        /// The room's id.
        room: RoomId,
        /// Nobody is in the room, and none of the servers that share the database has it in memory.
        #[arg(long)]
        closed: bool,
    },
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum RoomsError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// There is no such room.
    #[error("there is no room {0}; `pair-server rooms list` names those that there are")]
    NotFound(RoomId),
    /// Somebody may be in the room.
    #[error(
        "room {0} may be open on a server that shares this database; when it is not (nobody was in it for PAIR_IDLE_ROOM_SECONDS), \
         say so with --closed"
    )]
    MayBeOpen(RoomId),
    /// What is stored of a document is damaged.
    #[error("document {document} of room {room} can't be read: {reason}")]
    Damaged {
        /// Which room.
        room: RoomId,
        /// Which document.
        document: String,
        /// What is wrong.
        reason: String,
    },
    /// A file is in the way.
    #[error("{0} is there already; export into another folder")]
    Exists(PathBuf),
    /// Something can't be written.
    #[error("can't write {what}: {reason}")]
    Write {
        /// What.
        what: String,
        /// What the system said.
        reason: io::Error,
    },
}

/// Carries out a command, and prints what it found.
///
/// # Errors
/// [`RoomsError`] names the room or the file, and what to do.
pub async fn run(command: &RoomsCommand, database: &DatabaseUrl, out: &mut impl Write) -> Result<(), RoomsError> {
    let changes = matches!(command, RoomsCommand::Delete { .. });
    let storage =
        if changes { storage::open_existing(database).await? } else { storage::open_to_read(database).await? };
    let mut out = Lines(out);
    let done = match command {
        RoomsCommand::List => list(&storage, &mut out).await,
        RoomsCommand::Show { room } => show(&storage, room, &mut out).await,
        RoomsCommand::Export { room, folder } => export(&storage, room, folder, &mut out).await,
        RoomsCommand::Delete { room, closed } => delete(&storage, room, *closed, &mut out).await,
    };
    storage.close().await;
    done
}

/// Where lines are printed, each as soon as it is known.
struct Lines<'a, W>(&'a mut W);

impl<W: Write> Lines<'_, W> {
    fn push(&mut self, line: impl Display) -> Result<(), RoomsError> {
        writeln!(self.0, "{line}").map_err(|reason| RoomsError::Write { what: "to standard output".to_owned(), reason })
    }
}

async fn list(storage: &Arc<dyn Storage>, out: &mut Lines<'_, impl Write>) -> Result<(), RoomsError> {
    let mut after = None;
    loop {
        let page = storage.rooms(after).await?;
        let Some(last) = page.last().cloned() else { return Ok(()) };
        for room in page {
            match storage.load(room.clone()).await {
                Ok(Some(stored)) => out.push(listed(&room, &stored))?,
                // One that was deleted meanwhile is no room any more.
                Ok(None) => {}
                // The others can be read all the same.
                Err(StorageError::Corrupt { reason, .. }) => out.push(format!("{room}\tdamaged: {reason}"))?,
                Err(error) => return Err(error.into()),
            }
        }
        after = Some(last);
    }
}

/// A room's line in the list.
fn listed(room: &RoomId, stored: &StoredRoom) -> String {
    let bytes = stored
        .documents
        .iter()
        .map(|document| text_of(room, document).map(|text| text.len()))
        .sum::<Result<usize, _>>();
    let bytes = bytes.map_or_else(|_| "damaged".to_owned(), |bytes| format!("{bytes} bytes"));
    format!(
        "{room}\t{}\t{}\t{bytes}\t{} documents\t{} updates",
        clock::iso_8601(stored.meta.updated_ms),
        shown(stored.meta.last_author.as_deref().unwrap_or("-")),
        stored.documents.len(),
        stored.log.length,
    )
}

async fn show(storage: &Arc<dyn Storage>, room: &RoomId, out: &mut Lines<'_, impl Write>) -> Result<(), RoomsError> {
    let stored = storage.load(room.clone()).await?.ok_or_else(|| RoomsError::NotFound(room.clone()))?;
    let meta = &stored.meta;
    let author = shown(meta.last_author.as_deref().unwrap_or("nobody yet"));
    out.push(format!("room       {room}"))?;
    out.push(format!("changed    {} by {author}", clock::iso_8601(meta.updated_ms)))?;
    out.push(format!("language   {}", meta.language))?;
    let owner = if meta.owner_token.is_some() { "an owner with a token" } else { "no owner" };
    out.push(format!("access     guests are {}s, {owner}", meta.guest_role))?;
    let (updates, clients) = (stored.log.length, stored.claims.len());
    out.push(format!("log        {updates} updates beyond the snapshots, {clients} clients known"))?;
    for document in &stored.documents {
        out.push(match text_of(room, document) {
            Ok(text) => {
                format!("document   {}\t{} bytes\t{} lines", document.path, text.len(), text.lines().count())
            }
            Err(error) => format!("document   {}\tdamaged: {error}", document.path),
        })?;
    }
    for chat in stored.chat.iter().rev().take(CHAT_SHOWN).rev() {
        out.push(format!("chat       {} {}: {}", clock::iso_8601(chat.at_ms), shown(&chat.name), shown(&chat.text)))?;
    }
    Ok(())
}

async fn export(
    storage: &Arc<dyn Storage>,
    room: &RoomId,
    folder: &Path,
    out: &mut Lines<'_, impl Write>,
) -> Result<(), RoomsError> {
    let stored = storage.export(room.clone()).await?.ok_or_else(|| RoomsError::NotFound(room.clone()))?;
    let (mut files, mut damaged) = (Vec::new(), None);
    for document in &stored.documents {
        match text_of(room, document) {
            Ok(text) => files.push((folder.join(file_name(document, &stored.documents)), text)),
            Err(error) => damaged = damaged.or(Some(error)),
        }
    }
    let line =
        |chat: &StoredChat| format!("{}\t{}\t{}\n", clock::iso_8601(chat.at_ms), shown(&chat.name), shown(&chat.text));
    let chat = stored.chat.iter().map(line).collect::<Vec<_>>().concat();
    if !chat.is_empty() {
        files.push((folder.join(format!("{room}.chat.tsv")), chat));
    }
    if let Some((taken, _)) = files.iter().find(|(file, _)| file.exists()) {
        return Err(RoomsError::Exists(taken.clone()));
    }
    for (file, text) in files {
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::File::create_new(&file));
        let written = written.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|reason| RoomsError::Write { what: file.display().to_string(), reason })?;
        out.push(file.display())?;
    }
    // Whatever can be read is there by now.
    damaged.map_or(Ok(()), Err)
}

/// Where a document goes below the folder; paths of documents are relative and stay there (see `DocumentPath`). One whose path is a folder
/// of another document gets an ending: a file system has one or the other.
fn file_name(document: &StoredDocument, all: &[StoredDocument]) -> String {
    let mut name = document.path.to_string();
    let is_folder = |name: &str| {
        let folder = format!("{name}/");
        all.iter().any(|other| other.path.as_str().starts_with(&folder))
    };
    let is_taken = |name: &str| all.iter().any(|other| other.path.as_str() == name);
    while is_folder(&name) || (name != document.path.as_str() && is_taken(&name)) {
        name.push_str(".file");
    }
    name
}

async fn delete(
    storage: &Arc<dyn Storage>,
    room: &RoomId,
    closed: bool,
    out: &mut Lines<'_, impl Write>,
) -> Result<(), RoomsError> {
    if storage.is_shared() && !closed {
        return Err(RoomsError::MayBeOpen(room.clone()));
    }
    if !storage.delete(room.clone()).await? {
        return Err(RoomsError::NotFound(room.clone()));
    }
    out.push(format!("room {room} is deleted"))
}

/// A document's text.
fn text_of(room: &RoomId, document: &StoredDocument) -> Result<String, RoomsError> {
    let mut read = Document::new(ClientId::from_random_32(0));
    for update in document.updates() {
        read.apply_trusted(update).map_err(|error| RoomsError::Damaged {
            room: room.clone(),
            document: document.path.to_string(),
            reason: error.to_string(),
        })?;
    }
    Ok(read.text())
}

/// A text of somebody's in one line, without what a terminal would take for a command.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
