//! Counting a text in UTF-16 code units, the unit of Yjs clocks and browser cursors. Knows no document.

use crate::position::ByteOffset;

/// The number of UTF-16 code units in `text`: one per character, two for those outside the basic plane.
pub fn utf16_len(text: &str) -> usize {
    // Every byte but a continuation byte starts a character, and only four-byte characters need a surrogate pair.
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

/// The number of line feeds in `text`.
pub fn count_lines(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte == b'\n')).sum()
}

/// Where a number of UTF-16 code units from the start of a text lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// At this byte, which starts a character or ends the text.
    Boundary(usize),
    /// Between the two surrogates of the character that starts at this byte (and is four bytes long).
    InsidePair(usize),
    /// Past the end of the text.
    Beyond,
}

impl Landing {
    /// The place as a byte of `text`, where a place from outside must lead somewhere: inside a character counts as its start,
    /// past the end as the end.
    pub fn byte_in(self, text: &str) -> ByteOffset {
        match self {
            Self::Boundary(byte) | Self::InsidePair(byte) => ByteOffset(byte),
            Self::Beyond => ByteOffset(text.len()),
        }
    }
}

/// Finds the byte that is `units` UTF-16 code units from the start of `text`.
pub fn byte_of_utf16(text: &str, units: usize) -> Landing {
    let mut passed = 0;
    for (byte, character) in text.char_indices() {
        if passed == units {
            return Landing::Boundary(byte);
        }
        passed += character.len_utf16();
        if passed > units {
            return Landing::InsidePair(byte);
        }
    }
    if passed == units { Landing::Boundary(text.len()) } else { Landing::Beyond }
}

/// The parts of `text` left and right of `units` UTF-16 code units. A surrogate pair that is cut becomes U+FFFD on both
/// sides, as in Yjs (its `ContentString.splice`), so that lengths in code units stay what they were.
pub fn split_utf16(text: &str, units: usize) -> (String, String) {
    match byte_of_utf16(text, units) {
        Landing::Boundary(byte) => {
            let (left, right) = text.split_at_checked(byte).unwrap_or((text, ""));
            (left.to_owned(), right.to_owned())
        }
        Landing::InsidePair(byte) => {
            let (left, rest) = text.split_at_checked(byte).unwrap_or((text, ""));
            let right = rest.chars().skip(1).collect::<String>();
            (format!("{left}\u{FFFD}"), format!("\u{FFFD}{right}"))
        }
        Landing::Beyond => (text.to_owned(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_agree_with_the_standard_library() {
        for text in ["", "abc", "é€😀\n", "a😀b😀", "\u{FFFD}"] {
            assert_eq!(utf16_len(text), text.encode_utf16().count(), "{text:?}");
        }
        assert_eq!(count_lines("a\nb\n\n"), 3);
    }

    #[test]
    fn a_cut_pair_leaves_a_replacement_character_on_both_sides() {
        assert_eq!(split_utf16("a😀b", 2), ("a\u{FFFD}".into(), "\u{FFFD}b".into()));
        assert_eq!(split_utf16("a😀b", 3), ("a😀".into(), "b".into()));
        assert_eq!(byte_of_utf16("a😀b", 4), Landing::Boundary(6));
        assert_eq!(byte_of_utf16("a😀b", 5), Landing::Beyond);
    }
}
