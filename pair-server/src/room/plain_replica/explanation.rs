//! How well a text explains what a plain client sent: the size of the change that leads from one to the other, and how likely it is
//! that the client made that change, looking at that text. Knows no history.

use ropey::Rope;

/// How likely it is that a client still looks at a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// Nothing newer was sent, or it is the client's own text.
    Newest,
    /// A newer one was sent.
    Followed {
        /// So many milliseconds ago.
        for_ms: u64,
    },
}

/// A newer text has arrived by then, on any wire that people type over.
const ARRIVED_AFTER_MS: u64 = 3_000;

/// What it adds, in bytes, if a change both deletes and inserts. A key does one of them. A client that types `w2`, looking at a text from
/// before its own `w1` at that place, did not replace the 1 by a 2, though that is the smaller change.
const REPLACES: usize = 64;

/// What it adds, in bytes, if nothing changed from a text that was followed by another one. Clients send because something changed:
/// a text like one of before means that the last key was taken back.
const UNCHANGED: usize = 64;

/// What it adds, in bytes, if a newer text has surely arrived. More than [`REPLACES`]: words that are typed over some time after they
/// were typed are replaced.
const OUT_OF_SIGHT: usize = 96;

/// How badly a text explains that the client sent `new`, in bytes; the least is the best.
pub(super) fn cost(text: &Rope, new: &str, outlook: Outlook) -> usize {
    let common = common_ends(text, new);
    let (removed, inserted) = (text.len_bytes() - common, new.len() - common);
    let replaces = if removed > 0 && inserted > 0 { REPLACES } else { 0 };
    let seen = match outlook {
        Outlook::Followed { for_ms } if for_ms >= ARRIVED_AFTER_MS => OUT_OF_SIGHT,
        Outlook::Followed { .. } if removed + inserted == 0 => UNCHANGED,
        Outlook::Newest | Outlook::Followed { .. } => 0,
    };
    removed + inserted + replaces + seen
}

/// How many bytes two texts have in common at their start and their end together, in whole characters. Half of one does not count as common: 一 and 丁 share two of three bytes, and putting one in the other's place
/// would seem a smaller change than typing it.
fn common_ends(old: &Rope, new: &str) -> usize {
    let mut prefix = 0;
    let mut rest = new.as_bytes();
    for chunk in old.chunks() {
        let same = chunk.bytes().zip(rest).take_while(|(a, b)| a == *b).count();
        prefix += same;
        rest = rest.get(same..).unwrap_or_default();
        if same < chunk.len() {
            break;
        }
    }
    let prefix = new.floor_char_boundary(prefix);
    let shorter = old.len_bytes().min(new.len());
    let mut suffix = 0;
    let (mut chunks, _, _, _) = old.chunks_at_byte(old.len_bytes());
    let mut rest = new.as_bytes();
    while let Some(chunk) = chunks.prev() {
        let same = chunk.bytes().rev().zip(rest.iter().rev()).take_while(|(a, b)| a == *b).count();
        suffix += same;
        rest = rest.get(..rest.len() - same).unwrap_or_default();
        if same < chunk.len() {
            break;
        }
    }
    let suffix = new.len() - new.ceil_char_boundary(new.len() - suffix.min(shorter - prefix));
    prefix + suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_counted_in_whole_characters_and_never_twice() {
        for (old, new, common) in
            [("abc", "abXc", 3), ("aaaa", "aaa", 3), ("一", "丁", 0), ("", "x", 0), ("é", "èé", 2), ("x", "x", 1)]
        {
            assert_eq!(common_ends(&Rope::from_str(old), new), common, "{old} {new}");
        }
    }
}
