//! Where words begin and end: runs of letters, digits and `_`, or runs of other signs. Knows no selection.

use super::text::Text;
use protocol::ByteOffset;
use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Word,
    Sign,
}

fn class(c: char) -> Class {
    if c.is_whitespace() {
        Class::Space
    } else if c == '_' || c.is_alphanumeric() || is_mark(c) {
        Class::Word
    } else {
        Class::Sign
    }
}

/// Combining marks and joiners belong to the word they stand in.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// The end of the word at or after a place; line breaks count as space.
pub fn next_end(text: &Text, at: ByteOffset) -> ByteOffset {
    ByteOffset(at.0 + length_of_run(text.characters_from(at)))
}

/// The start of the word at or before a place.
pub fn previous_start(text: &Text, at: ByteOffset) -> ByteOffset {
    ByteOffset(at.0 - length_of_run(text.characters_back_from(at)))
}

/// The word, or the run of spaces or signs, around a place; empty in an empty line.
pub fn around(text: &Text, at: ByteOffset) -> Range<ByteOffset> {
    let is_break = |c: char| matches!(c, '\n' | '\r');
    let Some(middle) = text.character_at(at).filter(|c| !is_break(*c)).or_else(|| text.character_before(at)) else {
        return at..at;
    };
    let same = |c: &char| class(*c) == class(middle) && !is_break(*c);
    let before: usize = text.characters_back_from(at).take_while(same).map(char::len_utf8).sum();
    let after: usize = text.characters_from(at).take_while(same).map(char::len_utf8).sum();
    ByteOffset(at.0 - before)..ByteOffset(at.0 + after)
}

/// The byte length of the spaces that come first, and of the run of one class after them.
fn length_of_run(characters: impl Iterator<Item = char>) -> usize {
    let mut run = None;
    let mut length = 0;
    for c in characters {
        let class = class(c);
        match run {
            None if class != Class::Space => run = Some(class),
            Some(run) if run != class => break,
            _ => {}
        }
        length += c.len_utf8();
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_the_kind_of_sign_changes() {
        let text = Text::new("let  a_b=née();\n  x");
        let mut at = ByteOffset::START;
        let mut words = Vec::new();
        while at < text.len() {
            let end = next_end(&text, at);
            words.push(text.slice(at..end));
            at = end;
        }
        assert_eq!(words, ["let", "  a_b", "=", "née", "();", "\n  x"]);
        assert_eq!(previous_start(&text, ByteOffset(8)), ByteOffset(5));
        assert_eq!(text.slice(around(&text, ByteOffset(10))), "née");
        assert_eq!(text.slice(around(&text, ByteOffset(4))), "  ");
    }
}
