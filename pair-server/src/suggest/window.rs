//! The part of a text that a model gets to see: what is around the cursor, bounded, cut between lines. Nothing else of a room is ever sent:
//! no other document, no name, no room id. Knows no provider.

use super::SuggestionRequest;

/// How much of the text is sent, in bytes on each side of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSize {
    /// Before the cursor.
    pub prefix: usize,
    /// Behind it.
    pub suffix: usize,
}

/// What a model is asked to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The text before the cursor.
    pub prefix: String,
    /// The text behind it.
    pub suffix: String,
    /// The language's name.
    pub language: String,
}

impl Window {
    /// The window around a request's cursor. A cut prefix begins and a cut suffix ends with a whole line, where there is one.
    pub fn of(request: &SuggestionRequest, size: WindowSize) -> Self {
        let code = &request.code;
        let cursor = code.floor_char_boundary(request.cursor.0);
        let (before, behind) = code.split_at_checked(cursor).unwrap_or((code, ""));
        let from = before.ceil_char_boundary(before.len().saturating_sub(size.prefix));
        let to = behind.floor_char_boundary(size.suffix);
        let mut prefix = before.get(from..).unwrap_or_default();
        if from > 0 {
            prefix = prefix.split_once('\n').map_or(prefix, |(_, rest)| rest);
        }
        let mut suffix = behind.get(..to).unwrap_or_default();
        if to < behind.len() {
            suffix = suffix.rsplit_once('\n').map_or(suffix, |(rest, _)| rest);
        }
        Self { prefix: prefix.to_owned(), suffix: suffix.to_owned(), language: request.language.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggest::{Spender, Who};
    use protocol::ByteOffset;

    #[test]
    fn the_window_is_bounded_and_cut_between_lines() {
        let code = "first\nsecond\nthird é|rest\nnext\nlast";
        let cursor = code.find('|').unwrap();
        let code = code.replacen('|', "", 1);
        let at = |cursor, prefix, suffix| {
            let spender = Spender { who: Who::Address([127, 0, 0, 1].into()), room: None };
            let language = "rust".to_owned();
            let request = SuggestionRequest {
                code: code.clone(),
                cursor: ByteOffset(cursor),
                language,
                models: true,
                spender,
                of: None,
            };
            let window = Window::of(&request, WindowSize { prefix, suffix });
            (window.prefix, window.suffix)
        };
        let both = |prefix: &str, suffix: &str| (prefix.to_owned(), suffix.to_owned());
        assert_eq!(at(cursor, 100, 100), both("first\nsecond\nthird é", "rest\nnext\nlast"));
        assert_eq!(at(cursor, 12, 12), both("third é", "rest\nnext"));
        assert_eq!(at(cursor, 3, 2), both(" é", "re"));
        assert_eq!(at(0, 0, 0), both("", ""));
        assert_eq!(at(9_999, 5, 5), both("last", ""));
        for cursor in 0..code.len() + 2 {
            for size in 0..9 {
                let (prefix, suffix) = at(cursor, size, size);
                assert!(prefix.len() <= size && suffix.len() <= size && code.contains(&prefix));
            }
        }
    }
}
