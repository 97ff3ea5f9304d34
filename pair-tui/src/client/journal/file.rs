//! The folder of journals: finding, locking, reading and setting aside files. Knows no thread: see `thread` for writing.

use super::{
    Entry, JournalError, Writer,
    record::{self, Content, FormerWriter, Header, Tail},
    thread::Journal,
};
use protocol::{RoomId, message::client::FORMER_MAX};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// The ending of a journal's name.
const ENDING: &str = "journal";

/// The ending of a journal that makes no sense, once it is set aside.
const BROKEN: &str = "broken";

/// Files of one name and reason that are set aside beside each other at most: none of them is ever replaced.
const ASIDE_MAX: u32 = 1_000;

/// How often a locked file is tried, and the pause between two tries.
const LOCK_TRIES: u32 = 4;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// The folder of journals.
#[derive(Debug, Clone)]
pub struct Journals {
    folder: PathBuf,
}

/// A journal that an earlier run left, or that a running one holds.
#[derive(Debug)]
pub struct Left {
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub content: Content,
    /// Another process holds it.
    pub is_in_use: bool,
    /// Bytes of the file.
    pub bytes: usize,
}

/// A journal for this run, and what earlier ones left.
#[derive(Debug)]
pub struct Opened {
    /// The journal, which is empty but for what was left.
    pub journal: Journal,
    /// What earlier runs left, in the order in which it was made.
    pub entries: Vec<Entry>,
    /// How many edits of these are not known to be durable.
    pub unstored: u64,
    /// Who wrote these.
    pub formerly: Vec<Writer>,
    /// What was set aside, for people.
    pub set_aside: Vec<String>,
}

/// A file that this process holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl Journals {
    /// The journals in a folder, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether an earlier run left something for a room that the server may lack.
    pub fn has_left(&self, server: &str, room: &RoomId) -> bool {
        let of_room =
            |left: &Left| !left.is_in_use && belongs(&left.content, server, room) && left.content.unstored > 0;
        self.list().is_ok_and(|all| all.iter().any(of_room))
    }

    /// Every file that looks like a journal by its name.
    ///
    /// # Errors
    /// [`JournalError::Folder`]; a folder that is not there holds none.
    pub fn list(&self) -> Result<Vec<Left>, JournalError> {
        let folder_error = |reason| JournalError::Folder { folder: self.folder.clone(), reason };
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(folder_error)?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(folder_error)?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths.into_iter().filter_map(look).collect())
    }

    /// Opens a journal for this run in a room, and takes over what earlier runs left for it. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`JournalError`] where the folder can't be used. A file that can't be is told in [`Opened::set_aside`].
    pub fn open(&self, server: &str, room: &RoomId, writer: &Writer, now: u64) -> Result<Opened, JournalError> {
        make_folder(&self.folder).map_err(|reason| JournalError::Folder { folder: self.folder.clone(), reason })?;
        let mut header = Header {
            server: server.to_owned(),
            room: room.clone(),
            client: writer.client,
            secret: writer.secret.clone(),
            formerly: Vec::new(),
            created_at: now,
        };
        let (mut held, mut entries, mut unstored, mut formerly, mut set_aside) =
            (Vec::new(), Vec::new(), 0, Vec::new(), Vec::new());
        for left in self.list()? {
            let is_ours = belongs(&left.content, server, room);
            let is_broken = left.content.tail == Tail::Broken && (is_ours || left.content.header.is_none());
            if left.is_in_use || !(is_ours || is_broken) {
                continue;
            }
            let one = match lock(&left.path) {
                Ok(Some(one)) => one,
                Ok(None) => continue,
                Err(error) => {
                    set_aside.push(format!("The journal {} can't be opened: {error}", left.path.display()));
                    continue;
                }
            };
            let is_to_bring = is_ours && left.content.unstored > 0;
            if is_broken {
                set_aside.push(told_aside(&left.path, is_to_bring));
            }
            if is_to_bring {
                // It goes once this run's own file holds what is in it: until then, a crash leaves it where the next run finds it.
                held.push(one);
            } else if !is_broken {
                remove(&left.path);
            }
            if is_ours {
                // Who ended without a goodbye is still in the room, as away: this run is the same participant.
                formerly.extend(left.content.header.iter().flat_map(Header::writers));
            }
            if is_to_bring {
                unstored += left.content.unstored;
                entries.extend(left.content.entries);
            }
        }
        formerly.truncate(FORMER_MAX);
        header.formerly =
            formerly.iter().map(|one| FormerWriter { client: one.client, secret: one.secret.clone() }).collect();
        let path = self.folder.join(name(server, room, writer));
        let journal = Journal::start(path, header, held);
        Ok(Opened { journal, entries, unstored, formerly, set_aside })
    }
}

