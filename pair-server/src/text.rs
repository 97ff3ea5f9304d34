//! Texts that every database keeps as they are. Knows nobody.

use std::borrow::Cow;

/// A text without U+0000, which PostgreSQL has no place for: U+FFFD stands there. Every text that people write beside documents goes through
/// this where it comes in, and once more where it is stored, so that all databases and all nodes have the same.
pub(crate) fn without_zeros(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// The same of a text that is not needed any more as it was.
pub(crate) fn cleaned(text: String) -> String {
    if text.contains('\0') { without_zeros(&text).into_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_zeros_is_changed() {
        assert_eq!(without_zeros("a\0b\0"), "a\u{fffd}b\u{fffd}");
        assert!(matches!(without_zeros("a\u{1}b"), Cow::Borrowed("a\u{1}b")));
        assert_eq!(["a\0", "b"].map(|text| cleaned(text.to_owned())), ["a\u{fffd}", "b"]);
    }
}
