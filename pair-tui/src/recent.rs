//! The rooms that this person was in, kept in a small file in the XDG state folder. A file that is broken is set aside, and one that
//! can't be written is only logged: nobody is kept from a room by it. Knows no network and no screen.

use crate::app::{outside::Visit, start::RecentRoom};
use protocol::RoomId;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// So many rooms are remembered; the oldest ones go.
pub const REMEMBERED_ROOMS: usize = 20;

/// Of so many people the names are kept per room.
const REMEMBERED_PEOPLE: usize = 8;

/// The shape of the file; another number is set aside like a broken file.
const VERSION: u32 = 1;

/// The file's content.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    version: u32,
    rooms: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    room: RoomId,
    link: String,
    #[serde(default)]
    people: Vec<String>,
    /// Seconds since 1970.
    left_at: u64,
}

/// The file of recent rooms.
#[derive(Debug, Clone)]
pub struct RecentRooms {
    file: PathBuf,
}

impl RecentRooms {
    /// The list in this folder, which need not exist yet.
    pub fn new(state_folder: &Path) -> Self {
        Self { file: state_folder.join("recent.json") }
    }

    /// The rooms, newest first; `now` in seconds since 1970.
    pub fn list(&self, now: u64) -> Vec<RecentRoom> {
        let shown = |entry: Entry| RecentRoom {
            room: entry.room,
            link: entry.link,
            people: entry.people,
            when: ago(now.saturating_sub(entry.left_at)),
        };
        self.read().into_iter().map(shown).collect()
    }

    /// Puts a room first; `now` in seconds since 1970. Others who were there before stay named where nobody is there now.
    pub fn remember(&self, visit: Visit, now: u64) {
        let mut rooms = self.read();
        let (room, link) = (visit.address.room.clone(), visit.address.private_link());
        let before = rooms.iter().position(|known| known.room == room).map(|at| rooms.remove(at));
        let mut people = visit.people;
        people.truncate(REMEMBERED_PEOPLE);
        if people.is_empty() {
            people = before.map(|known| known.people).unwrap_or_default();
        }
        rooms.insert(0, Entry { room, link, people, left_at: now });
        rooms.truncate(REMEMBERED_ROOMS);
        if let Err(error) = self.write(&Remembered { version: VERSION, rooms }) {
            tracing::warn!(%error, file = %self.file.display(), "the list of recent rooms was not written");
        }
    }

    fn read(&self) -> Vec<Entry> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                tracing::warn!(%error, file = %self.file.display(), "the list of recent rooms can't be read");
                self.set_aside();
                return Vec::new();
            }
        };
        match serde_json::from_str::<Remembered>(&text) {
            Ok(remembered) if remembered.version == VERSION => remembered.rooms,
            _ => {
                self.set_aside();
                Vec::new()
            }
        }
    }

    /// Renames a file that makes no sense, so that whoever wants can look at it.
    fn set_aside(&self) {
        let aside = self.file.with_extension("json.broken");
        match fs::rename(&self.file, &aside) {
            Ok(()) => tracing::warn!(aside = %aside.display(), "the list of recent rooms was broken, it is set aside"),
            Err(error) => tracing::warn!(%error, "the broken list of recent rooms can't be set aside"),
        }
    }

    /// Writes a new file beside the old one and puts it in its place: whoever reads sees all of one or all of the other.
    fn write(&self, remembered: &Remembered) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let fresh = self.file.with_extension(format!("json.{}", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // Links of own rooms hold their access token.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(remembered)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &self.file)
    }
}

/// A span of seconds as people say it.
fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "yesterday".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(room: &str, people: &[&str]) -> Visit {
        let address = format!("http://h:1/rooms/{room}?token=t").parse_for_test();
        Visit { address, people: people.iter().map(ToString::to_string).collect() }
    }

    trait ParseForTest {
        fn parse_for_test(&self) -> crate::client::RoomAddress;
    }

    impl ParseForTest for String {
        fn parse_for_test(&self) -> crate::client::RoomAddress {
            crate::client::RoomAddress::parse(self, &"http://h:1".parse().unwrap()).unwrap()
        }
    }

    #[test]
    fn the_newest_rooms_are_kept_each_once_with_whoever_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let recent = RecentRooms::new(&folder.path().join("not/there/yet"));
        for at in 0..30 {
            recent.remember(visit(&format!("r{at}"), &[]), at);
        }
        recent.remember(visit("r20", &["Grace"]), 100);
        recent.remember(visit("r20", &[]), 101);
        let list = recent.list(7_301);
        assert_eq!(list.len(), REMEMBERED_ROOMS);
        let first = &list[0];
        assert_eq!(
            (first.room.as_str(), first.people.as_slice(), first.when.as_str()),
            ("r20", &["Grace".to_owned()][..], "2 h ago")
        );
        assert_eq!(first.link, "http://h:1/rooms/r20?token=t");
        assert_eq!(list.iter().filter(|room| room.room.as_str() == "r20").count(), 1);
    }

    #[test]
    fn a_broken_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let recent = RecentRooms::new(folder.path());
        for broken in ["{", "{\"version\":9,\"rooms\":[]}"] {
            fs::write(folder.path().join("recent.json"), broken).unwrap();
            assert!(recent.list(0).is_empty());
            assert_eq!(fs::read_to_string(folder.path().join("recent.json.broken")).unwrap(), broken);
        }
        recent.remember(visit("r1", &[]), 1);
        assert_eq!(recent.list(1).len(), 1);
    }
}