/// A journal's name: the room, the client id, and a sum of the server's address, which is in the header.
fn name(server: &str, room: &RoomId, writer: &Writer) -> String {
    format!("{room}-{:08x}-{:08x}.{ENDING}", writer.client.get(), crc32fast::hash(server.as_bytes()))
}

fn belongs(content: &Content, server: &str, room: &RoomId) -> bool {
    content.header.as_ref().is_some_and(|header| header.server == server && header.room == *room)
}

/// Reads a file, whoever holds it; none where it can't be read, or has just gone.
fn look(path: PathBuf) -> Option<Left> {
    let mut file = File::open(&path).ok()?;
    let is_in_use = file.try_lock_shared().is_err();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    Some(Left { path, content: record::read(&bytes), is_in_use, bytes: bytes.len() })
}

/// Takes a file for this process; none where another one has it, or has removed or replaced it meanwhile.
fn lock(path: &Path) -> io::Result<Option<Held>> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    // Who only looks at the file holds it for a moment.
    let is_locked = (0..LOCK_TRIES).any(|_| {
        let is_locked = file.try_lock().is_ok();
        if !is_locked {
            std::thread::sleep(LOCK_PAUSE);
        }
        is_locked
    });
    Ok((is_locked && is_still(path, &file)?).then(|| Held { path: path.to_owned(), file }))
}

/// Whether a path still names an open file: who waited for a lock may hold a file that was replaced.
fn is_still(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (here, there) = (file.metadata()?, fs::metadata(path)?);
    Ok((here.dev(), here.ino()) == (there.dev(), there.ino()))
}

/// Writes a new file in the place of whatever is there, with a lock from its first moment on.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<Held> {
    let fresh = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    // The secret in it is nobody else's.
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&fresh).and_then(|mut file| {
        file.try_lock().map_err(io::Error::from)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        sync_folder(path)?;
        Ok(Held { path: path.to_owned(), file })
    });
    if written.is_err() {
        // A half written file takes space that is missing already.
        drop(fs::remove_file(&fresh));
    }
    written
}

/// A name is on the disk when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Gives a file another name, so that nobody takes it for a journal and whoever wants can look at it; gives that name.
pub(super) fn put_aside(path: &Path, why: &str) -> io::Result<PathBuf> {
    let aside = free_name(path, why)?;
    fs::rename(path, &aside).map(|()| aside)
}

/// A name for a file that is set aside.
fn free_name(path: &Path, why: &str) -> io::Result<PathBuf> {
    (0..ASIDE_MAX)
        .map(|count| path.with_extension(if count == 0 { why.to_owned() } else { format!("{why}-{count}") }))
        .find(|aside| !aside.exists())
        .ok_or_else(|| io::Error::other("too many were set aside beside it; move them away"))
}

/// Sets a broken journal aside, and says so in a sentence; with `stays` the file also stays where it is.
fn told_aside(path: &Path, stays: bool) -> String {
    let aside = if stays {
        free_name(path, BROKEN).and_then(|aside| fs::copy(path, &aside).map(|_| aside))
    } else {
        put_aside(path, BROKEN)
    };
    match aside {
        Ok(aside) => format!("A journal was broken, it is set aside: {}", aside.display()),
        Err(error) => format!("The journal {} is broken, and can't be set aside: {error}", path.display()),
    }
}

/// Removes a journal that is not needed any more.
pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, file = %path.display(), "a journal that is not needed any more stays");
    }
}
