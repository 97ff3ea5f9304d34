//! Tokens as the model counts them: small numbers for texts, and the white space before them. The vocabulary gives each text its
//! number for as long as some line has it. Knows no lines and no counts.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

/// A text's number in its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TokenId(pub(crate) u32);

/// The white space before a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// None.
    Tight,
    /// One space.
    Space,
    /// Anything else, such as what aligns columns: it is never suggested.
    Wide,
}

impl Spacing {
    pub(crate) fn of(white: &str) -> Self {
        match white {
            "" => Self::Tight,
            " " => Self::Space,
            _ => Self::Wide,
        }
    }
}

/// A token with the white space before it, in 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Piece(pub(crate) u32);

impl Piece {
    pub(crate) fn new(id: TokenId, spacing: Spacing) -> Self {
        Self(id.0 << 2 | spacing as u32)
    }

    pub(crate) fn id(self) -> TokenId {
        TokenId(self.0 >> 2)
    }

    pub(crate) fn spacing(self) -> Spacing {
        match self.0 & 3 {
            0 => Spacing::Tight,
            1 => Spacing::Space,
            _ => Spacing::Wide,
        }
    }
}

/// What a token looks like. Words of one shape stand at like places, so that what follows a new word can be learnt from old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A sign, a line break or an indentation: it stands for itself only.
    Itself,
    /// `word`, `some_word`, `someWord`.
    Small,
    /// `Word`, `SomeWord`.
    Capital,
    /// `WORD`, `SOME_WORD`, `W`.
    Constant,
    /// `12`, `0x1f`.
    Number,
}

impl Shape {
    fn of(text: &str) -> Self {
        let Some(first) = text.chars().find(|c| c.is_alphanumeric()) else {
            return Self::Itself;
        };
        if first.is_numeric() {
            Self::Number
        } else if !first.is_uppercase() {
            Self::Small
        } else if text.chars().any(char::is_lowercase) {
            Self::Capital
        } else {
            Self::Constant
        }
    }

    /// Whether tokens of this shape are words, names or numbers.
    pub(crate) fn is_word(self) -> bool {
        self != Self::Itself
    }
}

#[derive(Debug)]
struct Entry {
    text: Arc<str>,
    shape: Shape,
    /// Tokens with this text in all lines of the room.
    uses: u32,
}

/// The text of a line break as a token.
pub(crate) const LINE_BREAK: &str = "\n";

/// The number of [`LINE_BREAK`], which every vocabulary has.
pub(crate) const END_OF_LINE: TokenId = TokenId(0);

/// The texts of a room's tokens.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    entries: Vec<Entry>,
    /// Numbers that may be given again.
    free: Vec<TokenId>,
    ids: HashMap<Arc<str>, TokenId>,
    /// The words again, in order, so that those that begin alike are found.
    words: BTreeMap<Arc<str>, TokenId>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        let mut vocabulary =
            Self { entries: Vec::new(), free: Vec::new(), ids: HashMap::new(), words: BTreeMap::new() };
        vocabulary.take(LINE_BREAK);
        vocabulary
    }
}

impl Vocabulary {
    /// The number of a text, which counts as used once more.
    pub(crate) fn take(&mut self, text: &str) -> TokenId {
        if let Some(id) = self.ids.get(text).copied() {
            if let Some(entry) = self.entry_mut(id) {
                entry.uses = entry.uses.saturating_add(1);
            }
            return id;
        }
        let text: Arc<str> = text.into();
        let entry = Entry { shape: Shape::of(&text), text: Arc::clone(&text), uses: 1 };
        let new = TokenId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX >> 2));
        let id = self.free.pop().unwrap_or(new);
        if entry.shape.is_word() {
            self.words.insert(Arc::clone(&text), id);
        }
        self.ids.insert(text, id);
        match self.entry_mut(id) {
            Some(place) => *place = entry,
            None => self.entries.push(entry),
        }
        id
    }

    /// One use of a text less; the number of a text without uses is free.
    pub(crate) fn give_back(&mut self, id: TokenId) {
        let Some(entry) = self.entry_mut(id) else { return };
        entry.uses = entry.uses.saturating_sub(1);
        if entry.uses > 0 {
            return;
        }
        let text = std::mem::replace(&mut entry.text, Arc::from(""));
        self.ids.remove(&text);
        self.words.remove(&text);
        self.free.push(id);
    }

    /// The number of a text that some line has.
    pub(crate) fn find(&self, text: &str) -> Option<TokenId> {
        self.ids.get(text).copied()
    }

    pub(crate) fn text(&self, id: TokenId) -> &str {
        self.entry(id).map_or("", |entry| &entry.text)
    }

    pub(crate) fn shape(&self, id: TokenId) -> Shape {
        self.entry(id).map_or(Shape::Itself, |entry| entry.shape)
    }

    /// The words that begin so, in alphabetical order.
    pub(crate) fn beginning<'v>(&'v self, begun: &'v str) -> impl Iterator<Item = TokenId> + 'v {
        let from = (Bound::Included(begun), Bound::Unbounded);
        self.words.range::<str, _>(from).take_while(move |(text, _)| text.starts_with(begun)).map(|(_, id)| *id)
    }

    /// Texts that have a number.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let text: usize = self.entries.iter().map(|entry| entry.text.len()).sum();
        text + self.entries.len() * (size_of::<Entry>() + 2 * (size_of::<(Arc<str>, TokenId)>() + 16))
    }

    fn entry(&self, id: TokenId) -> Option<&Entry> {
        self.entries.get(id.0 as usize)
    }

    fn entry_mut(&mut self, id: TokenId) -> Option<&mut Entry> {
        self.entries.get_mut(id.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_free_when_nothing_uses_its_text() {
        let mut vocabulary = Vocabulary::default();
        let (one, two) = (vocabulary.take("one"), vocabulary.take("two"));
        assert_eq!(vocabulary.take("one"), one);
        vocabulary.give_back(one);
        assert_eq!(vocabulary.find("one"), Some(one));
        vocabulary.give_back(one);
        assert_eq!((vocabulary.find("one"), vocabulary.len()), (None, 2));
        assert_eq!(vocabulary.take("three"), one);
        assert_eq!((vocabulary.text(one), vocabulary.text(two)), ("three", "two"));
    }

    #[test]
    fn words_that_begin_alike_are_found() {
        let mut vocabulary = Vocabulary::default();
        for text in ["pair", "part", "pa", "q", "->", "päir"] {
            vocabulary.take(text);
        }
        let found = |begun| vocabulary.beginning(begun).map(|id| vocabulary.text(id)).collect::<Vec<_>>();
        assert_eq!(found("pa"), ["pa", "pair", "part"]);
        assert_eq!(found("pä"), ["päir"]);
        assert!(found("x").is_empty());
    }

    #[test]
    fn shapes_tell_names_apart() {
        use Shape::{Capital, Constant, Itself, Number, Small};
        let shapes = ["some_word", "_x", "SomeWord", "SOME_2", "0x1f", "::", "    "].map(Shape::of);
        assert_eq!(shapes, [Small, Small, Capital, Constant, Number, Itself, Itself]);
    }
}
