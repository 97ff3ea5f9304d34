//! Writing updates. Knows the format, no document; whoever calls it vouches for what is written.

use super::{
    ROOT_NAME,
    decode::{Content, HAS_ORIGIN, HAS_RIGHT_ORIGIN, REF_DELETED, REF_GC, REF_SKIP, REF_STRING, Struct},
};
use crate::{ids::ClientId, position::ItemId};

/// Appends a number: seven bits per byte, lowest first, the top bit says that another byte follows.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends a string: its length in bytes, then UTF-8.
fn put_string(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_id(out: &mut Vec<u8>, id: ItemId) {
    put_varint(out, id.client.get());
    put_varint(out, u64::from(id.clock));
}

/// Appends one struct.
pub(crate) fn put_struct(out: &mut Vec<u8>, one: &Struct<'_>) {
    let reference = match one.content {
        Content::Collected => {
            out.push(REF_GC);
            return put_varint(out, u64::from(one.len));
        }
        Content::Deleted => REF_DELETED,
        Content::Text(_) => REF_STRING,
    };
    let origin = if one.origin.is_some() { HAS_ORIGIN } else { 0 };
    let right = if one.right_origin.is_some() { HAS_RIGHT_ORIGIN } else { 0 };
    out.push(reference | origin | right);
    for id in [one.origin, one.right_origin].into_iter().flatten() {
        put_id(out, id);
    }
    if one.origin.is_none() && one.right_origin.is_none() {
        put_varint(out, 1);
        put_string(out, ROOT_NAME);
    }
    match one.content {
        Content::Text(text) => put_string(out, text),
        Content::Deleted | Content::Collected => put_varint(out, u64::from(one.len)),
    }
}

/// Writes the structs of one client, joining those that continue each other into one.
#[derive(Debug)]
pub(crate) struct SectionWriter {
    client: ClientId,
    first_clock: u32,
    count: u64,
    body: Vec<u8>,
    /// The struct that may still grow; its text is in `text`.
    open: Option<Struct<'static>>,
    text: String,
}

impl SectionWriter {
    /// Starts the section of `client`, whose first struct will be at `first_clock`.
    pub(crate) fn new(client: ClientId, first_clock: u32) -> Self {
        Self { client, first_clock, count: 0, body: Vec::new(), open: None, text: String::new() }
    }

    /// Adds the next struct, by rising clock; a gap before it becomes a skip.
    pub(crate) fn push(&mut self, one: &Struct<'_>) {
        let text = if let Content::Text(text) = one.content { text } else { "" };
        if let Some(open) = &mut self.open
            && continues(open, self.client, one)
        {
            open.len += one.len;
            self.text.push_str(text);
            return;
        }
        let end = self.open.as_ref().map_or(self.first_clock, Struct::end);
        self.flush();
        if one.clock > end {
            self.body.push(REF_SKIP);
            put_varint(&mut self.body, u64::from(one.clock - end));
            self.count += 1;
        }
        self.text.push_str(text);
        // The text of the open struct is kept beside it; an empty one stands for it here.
        let content = match one.content {
            Content::Text(_) => Content::Text(""),
            Content::Deleted => Content::Deleted,
            Content::Collected => Content::Collected,
        };
        let (origin, right_origin) = (one.origin, one.right_origin);
        self.open = Some(Struct { clock: one.clock, len: one.len, origin, right_origin, content });
    }

    /// Appends the section to `out`.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) {
        self.flush();
        put_varint(out, self.count);
        put_varint(out, self.client.get());
        put_varint(out, u64::from(self.first_clock));
        out.append(&mut self.body);
    }

    fn flush(&mut self) {
        let Some(open) = self.open.take() else { return };
        let content = if let Content::Text(_) = open.content { Content::Text(&self.text) } else { open.content };
        put_struct(&mut self.body, &Struct { content, ..open });
        self.text.clear();
        self.count += 1;
    }
}

/// Whether `next` goes on where `open` ends, so that one struct says the same as both (`Item.mergeWith` in Yjs).
fn continues(open: &Struct<'_>, client: ClientId, next: &Struct<'_>) -> bool {
    if open.end() != next.clock {
        return false;
    }
    match (open.content, next.content) {
        (Content::Collected, Content::Collected) => true,
        (Content::Text(_), Content::Text(_)) | (Content::Deleted, Content::Deleted) => {
            next.origin == Some(ItemId { client, clock: next.clock - 1 }) && next.right_origin == open.right_origin
        }
        _ => false,
    }
}
