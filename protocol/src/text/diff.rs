//! The difference between two whole texts, for a client that sends nothing else: the common ends are cut off, what lies
//! between is compared by lines and each changed stretch is narrowed to its characters. Knows no CRDT.

use super::{Splice, TextDelta};
use crate::position::ByteOffset;
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Above this many changed lines, old and new together, the whole stretch counts as replaced: comparing lines takes time
/// in proportion to the lines times the changes.
const COMPARED_LINES_MAX: usize = 4_000;

/// The splices that turn `old` into `new`.
///
/// Where an insertion could have happened at several places (an `a` more in `aaa`), the last one is taken; `hint`, the
/// place of the client's cursor in bytes of `new` where it is known, chooses the right one.
pub fn difference(old: &str, new: &str, hint: Option<ByteOffset>) -> TextDelta {
    if old == new {
        return TextDelta::default();
    }
    let (prefix, suffix) = common_ends(old, new, hint);
    let (old_middle, new_middle) = (middle(old, prefix, suffix), middle(new, prefix, suffix));
    let (old_lines, new_lines) = (lines(old_middle), lines(new_middle));
    if old_lines.len().min(new_lines.len()) < 2 || old_lines.len() + new_lines.len() > COMPARED_LINES_MAX {
        return TextDelta { splices: vec![narrowed(prefix, old_middle, new_middle)] };
    }
    by_lines(prefix, &old_lines, &new_lines)
}

/// Compares line by line; each stretch of changed lines becomes one splice.
fn by_lines(start: usize, old: &[&str], new: &[&str]) -> TextDelta {
    let mut splices = Vec::new();
    let mut at = start;
    for operation in capture_diff_slices(Algorithm::Myers, old, new) {
        let removed = old.get(operation.old_range()).unwrap_or_default().concat();
        let inserted = new.get(operation.new_range()).unwrap_or_default().concat();
        if operation.tag() != DiffTag::Equal {
            splices.push(narrowed(at, &removed, &inserted));
        }
        at += inserted.len();
    }
    TextDelta { splices }
}

/// The splice at `at` that turns `old` into `new`, without what both begin and end with.
fn narrowed(at: usize, old: &str, new: &str) -> Splice {
    let (prefix, suffix) = common_ends(old, new, None);
    Splice {
        at: ByteOffset(at + prefix),
        removed: old.len() - prefix - suffix,
        inserted: middle(new, prefix, suffix).to_owned(),
    }
}

/// How many bytes both texts share at their start and, beyond that, at their end; both on character boundaries.
fn common_ends(old: &str, new: &str, hint: Option<ByteOffset>) -> (usize, usize) {
    let shorter = old.len().min(new.len());
    let mut prefix = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let mut suffix = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    // Whole characters first: half of one in common (一 and 丁 share two of three bytes) must not shorten the other end.
    while !(old.is_char_boundary(prefix) && new.is_char_boundary(prefix)) {
        prefix -= 1;
    }
    while !is_suffix_boundary(old, new, suffix) {
        suffix -= 1;
    }
    if prefix + suffix > shorter {
        // The ends overlap, so the change could lie at several places. The cursor stands behind what was typed and at the
        // place of what was deleted: the suffix starts there.
        let wanted = hint.map_or(shorter - prefix, |cursor| new.len().saturating_sub(cursor.0));
        suffix = wanted.clamp(shorter - prefix, suffix.min(shorter));
        // The shortest suffix in question starts where the prefix ends, on a boundary, so that this stops there.
        while !is_suffix_boundary(old, new, suffix) {
            suffix -= 1;
        }
        prefix = shorter - suffix;
    }
    (prefix, suffix)
}

/// Whether the last `suffix` bytes of both texts are whole characters.
fn is_suffix_boundary(old: &str, new: &str, suffix: usize) -> bool {
    old.is_char_boundary(old.len() - suffix) && new.is_char_boundary(new.len() - suffix)
}

/// What lies between the ends.
fn middle(text: &str, prefix: usize, suffix: usize) -> &str {
    text.get(prefix..text.len() - suffix).unwrap_or_default()
}

/// The lines of a text with their line ends.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn changed(old: &str, new: &str) -> Vec<(usize, usize, String)> {
        difference(old, new, None).splices.into_iter().map(|s| (s.at.0, s.removed, s.inserted)).collect()
    }

    #[test]
    fn one_typed_character_is_one_insertion() {
        assert_eq!(changed("hello", "helXlo"), [(3, 0, "X".to_owned())]);
        assert_eq!(changed("😀", "😁"), [(0, 4, "😁".to_owned())]);
        assert_eq!(changed("", "é"), [(0, 0, "é".to_owned())]);
        assert_eq!(changed("é", ""), [(0, 2, String::new())]);
    }

    #[test]
    fn changes_far_apart_stay_apart() {
        let old = "one\ntwo\nthree\nfour\n";
        assert_eq!(changed(old, "One\ntwo\nthree\nfour!\n"), [(0, 1, "O".to_owned()), (18, 0, "!".to_owned())]);
    }

    #[test]
    fn the_cursor_tells_which_of_equal_characters_is_new() {
        let at = |cursor| difference("aaaa", "aaaaa", Some(ByteOffset(cursor))).splices[0].at.0;
        assert_eq!((at(1), at(3), at(5)), (0, 2, 4));
        assert_eq!(difference("aaaa", "aaaaa", None).splices[0].at.0, 4);
    }

    #[test]
    fn characters_that_share_bytes_are_told_apart() {
        assert_eq!(changed("一", "丁一"), [(0, 0, "丁".to_owned())]);
        assert_eq!(changed("丁一", "一"), [(0, 3, String::new())]);
        assert_eq!(changed("é", "èé"), [(0, 0, "è".to_owned())]);
        assert_eq!(changed("😀😁", "😀😂😁"), [(4, 0, "😂".to_owned())]);
    }

    proptest! {
        #[test]
        fn one_typed_character_is_one_insertion_in_any_text(text in "[aéè一丁😀😁]{0,12}", key in "[bêë七万🎉🎈]", at in any::<proptest::sample::Index>()) {
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut new = text.clone();
            new.insert_str(places[at.index(places.len())], &key);
            prop_assert_eq!(changed(&text, &new).len(), 1);
            prop_assert_eq!((changed(&text, &new)[0].1, &changed(&text, &new)[0].2), (0, &key));
        }

        #[test]
        fn the_difference_turns_one_text_into_the_other(old in "[ab\né😀]{0,24}", new in "[ab\né😀]{0,24}", cursor in proptest::option::of(0_usize..80)) {
            let mut text = old.clone();
            difference(&old, &new, cursor.map(ByteOffset)).apply_to(&mut text);
            prop_assert_eq!(text, new);
        }
    }
}
