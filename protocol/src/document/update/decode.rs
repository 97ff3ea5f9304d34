//! An update as structs, read from untrusted bytes. Knows the format and its bounds; never whether an update fits a document.

use super::{MAX_CLOCK, ROOT_NAME, UpdateError, ranges, ranges::IdRange, reader::Reader};
use crate::{document::units::utf16_len, ids::ClientId, position::ItemId};
use std::ops::Range;

/// The low five bits of a struct's first byte say what it holds (`contentRefs` in Yjs).
pub(super) const REF_GC: u8 = 0;
pub(super) const REF_DELETED: u8 = 1;
pub(super) const REF_STRING: u8 = 4;
pub(super) const REF_SKIP: u8 = 10;
/// The upper bits of a struct's first byte.
pub(super) const HAS_ORIGIN: u8 = 0x80;
pub(super) const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_PARENT_KEY: u8 = 0x20;

/// What a struct holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// Text, not empty.
    Text(&'a str),
    /// Text that was deleted and forgotten; its place among its neighbours is still known.
    Deleted,
    /// Text that was deleted and of which not even the place is known (a Yjs GC struct).
    Collected,
}

/// A run of text of one writer, as it was inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Struct<'a> {
    /// The clock of its first UTF-16 code unit.
    pub(crate) clock: u32,
    /// Its length in UTF-16 code units, not zero.
    pub(crate) len: u32,
    /// The code unit left of it when it was written; `None` is the start of the text.
    pub(crate) origin: Option<ItemId>,
    /// The code unit right of it when it was written; `None` is the end of the text.
    pub(crate) right_origin: Option<ItemId>,
    /// What it holds.
    pub(crate) content: Content<'a>,
}

impl Struct<'_> {
    /// The clock after its last code unit.
    pub(crate) fn end(&self) -> u32 {
        self.clock + self.len
    }
}

/// The structs of one client in an update, by rising clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// The writer.
    pub(crate) client: ClientId,
    /// Which of the update's structs are this client's.
    pub(crate) structs: Range<usize>,
}

/// A decoded update; text is borrowed from the bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Update<'a> {
    /// One section per client, in the order of the bytes.
    pub(crate) sections: Vec<Section>,
    /// The structs of all sections, one section after the other. Skips leave a gap between the clocks.
    pub(crate) structs: Vec<Struct<'a>>,
    /// What is deleted.
    pub(crate) deletions: Vec<IdRange>,
}

impl<'a> Update<'a> {
    /// Reads an update of the text [`ROOT_NAME`].
    ///
    /// # Errors
    /// [`UpdateError`] says what is wrong with the bytes.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, UpdateError> {
        let mut reader = Reader::new(bytes);
        let clients = reader.count("the list of clients", 3)?;
        let mut update = Self { sections: Vec::with_capacity(clients), ..Self::default() };
        for _ in 0..clients {
            update.read_section(&mut reader)?;
        }
        ranges::refuse_duplicates(update.sections.iter().map(|section| section.client).collect(), "structs")?;
        update.deletions = ranges::read(&mut reader)?;
        reader.finish()?;
        Ok(update)
    }

    /// The structs of `section`.
    pub(crate) fn of(&self, section: &Section) -> &[Struct<'a>] {
        self.structs.get(section.structs.clone()).unwrap_or_default()
    }

    fn read_section(&mut self, reader: &mut Reader<'a>) -> Result<(), UpdateError> {
        let count = reader.count("the structs of a client", 2)?;
        let client = reader.client()?;
        let mut clock = reader.bounded("a clock", MAX_CLOCK)?;
        let first = self.structs.len();
        // A struct that is kept takes four bytes at least, but for one collected struct between skips.
        self.structs.reserve(count.min(reader.remaining() / 4 + 1));
        for _ in 0..count {
            let (one, len) = read_struct(reader, client, clock)?;
            clock += len;
            match (one, self.structs.get_mut(first..).and_then(<[_]>::last_mut)) {
                (None, _) => {}
                (Some(Struct { content: Content::Collected, clock: start, .. }), Some(last))
                    if last.content == Content::Collected && last.end() == start =>
                {
                    last.len += len;
                }
                (Some(one), _) => self.structs.push(one),
            }
        }
        self.sections.push(Section { client, structs: first..self.structs.len() });
        Ok(())
    }
}

