//! The format of a journal, version 1. Bytes in, records out, and back; knows no file.
//!
//! ```text
//! file   = "PAIRJRN1" record*
//! record = length: u32   of kind and body together, at most RECORD_BYTES_MAX
//!          sum:    u32   CRC-32 (IEEE) of kind and body
//!          kind:   u8    1 header, 2 update, 3 durable
//!          body
//! header = JSON, see Header; the first record, and the only one of its kind
//! update = edits: u32, length of the path: u16, path, Yjs v1 update
//! durable = nothing: every update before it is stored by the server
//! ```
//!
//! Numbers are little endian. A reader of this version refuses other magic bytes and unknown kinds: what it can't read it sets aside.

use super::{Entry, Writer};
use protocol::{ClientId, RoomId, message::Blob};
use serde::{Deserialize, Serialize};

/// The first bytes of each journal; the last one is the version.
pub const MAGIC: &[u8; 8] = b"PAIRJRN1";

/// Bytes of a record's kind and body at most: a document at its limit, and much of what was deleted.
pub const RECORD_BYTES_MAX: usize = 256 << 20;

/// Bytes before a record's kind.
const FRAME: usize = 8;

const HEADER: u8 = 1;
const UPDATE: u8 = 2;
const DURABLE: u8 = 3;

/// Whose journal it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The server's address.
    pub server: String,
    /// The room.
    pub room: RoomId,
    /// Who writes here.
    pub client: ClientId,
    /// Proves that to the server.
    pub secret: String,
    /// Writers of earlier runs whose text is here too.
    #[serde(default)]
    pub formerly: Vec<FormerWriter>,
    /// Seconds since 1970.
    pub created_at: u64,
}

/// A writer of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerWriter {
    /// The CRDT client id.
    pub client: ClientId,
    /// Its secret.
    pub secret: String,
}

impl Header {
    /// Everybody whose text may be here, the writer of this journal first.
    pub fn writers(&self) -> impl Iterator<Item = Writer> {
        let own = Writer { client: self.client, secret: self.secret.clone() };
        let former = |one: &FormerWriter| Writer { client: one.client, secret: one.secret.clone() };
        std::iter::once(own).chain(self.formerly.iter().map(former))
    }
}

/// How reading a file's bytes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// With the last record.
    Clean,
    /// In the middle of a record, or in zeros, as a crash while writing leaves it.
    Torn,
    /// With bytes that are no record of this version.
    Broken,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Whose it is; none where not even that can be read.
    pub header: Option<Header>,
    /// Updates in the order in which they were made.
    pub entries: Vec<Entry>,
    /// Edits of its participant that are not known to be durable.
    pub unstored: u64,
    /// How it ended.
    pub tail: Tail,
    /// How many bytes of the file make sense.
    pub good_bytes: usize,
}

/// The beginning of a file.
pub fn begin(header: &Header) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    // A header is plain data, and has a JSON form.
    put(&mut bytes, HEADER, &[&serde_json::to_vec(header).unwrap_or_default()]);
    bytes
}

/// Appends an update's record.
pub fn update(bytes: &mut Vec<u8>, entry: &Entry) {
    let path = entry.document.as_str().as_bytes();
    let length = u16::try_from(path.len()).unwrap_or(u16::MAX);
    put(bytes, UPDATE, &[&entry.edits.to_le_bytes(), &length.to_le_bytes(), path, &entry.update]);
}

/// Appends the record that says that everything before it is durable.
pub fn durable(bytes: &mut Vec<u8>) {
    put(bytes, DURABLE, &[]);
}

fn put(bytes: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    let length = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut sum = crc32fast::Hasher::new();
    sum.update(&[kind]);
    for part in parts {
        sum.update(part);
    }
    bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&sum.finalize().to_le_bytes());
    bytes.push(kind);
    for part in parts {
        bytes.extend_from_slice(part);
    }
}

/// Reads a file's bytes as far as they make sense.
pub fn read(bytes: &[u8]) -> Content {
    let mut content = Content { header: None, entries: Vec::new(), unstored: 0, tail: Tail::Clean, good_bytes: 0 };
    if bytes.is_empty() || (bytes.len() < MAGIC.len() && MAGIC.starts_with(bytes)) {
        content.tail = Tail::Torn;
        return content;
    }
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        content.tail = Tail::Broken;
        return content;
    };
    content.good_bytes = MAGIC.len();
    while !rest.is_empty() {
        let (kind, body, after) = match next(rest) {
            Ok(record) => record,
            Err(tail) => {
                content.tail = tail;
                return content;
            }
        };
        if take(&mut content, kind, body).is_none() {
            content.tail = Tail::Broken;
            return content;
        }
        content.good_bytes = bytes.len() - after.len();
        rest = after;
    }
    content
}

