//! Yjs updates, version 1, as bytes: reading, writing, summing up and merging them without a document. Knows the format and
//! its bounds; never what an update means for a text (that is the engine).
//!
//! The format is that of Yjs (`INTERNALS.md` and `src/utils/encoding.js` of github.com/yjs/yjs), of which only text is
//! accepted: strings, deleted content, garbage collected ranges and skips, on the root text [`ROOT_NAME`].
//!
//! The reader is total: any bytes give an update or an [`UpdateError`]. Every length is checked against the bytes that are
//! left before anything is allocated, and an update takes at most [`MEMORY_PER_BYTE`] times its size in memory.

use crate::{ids::ClientId, position::ItemId};

pub(crate) mod decode;
pub(crate) mod encode;
pub(in crate::document) mod merge;
pub(crate) mod ranges;
pub(crate) mod reader;
pub mod state_vector;
mod summary;

pub use merge::merge_updates;
pub use ranges::IdRange;
pub use state_vector::StateVector;
pub use summary::UpdateSummary;

/// The name of the root text. Yjs clients open it with `doc.getText('code')`.
pub const ROOT_NAME: &str = "code";

/// Clocks are below this: a writer can insert no more than this many UTF-16 code units into one document.
pub const MAX_CLOCK: u32 = 1 << 31;

/// A decoded update takes at most this many bytes of memory per byte of its size: the smallest struct that is kept (deleted
/// content: four bytes) becomes one of 80 bytes, in a vector that may have twice the capacity it needs while it grows.
pub const MEMORY_PER_BYTE: usize = 64;

/// Why bytes are no update of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The bytes end too early.
    #[error("the update ends in the middle of {0}")]
    Truncated(&'static str),
    /// A number is over its bound.
    #[error("{what} is over {bound}")]
    TooLarge {
        /// What the number counts or names.
        what: &'static str,
        /// The bound.
        bound: u64,
    },
    /// Bytes are left after the update.
    #[error("{0} bytes follow the end of the update")]
    TrailingBytes(usize),
    /// A client is listed twice in the same list.
    #[error("client {client} is listed twice among the {list}")]
    DuplicateClient {
        /// The client.
        client: ClientId,
        /// Which list.
        list: &'static str,
    },
    /// Something has a length of zero, which Yjs never writes.
    #[error("{0} has the length zero")]
    ZeroLength(&'static str),
    /// A string is not UTF-8.
    #[error("a string is not valid UTF-8")]
    InvalidUtf8,
    /// The update carries something else than text.
    #[error("the document holds text only, the update carries {0}")]
    Unsupported(&'static str),
    /// The update inserts into another root than [`ROOT_NAME`].
    #[error("the text of the document is named code, the update inserts into {0:?}")]
    OtherRoot(String),
    /// The first byte of a struct is none that Yjs writes.
    #[error("{0:#04x} starts no struct")]
    UnknownStruct(u8),
    /// Text names as its neighbour text that its writer can't have written yet.
    #[error("text of client {} at clock {} names a neighbour that its writer had not written yet", .0.client, .0.clock)]
    NeighbourFromFuture(ItemId),
}