/// Reads one struct of `client` at `clock`: the struct (none for a skip) and how many clocks it takes.
fn read_struct<'a>(
    reader: &mut Reader<'a>,
    client: ClientId,
    clock: u32,
) -> Result<(Option<Struct<'a>>, u32), UpdateError> {
    let info = reader.byte("a struct")?;
    if info == REF_GC || info == REF_SKIP {
        let len = read_len(reader, clock)?;
        let collected = Struct { clock, len, origin: None, right_origin: None, content: Content::Collected };
        return Ok(((info == REF_GC).then_some(collected), len));
    }
    if let Some(what) = unsupported(info & 0x1F) {
        return Err(UpdateError::Unsupported(what));
    }
    if !matches!(info & 0x1F, REF_DELETED | REF_STRING) {
        return Err(UpdateError::UnknownStruct(info));
    }
    if info & HAS_PARENT_KEY != 0 {
        return Err(UpdateError::Unsupported("an entry of a map"));
    }
    let origin = read_neighbour(reader, info & HAS_ORIGIN != 0, ItemId { client, clock })?;
    let right_origin = read_neighbour(reader, info & HAS_RIGHT_ORIGIN != 0, ItemId { client, clock })?;
    if origin.is_none() && right_origin.is_none() {
        read_parent(reader)?;
    }
    let (content, len) = if info & 0x1F == REF_STRING {
        let text = reader.string()?;
        (Content::Text(text), check_len(utf16_len(text), clock)?)
    } else {
        (Content::Deleted, read_len(reader, clock)?)
    };
    Ok((Some(Struct { clock, len, origin, right_origin, content }), len))
}

/// The content that Yjs knows and a text document does not hold.
fn unsupported(reference: u8) -> Option<&'static str> {
    match reference {
        2 => Some("JSON content"),
        3 => Some("binary content"),
        5 => Some("an embedded object"),
        6 => Some("formatting"),
        7 => Some("a nested type"),
        8 => Some("values of an array or a map"),
        9 => Some("a subdocument"),
        _ => None,
    }
}

/// Reads the id of a neighbour of the struct at `of`, which must not have been written by the same client later.
fn read_neighbour(reader: &mut Reader<'_>, present: bool, of: ItemId) -> Result<Option<ItemId>, UpdateError> {
    if !present {
        return Ok(None);
    }
    let id = ItemId { client: reader.client()?, clock: reader.bounded("the clock of a neighbour", MAX_CLOCK)? };
    if id.client == of.client && id.clock >= of.clock {
        return Err(UpdateError::NeighbourFromFuture(of));
    }
    Ok(Some(id))
}

/// Reads the parent of a struct without neighbours: only the root text is accepted.
fn read_parent(reader: &mut Reader<'_>) -> Result<(), UpdateError> {
    const SHOWN: usize = 80;
    if reader.varint("a parent")? != 1 {
        return Err(UpdateError::Unsupported("text inside another type"));
    }
    let name = reader.string()?;
    if name == ROOT_NAME { Ok(()) } else { Err(UpdateError::OtherRoot(name.chars().take(SHOWN).collect())) }
}

fn read_len(reader: &mut Reader<'_>, clock: u32) -> Result<u32, UpdateError> {
    let len = reader.bounded("the length of a struct", MAX_CLOCK)?;
    check_len(usize::try_from(len).unwrap_or(usize::MAX), clock)
}

/// Checks that a struct at `clock` has a length and ends below [`MAX_CLOCK`].
fn check_len(len: usize, clock: u32) -> Result<u32, UpdateError> {
    if len == 0 {
        return Err(UpdateError::ZeroLength("a struct"));
    }
    let bound = MAX_CLOCK.saturating_sub(clock);
    u32::try_from(len)
        .ok()
        .filter(|len| *len <= bound)
        .ok_or(UpdateError::TooLarge { what: "the clock after a struct", bound: u64::from(MAX_CLOCK) })
}