/// The first record's kind and body, and what follows it.
fn next(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), Tail> {
    // File systems give zeros for what was allocated and not written before a crash.
    if bytes.iter().all(|byte| *byte == 0) {
        return Err(Tail::Torn);
    }
    let number = |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
    let (Some(length), Some(sum)) = (number(0), number(4)) else { return Err(Tail::Torn) };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length == 0 || length > RECORD_BYTES_MAX {
        return Err(Tail::Broken);
    }
    let Some(record) = bytes.get(FRAME..FRAME + length) else { return Err(Tail::Torn) };
    if crc32fast::hash(record) != sum {
        // The end of the last record may have been allocated and not written.
        return Err(if bytes.len() == FRAME + length && record.ends_with(&[0; 8]) { Tail::Torn } else { Tail::Broken });
    }
    let (kind, body) = record.split_first().ok_or(Tail::Broken)?;
    Ok((*kind, body, bytes.get(FRAME + length..).unwrap_or_default()))
}

fn take(content: &mut Content, kind: u8, body: &[u8]) -> Option<()> {
    match (kind, &content.header) {
        (HEADER, None) => content.header = Some(serde_json::from_slice(body).ok()?),
        (UPDATE, Some(_)) => {
            let (edits, body) = body.split_at_checked(4)?;
            let (length, body) = body.split_at_checked(2)?;
            let (path, update) = body.split_at_checked(u16::from_le_bytes(length.try_into().ok()?).into())?;
            let entry = Entry {
                document: std::str::from_utf8(path).ok()?.parse().ok()?,
                edits: u32::from_le_bytes(edits.try_into().ok()?),
                update: Blob::from(update.to_vec()),
            };
            content.unstored += u64::from(entry.edits);
            content.entries.push(entry);
        }
        (DURABLE, Some(_)) if body.is_empty() => content.unstored = 0,
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::DocumentPath;

    fn header() -> Header {
        Header {
            server: "http://h:1".into(),
            room: "r".parse().unwrap(),
            client: ClientId::from_random_32(7),
            secret: "0123456789abcdef".into(),
            formerly: vec![FormerWriter { client: ClientId::from_random_32(8), secret: "f".repeat(16) }],
            created_at: 5,
        }
    }

    fn entry(text: &str, edits: u32) -> Entry {
        Entry { document: DocumentPath::main(), edits, update: Blob::from(text.as_bytes().to_vec()) }
    }

    /// A file with three updates, the first of which is durable.
    fn sample() -> Vec<u8> {
        let mut bytes = begin(&header());
        update(&mut bytes, &entry("one", 3));
        durable(&mut bytes);
        update(&mut bytes, &entry("two", 1));
        update(&mut bytes, &entry("three", 0));
        bytes
    }

    #[test]
    fn what_was_written_is_read() {
        let content = read(&sample());
        assert_eq!((content.header, content.tail, content.unstored), (Some(header()), Tail::Clean, 1));
        assert_eq!(content.entries, [entry("one", 3), entry("two", 1), entry("three", 0)]);
        assert_eq!(header().writers().count(), 2);
    }

    #[test]
    fn the_bytes_are_those_of_the_page() {
        let mut bytes = Vec::new();
        update(&mut bytes, &entry("U", 1));
        let body = b"\x02\x01\0\0\0\x04\0mainU";
        let wanted = [&12_u32.to_le_bytes()[..], &crc32fast::hash(body).to_le_bytes(), body].concat();
        assert_eq!(bytes, wanted);
    }

    #[test]
    fn a_file_that_was_cut_anywhere_gives_what_was_whole_and_counts_as_torn() {
        let whole = sample();
        for cut in 0..whole.len() {
            let content = read(&whole[..cut]);
            assert_ne!(content.tail, Tail::Broken, "cut at {cut}");
            assert!(content.good_bytes <= cut);
            let zeros = [&whole[..content.good_bytes], &[0; 100][..]].concat();
            assert_eq!(read(&zeros).tail == Tail::Broken, content.good_bytes == 0, "zeros after {cut}");
        }
    }

    #[test]
    fn a_byte_that_changed_is_found_and_what_stands_before_it_is_kept() {
        let whole = sample();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            let content = read(&bytes);
            assert_ne!(content.tail, Tail::Clean, "byte {at}");
            assert!(content.good_bytes <= at);
        }
    }

    #[test]
    fn foreign_bytes_are_no_journal() {
        for foreign in [&b"PAIRJRN2 and more"[..], b"hello", &[0xff; 40]] {
            assert_eq!(read(foreign).tail, Tail::Broken);
        }
        let mut twice = begin(&header());
        put(&mut twice, HEADER, &[b"{}"]);
        assert_eq!(read(&twice).tail, Tail::Broken);
        let mut unknown = begin(&header());
        put(&mut unknown, 9, &[b"later"]);
        assert_eq!(read(&unknown).tail, Tail::Broken);
    }
}
