//! vi's text objects: a word, a string, a block in brackets, a tag, a paragraph, a sentence around a place, with or without what
//! is around it. Pure functions. Knows no selection, no operator and no keys.

pub mod block;
pub mod paragraph;
pub mod quote;
pub mod sentence;
pub mod tag;
pub mod word;

use super::{lines::Lines, motion::word::WordKind};
use protocol::ByteOffset;

/// A part of a text that has a meaning of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// Where it starts.
    pub start: ByteOffset,
    /// Where it ends.
    pub end: ByteOffset,
    /// Whether the character at the end belongs to it.
    pub is_inclusive: bool,
    /// Whether it is whole lines.
    pub is_linewise: bool,
}

/// What kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// A word or WORD.
    Word(WordKind),
    /// A string in this quote.
    Quote(char),
    /// A block in this pair of brackets.
    Block(char, char),
    /// An element of HTML or XML.
    Tag,
    /// A paragraph.
    Paragraph,
    /// A sentence.
    Sentence,
}

/// What an object is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Whether with what is around it: spaces, quotes, brackets.
    pub around: bool,
    /// How many, or how far out.
    pub count: usize,
}

impl ObjectKind {
    /// The object that a letter after `i` or `a` means.
    pub fn named(name: char) -> Option<Self> {
        Some(match name {
            'w' => Self::Word(WordKind::Word),
            'W' => Self::Word(WordKind::Big),
            '"' | '\'' | '`' => Self::Quote(name),
            '(' | ')' | 'b' => Self::Block('(', ')'),
            '{' | '}' | 'B' => Self::Block('{', '}'),
            '[' | ']' => Self::Block('[', ']'),
            '<' | '>' => Self::Block('<', '>'),
            't' => Self::Tag,
            'p' => Self::Paragraph,
            's' => Self::Sentence,
            _ => return None,
        })
    }

    /// The object at a place; none where there is none.
    pub fn at(self, lines: &Lines<'_>, at: ByteOffset, wanted: Wanted) -> Option<Object> {
        match self {
            Self::Word(kind) => word::at(lines, at, kind, wanted),
            Self::Quote(quote) => quote::at(lines, at, quote, wanted),
            Self::Block(open, close) => block::at(lines, at, (open, close), wanted),
            Self::Tag => tag::at(lines, at, wanted),
            Self::Paragraph => paragraph::at(lines, at, wanted),
            Self::Sentence => Some(sentence::at(lines, at, wanted)),
        }
    }

    /// What a selection from `anchor` to `head` becomes when the object is asked for once more.
    pub fn extended(
        self,
        lines: &Lines<'_>,
        (anchor, head): (ByteOffset, ByteOffset),
        wanted: Wanted,
    ) -> Option<(ByteOffset, ByteOffset)> {
        match self {
            Self::Word(kind) => word::extend(lines, (anchor, head), kind, wanted).map(|head| (anchor, head)),
            Self::Paragraph => paragraph::extend(lines, (anchor, head), wanted).map(|head| (anchor, head)),
            Self::Block(open, close) => block::grow(lines, (anchor, head), (open, close), wanted),
            Self::Sentence => sentence::extend(lines, (anchor, head), wanted).map(|head| (anchor, head)),
            Self::Tag => tag::grow(lines, (anchor, head), wanted),
            Self::Quote(_) => {
                let object = self.at(lines, head, wanted)?;
                Some((object.start, object.last(lines)))
            }
        }
    }
}

impl Object {
    /// Its last character, which a selection's cursor stands on.
    pub fn last(&self, lines: &Lines<'_>) -> ByteOffset {
        if self.is_inclusive || self.is_linewise {
            return self.end;
        }
        // Of nothing, the character before it.
        let mut walker = lines.walk(self.end);
        walker.back();
        walker.at()
    }
}
